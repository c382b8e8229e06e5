"""What has been counted in a period: of a rep, of a rep in one pool, or of a whole team.

A tally is kept as short lists of whole numbers, so that it costs little in the table:

- on the clock: [number of the period, count]. A clock that jumps back does not begin an earlier
  period anew.
- rolling: [number of a sixtieth of the period, count, number, count, …]. A sixtieth counts as long
  as any of it lies in the window, so that no window of any position ever holds more than allowed.
  Where a fraction makes the window longer than the period, sixtieths stay as they are: what was
  counted before such a limit was changed still counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from math import ceil, floor
from zoneinfo import ZoneInfo

from shared.domain.limits import Pace
from shared.domain.period import Period

Tallies = dict[str, list[int]]

_SECONDS = {
    Period.HOUR: 3600,
    Period.DAY: 86400,
    Period.WEEK: 7 * 86400,
    Period.MONTH: 30 * 86400,  # of a rolling month
}
_PARTS = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many may be counted now, and where they are."""

    key: str
    now: int  # number of the period, or of the sixtieth
    most: int
    first: int | None = None  # rolling: the earliest sixtieth that still counts
    fraction: Decimal | None = None  # on the clock: where periods in turn allow different numbers

    def used(self, tallies: Mapping[str, list[int]]) -> int:
        """How many have been counted already."""
        tally = tallies.get(self.key, ())
        if self.first is None:
            return tally[1] if tally and tally[0] >= self.now else 0
        pairs = zip(tally[::2], tally[1::2], strict=True)
        return sum(count for number, count in pairs if number >= self.first)

    def has_room(self, tallies: Mapping[str, list[int]]) -> bool:
        """Whether one more is allowed."""
        most = self.most
        if self.fraction is not None and (counted := tallies.get(self.key)):
            most = _allowed_in(max(self.now, counted[0]), self.fraction)
        return self.used(tallies) < most

    def count(self, tallies: Tallies) -> None:
        """Count one more."""
        tally = tallies.get(self.key, [])
        if self.first is None:
            tallies[self.key] = [max(self.now, tally[0] if tally else 0), self.used(tallies) + 1]
            return
        kept = {
            number: count
            for number, count in zip(tally[::2], tally[1::2], strict=True)
            if number >= self.first
        }
        latest = max([self.now, *kept])
        kept[latest] = kept.get(latest, 0) + 1
        tallies[self.key] = [part for pair in kept.items() for part in pair]


def allowance(pace: Pace, scope: str, zone: str, now: datetime) -> Allowance:
    """What a pace allows at this moment. `scope`: empty, or the id of the pool that counts apart.

    A pace of 0.5 a day is one lead in every second day, one of 2.5 an hour two and three in turn:
    what is allowed up to the end of a period, less what was allowed up to its beginning.
    """
    if pace.rolling:
        whole, period = ceil(pace.leads), _SECONDS[pace.per]
        window = ceil(period * whole / pace.leads) if whole else period
        second, sixtieth = int(now.timestamp()), period // _PARTS
        first = (second - window) // sixtieth
        return Allowance(f"{scope}~{pace.per}", second // sixtieth, whole, first)
    number = _number(pace.per, zone, int(now.timestamp()))
    fraction = None if pace.leads == int(pace.leads) else pace.leads
    most = _allowed_in(number, pace.leads)
    return Allowance(f"{scope}:{pace.per}", number, most, fraction=fraction)


def _allowed_in(number: int, leads: Decimal) -> int:
    """What a pace allows in one of the periods that are numbered without gaps."""
    return floor((number + 1) * leads) - floor(number * leads)


def day(scope: str, most: int | None, zone: str, now: datetime) -> Allowance:
    """A day's count where somebody is; `most` None: it is counted, and never full."""
    unlimited = 1 << 62
    number = _number(Period.DAY, zone, int(now.timestamp()))
    return Allowance(f"{scope}:{Period.DAY}", number, unlimited if most is None else most)


@lru_cache(maxsize=256)
def _number(per: Period, zone: str, second: int) -> int:
    """Periods are numbered without gaps, as the calendar has them where the zone is."""
    local = datetime.fromtimestamp(second, ZoneInfo(zone))
    match per:
        case Period.HOUR:
            # Of an hour that comes twice when clocks go back, each counts.
            distance = local.utcoffset()
            shifted = int(distance.total_seconds()) % 3600 if distance else 0
            return (second + shifted) // 3600
        case Period.DAY:
            return local.toordinal()
        case Period.WEEK:
            return (local.toordinal() - 1) // 7  # day 1 of the calendar is a Monday
        case Period.MONTH:
            return local.year * 12 + local.month - 1
