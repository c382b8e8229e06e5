"""The parts of the soak that need no cloud: above all, that its verdict sees what is wrong."""

import json
import math
from collections import Counter
from typing import Any

import pytest

from shared.flows.apply_config import apply_config
from shared.surroundings import real
from tests.soak.clients import Trouble
from tests.soak.day import SOURCES, arrivals
from tests.soak.figures import by_halves, percentile, percentiles, reach, slope, waiting
from tests.soak.kills import Kill
from tests.soak.reps import Mailed
from tests.soak.senders import Sent
from tests.soak.team import CHANGES, document, read
from tests.soak.verdict import Evidence, explained, verdict
from tests.team import config

DAY = 1200.0


# ── Arrivals ─────────────────────────────────────────────────────────────────────────────────────


def test_the_same_seed_is_the_same_day() -> None:
    assert arrivals(300, DAY, 7) == arrivals(300, DAY, 7)
    assert arrivals(300, DAY, 7) != arrivals(300, DAY, 8)


def test_all_come_within_the_day_in_order() -> None:
    found = arrivals(2000, DAY, 1)
    assert [one.number for one in found] == list(range(2000))
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert found[0].at >= 0
    assert found[-1].at < DAY
    assert {one.source for one in found} == set(SOURCES)


def test_a_day_has_a_quiet_night_and_an_evening_with_bursts() -> None:
    by_hour = Counter(int(one.at * 24 / DAY) for one in arrivals(20_000, DAY, 1))
    campaign = Counter(
        round(one.at * 48 / DAY) / 2
        for one in arrivals(20_000, DAY, 1)
        if one.source == "campaign page"
    )
    assert by_hour[9] > 3 * by_hour[3]
    assert campaign[20.0] > 3 * campaign[19.0]


# ── Figures ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("at", "value"), [(50, 50), (95, 95), (99, 99), (100, 100), (0, 1)])
def test_a_percentile_is_a_value_that_was_measured(at: float, value: int) -> None:
    assert percentile(list(range(100, 0, -1)), at) == value


def test_nothing_has_no_percentile() -> None:
    assert math.isnan(percentile([], 50))


def test_percentiles_over_time_leave_out_what_has_nothing() -> None:
    found = percentiles([(1, 5.0), (2, 7.0), (25, 1.0)], 10)
    assert found["p50"] == [(5.0, 5.0), (25.0, 1.0)]
    assert found["p99"] == [(5.0, 7.0), (25.0, 1.0)]


def test_a_reach_knows_what_stands_while_nothing_changes() -> None:
    anna, bo = [(1, 0.5), (25, -0.5)], [(2, -0.25)]
    assert reach([anna, bo], 10, 40) == [
        (0, -0.25, 0.5),
        (10, -0.25, 0.5),
        (20, -0.5, 0.5),
        (30, -0.5, -0.25),
    ]


def test_a_slope_is_per_unit() -> None:
    assert slope([(0, 1), (10, 21), (20, 41)]) == pytest.approx(2)
    assert slope([(5, 1)]) == slope([(5, 1), (5, 9)]) == 0


def test_growth_is_by_what_is_done_not_by_time() -> None:
    # One thing a second, then ten: two kilobytes each, however fast they come.
    done = [*range(100), *(100 + n / 10 for n in range(100))]
    steady = [(at, 2.0 * sum(moment <= at for moment in done)) for at in range(110)]
    assert by_halves(done, steady) == (pytest.approx(2), pytest.approx(2))
    leaking = [(at, value + max(0, at - 100) * 30) for at, value in steady]
    first, second = by_halves(done, leaking)
    assert (first, second) == (pytest.approx(2), pytest.approx(5))


def test_what_waits_is_counted_at_each_moment() -> None:
    assert waiting([(0.5, 2.5), (1.5, 2.2)], 1, 3) == [(0, 0), (1, 1), (2, 2), (3, 0)]


# ── The team ─────────────────────────────────────────────────────────────────────────────────────


def test_the_team_can_be_applied_before_and_after_each_change() -> None:
    said = document(600, "http://127.0.0.1:1")
    read(said)
    for _, _, change in CHANGES:
        before = read(said)
        change(said)
        assert read(said) != before


# ── The verdict ──────────────────────────────────────────────────────────────────────────────────

TEAM = config({"anna": 1, "bo": 1})


@pytest.fixture
def evidence(world: Any) -> Evidence:
    """Two leads of a small team, captured, routed and mailed, and their senders were told so."""
    apply_config(TEAM, real())
    bodies = [b'{"email": "ada@example.com"}', b'{"email": "bea@example.com"}']
    answers = [world.post(body, f"key-{n}") for n, body in enumerate(bodies)]
    world.route()
    world.alert()
    ids = [json.loads(answer["body"])["lead_id"] for answer in answers]
    mails = [
        Mailed(0.0, mail["To"][0].partition("@")[0], "New lead", lead_id)
        for mail in world.mails()
        for lead_id in ids
        if lead_id in mail["BodyText"]
    ]
    return Evidence([sent(n, one) for n, one in enumerate(ids)], world.items(), TEAM, mails)


