"""What waits is looked at again when that may help: all of it, and not for ever the same."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

import shared.flows.apply_config as applying
from shared.domain.config import Config
from shared.domain.leads import Lead, Step
from shared.flows import retry_waiting as retrying
from shared.flows.apply_config import apply_config
from shared.flows.pause_rep import pause_rep
from shared.flows.retry_waiting import retry_parked
from shared.flows.route_leads import route_leads
from shared.flows.sweep_deadlines import sweep_deadlines
from shared.flows.unassign_lead import reroute_lead
from shared.flows.work_lead import work_lead
from shared.store import leads as lead_store
from shared.store.routing import rotation
from tests.races.test_routing import capture
from tests.team import ALL_TO_SALES, config

MEMBERS = {"anna": 1, "bo": 1}
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
OFFICE = {"office": {"week": [{"days": WEEKDAYS, "start": "08:00", "end": "17:00"}]}}


def places(leads: list[Lead]) -> Counter[str | None]:
    return Counter(lead.place for lead in lead_store.get_many(lead.lead_id for lead in leads))


def waiting(around: Any, team: Any, count: int, **fields: Any) -> list[Lead]:
    apply_config(team, around)
    leads = capture(around, count, **fields)
    route_leads(leads, around)
    return leads


def two_pools(**other: Any) -> Any:
    return config(
        MEMBERS,
        more={
            "pools": {"sales": {"members": MEMBERS}, "other": {"members": MEMBERS, **other}},
            "rules": [{"name": "x", "when": {"product": "x"}, "pool": "other"}, *ALL_TO_SALES],
        },
    )


@pytest.mark.parametrize("strategy", ["open", "manual"])
def test_all_leads_of_a_pool_that_is_gone_go_where_the_rules_say_now(
    table: str, around: Any, strategy: str
) -> None:
    """Also when they only lie open there again, and more of them than are read at once."""
    leads = waiting(around, two_pools(strategy=strategy), 130, product="x")
    apply_config(config(MEMBERS, strategy="open"), around)
    assert places(leads) == {"open#sales": 130}


def test_open_leads_do_not_stay_open_in_a_pool_that_is_not(table: str, around: Any) -> None:
    leads = waiting(around, config(MEMBERS, strategy="open"), 130)
    limits = {rep: {"holding_limit": 10} for rep in MEMBERS}
    apply_config(config(MEMBERS, limits=limits), around)
    assert places(leads) == {"rep#anna": 10, "rep#bo": 10, "parked#sales": 110}


def test_the_sweep_goes_on_where_apply_died(
    table: str, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = waiting(around, config(MEMBERS, strategy="open"), 3)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(applying, "look_again", die)
        with pytest.raises(KeyboardInterrupt):
            apply_config(config(MEMBERS), around)
    assert places(leads) == {"open#sales": 3}
    assert sweep_deadlines(around, lambda: True).unparked == 3
    assert "open#sales" not in places(leads)


def test_what_is_parked_keeps_no_other_from_being_looked_at_again(
    table: str, around: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the first pool more is parked than a sweep has time for; in the second one is stuck."""

    def team(strategy: str) -> Any:
        whole = two_pools(strategy=strategy).model_dump(mode="json")
        for rep in whole["reps"].values():
            rep["holding_limit"] = 0
        return Config.model_validate(whole)

    monkeypatch.setattr(applying, "look_again", lambda *_: None)  # whoever applies it dies
    apply_config(team("manual"), around)
    route_leads(capture(around, 101), around)
    (stuck,) = capture(around, 1, product="x")
    route_leads([stuck], around)
    assert places([stuck]) == {"stuck#other": 1}
    apply_config(team("open"), around)
    # Time for both pools' own parked leads, for the one that is stuck, and for a page more.
    time = iter(range(4))
    swept = sweep_deadlines(around, lambda: next(time, None) is not None)
    assert places([stuck]) == {"open#other": 1}
    assert (swept.counted, swept.parked, swept.finished) == (True, 101, False)
    assert sweep_deadlines(around, lambda: True).finished


