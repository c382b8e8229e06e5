"""Lead by lead: who knows them, who claims them, whom a manager names, what they cost."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.config import ActiveConfig
from shared.domain.leads import Change, Lead, Step, evolve
from shared.domain.ledger import Way
from shared.domain.owners import Tie
from shared.domain.performance import kinds_of
from shared.domain.planning import assign, claim, plan
from shared.domain.plans import Known, Plan, Ruled
from shared.domain.reps import Workload
from shared.domain.rotation import LEAD, with_members
from shared.errors import IllegalTransitionError, ImpossibleForRepError
from tests.replaying import replayed
from tests.team import active, config, new_lead

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
LATER = NOW + timedelta(days=1)
OWNER = {"by": ["email"]}
GRADES = [{"name": "heavy", "when": {"size": "heavy"}, "points": 3, "accepted": 2}]


def team(limits: Any = None, more: Any = None, **pool: Any) -> ActiveConfig:
    """Anna and Bo in the pool, Cy outside it."""
    reps = {
        rep: {"name": rep.title(), "email": f"{rep}@example.com", **(limits or {}).get(rep, {})}
        for rep in ("anna", "bo", "cy")
    }
    return active(config({"anna": 1, "bo": 1}, more={"reps": reps, **(more or {})}, **pool))


def known_to(rep: str, **loads: Workload) -> Known:
    return Known(loads=loads, ties={"ada": Tie(rep, "earlier", LATER)})


def planned(pool: ActiveConfig, known: Known, *leads: Lead, at: datetime = NOW) -> Plan:
    return plan(pool, "sales", known, [Ruled(lead, "r", None, ("ada",)) for lead in leads], at)


def lead(number: int = 1, **fields: Any) -> Lead:
    return new_lead(f"lead{number}", NOW, **fields)


def opened(**change: Any) -> Lead:
    return evolve(
        lead(**change.pop("fields", {})), Change(Step.OPENED, NOW, pool="sales", **change)
    )


# ── Who knows them ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("strategy", ["weighted", "round_robin", "shotgun", "open", "manual"])
@pytest.mark.parametrize("rep", ["bo", "cy"])
def test_a_known_person_goes_to_who_knows_them_under_every_strategy(
    strategy: str, rep: str
) -> None:
    """Also to somebody from outside the pool. It costs nobody credit, unless the pool says so."""
    made = planned(team(strategy=strategy, existing_owner=OWNER), known_to(rep), lead())
    (line,) = made.entry.lines
    assert (line.chosen, line.way, line.amount) == (rep, Way.OWNER, 0)
    assert made.moves[0].change.step is Step.ASSIGNED
    assert all(s.credit == 0 for s in made.entry.rotation.standings.values())


def test_a_known_lead_may_cost_credit_but_never_who_has_no_account() -> None:
    pool = team(existing_owner=OWNER, charges=["existing_owner"])
    made = planned(pool, known_to("bo"), lead())
    assert made.entry.rotation.standings["bo"].credit == -LEAD // 2
    made = planned(pool, known_to("cy"), lead())
    assert made.entry.lines[0].amount == 0


def test_two_leads_of_one_person_in_one_plan_go_to_one_rep() -> None:
    made = planned(team(existing_owner=OWNER), Known(), lead(1), lead(2), lead(3))
    assert len({move.change.rep for move in made.moves}) == 1
    (tie,) = made.ties
    assert (tie.key, tie.before, tie.after.rep) == ("ada", None, made.moves[0].change.rep)


def test_a_pool_shares_the_lead_of_who_is_away_or_waits_for_them_and_not_for_ever() -> None:
    away = known_to("bo", bo=Workload(paused=True))
    made = planned(team(existing_owner=OWNER), away, lead())
    assert made.moves[0].change.rep == "anna"
    assert not made.ties  # she stands in
    waits = team(existing_owner={**OWNER, "away": "wait", "wait_at_most": "1h"})
    (move,) = planned(waits, away, lead()).moves
    assert (move.change.reason, move.change.retry) == ("owner_away", True)
    parked = evolve(lead(), move.change)
    assert not planned(waits, away, parked, at=NOW + timedelta(minutes=59)).moves
    (move,) = planned(waits, away, parked, at=NOW + timedelta(hours=1)).moves
    assert move.change.rep == "anna"


def test_who_had_the_lead_does_not_get_it_again_for_knowing_them() -> None:
    had = evolve(lead(), Change(Step.ASSIGNED, NOW, "bo", "sales"))
    had = evolve(had, Change(Step.DECLINED, NOW, "bo"))
    (move,) = planned(team(existing_owner=OWNER), known_to("bo"), had).moves
    assert move.change.rep == "anna"


def test_who_is_switched_off_is_not_waited_for() -> None:
    policy = {**OWNER, "away": "wait"}
    pool = team({"bo": {"active": False}}, existing_owner=policy)
    assert planned(pool, known_to("bo"), lead()).moves[0].change.rep == "anna"


# ── Claims ───────────────────────────────────────────────────────────────────────────────────────


def claimed(pool: ActiveConfig, one: Lead, rep: str, known: Known, at: datetime = NOW) -> Plan:
    return claim(pool, "sales", known, Ruled(one, "r"), rep, at, by=rep)


def refused(act: Callable[[], Plan]) -> str:
    with pytest.raises(ImpossibleForRepError) as caught:
        act()
    return caught.value.code


def test_a_claim_is_an_assignment_that_is_accepted() -> None:
    pool = team(strategy="open", more={"grades": GRADES})
    made = claimed(pool, opened(fields={"size": "heavy"}), "bo", Known())
    change = made.moves[0].change
    assert (change.step, change.rep, change.by, change.deadlines) == (Step.CLAIMED, "bo", "bo", ())
    assert (made.uses[0].adds.open, made.uses[0].adds.load) == (1, 2000)
    assert made.entry.lines[0].load == 2000
    assert evolve(made.moves[0].lead, change).burden.load == 2000


@pytest.mark.parametrize(
    ("rep", "offered", "reps", "load", "expected"),
    [
        ("cy", (), {}, Workload(), "not_offered"),
        ("bo", ("anna",), {}, Workload(), "not_offered"),
        ("bo", (), {"holding_limit": 1}, Workload(open=1), "holding_limit"),
        ("bo", (), {"daily_limit": 0}, Workload(), "daily_limit"),
        ("bo", (), {"active": False}, Workload(), "inactive"),
        ("bo", (), {}, Workload(paused=True), "paused"),
        ("bo", (), {"hours": "night", "holding_limit": 1}, Workload(open=1), "holding_limit"),
    ],
)
def test_what_keeps_somebody_from_a_claim(
    rep: str, offered: tuple[str, ...], reps: Any, load: Workload, expected: str
) -> None:
    night = {"hours": {"night": {"week": [{"start": "22:00", "end": "06:00"}]}}}
    pool = team({"bo": reps}, night, strategy="open")
    known = Known(loads={"bo": load})
    assert refused(lambda: claimed(pool, opened(offered=offered), rep, known)) == expected


def test_whoever_claims_is_at_work_whatever_their_hours_say() -> None:
    night = {"hours": {"night": {"week": [{"start": "22:00", "end": "06:00"}]}}}
    pool = team({"bo": {"hours": "night"}}, night, strategy="open")
    assert claimed(pool, opened(), "bo", Known()).assigned == 1


@pytest.mark.parametrize(
    "lost",
    [
        Change(Step.RECLAIMED, NOW, "bo"),
        Change(Step.DECLINED, NOW, "bo"),
        Change(Step.ASSIGNED, NOW, "anna", "sales"),
    ],
)
def test_who_let_a_lead_go_claims_it_only_when_they_have_cooled_down(lost: Change) -> None:
    """Also from a manager's hand to somebody else; what came before they had it is no matter."""
    had = evolve(lead(), Change(Step.ASSIGNED, NOW, "bo", "sales"))
    had = evolve(had, lost)
    if lost.step is Step.ASSIGNED:
        had = evolve(had, Change(Step.RECLAIMED, NOW, "anna"))
    had = evolve(had, Change(Step.OPENED, NOW, pool="sales"))
    pool = team(strategy="open", claims={"cool_down": "2h"})
    assert refused(lambda: claimed(pool, had, "bo", Known())) == "had_it"
    soon, then = NOW + timedelta(hours=1, minutes=59), NOW + timedelta(hours=2)
    assert refused(lambda: claim(pool, "sales", Known(), Ruled(had, "r"), "bo", soon, by=None))
    later = claim(pool, "sales", Known(), Ruled(had, "r"), "bo", then, by=None)
    assert later.assigned == 1


