"""Parts of the week as moments: when each shift of a day begins and ends, whatever clocks do.

A shift is one unbroken stretch, and belongs to the day it begins on. Where clocks go back, a time
that comes twice means the first of them: shifts that follow each other never overlap. Where clocks
go forward, a time that is skipped means the moment at which they do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.domain.week import WEEKDAYS, Hours

Shift = tuple[datetime, datetime]  # from, until before; UTC
# Of each weekday from Monday: seconds after midnight at which its shifts begin and end, in order.
# Those over midnight end after 86400.
Week = tuple[tuple[tuple[int, int], ...], ...]

_DAY = 86400
ALL_WEEK: Week = (((0, _DAY),),) * 7


@dataclass(frozen=True, slots=True, eq=False)
class Roster:
    """Shifts of the week, somewhere. Days count as `date.toordinal` does.

    The same one for all who have the same (`roster`), and known by its identity.
    """

    zone: ZoneInfo
    week: Week
    holidays: frozenset[int]

    def day_of(self, moment: datetime) -> int:
        """The day there."""
        return moment.astimezone(self.zone).toordinal()

    def shifts(self, day: int) -> tuple[Shift, ...]:
        """The shifts that would begin on a day, in order of their begin, were it no holiday."""
        return _shifts(self, day) if self.week[(day - 1) % 7] else ()


@lru_cache(maxsize=1024)
def roster(time_zone: str, week: Week = ALL_WEEK, holidays: frozenset[int] = frozenset()) -> Roster:
    """The one roster of these shifts and holidays."""
    return Roster(ZoneInfo(time_zone), week, holidays)


def week_of(parts: Iterable[Hours]) -> Week:
    """Parts of the week, by weekday. One that ends when it begins lasts a whole day."""
    written = [(part, _seconds(part.start), _seconds(part.end)) for part in parts]
    return tuple(
        tuple(
            sorted(
                (start, end if start < end else end + _DAY)
                for part, start, end in written
                if day in part.days
            )
        )
        for day in WEEKDAYS
    )


def is_within(parts: Sequence[Hours], time_zone: str, now: datetime) -> bool:
    """Whether `now` lies in one of these parts of the week; without any, it always does."""
    if not parts:
        return True
    where, now = roster(time_zone, week_of(parts)), now.astimezone(UTC)
    return any(start <= now < end for day in near(where, now) for start, end in where.shifts(day))


def near(where: Roster, moment: datetime) -> tuple[int, int, int]:
    """The days whose shifts a moment may lie in.

    Those of the day before may last over midnight. Where clocks go back at midnight, those of the
    next day may have begun: it comes, goes, and comes again.
    """
    today = where.day_of(moment)
    return today - 1, today, today + 1


def _seconds(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


@lru_cache(maxsize=8192)
def _shifts(where: Roster, day: int) -> tuple[Shift, ...]:
    moments = [
        (_moment(where.zone, day, start), _moment(where.zone, day, end))
        for start, end in where.week[(day - 1) % 7]
    ]
    # What lies wholly in a skipped hour does not take place.
    return tuple((start, end) for start, end in moments if start < end)


def _moment(zone: ZoneInfo, day: int, seconds: int) -> datetime:
    """When clocks there show this time, so many seconds after midnight."""
    shown = datetime.combine(date.fromordinal(day), time()) + timedelta(seconds=seconds)
    moment = shown.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == shown:
        return moment
    return _skip(zone, shown)


def _skip(zone: ZoneInfo, shown: datetime) -> datetime:
    """The moment, to the second, at which clocks skip this time."""
    after = shown.replace(tzinfo=zone).astimezone(UTC)  # by the offset before it,
    before = shown.replace(tzinfo=zone, fold=1).astimezone(UTC)  # and by that after it
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
