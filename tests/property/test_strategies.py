"""Every strategy, with any mixture of the other options: who can take a lead, and who comes first.

`tests/pool_days.py` examines each plan of each simulated day.
"""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from shared.domain.leads import Change, Status, Step, evolve
from shared.domain.orders import in_split
from shared.domain.planning import plan
from shared.domain.plans import Known, Plan, Ruled
from shared.domain.reps import Workload
from shared.domain.rotation import LEAD
from tests.pool_days import START, simulate
from tests.team import active, config, new_lead

seeds = st.integers(0, 10**9)


@given(seeds)
@settings(max_examples=120, deadline=None)
def test_any_pool_decides_truthfully_and_keeps_exact_books(seed: int) -> None:
    note(f"simulate({seed})")  # to be played again
    simulate(seed)


@pytest.mark.parametrize(
    "strategy", ["weighted", "round_robin", "least_loaded", "performance", "shotgun", "open"]
)
@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_each_strategy_decides_truthfully(strategy: str, seed: int) -> None:
    sim = simulate(seed, strategy=strategy)
    steps = {move.change.step for planned in sim.plans for move in planned.moves}
    if strategy in ("open", "shotgun") and sim.pool.existing_owner is None:
        assert Step.ASSIGNED not in steps


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_strictly_one_after_the_other(seed: int) -> None:
    simulate(seed, strategy="round_robin", strict=True)


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_a_pool_by_hand_gives_leads_only_to_whom_people_know(seed: int) -> None:
    sim = simulate(seed, strategy="manual")
    for planned in sim.plans:
        for line in planned.entry.lines:
            assert line.chosen is None or line.way == "owner"


# ── How far from the ideal share ─────────────────────────────────────────────────────────────────


def given_in(several: int, **pool: Any) -> tuple[list[str], Known, list[int]]:
    """Who got each of many leads, the books after them, and the largest debt after each batch."""
    team = active(config(**pool))
    known, got, worst = Known(loads={}), [], []
    for start in range(0, several, 25):
        leads = [
            Ruled(new_lead(f"lead{n:05d}", START, value=str(n * 37 % 400 + 1)), "r")
            for n in range(start, start + 25)
        ]
        for lead in leads:
            planned = plan(team, "sales", known, [lead], START)
            known = planned.known
            got.append(planned.moves[0].change.rep or "")
            debts = [abs(one.credit) for one in known.rotation.standings.values()]
            worst.append(max(debts))
    return got, known, worst


def any_weights(chance: Random) -> dict[str, int]:
    return {f"rep{n}": chance.randint(1, 20) for n in range(chance.randint(2, 10))}


@given(seeds)
@settings(max_examples=12, deadline=None)
def test_in_a_constant_team_nobody_is_a_lead_from_their_share(seed: int) -> None:
    weights = any_weights(Random(seed))
    for strategy in ("weighted", "round_robin"):
        _, _, worst = given_in(150, weights=weights, strategy=strategy)
        assert max(worst) < 0.97 * LEAD


@given(seeds)
@settings(max_examples=12, deadline=None)
def test_by_value_nobody_is_as_much_as_the_dearest_lead_from_their_share(seed: int) -> None:
    value = {"field": "value", "typical": 100, "at_most": 4}
    weights = any_weights(Random(seed))
    _, _, worst = given_in(150, weights=weights, credit_by="value", value=value)
    assert max(worst) < 4 * LEAD


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_while_members_come_and_go_nobody_is_far_from_their_share(seed: int) -> None:
    chance = Random(seed)
    weights = any_weights(chance)
    team, known = active(config(weights)), Known()
    for number in range(300):
        if chance.random() < 0.05:
            rep = chance.choice(list(weights))
            load = known.loads.get(rep, Workload()).copy()
            load.paused = not load.paused
            known = Known(known.rotation, {**known.loads, rep: load})
        lead = Ruled(new_lead(f"lead{number:05d}", START), "r")
        known = plan(team, "sales", known, [lead], START).known
        assert all(abs(s.credit) < 1.32 * LEAD for s in known.rotation.standings.values())


def test_round_robin_ignores_weights() -> None:
    got, _, _ = given_in(75, weights={"anna": 9, "bo": 1, "cy": "0.5"}, strategy="round_robin")
    assert {rep: got.count(rep) for rep in set(got)} == {"anna": 25, "bo": 25, "cy": 25}


def test_strict_round_robin_is_a_ring() -> None:
    got, _, _ = given_in(
        50, weights={"anna": 9, "bo": 1, "cy": 5}, strategy="round_robin", strict=True
    )
    assert got[:6] == ["anna", "bo", "cy", "anna", "bo", "cy"]
    assert all(one != other for one, other in pairwise(got))


@given(st.integers(1, 99), st.sampled_from(["sales", "leads", "p"]))
@settings(max_examples=30, deadline=None)
def test_a_split_is_the_same_at_each_try_and_close_to_its_percentage(
    percent: int, pool_id: str
) -> None:
    chosen = [in_split(pool_id, f"01lead{n}", percent) for n in range(2000)]
    assert chosen == [in_split(pool_id, f"01lead{n}", percent) for n in range(2000)]
    assert abs(sum(chosen) / 20 - percent) < 5


