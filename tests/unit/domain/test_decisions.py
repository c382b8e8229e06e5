"""Decisions: what each says, to the rep, to a manager and to programs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.domain.config import Config
from shared.domain.decision_record import Decision
from shared.domain.decisions import decision_of, to_json, told_to_the_rep
from shared.domain.leads import Change, Step, evolve
from shared.domain.owners import Tie
from shared.domain.planning import assign, claim, plan
from shared.domain.plans import Known, Move, Plan, Ruled
from shared.domain.reps import Workload
from shared.openapi import document
from shared.store.codec import entry_to_item
from tests.team import active, config, new_lead

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LEADS = [f"01lead{n:04d}" for n in range(20)]


def ruled(number: int = 0, **fields: Any) -> Ruled:
    return Ruled(new_lead(LEADS[number], NOW, **fields), "Nordics")


def planned(team: Config, *leads: Ruled, known: Known | None = None, at: datetime = NOW) -> Plan:
    return plan(active(team), "sales", known or Known(), leads or [ruled()], at)


def decided(team: Config, done: Plan, number: int = -1) -> Decision:
    return of(team, done, done.moves[number])


def of(team: Config, done: Plan, move: Move) -> Decision:
    return decision_of(evolve(move.lead, move.change), move.change, done.entry, team)


def one(team: Config, *leads: Ruled, known: Known | None = None) -> Decision:
    """What is decided about the last of these leads."""
    return decided(team, planned(team, *leads, known=known))


def after(move: Move, **about: Any) -> Ruled:
    return Ruled(replace(evolve(move.lead, move.change), **about), move.change.rule or "")


def roles(decision: Decision) -> dict[str, str]:
    return {c.rep_id: str(c.status) for c in decision.candidates}


# ── Every way ────────────────────────────────────────────────────────────────────────────────────


TEAM = {"anna": 2, "bo": 1}


def shared_lead() -> Decision:
    return one(config(TEAM))


def parked_lead() -> Decision:
    return one(config(TEAM), known=Known(loads={rep: Workload(paused=True) for rep in TEAM}))


def to_the_owner() -> Decision:
    """Cy, who is no member of the pool, knows the customer."""
    team = two_pools(existing_owner={"by": ["email"]})
    known = Known(ties={"hash": Tie("cy", "01earlier", NOW + timedelta(days=1))})
    return one(team, ruled()._replace(known_by=("hash",)), known=known)


def by_hand(**about: Any) -> Decision:
    team = config(TEAM, limits={"bo": {"holding_limit": 0}}, **about)
    done = assign(
        active(team),
        "sales",
        Known(),
        ruled(),
        "bo",
        NOW,
        by="maria",
        override=True,
        reason="knows the trade.",
    )
    return decided(team, done)


def open_lead() -> Decision:
    return one(config(TEAM, strategy="open"))


def claimed_lead(**about: Any) -> Decision:
    team = config(TEAM, strategy="open", **about)
    (move,) = planned(team).moves
    done = claim(active(team), "sales", Known(), after(move), "bo", NOW, by="bo")
    return decided(team, done)


def offered_lead() -> Decision:
    return one(config({**TEAM, "cy": 1}, strategy="shotgun", limits={"cy": {"holding_limit": 0}}))


def accepted_offer() -> Decision:
    team = config(TEAM, strategy="shotgun")
    (move,) = planned(team).moves
    return decided(team, claim(active(team), "sales", Known(), after(move), "bo", NOW, by="bo"))


def two_pools(**pool: Any) -> Config:
    """The pool `sales`, and another one, `duty`, in which cy is alone."""
    plain = config({**TEAM, "cy": 1}).model_dump(exclude_unset=True)
    plain["pools"] = {"sales": {"members": TEAM, **pool}, "duty": {"members": {"cy": 1}}}
    return Config.model_validate(plain)


PAUSED = Known(loads={rep: Workload(paused=True) for rep in (*TEAM, "cy")})


def passed_lead() -> Decision:
    return one(two_pools(then={"pool": "duty"}), known=PAUSED)


def lead_that_came_through() -> Decision:
    team = two_pools(then={"pool": "duty"})
    (move,) = planned(team, known=PAUSED).moves
    done = plan(active(team), "duty", Known(), [after(move)], NOW)
    return decided(team, done)


WAYS = {
    "shared": shared_lead,
    "parked": parked_lead,
    "existing_owner": to_the_owner,
    "manual": by_hand,
    "open": open_lead,
    "claim": claimed_lead,
    "open, offered": offered_lead,
    "claim of an offer": accepted_offer,
    "pass": passed_lead,
    "shared, passed on": lead_that_came_through,
}


def strict(schema: Any) -> Any:
    """The schema, where nothing may be there that it does not name."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: strict(part) for name, part in schema.items()}
    return {**closed, "additionalProperties": False} if "properties" in schema else closed


