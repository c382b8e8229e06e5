"""Factors from what reps make of their leads, and what a pool shares by them."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from shared.domain.config import Config
from shared.domain.leads import Change, Lead, Step, evolve
from shared.domain.performance import (
    ALL,
    MOST_FACTORS,
    Factors,
    Figures,
    factor,
    follows_performance,
    kinds_of,
    measured,
)
from shared.domain.planning import plan
from shared.domain.plans import Known, Ruled
from shared.domain.pools import Performance
from shared.domain.rotation import with_members
from tests.replaying import replayed
from tests.team import active, config, new_lead

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
AGES_AGO = timedelta(days=20)  # in the older half of thirty days
LATELY = timedelta(days=2)


def team(members: Mapping[str, Any] | None = None, **pool: Any) -> Config:
    about = {"strategy": "performance", **pool}
    return config(dict(members or {"anna": 1, "bo": 1}), **about)


def only(what: str, **more: Any) -> dict[str, Any]:
    weights = {"response": 0, "conversion": 0, "speed": 0, what: 1}
    return {**weights, "at_least": 2, **more}


def lead_of(rep: str, *steps: tuple[Step, int], ago: timedelta = AGES_AGO, **fields: Any) -> Lead:
    """A lead given to a rep so long ago, and what they did so many seconds later."""
    at = NOW - ago
    lead = evolve(new_lead("lead", at, **fields), Change(Step.ASSIGNED, at, rep, "sales"))
    for step, seconds in steps:
        lead = evolve(lead, Change(step, at + timedelta(seconds=seconds), rep))
    return lead


def accepted(rep: str, seconds: int = 60, ago: timedelta = LATELY, **fields: Any) -> Lead:
    return lead_of(rep, (Step.ACCEPTED, seconds), ago=ago, **fields)


def reclaimed(rep: str, ago: timedelta = LATELY, **fields: Any) -> Lead:
    return lead_of(rep, (Step.RECLAIMED, 900), ago=ago, **fields)


def won(rep: str, ago: timedelta = AGES_AGO, **fields: Any) -> Lead:
    return lead_of(rep, (Step.ACCEPTED, 60), (Step.CONVERTED, 600), ago=ago, **fields)


def kept(rep: str, ago: timedelta = AGES_AGO) -> Lead:
    return lead_of(rep, (Step.ACCEPTED, 60), ago=ago)


def kind(value: str) -> str:
    """What leads with this product are measured as."""
    return kinds_of("product", {"product": value})[0]


def factors(leads: list[Lead], configuration: Config | None = None) -> dict[str, int]:
    return measured(configuration or team(), "sales", leads, NOW)[ALL]


# ── What counts ──────────────────────────────────────────────────────────────────────────────────


def test_who_accepts_more_of_their_leads_gets_more() -> None:
    leads = [accepted("anna")] * 10 + [accepted("bo")] * 5 + [reclaimed("bo")] * 5
    found = factors(leads, team(performance=only("response")))
    # Ten of ten, and five of ten, beside three quarters on average; two average ones added to each.
    assert found == {
        "anna": int(1000 * Fraction(10 + Fraction(3, 2), 12) / Fraction(3, 4)),
        "bo": int(1000 * Fraction(5 + Fraction(3, 2), 12) / Fraction(3, 4)),
    }


def test_who_converts_more_of_their_leads_gets_more() -> None:
    leads = [won("anna")] * 5 + [kept("anna")] * 5 + [won("bo")] + [kept("bo")] * 9
    found = factors(leads, team(performance=only("conversion")))
    assert found["anna"] > 1000 > found["bo"]


def test_who_answers_sooner_gets_more() -> None:
    leads = [accepted("anna", 60)] * 10 + [accepted("bo", 600)] * 10
    found = factors(leads, team(performance=only("speed")))
    assert found["anna"] > 1000 > found["bo"]


def test_declining_at_once_is_not_being_fast() -> None:
    quick = [lead_of("anna", (Step.DECLINED, 1), ago=LATELY)] * 10
    assert factors([*quick, *[accepted("bo", 800)] * 10], team(performance=only("speed"))) == {
        "anna": 500,
        "bo": int(1000 * Fraction(10 * 100 + 100, 12 * 900) / Fraction(10 * 100, 20 * 900)),
    }


def test_a_figure_that_weighs_nothing_does_not_count_and_none_leaves_all_as_they_are() -> None:
    leads = [accepted("anna")] * 10 + [reclaimed("bo")] * 10
    assert factors(leads, team(performance=only("conversion"))) == {"anna": 1000, "bo": 1000}
    nothing = only("response", response=0)
    assert factors(leads, team(performance=nothing)) == {"anna": 1000, "bo": 1000}


def test_who_has_too_few_leads_keeps_their_weight() -> None:
    rule = only("response", at_least=3)
    leads = [accepted("anna")] * 10 + [reclaimed("bo")] * 2
    assert factors(leads, team(performance=rule))["bo"] == 1000
    assert factors([*leads, reclaimed("bo")], team(performance=rule))["bo"] < 1000


def test_the_fewer_the_leads_the_less_they_say() -> None:
    rule = only("response", floor="0.1")
    few = factors([accepted("anna")] * 3 + [reclaimed("bo")] * 3, team(performance=rule))
    many = factors([accepted("anna")] * 90 + [reclaimed("bo")] * 90, team(performance=rule))
    assert many["bo"] < few["bo"] < 1000 < few["anna"] < many["anna"]


def test_nobody_falls_below_the_floor_or_rises_above_the_ceiling() -> None:
    rule = only("response", floor="0.8", ceiling="1.2")
    leads = [accepted("anna")] * 50 + [reclaimed("bo")] * 50
    assert factors(leads, team(performance=rule)) == {"anna": 1200, "bo": 800}


def test_what_still_waits_for_an_answer_counts_neither_way() -> None:
    waiting = lead_of("bo", ago=timedelta(minutes=1))
    leads = [accepted("anna")] * 10 + [accepted("bo")] * 10
    assert factors([*leads, *[waiting] * 5]) == factors(leads)


@pytest.mark.parametrize("step", [Step.UNASSIGNED, Step.REROUTED])
def test_what_was_moved_on_before_an_answer_counts_neither_way(step: Step) -> None:
    leads = [accepted("anna")] * 10 + [accepted("bo")] * 10
    assert factors([*leads, *[lead_of("bo", (step, 5))] * 5]) == factors(leads)


def released(by: str, *steps: tuple[Step, int]) -> Lead:
    """A lead of bo's that somebody gave back to routing."""
    lead = lead_of("bo", *steps)
    return evolve(lead, Change(Step.UNASSIGNED, lead.log[-1].at, "bo", by=by))


