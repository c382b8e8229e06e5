"""A lead that Meta only announces is asked for, and becomes a lead like every other."""

import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

import functions.capture.handler as capture
import functions.fetch.handler as fetch
from shared import credentials, graph
from shared.domain.leads import FETCH_AT_LEAST_EVERY, MOST_FETCHES, Status
from shared.flows.apply_config import apply_config
from shared.flows.doors import hook as hook_door
from shared.flows.release_lead import discard_lead, release_lead
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.surroundings import real
from shared.telemetry import logger
from tests.audit import Books
from tests.aws_events import api_request, context
from tests.graph import Platform, lead_of, serving, webhook
from tests.table import ROOT, client
from tests.team import config

SECRET, TOKEN = "the app's secret", "EAAB-the-page's-token"
EXPIRED = (400, {"error": {"code": 190, "error_subcode": 463, "message": "Session has expired"}})
NOT_THERE = (400, {"error": {"code": 100, "error_subcode": 33, "message": "does not exist"}})


# ── The platform, and its webhook ────────────────────────────────────────────────────────────────


@pytest.fixture
def platform() -> Iterator[Platform]:
    with serving() as platform:
        yield platform


class Page:
    """A page on Meta: its webhook, and what follows from a delivery."""

    def __init__(self, world: Any, around: Any, platform: Platform) -> None:
        self.world, self.around, self.platform = world, around, platform
        self.configure()
        self.give(access_token=[TOKEN])
        self.queue = _queue_of_announcements(world)

    def configure(self, **settings: Any) -> None:
        hook = {"format": "meta", "api_url": f"{self.platform.url}/v23.0", **settings}
        apply_config(config({"anna": 1}, more={"hooks": {"meta": hook}}), self.around)
        config_store._read.clear()

    def give(self, **secrets: Any) -> None:
        self.world.give_secrets({"hook#meta": {"secret": [SECRET], **secrets}})

    def deliver(self, *ids: Any) -> list[str]:
        """The webhook's delivery, signed; answers the ids of our leads."""
        body, headers = webhook(*ids, secret=SECRET, at=self.world.clock())
        request = api_request("POST", "/v1/hooks/meta", body=body, headers=headers)
        answer = capture.handler(request, context())
        assert answer["statusCode"] == 200, answer
        return json.loads(answer["body"])["lead_ids"]

    def announcements(self) -> list[dict[str, Any]]:
        """The events that would start the function, by the template's rule; each comes once."""
        assert self.world.alert() == {"batchItemFailures": []}
        sqs, found = client("sqs", self.world.cloud), []
        while messages := sqs.receive_message(QueueUrl=self.queue).get("Messages"):
            (message,) = messages
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def announced(self, id_: Any = 1) -> dict[str, Any]:
        """The event of one lead that was delivered."""
        self.deliver(id_)
        (event,) = self.announcements()
        return event

    def leads(self) -> list[Any]:
        return Books(self.world.items()).leads

    def lead(self) -> Any:
        (lead,) = self.leads()
        return lead


def _queue_of_announcements(world: Any) -> str:
    sqs, events = client("sqs", world.cloud), client("events", world.cloud)
    url = sqs.create_queue(QueueName=world.table)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    template = yaml_parse((ROOT / "template.yaml").read_text())
    function = template["Resources"]["FetchFunction"]["Properties"]
    pattern = function["Events"]["Announced"]["Properties"]["Pattern"]
    rule = {"Name": world.table, "EventBusName": world.table}
    events.put_rule(**rule, EventPattern=json.dumps(pattern))
    events.put_targets(
        Rule=world.table,
        EventBusName=world.table,
        Targets=[{"Id": "queue", "Arn": arn["QueueArn"]}],
    )
    return url


@pytest.fixture
def page(world: Any, around: Any, platform: Platform) -> Page:
    credentials._looked.clear()
    return Page(world, around, platform)


def run(event: dict[str, Any]) -> str:
    outcome = fetch.handler(event, context())["outcome"]
    assert isinstance(outcome, str)
    return outcome


def steps(lead: Any) -> list[str]:
    return [str(change.step) for change in lead.log]


# ── The whole way ────────────────────────────────────────────────────────────────────────────────


