"""A manager gives a lead to a rep, whatever routing has made of it so far."""

from dataclasses import dataclass, replace

from shared.domain.config import ActiveConfig
from shared.domain.leads import OPEN_STATUSES, Lead, Status
from shared.domain.planning import assign
from shared.errors import IllegalTransitionError, NotYoursError
from shared.flows.by_hand import (
    committed,
    name_of,
    reading_for,
    require_pool,
    require_rep,
    until_settled,
)
from shared.flows.route_leads import rule_on
from shared.store import leads as lead_store
from shared.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Assigning:
    """To whom, and how.

    `owner`: the lead must still be theirs. `override`: whatever would keep the rep from it is
    recorded, and does not; but who is switched off in the configuration gets nothing.
    """

    rep_id: str
    by: str
    pool_id: str | None = None  # as one of this pool's leads; left out: of the pool it is in
    owner: str | None = None
    override: bool = False
    reason: str | None = None


def assign_lead(lead_id: str, wanted: Assigning, around: Surroundings) -> Lead:
    """Give a lead that waits, or is somebody else's, to this rep; answers the lead after it.

    Who has it already keeps it: nothing changes. NotFoundError: no lead. InvalidFieldsError: no
    such rep or pool. ImpossibleForRepError: what keeps them from it. IllegalTransitionError: the
    lead is in nobody's hands any more, in quarantine, theirs as another pool's, or somebody's with
    its log full. NotYoursError: it is not `owner`'s.
    ConflictError, StoreBusyError: try again.
    """

    def attempt(active: ActiveConfig) -> Lead | None:
        require_rep(active.config, wanted.rep_id)
        require_pool(active.config, wanted.pool_id)
        lead = lead_store.get(lead_id)
        if _has_it(lead, wanted):
            return lead
        require_owner(active, lead, wanted.owner)
        if _has_it(lead, replace(wanted, pool_id=None)):
            raise _theirs_in_another_pool(active, lead)
        if lead.status is Status.QUARANTINED:
            raise in_quarantine(lead)
        pool_id, ruled = rule_on(active, lead, around.now(), _pool_of(active, lead, wanted))
        reading = reading_for(active, pool_id, wanted.rep_id, [ruled])
        if reading is None:
            return None
        planned = assign(
            active,
            pool_id,
            reading.known,
            ruled,
            wanted.rep_id,
            around.now(),
            by=wanted.by,
            override=wanted.override,
            reason=wanted.reason,
        )
        return committed(planned, around)

    return until_settled(attempt, around)


def require_owner(active: ActiveConfig, lead: Lead, owner: str | None) -> None:
    """NotYoursError unless the lead is open and this rep's, or none is named."""
    if owner is None or (lead.owner == owner and lead.status in OPEN_STATUSES):
        return
    where = (
        f"{name_of(active.config, lead.owner)} has it"
        if lead.status in OPEN_STATUSES
        else f"it is {lead.status}"
    )
    raise NotYoursError(f"the lead is not {owner}'s any more: {where}")


def in_quarantine(lead: Lead) -> IllegalTransitionError:
    """What is possible with a lead in quarantine."""
    return IllegalTransitionError(
        f"the lead is in quarantine; let it out first: POST /v1/quarantine/{lead.lead_id}/release"
    )


def _has_it(lead: Lead, wanted: Assigning) -> bool:
    """Whether all that is wanted is so already."""
    theirs = lead.owner == wanted.rep_id and lead.status in OPEN_STATUSES
    return theirs and wanted.pool_id in (None, lead.pool)


def _theirs_in_another_pool(active: ActiveConfig, lead: Lead) -> IllegalTransitionError:
    """What a lead counts against was settled when its owner got it."""
    return IllegalTransitionError(
        f"{name_of(active.config, lead.owner)} has the lead already, as one of the pool"
        f" {lead.pool}; to make it another pool's, release it first"
        f" (POST /v1/leads/{lead.lead_id}/release), then assign it again"
    )


def _pool_of(active: ActiveConfig, lead: Lead, wanted: Assigning) -> str | None:
    """The pool whose lead it will be; None: the one that the rules name."""
    if wanted.pool_id is not None:
        return wanted.pool_id
    return lead.pool if lead.pool in active.config.pools else None