def test_who_releases_a_lead_instead_of_declining_it_has_declined_it() -> None:
    leads = [accepted("anna")] * 10 + [accepted("bo")] * 10
    declined = factors([*leads, *[lead_of("bo", (Step.DECLINED, 0))] * 5])
    assert declined["bo"] < 1000
    assert factors([*leads, *[released("bo")] * 5]) == declined
    for somebody_else in ("anna", "manager#lena", "key#crm"):
        assert factors([*leads, *[released(somebody_else)] * 5]) == factors(leads)


def test_who_releases_a_lead_that_they_accepted_had_taken_it() -> None:
    rule = team(performance=only("response"))
    leads = [accepted("anna"), reclaimed("anna"), reclaimed("bo")] * 10
    taken = [released("bo", (Step.ACCEPTED, 60))] * 10
    assert factors([*leads, *taken], rule) == factors([*leads, *[accepted("bo")] * 10], rule)


def test_what_a_manager_gave_to_somebody_else_counts_for_who_answered() -> None:
    moved = evolve(lead_of("bo"), Change(Step.ASSIGNED, NOW - AGES_AGO, "anna", "sales", by="m"))
    moved = evolve(moved, Change(Step.ACCEPTED, NOW - AGES_AGO, "anna"))
    leads = [accepted("bo")] * 10
    found = measured(team(performance={"at_least": 1}), "sales", [*leads, moved], NOW)
    assert found == measured(
        team(performance={"at_least": 1}), "sales", [*leads, accepted("anna", 0, AGES_AGO)], NOW
    )


