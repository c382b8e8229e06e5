"""When a rep is mailed what waits: on days they work, at their time, whatever clocks do."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.domain.config import Config
from shared.domain.digest import DAYS_OFF, digest_day, first_day
from tests.team import config

HERE = ZoneInfo("Europe/Stockholm")
WEEKDAYS = {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}


def team(**anna: Any) -> Config:
    settings = {"digest": "07:30", "time_zone": HERE.key, **anna}
    holidays = {"swedish": {"dates": ["2026-03-04"]}}
    hours = {
        "office": {"week": [WEEKDAYS], "holidays": ["swedish"]},
        "nights": {"week": [{**WEEKDAYS, "start": "22:00", "end": "06:00"}]},
        "abroad": {"week": [WEEKDAYS], "time_zone": "Asia/Shanghai"},
    }
    return config(
        {"anna": 1}, limits={"anna": settings}, more={"hours": hours, "holidays": holidays}
    )


def day(configuration: Config, at: str) -> str | None:
    found = digest_day(configuration, "anna", datetime.fromisoformat(at).replace(tzinfo=HERE))
    return found.isoformat() if found else None


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-03-02 07:29:59", None),
        ("2026-03-02 07:30", "2026-03-02"),
        ("2026-03-02 09:29:59", "2026-03-02"),
        ("2026-03-02 09:30", None),
        ("2026-03-02 23:00", None),
        ("2026-03-01 08:00", "2026-03-01"),  # a Sunday: without hours, every day
    ],
)
def test_it_is_due_for_two_hours(at: str, due: str | None) -> None:
    assert day(team(), at) == due


@pytest.mark.parametrize(
    ("hours", "at", "due"),
    [
        ("office", "2026-03-02 08:00", "2026-03-02"),
        ("office", "2026-03-01 08:00", None),  # a Sunday
        ("office", "2026-03-04 08:00", None),  # a holiday
        ("nights", "2026-03-06 08:00", "2026-03-06"),  # a shift begins that evening
        ("nights", "2026-03-07 08:00", None),  # one has ended
        ("abroad", "2026-03-06 08:00", "2026-03-06"),
        # Their Monday's shift begins at 02:00 here.
        ("abroad", "2026-03-02 08:00", "2026-03-02"),
        ("abroad", "2026-03-01 08:00", None),
    ],
)
def test_it_is_due_on_days_they_work(hours: str, at: str, due: str | None) -> None:
    assert day(team(hours=hours), at) == due


def test_who_is_away_or_gone_gets_none() -> None:
    away = [{"first": "2026-03-02", "last": "2026-03-03"}]
    for settings in ({"away": away}, {"away": away, "hours": "office"}):
        assert day(team(**settings), "2026-03-02 08:00") is None
        assert day(team(**settings), "2026-03-05 08:00") == "2026-03-05"
    assert day(team(active=False), "2026-03-02 08:00") is None
    assert day(team(digest=None), "2026-03-02 08:00") is None
    assert digest_day(team(), "bo", datetime(2026, 3, 2, 7, tzinfo=HERE)) is None


@pytest.mark.parametrize(
    ("settings", "on", "first"),
    [
        ({}, "2026-03-09", "2026-03-09"),
        ({"hours": "office"}, "2026-03-09", "2026-03-07"),
        ({"hours": "office"}, "2026-03-10", "2026-03-10"),
        ({"hours": "office"}, "2026-03-05", "2026-03-04"),  # after a holiday
    ],
)
def test_it_is_about_the_days_off_before_it_too(
    settings: dict[str, Any], on: str, first: str
) -> None:
    assert first_day(team(**settings), "anna", date.fromisoformat(on)) == date.fromisoformat(first)


def test_whole_years_off_are_not_looked_back_on() -> None:
    away = team(away=[{"first": "2020-01-01", "last": "2026-03-08"}])
    monday = date(2026, 3, 9)
    assert first_day(away, "anna", monday) == monday - timedelta(days=DAYS_OFF - 1)


def test_late_in_the_evening_it_is_due_beyond_midnight() -> None:
    assert day(team(digest="23:30"), "2026-03-03 01:00") == "2026-03-02"
    assert day(team(digest="00:00"), "2026-03-03 01:00") == "2026-03-03"


def test_a_time_that_clocks_skip_means_when_they_do() -> None:
    """In Stockholm, on 29 March 2026, 02:00 is 03:00."""
    skipped = team(digest="02:30")
    assert day(skipped, "2026-03-29 01:59") is None
    assert day(skipped, "2026-03-29 03:00") == "2026-03-29"
    assert day(skipped, "2026-03-29 04:59") == "2026-03-29"
    assert day(skipped, "2026-03-29 05:00") is None


def test_a_time_that_comes_twice_means_the_first() -> None:
    """On 25 October 2026, 03:00 is 02:00."""
    twice = team(digest="02:30")
    assert day(twice, "2026-10-25 02:30") == "2026-10-25"
    later = datetime(2026, 10, 25, 3, 29, tzinfo=HERE)  # two hours less a minute after the first
    assert digest_day(twice, "anna", later) is not None
    assert digest_day(twice, "anna", later.replace(minute=30)) is None