def test_the_same_configuration_again_offers_nothing_again(
    table: str, around: Any, clock: Any
) -> None:
    """Nor does another one that leaves the pool as it was: whom nobody wanted is a manager's."""
    team = config(MEMBERS, strategy="shotgun")
    (lead,) = waiting(around, team, 1)
    clock.turn(minutes=31)
    sweep_deadlines(around, lambda: True)
    assert places([lead]) == {"stuck#sales": 1}
    more = {"more": {"forms": {"website": {"name": "Another"}}}}
    for version, again in ((1, team), (2, config(MEMBERS, strategy="shotgun", **more))):
        assert apply_config(again, around).version == version
        clock.turn(minutes=31)
        sweep_deadlines(around, lambda: True)
    steps = [change.step for change in lead_store.get(lead.lead_id).log]
    assert steps == [Step.CAPTURED, Step.OPENED, Step.PARKED]


def test_heavy_leads_do_not_keep_a_light_one_from_a_rep_with_room(
    table: str, around: Any, clock: Any
) -> None:
    grades = [{"name": "heavy", "when": {"product": "big"}, "points": 3}]
    team = config(
        MEMBERS, limits={r: {"holding_points": 3} for r in MEMBERS}, more={"grades": grades}
    )
    first = waiting(around, team, 6)
    clock.turn(seconds=1)
    route_leads(capture(around, 100, product="big"), around)
    clock.turn(seconds=1)
    light = capture(around, 1)
    route_leads(light, around)
    for step in (Step.ACCEPTED, Step.LOST):
        work_lead(first[0].lead_id, step, around, by="api")
    retry_parked("sales", around)
    assert light[0].lead_id in {
        lead.lead_id for lead in lead_store.get_many([light[0].lead_id]) if lead.owner
    }


