"""When somebody is on shift, whatever the clocks, the calendar and their holidays do."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from shared.domain.hours import Away, Holidays, Schedule
from shared.domain.shifts import is_within
from shared.domain.week import Hours
from shared.domain.working_time import (
    Calendar,
    after,
    calendar_of,
    hours_calendar,
    is_away,
    is_open,
    next_open,
    open_hours_of_week,
    pool_calendar,
    working_seconds,
)
from tests.team import config

STOCKHOLM = "Europe/Stockholm"
OFFICE = {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "17:00"}
NIGHT = {"days": ["thu"], "start": "22:00", "end": "02:00"}


def calendar(*week: Any, zone: str = "UTC", days: Any = (), away: Any = ()) -> Calendar:
    """Anna's, who works these parts of the week."""
    team = config(
        {"anna": 1},
        limits={"anna": {"hours": "hers", "time_zone": zone, "away": list(away)}},
        more={
            "hours": {"hers": {"week": list(week), "holidays": ["off"]}},
            "holidays": {"off": {"days": dict.fromkeys(days, "a holiday")}},
        },
    )
    found = calendar_of(team, "anna")
    assert found
    return found


def at(local: str, zone: str = "UTC", fold: int = 0) -> datetime:
    there = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return there.astimezone(UTC)


# ── On shift or not ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-02T08:00", True),
        ("2026-03-02T07:59:59.999999", False),
        ("2026-03-02T16:59:59.999999", True),
        ("2026-03-02T17:00", False),
        ("2026-03-07T12:00", False),  # a Saturday
    ],
)
def test_a_shift_is_from_its_start_until_before_its_end(now: str, expected: Any) -> None:
    assert is_open(calendar(OFFICE, zone=STOCKHOLM), at(now, STOCKHOLM)) is expected


def test_without_a_calendar_somebody_is_always_on_shift_and_never_away() -> None:
    now = at("2026-12-25T03:00")
    assert is_open(None, now)
    assert not is_away(None, now)
    assert next_open(None, now) == now
    assert after(None, now, 90) == now + timedelta(seconds=90)
    assert working_seconds(None, now, now + timedelta(hours=1)) == 3600
    assert len(open_hours_of_week(None, date(2026, 1, 5))) == 168


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-12-24T23:00", True),
        ("2026-12-25T01:59", True),
        ("2026-12-25T02:00", False),
        ("2026-12-24T01:00", False),  # Wednesday's night, which nobody works
    ],
)
def test_a_shift_over_midnight_belongs_to_the_day_it_begins_on(now: str, expected: Any) -> None:
    assert is_open(calendar(NIGHT), at(now)) is expected


def test_a_holiday_cancels_all_of_a_shift_that_begins_on_it() -> None:
    off = calendar(NIGHT, days=["2026-12-24"])
    assert not is_open(off, at("2026-12-24T23:00"))
    assert not is_open(off, at("2026-12-25T01:00"))
    assert next_open(off, at("2026-12-24T12:00")) == at("2026-12-31T22:00")


def test_a_holiday_leaves_the_rest_of_the_shift_before_it() -> None:
    off = calendar(NIGHT, days=["2026-12-25"])
    assert is_open(off, at("2026-12-25T01:00"))
    assert not is_away(off, at("2026-12-25T01:00"))
    assert is_away(off, at("2026-12-25T03:00"))


def test_an_end_that_is_the_start_is_a_whole_day_later() -> None:
    whole = calendar({"days": ["mon"], "start": "08:00", "end": "08:00"})
    assert is_open(whole, at("2026-03-02T08:00"))
    assert is_open(whole, at("2026-03-03T07:59"))
    assert not is_open(whole, at("2026-03-03T08:00"))
    assert after(whole, at("2026-03-01T00:00"), 86400) == at("2026-03-03T08:00")


@pytest.mark.parametrize("end", ["00:00", "24:00"])
def test_midnight_as_the_end_is_the_end_of_the_day(end: str) -> None:
    late = calendar({"days": ["mon"], "start": "20:00", "end": end})
    assert is_open(late, at("2026-03-02T23:59"))
    assert not is_open(late, at("2026-03-03T00:00"))


