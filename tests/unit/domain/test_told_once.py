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


def given(rep: str, at: datetime = AT) -> Change:
    return Change(Step.ASSIGNED, at, rep=rep, pool="sales")


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
        assert heard_anyway(team(*pool, anna=stands_in), "chat") is anyway
    phones = [line("crm"), line("phones", when_fails="crm")]
    assert not heard_anyway(team(anna=phones, bo=[line("phones")]), "phones")


def heard_anyway(of: Config, channel: str, now: datetime = AT) -> bool:
    every = told_of(of, lead(), OFFERED)
    return is_told_anyway(of, every, Told(channel, "anna"), OFFERED, now)


def test_a_chain_goes_on_where_they_hear_anyway() -> None:
    """It is told by itself there: whether the other one arrives starts nothing."""
    chain = [line("crm"), line("chat", when_fails="crm"), line("phones", when_fails="chat")]
    assert not heard_anyway(team("chat", anna=chain), "chat")


def test_nobody_hears_anyway_through_who_is_quiet_still() -> None:
    stands_in = [line("crm"), line("chat", when_fails="crm")]
    of = team(anna=[line("chat")], bo=stands_in, quiet=NINE_TO_TEN)
    every, bos = told_of(of, lead(), OFFERED), Told("chat", "bo")
    assert not is_told_anyway(of, every, bos, OFFERED, LATER)
    assert is_told_anyway(of, every, bos, OFFERED, AT.replace(hour=10))


def test_what_waits_for_the_owner_is_not_told_to_who_had_it() -> None:
    """Where both read the same chat, the line of the one would stand for that of the other."""
    of = team(
        anna=[line("chat", on=["assigned"], after="2m")],
        bo=[line("chat", on=["assigned"], after="5m")],
    )
    before, after = lead(given("anna")), lead(given("anna"), given("bo", LATER))
    every = told_of(of, before, after)
    assert told_once(of, every, after) == [Told("chat", "bo")]
    assert told_of(of, lead(), OFFERED) == {}
    offered = team(anna=[line("chat", after="2m")])
    assert list(told_of(offered, lead(), OFFERED)) == [Told("chat", "anna")]


def test_who_is_switched_off_hears_nothing() -> None:
    of = team(anna=[line("phones")], bo=[line("phones")])
    anna = of.reps["anna"].model_copy(update={"active": False})
    off = of.model_copy(update={"reps": {**of.reps, "anna": anna}})
    assert told(off) == [("phones", "bo")]


# ── Over again ───────────────────────────────────────────────────────────────────────────────────


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
    for by, so in (("anna", False), ("manager#lena", True), ("bo", True)):
        noted = lead(*log, Change(Step.NOTED, LATER, rep="anna", by=by, reason="calling"))
        assert is_still_so(lead(*log), noted, "anna") is so