def test_what_meta_announces_is_fetched_and_gets_an_owner(page: Page) -> None:
    lead_ids = page.deliver("1184200917533046", 1184200917533047)
    assert {lead.place for lead in page.leads()} == {"announced"}
    events = page.announcements()
    assert [event["detail"]["lead_id"] for event in events] == lead_ids
    assert [run(event) for event in events] == ["new", "new"]
    page.world.route()
    first, second = page.leads()
    assert steps(first) == steps(second) == ["announced", "released", "assigned"]
    assert first.fields["name"] == "Liesbeth van der Meer"
    assert {lead.fields["email"] for lead in (first, second)} == {
        "lead1184200917533046@example.com",
        "lead1184200917533047@example.com",
    }
    # From the webhook, and from the answer.
    assert (first.fields["extra"]["page_id"], first.fields["extra"]["platform"]) == ("77", "ig")
    assert all(path.startswith("/v23.0/11842009175330") for path, _ in page.platform.asked)


def test_an_event_that_comes_twice_is_one_fetch(page: Page) -> None:
    event = page.announced()
    assert [run(event), run(event)] == ["new", "over"]
    assert steps(page.lead()) == ["announced", "released"]
    assert len(page.platform.asked) == 1


def test_two_fetches_at_once_release_a_lead_once(page: Page) -> None:
    event = page.announced()
    both = threading.Barrier(2)

    def together(request: Any) -> None:
        both.wait(5)
        page.platform.answers.insert(0, lead_of(request.path))
        page.platform.answer(request)

    page.platform.answers = [together, together]
    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(lambda _: run(event), range(2)))
    assert outcomes == ["new", "over"]
    assert steps(page.lead()) == ["announced", "released"]


def test_delivered_again_a_lead_is_not_asked_for_again(page: Page) -> None:
    first = page.deliver(1)
    assert [run(event) for event in page.announcements()] == ["new"]
    assert page.deliver(1) == first
    assert page.announcements() == []


# ── More than one delivery may hold: one lead stands for all, until a manager releases it ────────


def test_all_leads_of_a_delivery_that_was_too_large_are_announced_once_it_is_released(
    page: Page,
) -> None:
    (lead_id,) = page.deliver(*range(1, 102))
    assert page.lead().log[0].reason == "unreadable: 101 leads are too many for one delivery"
    assert page.announcements() == []
    assert release_lead(lead_id, {}, real(), by="manager").place == "announced"
    assert Counter(lead.place for lead in page.leads()) == {"announced": 101}


@pytest.fixture
def two_are_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook_door, "MOST_LEADS", 2)


@pytest.mark.usefixtures("two_are_most")
def test_wherever_its_release_dies_it_leaves_quarantine_only_after_the_others_are_stored(
    page: Page, death: Any, survive: Any
) -> None:
    number, survived = 0, False
    while not survived:
        number += 1
        before = len(page.leads())
        (lead_id,) = page.deliver(*(f"{number}{part}" for part in range(3)))
        death.arm(1 + number // 2, after=bool(number % 2))
        survived = survive(lambda held=lead_id: release_lead(held, {}, real(), by="manager"))
        death.arm(None)
        if lead_store.get(lead_id).place == "quarantine":
            assert not survived
            release_lead(lead_id, {}, real(), by="manager")
        assert lead_store.get(lead_id).place == "announced"
        assert len(page.leads()) == before + 3
    assert number > 12
    assert {run(event) for event in page.announcements()} == {"new"}
    emails = {lead.fields["email"] for lead in page.leads()}
    assert len(emails) == len(page.leads()) == 3 * number


@pytest.mark.usefixtures("two_are_most")
def test_released_by_two_at_once_each_of_its_leads_is_stored_once(page: Page) -> None:
    (lead_id,) = page.deliver(1, 2, 3)
    both = threading.Barrier(2)

    def release(_: int) -> str:
        both.wait(5)
        return release_lead(lead_id, {}, real(), by="manager").place

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(release, range(2))) == ["announced", "announced"]
    outcomes = Counter(run(event) for event in page.announcements())
    assert (outcomes["new"], len(page.leads())) == (3, 3)


@pytest.mark.usefixtures("two_are_most")
def test_the_one_that_stood_for_a_delivery_is_known_by_its_id_once_it_is_fetched(
    page: Page,
) -> None:
    (lead_id,) = page.deliver(1, 2, 3)
    release_lead(lead_id, {}, real(), by="manager")
    assert {run(event) for event in page.announcements()} == {"new"}
    assert page.deliver(1) == [lead_id]
    assert len(page.leads()) == 3


