"""What a rep does with a lead: take it, work on it, give it back, bring it to an end."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.leads import REPEATABLE, Change, Lead, Status, Step, Won, log_is_full
from shared.errors import ConflictError, NotYoursError, StoreBusyError, UnstorableError
from shared.flows.persistently import persistently
from shared.store import leads as lead_store
from shared.surroundings import Surroundings

SAID_AGAIN_WITHIN = timedelta(minutes=1)


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
    ConflictError, StoreBusyError: others keep changing the lead at this very moment.
    """

    def make_the_step() -> Lead:
        lead = lead_store.get(lead_id)
        if not _is_theirs(lead, rep, assignment):
            raise NotYoursError("the lead belongs to somebody else by now, or to nobody")
        if step is Step.ACCEPTED and lead.status is Status.ACCEPTED:
            return lead
        change = Change(step, around.now(), lead.owner, reason=reason, by=by, until=until, won=won)
        if _is_said_again(lead, change):
            return lead
        try:
            return lead_store.change(lead, change)
        except UnstorableError as error:
            raise log_is_full(lead) from error

    return persistently(make_the_step, around, (ConflictError, StoreBusyError))


def _is_said_again(lead: Lead, change: Change) -> bool:
    """Whether this is the newest record once more: the answer to it was lost, most likely."""
    last = lead.log[-1]
    again = change.step in REPEATABLE and replace(last, at=change.at) == change
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
