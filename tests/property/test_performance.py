"""Factors, for any team and whatever became of its leads."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.config import Config
from shared.domain.leads import Change, Lead, Step, evolve
from shared.domain.performance import ALL, Figures, factor, measured
from shared.domain.pools import Performance
from tests.team import config, new_lead

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
REPS = ["anna", "bo", "cy", "dee"]
PROTECTED = 900

# How a lead went on, best last: each is at least as good as the one before in every figure.
ENDS: list[list[tuple[Step, int]]] = [
    [(Step.RECLAIMED, 900)],
    [(Step.ACCEPTED, 899)],
    [(Step.ACCEPTED, 300)],
    [(Step.ACCEPTED, 0)],
    [(Step.ACCEPTED, 0), (Step.CONVERTED, 600)],
]
weights = st.sampled_from(["0", "0.5", "1", "7"])
policies = st.builds(
    lambda **said: Performance.model_validate(said),
    response=weights,
    conversion=weights,
    speed=weights,
    floor=st.sampled_from(["0.001", "0.5", "0.999", "1"]),
    ceiling=st.sampled_from(["1", "1.001", "2", "1000"]),
    at_least=st.integers(1, 4),
    by=st.sampled_from([None, "product"]),
)
happened = st.tuples(
    st.sampled_from(REPS),
    st.integers(0, len(ENDS) - 1),
    st.integers(0, 40),  # days ago
    st.sampled_from(["", "press", "saw"]),
)
histories = st.lists(happened, max_size=40)


def team(policy: Performance) -> Config:
    members = {rep: weight for weight, rep in enumerate(REPS[:3], 1)}
    return config(members, strategy="performance", performance=policy.model_dump(mode="json"))


def lead(rep: str, end: int, days: int, product: str) -> Lead:
    at = NOW - timedelta(days=days)
    made = new_lead("lead", at, product=product)
    made = evolve(made, Change(Step.ASSIGNED, at, rep, "sales"))
    for step, seconds in ENDS[end]:
        made = evolve(made, Change(step, at + timedelta(seconds=seconds), rep))
    return made


def factors(policy: Performance, history: Any) -> dict[str, dict[str, int]]:
    return measured(team(policy), "sales", [lead(*one) for one in history], NOW)


@given(policies, histories)
def test_every_member_has_a_factor_within_the_bounds(policy: Performance, history: Any) -> None:
    least, most = int(policy.floor * 1000), int(policy.ceiling * 1000)
    for of_value in factors(policy, history).values():
        assert list(of_value) == REPS[:3]
        assert all(isinstance(one, int) and least <= one <= most for one in of_value.values())


@given(policies, histories, st.sampled_from(REPS[:3]))
def test_who_had_nothing_measured_keeps_their_weight(
    policy: Performance, history: Any, idle: str
) -> None:
    others = [one for one in history if one[0] != idle]
    assert all(of_value[idle] == 1000 for of_value in factors(policy, others).values())


@given(policies, histories, st.randoms())
def test_the_order_of_leads_changes_nothing(policy: Performance, history: Any, chance: Any) -> None:
    shuffled = chance.sample(history, len(history))
    assert factors(policy, shuffled) == factors(policy, history)


@given(policies, histories, st.data())
@settings(max_examples=300)
def test_doing_better_with_a_lead_never_lowers_ones_factor(
    policy: Performance, history: Any, data: Any
) -> None:
    if not history:
        return
    place = data.draw(st.integers(0, len(history) - 1))
    rep, end, days, product = history[place]
    better = [*history]
    better[place] = (rep, data.draw(st.integers(end, len(ENDS) - 1)), days, product)
    if rep not in REPS[:3]:
        return
    before, after = factors(policy, history), factors(policy, better)
    assert before.keys() == after.keys()
    assert all(after[value][rep] >= before[value][rep] for value in before)


shares = st.tuples(st.integers(0, 200), st.integers(0, 200)).map(sorted)


@st.composite
def figures(draw: Any) -> Figures:
    (accepted, asked), (converted, ripe) = draw(shares), draw(shares)
    left = draw(st.integers(0, accepted * PROTECTED))
    return Figures(asked, asked, accepted, left, ripe, converted)


@given(policies, figures(), figures(), st.data())
@settings(max_examples=300)
def test_better_figures_of_the_same_leads_never_give_a_lower_factor(
    policy: Performance, own: Figures, others: Figures, data: Any
) -> None:
    better = own._replace(
        accepted=data.draw(st.integers(own.accepted, own.asked)),
        left=data.draw(st.integers(own.left, own.asked * PROTECTED)),
        converted=data.draw(st.integers(own.converted, own.ripe)),
    )
    before = factor(policy, own, own.plus(others), PROTECTED)
    after = factor(policy, better, better.plus(others), PROTECTED)
    assert after >= before


@given(policies, figures(), st.integers(2, 9))
def test_who_is_as_good_as_the_average_keeps_their_weight(
    policy: Performance, own: Figures, members: int
) -> None:
    together = Figures(*(members * count for count in own))
    assert factor(policy, own, together, PROTECTED) == 1000


def test_all_leads_count_under_no_value() -> None:
    assert factors(Performance(), []) == {ALL: dict.fromkeys(REPS[:3], 1000)}