def test_what_was_offered_in_vain_goes_on_and_is_not_offered_again() -> None:
    """However long it waits for the next pool, and however often it is looked at."""
    more = {
        "pools": {
            "sales": {
                "members": {"anna": 1, "bo": 1},
                "strategy": "open",
                "offer_for": 60,
                "then": {"pool": "next", "after": 600},
            },
            "next": {"members": {"cy": 1}},
        }
    }
    pool = team(more=more)
    (move,) = planned(pool, Known(), lead()).moves
    moved = evolve(move.lead, move.change)
    steps = []
    for seconds in (59, 60, 120, 300, 599, 600):
        at = NOW + timedelta(seconds=seconds)
        for move in planned(pool, Known(), moved, at=at).moves:
            moved = evolve(moved, move.change)
            steps.append((seconds, str(move.change.step)))
    assert steps == [(60, "parked"), (600, "passed")]


def test_claims_of_a_day_are_counted_where_the_rep_is() -> None:
    pool = team({"bo": {"time_zone": "Pacific/Auckland"}}, strategy="open", claims={"per_day": 1})
    known = claimed(pool, opened(), "bo", Known()).known
    assert refused(lambda: claimed(pool, opened(), "bo", known)) == "claims_per_day"
    tomorrow_there = NOW + timedelta(hours=3)
    assert claimed(pool, opened(), "bo", known, tomorrow_there).assigned == 1
    assert claimed(pool, opened(), "anna", known).assigned == 1