@pytest.mark.usefixtures("two_are_most")
def test_what_came_again_before_it_was_fetched_is_the_first_of_the_two(page: Page) -> None:
    (lead_id,) = page.deliver(1, 2, 3)
    release_lead(lead_id, {}, real(), by="manager")
    (again,) = page.deliver(1)
    assert Counter(run(event) for event in page.announcements()) == {"new": 3, "duplicate": 1}
    lead = lead_store.get(lead_id)
    assert (steps(lead)[-1], lead.log[-1].first) == ("duplicated", again)


@pytest.mark.usefixtures("two_are_most")
def test_a_release_while_the_hook_is_paused_brings_all_of_them(page: Page) -> None:
    (lead_id,) = page.deliver(1, 2, 3)
    page.configure(paused=True)
    page.deliver(2)  # and Meta delivers one of them again
    release_lead(lead_id, {}, real(), by="manager")
    assert Counter(run(event) for event in page.announcements()) == {"new": 3}
    assert Counter(str(lead.status) for lead in page.leads()) == {"new": 3, "rejected": 1}


# ── What becomes of it ───────────────────────────────────────────────────────────────────────────


def test_what_is_fetched_is_judged_like_every_lead(page: Page) -> None:
    page.configure(
        duplicates={"within": "30d", "keys": ["email"]},
        screening=[{"name": "no Boston", "then": "reject", "when": {"postal_code": "02115"}}],
    )
    assert run(page.announced()) == "rejected"
    assert page.lead().log[-1].reason == "screened: no Boston"


def test_the_same_person_again_is_a_duplicate(page: Page) -> None:
    page.configure(duplicates={"within": "30d", "keys": ["email"]})
    page.platform.answers = [lead_of("/1"), lead_of("/1")]
    (first,) = page.deliver(1)
    (second,) = page.deliver(2)
    assert [run(event) for event in page.announcements()] == ["new", "duplicate"]
    lead = next(lead for lead in page.leads() if lead.lead_id == second)
    assert lead.log[-1].first == first


def test_fields_that_are_wrong_are_for_a_manager_to_see(page: Page) -> None:
    page.platform.answers = [(200, {"id": "1", "field_data": [{"name": "city", "values": ["B"]}]})]
    assert run(page.announced()) == "quarantined"
    lead = page.lead()
    assert lead.place == "quarantine"
    assert lead.log[-1].reason.startswith("invalid_fields: ")
    assert lead.fields["extra"]["city"] == "B"


def test_a_lead_of_the_testing_tool_goes_to_nobody(page: Page) -> None:
    dummy = [{"name": name, "values": [f"<test lead: dummy data for {name}>"]} for name in ("x",)]
    email = {"name": "email", "values": ["test@meta.com"]}
    page.platform.answers = [(200, {"id": "1", "field_data": [*dummy, email]})]
    assert run(page.announced()) == "rejected"


def test_the_test_button_is_no_reason_to_ask(page: Page) -> None:
    """Its id is no lead's, so asking would look like a permission that is missing."""
    assert run(page.announced("444444444444")) == "rejected"
    assert page.platform.asked == []
    assert page.lead().log[-1].reason.startswith("test: ")


def test_what_came_before_its_hook_was_paused_is_taken(page: Page) -> None:
    """Also what a manager releases meanwhile, with all that was in its delivery."""
    event = page.announced()
    page.configure(paused=True)
    assert run(event) == "new"


@pytest.mark.parametrize("settings", [None, {"format": "generic", "mapping": {}}])
def test_a_lead_nobody_can_ask_for_any_more_is_left_to_a_manager_at_once(
    page: Page, settings: dict[str, Any] | None
) -> None:
    event = page.announced()
    if settings:
        page.configure(**settings)
    else:
        apply_config(config({"anna": 1}), page.around)
    assert run(event) == "quarantined"
    assert page.lead().place == "quarantine"
    assert page.lead().log[-1].reason.startswith("not_fetched: ")
    assert page.platform.asked == []


def test_a_lead_that_was_discarded_meanwhile_is_not_fetched(page: Page) -> None:
    event = page.announced()
    discard_lead(page.lead().lead_id, None, real(), by="manager")
    assert run(event) == "over"
    assert page.platform.asked == []


def test_an_event_about_no_lead_or_none_that_was_announced_is_nothing_to_do(page: Page) -> None:
    """As when the local cloud lets the function load what it needs, or somebody makes one up."""
    assert run({"detail": {"lead_id": "nobody", "n": 0}}) == "over"
    assert run(page.announced()) == "new"
    lead = page.lead()
    assert run({"detail": {"lead_id": lead.lead_id, "n": lead.rev}}) == "over"


