"""Devices that ring: set up by a rep, rung for their leads, and gone when nobody is there."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

import functions.deliver.handler as deliver
import functions.desk.handler as desk
from shared import credentials
from shared.domain.push import MOST_DEVICES, Subscription
from shared.domain.sessions import Session
from shared.errors import ConflictError
from shared.flows.apply_config import apply_config
from shared.messages import outbound, push
from shared.messages.brief import Brief, Fact
from shared.store import config as config_store
from shared.store import people as people_store
from shared.store import pushes as push_store
from shared.surroundings import real
from shared.tokens import SessionName, sign_session
from tests.aws_events import api_request, context
from tests.pressing import FORM, filled_in
from tests.receiver import Receiver, Request, receiving
from tests.team import config

LEAD = b'{"name": "Ada Byron", "email": "ada@example.com", "product": "heat pump"}'
CHANNELS = {"channels": {"phone-push": {"kind": "push"}, "chat": {"kind": "slack"}}}
RINGS = [{"channel": "phone-push", "on": ["assigned", "reminded"]}]
KEYS = [push.new_key(), push.new_key(), push.new_key()]
PUSH = "/my/push"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Stands in for the push services of browsers."""
    monkeypatch.setenv(outbound.LOOPBACK, "allowed")
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def team(world: Any, around: Any, service: Receiver) -> Any:
    credentials._looked.clear()
    applied(around, anna={"alerts": RINGS}, bo={"active": False})
    world.give_secrets({"channel#phone-push": {"secret": KEYS[:1]}})
    return world


def applied(around: Any, *, masked: bool = False, **limits: dict[str, Any]) -> None:
    pool = {"mask_until_accepted": masked}
    whole = config({"anna": 1, "bo": 1}, limits=limits, more=CHANNELS, **pool)
    apply_config(whole, around)
    config_store._read.clear()