def test_between_two_claims_of_a_rep_lies_the_gap() -> None:
    pool = team(strategy="open", claims={"gap": "10m"})
    known = claimed(pool, opened(), "bo", Known()).known
    soon, then = NOW + timedelta(seconds=599), NOW + timedelta(seconds=600)
    assert refused(lambda: claimed(pool, opened(), "bo", known, soon)) == "claim_gap"
    assert claimed(pool, opened(), "bo", known, then).assigned == 1


def test_an_accepted_offer_is_no_claim_of_the_day() -> None:
    pool = team(strategy="shotgun")
    known = Known()
    for _ in range(3):
        known = claimed(pool, opened(offered=("bo",)), "bo", known).known
    assert known.loads["bo"].open == 3


def test_only_what_is_open_can_be_claimed() -> None:
    with pytest.raises(IllegalTransitionError):
        claimed(team(strategy="open"), lead(), "bo", Known())


# ── By a manager ─────────────────────────────────────────────────────────────────────────────────


def named(pool: ActiveConfig, one: Lead, rep: str, known: Known, **how: Any) -> Plan:
    return assign(pool, "sales", known, Ruled(one, "r"), rep, NOW, by="maria", **how)


def test_a_manager_is_told_what_keeps_a_rep_from_a_lead_and_may_override_it() -> None:
    pool = team({"bo": {"holding_limit": 1}})
    known = Known(loads={"bo": Workload(open=1, load=1000, paused=True, seq=4)})
    assert refused(lambda: named(pool, lead(), "bo", known)) == "paused"
    made = named(pool, lead(), "bo", known, override=True, reason="knows the firm")
    change = made.moves[0].change
    assert (change.rep, change.by, change.reason) == ("bo", "maria", "knows the firm")
    assert change.over == ("paused", "holding_limit")
    assert made.known.loads["bo"].open == 2
    assert (made.uses[0].seq, made.known.loads["bo"].seq) == (4, 5)


def test_nobody_works_who_is_switched_off() -> None:
    pool = team({"bo": {"active": False}})
    assert refused(lambda: named(pool, lead(), "bo", Known(), override=True)) == "inactive"


def test_a_manager_may_name_somebody_from_outside_the_pool() -> None:
    made = named(team(charges=["manual"]), lead(), "cy", Known())
    assert made.known.loads["cy"].open == 1
    assert all(s.credit == 0 for s in made.entry.rotation.standings.values())


def test_a_lead_given_by_hand_may_cost_credit() -> None:
    made = named(
        team({"bo": {"daily_limit": 0}}, charges=["manual"]), lead(), "bo", Known(), override=True
    )
    entry = made.entry
    assert {rep: s.credit for rep, s in entry.rotation.standings.items()} == {
        "anna": LEAD // 2,
        "bo": -LEAD // 2,
    }
    before = with_members(Known().rotation, {"anna": 1000, "bo": 1000})
    assert replayed(before, entry).standings == entry.rotation.standings


def test_a_lead_taken_from_somebody_frees_them_and_leaves_the_teams_limit_as_it_was() -> None:
    pool = team(team_limits={"holding": 1})
    first = plan(pool, "sales", Known(), [Ruled(lead(), "r")], NOW)
    theirs = evolve(lead(), first.moves[0].change)
    assert refused(lambda: named(pool, lead(2), "bo", first.known)) == "team_limit"
    made = named(pool, theirs, "bo", first.known)
    assert made.frees == (theirs.burden,)
    assert (made.known.loads["anna"].open, made.known.loads["bo"].open) == (0, 1)
    assert evolve(theirs, made.moves[0].change).lost_by == {"anna"}