# ── When the platform does not give it ───────────────────────────────────────────────────────────


TOO_LONG = 10.0  # seconds


def slowly(request: BaseHTTPRequestHandler) -> None:
    time.sleep(TOO_LONG)
    request.close_connection = True


def drip_by_drip(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b" ")
        request.wfile.flush()
        time.sleep(TOO_LONG / 100)


def broken_off(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(json.dumps(lead_of("/1")[1]).encode()[:100])


def hung_up(request: BaseHTTPRequestHandler) -> None:
    request.connection.close()
    request.close_connection = True


FAILURES: dict[str, Any] = {
    "500": (500, {"error": {"code": 100}}),
    "503 without a word": (503, b""),
    "429": (429, b"slow down"),
    "too many calls": (400, {"error": {"code": 4, "message": "limit reached"}}),
    "too many calls for leads": (400, {"error": {"code": 80005}}),
    "says that it is passing": (400, {"error": {"code": 99, "is_transient": True}}),
    "hangs": slowly,
    "drips": drip_by_drip,
    "breaks off": broken_off,
    "hangs up": hung_up,
    "no JSON": (200, b"<html>Sorry, something went wrong.</html>"),
    "no object": (200, [1, 2]),
    "deep": (200, b"[" * 100_000),
    "not UTF-8": (200, b'{"id": "\xff\xfe"}'),
    "200, and an error": (200, {"error": {"code": 190}}),
    "too large": (200, {**lead_of("/1")[1], "note": "x" * graph.MOST_BYTES}),
    "sends elsewhere": (302, b"", ("Location", "/v23.0/1?elsewhere")),
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONNECT_SECONDS", "READ_SECONDS", "BODY_SECONDS"):
        monkeypatch.setattr(graph, name, 0.8)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("failure", FAILURES)
def test_what_fails_is_tried_again_when_the_sweep_announces_it_again(
    page: Page, failure: str
) -> None:
    event = page.announced()
    page.platform.answers = [FAILURES[failure]]
    began = time.monotonic()
    assert run(event) == "later"
    assert time.monotonic() - began < TOO_LONG / 2
    assert len(page.platform.asked) == 1
    assert steps(page.lead()) == ["announced"]
    assert page.world.sweep()["fetch_again"] == 0
    page.world.clock.turn(seconds=61)
    assert page.world.sweep()["fetch_again"] == 1
    (again,) = page.announcements()
    assert run(event) == "over"  # the first one is out of date, however late it comes again
    assert run(again) == "new"
    assert steps(page.lead()) == ["announced", "announced", "released"]


def test_nobody_listens(page: Page) -> None:
    event = page.announced()
    page.configure(api_url="http://127.0.0.1:9/v23.0")
    assert run(event) == "later"


def test_what_comes_after_the_lead_was_announced_again_is_left_to_the_next_fetch(
    page: Page,
) -> None:
    event = page.announced()

    def late(request: Any) -> None:
        page.world.clock.turn(seconds=61)
        assert page.world.sweep()["fetch_again"] == 1
        page.platform.answers = [lead_of(request.path)]
        page.platform.answer(request)

    page.platform.answers = [late]
    assert run(event) == "over"
    (again,) = page.announcements()
    assert run(again) == "new"


def test_after_a_day_and_a_half_it_is_left_to_a_manager(page: Page) -> None:
    page.deliver(1)
    began = page.world.clock()
    for attempt in range(1, MOST_FETCHES + 1):
        page.platform.answers = [FAILURES["500"]]
        (event,) = page.announcements()
        assert event["detail"]["n"] == attempt
        assert run(event) == "later"
        page.world.clock.at = page.lead().due_at
        swept = page.world.sweep()
    assert (swept["fetch_again"], swept["not_fetched"]) == (0, 1)
    assert 30 < (page.world.clock() - began).total_seconds() / 3600 < 48
    assert page.announcements() == []
    lead = page.lead()
    assert (lead.status, lead.place) == (Status.QUARANTINED, "quarantine")
    assert lead.log[-1].reason.startswith("not_fetched: ")
    assert len(page.platform.asked) == MOST_FETCHES
    page.world.clock.turn(seconds=FETCH_AT_LEAST_EVERY.total_seconds() * 2)
    assert page.world.sweep()["fetch_again"] == 0


# ── When the platform refuses ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (EXPIRED, "graph_190_463"),
        (NOT_THERE, "graph_100_33"),
        ((403, {"error": {"code": 200}}), "graph_200"),
        ((404, b"what?"), "http_404"),
    ],
)
def test_a_refusal_is_told_once_per_lead_and_heals_by_itself(
    page: Page, answer: Any, code: str
) -> None:
    """Breaking off is what reaches the alarm, and the people who can do something."""
    event = page.announced()
    page.platform.answers = [answer, answer]
    with pytest.raises(graph.GraphError, match=f"^{code}$"):
        run(event)
    page.world.clock.turn(seconds=61)
    page.world.sweep()
    (again,) = page.announcements()
    assert run(again) == "later"
    page.world.clock.turn(seconds=121)
    page.world.sweep()
    (mended,) = page.announcements()
    assert run(mended) == "new"


