"""What goes out by other channels than e-mail arrives, or somebody hears that it does not."""

import json
import os
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from standardwebhooks import Webhook

import functions.deliver.handler as deliver
import functions.desk.handler as desk
from shared import credentials
from shared.domain.deliveries import MOST_ATTEMPTS
from shared.flows.apply_config import apply_config
from shared.flows.pause_rep import pause_rep
from shared.messages import outbound, senders
from shared.store import config as config_store
from shared.store import deliveries as delivery_store
from tests.aws_events import api_request, context
from tests.ears import Ears
from tests.receiver import Receiver, receiving, redirecting
from tests.table import client
from tests.team import config
from tests.world import DiedError

LEAD = b'{"name": "Ada Byron", "email": "ada@example.com", "product": "heat pump"}'
SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSByZWNlaXZlcg=="
ADMIN = {"authorization": f"Bearer {'k' * 48}"}


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv(outbound.LOOPBACK, "allowed")
    monkeypatch.setattr(outbound, "SECONDS", 1.0)
    with receiving() as receiver:
        yield receiver


class Office:
    """A pool and its channels, and what is due in them."""

    def __init__(self, world: Any, around: Any, ears: Ears, receiver: Receiver) -> None:
        self.world, self.around, self.ears, self.receiver = world, around, ears, receiver
        self.begun = 0
        self.told = 0  # records of the stream
        self.posted = 0
        self.topic = client("sns", world.cloud).create_topic(Name=f"{world.table}-feed")["TopicArn"]
        credentials._looked.clear()
        world.give_secrets(
            {
                "channel#chat": {"url": [f"{receiver.url}/chat"]},
                "channel#teams": {"url": [f"{receiver.url}/teams"]},
                "channel#own": {"url": [f"{receiver.url}/own"]},
                "channel#crm": {"secret": [SECRET]},
            }
        )

    def opens(
        self, notify: dict[str, list[str]], *, anna: dict[str, Any] | None = None, **pool: Any
    ) -> None:
        """`notify` says which channels hear of what; `anna` has further settings."""
        channels = {
            "chat": {"kind": "slack"},
            "teams": {"kind": "teams"},
            "own": {"kind": "slack"},
            "crm": {"kind": "webhook", "url": f"{self.receiver.url}/crm"},
            "phone": {"kind": "sms"},
            "feed": {"kind": "topic", "topic_arn": os.environ["MANAGER_TOPIC_ARN"]},
            "own-topic": {"kind": "topic", "topic_arn": self.topic},
        }
        notices = [{"channel": channel, "on": steps} for channel, steps in notify.items()]
        whole = config(
            {"anna": 1, "bo": 1},
            limits={"anna": anna or {}},
            more={"channels": channels},
            notify=notices,
            **pool,
        )
        apply_config(whole, self.around)
        config_store._read.clear()

    def lead(self) -> str:
        """A lead that anna gets; everybody has been told who is told at once."""
        self.posted += 1
        answer = self.world.post(LEAD, str(self.posted))
        self.world.route()
        records = self.world.for_alerts()
        told, self.told = records[self.told :], len(records)
        assert self.world.alert(told) == {"batchItemFailures": []}
        return str(json.loads(answer["body"])["lead_id"])

    def due(self) -> list[dict[str, Any]]:
        """The events that have come since the last look, and would start the function."""
        heard = self.ears.heard("DeliveryDue")
        new, self.begun = heard[self.begun :], len(heard)
        return new

    def deliver(self) -> list[str]:
        return [run(detail) for detail in self.due()]

    def later(self, **ahead: float) -> list[str]:
        """What comes of what is due then, by the sweep."""
        self.world.clock.turn(**ahead)
        self.world.sweep()
        return self.deliver()

    def items(self) -> list[dict[str, Any]]:
        return [one for one in self.world.items() if one["kind"]["S"] == "delivery"]


def run(detail: dict[str, Any]) -> str:
    try:
        return str(deliver.handler({"detail": detail}, context())["outcome"])
    except deliver.DeliveryDeadError:
        return "dead"


def newest_sms(cloud: str, number: str) -> str:
    """What the local cloud was last asked to send there."""
    query = urllib.parse.urlencode({"phoneNumber": number})
    with urllib.request.urlopen(f"{cloud}/_ministack/sns/sms-messages?{query}") as answer:
        messages = json.load(answer)["sms_messages"][number]
    return str(messages[-1]["Message"])