def test_where_parts_overlap_time_counts_once() -> None:
    twice = calendar(
        {"days": ["mon"], "start": "08:00", "end": "12:00"},
        {"days": ["mon"], "start": "10:00", "end": "11:00"},
        {"days": ["mon"], "start": "11:00", "end": "14:00"},
    )
    monday = at("2026-03-02T00:00")
    assert working_seconds(twice, monday, monday + timedelta(days=1)) == 6 * 3600
    assert after(twice, monday, 5 * 3600) == at("2026-03-02T13:00")


# ── When clocks change ───────────────────────────────────────────────────────────────────────────

SPRING, AUTUMN = "2026-03-29", "2026-10-25"  # Sundays: 02:00 is 03:00, and 03:00 is 02:00


@pytest.mark.parametrize(
    ("day", "start", "end", "hours"),
    [
        (SPRING, "01:00", "03:00", 1),
        (AUTUMN, "01:00", "03:00", 3),
        (SPRING, "00:00", "00:00", 23),
        (AUTUMN, "00:00", "00:00", 25),
        (SPRING, "02:15", "02:45", 0),  # that time does not exist
        (SPRING, "02:30", "04:00", 1),  # from 03:00, when it would have begun
        (SPRING, "01:00", "02:30", 1),
        (AUTUMN, "02:15", "02:45", 0.5),  # the first of the two
        (AUTUMN, "02:30", "05:00", 3.5),
        (AUTUMN, "01:00", "02:30", 1.5),
    ],
)
def test_a_shift_is_as_long_as_it_really_is(day: str, start: str, end: str, hours: float) -> None:
    sunday = calendar({"days": ["sun"], "start": start, "end": end}, zone=STOCKHOLM)
    midnight = at(f"{day}T00:00", STOCKHOLM)
    found = working_seconds(sunday, midnight, midnight + timedelta(hours=26))
    assert found == hours * 3600


def test_a_time_that_is_skipped_at_midnight_begins_when_the_day_does() -> None:
    """In Beirut, clocks go forward at midnight: the day begins at 01:00."""
    sunday = calendar({"days": ["sun"], "start": "00:30", "end": "02:00"}, zone="Asia/Beirut")
    assert next_open(sunday, at("2026-03-28T00:00", "Asia/Beirut")) == at(
        "2026-03-29T01:00", "Asia/Beirut"
    )


def test_a_shift_has_begun_although_clocks_went_back_to_the_day_before() -> None:
    """In St. John's, 00:01 of Sunday was 23:01 of Saturday once more."""
    zone = "America/St_Johns"
    sunday = calendar({"days": ["sun"], "start": "00:00", "end": "06:00"}, zone=zone)
    assert is_open(sunday, at("2010-11-06T23:30", zone, fold=1))
    assert not is_open(sunday, at("2010-11-06T23:30", zone))


def test_caps_and_shifts_know_one_kind_of_hours() -> None:
    part = {"days": ["sun"], "start": "02:30", "end": "04:00"}
    hers = calendar(part, zone=STOCKHOLM)
    for minute in range(0, 8 * 60, 10):
        for day in (SPRING, AUTUMN):
            now = at(f"{day}T00:00", STOCKHOLM) + timedelta(minutes=minute)
            within = is_within([Hours.model_validate(part)], STOCKHOLM, now)
            assert is_open(hers, now) == within


# ── Away ─────────────────────────────────────────────────────────────────────────────────────────


def test_who_is_away_is_so_on_the_first_and_the_last_day() -> None:
    off = calendar(OFFICE, away=[{"first": "2026-03-03", "last": "2026-03-04"}])
    expected = {"02": True, "03": False, "04": False, "05": True}
    for day, is_there in expected.items():
        noon = at(f"2026-03-{day}T12:00")
        assert is_open(off, noon) is is_there
        assert is_away(off, noon) is not is_there
    assert is_away(off, at("2026-03-03T23:00"))
    assert not is_away(off, at("2026-03-02T23:00"))  # just off shift
    assert next_open(off, at("2026-03-02T17:00")) == at("2026-03-05T08:00")


