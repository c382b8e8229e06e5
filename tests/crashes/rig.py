"""One table and its functions, with a stand-in for all other services; fast enough for thousands
of lives, each of which begins where it is wanted."""

import copy
import itertools
import json
import logging
import pickle
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from aws_lambda_powertools.utilities import parameters
from botocore.client import BaseClient

import functions.deliver.handler as deliver
import functions.desk.handler as desk
import functions.fetch.handler as fetch
import shared.surroundings
from shared import credentials, graph
from shared.domain.config import Config
from shared.domain.ids import ENTROPY_BYTES, new_id
from shared.domain.leads import Lead
from shared.domain.sessions import Session
from shared.flows import digest_due, turns
from shared.flows.apply_config import apply_config
from shared.messages import outbound
from shared.store import bounces
from shared.store import config as config_store
from shared.store import people as people_store
from shared.store import routing as routing_store
from shared.surroundings import real
from shared.tokens import SessionName, sign_session
from tests import inside
from tests.audit import Books
from tests.aws_events import api_request, context
from tests.crashes.faults import Calls
from tests.graph import lead_of
from tests.pressing import FORM, filled_in
from tests.table import Clock, new_table
from tests.world import DiedError, World, as_kept

ADMIN = {"authorization": f"Bearer {'k' * 48}"}
KEYS = ["k" * 48]
LINK = re.compile(r"https://leads\.example\.com(/\S+)")
# What ends by itself has ended by then: a sender's claim, a router's baton.
A_WHILE = timedelta(seconds=21)


class NotYetError(Exception):
    """It did not work, and whoever wanted it knows: they may try again."""


class Told(NamedTuple):
    """Something that has left the house."""

    how: str
    to: str
    what: str  # without numbers: moments shift when something is done again
    text: str
    call: int  # by which of the calls that count; 0: by none
    id: str = ""


class Kept(NamedTuple):
    """All that a life is about, at some moment."""

    items: bytes
    records: list[dict[str, Any]]
    told: list[Told]
    at: datetime
    positions: tuple[int, int, int]
    memory: dict[str, Any]
    versions: dict[Any, Any]