class Browser:
    """A rep's, with the keys that browsers make; it is signed in."""

    def __init__(self, world: Any, rep: str = "anna") -> None:
        self.world = world
        self.person = person = people_store.person_of(
            config_store.active().pepper, f"{rep}@example.com"
        )
        at, self.session_id = world.clock.at, real().new_id()
        session = Session(person, self.session_id, at, at, at + timedelta(days=30))
        people_store._begun(session).save()
        token = sign_session(SessionName(person, self.session_id), ["k" * 48])
        self.cookie = f"__Host-leadwheel={token}"
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"a" * 16

    def ask(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        headers = {**FORM, "cookie": self.cookie}
        answer = desk.handler(api_request(method, path, body=body, headers=headers), context())
        answer["flat"] = " ".join(re.sub("<[^>]+>", "", answer["body"] or "").split())
        return answer

    def handed_over(self, endpoint: str) -> dict[str, str]:
        """What the page's script puts into its form."""
        public = self.private.public_key()
        raw = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": endpoint, "p256dh": base64url(raw), "auth": base64url(self.auth)}

    def press(self, **fields: str) -> dict[str, Any]:
        page = self.ask("GET", PUSH)["body"]
        (key,) = re.findall('name="key" value="(.*?)"', page)
        return self.ask("POST", PUSH, filled_in(page, **{"key": key, **fields}))

    def set_up(self, endpoint: str) -> None:
        assert self.press(**self.handed_over(endpoint))["statusCode"] == 303

    def read(self, request: Request) -> dict[str, Any]:
        """What a message says to this browser."""
        text = http_ece.decrypt(
            request.body, private_key=self.private, auth_secret=self.auth, version="aes128gcm"
        )
        return json.loads(text)


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def claims_of(request: Request) -> tuple[str, dict[str, Any]]:
    """The public key that a request is signed with, and what it claims."""
    authorization = request.headers["authorization"]
    assert Vapid02.verify(authorization)
    token, public = re.fullmatch("vapid t=(.+),k=(.+)", authorization).groups()
    middle = token.split(".")[1]
    return public, json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def lead(world: Any, key: str = "1") -> str:
    """A lead that anna gets; what she is to hear of is due."""
    answer = world.post(LEAD, key)
    world.route()
    assert world.alert() == {"batchItemFailures": []}
    return str(json.loads(answer["body"])["lead_id"])


def rung(world: Any, lead_id: str) -> dict[str, Any]:
    """What came of ringing for a lead; the delivery, after one attempt."""
    delivery_id = f"{lead_id}:2:phone-push:anna"
    try:
        deliver.handler({"detail": {"id": delivery_id}}, context())
    except deliver.DeliveryDeadError:
        pytest.fail("it is not over after one attempt")
    (item,) = [one for one in world.items() if one["pk"]["S"] == f"delivery#{delivery_id}"]
    return {"state": item["state"]["S"], "code": item.get("code", {}).get("S")}


def ringing(browser: Browser) -> list[str]:
    """The addresses that a person's devices take messages at, newest first."""
    devices = push_store.devices_of(browser.person, browser.world.clock.at)
    return [device.subscription.endpoint for device in devices]


# ── Setting up ───────────────────────────────────────────────────────────────────────────────────


def test_a_rep_lets_a_device_ring_and_stops_it(team: Any) -> None:
    anna = Browser(team)
    assert "Ring this phone for new leads" in anna.ask("GET", "/my/leads")["flat"]
    assert "This device" not in anna.ask("GET", PUSH)["flat"]
    anna.set_up("https://push.example.com/1")
    anna.set_up("https://push.example.com/1")
    assert ringing(anna) == ["https://push.example.com/1"]
    assert "This device, since 09:00" in anna.ask("GET", PUSH)["flat"]
    other = Browser(team)
    assert "This device" not in (seen := other.ask("GET", PUSH)["flat"])
    assert "Since 09:00" in seen
    assert other.press(drop=anna.session_id)["headers"]["Location"] == "push"
    assert ringing(anna) == []


def test_who_has_no_such_alert_is_not_offered_it(team: Any, around: Any) -> None:
    anna = Browser(team)
    anna.set_up("https://push.example.com/1")
    applied(around, anna={"alerts": [{"channel": "chat", "on": ["assigned"]}]})
    assert "Ring this phone" not in anna.ask("GET", "/my/leads")["flat"]
    answer = anna.ask("GET", PUSH)
    assert (answer["statusCode"], answer["headers"]["Location"]) == (303, "leads")
    boss = Browser(team, "maria")
    assert boss.ask("GET", PUSH)["statusCode"] == 303


def test_a_post_without_what_the_page_holds_changes_nothing(team: Any) -> None:
    """Nor one with what another session's page holds."""
    anna, other = Browser(team), Browser(team)
    keys = push.keys_of(KEYS[:1])
    sent = {**anna.handed_over("https://push.example.com/1"), "key": next(iter(keys))}
    assert anna.ask("POST", PUSH, urlencode(sent).encode())["statusCode"] == 303
    assert (
        anna.ask("POST", PUSH, filled_in(other.ask("GET", PUSH)["body"], **sent))["statusCode"]
        == 303
    )
    assert ringing(anna) == []
    other.set_up("https://push.example.com/2")
    assert (
        anna.ask("POST", PUSH, urlencode({"drop": other.session_id}).encode())["statusCode"] == 303
    )
    assert ringing(anna) == ["https://push.example.com/2"]


def test_who_is_switched_off_can_still_stop_a_device(team: Any, around: Any) -> None:
    """From a page that is open; it does not ring either way."""
    anna = Browser(team)
    anna.set_up("https://push.example.com/1")
    page = anna.ask("GET", PUSH)["body"]
    applied(around, anna={"alerts": RINGS, "active": False})
    for form in ({}, {"drop": anna.session_id}):
        assert ringing(anna)
        anna.ask("POST", PUSH, filled_in(page, **form))
    assert ringing(anna) == []
    assert anna.ask("GET", PUSH)["headers"]["Location"] == "leads"


@pytest.mark.parametrize("drop", ["x", "0" * 3_000, "å" * 26])
def test_what_is_no_device_cannot_be_dropped(team: Any, drop: str) -> None:
    anna = Browser(team)
    anna.set_up("https://push.example.com/1")
    assert anna.press(drop=drop)["statusCode"] == 303
    assert ringing(anna)


def test_nobody_drops_what_is_anothers(team: Any, around: Any) -> None:
    applied(around, anna={"alerts": RINGS}, bo={"alerts": RINGS})
    anna, bo = Browser(team), Browser(team, "bo")
    anna.set_up("https://push.example.com/1")
    bo.press(drop=anna.session_id)
    assert ringing(anna) == ["https://push.example.com/1"]
    assert ringing(bo) == []


def test_what_no_browser_hands_over_is_named(team: Any) -> None:
    anna = Browser(team)
    sent = {**anna.handed_over("http://push.example.com/1"), "auth": "YWJj"}
    answer = anna.press(**sent)
    assert answer["statusCode"] == 422
    for told in ("endpoint must begin with https://", "auth must be 16 bytes"):
        assert told in answer["flat"]
    assert ringing(anna) == []


def test_the_ten_newest_ring(team: Any) -> None:
    browsers = [Browser(team) for _ in range(MOST_DEVICES + 1)]
    for number, browser in enumerate(browsers):
        team.clock.turn(seconds=1)
        browser.set_up(f"https://push.example.com/{number}")
    newest_first = [f"https://push.example.com/{n}" for n in range(MOST_DEVICES, 0, -1)]
    assert ringing(browsers[0]) == newest_first


def test_an_address_rings_once_however_often_its_browser_signed_in(team: Any) -> None:
    for _ in range(2):
        team.clock.turn(seconds=1)
        anna = Browser(team)
        anna.set_up("https://push.example.com/1")
    assert len(ringing(anna)) == 1
    (device,) = push_store.devices_of(anna.person, team.clock.at)
    assert device.session_id == anna.session_id


def test_a_device_goes_with_its_session(team: Any) -> None:
    """However that ends; and one that has ended takes none."""
    anna, other = Browser(team), Browser(team)
    anna.set_up("https://push.example.com/1")
    other.set_up("https://push.example.com/2")
    page = anna.ask("GET", PUSH)["body"]
    anna.ask("POST", "/sign-out", filled_in(page))
    assert ringing(other) == ["https://push.example.com/2"]
    (ended,) = [item for item in team.items() if "ended_at" in item]
    assert not {"push", "push_since"} & ended.keys()
    with pytest.raises(ConflictError):
        push_store.set_up(anna.person, anna.session_id, Subscription("", "", "", ""), team.clock.at)
    team.clock.turn(days=31)
    assert ringing(other) == []


def test_before_there_is_a_key_no_device_can_be_set_up(team: Any) -> None:
    for secret in ({}, {"secret": ["no key"]}):
        team.give_secrets({"channel#phone-push": secret})
        page = Browser(team).ask("GET", PUSH)
        assert page["statusCode"] == 200
        assert 'id="ring"' not in page["body"]


# ── What browsers fetch ──────────────────────────────────────────────────────────────────────────


def test_the_page_lets_its_own_script_run_and_no_other(team: Any) -> None:
    anna, policies = Browser(team), set()
    for _ in range(2):
        answer = anna.ask("GET", PUSH)
        policy = answer["headers"]["Content-Security-Policy"]
        policies.add(policy)
        (nonce,) = re.findall("script-src 'nonce-([^']+)'", policy)
        assert re.findall("<script[^>]*>", answer["body"]) == [
            f'<script src="../my/push.js" nonce="{nonce}" defer>'
        ]
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy.partition("img-src")[2]
    assert len(policies) == 2  # nobody can know the next one
    for path in ("/my/leads", "/my/sessions"):
        answer = anna.ask("GET", path)
        assert "script" not in answer["headers"]["Content-Security-Policy"]
        assert "<script" not in answer["body"]


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/my/push.js", "text/javascript; charset=utf-8"),
        ("/my/worker.js", "text/javascript; charset=utf-8"),
        ("/my/manifest.webmanifest", "application/manifest+json"),
    ],
)
def test_what_the_page_names_is_there_for_anybody(path: str, content_type: str) -> None:
    answer = desk.handler(api_request("GET", path), context())
    headers = answer["headers"]
    assert (answer["statusCode"], headers["Content-Type"]) == (200, content_type)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert answer["body"]