def test_the_night_that_would_follow_a_day_away_is_away_too() -> None:
    off = calendar(NIGHT, away=[{"first": "2026-12-24", "last": "2026-12-24"}])
    assert is_away(off, at("2026-12-25T01:00"))
    assert not is_away(off, at("2026-12-25T02:00"))


def test_days_away_count_where_the_rep_is_and_shifts_where_the_hours_are() -> None:
    """Her desk is in Stockholm, and she in Auckland: her Tuesday is over at noon there."""
    team = config(
        {"anna": 1},
        limits={
            "anna": {
                "hours": "desk",
                "time_zone": "Pacific/Auckland",
                "away": [{"first": "2026-03-03", "last": "2026-03-03"}],
            }
        },
        more={
            "hours": {
                "desk": {
                    "time_zone": STOCKHOLM,
                    "week": [
                        {"start": "09:00", "end": "11:00"},
                        {"start": "13:00", "end": "15:00"},
                    ],
                }
            }
        },
    )
    hers = calendar_of(team, "anna")
    assert not is_open(hers, at("2026-03-03T10:00", STOCKHOLM))
    assert is_open(hers, at("2026-03-03T14:00", STOCKHOLM))
    assert not is_open(hers, at("2026-03-02T14:00", STOCKHOLM))
    assert is_away(hers, at("2026-03-02T14:00", STOCKHOLM))


def test_without_hours_days_away_still_count() -> None:
    away = [{"first": "2026-03-03", "last": "2026-03-03"}]
    team = config({"anna": 1}, limits={"anna": {"time_zone": STOCKHOLM, "away": away}})
    hers = calendar_of(team, "anna")
    assert is_open(hers, at("2026-03-02T23:59", STOCKHOLM))
    assert not is_open(hers, at("2026-03-03T00:00", STOCKHOLM))
    assert is_away(hers, at("2026-03-03T23:59", STOCKHOLM))
    assert is_open(hers, at("2026-03-04T00:00", STOCKHOLM))


# ── Next, and after ──────────────────────────────────────────────────────────────────────────────


def test_the_next_shift_begins_now_when_it_has_begun() -> None:
    office = calendar(OFFICE)
    assert next_open(office, at("2026-03-02T09:30")) == at("2026-03-02T09:30")
    assert next_open(office, at("2026-03-06T17:00")) == at("2026-03-09T08:00")


def test_who_does_not_come_back_has_no_next_shift() -> None:
    gone = calendar(OFFICE, away=[{"first": "2026-01-01", "last": "9999-12-31"}])
    now = at("2026-03-02T09:00")
    assert next_open(gone, now) is None
    assert after(gone, now, 60) == now + timedelta(days=400, seconds=60)
    assert working_seconds(gone, now, now + timedelta(days=800)) == 0


def test_what_ends_with_a_shift_ends_then() -> None:
    office = calendar(OFFICE)
    assert after(office, at("2026-03-02T16:00"), 3600) == at("2026-03-02T17:00")
    assert after(office, at("2026-03-02T16:00"), 3601) == at("2026-03-03T08:00:01")
    assert after(office, at("2026-03-06T20:00"), 900) == at("2026-03-09T08:15")
    assert after(office, at("2026-03-06T20:00"), 0) == at("2026-03-06T20:00")


def test_a_clock_that_goes_backwards_has_worked_nothing() -> None:
    assert working_seconds(calendar(OFFICE), at("2026-03-03T12:00"), at("2026-03-02T12:00")) == 0


# ── A week ───────────────────────────────────────────────────────────────────────────────────────


def test_the_hours_of_a_week_are_those_of_the_zone_one_asks_for() -> None:
    office = calendar({**OFFICE, "start": "08:30"}, zone=STOCKHOLM, days=["2026-01-05"])
    winter, summer = date(2026, 1, 5), date(2026, 7, 6)
    here = {24 * day + hour for day in range(5) for hour in range(8, 17)}
    assert open_hours_of_week(office, winter, STOCKHOLM) == here
    assert open_hours_of_week(office, winter) == {hour - 1 for hour in here}
    assert open_hours_of_week(office, summer) == {hour - 2 for hour in here}