@dataclass
class Rig(World):
    """A world in which any call may fail, and that can be put back to where it was."""

    calls: Calls = field(default_factory=Calls)
    secrets: dict[str, str] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    routed: int = 0  # records of the stream that routing is done with
    alerted: int = 0  # likewise
    heard: int = 0  # of what was told: events that have started what they start
    memory: dict[str, Any] = field(default_factory=dict)  # what people remember
    again: bool = False  # whether they try it again
    died: bool = False  # and were never answered

    # ── Beginning anew ───────────────────────────────────────────────────────────────────────────

    def keep(self) -> Kept:
        items = pickle.dumps(inside.items(self.table))
        records = inside.changes_since(self.table, 0)
        positions = self.routed, self.alerted, self.heard
        memory = copy.deepcopy(self.memory)
        versions = dict(config_store._versions)
        return Kept(items, records, list(self.told), self.clock.at, positions, memory, versions)

    def put_back(self, kept: Kept) -> None:
        """Everything as it was then, and all processes new."""
        held = pickle.loads(kept.items)  # noqa: S301 (our own)
        inside.put_back(self.table, held, kept.records)
        self.told = list(kept.told)
        self.clock.at = kept.at
        self.routed, self.alerted, self.heard = kept.positions
        self.memory = copy.deepcopy(kept.memory)
        config_store._versions.clear()
        config_store._versions.update(kept.versions)
        self.again = self.died = False
        self.begin_process()

    def begin_process(self) -> None:
        """Whatever a process remembers is gone."""
        for memory in (
            config_store._read,
            turns._crowded_until,
            credentials._looked,
            bounces._read,
            digest_due._looked,
        ):
            memory.clear()
        routing_store.forget()
        for provider in parameters.base.DEFAULT_PROVIDERS.values():
            provider.store.clear()  # and keep its client, which takes longer than a life
        self.calls.dead = False

    # ── What stands in for other services ────────────────────────────────────────────────────────

    def answer(self, operation: str, sent: dict[str, Any]) -> dict[str, Any]:
        match operation:
            case "SendEmail":
                (to,), simple = sent["Destination"]["ToAddresses"], sent["Content"]["Simple"]
                text = simple["Body"]["Text"]["Data"]
                self._note("mail", to, simple["Subject"]["Data"], text)
                return {"MessageId": "m"}
            case "Publish":
                to = sent.get("PhoneNumber") or sent["TopicArn"].rpartition(":")[2]
                kind = sent.get("MessageAttributes", {}).get("event", {}).get("StringValue", "")
                what = sent.get("Subject") or kind
                self._note("sns", to, what, sent["Message"])
                return {"MessageId": "m"}
            case "PutEvents":
                for entry in sent["Entries"]:
                    detail = json.loads(entry["Detail"])
                    self._note("event", "", entry["DetailType"], entry["Detail"], detail["id"])
                return {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}
            case "GetSecretValue":
                return {"SecretString": self.secrets[sent["SecretId"]]}
        raise AssertionError(f"nothing stands in for {operation}")

    def posted(self, url: str, body: bytes, _: Any) -> None:
        """In place of `outbound.post`."""

        def arrive() -> None:
            if refusal := self.memory.get("refusal"):
                raise outbound.UndeliveredError(refusal, lasting=True)
            self._note("post", urlsplit(url).path, "", repr(body))

        self.calls.make("post", url, arrive)

    def asked_platform(self, _: str, path: str, __: str) -> bytes:
        """In place of `graph.ask`."""

        def given() -> bytes:
            return json.dumps(lead_of(path)[1]).encode()

        return bytes(self.calls.make("ask", path, given))

    def _note(self, how: str, to: str, what: str, text: str, id_: str = "") -> None:
        what = re.sub(r"\d+", "#", what)
        self.told.append(Told(how, to, what, text, self.calls.number, id_))

    def link(self, rep: str, nth: int = -1) -> str:
        """What a mail to the rep leads to."""
        mails = [one for one in self.told if (one.how, one.to) == ("mail", f"{rep}@example.com")]
        found = LINK.search(mails[nth].text)
        assert found
        return found[1]

    # ── What starts functions ────────────────────────────────────────────────────────────────────

    def records(self) -> list[dict[str, Any]]:
        return inside.changes_since(self.table, 0)

    def items(self) -> list[dict[str, Any]]:
        return [item for items in inside.items(self.table).values() for item in items.values()]

    def route_new(self) -> None:
        """The stream brings what is new to routing, until routing says that it is done."""
        end = len(self.records())
        known = {id(record) for record in self.records()[self.routed :]}
        batch = [record for record in self.for_routing() if id(record) in known]
        _done(self.route(batch))
        self.routed = end

    def alert_new(self) -> None:
        """Likewise the alerts."""
        end = len(self.records())
        known = {id(record) for record in self.records()[self.alerted :]}
        batch = [record for record in self.for_alerts() if id(record) in known]
        if batch:
            _done(self.alert(batch))
        self.alerted = end

    def alert(self, records: list[dict[str, Any]] | None = None) -> Any:
        import functions.alerts.handler as alerts

        return alerts.handler({"Records": records or []}, context())

    def hear(self) -> None:
        """The bus starts what hears of the next events; Lambda tries again what fails."""
        while self.heard < len(self.told):
            event = self.told[self.heard]
            detail = (
                {"detail-type": event.what, "detail": json.loads(event.text)}
                if (event.how == "event")
                else {}
            )
            match event.what if detail else "":
                case "DeliveryDue" | "DigestDue":
                    with suppress(deliver.DeliveryDeadError):  # which rings the alarm
                        deliver.handler(detail, context())
                case "LeadAnnounced":
                    fetch.handler(detail, context())
            self.heard += 1

    def go_on(self) -> None:
        """Everything follows that follows by itself, and the schedule fires."""
        for minutes in (0, 2, 5):
            if minutes:
                self.clock.turn(minutes=minutes)
                self.sweep()
            while True:
                before = len(self.records()), len(self.told)
                self.route_new()
                self.alert_new()
                self.hear()
                if before == (len(self.records()), len(self.told)):
                    break
            if minutes and not self._waits():
                break

    def _waits(self) -> bool:
        """Whether something is still to go out."""
        return any(item.get("state") == {"S": "waiting"} for item in self.items())

    # ── What people do ───────────────────────────────────────────────────────────────────────────

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """A manager's request to the API."""
        raw = json.dumps(body).encode() if body is not None else None
        return desk.handler(
            api_request(method, path, body=raw, headers={**ADMIN, **headers}), context()
        )

    def apply(self, config: Config) -> None:
        apply_config(config, real())
        config_store._read.clear()

    def lead(self, nth: int = 0) -> Lead:
        return self.leads()[nth]

    def leads(self) -> list[Lead]:
        """All of them, in the order in which they came."""
        return sorted(Books(self.items()).leads, key=lambda lead: lead.lead_id)

    def sign_in(self, rep: str) -> str:
        """The cookie of a session."""
        person = people_store.person_of(config_store.active().pepper, f"{rep}@example.com")
        at = self.clock.at
        session = Session(person, real().new_id(), at, at, at + timedelta(days=30))
        people_store._begun(session).save()
        self.memory["cookie"] = "__Host-leadwheel=" + sign_session(
            SessionName(person, session.session_id), KEYS
        )
        return session.session_id

    def visit(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        """A page, for who is signed in."""
        headers = {**FORM, "cookie": self.memory.get("cookie", "")}
        return desk.handler(api_request(method, path, body=body, headers=headers), context())

    def press(self, path: str, **fields: str) -> dict[str, Any]:
        """The button of a page, for who is signed in."""
        page = self.visit("GET", path)
        if page["statusCode"] != 200:
            return page
        if assignment := re.search(r'name="assignment" value="(\d+)"', page["body"]):
            fields = {"assignment": assignment[1], **fields}
        return self.visit("POST", path, filled_in(page["body"], **fields))

    def told_that(self, answer: dict[str, Any], *done: int, once_more: int = 0) -> dict[str, Any]:
        """What an answer tells is done; NotYetError: it tells that it is not.

        `once_more`: what is true for who has died before they heard of it, and asks again.
        """
        status, body = answer["statusCode"], answer.get("body") or ""
        if status in (done or (200,)) or (self.died and status == once_more):
            return answer
        if status == 503 or (status == 409 and _may_try_again(body)):
            raise NotYetError(status)
        said = re.sub(r"(<[^>]+>|\s)+", " ", body)
        raise AssertionError(f"was told {status}: {said[:300]}")


def _may_try_again(body: str) -> bool:
    return "key-in-flight" in body or "leadwheel:conflict" in body or "at the same moment" in body


def _done(answer: Any) -> None:
    if answer and answer["batchItemFailures"]:
        raise NotYetError(answer)


@pytest.fixture
def rig(cloud: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """A table with all that the functions need around it, at nine in the morning."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud)
    rig = Rig(cloud, new_table(cloud), Clock())
    settings = {
        "SENDER": "leads@example.com",
        "MANAGER_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:managers",
        "EVENT_BUS": "bus",
        "PUBLIC_URL": "https://leads.example.com",
    }
    for name, text in (("LINK_SECRET", KEYS[0]), ("ADMIN_TOKEN", KEYS[0]), ("SOURCE_SECRETS", "")):
        settings[f"{name}_ARN"] = name
        rig.secrets[name] = text
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for module in (shared.surroundings, desk):
        monkeypatch.setattr(module, "now", rig.clock)
    numbers = itertools.count()

    def next_id() -> str:
        return new_id(rig.clock(), next(numbers).to_bytes(ENTROPY_BYTES))  # in order, in any case

    monkeypatch.setattr(shared.surroundings, "fresh_id", next_id)
    monkeypatch.setattr(shared.surroundings, "time", SimpleNamespace(sleep=lambda _: None))
    monkeypatch.setattr(outbound, "post", rig.posted)
    monkeypatch.setattr(graph, "ask", rig.asked_platform)
    to_table = BaseClient._make_api_call

    def called(client: Any, operation: str, arguments: Any) -> Any:
        def carry_out() -> Any:
            if client.meta.service_model.service_name == "dynamodb":
                return to_table(client, operation, arguments)
            return rig.answer(operation, arguments)

        return rig.calls.make(operation, arguments, carry_out)

    monkeypatch.setattr(BaseClient, "_make_api_call", called)
    rig.begin_process()
    logging.disable(logging.CRITICAL)
    yield rig
    logging.disable(logging.NOTSET)


def give_secrets(rig: Rig, by_source: dict[str, Any]) -> None:
    """What sources and channels prove themselves with; of a partner, its key in plain text."""
    rig.secrets["SOURCE_SECRETS"] = json.dumps(as_kept(by_source))


__all__ = ["DiedError", "NotYetError", "Rig", "give_secrets", "rig"]