def test_without_an_access_token_nobody_is_asked(page: Page) -> None:
    event = page.announced()
    page.give()
    with pytest.raises(graph.GraphError, match=r"^no_access_token$"):
        run(event)
    assert page.platform.asked == []


def test_the_newest_token_is_shown_first_and_then_the_one_before(page: Page) -> None:
    page.give(access_token=["new", "old"])
    page.platform.answers = [EXPIRED]
    assert run(page.announced()) == "new"
    assert page.platform.tokens == ["new", "old"]


def test_a_refusal_that_is_not_the_tokens_fault_is_no_reason_to_show_another(page: Page) -> None:
    page.give(access_token=["new", "old"])
    page.platform.answers = [NOT_THERE]
    event = page.announced()
    with pytest.raises(graph.GraphError):
        run(event)
    assert page.platform.tokens == ["new"]


def test_a_token_that_has_been_put_in_is_found_without_waiting(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = page.announced()
    assert credentials.of_source("hook#meta")["access_token"] == [TOKEN]
    monkeypatch.setattr("tests.world.parameters.clear_caches", lambda: None)
    page.give(access_token=["new", TOKEN])
    page.platform.answers = [EXPIRED]
    assert run(event) == "new"
    assert page.platform.tokens == [TOKEN, "new"]


@pytest.mark.parametrize("token", ["", "two\nlines", "a b", "né", "x" * 5000])
def test_a_token_that_fits_no_header_is_a_refusal_that_does_not_show_it(
    page: Page, token: str
) -> None:
    event = page.announced()
    page.give(access_token=[token])
    with pytest.raises(graph.GraphError, match=r"^malformed_token$"):
        run(event)
    assert page.platform.asked == []


# ── What others get to see ───────────────────────────────────────────────────────────────────────


def test_the_token_is_in_the_header_and_nowhere_else(page: Page) -> None:
    assert run(page.announced()) == "new"
    ((path, headers),) = page.platform.asked
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert "EAAB" not in path
    assert "access_token" not in path
    assert "EAAB" not in json.dumps(page.world.items(), default=str)


@pytest.mark.usefixtures("impatient")
def test_neither_the_token_nor_the_person_is_ever_logged(
    page: Page, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(caplog.handler, "formatter", logger.registered_formatter)
    answers = [None, EXPIRED, *FAILURES.values()]
    page.deliver(*range(1, len(answers) + 1))
    events = page.announcements()
    for everything in ("", "leadwheel"):
        caplog.set_level(logging.DEBUG, everything)
    for event, answer in zip(events, answers, strict=True):
        page.platform.answers = [answer] if answer else []
        try:
            run(event)
        except graph.GraphError:
            logger.exception("as Lambda would")
    for code in ("graph_190_463", "timeout", "network_", "http_429", "unreadable_answer"):
        assert code in caplog.text, code
    for secret in ("EAAB", "Bearer", "Liesbeth", "@example.com"):
        assert secret not in caplog.text, secret


# ── When the process dies ────────────────────────────────────────────────────────────────────────


def test_wherever_a_fetch_dies_the_lead_is_fetched_in_the_end_and_once(
    page: Page, death: Any, survive: Any
) -> None:
    number, survived = 0, False
    while not survived:
        number += 1
        (lead_id,) = page.deliver(number)
        (event,) = page.announcements()
        death.arm(1 + number // 2, after=bool(number % 2))
        survived = survive(lambda event=event: run(event))
        death.arm(None)
        page.world.clock.turn(minutes=2)
        page.world.sweep()
        for again in page.announcements():
            assert run(again) == "new"
        lead = next(lead for lead in page.leads() if lead.lead_id == lead_id)
        assert steps(lead).count("released") == 1, number
    assert number > 6