SCHEMA = document("https://leads.example.com")["components"]["schemas"]["Decision"]


@pytest.mark.parametrize("way", WAYS)
def test_every_decision_is_as_the_published_schema_says(way: str) -> None:
    """Nothing is missing, and nothing is there that the schema does not name."""
    decision = WAYS[way]()
    shown = to_json(decision)
    short = {name: value for name, value in shown.items() if name != "candidates"}
    whole = {**shown, "warnings": [], "sale": None, "earlier": [short]}
    problems = [error.message for error in Draft202012Validator(strict(SCHEMA)).iter_errors(whole)]
    assert problems == []
    assert decision.way == way.partition(",")[0].partition(" ")[0]
    assert {"rule", "pool", "strategy", "config_version", "chosen", "reason"} <= shown.keys()


@pytest.mark.parametrize("way", WAYS)
def test_every_decision_tells_a_manager_all_of_it(way: str) -> None:
    """By which rule it came to which pool, why whom, and under which version."""
    decision = WAYS[way]()
    told = to_json(decision)["paragraph"]
    assert decision.reason in told
    assert "Rule “Nordics” sent the lead to pool sales." in told
    assert (
        f"Pool {decision.pool_id} shares its leads by this strategy: {decision.strategy}." in told
    )
    assert "version 1 of the configuration, as turn 1 of the pool's ledger." in told


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("shared", "anna was owed 0.67 of a lead, more than anyone else who could take it"),
        ("parked", "nobody in the pool can take it right now"),
        ("existing_owner", "cy knows the customer from an earlier lead"),
        ("manual", "bo was chosen by a manager, overriding their holding limit"),
        ("open", "anybody in the pool may claim it"),
        ("claim", "bo claimed it"),
        ("open, offered", "it is offered to 2 reps; the first to accept has it"),
        ("claim of an offer", "bo was the first to accept it"),
        ("pass", "nobody in the pool can take it right now, so it went on to pool duty"),
        ("shared, passed on", "cy was the only one who could take the lead"),
    ],
)
def test_every_way_has_its_reason(way: str, reason: str) -> None:
    assert WAYS[way]().reason == reason


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("shared", "you were owed 0.67 of a lead, more than anyone else who could take it"),
        ("existing_owner", "you know the customer from an earlier lead"),
        ("manual", "you were chosen by a manager, overriding your holding limit"),
        ("claim", "you claimed it"),
        ("claim of an offer", "you were the first to accept it"),
        ("shared, passed on", "you were the only one who could take the lead"),
    ],
)
def test_the_rep_is_told_in_the_second_person(way: str, told: str) -> None:
    assert told_to_the_rep(WAYS[way]()) == told


# ── Strategies ───────────────────────────────────────────────────────────────────────────────────


def with_open(**held: int) -> Known:
    return Known(
        loads={
            rep: Workload(open=many, load=2000 * many, value=500 * many, seq=1)
            for rep, many in held.items()
        }
    )


EQUAL = {"anna": 1, "bo": 1}
VALUE = {"field": "worth", "typical": "100"}


@pytest.mark.parametrize(
    ("team", "known", "reason"),
    [
        (
            config(EQUAL, strategy="round_robin", strict=True),
            Known(),
            "anna has waited longest, and the pool's leads go round in turn",
        ),
        (
            config(EQUAL),
            Known(),
            "anna was owed 0.50 of a lead, as much as others, and has waited longest",
        ),
        (
            config(EQUAL, strategy="least_loaded"),
            with_open(anna=3, bo=1),
            "bo holds 1 open lead, fewer than anyone else who could take it",
        ),
        (
            config({"anna": 4, "bo": 1}, strategy="least_loaded"),
            with_open(anna=3, bo=1),
            "anna holds 3 open leads, fewer for their weight than anyone else who could take it",
        ),
        (
            config({"anna": 2, "bo": 1}, strategy="least_loaded"),
            with_open(anna=2, bo=1),
            "anna holds 2 open leads, as few for their weight as others, and was owed most of them",
        ),
        (
            config(EQUAL, strategy="least_loaded", load="points"),
            with_open(anna=3, bo=1),
            "bo holds open leads that weigh 2 points, less than anyone else who could take it",
        ),
        (
            config(EQUAL, strategy="least_loaded", load="value", value=VALUE),
            with_open(anna=3, bo=1),
            "bo holds open leads worth 0.5 typical ones, less than anyone else who could take it",
        ),
    ],
)
def test_each_strategy_says_honestly_why(team: Config, known: Known, reason: str) -> None:
    assert one(team, known=known).reason == reason