def test_what_its_seller_took_back_was_no_lead() -> None:
    bad = lead_of("bo", (Step.ACCEPTED, 800), (Step.LOST, 900), (Step.RETURNED, 1000))
    leads = [kept("anna")] * 10 + [kept("bo")] * 10
    assert factors([*leads, *[bad] * 5]) == factors(leads)


def test_leads_are_not_counted_as_not_converted_before_they_have_had_their_time() -> None:
    rule = only("conversion")
    old = [won("anna"), kept("anna")] * 5 + [won("bo"), kept("bo")] * 5
    young = [kept("bo", LATELY)] * 30 + [won("anna", LATELY)] * 30
    assert factors([*old, *young], team(performance=rule)) == {"anna": 1000, "bo": 1000}


def test_leads_before_the_window_do_not_count() -> None:
    before = [reclaimed("bo", ago=timedelta(days=31))] * 20
    leads = [accepted("anna")] * 10 + [accepted("bo")] * 10
    assert factors([*leads, *before]) == factors(leads)


def test_a_claim_says_who_converts_but_nothing_of_who_responds() -> None:
    at = NOW - AGES_AGO
    opened = evolve(new_lead("lead", at), Change(Step.OPENED, at, pool="sales"))
    claimed = evolve(opened, Change(Step.CLAIMED, at, "bo", "sales"))
    claims = [evolve(claimed, Change(Step.CONVERTED, at, "bo"))] * 10
    leads = [kept("anna")] * 10 + [kept("bo")] * 10
    for what in ("response", "speed"):
        rule = team(performance=only(what))
        assert factors([*leads, *claims], rule) == factors(leads, rule)
    assert factors([*leads, *claims], team(performance=only("conversion")))["bo"] > 1000


def test_each_who_had_a_lead_answers_for_their_own_time_with_it() -> None:
    again = reclaimed("bo", ago=AGES_AGO)
    again = evolve(again, Change(Step.ASSIGNED, again.log[-1].at, "anna", "sales"))
    again = evolve(again, Change(Step.ACCEPTED, again.log[-1].at, "anna"))
    found = factors([again] * 10, team(performance=only("response")))
    assert found["anna"] > 1000 > found["bo"]


def test_what_a_rep_does_for_another_pool_or_did_before_leaving_does_not_count() -> None:
    elsewhere = evolve(new_lead("lead", NOW), Change(Step.ASSIGNED, NOW, "bo", "other"))
    elsewhere = evolve(elsewhere, Change(Step.DECLINED, NOW, "bo"))
    leads = [accepted("anna")] * 10 + [accepted("bo")] * 10
    more = [*[elsewhere] * 10, *[reclaimed("left")] * 10]
    assert factors([*leads, *more]) == factors(leads)


def test_time_off_shift_is_not_held_against_anybody() -> None:
    """Given ten minutes before their day ends, accepted five minutes into the next."""
    hours = {"office": {"week": [{"start": "09:00", "end": "17:00"}]}}
    at_work = {"anna": {"hours": "office"}, "bo": {"hours": "office"}}
    deadlines = {"clock": "rep", "remind_after": [], "reclaim_after": "30m"}
    rule = {"strategy": "performance", "performance": only("speed"), "deadlines": deadlines}
    both = config({"anna": 1, "bo": 1}, limits=at_work, more={"hours": hours}, **rule)
    evening = timedelta(days=2, hours=16, minutes=10)  # before nine in the morning: 16:50
    overnight = accepted("anna", 16 * 3600 + 15 * 60, ago=evening)
    at_noon = accepted("bo", 15 * 60, ago=timedelta(days=2, hours=-3))
    leads = [overnight] * 5 + [at_noon] * 5
    assert factors(leads, both) == {"anna": 1000, "bo": 1000}
    in_real_time = {**rule, "deadlines": {**deadlines, "clock": "real"}}
    assert factors(leads, team(**in_real_time))["anna"] < 1000


# ── Apart for each value ─────────────────────────────────────────────────────────────────────────


