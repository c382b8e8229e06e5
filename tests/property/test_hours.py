"""Working time on any calendar, against a walk in steps of a minute over a naive clock."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.week import WEEKDAYS
from shared.domain.working_time import (
    HORIZON,
    Calendar,
    after,
    begins_for,
    calendar_of,
    is_open,
    next_open,
    pool_calendar,
    working_seconds,
)
from tests.team import config

MINUTE = timedelta(minutes=1)
ZONES = ["UTC", "Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut"]
# Around the days on which clocks change there, and one on which none does.
DAYS = ["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-06-14"]

times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))
parts = st.fixed_dictionaries(
    {
        "days": st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True),
        "start": times,
        "end": times,
    }
)


@st.composite
def moments(draw: Any) -> datetime:
    day = datetime.fromisoformat(draw(st.sampled_from(DAYS))).replace(tzinfo=UTC)
    return day + timedelta(minutes=draw(st.integers(-3 * 1440, 3 * 1440)))


@st.composite
def calendars(draw: Any) -> Calendar:
    def some_days() -> list[date]:
        day = date.fromisoformat(draw(st.sampled_from(DAYS)))
        return [day + timedelta(days=n) for n in draw(st.lists(st.integers(-3, 3), max_size=3))]

    zone = draw(st.sampled_from(ZONES))
    team = config(
        {"anna": 1},
        limits={
            "anna": {
                "hours": "hers",
                "time_zone": zone,
                "away": [{"first": day, "last": day} for day in some_days()],
            }
        },
        more={
            "hours": {
                "hers": {
                    "week": draw(st.lists(parts, min_size=1, max_size=3)),
                    "holidays": ["off"],
                }
            },
            "holidays": {"off": {"dates": some_days()}},
        },
    )
    found = calendar_of(team, "anna")
    assert found
    return found


def walked(calendar: Calendar, start: datetime, end: datetime) -> int:
    """The minutes on shift between two whole minutes, each asked for itself."""
    minutes = int((end - start) / MINUTE)
    return sum(is_open(calendar, start + n * MINUTE) for n in range(minutes))


@cache
def first_times(zone: str, day: date) -> dict[int, datetime]:
    """When clocks show each minute of a day for the first time; of skipped ones, what follows."""
    there = ZoneInfo(zone)
    shown: dict[int, datetime] = {}
    at = datetime.combine(day, datetime.min.time(), UTC) - timedelta(hours=16)
    while len(shown) < 1440 + 1440:
        local = at.astimezone(there)
        minute = (local.toordinal() - day.toordinal()) * 1440 + local.hour * 60 + local.minute
        if minute >= 0:
            for skipped in range(max(shown, default=-1) + 1, minute + 1):
                shown[skipped] = at
        at += MINUTE
    return shown


@given(times, times, st.sampled_from(DAYS), st.sampled_from(ZONES))
@settings(max_examples=60, deadline=None)
def test_a_shift_begins_and_ends_when_clocks_first_show_it(
    start: str, end: str, on: str, zone: str
) -> None:
    day = date.fromisoformat(on)
    part = {"days": [WEEKDAYS[day.weekday()]], "start": start, "end": end}
    team = config(
        {"anna": 1},
        limits={"anna": {"hours": "hers", "time_zone": zone}},
        more={"hours": {"hers": {"week": [part]}}},
    )
    first, last = (60 * int(t[:2]) + int(t[3:]) for t in (start, end))
    shown = first_times(zone, day)
    begins, ends = shown[first], shown[last if last > first else last + 1440]
    found = calendar_of(team, "anna")
    assert found
    assert found.shifts(day.toordinal()) == (((begins, ends),) if begins < ends else ())


@given(calendars(), moments(), st.integers(0, 2 * 86400), st.integers(0, 2 * 86400))
@settings(max_examples=300, deadline=None)
def test_working_time_adds_up(calendar: Calendar, start: datetime, one: int, two: int) -> None:
    first = after(calendar, start, one)
    both = after(calendar, start, one + two)
    assert start <= first <= both
    if both <= start + HORIZON:  # beyond it, real time counts
        assert after(calendar, first, two) == both
    if two:
        assert first < both


@given(calendars(), moments(), st.integers(1, 2 * 1440))
@settings(max_examples=100, deadline=None)
def test_so_much_working_time_has_passed_and_no_more(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    end = after(calendar, start, minutes * 60)
    if end - start > timedelta(days=20):  # mostly off: too far to walk
        return
    assert walked(calendar, start, end) == minutes
    assert working_seconds(calendar, start, end) == minutes * 60
    assert is_open(calendar, end - MINUTE)  # not a moment later than at close


@given(calendars(), moments(), st.integers(0, 6 * 1440))
@settings(max_examples=100, deadline=None)
def test_working_seconds_are_those_on_shift(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    end = start + minutes * MINUTE
    assert working_seconds(calendar, start, end) == walked(calendar, start, end) * 60


@given(calendars(), moments())
@settings(max_examples=100, deadline=None)
def test_nobody_is_on_shift_before_the_next_shift(calendar: Calendar, now: datetime) -> None:
    opens = next_open(calendar, now)
    assert opens is not None
    assert opens >= now
    assert is_open(calendar, opens)
    assert walked(calendar, now, min(opens, now + timedelta(days=10))) == 0


@given(calendars(), moments(), st.integers(0, 86400 * 365))
@settings(max_examples=100, deadline=None)
def test_far_ahead_it_is_still_in_order(calendar: Calendar, start: datetime, seconds: int) -> None:
    there = after(calendar, start, seconds)
    assert after(calendar, start, seconds + 1) > there
    assert after(calendar, start, 0) == start


halves = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 30]))
weeks = st.lists(
    st.fixed_dictionaries(
        {
            "days": st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True),
            "start": halves,
            "end": halves,
        }
    ),
    min_size=1,
    max_size=2,
)


@given(weeks, weeks, st.sampled_from(ZONES), st.integers(0, 335))
@settings(max_examples=40, deadline=None)
def test_clocks_begin_when_both_rep_and_pool_are_at_work(
    hers: Any, its: Any, zone: str, half_hour: int
) -> None:
    """Never before, and no later; where they never are together, when each of them has been."""
    hours = {"hers": {"week": hers}, "its": {"week": its, "time_zone": "UTC"}}
    team = config(
        {"anna": 1},
        limits={"anna": {"hours": "hers", "time_zone": zone}},
        more={"hours": hours},
        hours="its",
        off_hours="assign",
    )
    now = datetime(2026, 6, 8, tzinfo=UTC) + half_hour * timedelta(minutes=30)
    both = [calendar_of(team, "anna"), pool_calendar(team, "sales")]
    week = (now + step * timedelta(minutes=30) for step in range(337))
    common = next((at for at in week if all(is_open(one, at) for one in both)), None)
    begins = begins_for(team, "sales", "anna", now)
    if common:
        assert begins == common
    elif not all(is_open(one, begins) for one in both):  # clocks may change in time for them
        assert begins == max(next_open(one, now) or now for one in both)