def test_without_a_configuration_a_reason_says_no_more_than_credits_do() -> None:
    team = config({"anna": 9, "bo": 1}, strategy="least_loaded")
    done = planned(team, known=with_open(anna=99, bo=1))
    (move,) = done.moves
    plain = decision_of(evolve(move.lead, move.change), move.change, done.entry)
    assert plain.reason == "bo was owed 0.10 of a lead, and was next by the pool's strategy"


def test_a_split_says_which_part_a_lead_went_by() -> None:
    team = config(EQUAL, split={"percent": 50, "strategy": "round_robin"})
    done = planned(team, *(ruled(n) for n in range(20)))
    said = {of(team, done, move).strategy for move in done.moves}
    assert said == {
        "weighted round robin, as 50 % of the pool's leads; the others by round robin",
        "round robin, as 50 % of the pool's leads; the others by weighted round robin",
    }


# ── By hand ──────────────────────────────────────────────────────────────────────────────────────


def test_what_a_manager_has_overridden_is_named() -> None:
    decision = by_hand()
    shown = to_json(decision)
    assert (shown["by"], shown["note"]) == ("maria", "knows the trade.")
    assert shown["overridden"] == ["holding_limit"]
    assert "(via maria), with the words “knows the trade”." in shown["paragraph"]
    assert "It costs no credit." in shown["paragraph"]
    assert {c["share"] for c in shown["candidates"]} == {0}


def test_who_is_no_member_is_named_and_explained() -> None:
    shown = to_json(to_the_owner())
    *members, stranger = shown["candidates"]
    assert [(one["rep_id"], one["member"]) for one in members] == [("anna", True), ("bo", True)]
    assert (stranger["rep_id"], stranger["status"]) == ("cy", "chosen")
    assert stranger["member"] is False
    assert stranger["reason"] == "knows the customer, and is no member of the pool"


@pytest.mark.parametrize(
    ("settings", "load", "told"),
    [
        ({}, Workload(paused=True), "you were chosen by a manager, although you were paused"),
        (
            {"daily_limit": 0},
            Workload(),
            "you were chosen by a manager, overriding your daily limit",
        ),
        (
            {"holding_points": 0},
            Workload(),
            "you were chosen by a manager, overriding your limit in points",
        ),
    ],
)
def test_the_rep_hears_what_was_overridden(
    settings: dict[str, Any], load: Workload, told: str
) -> None:
    team = config(TEAM, limits={"bo": settings})
    known = Known(loads={"bo": load})
    done = assign(active(team), "sales", known, ruled(), "bo", NOW, by="maria", override=True)
    assert told_to_the_rep(decided(team, done)) == told


def test_a_claim_that_costs_credit_shows_what_it_cost() -> None:
    shown = to_json(claimed_lead(charges=["claim"]))
    assert shown["cost"] == 1_000_000
    assert [one["credit_after"] for one in shown["candidates"]] == [666_667, -666_667]


# ── Candidates ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", ["open", "claim"])
def test_members_who_were_not_compared_are_said_to_be_so(way: str) -> None:
    """An open pool asks nobody; who claims a lead is compared with the rest."""
    found = roles(WAYS[way]())
    compared = {"anna": "eligible", "bo": "chosen"}
    assert found == (compared if way == "claim" else dict.fromkeys(TEAM, "not_compared"))


def test_a_pool_of_a_manager_compares_nobody() -> None:
    decision = one(config(TEAM, strategy="manual"))
    assert roles(decision) == dict.fromkeys(TEAM, "not_compared")
    assert decision.way == "parked"
    assert "Its 2 members were not compared." in to_json(decision)["paragraph"]


def test_who_is_absent_may_be_owed_a_part() -> None:
    team = config({"anna": 1, "bo": 1}, absence="catch_up")
    decision = one(team, known=Known(loads={"bo": Workload(paused=True)}))
    bo = decision.candidates[1]
    assert (bo.status, bo.share, bo.credit_after) == ("owed", 500_000, 500_000)
    assert bo.reason == "is paused, and is owed a part all the same"