def test_those_behind_many_that_find_nobody_have_their_turn(
    table: str, around: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty who speak Swedish wait for anna; bo, who speaks Danish, is free again."""
    monkeypatch.setattr(retrying, "PARKED_AT_MOST", 20)
    monkeypatch.setattr(retry_parked, "__kwdefaults__", {"most": 20})
    limits: dict[str, dict[str, Any]] = {
        "anna": {"skills": {"language": ["sv"]}, "holding_limit": 0},
        "bo": {"skills": {"language": ["da"]}, "holding_limit": 0},
    }
    match = [{"field": "language"}]
    waiting(around, config(MEMBERS, limits=limits, match=match), 40, language="sv")
    clock.turn(seconds=5)
    danes = capture(around, 3, language="da")
    route_leads(danes, around)
    del limits["bo"]["holding_limit"]
    monkeypatch.setattr(applying, "look_again", lambda *_: None)
    apply_config(config(MEMBERS, limits=limits, match=match), around)
    for _ in range(60):
        retry_parked("sales", around)
    assert places(danes) == {"rep#bo": 3}


def test_night_leads_for_which_nobody_was_on_duty_come_back_in_the_morning(
    table: str, around: Any, clock: Any
) -> None:
    team = config(
        MEMBERS,
        limits={"anna": {"hours": "office"}, "bo": {"holding_limit": 0}},
        more={
            "hours": OFFICE,
            "pools": {
                "sales": {"members": {"anna": 1}, "duty_pool": "night"},
                "night": {"members": {"bo": 1}},
            },
        },
    )
    apply_config(team, around)
    clock.turn(hours=10)
    leads = capture(around, 2)
    route_leads(leads, around)
    assert places(leads) == {"parked#night": 2}
    clock.turn(hours=14, minutes=30)
    sweep_deadlines(around, lambda: True)
    assert places(leads) == {"rep#anna": 2}


# ── On duty ──────────────────────────────────────────────────────────────────────────────────────


def on_duty(reps: dict[str, Any], *, duty_limit: int | None = 0, **pools: Any) -> Any:
    """Leads are for `sales`: anna, and cy who works at office hours; bo is on duty."""
    return config(
        {"anna": 1, "bo": 1, "cy": 1, "dee": 1},
        limits={"bo": {"holding_limit": duty_limit}, "cy": {"hours": "office"}, **reps},
        more={
            "hours": {**OFFICE, "evening": {"week": [{"start": "17:00", "end": "23:00"}]}},
            "pools": {
                "sales": {"members": {"anna": 1, "cy": 1}, "duty_pool": "night"},
                "night": {"members": {"bo": 1}},
                **pools,
            },
        },
    )


def at_night(team: Any, around: Any, clock: Any, *, pause: Iterable[str]) -> Lead:
    apply_config(team, around)
    for rep in pause:
        pause_rep(rep, around, paused=True)
    clock.turn(hours=10)
    (lead,) = capture(around, 1)
    route_leads([lead], around)
    return lead


def sweep(around: Any, clock: Any, minutes: int) -> None:
    for _ in range(minutes):
        clock.turn(minutes=1)
        sweep_deadlines(around, lambda: True)


@pytest.mark.parametrize("anna", [{"active": False}, {}], ids=["switched off", "paused"])
def test_a_lead_on_duty_does_not_go_to_and_fro(
    table: str, around: Any, clock: Any, anna: dict[str, Any]
) -> None:
    """Who has no hours is always on shift, but not there when they are paused or have left."""
    lead = at_night(on_duty({"anna": anna}), around, clock, pause=() if anna else ("anna",))
    assert places([lead]) == {"parked#night": 1}
    turns = [rotation(pool) for pool in ("sales", "night")]
    sweep(around, clock, 5)
    now = lead_store.get(lead.lead_id)
    assert [change.step for change in now.log] == [Step.CAPTURED, Step.PASSED, Step.PARKED]
    assert [rotation(pool) for pool in ("sales", "night")] == turns
    apply_config(on_duty({"anna": anna}, duty_limit=None), around)
    assert places([lead]) == {"rep#bo": 1}


def test_a_lead_on_duty_comes_back_when_a_break_ends(table: str, around: Any, clock: Any) -> None:
    lead = at_night(on_duty({}), around, clock, pause=("anna",))
    sweep(around, clock, 2)
    assert places([lead]) == {"parked#night": 1}
    pause_rep("anna", around, paused=False)
    sweep(around, clock, 1)
    assert places([lead]) == {"rep#anna": 1}


def test_nor_does_one_that_who_takes_a_break_has_declined(
    table: str, around: Any, clock: Any
) -> None:
    """It waits on duty for somebody new, and managers hear of it once."""
    lead = at_night(on_duty({}), around, clock, pause=())
    assert places([lead]) == {"rep#anna": 1}
    work_lead(lead.lead_id, Step.DECLINED, around, by="anna")
    for _ in range(3):
        pause_rep("anna", around, paused=True)
        sweep(around, clock, 2)
        pause_rep("anna", around, paused=False)
        sweep(around, clock, 2)
    now = lead_store.get(lead.lead_id)
    assert [change.step for change in now.log if change.to] == [Step.PASSED]
    clock.turn(hours=14)
    sweep(around, clock, 1)
    assert places([lead]) == {"rep#cy": 1}


def test_a_lead_that_went_on_twice_comes_back_to_the_first_that_is_at_work(
    table: str, around: Any, clock: Any
) -> None:
    """Nobody of the first is there, nor of the second; the third is full. Then cy's day begins."""
    team = on_duty(
        {"anna": {"active": False}, "bo": {"hours": "evening"}, "dee": {"holding_limit": 0}},
        night={"members": {"bo": 1}, "duty_pool": "last"},
        last={"members": {"dee": 1}},
    )
    apply_config(team, around)
    clock.turn(hours=15)
    (lead,) = capture(around, 1)
    route_leads([lead], around)
    assert places([lead]) == {"parked#last": 1}
    clock.turn(hours=9)
    sweep(around, clock, 1)
    assert places([lead]) == {"rep#cy": 1}


def test_a_lead_is_where_a_manager_has_sent_it(table: str, around: Any, clock: Any) -> None:
    """Though it has been there before by itself, and its own pool is at work."""
    lead = at_night(on_duty({"anna": {"active": False}}), around, clock, pause=())
    clock.turn(hours=14, minutes=10)
    why = "off_hours"  # in a manager's words it means nothing
    reroute_lead(lead.lead_id, around, by="manager#maria", pool_id="night", reason=why)
    sweep(around, clock, 3)
    assert places([lead]) == {"parked#night": 1}


def test_a_pool_that_a_lead_came_from_another_time_does_not_call_it_back(
    table: str, around: Any, clock: Any
) -> None:
    """The rules name another one by now, and nobody of that is there."""
    reps = {"anna": {"active": False}, "dee": {"hours": "evening"}}
    late = {"late": {"members": {"dee": 1}, "duty_pool": "night"}}
    lead = at_night(on_duty(reps, **late), around, clock, pause=())
    clock.turn(hours=14, minutes=10)
    other = on_duty(reps, **late).model_dump(mode="json")
    other["rules"] = [{"name": "all", "pool": "late"}]
    apply_config(Config.model_validate(other), around)
    known = len(lead_store.get(lead.lead_id).log)
    sweep(around, clock, 3)
    now = lead_store.get(lead.lead_id)
    assert (now.place, len(now.log)) == ("parked#night", known)


# ── Behind many ──────────────────────────────────────────────────────────────────────────────────

NORDIC = [{"name": "x", "when": {"product": "x"}, "pool": "other"}]
BY_DAY = [{"name": "x", "when": {"product": "x", "during": "office"}, "pool": "other"}]


def behind_many(around: Any, clock: Any) -> Lead:
    """A hundred wait, and one that is not like them."""
    route_leads(capture(around, 100), around)
    clock.turn(seconds=1)
    (lead,) = capture(around, 1, product="x")
    route_leads([lead], around)
    return lead


def team_of(rules: list[Any], **pools: Any) -> Any:
    return config(
        MEMBERS,
        limits={"bo": {"holding_limit": 0}, "anna": {"hours": "office"}},
        more={
            "hours": OFFICE,
            "pools": {"sales": {"members": {"bo": 1}}, "other": {"members": {"anna": 1}}, **pools},
            "rules": [*rules, *ALL_TO_SALES],
        },
    )


def require_found_in_the_morning(around: Any, clock: Any) -> None:
    clock.turn(hours=10)  # in the evening
    lead = behind_many(around, clock)
    assert places([lead]) == {"parked#sales": 1}
    clock.turn(hours=14, minutes=30)
    sweep(around, clock, 1)
    assert places([lead]) == {"rep#anna": 1}


def test_a_new_rule_is_for_those_behind_many_too(table: str, around: Any, clock: Any) -> None:
    apply_config(team_of([]), around)
    lead = behind_many(around, clock)
    assert places([lead]) == {"parked#sales": 1}
    apply_config(team_of(NORDIC), around)
    assert places([lead]) == {"rep#anna": 1}


def test_a_rule_for_some_hours_is_for_those_behind_many_too(
    table: str, around: Any, clock: Any
) -> None:
    apply_config(team_of(BY_DAY), around)
    require_found_in_the_morning(around, clock)


def test_a_score_for_some_hours_is_for_those_behind_many_too(
    table: str, around: Any, clock: Any
) -> None:
    by_score = team_of([{"name": "x", "when": {"score": {"from": 10}}, "pool": "other"}])
    whole = by_score.model_dump(mode="json")
    whole["score"] = {"points": [{"when": {"product": "x", "during": "office"}, "points": 10}]}
    apply_config(Config.model_validate(whole), around)
    require_found_in_the_morning(around, clock)


def test_who_was_passed_to_a_full_duty_pool_comes_back_from_behind_many(
    table: str, around: Any, clock: Any
) -> None:
    apply_config(
        team_of(NORDIC, other={"members": {"anna": 1}, "duty_pool": "sales"}),
        around,
    )
    require_found_in_the_morning(around, clock)


# ── Why ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_still_waits_an_hour_into_the_shift_waits_for_another_reason(
    table: str, around: Any, clock: Any
) -> None:
    """Of what comes overnight nobody is told; of what waits by day managers are, and once.

    It is anna's shift. Bo has left and cy has a break, and neither has any hours.
    """
    limits: dict[str, Any] = {"anna": {"hours": "office", "holding_limit": 0}}
    limits |= {"bo": {"active": False}}
    team = config(dict.fromkeys(["anna", "bo", "cy"], 1), limits=limits, more={"hours": OFFICE})
    apply_config(team, around)
    pause_rep("cy", around, paused=True)
    clock.turn(hours=10)
    leads = capture(around, 130)
    route_leads(leads, around)

    def reasons() -> Counter[tuple[str | None, ...]]:
        found = lead_store.get_many(lead.lead_id for lead in leads)
        return Counter(tuple(change.reason for change in lead.log[1:]) for lead in found)

    clock.turn(hours=13, minutes=10)  # eight, and ten minutes
    sweep(around, clock, 1)
    assert reasons() == {("off_hours",): 130}
    clock.turn(hours=1)
    swept = sweep_deadlines(around, lambda: True)
    assert (swept.unparked, swept.parked) == (0, 130)
    assert reasons() == {("off_hours", "at_limits"): 130}
    for hours in (0, 24, 12):
        clock.turn(hours=hours)
        sweep(around, clock, 2)
    assert reasons() == {("off_hours", "at_limits"): 130}


