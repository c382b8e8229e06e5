"""Working time: when somebody is on shift, when next, and when so much of it has passed.

Without a calendar (None) somebody is always on shift. Moments that are returned are in UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.domain.by_identity import by_identity
from shared.domain.config import Config
from shared.domain.hours import Schedule
from shared.domain.shifts import Roster, Shift, near, roster, week_of

HORIZON = timedelta(days=400)  # nobody waits longer for a shift

_QUARTER = timedelta(minutes=15)  # zones differ by whole quarters of an hour


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """When somebody works: their shifts, but for holidays and the days they are away.

    A shift begins on a holiday, or on a day away: then all of it is cancelled. One that began
    before goes on to its end.
    """

    roster: Roster
    home: ZoneInfo  # where they are, which days away go by
    away: tuple[tuple[int, int], ...] = ()  # first and last day

    def shifts(self, day: int) -> tuple[Shift, ...]:
        """The shifts that begin on a day and take place, in order of their begin."""
        if day in self.roster.holidays:
            return ()
        shifts = self.roster.shifts(day)
        if not self.away or not shifts:
            return shifts
        if self.home is self.roster.zone:
            return () if self._is_out(day) else shifts
        return tuple(shift for shift in shifts if not self.is_out(shift[0]))

    def is_out(self, moment: datetime) -> bool:
        """Whether they are out of office that day, holidays apart."""
        return self._is_out(moment.astimezone(self.home).toordinal())

    def _is_out(self, day: int) -> bool:
        return any(first <= day <= last for first, last in self.away)


# ── Calendars of a configuration ─────────────────────────────────────────────────────────────────


def calendar_of(config: Config, rep_id: str) -> Calendar | None:
    """A rep's calendar; None: always on shift, and never away."""
    return _compiled(config).of_rep(rep_id)


def pool_calendar(config: Config, pool_id: str) -> Calendar | None:
    """The calendar of a pool's own hours; None: it has none."""
    hours = config.pools[pool_id].hours
    return hours_calendar(config, hours) if hours else None


def hours_calendar(config: Config, hours_id: str) -> Calendar:
    """The calendar of hours that are nobody's own; in UTC, if they name no time zone."""
    return _compiled(config).of_hours(hours_id, "UTC")