@pytest.fixture
def office(world: Any, around: Any, ears: Ears, receiver: Receiver) -> Office:
    return Office(world, around, ears, receiver)


def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
    raw = None if body is None else json.dumps(body).encode()
    request = api_request(method, path, body=raw, headers=ADMIN)
    path, _, query = path.partition("?")
    request |= {"rawPath": path, "rawQueryString": query}
    if query:
        request["queryStringParameters"] = dict([query.split("=")])
    answer = desk.handler(request, context())
    return answer["statusCode"], json.loads(answer["body"])


# ── What arrives ─────────────────────────────────────────────────────────────────────────────────


def test_a_pools_channels_hear_of_its_leads(office: Office) -> None:
    office.opens({"chat": ["assigned"], "teams": ["assigned"], "crm": ["assigned", "accepted"]})
    lead_id = office.lead()
    assert office.deliver() == ["sent"] * 3
    chat, teams, crm = office.receiver.got
    assert (chat.path, teams.path, crm.path) == ("/chat", "/teams", "/crm")
    assert chat.json["text"] == "New lead for Anna: Ada Byron, heat pump"
    assert "New lead for Anna" in teams.body.decode()
    assert crm.json["type"] == "LeadAssigned"
    assert crm.json["data"]["lead"]["fields"] == {"product": "heat pump"}
    for request in office.receiver.got:
        assert b"ada@example.com" not in request.body
        assert b"leads.example.com/a/" not in request.body  # no link for a group
    at = office.world.clock()
    assert crm.headers["webhook-id"] == f"{lead_id}:2:crm"
    assert crm.headers["webhook-signature"] == Webhook(SECRET).sign(
        f"{lead_id}:2:crm", at, crm.body.decode()
    )


def test_what_was_sent_is_not_sent_again(office: Office) -> None:
    """The stream may bring a record twice, and the bus an event."""
    office.opens({"chat": ["assigned"]})
    office.lead()
    (event,) = office.due()
    assert run(event) == "sent"
    office.world.alert()
    assert [run(event), *office.deliver()] == ["over", "over"]
    assert office.later(days=4) == []
    assert len(office.receiver.got) == 1
    (item,) = office.items()
    assert item["state"]["S"] == "sent"
    assert not {"due", "due_at", "place"} & item.keys()
    assert not [text for text in ("Ada", "ada@", "heat") if text in json.dumps(item)]


def test_nothing_is_written_where_nobody_is_to_be_told(office: Office) -> None:
    office.opens({"chat": ["parked"]})
    office.lead()
    assert (office.due(), office.items()) == ([], [])


def test_a_reps_own_channel_has_the_link(office: Office) -> None:
    alerts = [{"channel": name, "on": ["assigned"]} for name in ("own", "phone")]
    office.opens({}, anna={"phone": "+46 70 174 06 05", "alerts": alerts})
    office.lead()
    assert office.deliver() == ["sent", "sent"]
    (chat,) = office.receiver.got
    text = newest_sms(office.world.cloud, "+46701740605")
    assert chat.json["text"].startswith("New lead for you")
    link = text.split("\n")[1]
    assert f"<{link}|Open your lead>" in chat.body.decode()
    assert office.world.press_button(link)["statusCode"] in (200, 409)  # a link of ours


def test_the_link_is_good_in_whatever_comes_late(office: Office) -> None:
    """Told some weeks after, as asked for; or sent again when the channel is back."""
    late = {"channel": "phone", "on": ["assigned"], "after": "15d"}
    anna = {"phone": "+46701740607", "alerts": [{"channel": "own", "on": ["assigned"]}, late]}
    weeks = {"stages": [{"after": "60d", "do": "tell_manager"}]}
    office.opens({}, anna=anna, deadlines=weeks)
    office.receiver.then = 503
    office.lead()
    came = office.deliver()
    while "dead" not in came:
        came = office.later(hours=7)
    office.receiver.then = 204
    office.later(days=15)
    text = newest_sms(office.world.cloud, "+46701740607")
    ask("POST", "/v1/deliveries/redrive", {"all": True})
    assert office.later(minutes=1) == ["sent"]
    chat = office.receiver.got[-1].body.decode()
    for told in (text, chat):
        link = re.search(r"https://leads\.example\.com(/a/[^|\s]+)", told)
        page = desk.handler(api_request("GET", link[1] if link else ""), context())
        assert page["statusCode"] == 200