def test_the_hours_of_a_week_go_round_its_ends() -> None:
    sunday = calendar({"days": ["sun"], "start": "22:00", "end": "02:00"})
    assert open_hours_of_week(sunday, date(2026, 1, 5)) == {166, 167, 0, 1}
    nepal = calendar({"days": ["mon"], "start": "00:00", "end": "01:00"}, zone="Asia/Kathmandu")
    assert open_hours_of_week(nepal, date(2026, 1, 5)) == {6 * 24 + 18, 6 * 24 + 19}


# ── As configured ────────────────────────────────────────────────────────────────────────────────


def test_hours_without_a_zone_are_in_their_reps_and_those_of_a_pool_in_utc() -> None:
    team = config(
        {"anna": 1, "bo": 1, "cy": 1},
        limits={
            "anna": {"hours": "office", "time_zone": "Asia/Tokyo"},
            "bo": {"hours": "office"},
        },
        hours="office",
        more={"hours": {"office": {"week": [OFFICE]}}},
    )
    assert next_open(calendar_of(team, "anna"), at("2026-03-01T12:00")) == at("2026-03-01T23:00")
    assert next_open(calendar_of(team, "bo"), at("2026-03-01T12:00")) == at("2026-03-02T08:00")
    assert calendar_of(team, "cy") is None
    pool, hours = pool_calendar(team, "sales"), hours_calendar(team, "office")
    assert pool is hours
    assert next_open(pool, at("2026-03-01T12:00")) == at("2026-03-02T08:00")


def test_a_pool_without_hours_has_no_calendar() -> None:
    assert pool_calendar(config({"anna": 1}), "sales") is None


def test_calendars_are_made_once_for_each_configuration_and_never_mixed_up() -> None:
    def team(start: str) -> Any:
        hours = {"office": {"week": [{"start": start, "end": "20:00"}]}}
        return config(
            {"anna": 1, "bo": 1},
            limits={"anna": {"hours": "office"}, "bo": {"hours": "office"}},
            more={"hours": hours},
        )

    early, late = team("06:00"), team("12:00")
    first = calendar_of(early, "anna")
    assert first is calendar_of(early, "anna")
    for _ in range(20):  # more than are kept, and their places in memory used again
        assert is_open(calendar_of(team("06:00"), "anna"), at("2026-03-02T07:00"))
        assert not is_open(calendar_of(team("12:00"), "anna"), at("2026-03-02T07:00"))
    assert not is_open(calendar_of(late, "bo"), at("2026-03-02T07:00"))
    again = calendar_of(early, "bo")
    assert again
    assert first
    assert again.roster is first.roster


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": "8"},
        {"start": "24:00"},
        {"start": "08:00+02:00"},
        {"days": []},
        {"days": ["monday"]},
    ],
)
def test_hours_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Hours.model_validate({**OFFICE, **wrong})


@pytest.mark.parametrize("wrong", [{"start": 8}, {"end": 1700}, {"end": 17.5}])
def test_a_number_is_no_time(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="must be a time, as in 08:00"):
        Hours.model_validate({**OFFICE, **wrong})


@pytest.mark.parametrize("wrong", [{"week": []}, {"time_zone": "Mars/Base", "week": [OFFICE]}])
def test_a_schedule_has_hours_in_a_zone_that_exists(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Schedule.model_validate(wrong)


@pytest.mark.parametrize("wrong", [20261224, "24.12.2026", "2026-02-30", None])
def test_a_day_is_written_as_a_date(wrong: Any) -> None:
    with pytest.raises(ValidationError, match="as in 2026-12-24"):
        Holidays.model_validate({"dates": [wrong]})
    with pytest.raises(ValidationError):
        Away.model_validate({"first": wrong, "last": "2026-12-24"})


def test_who_is_away_comes_back_after_they_went() -> None:
    with pytest.raises(ValidationError, match="comes before the first"):
        Away(first=date(2026, 3, 4), last=date(2026, 3, 3))


def test_hours_survive_being_stored() -> None:
    office = Hours.model_validate({**OFFICE, "end": "24:00"})
    assert Hours.model_validate_json(office.model_dump_json()) == office
    assert office.end == time(0)
