"""No limit is exceeded at any moment, whatever the clock does; hot leads pass, and are counted."""

from datetime import UTC, datetime, timedelta
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.limits import Pace
from shared.domain.planning import plan
from shared.domain.plans import Known, Ruled
from shared.domain.tallies import allowance
from tests.pool_days import LENGTHS, START, is_full, period_of, simulate, would_exceed
from tests.team import active, config, new_lead

seeds = st.integers(0, 10**9)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])
paces = st.builds(
    Pace,
    per=st.sampled_from(list(LENGTHS)),
    leads=st.sampled_from(["0", "1", "2", "4", "0.5", "0.3", "0.333", "1.5", "2.5"]),
    rolling=st.booleans(),
)
# Seconds from one try to the next: mostly forwards, now and then a little back.
tries = st.lists(
    st.integers(-40, 600) | st.integers(0, 90_000) | st.integers(0, 900_000),
    min_size=1,
    max_size=60,
)


@given(seeds)
@settings(max_examples=100, deadline=None)
def test_no_pool_ever_exceeds_a_limit(seed: int) -> None:
    """Of a rep, of members in the pool, of the team; held, weighed, over any stretch of time."""
    simulate(seed, hot=None, off_hours="assign", match=[], tiers=[], steps=15)


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_hot_leads_pass_limits_and_count(seed: int) -> None:
    simulate(seed, hot={"hot": "yes"}, off_hours="assign")


@given(paces, zones, tries)
@settings(max_examples=150, deadline=None)
def test_a_pace_holds_over_any_stretch_of_time(pace: Pace, zone: str, steps: list[int]) -> None:
    """Rolling: any window. On the clock: any periods in a row. And whoever may, does."""
    now, received, tallies = datetime(2026, 3, 28, 22, tzinfo=UTC), [], {}
    for step in steps:
        now += timedelta(seconds=step)
        allowed = allowance(pace, "", zone, now)
        at = max([now, *received])
        if allowed.has_room(tallies):
            assert not would_exceed(pace, zone, received, at)
            allowed.count(tallies)
            received.append(at)
        elif pace.per != "month":
            assert is_full(pace, zone, received, at)


@given(st.sampled_from([0.5, 0.25, 1.5, 2.75]), st.sampled_from(["hour", "day", "week"]))
def test_a_fraction_is_never_rounded_to_none(leads: float, per: str) -> None:
    """Over twelve periods in a row, as many as twelve times the pace."""
    pace, tallies, got = Pace(per=per, leads=leads), {}, 0
    for number in range(12):
        now = START + timedelta(seconds=LENGTHS[per] * number)
        while (allowed := allowance(pace, "", "UTC", now)).has_room(tallies):
            allowed.count(tallies)
            got += 1
    assert abs(got - 12 * leads) <= 1


def test_a_small_jump_back_over_the_end_of_a_period_gives_nothing_extra() -> None:
    """One in every two days: after the day with one comes one with none, however often."""
    pace, tallies = Pace(per="day", leads="0.5"), {}
    midnight = datetime(2026, 3, 30, tzinfo=UTC)
    got = []
    for seconds in (-5, 5, -3, 4, 86400 - 5, 86400 + 5, 86400 - 2, 86400 + 9):
        now = midnight + timedelta(seconds=seconds)
        if (allowed := allowance(pace, "", "UTC", now)).has_room(tallies):
            allowed.count(tallies)
            got.append(now)
    days = [period_of("day", "UTC", at) for at in got]
    assert len(got) <= ceil(0.5 * 3)
    assert len(set(days)) == len(days)


@pytest.mark.parametrize(("before", "after"), [("2", "2.5"), ("2.5", "2"), ("1", "0.5")])
def test_what_was_counted_still_counts_when_a_rolling_limit_changes(
    before: str, after: str
) -> None:
    """And is over when it should be: nobody is kept from leads for ever by an old count."""
    tallies: dict[str, list[int]] = {}
    first, then = (Pace(per="hour", leads=leads, rolling=True) for leads in (before, after))
    while (allowed := allowance(first, "", "UTC", START)).has_room(tallies):
        allowed.count(tallies)
    soon, late = START + timedelta(minutes=5), START + timedelta(hours=2, minutes=5)
    used = allowance(then, "", "UTC", soon).used(tallies)
    assert used == ceil(float(before))
    assert allowance(then, "", "UTC", late).used(tallies) == 0


def test_two_limits_of_one_period_count_a_lead_once() -> None:
    """The stricter one holds, and what was counted for it is not counted twice."""
    pace = [{"per": "day", "leads": 3}, {"per": "day", "leads": 2, "rolling": True}]
    team = config({"anna": 1}, limits={"anna": {"daily_limit": 4, "pace": pace}})
    leads = [Ruled(new_lead(f"lead{n}", START), "r") for n in range(6)]
    planned = plan(active(team), "sales", Known(), leads, START)
    assert planned.assigned == 2
    tallies = planned.known.loads["anna"].tallies
    assert (tallies[":day"][1], tallies["~day"][1]) == (2, 2)


def test_a_team_may_have_two_limits_of_one_period_too() -> None:
    pace = [{"per": "hour", "leads": 5}, {"per": "hour", "leads": 4}]
    team = active(config({"anna": 1, "bo": 1}, team_limits={"pace": pace}))
    leads = [Ruled(new_lead(f"lead{n}", START), "r") for n in range(6)]
    planned = plan(team, "sales", Known(), leads, START)
    assert planned.assigned == 4
    assert planned.entry.tallies[":hour"][1] == 4


def test_a_clock_that_jumps_back_makes_no_window_shorter() -> None:
    """What is received then is as new as what was received before the jump."""
    pace, tallies = Pace(per="hour", leads=2, rolling=True), {}
    for minutes in (50, 0):
        allowance(pace, "", "UTC", START + timedelta(minutes=minutes)).count(tallies)
    assert allowance(pace, "", "UTC", START + timedelta(minutes=109)).used(tallies) == 2
    assert allowance(pace, "", "UTC", START + timedelta(minutes=112)).used(tallies) == 0


def test_the_longer_of_two_windows_forgets_nothing_for_the_shorter_one() -> None:
    """Three in 24 hours, and 2.5 a day, which is three in 28.8 hours."""
    pace = [{"per": "day", "leads": leads, "rolling": True} for leads in (3, "2.5")]
    team, known = active(config({"anna": 1}, limits={"anna": {"pace": pace}})), Known()
    got = []
    for hours in (0, 25, 26, 27, 30):
        now = START + timedelta(hours=hours)
        made = plan(team, "sales", known, [Ruled(new_lead(f"lead{hours}", now), "r")], now)
        known = made.known
        got.append(made.assigned)
    assert got == [1, 1, 1, 0, 1]
