"""What disturbs a rep waits for the end of their quiet time, whatever clocks do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared.domain.alerting import LEAST_PAUSE, longest_pause
from shared.domain.config import Config
from shared.domain.quiet import quiet_until
from shared.domain.shifts import is_within
from shared.domain.week import WEEKDAYS, Hours
from tests.team import config

ZONES = (
    "UTC",
    "Europe/Stockholm",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour
    "America/Santiago",  # at midnight
    "Asia/Shanghai",
    "Africa/Cairo",
)

quarters = some.integers(0, 95).map(lambda number: f"{number // 4:02d}:{number % 4 * 15:02d}")
parts = some.lists(
    some.builds(
        Hours,
        days=some.lists(some.sampled_from(WEEKDAYS), min_size=1, unique=True),
        start=quarters,
        end=quarters,
    ),
    min_size=1,
    max_size=6,
).filter(lambda those: longest_pause(those) >= 3 * LEAST_PAUSE)  # clocks skip one of them
moments = some.integers(0, 366 * 86400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def quiet(parts: list[Hours], zone: str) -> Config:
    return config({"anna": 1}, limits={"anna": {"quiet": parts, "time_zone": zone}})


@given(parts, some.sampled_from(ZONES), moments, some.integers(0, 4 * 86400))
def test_it_ends_outside_within_the_week_and_in_order(
    parts: list[Hours], zone: str, now: datetime, later: int
) -> None:
    team = quiet(parts, zone)
    until = quiet_until(team, "anna", now)
    assert (until is not None) == is_within(parts, zone, now)
    if until is not None:
        assert now < until <= now + timedelta(days=7, hours=2)
        assert not is_within(parts, zone, until)
        assert quiet_until(team, "anna", until) is None
        assert is_within(parts, zone, until - timedelta(milliseconds=1))
    after = now + timedelta(seconds=later)
    assert (until or now) <= (quiet_until(team, "anna", after) or after)


@given(parts, some.sampled_from(ZONES), moments)
def test_nothing_between_is_outside(parts: list[Hours], zone: str, now: datetime) -> None:
    """It ends when it first does."""
    until = quiet_until(quiet(parts, zone), "anna", now)
    at = now
    while until and at < until:
        assert is_within(parts, zone, at)
        at += timedelta(minutes=15)


NIGHT = [{"start": "22:00", "end": "07:00"}]


@pytest.mark.parametrize(
    ("written", "now", "until"),
    [
        (NIGHT, "2026-03-02 21:59", None),
        (NIGHT, "2026-03-02 22:00", "2026-03-03 07:00"),
        (NIGHT, "2026-03-03 06:59", "2026-03-03 07:00"),
        (NIGHT, "2026-03-03 07:00", None),
        # Clocks go forward at 02:00, and back at 03:00.
        (NIGHT, "2026-03-28 23:00", "2026-03-29 07:00"),
        (NIGHT, "2026-10-24 23:00", "2026-10-25 07:00"),
        ([{"start": "00:00", "end": "02:30"}], "2026-03-29 01:00", "2026-03-29 03:00"),
        # Parts that follow each other are one.
        ([*NIGHT, {"days": ["sat", "sun"]}], "2026-03-06 23:00", "2026-03-09 07:00"),
        ([*NIGHT, {"start": "07:00", "end": "07:30"}], "2026-03-02 23:00", "2026-03-03 07:30"),
        # All but Wednesday.
        (
            [{"days": [day for day in WEEKDAYS if day != "wed"]}],
            "2026-03-05 00:00",
            "2026-03-11 00:00",
        ),
    ],
)
def test_as_clocks_show_it_where_the_rep_is(
    written: list[dict[str, str]], now: str, until: str | None
) -> None:
    there = ZoneInfo("Europe/Stockholm")
    team = quiet([Hours.model_validate(part) for part in written], there.key)
    found = quiet_until(team, "anna", datetime.fromisoformat(now).replace(tzinfo=there))
    shown = found and f"{found.astimezone(there):%Y-%m-%d %H:%M}"
    assert shown == until


def test_nobody_is_quiet_who_has_not_said_so() -> None:
    team = config({"anna": 1})
    assert quiet_until(team, "anna", datetime(2026, 3, 2, tzinfo=UTC)) is None
    assert quiet_until(team, "gone", datetime(2026, 3, 2, tzinfo=UTC)) is None
