"""A channel that several name hears of a change once; and nobody hears what is over again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.config import Config
from shared.domain.leads import Change, Lead, Step, replay
from shared.domain.notices import Told, is_still_so, is_told_anyway, told_of, told_once
from tests.team import config

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
CHANNELS = {
    "chat": {"kind": "slack"},
    "teams": {"kind": "teams"},
    "phones": {"kind": "sms"},
    "crm": {"kind": "webhook", "url": "https://crm.example.com/x"},
    "feed": {"kind": "topic", "topic_arn": "arn:aws:sns:us-east-1:123456789012:leadwheel-x"},
}
NINE_TO_TEN = [{"start": "09:00", "end": "10:00"}]


def line(channel: str, **more: Any) -> dict[str, Any]:
    return {"channel": channel, "on": ["opened"], **more}


def team(*pool: str, anna: Any = (), bo: Any = (), quiet: Any = ()) -> Config:
    """Who names what; `quiet` is anna's."""
    of_anna = {"alerts": [*anna], "quiet": [*quiet], "phone": "+46701740605"}
    return config(
        {"anna": 1, "bo": 1},
        limits={"anna": of_anna, "bo": {"alerts": [*bo], "phone": "+46701740606"}},
        more={"channels": CHANNELS},
        notify=[line(channel) for channel in pool],
    )


def lead(*log: Change) -> Lead:
    return replay("l" * 26, "form#website", {"name": "Ada"}, [Change(Step.CAPTURED, AT), *log])


OFFERED = lead(Change(Step.OPENED, AT, pool="sales", offered=("anna", "bo")))


def told(of: Config) -> list[tuple[str, str | None]]:
    every = told_of(of, lead(), OFFERED)
    return [(one.channel, one.rep) for one in told_once(of, every, OFFERED)]


@pytest.mark.parametrize("channel", ["chat", "teams", "crm", "feed"])
def test_what_a_pool_and_its_reps_name_hears_once(channel: str) -> None:
    both = {"anna": [line(channel)], "bo": [line(channel)]}
    assert told(team(channel, **both)) == [(channel, None)]
    assert told(team(**both)) == [(channel, "anna")]


def test_each_has_a_phone_of_their_own() -> None:
    both = {"anna": [line("phones")], "bo": [line("phones")]}
    assert told(team(**both)) == [("phones", "anna"), ("phones", "bo")]


def test_whoever_may_hear_first_does() -> None:
    """One of them says later, or is quiet."""
    assert told(team(anna=[line("chat", after="5m")], bo=[line("chat")])) == [("chat", "bo")]
    quiet = {"anna": [line("chat")], "bo": [line("chat", after="2m")], "quiet": NINE_TO_TEN}
    assert told(team(**quiet)) == [("chat", "bo")]


def test_what_something_else_stands_in_for_is_told_by_itself() -> None:
    of = team("chat", anna=[line("chat"), line("phones", when_fails="chat")], bo=[line("chat")])
    assert told(of) == [("chat", None), ("chat", "anna")]


def test_nothing_stands_in_where_they_hear_anyway() -> None:
    stands_in = [line("crm"), line("chat", when_fails="crm")]
    for pool, anyway in ((["chat"], True), ([], False)):
        of = team(*pool, anna=stands_in)
        every = told_of(of, lead(), OFFERED)
        assert is_told_anyway(of, every, Told("chat", "anna")) is anyway
    phones = [line("crm"), line("phones", when_fails="crm")]
    of = team(anna=phones, bo=[line("phones")])
    assert not is_told_anyway(of, told_of(of, lead(), OFFERED), Told("phones", "anna"))


# ── Over again ───────────────────────────────────────────────────────────────────────────────────


def given(rep: str, at: datetime = AT) -> Change:
    return Change(Step.ASSIGNED, at, rep=rep, pool="sales")


@pytest.mark.parametrize("step", [Step.UNASSIGNED, Step.RECLAIMED, Step.LAPSED, Step.REROUTED])
def test_who_has_a_lead_again_does_not_hear_that_they_lost_it(step: Step) -> None:
    accepted = [Change(Step.ACCEPTED, AT, rep="anna")] if step is Step.LAPSED else []
    log = (given("anna"), *accepted, Change(step, AT, rep="anna", pool="sales"))
    lost = lead(*log)
    assert is_still_so(lost, lost, "anna")
    assert is_still_so(lost, lead(*log, given("bo", LATER)), "anna")
    again = lead(*log, given("anna", LATER))
    assert not is_still_so(lost, again, "anna")
    assert is_still_so(lost, again)  # the pool may hear


def test_nor_does_who_has_noted_something_that_the_lead_waits() -> None:
    log = (given("anna"), Change(Step.REMINDED, AT, rep="anna"))
    for by, so in (("anna", False), ("manager#lena", True)):
        noted = lead(*log, Change(Step.NOTED, LATER, rep="anna", by=by, reason="calling"))
        assert is_still_so(lead(*log), noted, "anna") is so