def test_counters_are_those_of_the_very_lead() -> None:
    """Of a batch, each lead sees what the leads before it added, by its weight and value."""
    team = config(
        {"anna": 1},
        more={"grades": [{"name": "hot", "points": "2.5"}]},
        value={"field": "worth", "typical": "100"},
    )
    known = Known(loads={"anna": Workload(open=3, load=3000, value=1000, held={"sales": 1})})
    done = planned(team, *(ruled(n, worth="50") for n in range(3)), known=known)
    seen = [of(team, done, move).candidates[0].held for move in done.moves]
    assert [(h.open, h.here, h.today, h.load, h.value) for h in seen if h] == [
        (3, 1, 0, 3000, 1000),
        (4, 2, 1, 5500, 1500),
        (5, 3, 2, 8000, 2000),
    ]
    assert to_json(of(team, done, done.moves[0]))["points"] == 2.5


def test_limits_are_those_that_applied() -> None:
    """A pace of a fraction allows two this hour, or three: as it was then."""
    pace = [{"per": "hour", "leads": "2.5"}, {"per": "week", "leads": 9, "rolling": True}]
    team = config(
        {"anna": 1},
        limits={"anna": {"holding_limit": 20, "daily_limit": 5, "pace": pace}},
        member_limits={"holding": 7},
    )
    done = planned(team)
    (anna,) = decided(team, done).candidates
    most = {bound.limit: (bound.most, bound.rolling) for bound in anna.limits}
    assert most.pop("hourly_limit") in [(2, False), (3, False)]
    assert most == {
        "holding_limit": (20, False),
        "daily_limit": (5, False),
        "weekly_limit": (9, True),
        "pool_holding_limit": (7, False),
    }


def test_a_paragraph_counts_who_could_not_and_why() -> None:
    team = config(
        dict.fromkeys(["anna", "bo", "cy", "dee", "eve"], 1),
        limits={rep: {"holding_limit": 0} for rep in ("bo", "cy")} | {"dee": {"active": False}},
    )
    told = to_json(one(team))["paragraph"]
    assert "Of its 5 members, 2 could take it." in told
    assert (
        "3 could not: each of bo and cy holds as many open leads as their limit allows;"
        " dee is switched off in the configuration." in told
    )


def test_a_score_and_a_hot_lead_are_told() -> None:
    team = config({"anna": 1}, hot={"country": "SE"})
    decision = one(team, ruled(country="SE")._replace(score=Decimal("72.50")))
    shown = to_json(decision)
    assert (shown["score"], shown["hot"]) == ("72.5", True)
    assert "The lead scored 72.5. It is hot, so limits did not count." in shown["paragraph"]


# ── The way to the pool ──────────────────────────────────────────────────────────────────────────


def test_the_pools_that_passed_it_on_are_the_path() -> None:
    shown = to_json(lead_that_came_through())
    (passage,) = shown["path"]
    assert (passage["pool"], passage["reason"]) == ("sales", "nobody_available")
    assert (
        "Rule “Nordics” sent the lead to pool sales. Pool sales passed it on to duty, as nobody in"
        " the pool can take it right now. Pool duty shares" in shown["paragraph"]
    )


def test_a_lead_that_was_routed_anew_has_no_path() -> None:
    """What came before its fields said another pool does not count any more."""
    team = two_pools(then={"pool": "duty"})
    (move,) = planned(team, known=PAUSED).moves
    lead = evolve(evolve(move.lead, move.change), Change(Step.REROUTED, NOW, rule="South"))
    done = plan(active(team), "duty", Known(), [Ruled(lead, "South")], NOW)
    assert decided(team, done).path == ()


def test_a_path_ends_where_the_next_pool_was_not_the_one_that_it_led_to() -> None:
    """The pool that it went on to is gone, and the rules name another."""
    team = two_pools(then={"pool": "duty"})
    (move,) = planned(team, known=PAUSED).moves
    elsewhere = Change(Step.PASSED, NOW, None, "sales", "r", 1, reason="off_hours", to="gone")
    lead = evolve(move.lead, elsewhere)
    done = plan(active(team), "duty", Known(), [Ruled(lead, "r")], NOW)
    assert decided(team, done).path == ()


