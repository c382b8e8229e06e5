"""Holidays are looked up when a configuration is read, and what cannot be found is told."""

from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from infra.cli.config_file import config_from, read_config
from shared.domain.config import Config
from shared.domain.notation import STORED
from shared.errors import ConfigError

TODAY = date(2026, 11, 21)
TEAM = dedent("""\
    manager: {name: Maria, email: maria@example.com}
    reps:
      anna: {name: Anna, email: anna@example.com}
    pools:
      sales: {members: {anna: 1}}
    rules:
      - {name: everything, pool: sales}
    forms:
      website: {}
    holidays:
    """)
LINE = TEAM.count("\n") + 1  # of the first set


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{' '.join(lines)}", *lines, "END:VEVENT", ""])


def ical(*events: str, zone: str = "") -> str:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test"]
    head += [f"X-WR-TIMEZONE:{zone}"] if zone else []
    return "\r\n".join([*head, *events, "END:VCALENDAR", ""])


def read(said: str, folder: Path = Path(), today: date = TODAY) -> Config:
    text = f"{TEAM}  set: {said}\n"
    return config_from(text, str(folder / "team.yaml"), today)


def days(said: str, folder: Path = Path()) -> dict[str, str]:
    return {day.isoformat(): name for day, name in read(said, folder).holidays["set"].days.items()}


def problem(said: str, folder: Path = Path()) -> str:
    """The one problem, without the folder of the file."""
    with pytest.raises(ConfigError) as caught:
        read(said, folder)
    [told] = caught.value.problems
    return told.removeprefix(f"{folder}/")


# ── Countries and dates ──────────────────────────────────────────────────────────────────────────


def test_a_countrys_days_are_known_from_last_year_to_the_tenth_from_now() -> None:
    found = read("{country: SE}").holidays["set"]
    assert found.days[date(2026, 6, 20)] == "Midsummer Day"
    assert min(found.days) == date(2025, 1, 1)
    assert max(found.days) == date(2036, 12, 26)
    assert found.until == date(2036, 12, 31)
    assert date(2026, 11, 22) not in found.days  # Sundays are for the week to say


def test_a_region_has_days_of_its_own_and_may_be_named() -> None:
    epiphany = "2026-01-06"
    assert epiphany not in days("{country: DE}")
    assert epiphany in days("{country: DE, region: BY}")
    assert days("{country: DE, region: Bayern}") == days("{country: DE, region: BY}")


def test_a_day_off_for_one_that_falls_on_a_weekend_is_a_holiday() -> None:
    assert "2026-12-28" in days("{country: GB}")  # Boxing Day is a Saturday


def test_who_applies_it_in_which_language_changes_nothing(monkeypatch: Any) -> None:
    here = days("{country: SE}")
    monkeypatch.setenv("LANGUAGE", "sv")
    assert days("{country: SE}") == here


