"""What the clock does with a lead that somebody has."""

from datetime import datetime
from typing import NamedTuple

from shared.domain.deadlines import TAKING, TELLING, Action, Deadline, IfStill, passed
from shared.domain.leads import OPEN_STATUSES, Change, Lead, Status, Step

NO_ACTIVITY = "no_activity"  # why a protection has ended: there was no further activity


class Overdue(NamedTuple):
    """What is due for one lead, all at once."""

    tells: str | None = None  # why the managers are told: a condition, or `NO_ACTIVITY`
    pause: Deadline | None = None
    takes: Action | None = None
    why: str | None = None  # it is taken
    reminds: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.tells or self.takes or self.reminds)


def overdue(lead: Lead, now: datetime) -> Overdue:
    """What is due now for a lead that somebody has.

    When the sweep was down, several stages have passed. Then managers are told once; the first
    stage that takes the lead does; and there is one reminder, unless it is taken.
    """
    if lead.status not in OPEN_STATUSES or lead.assigned_at is None:
        return Overdue()
    hold, seconds = lead.hold, (now - lead.assigned_at).total_seconds()
    due = passed(lead.deadlines, lead.stage, hold, seconds)
    taking = next((d for d in due if d.action in TAKING), None)
    takes, why = (taking.action, str(taking.if_still)) if taking else (None, None)
    tells = next((str(d.if_still) for d in due if d.action in TELLING), None)
    protection = hold.protection
    if protection and hold.protected_until and hold.protected_until <= now:
        if protection.then in TAKING:
            takes, why = takes or protection.then, why or NO_ACTIVITY
        else:
            tells = tells or NO_ACTIVITY
    asked = hold.snoozed_until is not None and hold.snoozed_until <= now
    return Overdue(
        tells,
        next((d for d in due if d.action is Action.PAUSE_REP), None),
        takes,
        why,
        reminds=not takes and (asked or any(d.action is Action.REMIND for d in due)),
    )


def changes_of(
    lead: Lead, due: Overdue, now: datetime, paused_until: datetime | None
) -> tuple[Change, ...]:
    """The records of what is due, in order; `paused_until`: so long its owner is paused."""
    changes = []
    if due.tells:
        changes.append(
            Change(Step.ESCALATED, now, lead.owner, reason=due.tells, until=paused_until)
        )
    if due.takes:
        # What is accepted is never reclaimed: whoever loses that has neglected a lead they took.
        step = Step.RECLAIMED if lead.status is Status.ASSIGNED else Step.LAPSED
        plain = due.takes is Action.RECLAIM
        why = None if due.why == IfStill.UNACCEPTED else due.why
        changes.append(Change(step, now, lead.owner, reason=why, then=None if plain else due.takes))
    elif due.reminds:
        changes.append(Change(Step.REMINDED, now, lead.owner))
    return tuple(changes)
