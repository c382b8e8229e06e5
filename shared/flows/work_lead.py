"""What a rep does with a lead: take it, give it back, bring it to an end."""

from datetime import datetime

from shared.domain.leads import OPEN_STATUSES, Change, Lead, Status, Step
from shared.domain.moments import to_milliseconds
from shared.errors import ConflictError, NotYoursError
from shared.store import leads as lead_store

ATTEMPTS = 5


def work_lead(
    lead_id: str,
    step: Step,
    now: datetime,
    *,
    rep: str | None = None,
    assignment: int | None = None,
    by: str | None = None,
    reason: str | None = None,
) -> Lead:
    """Make one step with a lead; answers the lead after it.

    With `rep` or `assignment` the lead must still be theirs, by that assignment: NotYoursError
    otherwise. Accepting twice is accepting once. IllegalTransitionError: not possible from here.
    ConflictError: others keep changing the lead at this very moment.
    """
    for _ in range(ATTEMPTS):
        lead = lead_store.get(lead_id)
        if not _is_theirs(lead, rep, assignment):
            raise NotYoursError("the lead belongs to somebody else by now")
        if step is Step.ACCEPTED and lead.status is Status.ACCEPTED:
            return lead
        change = Change(step, to_milliseconds(now), rep=lead.owner, reason=reason, by=by)
        try:
            return lead_store.change(lead, change)
        except ConflictError as error:
            conflict = error
    raise conflict


def _is_theirs(lead: Lead, rep: str | None, assignment: int | None) -> bool:
    if rep is None and assignment is None:
        return True
    return (
        lead.status in OPEN_STATUSES
        and rep in (None, lead.owner)
        and assignment in (None, lead.assignment)
    )