def overnight(around: Any, clock: Any) -> Lead:
    """A lead that came when the office was closed, at seven the next morning."""
    limits = {rep: {"hours": "office"} for rep in MEMBERS}
    lead = at_night(config(MEMBERS, limits=limits, more={"hours": OFFICE}), around, clock, pause=())
    clock.turn(hours=12)
    sweep(around, clock, 1)
    assert why(lead) == ["off_hours"]
    return lead


def why(lead: Lead) -> list[str | None]:
    """Why it has waited, from one record to the next."""
    return [change.reason for change in lead_store.get(lead.lead_id).log[1:]]


def test_that_all_of_a_shift_take_a_break_is_no_lack_of_hours(
    table: str, around: Any, clock: Any
) -> None:
    """Managers are told as they are by day, once, and not in any of the next nights."""
    lead = overnight(around, clock)
    for rep in MEMBERS:
        pause_rep(rep, around, paused=True)
    clock.turn(minutes=90)  # half past eight
    sweep(around, clock, 1)
    assert why(lead) == ["off_hours"]
    for hours in (1, 12, 12, 12):
        clock.turn(hours=hours)
        sweep(around, clock, 2)
        assert why(lead) == ["off_hours", "nobody_available"]


def test_a_break_of_one_while_another_is_off_for_the_day_is_still_their_hours(
    table: str, around: Any, clock: Any
) -> None:
    limits: dict[str, Any] = {rep: {"hours": "office"} for rep in MEMBERS}
    limits["bo"]["away"] = [{"first": "2026-03-01", "last": "2026-03-09"}]
    team = config(MEMBERS, limits=limits, more={"hours": OFFICE})
    lead = at_night(team, around, clock, pause=("anna",))
    for _ in range(4):
        clock.turn(hours=12)
        sweep(around, clock, 1)
    assert why(lead) == ["off_hours"]


