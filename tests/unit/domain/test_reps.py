"""A rep's seat: whether they are there, and which limit a lead would exceed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.domain.leads import Burden
from shared.domain.limits import Grade
from shared.domain.notation import STORED
from shared.domain.reps import EXCLUDED_BECAUSE, Obstacle, Workload, off, seat, too_heavy
from tests.team import config

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
NIGHT = {"hours": {"night": {"week": [{"start": "22:00", "end": "06:00"}]}}}


def obstacle(load: Workload, points: int = 1000, rep: Any = None, **pool: Any) -> Obstacle | None:
    team = config({"anna": 1}, limits={"anna": rep or {}}, **pool)
    return seat(team, "sales", "anna", load, NOW).limit(load, points)


@pytest.mark.parametrize(
    ("rep", "pool", "load", "expected"),
    [
        ({"holding_limit": 3}, {}, Workload(open=2), None),
        ({"holding_limit": 3}, {}, Workload(open=3), Obstacle.HOLDING_LIMIT),
        ({"holding_points": 3}, {}, Workload(open=1, load=2000), None),
        ({"holding_points": 3}, {}, Workload(open=1, load=2001), Obstacle.HOLDING_POINTS),
        ({}, {"holding": 2}, Workload(open=9, held={"sales": 1}), None),
        ({}, {"holding": 2}, Workload(open=9, held={"sales": 2}), Obstacle.POOL_HOLDING_LIMIT),
        ({}, {"points": 2}, Workload(held={"sales*": 1500}), Obstacle.POOL_HOLDING_POINTS),
        ({}, {"points": 2}, Workload(load=9000, held={"others*": 9000}), None),
    ],
)
def test_what_is_held_counts_for_the_rep_and_for_the_pool(
    rep: Any, pool: Any, load: Workload, expected: Obstacle | None
) -> None:
    assert obstacle(load, rep=rep, member_limits=pool) is expected


@pytest.mark.parametrize("per", ["hour", "day", "week", "month"])
@pytest.mark.parametrize("rolling", [False, True])
def test_each_period_has_its_own_obstacle(per: str, *, rolling: bool) -> None:
    pace = [{"per": per, "leads": 1, "rolling": rolling}]
    name = {"hour": "HOURLY", "day": "DAILY", "week": "WEEKLY", "month": "MONTHLY"}[per]
    team = config({"anna": 1}, limits={"anna": {"pace": pace}})
    load = Workload()
    seat(team, "sales", "anna", load, NOW).take(load, Burden("anna", "sales", 1, 1000))
    assert seat(team, "sales", "anna", load, NOW).limit(load, 1000) is Obstacle[f"{name}_LIMIT"]
    team = config({"anna": 1}, member_limits={"pace": pace})
    load = Workload()
    seat(team, "sales", "anna", load, NOW).take(load, Burden("anna", "sales", 1, 1000))
    own = seat(team, "sales", "anna", load, NOW)
    assert own.limit(load, 1000) is Obstacle[f"POOL_{name}_LIMIT"]


def test_who_holds_nothing_may_take_one_heavier_than_the_limit() -> None:
    """Else it would be a lead for nobody. A limit of nothing is one, all the same."""
    assert not too_heavy(Decimal(2), 0, 5000)
    assert too_heavy(Decimal(2), 1, 2000)
    assert too_heavy(Decimal(0), 0, 1)


@pytest.mark.parametrize(
    ("rep", "load", "expected"),
    [
        ({}, Workload(), None),
        ({"active": False}, Workload(paused=True), Obstacle.INACTIVE),
        ({"hours": "night"}, Workload(paused=True), Obstacle.PAUSED),
        ({}, Workload(paused=True, paused_until="2026-03-02T09:00:00.000Z"), None),
        ({}, Workload(paused=True, paused_until="2026-03-02T09:00:00.001Z"), Obstacle.PAUSED),
        ({"away": [{"first": "2026-03-02", "last": "2026-03-02"}]}, Workload(), Obstacle.AWAY),
        ({"hours": "night"}, Workload(), Obstacle.OFF_SHIFT),
    ],
)
def test_the_first_of_all_that_keeps_somebody_away_is_named(
    rep: Any, load: Workload, expected: Obstacle | None
) -> None:
    team = config({"anna": 1}, limits={"anna": rep}, more=NIGHT)
    assert seat(team, "sales", "anna", load, NOW).absence is expected


def test_the_pools_own_hours_close_it_for_everybody() -> None:
    team = config({"anna": 1}, hours="night", more=NIGHT)
    assert off(team, "sales", "anna", NOW) is Obstacle.POOL_CLOSED
    assert off(team, "sales", "anna", NOW + timedelta(hours=14)) is None


def test_a_pool_may_give_leads_out_of_hours_but_not_to_who_is_away() -> None:
    rep = {"hours": "night", "away": [{"first": "2026-03-03", "last": "2026-03-03"}]}
    team = config({"anna": 1}, limits={"anna": rep}, off_hours="assign", more=NIGHT)
    assert off(team, "sales", "anna", NOW) is None
    assert off(team, "sales", "anna", NOW + timedelta(days=1, hours=14)) is Obstacle.AWAY


def test_a_lead_is_held_and_dropped_again() -> None:
    load, burden = Workload(), Burden("anna", "sales", 1, 2500, 700)
    load.add(burden)
    assert (load.open, load.load, load.value) == (1, 2500, 700)
    assert load.held == {"sales": 1, "sales*": 2500}
    load.drop(burden)
    assert (load.open, load.load, load.value, load.held) == (0, 0, 0, {"sales": 0, "sales*": 0})


def test_a_copy_may_be_changed() -> None:
    load = Workload(1, 2, 3, {"sales": 1}, {":day": [1, 1]}, paused=True, paused_until="x", seq=7)
    copy = load.copy()
    assert copy == load
    copy.held["sales"] = 2
    copy.tallies[":day"] = [1, 2]
    assert (load.held, load.tallies) == ({"sales": 1}, {":day": [1, 1]})


def test_every_obstacle_has_a_letter_of_its_own_and_a_sentence() -> None:
    assert len({str(one) for one in Obstacle}) == len(Obstacle)
    assert all(len(one) == 1 for one in Obstacle)
    assert EXCLUDED_BECAUSE.keys() == set(Obstacle)


@pytest.mark.parametrize(
    ("stored", "weights"),
    [
        ('"points": "1", "accepted": "3"', (3000, 3000, 3000)),
        ('"points": "1", "accepted": "0.5", "contacted": "2"', (2000, 2000, 2000)),
        ('"points": "3", "accepted": "1", "contacted": "2"', (3000, 2000, 2000)),
        ('"points": "3", "accepted": "2"', (3000, 2000, 2000)),
    ],
)
def test_what_would_get_heavier_by_a_stored_version_weighs_as_much_from_the_start(
    stored: str, weights: tuple[int, int, int]
) -> None:
    grade = Grade.model_validate_json(f'{{"name": "large", {stored}}}', context=STORED)
    assert grade.weights() == weights
