"""Attempts to break in, by the OWASP API Security Top 10 of 2023; docs/security.md names more.

Those that are tried elsewhere are not tried again here.
"""

import base64
import gzip
import ipaddress
import json
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

import functions.capture.handler as capture
import functions.desk.handler as desk
from shared import credentials
from shared.domain.numbers import number_of
from shared.flows.apply_config import apply_config
from shared.flows.doors import verifying
from shared.messages import outbound
from shared.openapi import PATHS
from shared.store import config as config_store
from tests.audit import Books
from tests.aws_events import api_request, context
from tests.team import config

ADMIN = {"authorization": f"Bearer {'k' * 48}"}
KEY = "lw_key-of-acme"
JSON = {"content-type": "application/json"}
ADA = {"name": "Ada", "email": "ada@factory.example"}
SELLS = {"mode": "live", "price": "1", "currency": "EUR"}
MORE = {
    "forms": {"website": {"redirects": ["https://ours.example/thanks"]}},
    "partners": {
        "acme": SELLS,
        "signs": {**SELLS, "trust": "signature"},
    },
    "hooks": {"zap": {"format": "zapier", "trust": "public"}},
}


@pytest.fixture
def doors(world: Any, around: Any) -> Any:
    """A form, two partners and a hook; the team behind them."""
    apply_config(config({"anna": 1, "bo": 1}, more=MORE), around)
    config_store._read.clear()
    credentials._looked.clear()
    world.give_secrets({"partner#acme": {"key": KEY}, "partner#signs": {"secret": ["whsec_YWJj"]}})
    return world


def post(path: str, body: Any, **headers: str) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return capture.handler(
        api_request("POST", path, body=raw, headers={**JSON, **named}), context()
    )


