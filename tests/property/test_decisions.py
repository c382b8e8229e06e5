"""Decisions add up, for any team, strategy and leads: credits line by line, and counters too."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.candidates import Candidate, Role, carried, strategy_of
from shared.domain.config import Config
from shared.domain.decision_record import Decision
from shared.domain.decisions import GIVEN, decision_of, to_json
from shared.domain.leads import Change, Lead, Step, evolve
from shared.domain.ledger import Entry, Held
from shared.domain.owners import Tie
from shared.domain.planning import plan
from shared.domain.plans import Known, Plan, Ruled
from shared.domain.pools import Strategy
from shared.domain.reps import Workload
from shared.domain.rotation import Rotation, Standing, settle, with_members
from shared.store.codec import entry_from_item, entry_to_item
from tests.team import active, config, new_lead

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
REPS = ["anna", "bo", "cy", "dee", "eve"]
ORDERS = ["weighted", "round_robin", "least_loaded", "performance"]
limits = st.none() | st.integers(0, 9)
VALUE = {"field": "worth", "typical": "100"}
GRADES = [{"name": "large", "when": {"size": "large"}, "points": "2.5", "contacted": "0.5"}]


@st.composite
def pools(draw: Any) -> dict[str, Any]:
    """Options of a pool, in any mixture that fits together."""
    strategy = draw(st.sampled_from([*ORDERS, "open", "shotgun", "manual"]))
    about: dict[str, Any] = {
        "strategy": strategy,
        "absence": draw(st.sampled_from(["frozen", "none", "catch_up"])),
        "existing_owner": draw(st.sampled_from([None, {"by": ["email"]}])),
        "charges": draw(st.sampled_from([[], ["existing_owner"]])),
        "value": VALUE,
        "credit_by": draw(st.sampled_from(["lead", "value"])),
        "member_limits": {"holding": draw(limits)},
    }
    if strategy == "least_loaded":
        about["load"] = draw(st.sampled_from(["leads", "points", "value"]))
    if strategy == "round_robin":
        about["strict"] = draw(st.booleans())
    others = [order for order in ORDERS if order != strategy]
    if strategy in ORDERS and draw(st.booleans()):
        about["split"] = {"percent": 50, "strategy": draw(st.sampled_from(others))}
    return about


@st.composite
def teams(draw: Any) -> Config:
    reps = draw(st.lists(st.sampled_from(REPS), min_size=1, unique=True))
    each = {
        rep: {
            "holding_limit": draw(limits),
            "daily_limit": draw(limits),
            "active": draw(st.integers(0, 5)) > 0,
        }
        for rep in reps
    }
    weights = {rep: draw(st.sampled_from(["0.5", "1", "2", "7.125"])) for rep in reps}
    team = config(weights, limits=each, more={"grades": GRADES}, **draw(pools()))
    if len(reps) > 1 and draw(st.booleans()):  # one of them works elsewhere, and knows people here
        team.pools["sales"].members.popitem()
    return team


@st.composite
def histories(draw: Any) -> Known:
    """Accounts that sum to nothing, of members who may have come or gone; and counters."""
    reps = draw(st.lists(st.sampled_from(REPS), unique=True))
    owed = [draw(st.integers(-2_000_000, 2_000_000)) for _ in reps]
    if reps:
        owed[0] -= sum(owed)
    lasts = draw(st.permutations(range(len(reps))))
    standings = {
        rep: Standing(1000, credit, last)
        for rep, credit, last in zip(reps, owed, lasts, strict=True)
    }
    loads = draw(
        st.dictionaries(
            st.sampled_from(REPS),
            st.builds(
                Workload,
                open=st.integers(0, 6),
                load=st.integers(0, 9000),
                value=st.integers(0, 9000),
                paused=st.integers(0, 3).map(lambda number: number == 0),
            ),
        )
    )
    factors = {"": {rep: draw(st.integers(500, 2000)) for rep in REPS}}
    ties = {"known": Tie(draw(st.sampled_from(REPS)), "01earlier", NOW + timedelta(days=1))}
    return Known(Rotation(7, len(reps), standings), loads, {}, ties, factors)


@st.composite
def batches(draw: Any) -> list[Ruled]:
    several = []
    for number in range(draw(st.integers(1, 12))):
        fields = {
            "worth": draw(st.sampled_from(["", "10", "100", "480"])),
            "size": draw(st.sampled_from(["large", "small"])),
        }
        lead = new_lead(f"01lead{number:04d}", NOW, **fields)
        for rep in draw(st.lists(st.sampled_from(REPS), max_size=2, unique=True)):
            lead = evolve(lead, Change(Step.ASSIGNED, NOW, rep, "sales"))
            lead = evolve(lead, Change(Step.RECLAIMED, NOW, rep))
        known_by = ("known",) if draw(st.integers(0, 3)) == 0 else ()
        several.append(Ruled(lead, "everything else", known_by=known_by))
    return several


def through_the_table(entry: Entry) -> Entry:
    """The entry as it is read back: a decision is told from nothing else."""
    return entry_from_item(entry_to_item(entry, "attempt"))


def decided(team: Config, planned: Plan) -> list[tuple[Lead, Decision]]:
    entry = through_the_table(planned.entry)
    after = [(evolve(move.lead, move.change), move.change) for move in planned.moves]
    return [(lead, decision_of(lead, change, entry, team)) for lead, change in after]


def members_of(decision: Decision) -> list[Candidate]:
    return [candidate for candidate in decision.candidates if candidate.member]


def accounts_before(team: Config, known: Known, planned: Plan) -> dict[str, int]:
    """What each was owed before the first lead: of a changed team, and what absence shared out."""
    weights = {rep: s.weight for rep, s in planned.entry.rotation.standings.items()}
    rotation = with_members(known.rotation, weights)
    settle(rotation, planned.entry.settled)
    return {rep: standing.credit for rep, standing in rotation.standings.items()}


@given(teams(), histories(), batches())
@settings(max_examples=150)
def test_the_credits_of_decisions_chain_up(team: Config, known: Known, leads: list[Ruled]) -> None:
    """From the accounts before the entry, lead by lead, to those it stored; always with sum 0."""
    planned = plan(active(team), "sales", known, leads, NOW)
    account = accounts_before(team, known, planned)
    assert sum(account.values()) == 0
    for _, decision in decided(team, planned):
        members = members_of(decision)
        assert {c.rep_id: c.credit_before for c in members} == account
        account = {c.rep_id: c.credit_after for c in members}
        assert sum(account.values()) == 0
        cost = decision.line.amount if decision.line.moves_credit else 0
        assert sum(c.share for c in members) == cost
        for c in members:
            paid = cost if c.status is Role.CHOSEN else 0
            assert c.credit_after == c.credit_before + c.share - paid
    stored = planned.entry.rotation.standings
    assert account == {rep: standing.credit for rep, standing in stored.items()}


@given(teams(), histories(), batches())
@settings(max_examples=120)
def test_counters_of_decisions_are_those_at_each_lead(
    team: Config, known: Known, leads: list[Ruled]
) -> None:
    """As if each lead had been decided in a plan of its own."""
    planned = plan(active(team), "sales", known, leads, NOW)
    loads = {rep: known.loads.get(rep, Workload()).copy() for rep in REPS}
    for lead, decision in decided(team, planned):
        for c in members_of(decision):
            load = loads[c.rep_id]
            today = load.tallies.get(":day", [0, 0])[1]
            here = load.here("sales")
            assert c.held == Held(load.open, here, today, load.load, load.value)
        if decision.chosen:
            load = loads[decision.chosen]
            load.add(lead.burden)
            load.tallies[":day"] = [0, load.tallies.get(":day", [0, 0])[1] + 1]


@given(teams(), histories(), batches())
@settings(max_examples=120)
def test_every_decision_names_who_got_it_and_an_honest_reason(
    team: Config, known: Known, leads: list[Ruled]
) -> None:
    planned = plan(active(team), "sales", known, leads, NOW)
    for move, (lead, decision) in zip(planned.moves, decided(team, planned), strict=True):
        chosen = [c for c in decision.candidates if c.status is Role.CHOSEN]
        assert [c.rep_id for c in chosen] == ([lead.owner] if lead.owner else [])
        assert (decision.assignment is None) == (move.change.step not in GIVEN)
        assert all(c.reason for c in decision.candidates)
        shown = to_json(decision)
        assert shown["reason"]
        assert shown["reason"] in shown["paragraph"]
        if decision.way == "shared":
            assert_honest(team, decision, chosen[0])


def assert_honest(team: Config, decision: Decision, chosen: Candidate) -> None:
    """Whoever else could take it has no better claim by what the reason says."""
    others = [c for c in decision.candidates if c.status is Role.ELIGIBLE]
    pool = team.pools["sales"]
    strategy = strategy_of(pool, decision.line)
    if not others:
        assert "only one" in decision.reason
    elif strategy is Strategy.LEAST_LOADED:
        per_weight = [carried(pool, c.held) / c.weight for c in (chosen, *others) if c.held]
        assert per_weight[0] == min(per_weight)
        assert ("than anyone else" in decision.reason) == (per_weight[0] < min(per_weight[1:]))
    elif not (pool.strict and strategy is Strategy.ROUND_ROBIN):
        most = max(c.owed for c in others)
        assert chosen.owed >= most
        assert ("more than anyone" in decision.reason) == (chosen.owed > most)


@given(teams(), histories(), batches())
@settings(max_examples=50)
def test_decisions_do_not_change_what_they_are_read_from(
    team: Config, known: Known, leads: list[Ruled]
) -> None:
    planned = plan(active(team), "sales", known, leads, NOW)
    before = repr(planned.entry)
    first = [to_json(decision) for _, decision in decided(team, planned)]
    again = decided(team, replace(planned))
    assert [to_json(decision) for _, decision in again] == first
    assert repr(planned.entry) == before