def test_who_has_left_is_not_waited_for(table: str, around: Any, clock: Any) -> None:
    lead = overnight(around, clock)
    limits = {rep: {"active": False} for rep in MEMBERS}
    apply_config(config(MEMBERS, limits=limits), around)
    for _ in range(4):
        sweep(around, clock, 1)
        clock.turn(hours=12)
    assert why(lead) == ["off_hours", "nobody_available"]


# ── Hours ────────────────────────────────────────────────────────────────────────────────────────


def test_hours_of_many_pools_can_be_changed(table: str, around: Any) -> None:
    """More pools than one transaction can fence."""

    def team(end: str) -> Any:
        pools = {f"p{n}": {"members": MEMBERS} for n in range(110)}
        hours = {"office": {"week": [{"end": end}]}}
        limits = {"anna": {"hours": "office"}}
        more = {"pools": {"sales": {"members": MEMBERS}, **pools}, "hours": hours}
        return config(MEMBERS, limits=limits, more=more)

    apply_config(team("17:00"), around)
    assert len(apply_config(team("18:00"), around).changed_pools) == 111


def test_hours_that_a_pool_does_not_use_do_not_touch_its_ledger(table: str, around: Any) -> None:
    def team(end: str) -> Any:
        hours = {"office": {"week": [{"end": "17:00"}]}, "else": {"week": [{"end": end}]}}
        return config(MEMBERS, limits={"anna": {"hours": "office"}}, more={"hours": hours})

    apply_config(team("17:00"), around)
    assert apply_config(team("18:00"), around).changed_pools == []