def test_the_manifest_is_json_with_paths_beside_it() -> None:
    answer = desk.handler(api_request("GET", "/my/manifest.webmanifest"), context())
    assert json.loads(answer["body"])["start_url"] == "leads"


# ── Ringing ──────────────────────────────────────────────────────────────────────────────────────


def test_a_device_rings_with_what_only_it_can_read(team: Any, service: Receiver) -> None:
    anna = Browser(team)
    anna.set_up(f"{service.url}/wake/1?x=y")
    service.then = 201
    lead_id = lead(team)
    assert rung(team, lead_id) == {"state": "sent", "code": None}
    (request,) = service.got
    assert request.path == "/wake/1?x=y"
    assert anna.read(request) == {
        "title": "New lead for you",
        "body": "Name: Ada Byron\nProduct: heat pump\nSource: website\nPool: sales",
        "url": f"https://leads.example.com/my/leads/{lead_id}",
        "tag": lead_id,
    }
    assert b"Ada" not in request.body
    headers = request.headers
    assert headers["content-encoding"] == "aes128gcm"
    assert (headers["ttl"], headers["urgency"], headers["topic"]) == ("3600", "high", lead_id)
    public, claims = claims_of(request)
    assert public == push.public_key(next(iter(push.keys_of(KEYS[:1]).values())))
    assert claims["aud"] == service.url
    assert claims["sub"] == "https://leads.example.com"
    left = claims["exp"] - team.clock.at.timestamp()
    assert 3600 < left <= 24 * 3600