def test_each_channel_is_told_in_the_language_of_who_reads_it(office: Office) -> None:
    """A rep's own in theirs, a pool's in the pool's."""
    alerts = [{"channel": name, "on": ["assigned"]} for name in ("own", "phone")]
    anna = {"phone": "+46 70 174 06 06", "alerts": alerts, "language": "zh"}
    office.opens({"chat": ["assigned"], "teams": ["assigned"]}, anna=anna, language="sv")
    office.lead()
    assert office.deliver() == ["sent"] * 4
    got = {request.path: request.body.decode() for request in office.receiver.got}
    assert json.loads(got["/chat"])["text"].startswith("Nytt lead till Anna")
    assert "Produkt:" in got["/teams"]
    assert json.loads(got["/own"])["text"].startswith("您有一条新线索：Ada Byron")
    assert newest_sms(office.world.cloud, "+46701740606").startswith("您有一条新线索")


def test_a_channel_that_others_read_has_none(office: Office) -> None:
    """Who follows it may accept; so it is no link for a group, even where a rep named it."""
    office.opens({"own": ["parked"]}, anna={"alerts": [{"channel": "own", "on": ["assigned"]}]})
    office.lead()
    assert office.deliver() == ["sent"]
    (chat,) = office.receiver.got
    assert chat.json["text"].startswith("New lead for Anna")
    assert "/a/" not in chat.body.decode()


def test_a_topic_gets_what_a_webhook_gets(office: Office) -> None:
    office.opens({"feed": ["assigned"]})
    office.lead()
    assert office.deliver() == ["sent"]
    sns = client("sqs", office.world.cloud)
    queue = sns.get_queue_url(QueueName=office.world.table)["QueueUrl"]
    messages = sns.receive_message(QueueUrl=queue)["Messages"]
    (message,) = [json.loads(one["Body"]) for one in messages]
    assert json.loads(message["Message"])["type"] == "LeadAssigned"
    assert message["MessageAttributes"]["event"]["Value"] == "LeadAssigned"
    sns.purge_queue(QueueUrl=queue)


def test_a_topic_may_be_any_that_is_named_after_the_stack(office: Office) -> None:
    office.opens({"own-topic": ["assigned"]})
    office.lead()
    assert office.deliver() == ["sent"]


def test_who_may_not_be_known_yet_is_not(office: Office) -> None:
    office.opens({"chat": ["assigned", "accepted"]}, mask_until_accepted=True)
    lead_id = office.lead()
    office.deliver()
    assert ask("POST", f"/v1/leads/{lead_id}/accept", {"rep_id": "anna"})[0] == 200
    office.world.alert()
    office.deliver()
    masked, known = (request.json["text"] for request in office.receiver.got)
    assert masked == "New lead for Anna: A. B., heat pump"
    assert known == "Anna has accepted a lead: Ada Byron, heat pump"


# ── What is over when its time comes ─────────────────────────────────────────────────────────────


def test_what_is_not_so_any_more_is_told_to_systems_only(office: Office) -> None:
    office.opens({"chat": ["assigned"], "crm": ["assigned"]})
    lead_id = office.lead()
    assert ask("POST", f"/v1/leads/{lead_id}/decline", {"rep_id": "anna"})[0] == 200
    assert sorted(office.deliver()) == ["needless", "sent"]
    (crm,) = office.receiver.got
    assert crm.path == "/crm"
    assert crm.json["data"]["owner"] == "anna"  # the event, as it was
    assert crm.json["data"]["lead"]["status"] == "new"  # the lead, as it is


def test_what_nobody_wants_to_hear_any_more_is_not_sent(office: Office) -> None:
    office.opens({"chat": ["assigned"]})
    office.lead()
    office.opens({})
    assert office.deliver() == ["needless"]
    assert office.later(days=4) == []


