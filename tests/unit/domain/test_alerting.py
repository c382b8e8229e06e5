"""When a rep hears of something: at once, later, in place of another channel; and when not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.channels import MAIL
from shared.domain.config import Config
from shared.domain.leads import Change, Lead, Step, has_acted_since, replay
from shared.domain.notices import Manner, Told, still_waits, told_at, told_of
from tests.team import config

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
KINDS = {"chat": "slack", "phones": "sms", "teams": "teams", "crm": "webhook"}


def team(*alerts: dict[str, Any], **anna: Any) -> Config:
    channels: dict[str, dict[str, Any]] = {name: {"kind": kind} for name, kind in KINDS.items()}
    channels["crm"]["url"] = "https://crm.example.com/x"
    return config(
        {"anna": 1, "bo": 1},
        limits={"anna": {"alerts": alerts, "phone": "+46701740605", **anna}},
        more={"channels": channels},
    )


def line(channel: str, *on: str, **more: Any) -> dict[str, Any]:
    return {"channel": channel, "on": on or ["assigned"], **more}


def lead(*log: Change) -> Lead:
    return replay("l" * 26, "form#website", {"name": "Ada"}, [Change(Step.CAPTURED, AT), *log])


def given(rep: str = "anna", at: datetime = AT) -> Change:
    return Change(Step.ASSIGNED, at, rep=rep, pool="sales")


def manners(*alerts: dict[str, Any]) -> dict[str, Manner]:
    told = told_of(team(*alerts), lead(), lead(given()))
    return {one.channel: manner for one, manner in told.items()}


def test_each_channel_has_its_manner() -> None:
    alerts = (line("chat"), line("phones", after="5m"), line("teams", when_fails="chat"))
    assert manners(*alerts) == {
        "chat": Manner(0),
        "phones": Manner(300),
        "teams": Manner(None, frozenset({"chat"})),
    }


def test_a_channel_that_is_named_twice_tells_as_soon_as_either_says() -> None:
    assert manners(line("chat", after="5m"), line("chat")) == {"chat": Manner(0)}
    assert manners(line("chat"), line("chat", after="5m")) == {"chat": Manner(0)}
    twice = line("chat", after="5m"), line("chat", after="2m")
    assert manners(*twice) == {"chat": Manner(120)}
    fallbacks = line("teams"), line("chat", when_fails=MAIL), line("chat", when_fails="teams")
    assert manners(*fallbacks)["chat"] == Manner(None, frozenset({MAIL, "teams"}))


def test_what_disturbs_waits_for_the_end_of_the_quiet() -> None:
    quiet = team(quiet=[{"start": "09:03", "end": "10:00"}])
    then, ten = lead(given()), AT.replace(hour=10)
    late = Manner(300)
    assert told_at(quiet, Told("chat", "anna"), Manner(0), then, AT) == AT
    assert told_at(quiet, Told("chat", "anna"), late, then, AT) == ten
    assert told_at(quiet, Told("crm", "anna"), late, then, AT) == AT + timedelta(minutes=5)
    assert told_at(quiet, Told("chat"), late, then, AT) == AT + timedelta(minutes=5)  # the pool's
    at_five = AT + timedelta(minutes=5)
    assert told_at(quiet, Told("chat", "anna"), Manner(0), then, at_five) == ten
    assert told_at(team(), Told("chat", "anna"), late, then, AT.replace(hour=12)).hour == 12


# ── Whether it still waits ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("since", "waits"),
    [
        ([], True),
        ([Change(Step.REMINDED, AT, rep="anna")], True),
        ([Change(Step.ESCALATED, AT, rep="anna")], True),
        ([Change(Step.ENRICHED, AT, by="partner#acme", names=("phone",))], True),
        ([Change(Step.NOTED, AT, rep="anna", by="manager#maria")], True),
        ([Change(Step.NOTED, AT, rep="anna", by="anna")], False),
        ([Change(Step.ACCEPTED, AT, rep="anna")], False),
        ([Change(Step.DECLINED, AT, rep="anna")], False),
        ([Change(Step.RECLAIMED, AT, rep="anna"), given("bo")], False),
        ([Change(Step.RECLAIMED, AT, rep="anna"), given("anna")], False),
    ],
)
def test_a_lead_waits_while_its_owner_does_nothing(since: list[Change], *, waits: bool) -> None:
    then = lead(given())
    assert still_waits("anna", then, lead(given(), *since)) is waits
    assert not still_waits("bo", then, lead(given(), *since))


def test_who_tries_again_has_acted() -> None:
    """What they had done before does not count, and how far they have come is not the point."""
    log = given(), Change(Step.ACCEPTED, AT, rep="anna"), Change(Step.REMINDED, AT, rep="anna")
    then = lead(*log)
    assert not has_acted_since(then, then)
    assert has_acted_since(then, lead(*log, Change(Step.ATTEMPTED, AT, rep="anna")))


def test_an_offer_waits_for_all_whom_it_is_made() -> None:
    opened = Change(Step.OPENED, AT, pool="sales", offered=("anna", "bo"))
    assert still_waits("anna", lead(opened), lead(opened))
    assert not still_waits("carl", lead(opened), lead(opened))
    taken = Change(Step.CLAIMED, AT, rep="bo", pool="sales")
    assert not still_waits("anna", lead(opened), lead(opened, taken))


# ── What does not fit ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "alerts",
    [
        [line("phones", when_fails=MAIL)],
        [line("chat"), line("phones", when_fails="chat")],
        [line("chat", after="5m"), line("phones", when_fails="chat")],
        [line("teams", when_fails=MAIL), line("phones", when_fails="teams")],  # a chain
        [line("chat"), line("teams", when_fails="chat"), line("chat", when_fails="teams")],
        [line("chat", "assigned", "reminded"), line("phones", "reminded", when_fails="chat")],
        [line("chat", "assigned", "opened", "reminded", "accepted", after="1h")],
    ],
)
def test_what_can_come_to_be_is_taken(alerts: list[dict[str, Any]]) -> None:
    assert len(team(*alerts).reps["anna"].alerts) == len(alerts)


@pytest.mark.parametrize(
    ("alerts", "place", "told"),
    [
        ([line("chat"), line("chat", when_fails="chat")], "1.when_fails", "the channel itself"),
        ([line("chat", when_fails="phones")], "0.when_fails", "goes to phones of assigned"),
        ([line("chat", when_fails="fax")], "0.when_fails", "goes to fax of assigned"),
        ([line("chat", "accepted", when_fails=MAIL)], "0.when_fails", "is mailed of accepted"),
        (
            [line("chat", "assigned"), line("phones", "assigned", "reminded", when_fails="chat")],
            "1.when_fails",
            "goes to chat of reminded",
        ),
        (  # each waits for the other
            [line("chat", when_fails="teams"), line("teams", when_fails="chat")],
            "0.when_fails",
            "goes to teams",
        ),
        (
            [line("chat"), line("phones", after="5m"), line("phones", when_fails="chat")],
            "2.when_fails",
            "`after` it already",
        ),
        ([line("chat", "reclaimed", after="5m")], "0.after", "once it is reclaimed"),
        ([line("chat", after="5m", when_fails=MAIL)], "0", "goes with no when_fails"),
    ],
)
def test_what_never_could_is_refused(alerts: list[dict[str, Any]], place: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"alerts\.") as raised:
        team(*alerts)
    assert f"alerts.{place}" in str(raised.value)
    assert told in str(raised.value)


def test_no_channel_has_the_name_of_mail() -> None:
    with pytest.raises(ValueError, match=r"channels\.mail: is what every rep has"):
        config({"anna": 1}, more={"channels": {"mail": {"kind": "slack"}}})


def test_a_mail_that_is_not_sent_cannot_fail() -> None:
    with pytest.raises(ValueError, match="nothing is mailed of reminded"):
        team(line("phones", "reminded", when_fails=MAIL), mail_on=["assigned"])


@pytest.mark.parametrize(
    "quiet",
    [
        [{}],
        [{"start": "08:00", "end": "08:00"}],
        [{"start": "08:00", "end": "20:00"}, {"start": "20:00", "end": "08:00"}],
        [{"start": "08:00", "end": "20:00"}, {"start": "20:30", "end": "08:00"}],
    ],
)
def test_who_is_always_quiet_is_told_so(quiet: list[dict[str, str]]) -> None:
    with pytest.raises(ValueError, match=r"reps\.anna\.quiet: leaves no hour"):
        team(quiet=quiet)


def test_an_hour_a_week_is_enough() -> None:
    weekdays = {"days": ["mon", "tue", "wed", "thu", "fri", "sat"]}
    assert team(quiet=[weekdays, {"days": ["sun"], "start": "01:00", "end": "24:00"}])


def test_a_digest_has_no_time_zone_of_its_own() -> None:
    with pytest.raises(ValueError, match=r"reps\.anna\.digest: write it as 07:30"):
        team(digest="07:30+02:00")