def test_a_value_counts_apart_for_whoever_has_enough_leads_of_it() -> None:
    rule = only("response", by="product", floor="0.1", at_least=4)
    leads = [accepted("anna", product="Press")] * 6 + [reclaimed("bo", product=" PRESS ")] * 6
    leads += [reclaimed("anna", product="Saw")] * 2 + [accepted("bo", product="Saw")] * 6
    found = measured(team(performance=rule), "sales", leads, NOW)
    press, saw = kind("Press"), kind("saw")
    assert found.keys() == {ALL, press, saw}
    assert found[press]["anna"] > 1000 > found[press]["bo"]
    assert found[saw]["anna"] == found[ALL]["anna"]  # two are not enough
    assert found[saw]["bo"] > 1000 > found[ALL]["bo"]


def test_what_somebody_wrote_into_a_field_is_kept_as_a_hash_only() -> None:
    rule = only("response", by="comment", at_least=1)
    words = "Call Ada Byron, +46 8 174 06 05"
    found = measured(team(performance=rule), "sales", [accepted("anna", comment=words)], NOW)
    assert len(found) == 2
    assert all(re.fullmatch("[0-9a-f]{16}|", key) for key in found)


def test_a_value_of_which_nobody_has_enough_leads_is_left_out() -> None:
    rule = only("response", by="product", at_least=5)
    leads = [accepted("anna", product=f"Press {number}") for number in range(10)]
    leads += [accepted("bo", product="x" * 201)] * 10
    assert measured(team(performance=rule), "sales", leads, NOW).keys() == {ALL}


def test_of_very_many_values_those_with_most_leads_are_kept() -> None:
    rule = only("response", by="product", at_least=1)
    leads = [accepted("anna", product=f"p{number}") for number in range(MOST_FACTORS)]
    leads += [accepted("bo", product="p1999")]
    found = measured(team(performance=rule), "sales", leads, NOW)
    assert sum(map(len, found.values())) == MOST_FACTORS
    assert kind("p1999") in found


def test_a_pool_without_leads_is_all_neutral() -> None:
    assert measured(team(), "sales", [], NOW) == {ALL: {"anna": 1000, "bo": 1000}}


@pytest.mark.parametrize("field", ["email", "Phone", "First Name", "message", "consent"])
def test_nobody_is_measured_by_what_says_who_a_person_is(field: str) -> None:
    with pytest.raises(ValidationError, match=r"performance\.by: .* says who a person is"):
        team(performance={"by": field})


def test_only_pools_that_share_by_it_are_measured() -> None:
    assert follows_performance(team().pools["sales"])
    split = {"strategy": "weighted", "split": {"percent": 20, "strategy": "performance"}}
    assert follows_performance(team(**split).pools["sales"])
    assert not follows_performance(team(strategy="weighted").pools["sales"])


def test_a_factor_of_the_average_is_one() -> None:
    same = Figures(10, 10, 7, 3000, 5, 2)
    assert factor(Performance(), same, Figures(*(4 * count for count in same)), 900) == 1000


# ── What a pool shares by them ───────────────────────────────────────────────────────────────────


def ruled(number: int, at: datetime, **fields: Any) -> Ruled:
    return Ruled(new_lead(f"lead{number:022d}", at, **fields), "everything else")


def test_new_factors_change_weights_and_reset_nobody() -> None:
    whole = team({"anna": 1, "bo": 2, "cy": 1})
    known = Known(factors={ALL: {"anna": 2000, "bo": 1000, "cy": 500}})
    planned = plan(active(whole), "sales", known, [ruled(n, NOW) for n in range(7)], NOW)
    assert {rep: s.weight for rep, s in planned.entry.rotation.standings.items()} == {
        "anna": 2000,
        "bo": 2000,
        "cy": 500,
    }
    before = planned.known.rotation
    credits_before = {rep: standing.credit for rep, standing in before.standings.items()}
    assert any(credits_before.values())

    refreshed = replace(planned.known, factors={ALL: {"anna": 500, "bo": 1000, "cy": 2000}})
    nothing = plan(active(whole), "sales", refreshed, [], NOW).entry.rotation
    assert {rep: standing.credit for rep, standing in nothing.standings.items()} == credits_before
    after = plan(active(whole), "sales", refreshed, [ruled(n, NOW) for n in range(7, 20)], NOW)
    weights = {"anna": 500, "bo": 2000, "cy": 2000}
    assert replayed(with_members(before, weights), after.entry) == after.entry.rotation
    assert sum(one.credit for one in after.entry.rotation.standings.values()) == 0


