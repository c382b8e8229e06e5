"""Counting in periods: where each begins, and what is left of a window that moves on."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.limits import Pace
from shared.domain.tallies import Tallies, allowance, day

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def number(per: str, zone: str, now: datetime) -> int:
    return allowance(Pace(per=per, leads=1), "", zone, now).now


@pytest.mark.parametrize(
    ("per", "last", "first"),
    [
        ("hour", "2026-03-02T09:59:59", "2026-03-02T10:00:00"),
        ("day", "2026-03-02T23:59:59", "2026-03-03T00:00:00"),
        ("week", "2026-03-01T23:59:59", "2026-03-02T00:00:00"),
        ("month", "2026-12-31T23:59:59", "2027-01-01T00:00:00"),
    ],
)
def test_periods_follow_each_other_without_a_gap(per: str, last: str, first: str) -> None:
    before, after = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (last, first))
    assert number(per, "UTC", after) == number(per, "UTC", before) + 1


def test_hours_begin_when_clocks_there_say_so() -> None:
    """In India at half past, as seen from London."""
    before = number("hour", "Asia/Kolkata", NOW - timedelta(seconds=1))
    assert number("hour", "Asia/Kolkata", NOW) == before + 1


def test_an_hour_that_comes_twice_is_two_hours() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in Berlin, and again an hour later
    second = first + timedelta(hours=1)
    assert number("hour", "Europe/Berlin", second) == number("hour", "Europe/Berlin", first) + 1
    assert number("day", "Europe/Berlin", second) == number("day", "Europe/Berlin", first)


def test_a_pace_of_none_allows_none() -> None:
    for rolling in (False, True):
        assert not allowance(Pace(per="day", leads=0, rolling=rolling), "", "UTC", NOW).has_room({})


def test_scopes_count_apart() -> None:
    tallies: Tallies = {}
    allowance(Pace(per="day", leads=1), "", "UTC", NOW).count(tallies)
    assert allowance(Pace(per="day", leads=1), "sales", "UTC", NOW).has_room(tallies)
    assert tallies.keys() == {":day"}


def test_a_day_without_a_limit_is_counted_and_never_full() -> None:
    tallies: Tallies = {}
    for _ in range(1000):
        assert day("", None, "UTC", NOW).has_room(tallies)
        day("", None, "UTC", NOW).count(tallies)
    assert day("", None, "UTC", NOW).used(tallies) == 1000
    assert day("", None, "UTC", NOW + timedelta(days=1)).used(tallies) == 0


def test_what_has_left_the_window_is_forgotten() -> None:
    """A tally is as short as the window needs, however long it has been counted."""
    pace, tallies = Pace(per="hour", leads=500, rolling=True), {}
    for minutes in range(0, 6000, 3):
        allowance(pace, "", "UTC", NOW + timedelta(minutes=minutes)).count(tallies)
    assert len(tallies["~hour"]) <= 2 * 62
    assert allowance(pace, "", "UTC", NOW + timedelta(minutes=6000)).used(tallies) == 20


def test_counting_changes_no_list_that_somebody_else_has() -> None:
    """Copies of counters share the lists in them."""
    for rolling in (False, True):
        tallies: Tallies = {}
        allowance(Pace(per="day", leads=5, rolling=rolling), "", "UTC", NOW).count(tallies)
        shared = dict(tallies)
        before = repr(shared)
        allowance(Pace(per="day", leads=5, rolling=rolling), "", "UTC", NOW).count(tallies)
        assert repr(shared) == before
