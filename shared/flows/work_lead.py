"""What a rep does with a lead: take it, give it back, bring it to an end."""

from shared.domain.leads import OPEN_STATUSES, Change, Lead, Status, Step
from shared.errors import ConflictError, NotYoursError, StoreBusyError
from shared.store import leads as lead_store
from shared.surroundings import Surroundings

ATTEMPTS = 5
LONGEST_WAIT = 0.1  # seconds, between two attempts


def work_lead(
    lead_id: str,
    step: Step,
    around: Surroundings,
    *,
    rep: str | None = None,
    assignment: int | None = None,
    by: str | None = None,
    reason: str | None = None,
) -> Lead:
    """Make one step with a lead; answers the lead after it.

    With `rep` or `assignment` the lead must still be theirs, by that assignment: NotYoursError
    otherwise. Accepting twice is accepting once. IllegalTransitionError: not possible from here.
    ConflictError, StoreBusyError: others keep changing the lead at this very moment.
    """
    for attempt in range(1, ATTEMPTS + 1):
        lead = lead_store.get(lead_id)
        if not _is_theirs(lead, rep, assignment):
            raise NotYoursError("the lead belongs to somebody else by now")
        if step is Step.ACCEPTED and lead.status is Status.ACCEPTED:
            break
        change = Change(step, around.now(), rep=lead.owner, reason=reason, by=by)
        try:
            return lead_store.change(lead, change)
        except (ConflictError, StoreBusyError):
            if attempt == ATTEMPTS:
                raise
            around.wait(around.chance() * LONGEST_WAIT)
    return lead


def _is_theirs(lead: Lead, rep: str | None, assignment: int | None) -> bool:
    if rep is None and assignment is None:
        return True
    return (
        lead.status in OPEN_STATUSES
        and rep in (None, lead.owner)
        and assignment in (None, lead.assignment)
    )