def test_a_leads_own_value_decides_by_which_factors_it_is_shared() -> None:
    whole = team({"anna": 1, "bo": 1}, performance={"by": "product", "ceiling": 10, "floor": "0.1"})
    of_press = {"anna": 10_000, "bo": 100}
    known = Known(factors={ALL: {"anna": 1000, "bo": 1000}, kind("press"): of_press})
    presses = [ruled(n, NOW, product="Press") for n in range(50)]
    planned = plan(active(whole), "sales", known, presses, NOW)
    assert Counter(move.change.rep for move in planned.moves)["anna"] >= 49
    assert planned.entry.weightings == ((10_000, 100),)
    others = [ruled(n, NOW, product="Saw") for n in range(50)]
    planned = plan(active(whole), "sales", known, others, NOW)
    assert set(Counter(move.change.rep for move in planned.moves).values()) == {25}


SKILL = {"ace": 0.6, "good": 0.3, "fair": 0.2, "poor": 0.1, "none": 0.0}


def days(whole: Config, number_of_days: int, a_day: int) -> tuple[Counter[str], list[Factors]]:
    """So many days of leads; each night the pool is measured. Who got how many; the factors."""
    policy = whole.pools["sales"].performance
    known, leads, got, found = Known(), [], Counter[str](), []
    for day in range(number_of_days):
        at = NOW + timedelta(days=day)
        new = [ruled(day * a_day + n, at) for n in range(a_day)]
        planned = plan(active(whole), "sales", known, new, at)
        for number, move in enumerate(planned.moves):
            rep = move.change.rep or ""
            got[rep] += 1
            leads.append(_worked(evolve(move.lead, move.change), rep, number))
        night = at + timedelta(hours=12)
        window = night - timedelta(seconds=policy.window)
        leads = [lead for lead in leads if lead.created_at >= window]
        found.append(measured(whole, "sales", leads, night))
        known = replace(planned.known, factors=found[-1])
    return got, found


def _worked(lead: Lead, rep: str, number: int) -> Lead:
    """What a rep of that skill makes of it: in eleven minutes at worst, or not at all."""
    skill, luck = SKILL[rep], (number * 37 % 100) / 100
    at = lead.created_at
    if luck >= 0.4 + skill:
        return evolve(lead, Change(Step.RECLAIMED, at + timedelta(minutes=15), rep))
    accepted_at = at + timedelta(seconds=int(660 * (1 - skill)))
    lead = evolve(lead, Change(Step.ACCEPTED, accepted_at, rep))
    if luck >= skill:
        return lead
    return evolve(lead, Change(Step.CONVERTED, at + timedelta(hours=3), rep))


def test_the_rich_get_no_richer_than_the_bounds_allow() -> None:
    """Over 2,000 leads, measured each day, who is worst still gets their floor's share."""
    members = dict.fromkeys(SKILL, 1)
    whole = team(members, performance={"floor": "0.5", "ceiling": "2"})
    got, found = days(whole, 50, 40)
    assert got.total() == 2000
    assert all(500 <= one <= 2000 for each in found for one in each[ALL].values())
    assert found[-1][ALL]["none"] == 500
    assert got["ace"] > got["good"] > got["fair"] > got["poor"] > got["none"]
    floors_share = 0.5 / (0.5 + 4 * 2)  # all the others at the ceiling
    assert all(leads >= int(2000 * floors_share) - 1 for leads in got.values())
    # And it settles: the last factors are those of ten days before, give or take a little.
    drift = [abs(found[-1][ALL][rep] - found[-11][ALL][rep]) for rep in members]
    assert max(drift) <= 150


def test_the_same_reps_without_measuring_share_equally() -> None:
    whole = team(dict.fromkeys(SKILL, 1), performance={"floor": 1, "ceiling": 1})
    got, _ = days(whole, 10, 40)
    assert set(got.values()) == {80}
