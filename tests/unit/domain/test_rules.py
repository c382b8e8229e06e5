"""Where a lead goes: rules in order, tables, and the score that they see."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.domain.cells import read_cell
from shared.domain.conditions import Subject, When
from shared.domain.config import Config
from shared.domain.rules import condition_holds, grade_of, route, score_of
from tests.team import config

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
REST = {"name": "rest", "pool": "sales"}


def team(rules: list[dict[str, Any]], **more: Any) -> Config:
    pools = {name: {"members": {"anna": 1}} for name in ("sales", "north", "south")}
    return config({"anna": 1}, more={"pools": pools, "rules": [*rules, REST], **more})


def to(pool: str, **when: Any) -> dict[str, Any]:
    return {"name": f"to {pool}", "when": when, "pool": pool}


def where(team: Config, now: datetime = NOON, **fields: Any) -> tuple[str, str, int | None]:
    ruling = route(team, "form#website", fields, now)
    return ruling.rule, ruling.pool, ruling.row


def test_the_first_rule_that_fits_decides() -> None:
    both = team([to("north", country=["SE", "NO"]), to("south", product="x")])
    assert where(both, country="no", product="x") == ("to north", "north", None)
    assert where(both, product="x") == ("to south", "south", None)
    assert where(both) == ("rest", "sales", None)


def test_rules_may_depend_on_the_hours_of_the_configuration() -> None:
    week = [{"days": ["mon"], "start": "08:00", "end": "18:00"}]
    office = team([to("north", during="office")], hours={"office": {"week": week}})
    assert where(office)[1] == "north"
    assert where(office, now=NOON.replace(hour=19))[1] == "sales"
    assert where(office, now=NOON + timedelta(days=1))[1] == "sales"


# ── Tables ───────────────────────────────────────────────────────────────────────────────────────

TERRITORIES = {
    "file": "territories.csv",
    "columns": ["country", "postal_code"],
    "rows": "SE\t9*\tnorth\nSE|NO\t\tsouth",
}


def test_a_table_names_the_pool_and_the_row() -> None:
    tabled = team(
        [
            {"name": "by place", "when": {"product": "x"}, "table": "territories"},
            to("south", country="DK"),
        ],
        tables={"territories": TERRITORIES},
    )
    assert where(tabled, product="x", country="SE", postal_code="90 123") == (
        "by place",
        "north",
        1,
    )
    assert where(tabled, product="x", country="NO") == ("by place", "south", 2)
    assert where(tabled, country="NO") == ("rest", "sales", None)


def test_a_table_without_a_fitting_row_leaves_the_lead_to_the_next_rule() -> None:
    tabled = team(
        [
            {"name": "by place", "when": {"product": "x"}, "table": "territories"},
            to("south", country="DK"),
        ],
        tables={"territories": TERRITORIES},
    )
    assert where(tabled, product="x", country="DK") == ("to south", "south", None)


@pytest.mark.parametrize(
    "cell", ["a||b", "|", "*", "1*2", "..", "b..c", "9..1", "@", "@a@b", "a\tb", "1e99..", "nan.."]
)
def test_a_cell_that_means_nothing_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_cell(cell)


# ── Score and grades ─────────────────────────────────────────────────────────────────────────────

POINTS = {
    "start": 10,
    "points": [
        {"when": {"country": "SE"}, "points": 20},
        {"when": {"product": "solar"}, "points": "0.5"},
        {"when": {"email": {"domain": "free.example"}}, "points": -40},
    ],
    "at_least": -5,
    "at_most": 30,
}


@pytest.mark.parametrize(
    ("fields", "score"),
    [
        ({}, "10"),
        ({"product": "solar"}, "10.5"),
        ({"country": "SE", "product": "solar"}, "30"),
        ({"email": "a@free.example"}, "-5"),
        ({"extra": {"score": "77.5"}}, "77.5"),
        ({"extra": {"score": "high"}}, "10"),
        ({"extra": {"score": "NaN"}}, "10"),
    ],
)
def test_all_points_that_fit_are_added_up_unless_the_lead_has_a_score(
    fields: dict[str, Any], score: str
) -> None:
    scored = team([to("north", score={"from": 10.5, "below": 40})], score=POINTS)
    assert score_of(scored, Subject("form#website", fields, at=NOON)) == Decimal(score)
    ruling = route(scored, "form#website", fields, NOON)
    assert ruling.score == Decimal(score)
    assert ruling.pool == ("north" if Decimal("10.5") <= Decimal(score) < 40 else "sales")


def test_without_points_only_a_lead_of_its_own_score_has_one() -> None:
    plain = team([])
    assert route(plain, "form#website", {}, NOON).score is None
    assert route(plain, "form#website", {"extra": {"score": "3"}}, NOON).score == 3


def test_the_first_grade_that_fits_counts() -> None:
    graded = team(
        [],
        grades=[
            {"name": "hot", "when": {"score": {"from": 50}}, "points": 3},
            {"name": "warm", "when": {"country": "SE"}, "points": 2},
        ],
    )

    def grade(**subject: Any) -> str | None:
        found = grade_of(graded, Subject("form#website", **subject))
        return found and found.name

    assert grade(fields={"country": "SE"}, score=Decimal(50)) == "hot"
    assert grade(fields={"country": "SE"}, score=Decimal(49)) == "warm"
    assert grade(fields={}) is None


def test_a_single_condition_is_asked_with_the_hours_of_the_configuration() -> None:
    week = [{"days": ["mon"], "start": "08:00", "end": "18:00"}]
    office = team([], hours={"office": {"week": week}})
    when = When.model_validate({"during": "office"})
    assert condition_holds(office, when, Subject("form#website", {}, at=NOON))
    assert not condition_holds(office, when, Subject("form#website", {}))


def test_what_is_known_of_one_configuration_is_never_asked_of_another() -> None:
    """Many come and go, so that objects take the place of others in memory."""
    for number in range(50):
        pool = ("north", "south")[number % 2]
        assert where(team([to(pool, country="SE")]), country="SE")[1] == pool
