"""When a rep may want to be reminded of a lead: a few choices, for one tap."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

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