def test_whose_it_is_cannot_get_it_again_nor_can_anybody_what_is_over() -> None:
    theirs = evolve(lead(), Change(Step.ASSIGNED, NOW, "bo", "sales"))
    lost = evolve(evolve(theirs, Change(Step.ACCEPTED, NOW, "bo")), Change(Step.LOST, NOW, "bo"))
    for one in (theirs, lost):
        with pytest.raises(IllegalTransitionError):
            named(team(), one, "bo", Known())


# ── The team ─────────────────────────────────────────────────────────────────────────────────────


def test_a_teams_limits_are_about_its_members_only() -> None:
    """Somebody from outside, or who has left, holds nothing of the team's."""
    pool = team(
        existing_owner=OWNER, team_limits={"holding": 1, "pace": [{"per": "day", "leads": 1}]}
    )
    full = Workload(open=5, load=5000, held={"sales": 5, "sales*": 5000})
    known = known_to("cy", cy=full)
    made = planned(pool, known, lead(1), lead(2))
    assert [move.change.rep for move in made.moves] == ["cy", "cy"]
    assert made.entry.tallies == {}
    made = plan(pool, "sales", made.known, [Ruled(lead(3), "r"), Ruled(lead(4), "r")], NOW)
    assert [move.change.rep for move in made.moves] == ["anna", None]


def test_leads_of_different_weight_in_one_plan_each_count_as_what_they_are() -> None:
    """What was worked out for a light lead does not let a heavy one pass."""
    pool = team({"anna": {"holding_points": 4}, "bo": {"active": False}}, {"grades": GRADES})
    made = planned(pool, Known(), lead(1), lead(2, size="heavy"), lead(3), lead(4))
    assert [move.change.rep for move in made.moves] == ["anna", "anna", None, None]
    made = planned(pool, Known(), lead(1), lead(2), lead(3, size="heavy"), lead(4))
    assert [move.change.rep for move in made.moves] == ["anna", "anna", None, "anna"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("100", 1000),
        ("50", 500),
        ("0.001", 1),
        ("1e-20", 1),
        ("1e20", 5000),
        ("1e999999", 1000),
        ("1e-999999", 1000),
        ("9" * 5000, 1000),
        ("501", 5000),
        ("-3", 1000),
        ("0", 1000),
        ("NaN", 1000),
        ("Infinity", 1000),
        ("many", 1000),
        ("", 1000),
    ],
)
def test_a_leads_value_is_within_bounds_whatever_it_says(value: str, expected: int) -> None:
    policy = {"field": "value", "typical": 100, "at_most": 5}
    made = planned(team(value=policy, credit_by="value"), Known(), lead(value=value))
    assert made.moves[0].change.value == expected
    assert made.entry.lines[0].amount == expected * 1000


SOLAR = kinds_of("product", {"product": "solar"})[0]


@pytest.mark.parametrize(
    ("factors", "expected"),
    [
        ({}, 1000),
        ({"": {"anna": 1500}}, 1500),
        ({"": {"anna": 0}}, 500),
        ({"": {"anna": 90_000}}, 2000),
        ({"": {"anna": 1500}, SOLAR: {"anna": 700}}, 700),
        ({"": {"anna": 1500}, "solar": {"anna": 700}}, 1500),
    ],
)
def test_performance_stays_between_floor_and_ceiling(factors: Any, expected: int) -> None:
    pool = team(strategy="performance", performance={"by": "product"})
    made = planned(pool, Known(factors=factors), lead(product="Solar"))
    line = made.entry.lines[0]
    assert made.entry.weights(line, ["anna", "bo"]) == [expected, 1000]


def test_the_least_loaded_is_whoever_carries_least_for_their_weight() -> None:
    pool = active(config({"anna": 3, "bo": 1}, strategy="least_loaded"))
    known = Known(loads={"anna": Workload(open=5), "bo": Workload(open=2)})
    made = plan(pool, "sales", known, [Ruled(lead(n), "r") for n in range(4)], NOW)
    # 5 : 2, then 6 : 2, as much for their weight, so that debt decides; 6 : 3, 7 : 3.
    assert [move.change.rep for move in made.moves] == ["anna", "bo", "anna", "anna"]