class _Compiled:
    """The calendars of one configuration, each made when it is first asked for."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._of_reps: dict[str, Calendar | None] = {}
        self._of_hours: dict[tuple[str, str], Calendar] = {}

    def of_rep(self, rep_id: str) -> Calendar | None:
        if rep_id not in self._of_reps:
            self._of_reps[rep_id] = self._rep(rep_id)
        return self._of_reps[rep_id]

    def of_hours(self, hours_id: str, zone: str) -> Calendar:
        key = hours_id, zone
        if key not in self._of_hours:
            self._of_hours[key] = self._hours(self._config.hours[hours_id], zone)
        return self._of_hours[key]

    def _rep(self, rep_id: str) -> Calendar | None:
        rep = self._config.reps[rep_id]
        shifts = self.of_hours(rep.hours, rep.time_zone).roster if rep.hours else None
        if not rep.away and shifts is None:
            return None
        away = tuple((away.first.toordinal(), away.last.toordinal()) for away in rep.away)
        return Calendar(shifts or roster(rep.time_zone), ZoneInfo(rep.time_zone), away)

    def _hours(self, schedule: Schedule, zone: str) -> Calendar:
        sets = [self._config.holidays[named] for named in schedule.holidays]
        # Days that are stored are all that were found; others only where nothing was looked up.
        days = frozenset(day.toordinal() for each in sets for day in (*each.dates, *each.days))
        shifts = roster(schedule.time_zone or zone, week_of(schedule.week), days)
        return Calendar(shifts, shifts.zone)


@by_identity(8)
def _compiled(config: Config) -> _Compiled:
    return _Compiled(config)


# ── A moment ─────────────────────────────────────────────────────────────────────────────────────


def is_open(calendar: Calendar | None, now: datetime) -> bool:
    """Whether somebody is on shift."""
    if calendar is None:
        return True
    now = now.astimezone(UTC)
    for day in near(calendar.roster, now):
        for start, end in calendar.shifts(day):
            if start <= now < end:
                return True
    return False


def is_away(calendar: Calendar | None, now: datetime) -> bool:
    """Whether somebody is out of office, or has a holiday, rather than just being off shift.

    So they are on all such days, and in what would be the rest of a shift that began on one; but
    not in the rest of one that began the evening before.
    """
    if calendar is None or not (calendar.away or calendar.roster.holidays):
        return False
    now, shifts = now.astimezone(UTC), calendar.roster
    days = near(shifts, now)
    is_free = days[1] in shifts.holidays or calendar.is_out(now)
    would_work = any(start <= now < end for day in days for start, end in shifts.shifts(day))
    return (is_free or would_work) and not is_open(calendar, now)


def next_open(calendar: Calendar | None, now: datetime) -> datetime | None:
    """When the next shift begins, or `now` within one; None: not in the next 400 days."""
    now = now.astimezone(UTC)
    if calendar is None:
        return now
    return next((start for start, _ in _stretches(calendar, now, now + HORIZON)), None)


def end_of_shift(config: Config, rep_id: str, now: datetime) -> datetime:
    """When the shift ends that a rep is on; else, and without hours, when the day does there.

    So it is too for who works round the clock: no shift ends later than in a day from now.
    """
    now, calendar = now.astimezone(UTC), calendar_of(config, rep_id)
    end = now
    if calendar and config.reps[rep_id].hours:
        for opened, closed in _stretches(calendar, now, now + timedelta(days=2)):
            if opened > end:
                break
            end = closed
    if now < end <= now + timedelta(days=1):
        return end
    there = now.astimezone(ZoneInfo(config.reps[rep_id].time_zone))
    midnight = datetime.combine(there.date() + timedelta(days=1), time(), there.tzinfo)
    return midnight.astimezone(UTC)


def begins_for(config: Config, pool_id: str, rep_id: str, now: datetime) -> datetime:
    """When the clocks of a lead start that a rep gets now.

    At once; where a pool assigns out of hours, when it is open and the rep is on shift. If both
    never are at once: when each of them has been, or the only one that ever is.
    """
    if config.pools[pool_id].off_hours != "assign":
        return now
    rep, pool = calendar_of(config, rep_id), pool_calendar(config, pool_id)
    starts = (next_open(calendar, now) for calendar in (rep, pool) if calendar)
    begins = max(filter(None, starts), default=now)
    return _both_open(rep, pool, begins, now + HORIZON) or begins


def _both_open(
    one: Calendar | None, other: Calendar | None, start: datetime, end: datetime
) -> datetime | None:
    """The first moment from `start` on at which both are on shift; None: there is none."""
    while start < end:
        opens, other_opens = next_open(one, start), next_open(other, start)
        if opens is None or other_opens is None:
            return None
        if opens == other_opens:
            return opens
        start = max(opens, other_opens)
    return None


# ── A stretch of time ────────────────────────────────────────────────────────────────────────────


def after(calendar: Calendar | None, start: datetime, seconds: int) -> datetime:
    """The moment at which so many seconds (0 or more) of working time have passed since `start`.

    What ends with a shift ends then, not when the next begins. After 400 days the rest runs in real
    time: whoever waits for somebody who never comes hears of it in the end.
    """
    start, left = start.astimezone(UTC), timedelta(seconds=seconds)
    if calendar is None or not left:
        return start + left
    for opened, closed in _stretches(calendar, start, start + HORIZON):
        if left <= closed - opened:
            return opened + left
        left -= closed - opened
    return start + HORIZON + left


def working_seconds(calendar: Calendar | None, start: datetime, end: datetime) -> int:
    """How many whole seconds of working time lie between two moments; 0 if none are between."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if end <= start:
        return 0
    stretches = [(start, end)] if calendar is None else _stretches(calendar, start, end)
    return sum((closed - opened for opened, closed in stretches), timedelta()) // timedelta(
        seconds=1
    )


def _stretches(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Shift]:
    """The working time between two moments, in order; where shifts overlap, it counts once."""
    counted, last = start, calendar.roster.day_of(end) + 1
    for day in range(calendar.roster.day_of(start) - 1, last + 1):
        for opens, closes in calendar.shifts(day):
            opened, closed = max(opens, counted), min(closes, end)
            if opened < closed:
                yield opened, closed
                counted = closed


# ── A week ───────────────────────────────────────────────────────────────────────────────────────


def open_hours_of_week(
    calendar: Calendar | None, monday: date, time_zone: str = "UTC"
) -> frozenset[int]:
    """The hours of a week, as clocks in a zone show them, at which somebody is at work.

    Hour 0 is Monday from 00:00 to 01:00, 167 the last one of Sunday; one counts when it is worked
    in part. Holidays and days away are ordinary days here. What is evening here may be night there,
    and an hour of it for half of the year: ask for a week in winter, and one in summer.
    """
    if calendar is None:
        return frozenset(range(168))
    return _open_hours(calendar.roster, monday.toordinal(), time_zone)


@lru_cache(maxsize=256)
def _open_hours(shifts: Roster, monday: int, time_zone: str) -> frozenset[int]:
    zone = ZoneInfo(time_zone)
    found = set()
    for day in range(monday - 2, monday + 9):  # elsewhere it may be the day before, or after
        for start, end in shifts.shifts(day):
            at = start - (start - datetime.min.replace(tzinfo=UTC)) % _QUARTER
            while at < end:
                there = at.astimezone(zone)
                found.add((there.toordinal() - monday) * 24 + there.hour)
                at += _QUARTER
    return frozenset(hour for hour in found if 0 <= hour < 168)