def test_parked_is_told_while_it_is(office: Office) -> None:
    office.opens({"chat": ["parked"]})
    for rep in ("anna", "bo"):
        pause_rep(rep, office.around, paused=True)
    office.lead()
    (event,) = office.due()
    pause_rep("anna", office.around, paused=False)
    office.world.route()
    assert run(event) == "needless"


# ── What does not arrive at once ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("trouble", [500, 404, "hang", "drip", "redirect"])
def test_whoever_recovers_hears_it_then_with_the_same_id(office: Office, trouble: Any) -> None:
    with receiving() as inner:
        answers = {"redirect": redirecting(inner.url)}
        answer = answers.get(trouble) or getattr(office.receiver, str(trouble), trouble)
        office.receiver.answers = [answer]
        office.opens({"crm": ["assigned"]})
        office.lead()
        assert office.deliver() == ["later"]
        assert office.later(seconds=20) == []  # not yet
        assert office.later(seconds=20) == ["sent"]
        assert inner.got == []
    first, second = (request.headers["webhook-id"] for request in office.receiver.got)
    assert first == second


def test_without_its_secret_a_channel_waits_for_it(office: Office) -> None:
    office.opens({"chat": ["assigned"], "crm": ["assigned"]})
    office.world.give_secrets({})
    office.lead()
    assert office.deliver() == ["later", "later"]
    assert {item["code"]["S"] for item in office.items()} == {"no_url", "no_secret"}
    office.world.give_secrets({"channel#crm": {"secret": ["whsec_å"]}})
    credentials._looked.clear()
    assert office.later(minutes=1) == ["later", "later"]
    assert {item["code"]["S"] for item in office.items()} == {"no_url", "malformed_secret"}


def test_whoever_never_recovers_is_given_up(office: Office) -> None:
    """Systems and managers hear of it; who says so has it sent once more."""
    office.receiver.then = 503
    office.opens({"crm": ["assigned"]})
    lead_id = office.lead()
    office.lead()
    (first, second), outcomes = office.due(), []
    while "dead" not in outcomes:
        outcomes.append(run(first))
        assert run(first) == "over"
        run(second)
        office.world.clock.turn(hours=7)
    assert outcomes == ["later"] * (MOST_ATTEMPTS - 1) + ["dead"]

    dead = office.ears.heard("DeliveryDead")
    assert lead_id in {one["lead_id"] for one in dead}
    assert {one["code"] for one in dead} == {"http_503"}
    (subject,) = [one for one in office.ears.subjects if "cannot be reached" in one]
    assert "crm" in subject
    assert office.later(days=3) == []

    status, answer = ask("GET", "/v1/deliveries?channel=crm")
    assert status == 200
    assert {one["id"] for one in answer["deliveries"]} == {f"{lead_id}:2:crm", second["id"]}
    assert answer["deliveries"][0]["attempts"] == MOST_ATTEMPTS
    office.receiver.then = 204
    status, answer = ask("POST", "/v1/deliveries/redrive", {"ids": [f"{lead_id}:2:crm"]})
    assert (status, answer["redriven"]) == (200, [f"{lead_id}:2:crm"])
    assert office.later(seconds=1) == ["sent"]
    assert office.receiver.got[-1].headers["webhook-id"] == f"{lead_id}:2:crm"
    status, answer = ask("POST", "/v1/deliveries/redrive", {"all": True, "channel": "crm"})
    assert answer == {"redriven": [second["id"]], "more": False}
    assert office.later(seconds=1) == ["sent"]
    assert ask("GET", "/v1/deliveries")[1]["deliveries"] == []


def test_who_is_gone_is_given_up_at_once(office: Office) -> None:
    office.receiver.then = 410
    office.opens({"crm": ["assigned"]})
    office.lead()
    assert office.deliver() == ["dead"]
    assert len(office.receiver.got) == 1


def test_what_is_not_understood_is_named(office: Office) -> None:
    office.opens({})
    for body, field in (
        ({}, "ids"),
        ({"ids": ["a"], "all": True}, "ids"),
        ({"ids": [1]}, "ids"),
        ({"ids": ["x" * 3000]}, "ids"),
        ({"ids": ["\ud800:1:crm"]}, "ids"),
        ({"ids": [f"{'l' * 26}:1:crm"] * 101}, "ids"),
        ({"all": True, "channel": "nowhere"}, "channel"),
        ({"every": True}, "every"),
        ({"all": "yes"}, "all"),
    ):
        status, answer = ask("POST", "/v1/deliveries/redrive", body)
        assert (status, answer["errors"][0]["field"]) == (422, field)