def ask(method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
    raw = None if body is None else json.dumps(body).encode()
    return desk.handler(api_request(method, path, body=raw, headers=headers), context())


# ── API2: authentication ─────────────────────────────────────────────────────────────────────────


def test_who_sells_to_whom_shows_neither_in_words_nor_in_work(doors, monkeypatch):
    """A partner there is, one there is not, and one that signs: one answer, the same look-ups."""
    looked: list[str] = []
    of_source = credentials.of_source

    def counted(named: str, *, again: bool = False) -> Any:
        looked.append("again" if again else "known")
        return of_source(named, again=again)

    monkeypatch.setattr(verifying.credentials, "of_source", counted)
    told = []
    for partner in ("acme", "nobody", "signs"):
        looked.clear()
        credentials._looked.clear()
        answer = post(f"/v1/partners/{partner}/leads", ADA, x_api_key="lw_wrong")
        told.append((answer["statusCode"], answer["body"], tuple(looked)))
    assert told == [told[0]] * 3
    assert told[0][0] == 401
    assert told[0][2] == ("known", "again")


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS256"])
def test_a_token_that_nobody_verified_is_nobodys(doors, algorithm):
    """The desk reads no token of a provider: API Gateway does, whatever it says of itself."""
    parts = (
        {"alg": algorithm, "typ": "JWT"},
        {"email": "lena@example.com", "email_verified": True},
    )
    coded = (base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in parts)
    forged = {"authorization": f"Bearer {'.'.join(coded).replace('=', '')}."}
    for path in ("/v1/parked", "/oidc/v1/parked", "//oidc/v1/parked", "/OIDC/v1/parked"):
        assert ask("GET", path, forged)["statusCode"] in (401, 404), path


# ── API3: properties ─────────────────────────────────────────────────────────────────────────────


def test_what_a_sender_calls_a_property_of_ours_is_a_field_of_theirs(doors):
    """A lead's owner, status, price and history are nobody's to send."""
    ours = {"status": "converted", "owner": "bo", "rev": 99, "lead_id": "0" * 26, "place": "rep#bo"}
    ours |= {"pk": "config", "sk": "head", "kind": "config", "due": "due#0", "price": "9999"}
    ours |= {"assignment": 7, "log": "[]", "expires_at": 1, "score": 100, "administrator": True}
    for path, headers in (
        ("/v1/forms/website/leads", {}),
        ("/v1/partners/acme/leads", {"x_api_key": KEY}),
        ("/v1/hooks/zap", {}),
    ):
        answer = post(path, {**ADA, **ours, "email": f"{path[4:8]}@factory.example"}, **headers)
        assert answer["statusCode"] in (200, 201)
        assert json.loads(answer["body"]).get("price", "1.00") == "1.00"
    leads = Books(doors.items()).leads
    assert len(leads) == 3
    assert {(lead.status, lead.owner, lead.rev, lead.assignment) for lead in leads} == {
        ("new", None, 1, 0)
    }
    assert {item["pk"]["S"] for item in doors.items() if item["kind"]["S"] == "lead"} == {
        f"lead#{lead.lead_id}" for lead in leads
    }


def test_a_desks_body_holds_what_is_known_and_nothing_else(doors):
    """Every path that takes JSON names the member that it does not know."""
    lead_id = json.loads(post("/v1/forms/website/leads", ADA)["body"])["lead_id"]
    for path in (f"/v1/leads/{lead_id}/accept", f"/v1/leads/{lead_id}/claim", "/v1/people/forget"):
        answer = ask("POST", path, ADMIN, {"administrator": True, "status": "converted"})
        assert answer["statusCode"] == 422, path
        assert "administrator" in answer["body"], path


# ── API4: resources ──────────────────────────────────────────────────────────────────────────────

LONG = 60_000
SECONDS = 5.0  # for what takes milliseconds, on a machine that has much else to do
HOSTILE = {
    "nothing but a letter": "a" * LONG,
    "spaces": " " * LONG,
    "digits and spaces": "1 " * (LONG // 2),
    "at signs": "a@" * (LONG // 2),
    "addresses": "a" * 64 + ("@" + "b" * 63) * 900,
    "tags": "<a " * (LONG // 3),
    "links": "http://" * (LONG // 7),
    "escapes": "\\u0041" * (LONG // 6),
    "marks": "e" + "\u0301" * (LONG // 2),
    "digits of another script": "\u0661" * (LONG // 2),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_keeps_a_door_busy(doors, text):
    """In any field, and as the body itself: it takes time in proportion to its length."""
    begun = time.process_time()
    for field in ("name", "email", "phone", "message", "website", "redirect_to", "budget"):
        raw = json.dumps({**ADA, field: text}, ensure_ascii=False).encode()[: 2 * LONG]
        assert post("/v1/forms/website/leads", raw)["statusCode"] < 500
    for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x"):
        answer = post("/v1/forms/website/leads", text.encode()[:LONG], content_type=kind)
        assert answer["statusCode"] < 500
    assert time.process_time() - begun < SECONDS


BOMBS = {
    "lists": (b"[" * LONG, "application/json"),
    "objects": (b'{"a":' * 10_000, "application/json"),
    "elements": (b"<a>" * 20_000, "application/xml"),
    "instructions": (b"<?a " * 15_000, "application/xml"),
    "entities": (
        b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>',
        "application/xml",
    ),
    "a file of ours": (
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a><name>&b;</name></a>',
        "application/xml",
    ),
    "fields": (b"&".join(b"f%d=1" % n for n in range(8_000)), "application/x-www-form-urlencoded"),
    "parts": (
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 1_200 + b"--x--",
        "multipart/form-data; boundary=x",
    ),
    "headers of a part": (
        b"--x\r\n" + b"A: b\r\n" * 9_000 + b"\r\n\r\n--x--",
        "multipart/form-data; boundary=x",
    ),
    "quotes": (
        b'--x\r\nContent-Disposition: form-data; name="' + b'\\"' * 30_000,
        "multipart/form-data; boundary=x",
    ),
}


@pytest.mark.parametrize(("body", "kind"), BOMBS.values(), ids=BOMBS)
def test_no_bomb_goes_off(doors, body, kind):
    """It is refused, soon, and by a problem that says why; nothing of it is stored."""
    begun = time.process_time()
    answer = post("/v1/partners/acme/leads", body, content_type=kind, x_api_key=KEY)
    assert time.process_time() - begun < SECONDS
    assert answer["statusCode"] in (400, 413, 422)
    assert b"root:" not in json.dumps(answer).encode()
    assert Books(doors.items()).leads == []


def test_what_is_compressed_is_not_unpacked(doors):
    """A few bytes that would be many: nothing here unpacks anything."""
    packed = gzip.compress(json.dumps(ADA).encode())
    answer = post("/v1/partners/acme/leads", packed, content_encoding="gzip", x_api_key=KEY)
    assert answer["statusCode"] == 400


@pytest.mark.parametrize("text", ["1e999999999", "9" * 50_000, "NaN", "-Infinity", "1e-999999"])
def test_a_number_is_one_that_can_be_counted_with(text):
    """What rules and scores compare has at most forty digits."""
    assert number_of(text) is None


# ── API6: business flows ─────────────────────────────────────────────────────────────────────────


def test_an_idempotency_key_tells_strangers_nothing(doors):
    """Who guesses a key of another's learns nothing of the lead: neither its id nor its body."""
    first = post("/v1/forms/website/leads", ADA, idempotency_key="order-1")
    other = post("/v1/forms/website/leads", {**ADA, "name": "Eve"}, idempotency_key="order-1")
    assert other["statusCode"] == 422
    assert json.loads(first["body"])["lead_id"] not in other["body"]
    assert "Ada" not in other["body"]
    sold = post("/v1/partners/acme/leads", ADA, x_api_key=KEY, idempotency_key="order-1")
    assert sold["statusCode"] == 201  # each door has keys of its own


# ── API7: where requests may go ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "169.254.169.254", "10.0.0.1", "100.64.0.1", "192.0.0.192", "0.0.0.0"),  # noqa: S104
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fd00:ec2::254", "fe80::1", "ff02::1"),
        *("::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::"),
        *("2001:0:0:0:0:0:5601:5601", "fec0::1"),
    ],
)
def test_nothing_is_posted_to_an_inner_address(address, monkeypatch):
    """Neither by its number nor by a name that leads there, in whatever notation."""
    monkeypatch.delenv(outbound.LOOPBACK, raising=False)
    assert not outbound.is_outside(ipaddress.ip_address(address))
    found = [(0, 0, 0, "", (address, 443))]
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(outbound.UndeliveredError, match="inner_address"):
        outbound.address_of(urlsplit("https://innocent.example/hook"))


def test_a_name_that_leads_inside_and_outside_leads_nowhere(monkeypatch):
    found = [(0, 0, 0, "", (each, 443)) for each in ("93.184.215.14", "127.0.0.1")]
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(outbound.UndeliveredError, match="inner_address"):
        outbound.address_of(urlsplit("https://innocent.example/hook"))


# ── API8, API9: configuration and inventory ──────────────────────────────────────────────────────


def test_a_host_that_somebody_names_is_in_no_answer(doors):
    """No address is made of a request's own headers: links name the one that we know."""
    named = {"host": "evil.example", "x-forwarded-host": "evil.example", "forwarded": "host=evil"}
    for path in ("/openapi.json", "/sign-in", "/v1/forms/website/spec", "/my/leads"):
        answer = ask("GET", path, {**ADMIN, **named})
        assert "evil" not in json.dumps(answer), path


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "%0d%0a", "\u2028", "\x85"])
def test_no_header_is_split(doors, break_):
    """What a sender says goes into no header but where a visitor is sent, and there encoded."""
    wanted = f"https://ours.example/thanks?a={break_}Set-Cookie:b=c"
    answer = post(
        "/v1/forms/website/leads",
        f"name=Ada&email=ada@factory.example&redirect_to={wanted}".encode(),
        content_type="application/x-www-form-urlencoded",
        accept="text/html",
    )
    assert answer["statusCode"] < 500
    for value in answer["headers"].values():
        assert not set(str(value)) & {"\r", "\n", "\u2028", "\x85"}
    assert answer.get("cookies", []) == []


def test_every_path_is_in_the_inventory():
    """Nothing is served that the specification does not name; see tests/unit/test_openapi.py."""
    for function in (capture, desk):
        routes = (*function.app._static_routes, *function.app._dynamic_routes)
        for path in {route.path.replace("<", "{").replace(">", "}") for route in routes}:
            assert path in PATHS or path.endswith("{action}"), path


# ── API10: what others answer ────────────────────────────────────────────────────────────────────


def test_a_name_is_text_wherever_it_is_shown(doors):
    """Also to a spreadsheet: there is no export as one, and JSON says what is a text."""
    formula = '=HYPERLINK("https://evil.example","x")'
    lead_id = json.loads(post("/v1/forms/website/leads", {**ADA, "name": formula})["body"])[
        "lead_id"
    ]
    answer = ask("GET", f"/v1/leads/{lead_id}", ADMIN)
    assert answer["headers"]["Content-Type"] == "application/json"
    assert json.loads(answer["body"])["fields"]["name"] == formula
