"""A rep takes a lead that is open: one they have seen, or unseen the oldest that they may take."""

from collections.abc import Iterable, Iterator, Sequence

from shared.domain.config import ActiveConfig, Config
from shared.domain.leads import OPEN_STATUSES, Lead, Status, Step
from shared.domain.planning import claim
from shared.domain.plans import Move, Plan, Ruled
from shared.errors import (
    IllegalTransitionError,
    ImpossibleForRepError,
    NotFoundError,
    NotYoursError,
    StoreBusyError,
)
from shared.flows.by_hand import (
    at_a_time,
    committed,
    name_of,
    reading_for,
    require_rep,
    until_settled,
)
from shared.flows.route_leads import rule_on
from shared.store import leads as lead_store
from shared.surroundings import Surroundings

LISTED_FIRST = 100
LISTED_AT_MOST = 1_000
READ_AT_ONCE = 20  # mostly the first one will do

# Obstacles that say less than that the rep is at a limit.
OF_ONE_LEAD = frozenset({"not_offered", "had_it"})


def claim_lead(lead_id: str, rep_id: str, around: Surroundings, *, by: str) -> Lead:
    """Claim an open lead for a rep, or accept for them what is offered to several.

    Twice is once. NotFoundError: no lead. InvalidFieldsError: no such rep. NotYoursError: somebody
    was faster. ImpossibleForRepError: they may not take it now. IllegalTransitionError: it is not
    open, or its pool's leads are claimed unseen. ConflictError, StoreBusyError: try again.
    """

    def attempt(active: ActiveConfig) -> Lead | None:
        require_rep(active.config, rep_id)
        lead = lead_store.get(lead_id)
        if _has_claimed(lead, rep_id):
            return lead
        pool_id = _pool_that_offers(active.config, lead, rep_id)
        _, ruled = rule_on(active, lead, around.now(), pool_id)
        reading = reading_for(active, pool_id, rep_id, [ruled])
        if reading is None:
            return None
        planned = claim(active, pool_id, reading.known, ruled, rep_id, around.now(), by=by)
        return committed(planned, around)

    return until_settled(attempt, around)


def claim_next(pool_id: str, rep_id: str, around: Surroundings, *, by: str) -> Lead:
    """Claim the oldest open lead of a pool that the rep may take; once more is one more lead.

    NotFoundError: no such pool. IllegalTransitionError: no lead is open there. The others as of
    `claim_lead`.
    """
    unanswered: list[Move] = []  # what may have been written: then it is this one more lead

    def attempt(active: ActiveConfig) -> Lead | None:
        if claimed := _one_that_stands(unanswered):
            return claimed
        pool = active.config.pools.get(pool_id)
        if pool is None:
            raise NotFoundError(f"there is no pool {pool_id!r}")
        require_rep(active.config, rep_id)
        if rep_id not in pool.members:
            raise ImpossibleForRepError(rep_id, "not_offered", f"is not in the pool {pool_id}")
        planned = _first_possible(active, pool_id, rep_id, around, by)
        if planned is None:
            return None
        try:
            return committed(planned, around)
        except StoreBusyError:
            unanswered.extend(planned.moves)
            raise

    return until_settled(attempt, around)


def _one_that_stands(claims: Iterable[Move]) -> Lead | None:
    """The lead of the first of these that was written, as it is now."""
    for move in claims:
        lead = lead_store.get(move.lead.lead_id)
        if lead.log[move.lead.rev : move.lead.rev + 1] == (move.change,):
            return lead
    return None


def _first_possible(
    active: ActiveConfig, pool_id: str, rep_id: str, around: Surroundings, by: str
) -> Plan | None:
    """The claim of the first of the pool's open leads that the rep may take.

    None: the configuration is newer. ImpossibleForRepError, IllegalTransitionError: there is none.
    """
    obstacle: ImpossibleForRepError | None = None
    looked_at = 0
    for several in _open_leads(active, pool_id, around):
        reading = reading_for(active, pool_id, rep_id, several)
        if reading is None:
            return None
        for ruled in several:
            try:
                return claim(active, pool_id, reading.known, ruled, rep_id, around.now(), by=by)
            except ImpossibleForRepError as error:
                if obstacle is None or error.code not in OF_ONE_LEAD:
                    obstacle = error
        looked_at += len(several)
        if obstacle and obstacle.code not in OF_ONE_LEAD and looked_at >= LISTED_FIRST:
            break  # it would be the same with all the others
    raise obstacle or IllegalTransitionError(f"no lead of the pool {pool_id} is open right now")


def _open_leads(active: ActiveConfig, pool_id: str, around: Surroundings) -> Iterator[list[Ruled]]:
    """The pool's open leads, the oldest first, a few at a time."""
    for ids in _open_ids(f"open#{pool_id}"):
        # The index lags: some have gone meanwhile.
        leads = (
            lead
            for lead in lead_store.get_many(ids)
            if lead.status is Status.OPEN and lead.pool == pool_id
        )
        yield [rule_on(active, lead, around.now(), pool_id)[1] for lead in leads]


def _open_ids(place: str) -> Iterator[Sequence[str]]:
    """First a few; who may take none of these looks at many more."""
    first = lead_store.in_place(place, LISTED_FIRST)
    yield from at_a_time(first, READ_AT_ONCE)
    if len(first) == LISTED_FIRST:
        listed = lead_store.in_place(place, LISTED_AT_MOST)
        yield from at_a_time([one for one in listed if one not in first], LISTED_FIRST)


def _has_claimed(lead: Lead, rep_id: str) -> bool:
    """Whether the rep has the lead by a claim."""
    if lead.owner != rep_id or lead.status not in OPEN_STATUSES:
        return False
    return lead.latest(Step.ASSIGNED, Step.CLAIMED).step is Step.CLAIMED


def _pool_that_offers(config: Config, lead: Lead, rep_id: str) -> str:
    """The pool in which the rep may claim this very lead."""
    if lead.status is not Status.OPEN:
        raise _not_open(config, lead, rep_id)
    pool_id = lead.pool or ""
    pool = config.pools.get(pool_id)
    if pool is None:
        raise IllegalTransitionError(
            f"the pool {pool_id} is not in the configuration any more; ask a manager for the lead"
        )
    if not pool.claims.preview and rep_id not in lead.offered:
        raise IllegalTransitionError(
            f"the leads of the pool {pool_id} are claimed unseen, the oldest first:"
            f" POST /v1/pools/{pool_id}/claim"
        )
    return pool_id


def _not_open(config: Config, lead: Lead, rep_id: str) -> NotYoursError | IllegalTransitionError:
    """Why a lead cannot be claimed, for the rep who wanted it."""
    if lead.status not in OPEN_STATUSES:
        return IllegalTransitionError(
            f"the lead is {lead.status}; only a lead that is open can be claimed"
        )
    if lead.owner == rep_id:
        return IllegalTransitionError(f"{rep_id} has the lead already: it was assigned to them")
    return NotYoursError(f"{name_of(config, lead.owner)} was faster, and has the lead now")