def test_the_page_behind_a_message_is_there(team: Any, service: Receiver) -> None:
    anna = Browser(team)
    anna.set_up(f"{service.url}/1")
    rung(team, lead(team))
    path = anna.read(service.got[0])["url"].removeprefix("https://leads.example.com")
    assert "Ada Byron" in anna.ask("GET", path)["flat"]


def test_a_message_shows_what_the_rep_may_see_in_their_language(
    team: Any, around: Any, service: Receiver
) -> None:
    anna = {"alerts": RINGS, "language": "sv"}
    applied(around, masked=True, anna=anna, bo={"active": False})
    browser = Browser(team)
    browser.set_up(f"{service.url}/1")
    rung(team, lead(team))
    told = browser.read(service.got[0])
    assert "lead till dig" in told["title"]
    assert "A. B." in told["body"]
    assert "Ada" not in told["body"]


@pytest.mark.parametrize("answer", [404, 410])
def test_a_device_that_is_no_more_is_forgotten(team: Any, service: Receiver, answer: int) -> None:
    anna = Browser(team)
    anna.set_up(f"{service.url}/1")
    service.then = answer
    assert rung(team, lead(team)) == {"state": "waiting", "code": "no_device"}
    assert ringing(anna) == []


@pytest.mark.parametrize("answer", [403, 429, 500])
def test_a_service_that_does_not_take_it_now_is_asked_again(
    team: Any, service: Receiver, answer: int
) -> None:
    anna = Browser(team)
    anna.set_up(f"{service.url}/1")
    service.answers = [answer]
    lead_id = lead(team)
    assert rung(team, lead_id) == {"state": "waiting", "code": f"http_{answer}"}
    assert ringing(anna) == [f"{service.url}/1"]
    team.clock.turn(minutes=1)
    assert rung(team, lead_id)["state"] == "sent"


def test_one_device_of_several_is_enough(team: Any, service: Receiver) -> None:
    browsers = [Browser(team) for _ in range(3)]
    for number, browser in enumerate(browsers):
        browser.set_up(f"{service.url}/{number}")
    service.answers = [410, 500, 201]  # whichever asks first
    assert rung(team, lead(team))["state"] == "sent"
    assert len(service.got) == 3
    assert len(ringing(browsers[0])) == 2