def test_only_the_dead_are_listed(office: Office) -> None:
    office.opens({})
    assert ask("GET", "/v1/deliveries?state=dead")[1] == {"deliveries": [], "more": False}
    assert ask("GET", "/v1/deliveries?state=sent")[0] == 422
    assert ask("GET", "/v1/deliveries?channel=nowhere")[0] == 422
    assert (
        ask("POST", "/v1/deliveries/redrive", {"ids": [f"{'l' * 26}:1:crm"]})[1]["redriven"] == []
    )


# ── At once, and half done ───────────────────────────────────────────────────────────────────────


def test_two_at_once_send_once(office: Office) -> None:
    office.opens({"chat": ["assigned"]})
    for number in range(1, 4):
        office.lead()
        (event,) = office.due()
        with ThreadPoolExecutor(4) as pool:
            outcomes = sorted(pool.map(run, [event] * 4))
        assert outcomes == ["over", "over", "over", "sent"]
        assert len(office.receiver.got) == number


def test_who_dies_before_noting_it_sends_once_more_with_the_same_id(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.opens({"crm": ["assigned"]})
    office.lead()
    (event,) = office.due()

    def die(*_: Any) -> None:
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(delivery_store, "settle", die)
        with pytest.raises(DiedError):
            run(event)
    assert run(event) == "over"  # it may be at it still
    assert office.later(minutes=1) == ["sent"]
    assert office.later(days=4) == []
    first, second = (request.headers["webhook-id"] for request in office.receiver.got)
    assert first == second


def test_who_dies_at_the_last_attempt_is_given_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.receiver.then = 500
    office.opens({"crm": ["assigned"]})
    office.lead()
    (event,) = office.due()
    for _ in range(MOST_ATTEMPTS - 1):
        assert run(event) == "later"
        office.world.clock.turn(hours=7)

    def die(*_: Any) -> None:
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(delivery_store, "bury", die)
        with pytest.raises(DiedError):
            run(event)
    assert office.later(hours=7) == ["dead"]
    assert len(office.receiver.got) == MOST_ATTEMPTS


def test_what_alerts_could_not_start_the_sweep_starts(office: Office) -> None:
    """The alerts function may die after it has written a delivery."""
    office.opens({"chat": ["assigned"]})
    office.lead()
    office.due()  # and nobody hears them
    assert office.later(seconds=1) == ["sent"]


def test_a_mail_that_cannot_be_sent_holds_up_no_chat(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.opens({"chat": ["assigned"]})

    def fail(*_: Any, **__: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(senders, "send_mail", fail)
    office.world.post(LEAD, "1")
    office.world.route()
    assert office.world.alert()["batchItemFailures"]
    assert office.later(seconds=1) == ["sent"]


# ── Mails and pages ──────────────────────────────────────────────────────────────────────────────


def test_neither_mail_nor_page_says_who_it_is_before_it_is_accepted(office: Office) -> None:
    office.opens({}, mask_until_accepted=True)
    office.lead()
    (mail,) = office.world.mails()
    (link,) = office.world.links("anna@example.com")
    path = link.removeprefix("https://leads.example.com")
    before = desk.handler(api_request("GET", path), context())["body"]
    for text in (mail["Subject"], mail["BodyText"], mail["BodyHtml"], before):
        assert "Byron" not in text
        assert "ada@" not in text
    assert "A. B." in before
    after = office.world.press_button(link)["body"]
    assert "Ada Byron" in after
    assert "ada@example.com" in after


def test_nor_does_the_mail_that_it_is_somebody_elses(office: Office) -> None:
    office.opens({}, mask_until_accepted=True)
    lead_id = office.lead()
    assert ask("POST", f"/v1/leads/{lead_id}/assign", {"rep_id": "bo"})[0] == 200
    office.world.alert()
    mails = office.world.mails()
    assert [mail["To"] for mail in mails].count(["anna@example.com"]) == 2
    for mail in mails:
        assert "Byron" not in mail["Subject"] + mail["BodyText"] + mail["BodyHtml"]