def test_claims_count_as_assignments() -> None:
    """Given out once, taken back, then claimed: that is the second time."""
    team = config(TEAM, strategy="open")
    lead = new_lead(LEADS[0], NOW)
    for change in (
        Change(Step.ASSIGNED, NOW, "anna", "sales"),
        Change(Step.RECLAIMED, NOW, "anna"),
    ):
        lead = evolve(lead, change)
    (move,) = planned(team, Ruled(lead, "r")).moves
    done = claim(active(team), "sales", Known(), after(move), "bo", NOW, by="bo")
    assert decided(team, done).assignment == 2


def test_a_claim_whose_seller_took_the_lead_back_shows_the_refund() -> None:
    team = config(TEAM, strategy="open", charges=["claim"])
    (move,) = planned(team).moves
    done = claim(active(team), "sales", Known(), after(move), "bo", NOW, by="bo")
    (claimed,) = done.moves
    returned = Change(Step.RETURNED, NOW, "bo", "sales", turn=9, reason="wrong_number")
    lead = evolve(evolve(claimed.lead, claimed.change), returned)
    decision = decision_of(lead, claimed.change, done.entry, team)
    assert decision.refund is not None
    assert (decision.refund.rep_id, decision.refund.turn) == ("bo", 9)
    assert to_json(decision)["refund"]["rep_id"] == "bo"


# ── What is stored of it ─────────────────────────────────────────────────────────────────────────

MARK = "Personal"


def marked_lead() -> Ruled:
    """A lead of which every field holds something that must not turn up elsewhere."""
    fields = {
        name: f"{MARK}-{name}"
        for name in ("name", "company", "phone", "message", "city", "industry", "language")
    }
    return Ruled(
        new_lead("01jd0c7z9qk3v8m2p4x6", NOW, **fields, email=f"{MARK}@example.com", worth="123"),
        "Nordics",
        Decimal("71.5"),
        ("0" * 40,),
    )


def busy(number: int) -> Workload:
    return Workload(
        open=18 + number % 5,
        load=(18 + number % 5) * 1250,
        value=21_500,
        held={"sales": 12, "sales*": 15_000},
        tallies={":day": [739_677, 7]},
        seq=4000,
    )


def large_team(**about: Any) -> tuple[Config, Known]:
    reps = [f"rep-{n:02d}-stock" for n in range(50)]
    assert {len(rep) for rep in reps} == {12}
    team = config(
        dict.fromkeys(reps, "1.25"),
        existing_owner={"by": ["email"]},
        match=[{"field": "industry", "required": False}],
        **about,
    )
    known = Known(loads={rep: busy(n) for n, rep in enumerate(reps)})
    done = planned(team, *(ruled(n) for n in range(20)), known=known)
    settled = done.known.rotation
    settled.leads = 123_456
    for n, standing in enumerate(settled.standings.values()):
        standing.last = 123_000 + n
    factors = {"": {rep: 900 + 7 * n for n, rep in enumerate(reps)}}
    return team, replace(done.known, rotation=settled, factors=factors)


def stored_entry(strategy: str) -> dict[str, Any]:
    value = {"field": "worth", "typical": "100"}
    about = {"performance": {"by": "language"}} if strategy == "performance" else {}
    team, known = large_team(strategy=strategy, credit_by="value", value=value, **about)
    entry = planned(team, marked_lead(), known=known).entry
    assert len(entry.held) == 50
    return entry_to_item(entry, "0123456789abcdefghjkmnpqrs").serialize()


@pytest.mark.parametrize("strategy", ["weighted", "least_loaded", "performance", "shotgun"])
def test_a_decision_with_fifty_candidates_takes_at_most_four_kilobytes(strategy: str) -> None:
    """As DynamoDB counts: names and values in UTF-8, a number by its digits."""
    item = stored_entry(strategy)
    size = sum(
        len(name) + len(str(next(iter(value.values()))).encode()) for name, value in item.items()
    )
    assert 2000 < size <= 4096


@pytest.mark.parametrize("strategy", ["weighted", "least_loaded", "performance", "shotgun"])
def test_nothing_of_the_person_is_in_the_ledger(strategy: str) -> None:
    assert MARK.casefold() not in str(stored_entry(strategy)).casefold()


@pytest.mark.parametrize("way", WAYS)
def test_nothing_of_the_person_is_in_a_decision(way: str) -> None:
    shown = str(to_json(WAYS[way]()))
    assert "Ada" not in shown
    assert "ada@" not in shown