# ── On to the next pool ──────────────────────────────────────────────────────────────────────────

TWO = {
    "reps": {
        rep: {"name": rep.title(), "email": f"{rep}@example.com", "hours": hours}
        for rep, hours in (("anna", None), ("bo", "night"), ("cy", None))
    },
    "hours": {"night": {"week": [{"start": "22:00", "end": "06:00"}]}},
}


def waterfall(**first: Any) -> Any:
    pools = {
        "sales": {"members": {"bo": 1}, **first},
        "next": {"members": {"cy": 1}},
        "duty": {"members": {"anna": 1}},
    }
    return active(config({"anna": 1}, more={**TWO, "pools": pools}))


@given(
    waited=st.integers(0, 40),
    after=st.none() | st.integers(1, 40),
    paused=st.booleans(),
    parked=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_a_lead_is_passed_on_exactly_when_nobody_can_and_it_has_waited_so_long(
    *, waited: int, after: int | None, paused: bool, parked: bool
) -> None:
    then = {"pool": "next", **({"after": f"{after}m"} if after else {})}
    team = waterfall(then=then, hours=None, off_hours="assign")
    known = Known(loads={"bo": Workload(paused=paused)})
    lead = new_lead("lead", START)
    if parked:
        lead = evolve(lead, Change(Step.PARKED, START, None, "sales", reason="at_limits"))
    now = START + timedelta(minutes=waited)
    moves = plan(team, "sales", known, [Ruled(lead, "r")], now).moves
    step = moves[0].change.step if moves else None
    if not paused:
        assert step is Step.ASSIGNED
    elif waited >= (after or 0):
        assert (step, moves[0].change.to) == (Step.PASSED, "next")
        passed = evolve(lead, moves[0].change)
        assert (passed.pool, passed.passed_on, passed.since) == ("next", True, now)
    else:
        assert step is (None if parked else Step.PARKED)


@given(paused=st.booleans())
def test_while_nobody_is_on_shift_the_duty_pool_has_the_lead(*, paused: bool) -> None:
    """At nine the night shift is over, also for one who forgot to end their break."""
    team = waterfall(duty_pool="duty")
    known = Known(loads={"bo": Workload(paused=paused)})
    lead = new_lead("lead", START)
    (move,) = plan(team, "sales", known, [Ruled(lead, "r")], START).moves
    assert (move.change.step, move.change.to) == (Step.PASSED, "duty")
    late = START.replace(hour=23)
    (move,) = plan(team, "sales", known, [Ruled(lead, "r")], late).moves
    assert move.change.step is (Step.PARKED if paused else Step.ASSIGNED)


# ── Offers and claims ────────────────────────────────────────────────────────────────────────────


def opened(**pool: Any) -> tuple[Any, Any, Plan]:
    team = active(config({"anna": 1, "bo": 1, "cy": 1}, **pool))
    lead = new_lead("lead", START)
    known = Known(loads={"bo": Workload(paused=True)})
    planned = plan(team, "sales", known, [Ruled(lead, "r")], START)
    return team, evolve(lead, planned.moves[0].change), planned


def test_a_lead_is_offered_to_exactly_those_who_could_take_it() -> None:
    team, lead, planned = opened(strategy="shotgun", offer_for="10m")
    assert (lead.status, lead.offered) == (Status.OPEN, ("anna", "cy"))
    assert planned.entry.lines[0].mask == ".p."
    assert not plan(team, "sales", planned.known, [Ruled(lead, "r")], START).moves
    late = START + timedelta(minutes=10)
    (move,) = plan(team, "sales", planned.known, [Ruled(lead, "r")], late).moves
    assert (move.change.step, move.change.reason) == (Step.PARKED, "nobody_claimed")


def test_an_open_lead_waits_for_whoever_claims_it() -> None:
    _, lead, planned = opened(strategy="open")
    assert (lead.status, lead.offered, lead.due_at) == (Status.OPEN, (), None)
    assert planned.entry.lines[0].mask == ""
    assert not planned.uses


@given(
    score=st.decimals(-50, 150, places=0),
    overflow=st.booleans(),
    paused=st.sets(st.sampled_from(["a", "b", "c"])),
)
@settings(max_examples=60, deadline=None)
def test_a_score_finds_its_tier_and_others_only_when_the_pool_says_so(
    *, score: Decimal, overflow: bool, paused: set[str]
) -> None:
    tiers = [{"from": 80, "reps": ["a"]}, {"from": 0, "reps": ["b", "c"]}]
    team = active(config({"a": 1, "b": 1, "c": 1}, tiers=tiers, overflow=overflow))
    known = Known(loads={rep: Workload(paused=True) for rep in paused})
    ruled = Ruled(new_lead("lead", START), "r", score)
    (move,) = plan(team, "sales", known, [ruled], START).moves
    tier = {"a"} if score >= 80 else {"b", "c"}
    there = {"a", "b", "c"} - paused
    expected = tier & there or (there if overflow else set())
    assert (move.change.rep in expected) if expected else move.change.rep is None
