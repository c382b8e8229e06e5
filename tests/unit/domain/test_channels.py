"""Channels as configured, and who hears of what through them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from infra.cli.config_file import config_from
from shared.domain.channels import Channel
from shared.domain.config import Config
from shared.domain.deliveries import DELAYS, MOST_ATTEMPTS, Delivery, next_at
from shared.domain.leads import Change, Lead, Status, Step, replay
from shared.domain.mine import is_masked
from shared.domain.notices import Told, is_own, is_still_so, told_of
from shared.errors import ConfigError
from tests.table import ROOT
from tests.team import config

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
FILE = """\
manager: {name: Maria Berg, email: maria@example.com}
reps:
  anna:
    name: Anna
    email: anna@example.com
    phone: %(phone)s
    alerts: [%(alert)s]
pools:
  sales:
    members: {anna: 1}
    notify: [%(notice)s]
rules: [{name: all, pool: sales}]
forms: {website: {}}
channels:
  chat: {kind: slack}
  phones: {kind: sms}
  crm: %(crm)s
"""
FINE = {
    "phone": '"+46 70-174 06 05"',
    "alert": "{channel: phones, on: [assigned]}",
    "notice": "{channel: chat, on: [parked, reclaimed]}",
    "crm": "{kind: webhook, url: 'https://crm.example.com/x?y=z'}",
}


def test_what_the_page_about_channels_shows_is_valid() -> None:
    page = (ROOT / "docs" / "channels.md").read_text()
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    around = """\
manager: {name: Maria Berg, email: maria@example.com}
rules: [{name: all, pool: nordic}]
forms: {website: {}}
"""
    taken = config_from(around + example + "  bo: {name: Bo, email: bo@example.com}\n", "docs")
    for kind in get_args(Channel.model_fields["kind"].annotation):
        assert f"| `{kind}` |" in page
    assert is_own(taken, "anna-chat", "anna")


def problems(**said: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        config_from(FILE % {**FINE, **said}, "team.yaml")
    return raised.value.problems


MAILS = FILE.replace("phone: %(phone)s", "phone: %(phone)s\n    mail_on: %(mail_on)s")


@pytest.mark.parametrize(
    ("mail_on", "alert"),
    [
        ("[assigned, opened]", "{channel: phones, on: [reminded]}"),
        ("[reminded]", "{channel: phones, on: [assigned]}"),
        ("[]", "{channel: phones, on: [reminded, assigned]}"),
        ("null", "{channel: phones, on: [reminded]}"),
    ],
)
def test_a_rep_may_do_without_mails_but_not_without_hearing_of_a_new_lead(
    mail_on: str, alert: str
) -> None:
    config_from(MAILS % {**FINE, "mail_on": mail_on, "alert": alert}, "team.yaml")


@pytest.mark.parametrize(
    ("mail_on", "alert", "told"),
    [
        (
            "[assigned, noted]",
            FINE["alert"],
            "team.yaml:7: reps.anna.mail_on.1: no mail is about that; there are: assigned, ",
        ),
        (
            "[reminded]",
            "{channel: phones, on: [assigned], after: 5m}",
            "team.yaml:7: reps.anna.mail_on: nothing would tell the rep of a new lead at once",
        ),
        (
            "[reminded]",
            "{channel: crm, on: [assigned]}",  # which nobody reads
            "team.yaml:7: reps.anna.mail_on: nothing would tell the rep of a new lead at once",
        ),
        (
            "[]",
            "{channel: phones, on: [assigned], when_fails: mail}",
            "team.yaml:7: reps.anna.mail_on: nothing would tell the rep of a new lead at once",
        ),
        ("[asigned]", FINE["alert"], "team.yaml:7: reps.anna.mail_on.0: must be 'captured'"),
    ],
)
def test_which_mails_do_not_fit(mail_on: str, alert: str, told: str) -> None:
    with pytest.raises(ConfigError) as raised:
        config_from(MAILS % {**FINE, "mail_on": mail_on, "alert": alert}, "team.yaml")
    assert any(problem.startswith(told) for problem in raised.value.problems)


def test_what_is_fine_is_taken() -> None:
    taken = config_from(FILE % FINE, "team.yaml")
    assert taken.reps["anna"].phone == "+46701740605"
    assert taken.pools["sales"].notify[0].on == [Step.PARKED, Step.RECLAIMED]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"phone": "'070 174'"}, "team.yaml:6: reps.anna.phone: must be a phone number"),
        ({"phone": "'+46 1'"}, "team.yaml:6: reps.anna.phone: must be a phone number"),
        ({"phone": "null"}, "reps.anna.alerts.0.channel: sends SMS, and the rep has no `phone`"),
        ({"alert": "{channel: fax, on: [assigned]}"}, "there is no channel 'fax' under channels"),
        ({"notice": "{channel: chta, on: [parked]}"}, "pools.sales.notify.0.channel: there is no"),
        ({"notice": "{channel: chat, on: [sold]}"}, "pools.sales.notify.0.on.0: must be"),
        ({"notice": "{channel: chat, on: []}"}, "pools.sales.notify.0.on: must not be empty"),
        ({"notice": "{channel: phones, on: [parked]}"}, "sends SMS, and a pool has no phone"),
        ({"crm": "{kind: fax}"}, "channels.crm.kind: must be"),
        ({"crm": "{kind: webhook}"}, "channels.crm: url: is missing"),
        ({"crm": "{kind: webhook, url: 'http://crm.example.com'}"}, "crm.url: must begin with"),
        ({"crm": "{kind: webhook, url: 'https://a@b.example'}"}, "crm.url: must be an address"),
        ({"crm": "{kind: webhook, url: 'https://b.example/ x'}"}, "crm.url: must be an address"),
        ({"crm": "{kind: webhook, url: 'https://[b.example'}"}, "crm.url: is no address"),
        ({"crm": "{kind: webhook, url: 'https://b.example:x'}"}, "crm.url: is no address"),
        ({"crm": "{kind: slack, url: 'https://hooks.slack.com/x'}"}, "crm.url: is a secret"),
        ({"crm": "{kind: sms, include_contact: true}"}, "crm.include_contact: a channel of the"),
        ({"crm": "{kind: topic}"}, "crm: topic_arn: is missing"),
        ({"crm": "{kind: topic, topic_arn: sales}"}, "crm.topic_arn: must be as arn:aws:sns:"),
    ],
)
def test_what_could_reach_nobody_is_told_with_its_place(said: dict[str, str], told: str) -> None:
    assert any(told in problem for problem in problems(**said)), problems(**said)


def test_a_stored_version_is_taken_as_it_is() -> None:
    """What a newer list of phone numbers says of it changes nothing."""
    stored = config_from(FILE % FINE, "team.yaml").model_dump_json()
    assert Config.model_validate_json(stored, context={"stored": True}).channels["crm"].url
    with pytest.raises(ValidationError):
        Channel(kind="webhook", url="ftp://x")


# ── Who hears of what ────────────────────────────────────────────────────────────────────────────


def team(**pool: Any) -> Config:
    alerts = {
        "anna": [{"channel": "own", "on": ["assigned", "reclaimed", "opened"]}],
        "bo": [{"channel": "shared", "on": ["assigned"]}, {"channel": "sms", "on": ["opened"]}],
    }
    channels = {name: {"kind": "slack"} for name in ("group", "own", "shared")}
    return config(
        {"anna": 1, "bo": 1},
        limits={rep: {"alerts": said, "phone": "+46701740605"} for rep, said in alerts.items()},
        more={"channels": {**channels, "sms": {"kind": "sms"}}},
        notify=[
            {"channel": "group", "on": ["assigned", "parked"]},
            {"channel": "shared", "on": ["parked", "assigned"]},
            {"channel": "group", "on": ["assigned"]},
        ],
        **pool,
    )


def lead(*log: Change) -> Lead:
    return replay("l" * 26, "form#website", {"name": "Ada"}, [Change(Step.CAPTURED, AT), *log])


def given(rep: str, at: datetime = AT) -> Change:
    return Change(Step.ASSIGNED, at, rep=rep, pool="sales")


def told(*log: Change) -> list[tuple[str, str | None]]:
    before, after = lead(*log[:-1]), lead(*log)
    return [(one.channel, one.rep) for one in told_of(team(), before, after)]


def test_a_pool_and_a_rep_hear_of_what_they_wish() -> None:
    assert told(given("anna")) == [("group", None), ("shared", None), ("own", "anna")]
    assert told(given("bo")) == [("group", None), ("shared", None), ("shared", "bo")]
    parked = Change(Step.PARKED, AT, pool="sales", reason="nobody")
    assert told(parked) == [("group", None), ("shared", None)]


def test_whose_it_was_hears_that_it_is_not() -> None:
    assert told(given("anna"), Change(Step.RECLAIMED, AT, rep="anna")) == [("own", "anna")]
    assert told(given("bo"), Change(Step.RECLAIMED, AT, rep="bo")) == []


def test_all_to_whom_it_is_offered_hear_of_it() -> None:
    opened = Change(Step.OPENED, AT, pool="sales", offered=("anna", "bo"))
    assert told(opened) == [("own", "anna"), ("sms", "bo")]


def test_what_is_in_no_pool_concerns_nobody() -> None:
    assert told_of(team(), replay("l", "form#website", {}, []), lead()) == {}


def test_a_channel_is_ones_own_when_nobody_else_reads_it() -> None:
    assert is_own(team(), "own", "anna")
    assert not is_own(team(), "own", "bo")
    assert not is_own(team(), "shared", "bo")
    assert not is_own(team(), "group", "anna")
    assert not is_own(team(), "gone", "anna")
    assert is_own(team(), "sms", "bo")


# ── Whether it is still so ───────────────────────────────────────────────────────────────────────


def test_who_has_it_is_so_while_they_do() -> None:
    then = lead(given("anna"))
    assert is_still_so(then, then)
    assert is_still_so(then, lead(given("anna"), Change(Step.ACCEPTED, AT, rep="anna")))
    taken = (given("anna"), Change(Step.RECLAIMED, AT, rep="anna"))
    assert not is_still_so(then, lead(*taken))
    assert not is_still_so(then, lead(*taken, given("anna")))  # another assignment


def test_that_it_waits_is_so_until_it_does_not() -> None:
    log = (given("anna"), Change(Step.REMINDED, AT, rep="anna"))
    assert is_still_so(lead(*log), lead(*log))
    assert not is_still_so(lead(*log), lead(*log, Change(Step.ACCEPTED, AT, rep="anna")))


def test_parked_and_open_are_so_while_they_last() -> None:
    for step in (Step.PARKED, Step.OPENED):
        first = Change(step, AT, pool="sales", reason="x")
        again = Change(step, AT + timedelta(hours=1), pool="sales", reason="x")
        assert is_still_so(lead(first), lead(first))
        assert not is_still_so(lead(first), lead(first, given("anna")))
        assert not is_still_so(lead(first), lead(first, again))


def test_what_has_been_done_stays_done() -> None:
    log = (given("anna"), Change(Step.DECLINED, AT, rep="anna"))
    assert is_still_so(lead(*log), lead(*log, given("bo")))


def test_that_it_was_erased_is_so_once_it_is() -> None:
    log = (given("anna"), Change(Step.ERASED, AT))
    assert is_still_so(lead(*log), lead(*log), "anna")
    assert not is_still_so(lead(given("anna"), Change(Step.DECLINED, AT, rep="anna")), lead(*log))


def test_who_the_person_is_shows_when_somebody_has_accepted() -> None:
    open_, masked = team(), team(mask_until_accepted=True)
    assigned = lead(given("anna"))
    accepted = lead(given("anna"), Change(Step.ACCEPTED, AT, rep="anna"))
    offered = lead(Change(Step.OPENED, AT, pool="sales"))
    assert offered.status is Status.OPEN
    assert [is_masked(one, open_) for one in (assigned, accepted, offered)] == [False, False, True]
    assert [is_masked(one, masked) for one in (assigned, accepted, offered)] == [True, False, True]


# ── When it is tried again ───────────────────────────────────────────────────────────────────────


def test_attempts_are_spread_over_three_days() -> None:
    at, gaps = AT, []
    for attempts in range(MOST_ATTEMPTS - 1):
        due = next_at(Delivery("l", 2, "crm", attempts=attempts), at, chance=0)
        gaps.append(due - at)
        at = due
    assert gaps == sorted(gaps)
    assert timedelta(days=2.9) < at - AT < timedelta(days=3.3)
    last = Delivery("l", 2, "crm", attempts=MOST_ATTEMPTS - 1)
    assert next_at(last, AT, chance=0) > AT  # in case it dies


def test_those_that_failed_together_do_not_come_back_together() -> None:
    delivery = Delivery("l", 2, "crm")
    moments = {next_at(delivery, AT, chance / 10) for chance in range(10)}
    assert len(moments) == 10
    assert min(moments) - AT == DELAYS[0]  # never sooner: an attempt may still be under way


def test_no_two_deliveries_have_one_id() -> None:
    assert Delivery("l", 2, "a", "b").id == "l:2:a:b"
    assert Delivery("l", 2, "a").id == "l:2:a"
    assert Told("a") != Told("a", "b")
