"""When a rep may want to be reminded of a lead: a few choices for one tap; and when is too late."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from shared.domain.leads import Change, Lead, Step, evolve

MORNING = time(9)


class Later(StrEnum):
    """How much later."""

    HOUR = "hour"
    TOMORROW = "tomorrow"
    THREE_DAYS = "three_days"


_DAYS = {Later.TOMORROW: 1, Later.THREE_DAYS: 3}


def later(choice: Later, time_zone: str, now: datetime) -> datetime:
    """The moment that a choice means where the rep is: days end at nine in the morning."""
    if choice is Later.HOUR:
        return now + timedelta(hours=1)
    day = now.astimezone(ZoneInfo(time_zone)).date() + timedelta(days=_DAYS[choice])
    there = datetime.combine(day, MORNING, tzinfo=ZoneInfo(time_zone))
    return there.astimezone(now.tzinfo)


def taken_asleep(lead: Lead, change: Change) -> datetime | None:
    """When a lead would be taken from who snoozes it before the snooze ends; None: it would not.

    Nobody is reminded of what they do not have any more. IllegalTransitionError: it cannot be
    snoozed.
    """
    if change.step is not Step.SNOOZED or change.until is None:
        return None
    ends = evolve(lead, change).yours_until
    return ends if ends and ends <= change.until else None