def test_the_same_year_finds_the_same_and_the_next_one_a_year_more() -> None:
    first, later, next_year = (
        read("{country: SE}", today=today)
        for today in (date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    )
    assert first == later
    assert next_year.holidays["set"].until == date(2037, 12, 31)


def test_dates_stand_for_themselves_and_country_and_dates_add_up() -> None:
    own = read("{dates: [2026-12-24, 2050-01-02]}").holidays["set"]
    assert own.days == {date(2026, 12, 24): "set", date(2050, 1, 2): "set"}
    assert own.until is None
    both = days("{country: SE, dates: [2026-12-24, 2026-12-25]}")
    assert both["2026-12-24"] == "set"
    assert both["2026-12-25"] == "Christmas Day"


def test_what_was_found_is_stored_and_not_looked_up_again() -> None:
    config = read("{country: SE}")
    assert Config.model_validate_json(config.model_dump_json(), context=STORED) == config


# ── Calendars ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def calendar_of(tmp_path: Path) -> Any:
    """The days found in a calendar of these events."""

    def of(*events: str, zone: str = "") -> dict[str, str]:
        (tmp_path / "company.ics").write_text(ical(*events, zone=zone))
        return days("{calendar: company.ics}", tmp_path)

    return of


def test_an_all_day_event_does_not_count_the_day_after_it(calendar_of: Any) -> None:
    found = calendar_of(
        event("DTSTART;VALUE=DATE:20260702", "DTEND;VALUE=DATE:20260704", "SUMMARY:Trip"),
        event("DTSTART;VALUE=DATE:20260706"),
    )
    assert found == {"2026-07-02": "Trip", "2026-07-03": "Trip", "2026-07-06": "set"}


def test_an_event_every_year_counts_in_each_that_is_looked_at(calendar_of: Any) -> None:
    found = calendar_of(
        event("DTSTART;VALUE=DATE:20101224", "RRULE:FREQ=YEARLY", "SUMMARY:Eve"),
    )
    assert list(found) == [f"{year}-12-24" for year in range(2025, 2037)]


def test_of_a_very_long_event_the_days_that_are_looked_at_count(calendar_of: Any) -> None:
    found = calendar_of(event("DTSTART;VALUE=DATE:20100101", "DTEND;VALUE=DATE:20500101"))
    assert (min(found), max(found)) == ("2025-01-01", "2036-12-31")
    assert len(found) == (date(2037, 1, 1) - date(2025, 1, 1)).days


@pytest.mark.parametrize(
    ("start", "end", "touched"),
    [
        ("20260501T220000", "20260502T000000", ["2026-05-01"]),
        ("20260501T220000", "20260502T000001", ["2026-05-01", "2026-05-02"]),
        ("20260501T090000", "20260501T090000", ["2026-05-01"]),
    ],
)
def test_a_timed_event_counts_for_each_day_it_touches(
    start: str, end: str, touched: list[str], calendar_of: Any
) -> None:
    for zone in ("", ";TZID=Europe/Stockholm"):
        assert list(calendar_of(event(f"DTSTART{zone}:{start}", f"DTEND{zone}:{end}"))) == touched


def test_utc_is_read_on_the_calendars_own_clock(calendar_of: Any) -> None:
    late = event("DTSTART:20260601T230000Z", "DTEND:20260601T233000Z")
    assert list(calendar_of(late)) == ["2026-06-01"]
    assert list(calendar_of(late, zone="Europe/Stockholm")) == ["2026-06-02"]


def test_what_was_cancelled_is_a_day_of_work(calendar_of: Any) -> None:
    trip = ["DTSTART;VALUE=DATE:20260702", "SUMMARY:Trip"]
    kept = event("DTSTART;VALUE=DATE:20260706")
    assert list(calendar_of(event(*trip, "STATUS:CANCELLED"), kept)) == ["2026-07-06"]


def test_a_calendar_below_the_configuration_may_be_read(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "own.ics").write_text(ical(event("DTSTART;VALUE=DATE:20260702")))
    assert list(days("{calendar: more/own.ics}", tmp_path)) == ["2026-07-02"]
    file = tmp_path / "team.yaml"
    file.write_text(f"{TEAM}  set: {{calendar: more/own.ics}}\n")
    assert list(read_config(file, TODAY).holidays["set"].days) == [date(2026, 7, 2)]


# ── What is wrong ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{country: XX}", "country: the holidays of XX are not known here"),
        (
            "{country: DE, region: Bayren}",
            "region: there is no region 'Bayren' of DE; did you mean BY",
        ),
        ("{country: DE, region: by}", "region: there is no region 'by' of DE; did you mean BY"),
        ("{country: DE, region: '77'}", "region: there is no region '77' of DE; there: BB, BE, BW"),
        (
            "{country: SE, region: AB}",
            "region: there is no region 'AB' of SE; none has days of its own",
        ),
        ("{region: BY}", "region: say of which country"),
        ("{country: se}", "country: must be the two capital letters of a country, as in SE"),
        ("{dates: [20261224]}", "dates.0: must be a date, as in 2026-12-24"),
        ("{calendar: nowhere.ics}", "calendar: nowhere.ics cannot be read: No such file"),
        ("{calendar: .}", "calendar: . cannot be read: Is a directory"),
        ('{calendar: "a\\0b"}', "calendar: 'a\\x00b' is no file"),
        (
            "{country: SE, days: {2026-12-24: x}}",
            "days: is found out when the file is read; days of your own are `dates`",
        ),
        ("{country: SE, until: 2030-01-01}", "until: is found out when the file is read"),
        ("{country: SE, until: soon}", "until: is found out when the file is read"),
    ],
)
def test_each_problem_names_its_line_and_field(said: str, told: str, tmp_path: Path) -> None:
    assert problem(said, tmp_path).startswith(f"team.yaml:{LINE}: holidays.set.{told}")


