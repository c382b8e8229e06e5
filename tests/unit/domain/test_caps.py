"""What counts in which period, and when a partner's hours are."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from shared.domain.caps import cap_uses, impossible, level, period_of, price_of
from shared.domain.money import from_text, to_text, to_units
from shared.domain.shifts import is_within
from shared.domain.sources import Cap, Partner
from shared.domain.week import Hours
from tests.team import config

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


def cap(**settings: Any) -> Cap:
    return Cap.model_validate({"name": "daily", "per": "day", "leads": 50, **settings})


def partner(**settings: Any) -> Partner:
    return Partner.model_validate({"mode": "live", "currency": "EUR", **settings})


@pytest.mark.parametrize(
    ("per", "zone", "now", "period"),
    [
        ("day", "UTC", "2026-03-02T23:59:59+00:00", "2026-03-02"),
        ("day", "Europe/Stockholm", "2026-03-02T23:00:00+00:00", "2026-03-03"),
        ("week", "UTC", "2026-01-01T00:00:00+00:00", "2026-W01"),
        ("week", "UTC", "2027-01-03T00:00:00+00:00", "2026-W53"),
        ("month", "America/Los_Angeles", "2026-04-01T06:59:00+00:00", "2026-03"),
        # The hour that comes twice when summer ends has two counters.
        ("hour", "Europe/Stockholm", "2026-10-25T00:30:00+00:00", "2026-10-25T02+0200"),
        ("hour", "Europe/Stockholm", "2026-10-25T01:30:00+00:00", "2026-10-25T02+0100"),
    ],
)
def test_a_period_begins_where_the_cap_is(per: str, zone: str, now: str, period: str) -> None:
    at = datetime.fromisoformat(now)
    assert period_of(cap(per=per, time_zone=zone), at) == period


@pytest.mark.parametrize(
    ("at", "inside"),
    [("08:00", True), ("07:59", False), ("17:59", True), ("18:00", False)],
)
def test_hours_begin_at_their_start_and_end_before_their_end(at: str, inside: Any) -> None:
    hours = Hours(days=["mon"], start=time(8), end=time(18))
    now = datetime.combine(NOON.date(), time.fromisoformat(at), UTC)
    assert is_within([hours], "UTC", now) is inside


@pytest.mark.parametrize(
    ("day", "at", "inside"),
    [(2, "23:00", True), (3, "01:59", True), (3, "02:00", False), (2, "01:00", False)],
)
def test_hours_over_midnight_belong_to_the_day_they_begin_on(
    day: int, at: str, inside: Any
) -> None:
    hours = Hours(days=["mon"], start=time(22), end=time(2))
    now = datetime.combine(date(2026, 3, day), time.fromisoformat(at), UTC)
    assert is_within([hours], "UTC", now) is inside


def test_midnight_as_the_end_is_the_end_of_the_day() -> None:
    all_day = Hours(days=["mon"])
    assert is_within([all_day], "UTC", NOON.replace(hour=23, minute=59))
    assert not is_within([all_day], "UTC", NOON.replace(day=3))


def test_without_hours_it_is_always_open() -> None:
    assert is_within([], "UTC", NOON)


def test_own_caps_and_the_groups_count_a_lead_each_for_itself() -> None:
    team = config(
        {"anna": 1},
        more={
            "groups": {
                "sellers": {"currency": "EUR", "caps": [{**_cap("all"), "money": "100.50"}]}
            },
            "partners": {
                "acme": {
                    "group": "sellers",
                    "currency": "EUR",
                    "caps": [
                        _cap("daily"),
                        {**_cap("nordic"), "when": {"country": ["SE", "NO"]}},
                        {**_cap("nights"), "during": [{"start": "22:00", "end": "06:00"}]},
                    ],
                }
            },
        },
    )
    acme = team.partners["acme"]

    def named(fields: dict[str, Any], now: datetime) -> list[str]:
        return [use.cap for use in cap_uses(team, "acme", acme, fields, to_units(Decimal(2)), now)]

    assert named({"country": "SE"}, NOON) == [
        "partner#acme#daily",
        "partner#acme#nordic",
        "group#sellers#all",
    ]
    assert named({}, NOON) == ["partner#acme#daily", "group#sellers#all"]
    assert named({}, NOON.replace(hour=23)) == [
        "partner#acme#daily",
        "partner#acme#nights",
        "group#sellers#all",
    ]


def _cap(name: str) -> dict[str, Any]:
    return {"name": name, "per": "day", "leads": 10}


def test_a_cap_of_nothing_or_of_less_than_the_price_takes_no_lead() -> None:
    team = config({"anna": 1}, more={"partners": {"acme": {}}})
    for settings in ({"leads": 0}, {"leads": None, "money": "9.99"}):
        acme = partner(caps=[cap(**settings).model_dump()])
        assert impossible(cap_uses(team, "acme", acme, {}, to_units(Decimal(10)), NOON))


def test_the_first_price_that_fits_counts() -> None:
    acme = partner(
        price="20",
        prices=[
            {"when": {"product": ["solar"], "country": "SE"}, "price": "30.50"},
            {"when": {"product": "solar"}, "price": 25},
        ],
    )
    prices = {
        fields: to_text(price_of(acme, "partner#acme", dict(fields)))
        for fields in [
            (("product", "Solar"), ("country", "SE")),
            (("product", "solar"), ("country", "NO")),
            (("product", "roof"),),
        ]
    }
    assert list(prices.values()) == ["30.50", "25.00", "20.00"]


@pytest.mark.parametrize(
    ("used", "most", "told"),
    [
        (79, 100, None),
        (80, 100, "near"),
        (99, 100, "near"),
        (100, 100, "reached"),
        (4, 5, "near"),
        (5, 5, "reached"),
        (1, 1, "reached"),
        (7, None, None),
    ],
)
def test_a_cap_is_near_from_four_fifths(used: int, most: int | None, told: str | None) -> None:
    assert level(used, most) == told


@pytest.mark.parametrize("text", ["0.00", "25.00", "25.10", "0.0001", "12345678.9876"])
def test_amounts_survive_being_written(text: str) -> None:
    assert to_text(from_text(text)) == text


@pytest.mark.parametrize(
    "wrong",
    [
        {"leads": None},
        {"leads": -1},
        {"money": "1.00001"},
        {"money": "NaN"},
        {"per": "year"},
        {"time_zone": "Mars/Base"},
        {"during": [{"days": ["monday"]}]},
        {"during": [{"start": "08:00+02:00"}]},
        {"name": "a b"},
    ],
)
def test_a_cap_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        cap(**wrong)
