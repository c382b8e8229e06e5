"""Plans, for any team and any leads: within limits, fair, and fully explained."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.config import Config
from shared.domain.decisions import decision_of, to_json
from shared.domain.leads import Change, Lead, Status, Step, evolve
from shared.domain.planning import plan
from shared.domain.plans import Known, Ruled
from shared.domain.reps import Workload
from tests.team import active, config, new_lead

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = NOW.toordinal()
REPS = ["anna", "bo", "cy", "dee"]
limits = st.none() | st.integers(0, 6)


@st.composite
def teams(draw: Any) -> Config:
    reps = draw(st.lists(st.sampled_from(REPS), min_size=1, unique=True))
    settings_of = {
        rep: {
            "holding_limit": draw(limits),
            "daily_limit": draw(limits),
            "active": draw(st.integers(0, 4)) > 0,
            "time_zone": draw(st.sampled_from(["UTC", "Pacific/Auckland", "America/Los_Angeles"])),
        }
        for rep in reps
    }
    weights = {rep: draw(st.sampled_from(["0.5", "1", "2", "7.125"])) for rep in reps}
    return config(weights, limits=settings_of)


workloads = st.dictionaries(
    st.sampled_from(REPS),
    st.builds(
        Workload,
        open=st.integers(0, 6),
        tallies=st.dictionaries(
            st.just(":day"),
            st.tuples(st.integers(TODAY - 1, TODAY + 1), st.integers(0, 6)).map(list),
        ),
        paused=st.booleans(),
    ),
)


def lead_lost_by(number: int, reps: list[str]) -> Lead:
    lead = new_lead(f"lead{number:04d}", NOW)
    for rep in reps:
        lead = evolve(lead, Change(Step.ASSIGNED, NOW, rep, "sales"))
        lead = evolve(lead, Change(Step.RECLAIMED, NOW, rep))
    return lead


lead_lists = st.lists(
    st.lists(st.sampled_from(REPS), max_size=3, unique=True), min_size=1, max_size=15
).map(lambda lost: [lead_lost_by(number, reps) for number, reps in enumerate(lost)])


@given(teams(), workloads, lead_lists)
@settings(max_examples=150)
def test_a_plan_keeps_every_limit_and_explains_every_lead(
    team: Config, loads: dict[str, Workload], leads: list[Lead]
) -> None:
    ruled = [Ruled(lead, "everything else") for lead in leads]
    planned = plan(active(team), "sales", Known(loads=loads), ruled, NOW)

    assert sum(s.credit for s in planned.entry.rotation.standings.values()) == 0
    assert [move.lead.lead_id for move in planned.moves] == [lead.lead_id for lead in leads]
    for use in planned.uses:
        load, rep = loads.get(use.rep_id, Workload()), team.reps[use.rep_id]
        assert rep.active
        assert not load.paused
        assert rep.holding_limit is None or load.open + use.adds.open <= rep.holding_limit
        assert rep.daily_limit is None or use.tallies[":day"][1] <= rep.daily_limit
        assert use.adds.open == sum(move.change.rep == use.rep_id for move in planned.moves)
    account = dict.fromkeys(team.pools["sales"].members, 0)
    for move in planned.moves:
        after = evolve(move.lead, move.change)
        assert after.owner not in move.lead.lost_by
        decision = decision_of(after, move.change, planned.entry)
        assert {c.rep_id: c.credit_before for c in decision.candidates} == account
        account = {c.rep_id: c.credit_after for c in decision.candidates}
        assert (after.status is Status.ASSIGNED) == (decision.chosen is not None)
        chosen = [c for c in decision.candidates if c.status == "chosen"]
        assert [c.rep_id for c in chosen] == ([after.owner] if after.owner else [])
        eligible = [c for c in decision.candidates if c.status == "eligible"]
        assert all(c.owed <= chosen[0].owed for c in eligible)
        assert all(c.reason for c in decision.candidates)
        assert to_json(decision)["reason"]
    stored = planned.entry.rotation.standings
    assert account == {rep: standing.credit for rep, standing in stored.items()}


@given(teams(), workloads, lead_lists)
@settings(max_examples=50)
def test_planning_changes_nothing_it_was_given(
    team: Config, loads: dict[str, Workload], leads: list[Lead]
) -> None:
    known = Known(loads=loads)
    before = repr(known)
    plan(active(team), "sales", known, [Ruled(lead, "r") for lead in leads], NOW)
    assert repr(known) == before


def test_one_batch_decides_as_the_same_leads_one_by_one() -> None:
    team = config({"anna": 3, "bo": 2, "cy": 1}, limits={"bo": {"holding_limit": 4}})
    leads = [new_lead(f"lead{n:04d}", NOW) for n in range(30)]
    ruled = [Ruled(lead, "r") for lead in leads]
    batch = plan(active(team), "sales", Known(), ruled, NOW)
    known, singly = Known(), []
    for one in ruled:
        planned = plan(active(team), "sales", known, [one], NOW)
        known = planned.known if planned.moves else known
        singly += planned.moves
    assert [move.change.rep for move in batch.moves] == [move.change.rep for move in singly]
    assert batch.known.loads["bo"].open == known.loads["bo"].open == 4
    assert batch.known.rotation.standings == known.rotation.standings


def test_a_day_is_the_reps_own() -> None:
    """At 23:30 UTC it is tomorrow in Auckland: a full yesterday there does not count any more."""
    late = NOW.replace(hour=23, minute=30)
    reps = {
        "anna": {"daily_limit": 1, "time_zone": "Pacific/Auckland"},
        "bo": {"daily_limit": 1, "time_zone": "UTC"},
    }
    team = config({"anna": 1, "bo": 1}, limits=reps)
    loads = {rep: Workload(tallies={":day": [TODAY, 1]}) for rep in reps}
    leads = [Ruled(new_lead(f"lead{n}", late), "r") for n in range(2)]
    planned = plan(active(team), "sales", Known(loads=loads), leads, late)
    assert [move.change.rep for move in planned.moves] == ["anna", None]
    assert planned.uses[0].tallies == {":day": [TODAY + 1, 1]}


def test_a_clock_that_jumps_back_starts_no_day_anew() -> None:
    team = config({"anna": 1}, limits={"anna": {"daily_limit": 1}})
    loads = {"anna": Workload(tallies={":day": [TODAY, 1]})}
    yesterday = NOW - timedelta(days=1)
    lead = Ruled(new_lead("lead", yesterday), "r")
    planned = plan(active(team), "sales", Known(loads=loads), [lead], yesterday)
    assert planned.assigned == 0


def test_a_pool_in_which_everybody_is_switched_off_is_waited_for() -> None:
    """Nobody has had the lead: it must not be said so, and it is tried again."""
    team = config({"anna": 1}, limits={"anna": {"active": False}})
    lead = Ruled(new_lead("lead", NOW), "r")
    (move,) = plan(active(team), "sales", Known(), [lead], NOW).moves
    assert (move.change.reason, move.change.retry) == ("nobody_available", True)


def test_hops_are_bounded() -> None:
    """Given out as often as the pool allows: parked for a manager, not tried again."""
    team = config(dict.fromkeys(REPS, 1), deadlines={"max_assignments": 2})
    lead = lead_lost_by(1, ["anna", "bo"])
    (move,) = plan(active(team), "sales", Known(), [Ruled(lead, "r")], NOW).moves
    assert (move.change.reason, move.change.retry) == ("too_many_assignments", False)
    assert evolve(move.lead, move.change).place == "stuck#sales"


def lead_of(pool: str, tries: int) -> Lead:
    lead = new_lead("lead", NOW)
    for number in range(tries):
        lead = evolve(lead, Change(Step.ASSIGNED, NOW, f"rep{number}", pool))
        lead = evolve(lead, Change(Step.DECLINED, NOW, f"rep{number}"))
    return lead


def test_hops_in_one_pool_do_not_count_in_another() -> None:
    """The rules send it elsewhere now, or it was passed on: there, nobody has had a try."""
    team = config({"anna": 1}, deadlines={"max_assignments": 2})
    elsewhere = lead_of("others", 2)
    passed = evolve(lead_of("others", 2), Change(Step.PASSED, NOW, pool="others", to="sales"))
    for lead in (elsewhere, passed):
        (move,) = plan(active(team), "sales", Known(), [Ruled(lead, "r")], NOW).moves
        assert move.change.rep == "anna"
        assert evolve(lead, move.change).tries == 1


def test_a_lead_parked_where_the_rules_send_it_now_begins_anew_there() -> None:
    team = config({"anna": 1}, limits={"anna": {"holding_limit": 0}})
    lead = lead_of("others", 3)
    (move,) = plan(active(team), "sales", Known(), [Ruled(lead, "r")], NOW).moves
    parked = evolve(lead, move.change)
    assert (parked.pool, parked.tries, parked.since) == ("sales", 0, NOW)


def test_a_parked_lead_is_parked_again_only_when_what_becomes_of_it_changes() -> None:
    """Waiting for somebody, then for a manager: that is written; the next try writes nothing."""
    team = config({"anna": 1, "bo": 1}, limits={"bo": {"active": False}})
    tired = active(team)
    busy = active(config({"anna": 1, "bo": 1}, limits={"anna": {"holding_limit": 0}}))
    lead = lead_lost_by(1, [])
    (move,) = plan(
        busy, "sales", Known(loads={"bo": Workload(paused=True)}), [Ruled(lead, "r")], NOW
    ).moves
    lead = evolve(lead, move.change)
    assert (move.change.reason, lead.place) == ("at_limits", "parked#sales")
    assert not plan(
        busy, "sales", Known(loads={"bo": Workload(paused=True)}), [Ruled(lead, "r")], NOW
    ).moves
    had = evolve(lead_lost_by(1, ["anna"]), Change(Step.PARKED, NOW, pool="sales"))
    (move,) = plan(tired, "sales", Known(), [Ruled(had, "r")], NOW).moves
    stuck = evolve(had, move.change)
    assert (move.change.reason, stuck.place) == ("everyone_had_it", "stuck#sales")
    assert not plan(tired, "sales", Known(), [Ruled(stuck, "r")], NOW).moves