def test_a_set_without_any_days_is_a_mistake() -> None:
    told = f"team.yaml:{LINE}: holidays.set: has no days at all from 2025 to 2036"
    assert problem("{}") == told


def test_a_country_that_is_not_known_is_likely_one_that_begins_alike() -> None:
    assert problem("{country: UX}").endswith("; there are UA, UG, UK, UM, US, UY, UZ")
    assert problem("{country: XX}").endswith("; there are XK")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "BEGIN:VTODO\r\nEND:VTODO\r\n",
        ical(event("DTSTART:soon")),
        ical(event("SUMMARY:no start")),
        ical(event("DTSTART;VALUE=DATE:20260102", "RRULE:FREQ=YEARLY", "EXDATE:soon")),
        ical(event("DTSTART;VALUE=DATE:20260102", "RRULE:FREQ=FOO")),
        ical(event("DTSTART:20260102T000000", "RRULE:FREQ=SECONDLY")),
        ical(event("DTSTART;VALUE=DATE:20260102", "RRULE:FREQ=YEARLY;UNTIL=2020")),
    ],
)
def test_what_is_no_calendar_is_told_as_such(text: str, tmp_path: Path) -> None:
    (tmp_path / "own.ics").write_text(text)
    told = problem("{calendar: own.ics}", tmp_path)
    start = f"team.yaml:{LINE}: holidays.set.calendar: own.ics is no calendar that can be read: "
    assert told.startswith(start)


def test_a_calendar_of_years_gone_by_has_no_days(tmp_path: Path) -> None:
    (tmp_path / "own.ics").write_text(ical(event("DTSTART;VALUE=DATE:20100102")))
    assert "has no days at all" in problem("{calendar: own.ics}", tmp_path)


def test_a_calendar_that_is_too_large_or_no_text_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "own.ics").write_bytes(b"x" * 1_000_001)
    assert "own.ics is larger than 1000 kB" in problem("{calendar: own.ics}", tmp_path)
    (tmp_path / "own.ics").write_bytes(b"\xff\xfe\x00")
    assert "own.ics must be encoded in UTF-8" in problem("{calendar: own.ics}", tmp_path)


@pytest.mark.parametrize("name", ["../own.ics", "{above}/own.ics", "link.ics"])
def test_nothing_outside_the_configurations_folder_is_read(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (tmp_path / "own.ics").write_text(ical(event("DTSTART;VALUE=DATE:20260702")))
    (folder / "link.ics").symlink_to(tmp_path / "own.ics")
    told = problem(f'{{calendar: "{name.format(above=tmp_path)}"}}', folder)
    assert told.endswith("must lie beside the configuration, or below it")


def test_all_sets_are_looked_at_and_other_problems_told_beside_theirs() -> None:
    text = TEAM.replace("email: anna@example.com", "email: anna")
    text += "  one: {country: XX}\n  two: [SE]\n  three: {calendar: none.ics}\n"
    with pytest.raises(ConfigError) as caught:
        config_from(text, "team.yaml", TODAY)
    assert [line.split(": ")[1] for line in caught.value.problems] == [
        "reps.anna.email",
        "holidays.one.country",
        "holidays.two",
        "holidays.three.calendar",
    ]