def test_who_has_no_device_is_not_reached(team: Any) -> None:
    assert rung(team, lead(team)) == {"state": "waiting", "code": "no_device"}


def test_what_was_handed_over_anew_is_not_forgotten(team: Any) -> None:
    """While a message was on its way to the address before, and found nobody."""
    anna = Browser(team)
    anna.set_up("https://push.example.com/1")
    (device,) = push_store.devices_of(anna.person, team.clock.at)
    team.clock.turn(seconds=1)
    anna.set_up("https://push.example.com/2")
    push_store.forget(device)
    assert ringing(anna) == ["https://push.example.com/2"]


def test_no_inner_address_is_asked(team: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(outbound.LOOPBACK)
    Browser(team).set_up("https://169.254.169.254/latest/meta-data")
    assert rung(team, lead(team))["code"] == "inner_address"


def test_what_is_no_point_of_the_curve_is_forgotten(team: Any) -> None:
    anna = Browser(team)
    sent = anna.handed_over("https://push.example.com/1")
    anna.press(**{**sent, "p256dh": base64url(b"\x04" + b"\x01" * 64)})
    assert ringing(anna)
    assert rung(team, lead(team))["code"] == "no_device"
    assert ringing(anna) == []


@pytest.mark.parametrize("endpoint", ["https://[2606:4700::1111]/x", "https://host:/x"])
def test_what_nothing_can_be_signed_for_silences_no_other_device(
    team: Any, service: Receiver, endpoint: str
) -> None:
    """As it may be kept from before such addresses were refused."""
    odd, fine = Browser(team), Browser(team)
    keys = {**odd.handed_over(endpoint), "key": next(iter(push.keys_of(KEYS[:1])))}
    push_store.set_up(odd.person, odd.session_id, Subscription(**keys), team.clock.at)
    fine.set_up(f"{service.url}/1")
    assert rung(team, lead(team))["state"] == "sent"
    assert ringing(fine) == [f"{service.url}/1"]


def test_a_device_goes_on_with_the_key_it_was_set_up_with(team: Any, service: Receiver) -> None:
    """As long as it is one of the two that are valid."""
    anna = Browser(team)
    anna.set_up(f"{service.url}/1")
    team.give_secrets({"channel#phone-push": {"secret": [KEYS[1], KEYS[0]]}})
    assert rung(team, lead(team))["state"] == "sent"
    other = Browser(team)
    other.set_up(f"{service.url}/2")
    assert rung(team, lead(team, "2"))["state"] == "sent"
    signed = {request.path: claims_of(request)[0] for request in service.got}
    assert [push.fingerprint(signed[path]) for path in ("/1", "/2")] == [
        *push.keys_of([KEYS[0], KEYS[1]])
    ]
    assert "any more" not in anna.ask("GET", PUSH)["flat"]
    team.give_secrets({"channel#phone-push": {"secret": [KEYS[2]]}})
    assert rung(team, lead(team, "3"))["code"] == "other_key"
    assert "It does not ring any more" in anna.ask("GET", PUSH)["flat"]


@pytest.mark.parametrize(
    ("secret", "code"), [({}, "no_secret"), ({"secret": ["short"]}, "malformed_secret")]
)
def test_without_a_key_nothing_is_sent(team: Any, secret: dict[str, Any], code: str) -> None:
    team.give_secrets({"channel#phone-push": secret})
    assert rung(team, lead(team))["code"] == code


def test_a_message_is_small_whatever_strangers_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Push services take 4,096 bytes, encrypted."""
    monkeypatch.setenv("PUBLIC_URL", "https://leads.example.com")
    loud = "😀" * 300
    told = Brief(loud, loud, tuple(Fact("Name:", loud) for _ in range(6)), "", "", "")
    assert len(push.message(told, "0" * 26)) < 3_000