def sent(number: int, *lead_ids: str, **more: Any) -> Sent:
    return Sent("form as JSON", number, 0, 100, 101, 201, 1, list(lead_ids), **more)


def broken(evidence: Evidence) -> set[str]:
    return {promise.what for promise in verdict(evidence) if promise.broken}


def the_lead(evidence: Evidence, lead_id: str) -> dict[str, Any]:
    (item,) = (
        item
        for item in evidence.items
        if item["kind"]["S"] == "lead" and item["pk"]["S"] == f"lead#{lead_id}"
    )
    return item


def test_a_day_in_order_breaks_nothing(evidence: Evidence) -> None:
    assert broken(evidence) == set()
    checked = {promise.what: promise.checked for promise in verdict(evidence)}
    assert checked["a 2xx is one durable lead"] == 2
    assert checked["every assignment is alerted"] == 2


def test_a_lead_that_is_gone_is_missed(evidence: Evidence) -> None:
    evidence.items.remove(the_lead(evidence, evidence.sent[0].lead_ids[0]))
    assert {"a 2xx is one durable lead", "the books are in order"} <= broken(evidence)


def test_a_lead_that_is_there_twice_is_found(evidence: Evidence) -> None:
    lead_id = evidence.sent[0].lead_ids[0]
    another = lead_id[:-1] + ("y" if lead_id.endswith("x") else "x")
    copy = {**the_lead(evidence, lead_id), "pk": {"S": f"lead#{another}"}}
    evidence.items.append(copy)
    assert "no lead is there twice" in broken(evidence)


def test_two_senders_with_one_lead_are_found(evidence: Evidence) -> None:
    evidence.sent[1].lead_ids = evidence.sent[0].lead_ids
    assert "no lead is there twice" in broken(evidence)


def test_a_repeat_that_made_another_lead_is_found(evidence: Evidence) -> None:
    evidence.sent[0].again = [evidence.sent[1].lead_ids]
    assert "a repeat is the same lead" in broken(evidence)


@pytest.mark.parametrize("code", ["duplicate", "screened", "cap_reached"])
def test_an_answer_that_says_something_else_is_found(evidence: Evidence, code: str) -> None:
    evidence.sent[0].code = code
    assert "the answer says what is stored" in broken(evidence)


def test_a_mail_that_never_went_out_is_missed(evidence: Evidence) -> None:
    gone = evidence.mails.pop()
    assert "every assignment is alerted" in broken(evidence)
    evidence.mails.append(gone)
    evidence.items[:] = [item for item in evidence.items if item["kind"]["S"] != "alert"]
    assert "every assignment is alerted" in broken(evidence)


def test_leads_that_go_before_their_reps_hear_of_them_are_found(evidence: Evidence) -> None:
    alert = next(item for item in evidence.items if item["kind"]["S"] == "alert")
    alert["done"] = {"L": [{"S": "mail"}, {"S": "no mail"}]}
    evidence.mails = [mail for mail in evidence.mails if f"lead#{mail.lead_id}" != alert["pk"]["S"]]
    assert broken(evidence) == {"reps hear before a lead is gone again"}


def test_a_mail_too_many_needs_a_kill(evidence: Evidence) -> None:
    evidence.mails.append(evidence.mails[0])
    assert "every assignment is alerted" in broken(evidence)
    evidence.kills = [Kill(100.5, "alerts", 1, under_a_request=True)]
    assert broken(evidence) == set()


def test_a_lead_that_nobody_routed_is_found(evidence: Evidence, world: Any) -> None:
    answer = json.loads(world.post(b'{"email": "cyd@example.com"}', "key-9")["body"])
    evidence.items = world.items()
    evidence.sent.append(sent(9, answer["lead_id"]))
    assert broken(evidence) == {"every lead is routed or visibly parked"}


def test_an_error_needs_a_kill_of_that_very_function_at_that_very_time(evidence: Evidence) -> None:
    evidence.trouble = [Trouble("capture", 100, 101, 502, "")]
    assert broken(evidence) == {"no 5xx but by a kill"}
    for kill in (
        Kill(100.5, "desk", 1, under_a_request=True),
        Kill(102, "capture", 1, under_a_request=True),
    ):
        assert not explained(evidence.trouble[0], [kill])
    evidence.kills = [Kill(100.5, "capture", 1, under_a_request=True)]
    assert broken(evidence) == set()


def test_dead_letters_need_a_kill_each(evidence: Evidence) -> None:
    evidence.dead_letters = {"deliver": 1, "routing": 0}
    assert broken(evidence) == {"dead letters are a kill's"}
    evidence.kills = [Kill(1, "deliver", 1, under_a_request=False)]
    assert broken(evidence) == set()


def test_what_does_not_become_quiet_is_told(evidence: Evidence) -> None:
    evidence.left = {"leads are overdue": 2}
    assert broken(evidence) == {"it becomes quiet"}
