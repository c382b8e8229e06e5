"""A lead goes back to routing: its owner gives it up, or a manager lets it be given out anew."""

from shared.domain.config import ActiveConfig
from shared.domain.leads import OPEN_STATUSES, WAITING, Change, Lead, Status, Step, log_is_full
from shared.domain.rules import route
from shared.errors import (
    ConflictError,
    IllegalTransitionError,
    NotYoursError,
    StoreBusyError,
    UnstorableError,
)
from shared.flows.assign_lead import in_quarantine, require_owner
from shared.flows.by_hand import require_pool
from shared.flows.persistently import persistently
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.surroundings import Surroundings

# What says who has a lead, or has it no more.
_OWNERSHIP = frozenset({Step.ASSIGNED, Step.CLAIMED, Step.DECLINED, Step.RECLAIMED, Step.LAPSED})


def unassign_lead(
    lead_id: str,
    around: Surroundings,
    *,
    by: str,
    rep: str | None = None,
    assignment: int | None = None,
    reason: str | None = None,
) -> Lead:
    """Take a lead from its owner, who does not get it again by routing; answers the lead after it.

    With `rep` or `assignment` the lead must still be theirs, by that assignment: NotYoursError
    otherwise. Twice is once, as long as nobody has got it since. NotFoundError: no lead.
    IllegalTransitionError: nobody has it, or its log is full. ConflictError, StoreBusyError: try
    again.
    """

    def once() -> Lead:
        lead = lead_store.get(lead_id)
        if assignment not in (None, lead.assignment):
            raise NotYoursError(f"the lead is at assignment {lead.assignment}")
        if _is_unassigned(lead, rep):
            return lead
        require_owner(config_store.active(), lead, rep)
        if lead.status not in OPEN_STATUSES:
            raise _nobodys(lead)
        given_up = Change(Step.UNASSIGNED, around.now(), lead.owner, reason=reason, by=by)
        return _changed(lead, given_up)

    return persistently(once, around, (ConflictError, StoreBusyError))


def reroute_lead(
    lead_id: str,
    around: Surroundings,
    *,
    by: str,
    owner: str | None = None,
    pool_id: str | None = None,
    reason: str | None = None,
) -> Lead:
    """Let routing give a lead anew, that waits or is somebody's: in this pool, or as the rules say.

    InvalidFieldsError: no such pool. The others as of `unassign_lead`.
    """

    def once() -> Lead:
        active = config_store.active()
        require_pool(active.config, pool_id)
        lead = lead_store.get(lead_id)
        require_owner(active, lead, owner)
        if lead.status in OPEN_STATUSES:
            anew = Change(
                Step.UNASSIGNED,
                around.now(),
                lead.owner,
                None if pool_id else _pool_by_rules(active, lead, around),
                to=pool_id,
                reason=reason,
                by=by,
            )
            return _changed(lead, anew)
        if lead.status not in WAITING:
            raise _nobodys(lead)
        if _is_on_its_way(active, lead, pool_id):
            return lead
        change = Change(Step.REROUTED, around.now(), to=pool_id, reason=reason, by=by)
        return _changed(lead, change)

    return persistently(once, around, (ConflictError, StoreBusyError))


def _pool_by_rules(active: ActiveConfig, lead: Lead, around: Surroundings) -> str | None:
    """Where the rules send a lead that was passed on; any other is where they have sent it."""
    if not lead.passed_on:
        return lead.pool
    return route(active.config, lead.source, lead.fields, around.now()).pool


def _changed(lead: Lead, change: Change) -> Lead:
    try:
        return lead_store.change(lead, change)
    except UnstorableError as error:
        raise log_is_full(lead) from error


def _is_unassigned(lead: Lead, rep: str | None) -> bool:
    """Whether the last owner has given it up already."""
    last = next(
        (c for c in reversed(lead.log) if c.step in _OWNERSHIP or c.step is Step.UNASSIGNED), None
    )
    given_up = last is not None and last.step is Step.UNASSIGNED and rep in (None, last.rep)
    return lead.status in WAITING and given_up


def _is_on_its_way(active: ActiveConfig, lead: Lead, pool_id: str | None) -> bool:
    """Whether routing is about to give it out just so."""
    if lead.status is not Status.NEW:
        return False
    directed = lead.pool if lead.passed_on and lead.pool in active.config.pools else None
    return directed == pool_id


def _nobodys(lead: Lead) -> IllegalTransitionError:
    if lead.status is Status.QUARANTINED:
        return in_quarantine(lead)
    return IllegalTransitionError(f"nobody has the lead: it is {lead.status}")
