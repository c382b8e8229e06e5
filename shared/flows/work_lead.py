"""What a rep does with a lead: take it, work on it, give it back, bring it to an end."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.leads import REPEATABLE, Change, Lead, Status, Step, Won, log_is_full
from shared.domain.protection import with_end
from shared.domain.refunding import REFUNDING
from shared.domain.snoozing import taken_asleep
from shared.errors import (
    ConflictError,
    NotYoursError,
    SnoozedTooLongError,
    StoreBusyError,
    UnstorableError,
)
from shared.flows import refunds
from shared.flows.persistently import persistently
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.surroundings import Surroundings

SAID_AGAIN_WITHIN = timedelta(minutes=1)
ATTEMPTS = 5


def work_lead(
    lead_id: str,
    step: Step,
    around: Surroundings,
    *,
    rep: str | None = None,
    assignment: int | None = None,
    by: str | None = None,
    reason: str | None = None,
    until: datetime | None = None,
    won: Won | None = None,
) -> Lead:
    """Make one step with a lead; answers the lead after it.

    With `rep` or `assignment` the lead must still be theirs, by that assignment: NotYoursError
    otherwise. Accepting twice is accepting once; so is whatever else can be repeated, said in the
    same words within a minute. `until` is when a snooze ends.
    IllegalTransitionError: not possible from here, or with so many words as `reason` not any more.
    SnoozedTooLongError: it would be taken from its owner before the snooze ends.
    ConflictError, StoreBusyError: others keep changing the lead at this very moment.
    """

    def make_the_step() -> Lead:
        if step is Step.ACCEPTED and rep is not None:
            change = Change(step, around.now(), rep, reason=reason, by=by)
            lead = _accepted(lead_id, change, assignment)
        else:
            lead = lead_store.get(lead_id)
        if not _is_theirs(lead, rep, assignment):
            raise NotYoursError("the lead belongs to somebody else by now, or to nobody")
        if step is Step.ACCEPTED and lead.status is Status.ACCEPTED:
            return lead
        change = Change(step, around.now(), lead.owner, reason=reason, by=by, until=until, won=won)
        return lead if _is_said_again(lead, change) else _changed(lead, change)

    def among_others() -> Lead:
        attempts = refunds.ATTEMPTS if step in REFUNDING else ATTEMPTS
        return persistently(make_the_step, around, (ConflictError,), attempts=attempts)

    # A table that does not answer takes its time to say so: whoever waits hears of it before long.
    return persistently(among_others, around, (StoreBusyError,), attempts=ATTEMPTS)


def accept_lead(
    lead_id: str, rep: str, assignment: int, around: Surroundings, *, by: str | None
) -> Lead:
    """Accept a lead for a rep, if it is still theirs by this assignment.

    Answers the lead as it stands then, whatever came of it. NotFoundError: no lead. ConflictError,
    StoreBusyError: others keep changing the lead at this very moment.
    """

    def once() -> Lead:
        return _accepted(lead_id, Change(Step.ACCEPTED, around.now(), rep, by=by), assignment)

    return persistently(once, around, (ConflictError, StoreBusyError))


def _accepted(lead_id: str, change: Change, assignment: int | None) -> Lead:
    """The lead, accepted if it is the record's rep's to accept; as it stands in any case.

    Mostly in one call: who accepts need not look first, and who is refused need not look after.
    Only where accepting changes more than the status, the second call makes what stands there so.
    """
    try:
        lead = lead_store.accept(lead_id, assignment, change)
    except UnstorableError:
        lead = lead_store.get(lead_id)
    if lead.status is Status.ASSIGNED and _is_theirs(lead, change.rep, assignment):
        return _changed(lead, change)
    return lead


def _changed(lead: Lead, change: Change) -> Lead:
    protection = lead.hold.protection
    if protection and protection.working:
        change = with_end(config_store.active().config, lead, change)
    if ends := taken_asleep(lead, change):
        raise SnoozedTooLongError(ends)
    change, refund = refunds.with_refund(lead, change)
    try:
        return lead_store.change(lead, change, refund=refund)
    except UnstorableError as error:
        raise log_is_full(lead) from error


def _is_said_again(lead: Lead, change: Change) -> bool:
    """Whether this is the newest record once more: the answer to it was lost, most likely."""
    last = lead.log[-1]
    until = last.until if change.step is Step.SNOOZED else None  # else it is not what they said
    said = replace(last, at=change.at, until=until, kept=None, put_off=())
    again = change.step in REPEATABLE and said == change
    return again and change.at - last.at < SAID_AGAIN_WITHIN


def _is_theirs(lead: Lead, rep: str | None, assignment: int | None) -> bool:
    """Whether the lead is theirs, open or closed; what is possible with it is another question."""
    if rep is None and assignment is None:
        return True
    return (
        lead.owner is not None
        and rep in (None, lead.owner)
        and assignment in (None, lead.assignment)
    )
