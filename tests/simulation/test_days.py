"""Hundreds of hostile days, and that they are hostile, and that what breaks in them is seen."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from shared.domain.leads import Step
from tests import inside
from tests.simulation.days import Day, play
from tests.simulation.faults import Fate

DAYS, AT_ONCE = 500, 20
KEPT = Path(__file__).with_name("kept_seeds.txt")


def told(day: Day) -> str:
    """What there is to say of a day that failed."""
    again = f"make simulate SEED={day.seed}"
    return "\n".join([f"seed {day.seed}: {day.problem}", *day.story, f"Again: {again}"])


def kept_seeds() -> list[int]:
    """Seeds of days that once failed."""
    lines = KEPT.read_text().splitlines()
    return [int(line.split()[0]) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("first", range(1, DAYS + 1, AT_ONCE))
def test_no_hostile_day_breaks_a_promise(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        day = play(seed)
        assert not day.problem, told(day)


@pytest.mark.parametrize("seed", kept_seeds())
def test_what_broke_once_breaks_no_more(seed: int) -> None:
    day = play(seed)
    assert not day.problem, told(day)


def test_the_same_seed_is_the_same_day() -> None:
    for seed in (3, 17):
        one, other = play(seed), play(seed)
        assert one.story == other.story
        assert (one.calls, one.writes, one.leads) == (other.calls, other.writes, other.leads)


def test_days_are_hostile_and_full() -> None:
    """Every kind of fault is met, and every step that matters is made, some very seldom."""
    often = {Step.CAPTURED, Step.ASSIGNED, Step.ACCEPTED, Step.DECLINED, Step.REMINDED}
    often |= {Step.RECLAIMED, Step.PARKED, Step.CONTACTED, Step.LOST, Step.REJECTED}
    seldom = {Step.OPENED, Step.CLAIMED, Step.CONVERTED, Step.RETURNED, Step.UNASSIGNED}
    seldom |= {Step.SNOOZED, Step.ESCALATED, Step.DUPLICATED, Step.QUARANTINED, Step.RELEASED}
    seldom |= {Step.ERASED}
    met: Counter[Fate] = Counter()
    steps: Counter[Step] = Counter()
    for seed in range(1, 201):
        day = play(seed)
        met.update(day.faults)
        steps.update(day.steps)
        if seed >= 40 and seldom <= steps.keys():
            break
    assert set(met) == set(Fate) - {Fate.FINE}
    assert min(met.values()) >= 5
    assert {step: steps[step] for step in often if steps[step] < 5} == {}
    assert seldom <= steps.keys()


# What a condition is on, and a seed in which somebody needs it.
NEEDED = {"lead": 1, "pool": 8, "guard": 1, "cap": 5, "rep": 314, "tie": 1}


@pytest.mark.parametrize(("kind", "seed"), NEEDED.items())
def test_without_its_conditions_a_day_breaks(
    kind: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watch sees it when the items of one kind are written whatever stands there."""
    answer = inside.answer

    def careless(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "TransactWriteItems":
            actions = [
                {name: _without_condition(action, kind) for name, action in one.items()}
                for one in arguments["TransactItems"]
            ]
            arguments = {**arguments, "TransactItems": actions}
        elif "ConditionExpression" in arguments:
            arguments = _without_condition(arguments, kind)
        return answer(client, operation, arguments)

    monkeypatch.setattr(inside, "answer", careless)
    assert any(play(one).problem for one in range(seed, seed + 30))


def _without_condition(action: dict[str, Any], kind: str) -> dict[str, Any]:
    key = action.get("Key") or action["Item"]
    if not key["pk"]["S"].startswith(f"{kind}#") or "ConditionExpression" not in action:
        return action
    # Its names and values are still to be used.
    always = (
        f"({action['ConditionExpression']}) OR attribute_exists(pk) OR attribute_not_exists(pk)"
    )
    return {**action, "ConditionExpression": always}
