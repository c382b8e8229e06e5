"""What a seller of leads hears, and what is stored of it."""

import json
import os
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

import functions.capture.handler as capture
import functions.desk.handler as desk
from shared import credentials
from shared.domain.leads import Status
from shared.flows.apply_config import apply_config
from shared.sources.delivery import Delivery
from shared.sources.signatures import STANDARD_WEBHOOKS
from shared.store import config as config_store
from tests.audit import Books
from tests.aws_events import api_request, context
from tests.table import client
from tests.team import config

ADMIN = {"authorization": f"Bearer {'k' * 48}"}
KEY = "lw_a-key-of-acme"
PATH = "/v1/partners/acme/leads"
PINGS = "/v1/partners/acme/pings"
ADA = {"name": "Ada Byron", "email": "ada@factory.example", "country": "SE", "product": "solar"}
PING = {"country": "SE", "product": "solar", "postal_code": "111 22"}
ACME: dict[str, Any] = {
    "mode": "live",
    "currency": "EUR",
    "price": "20",
    "prices": [{"when": {"product": "solar"}, "price": "30.50"}],
    "pings": True,
    "values": {"product": ["solar", "roof"]},
    "duplicates": {"within": "30d", "keys": ["email", "phone"]},
    "screening": [
        {"name": "throw-away mail", "then": "quarantine", "email_domains": "disposable"},
        {"name": "no casinos", "then": "reject", "contains": {"words": ["casino"]}},
        {"name": "Nordic only", "then": "reject", "other_countries": ["SE", "NO"]},
    ],
}


class Seller:
    """Posts as a partner does."""

    def __init__(self, world: Any, around: Any) -> None:
        self.world, self.around = world, around
        self.configure()
        world.give_secrets({"partner#acme": {"key": KEY}, "partner#other": {"key": "lw_other"}})

    def configure(self, **settings: Any) -> None:
        partners = {"acme": {**ACME, **settings}, "other": {**ACME, "price": "1"}}
        apply_config(config({"anna": 1}, more={"partners": partners}), self.around)
        config_store._read.clear()

    def __call__(self, said: Any, path: str = PATH, key: str | None = KEY, **headers: str) -> Any:
        raw = said if isinstance(said, bytes) else json.dumps(said).encode()
        sent = {"content-type": "application/json"}
        sent |= {name.replace("_", "-"): text for name, text in headers.items()}
        if key:
            sent["authorization"] = f"Bearer {key}"
        answer = capture.handler(api_request("POST", path, body=raw, headers=sent), context())
        if "json" in answer["headers"]["Content-Type"]:
            answer["json"] = json.loads(answer["body"])
        return answer

    def leads(self) -> list[Any]:
        return Books(self.world.items()).leads

    def caps(self) -> dict[str, tuple[int, int]]:
        """Cap and period → leads and money counted."""
        return {
            f"{item['pk']['S']} {item['sk']['S']}": (
                int(item["leads"]["N"]),
                int(item["money"]["N"]),
            )
            for item in self.world.items()
            if item["kind"]["S"] == "cap"
        }


@pytest.fixture
def seller(world: Any, around: Any) -> Seller:
    return Seller(world, around)


def told(answer: Any) -> tuple[int, str, str]:
    return answer["statusCode"], answer["json"]["outcome"], answer["json"].get("code", "")


# ── Buying ───────────────────────────────────────────────────────────────────────────────────────


def test_a_good_lead_is_bought_at_its_price(seller: Any) -> None:
    answer = seller(ADA)
    (lead,) = seller.leads()
    assert answer["statusCode"] == 201
    assert answer["json"] == {
        "outcome": "success",
        "code": "accepted",
        "reason": "the lead is bought",
        "lead_id": lead.lead_id,
        "price": "30.50",
        "currency": "EUR",
    }
    assert (lead.status, lead.source) == (Status.NEW, "partner#acme")
    assert (lead.sale.price, lead.sale.currency) == (305_000, "EUR")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", urlencode(ADA).encode()),
        (
            "application/xml",
            (
                b"<lead><name>Ada Byron</name><email>ada@factory.example</email>"
                b"<country>SE</country><product>solar</product></lead>"
            ),
        ),
        ("text/plain", json.dumps(ADA).encode()),
    ],
)
def test_forms_and_xml_are_read_too(seller: Any, content_type: str, body: bytes) -> None:
    answer = seller(body, content_type=content_type)
    assert told(answer) == (201, "success", "accepted")
    (lead,) = seller.leads()
    assert lead.fields["email"] == "ada@factory.example"


def test_who_asks_for_xml_is_answered_in_xml(seller: Any) -> None:
    answer = seller(ADA, accept="application/xml")
    assert answer["headers"]["Content-Type"] == "application/xml"
    assert "<outcome>success</outcome>" in answer["body"]
    assert "<price>30.50</price>" in answer["body"]


def test_adf_is_read_when_agreed(seller: Any) -> None:
    seller.configure(format="adf", values={}, screening=[])
    body = (
        b'<?xml version="1.0"?><?adf version="1.0"?><adf><prospect><id source="a">X-1</id>'
        b"<requestdate>2026-02-09T18:26:00-05:00</requestdate><customer><contact>"
        b'<name part="full">Ada Byron</name><email>ada@factory.example</email></contact>'
        b"</customer></prospect></adf>"
    )
    assert told(seller(body, content_type="application/xml")) == (201, "success", "accepted")
    (lead,) = seller.leads()
    assert lead.fields["name"] == "Ada Byron"


# ── Who it is ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", [None, "", "lw_wrong", "lw_other", "é", "k" * 10_000])
def test_without_the_partners_own_key_nothing_is_stored(seller: Any, key: str | None) -> None:
    before = len(seller.world.items())
    answer = seller(ADA, key=key)
    assert told(answer)[:2] == (401, "error")
    assert len(seller.world.items()) == before


def test_an_unknown_partner_is_answered_like_a_wrong_key(seller: Any) -> None:
    unknown = seller(ADA, path="/v1/partners/nobody/leads")
    wrong = seller(ADA, key="lw_wrong")
    assert (unknown["statusCode"], unknown["body"]) == (401, wrong["body"])


def test_the_key_may_come_in_a_header_of_its_own(seller: Any) -> None:
    assert told(seller(ADA, key=None, x_api_key=KEY))[0] == 201


def test_a_new_key_works_beside_the_old_one_at_once(seller: Any, monkeypatch: Any) -> None:
    seller(ADA)
    hashes = [{"sha256": credentials.key_hash(key)} for key in (KEY, "lw_newer")]
    client("secretsmanager", seller.world.cloud).put_secret_value(
        SecretId=os.environ["SOURCE_SECRETS_ARN"],
        SecretString=json.dumps({"partner#acme": {"keys": hashes}}),
    )
    monkeypatch.setattr(credentials, "_looked", {})
    bob = {**ADA, "email": "bob@factory.example"}
    assert told(seller(bob, key="lw_newer"))[0] == 201
    assert told(seller({**bob, "email": "cy@factory.example"}, key=KEY))[0] == 201


def test_a_key_for_other_things_is_refused(seller: Any) -> None:
    client("secretsmanager", seller.world.cloud).put_secret_value(
        SecretId=os.environ["SOURCE_SECRETS_ARN"],
        SecretString=json.dumps(
            {"partner#acme": {"keys": [{"sha256": credentials.key_hash(KEY), "scopes": ["pings"]}]}}
        ),
    )
    assert told(seller(ADA))[:2] == (403, "error")
    assert told(seller({"country": "SE"}, path=PINGS))[:2] == (200, "success")


# ── What is wrong ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"name": ', "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"<lead>", "application/xml", 400),
        (b"%PDF", "application/pdf", 415),
        (b"x" * 70_000, "application/json", 413),
        (b"{}", "application/json", 422),
    ],
)
def test_a_bad_request_is_an_error_and_nothing_is_stored(
    seller: Any, body: bytes, content_type: str, status: int
) -> None:
    answer = seller(body, content_type=content_type)
    assert told(answer)[:2] == (status, "error")
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert seller.leads() == []


def test_what_no_item_can_hold_is_too_large(seller: Any) -> None:
    """Control characters take six times the room that they take in a body."""
    answer = seller(b'{"email":"a@factory.example","x":{"b":"' + b"\x01" * 65_000 + b'"}}')
    assert told(answer)[:2] in ((413, "error"), (201, "success"))


def test_every_wrong_field_is_named(seller: Any) -> None:
    answer = seller({**ADA, "email": "ada@", "phone": "12"})
    assert [problem["field"] for problem in answer["json"]["errors"]] == ["email", "phone"]
    answer = seller({**ADA, "product": "boats"})
    assert answer["json"]["errors"] == [
        {"field": "product", "message": "must be one of: solar, roof"}
    ]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"message": "best casino"}, "screened"),
        ({"country": "DE"}, "screened"),
    ],
)
def test_a_lead_that_is_not_wanted_is_a_failure_on_record(
    seller: Any, said: dict[str, str], code: str
) -> None:
    answer = seller({**ADA, **said})
    assert told(answer) == (200, "failure", code)
    assert answer["json"]["price"] == "0.00"
    (lead,) = seller.leads()
    assert (lead.lead_id, lead.status) == (answer["json"]["lead_id"], Status.REJECTED)
    (item,) = (item for item in seller.world.items() if item["kind"]["S"] == "lead")
    assert "expires_at" in item, "what is not ours is not kept for ever"


def test_what_looks_odd_is_held_for_a_person(seller: Any) -> None:
    answer = seller({**ADA, "email": "ada@mailinator.com"})
    assert told(answer) == (201, "success", "held")
    assert answer["json"]["price"] == "0.00"
    (lead,) = seller.leads()
    assert lead.status is Status.QUARANTINED


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"mode": "paused"}, "paused"),
        ({"hours": [{"days": ["sun"]}]}, "outside_hours"),
    ],
)
def test_a_closed_door_is_a_failure_that_keeps_nothing(
    seller: Any, settings: dict[str, Any], code: str
) -> None:
    seller.configure(**settings)
    assert told(seller(ADA)) == (200, "failure", code)
    (lead,) = seller.leads()
    assert lead.fields == {}


# ── Tests ────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_partner_only_tests_until_somebody_says_otherwise(seller: Any) -> None:
    seller.configure(mode="test", caps=[{"name": "daily", "per": "day", "leads": 0}])
    assert told(seller(ADA)) == (201, "success", "test")
    (lead,) = seller.leads()
    assert lead.status is Status.REJECTED, "nobody gets it"
    assert seller.caps() == {}


def test_a_test_lead_of_a_live_partner_never_counts(seller: Any) -> None:
    seller.configure(caps=[{"name": "daily", "per": "day", "leads": 1}])
    assert told(seller({**ADA, "test": True})) == (201, "success", "test")
    assert told(seller(ADA)) == (201, "success", "accepted"), "no duplicate of a test"
    assert list(seller.caps().values()) == [(1, 305_000)]


# ── Again ────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_key_and_body_get_the_same_answer_whatever_it_was(seller: Any) -> None:
    seller.configure(caps=[{"name": "daily", "per": "day", "leads": 1}])
    for said in (ADA, {**ADA, "email": "full@factory.example"}, {**ADA, "country": "DE"}):
        first = seller(said, idempotency_key=json.dumps(said))
        seller.world.clock.turn(hours=30)
        assert seller(said, idempotency_key=json.dumps(said))["body"] == first["body"]
    assert len(seller.leads()) == 3


def test_the_same_key_with_another_body_is_an_error(seller: Any) -> None:
    seller(ADA, idempotency_key="1")
    answer = seller({**ADA, "email": "eve@factory.example"}, idempotency_key="1")
    assert told(answer)[:2] == (422, "error")
    assert answer["json"]["type"].endswith(":key-reused")


def test_the_partners_own_id_makes_a_repeat_the_same_lead(seller: Any) -> None:
    seller.configure(external_id="vendor_ref", duplicates=None)
    first = seller({**ADA, "Vendor Ref": "A-1"})
    seller.world.clock.turn(days=2)
    assert seller({**ADA, "Vendor Ref": "A-1"})["body"] == first["body"]
    other = seller({**ADA, "Vendor Ref": "A-2"})
    assert other["json"]["lead_id"] != first["json"]["lead_id"]


def test_a_request_and_a_lead_may_have_the_same_number(seller: Any) -> None:
    first = seller({**ADA, "external_id": "5"})
    other = seller({**ADA, "email": "bo@factory.example"}, idempotency_key="5")
    assert told(other) == (201, "success", "accepted")
    assert other["json"]["lead_id"] != first["json"]["lead_id"]


def test_a_signed_request_is_bought_once_under_its_signed_id(seller: Any) -> None:
    """Whoever copies it can renew neither its id nor, with another key, the purchase."""
    seller.configure(trust="signature", duplicates=None)
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    seller.world.give_secrets({"partner#acme": {"secret": [secret]}})
    body = json.dumps(ADA).encode()
    headers = {"content-type": "application/json"}
    signed = STANDARD_WEBHOOKS.signed(Delivery(body, seller.world.clock(), headers=headers), secret)
    copied = {name.replace("-", "_"): text for name, text in signed.headers.items()}
    first = seller(body, key=None, **copied)
    assert told(first) == (201, "success", "accepted")
    seller.world.clock.turn(seconds=100)
    again = seller(body, key=None, **copied, idempotency_key="another")
    assert again["body"] == first["body"]
    assert len(seller.leads()) == 1


def test_one_partners_keys_and_ids_are_nothing_to_another(seller: Any) -> None:
    first = seller(ADA, idempotency_key="1")
    other = seller(
        {**ADA, "email": "bo@x.example"},
        path="/v1/partners/other/leads",
        key="lw_other",
        idempotency_key="1",
    )
    assert told(other) == (201, "success", "accepted")
    assert other["json"]["lead_id"] != first["json"]["lead_id"]


# ── Duplicates ───────────────────────────────────────────────────────────────────────────────────


def test_the_same_person_again_is_rejected_and_unpaid(seller: Any) -> None:
    first = seller(ADA)
    again = seller({**ADA, "name": "A. Byron", "message": "hello?"})
    assert told(again) == (200, "failure", "duplicate")
    assert again["json"]["price"] == "0.00"
    duplicate = next(lead for lead in seller.leads() if lead.status is Status.DUPLICATE)
    assert duplicate.log[-1].first == first["json"]["lead_id"]
    assert first["json"]["lead_id"] not in again["body"], "whose lead it was is not theirs to know"


def test_one_key_of_several_is_enough(seller: Any) -> None:
    seller({**ADA, "phone": "+46701740605"})
    by_phone = {"name": "B", "phone": "070-174 06 05", "country": "SE", "product": "roof"}
    seller.configure(default_country="SE")
    assert told(seller(by_phone)) == (200, "failure", "duplicate")


def test_after_its_window_a_person_may_come_again(seller: Any) -> None:
    """Whatever the time-to-live has deleted by then: the guard's own time counts."""
    seller(ADA)
    seller.world.clock.at += timedelta(days=30) - timedelta(seconds=1)
    assert told(seller({**ADA, "message": "1"}))[1] == "failure"
    seller.world.clock.turn(seconds=2)
    assert told(seller({**ADA, "message": "2"}))[1] == "success"


def test_a_rejected_lead_makes_nobody_a_duplicate(seller: Any) -> None:
    seller({**ADA, "country": "DE"})
    assert told(seller(ADA)) == (201, "success", "accepted")


def test_identical_posts_within_a_minute_are_one_post(seller: Any) -> None:
    """A repeat of the very same words is a retry, and hears what the first one heard."""
    assert seller(ADA)["body"] == seller(ADA)["body"]
    assert len(seller.leads()) == 1


@pytest.mark.parametrize("duplicates", [ACME["duplicates"], None])
def test_the_real_lead_after_a_test_in_the_same_words_is_bought(
    seller: Any, duplicates: Any
) -> None:
    seller.configure(duplicates=duplicates)
    test = seller({**ADA, "test": "yes"})
    assert told(test) == (201, "success", "test")
    assert told(seller(ADA)) == (201, "success", "accepted")
    assert seller({**ADA, "test": "yes"})["body"] == test["body"]
    assert len(seller.leads()) == 2


@pytest.mark.parametrize("ping", [{}, PING])
def test_a_retry_is_the_same_post_although_the_person_came_elsewhere_meanwhile(
    seller: Any, ping: dict[str, str]
) -> None:
    """The person's guard names the other lead by then, as others compare with the newest."""
    policy = {"within": "30d", "keys": ["email"], "scope": "everywhere"}
    forms = {"website": {}}
    partners = {"acme": {**ACME, "duplicates": policy}}
    apply_config(config({"anna": 1}, more={"forms": forms, "partners": partners}), seller.around)
    promised = {"ping_id": seller(ping, path=PINGS)["json"]["ping_id"]} if ping else {}
    said = {**ADA, **ping, **promised}
    first = seller(said)
    assert told(first) == (201, "success", "accepted")
    seller.world.clock.turn(seconds=5)
    seller({"email": ADA["email"], "message": "call me"}, path="/v1/forms/website/leads", key=None)
    seller.world.clock.turn(seconds=54)
    assert seller(said)["body"] == first["body"]
    assert len(seller.leads()) == 2
    seller.world.clock.turn(seconds=2)
    assert told(seller(ADA)) == (200, "failure", "duplicate")


def test_a_duplicate_is_answered_as_such_again(seller: Any) -> None:
    seller(ADA)
    other = {**ADA, "message": "hello?"}
    duplicate = seller(other)
    assert told(duplicate) == (200, "failure", "duplicate")
    assert seller(other)["body"] == duplicate["body"]
    assert told(seller(ADA)) == (201, "success", "accepted")
    assert len(seller.leads()) == 2


def test_a_key_tells_another_request_and_no_key_tells_nothing(seller: Any) -> None:
    keyed = seller(ADA, idempotency_key="k")
    assert seller(ADA)["body"] == keyed["body"]
    bo = {**ADA, "email": "bo@factory.example"}
    bare = seller(bo)
    assert told(seller(bo, idempotency_key="l")) == (200, "failure", "duplicate")
    assert seller(bo)["body"] == bare["body"]


# ── Caps ─────────────────────────────────────────────────────────────────────────────────────────


def test_nested_caps_each_hold(seller: Any) -> None:
    seller.configure(
        caps=[
            {"name": "daily", "per": "day", "leads": 3},
            {"name": "roofs", "per": "day", "leads": 1, "when": {"product": "roof"}},
            {"name": "money", "per": "month", "money": "81.50"},
        ]
    )
    answers = [
        seller({**ADA, "email": f"{n}@factory.example", "product": product})["json"]
        for n, product in enumerate(["roof", "roof", "solar", "solar", "solar"])
    ]
    assert [(answer["outcome"], answer["reason"]) for answer in answers] == [
        ("success", "the lead is bought"),
        ("failure", "the cap 'roofs' is full"),
        ("success", "the lead is bought"),
        ("success", "the lead is bought"),
        ("failure", "the cap 'daily' is full"),
    ]
    assert seller.caps() == {
        "cap#partner#acme#daily 2026-03-02": (3, 810_000),
        "cap#partner#acme#roofs 2026-03-02": (1, 200_000),
        "cap#partner#acme#money 2026-03": (3, 810_000),
    }
    seller.world.clock.turn(days=1)
    answer = seller({**ADA, "email": "next@factory.example"})
    assert answer["json"]["reason"] == "the cap 'money' is full", "81.00 spent, 0.50 left"


def test_as_many_caps_as_may_be_are_all_counted_with_the_lead(seller: Any) -> None:
    caps = [{"name": f"cap-{n}", "per": "day", "leads": 1} for n in range(88)]
    seller.configure(caps=caps)
    assert seller({**ADA, "phone": "+46701234567"})["statusCode"] == 201
    assert len(seller.caps()) == 88


def test_a_duplicate_takes_nothing_of_a_cap(seller: Any) -> None:
    seller.configure(caps=[{"name": "daily", "per": "day", "leads": 5}])
    seller(ADA)
    seller({**ADA, "message": "again"})
    assert list(seller.caps().values()) == [(1, 305_000)]


# ── Pings ────────────────────────────────────────────────────────────────────────────────────────


def test_a_ping_promises_a_price_that_the_post_gets_once(seller: Any) -> None:
    seller.configure(caps=[{"name": "daily", "per": "day", "leads": 5}])
    ping = seller(PING, path=PINGS)
    assert told(ping) == (200, "success", "accepted")
    assert (ping["json"]["price"], ping["json"]["currency"]) == ("30.50", "EUR")
    assert ping["json"]["expires_at"] == "2026-03-02T09:02:00.000Z"
    seller.configure(caps=[{"name": "daily", "per": "day", "leads": 5}], prices=[], price="1")
    post = {**ADA, **PING, "ping_id": ping["json"]["ping_id"]}
    answer = seller(post)
    assert told(answer) == (201, "success", "accepted")
    assert answer["json"]["price"] == "30.50"
    assert list(seller.caps().values()) == [(1, 305_000)]
    again = seller({**post, "email": "bob@factory.example"})
    assert told(again) == (200, "failure", "ping_gone")
    (lead,) = (lead for lead in seller.leads() if lead.status is Status.NEW)
    assert "ping_id" not in lead.fields["extra"] if "extra" in lead.fields else True


def test_a_ping_holds_its_room_for_two_minutes(seller: Any) -> None:
    seller.configure(caps=[{"name": "daily", "per": "day", "leads": 1}])
    ping = seller(PING, path=PINGS)["json"]
    assert told(seller(ADA)) == (200, "failure", "cap_reached")
    assert told(seller(PING, path=PINGS)) == (200, "failure", "cap_reached")
    seller.world.clock.turn(seconds=121)
    assert told(seller({**ADA, "email": "b@factory.example"})) == (201, "success", "accepted")
    late = seller({**ADA, "email": "c@factory.example", **PING, "ping_id": ping["ping_id"]})
    assert told(late) == (200, "failure", "ping_gone")
    assert list(seller.caps().values()) == [(1, 305_000)]


def test_who_is_released_may_have_the_room_that_a_ping_held(seller: Any) -> None:
    """The desk looks for what is over, as the doors do."""
    held = seller({**ADA, "email": "ada@mailinator.com"})["json"]
    seller.configure(caps=[{"name": "daily", "per": "day", "leads": 1}])
    assert told(seller(PING, path=PINGS)) == (200, "success", "accepted")
    seller.world.clock.turn(seconds=121)
    path = f"/v1/quarantine/{held['lead_id']}/release"
    answer = desk.handler(api_request("POST", path, body=b"", headers=ADMIN), context())
    assert answer["statusCode"] == 200
    assert [cap[0] for cap in seller.caps().values()] == [1]
    assert seller.leads()[0].status is Status.NEW


def test_a_promise_ends_although_nobody_asked_for_its_room(seller: Any) -> None:
    ping = seller(PING, path=PINGS)["json"]
    seller.world.clock.turn(minutes=2)
    late = seller({**ADA, **PING, "ping_id": ping["ping_id"]})
    assert told(late) == (200, "failure", "ping_gone")


# The world begins at 09:00; so acme's day ends in the middle of a ping.
UNTIL_A_MINUTE_PAST = {"hours": [{"start": "08:00", "end": "09:01"}]}
DAILY: dict[str, Any] = {"caps": [{"name": "daily", "per": "day", "leads": 5}]}


@pytest.mark.parametrize("closed", [{}, {"mode": "paused"}])
def test_a_promise_stands_when_its_partner_closes_or_is_paused(
    seller: Any, closed: dict[str, Any]
) -> None:
    seller.configure(**UNTIL_A_MINUTE_PAST, **DAILY)
    seller.world.clock.turn(seconds=30)
    ping = seller(PING, path=PINGS)["json"]
    seller.configure(**UNTIL_A_MINUTE_PAST, **DAILY, **closed)
    seller.world.clock.turn(seconds=45)
    post = {**ADA, **PING, "ping_id": ping["ping_id"]}
    answer = seller(post, idempotency_key="k")
    assert (told(answer), answer["json"]["price"]) == ((201, "success", "accepted"), "30.50")
    assert seller(post, idempotency_key="k")["body"] == answer["body"]
    code = closed.get("mode", "outside_hours")
    assert told(seller({**ADA, "email": "b@factory.example"})) == (200, "failure", code)
    assert told(seller(PING, path=PINGS)) == (200, "failure", code)
    used = seller({**post, "email": "c@factory.example"})
    assert told(used) == (200, "failure", code)
    assert list(seller.caps().values()) == [(1, 305_000)]


def test_a_promise_that_is_over_is_no_way_into_a_closed_door(seller: Any) -> None:
    """Not even into quarantine, from where it could be bought later."""
    seller.configure(**UNTIL_A_MINUTE_PAST)
    seller.world.clock.turn(seconds=30)
    pings = [seller(PING, path=PINGS)["json"]["ping_id"] for _ in range(2)]
    seller.world.clock.turn(seconds=120)
    for email, ping in zip(("ada@factory.example", "ada@mailinator.com"), pings, strict=True):
        late = seller({**ADA, **PING, "email": email, "ping_id": ping})
        assert told(late) == (200, "failure", "outside_hours")
    assert {lead.status for lead in seller.leads()} == {Status.REJECTED}


def test_a_promise_that_ends_on_the_way_is_gone(
    seller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood when the lead was judged; the transaction says that it does no more."""
    seller.configure(**UNTIL_A_MINUTE_PAST)
    seller.world.clock.turn(seconds=30)
    ping = seller(PING, path=PINGS)["json"]["ping_id"]
    seller.world.clock.turn(seconds=120)
    monkeypatch.setattr("shared.store.pings.Ping.stands", lambda *_: True)
    late = seller({**ADA, **PING, "ping_id": ping})
    assert told(late) == (200, "failure", "ping_gone")


def test_what_a_ping_did_not_say_the_post_may(seller: Any) -> None:
    """The partner's `defaults` said it, and only for want of anything better."""
    defaults = {"postal_code": "111 22", "heating": "oil"}
    seller.configure(defaults=defaults)
    said = {"country": "SE", "product": "solar"}
    ping = seller({**said, "postal_code": ""}, path=PINGS)["json"]
    post = {**ADA, "postal_code": "333 44", "heating": "gas", "ping_id": ping["ping_id"]}
    answer = seller(post)
    assert (told(answer), answer["json"]["price"]) == ((201, "success", "accepted"), "30.50")
    (lead,) = seller.leads()
    assert (lead.fields["postal_code"], lead.fields["extra"]) == ("333 44", {"heating": "gas"})
    # What it did say stands, also where it says what the defaults would have.
    ping = seller({**said, **defaults}, path=PINGS)["json"]
    answer = seller({**post, "email": "bob@factory.example", "ping_id": ping["ping_id"]})
    assert [error["field"] for error in answer["json"]["errors"]] == ["heating", "postal_code"]


def test_what_only_the_defaults_said_decides_about_no_other_price(seller: Any) -> None:
    seller.configure(defaults={"product": "solar"}, required=["product"])
    ping = seller({"country": "SE"}, path=PINGS)["json"]
    assert ping["price"] == "30.50"
    answer = seller({**ADA, "product": "roof", "ping_id": ping["ping_id"]})
    why = "decides about price or caps, so the ping must say it too"
    assert answer["json"]["errors"] == [{"field": "product", "message": why}]
    answer = seller({**ADA, "ping_id": ping["ping_id"]})
    assert (told(answer), answer["json"]["price"]) == ((201, "success", "accepted"), "30.50")


def test_a_ping_of_a_release_that_did_not_say_what_was_unsaid_goes_on(seller: Any) -> None:
    seller.configure(defaults={"heating": "oil"})
    ping = seller(PING, path=PINGS)["json"]["ping_id"]
    (item,) = (item for item in seller.world.items() if item["kind"]["S"] == "ping")
    assert json.loads(item.pop("unsaid")["S"]) == ["heating"]
    dynamodb = client("dynamodb", seller.world.cloud)
    dynamodb.put_item(TableName=seller.world.table, Item=item)
    post = {**ADA, **PING, "ping_id": ping}
    assert [e["field"] for e in seller({**post, "heating": "gas"})["json"]["errors"]] == ["heating"]
    assert told(seller(post)) == (201, "success", "accepted")


def test_a_ping_says_nothing_of_who_it_is(seller: Any) -> None:
    answer = seller({**PING, "email": "ada@factory.example", "Full name": "Ada"}, path=PINGS)
    assert told(answer)[:2] == (422, "error")
    assert [problem["field"] for problem in answer["json"]["errors"]] == ["email", "name"]


def test_a_post_must_say_what_its_ping_said(seller: Any) -> None:
    ping = seller(PING, path=PINGS)["json"]
    answer = seller({**ADA, **PING, "product": "roof", "ping_id": ping["ping_id"]})
    assert answer["statusCode"] == 422
    assert answer["json"]["errors"] == [
        {"field": "product", "message": "is not what the ping said"}
    ]


@pytest.mark.parametrize("token", ["x", "x.y", "é", '"a".b', "0" * 5000])
def test_a_ping_that_nobody_made_is_an_error(seller: Any, token: str) -> None:
    answer = seller({**ADA, "ping_id": token})
    assert (answer["statusCode"], answer["json"]["errors"][0]["field"]) == (422, "ping_id")


def test_anothers_ping_is_an_error(seller: Any) -> None:
    theirs = seller(PING, path="/v1/partners/other/pings", key="lw_other")["json"]
    answer = seller({**ADA, **PING, "ping_id": theirs["ping_id"]})
    assert (answer["statusCode"], answer["json"]["errors"][0]["field"]) == (422, "ping_id")


def test_a_ping_asked_again_with_its_key_is_the_same_ping(seller: Any) -> None:
    seller.configure(caps=[{"name": "daily", "per": "day", "leads": 5}])
    first = seller(PING, path=PINGS, idempotency_key="p1")
    assert seller(PING, path=PINGS, idempotency_key="p1")["body"] == first["body"]
    assert list(seller.caps().values()) == [(1, 305_000)]
    other = seller({**PING, "product": "roof"}, path=PINGS, idempotency_key="p1")
    assert told(other)[:2] == (422, "error")


@pytest.mark.parametrize(
    ("said", "code"), [({"country": "DE"}, "screened"), ({"product": "solar"}, "screened")]
)
def test_a_ping_hears_what_the_post_would(seller: Any, said: Any, code: str) -> None:
    assert told(seller(said, path=PINGS)) == (200, "failure", code)


def test_a_test_ping_holds_nothing(seller: Any) -> None:
    seller.configure(mode="test", caps=[{"name": "daily", "per": "day", "leads": 5}])
    assert told(seller(PING, path=PINGS)) == (200, "success", "test")
    assert seller.caps() == {}


def test_without_an_agreement_there_are_no_pings(seller: Any) -> None:
    seller.configure(pings=False)
    assert seller(PING, path=PINGS)["statusCode"] == 422


def test_a_ping_that_says_little_is_no_way_around_prices_and_caps(seller: Any) -> None:
    """What the post adds may not change what was promised."""
    no = {"name": "no", "per": "day", "leads": 1, "when": {"country": ["NO"]}}
    far = {"when": {"region": "far"}, "price": "1"}
    seller.configure(caps=[no], prices=[far], price="40", screening=[])
    for added, field in (({"country": "NO"}, "country"), ({"region": "far"}, "region")):
        ping = seller({"product": "solar"}, path=PINGS)["json"]
        post = {**ADA, "country": "SE", "ping_id": ping["ping_id"], **added}
        answer = seller(post)
        assert answer["statusCode"] == 422
        why = "decides about price or caps, so the ping must say it too"
        assert {"field": field, "message": why} in answer["json"]["errors"]
    ping = seller({"product": "solar"}, path=PINGS)["json"]
    answer = seller({**ADA, "postal_code": "1", "ping_id": ping["ping_id"]})
    assert (told(answer), answer["json"]["price"]) == ((201, "success", "accepted"), "40.00")


def test_a_repeat_is_known_although_its_ping_would_not_do_any_more(seller: Any) -> None:
    ping = seller(PING, path=PINGS)["json"]
    post = {**ADA, **PING, "ping_id": ping["ping_id"]}
    first = seller(post, idempotency_key="k")
    seller.configure(required=["company"])
    assert seller(post, idempotency_key="k")["body"] == first["body"]


def test_without_a_key_a_repeat_is_known_when_its_ping_has_gone(seller: Any) -> None:
    ping = seller(PING, path=PINGS)["json"]
    post = {**ADA, **PING, "ping_id": ping["ping_id"]}
    seller.world.clock.turn(seconds=100)
    first = seller(post)
    assert told(first) == (201, "success", "accepted")
    seller.configure(required=["company"])
    seller.world.clock.turn(seconds=50)
    assert seller(post)["body"] == first["body"]
    seller.world.clock.turn(seconds=20)
    assert told(seller(post))[:2] == (422, "error")


# ── Consent ──────────────────────────────────────────────────────────────────────────────────────


def test_the_evidence_of_consent_is_a_record_of_its_own(seller: Any) -> None:
    seller.configure(consent={"text": "I agree to be called.", "version": "2026-01"})
    seller(
        {
            **ADA,
            "consent": "yes",
            "tcpa_text": "something else",
            "ip_address": "203.0.113.9",
            "trustedform_cert_url": "https://cert.trustedform.com/abc",
            "universal_leadid": "9F3A1C2E-0000-4000-8000-000000000000",
            "page_url": "https://seller.example/solar",
        }
    )
    (lead,) = seller.leads()
    (item,) = (item for item in seller.world.items() if item["kind"]["S"] == "consent")
    assert item["pk"]["S"] == f"lead#{lead.lead_id}"
    assert json.loads(item["evidence"]["S"]) == {
        "given": True,
        "ip": "203.0.113.9",
        "jornaya_id": "9F3A1C2E-0000-4000-8000-000000000000",
        "page_url": "https://seller.example/solar",
        "text": "I agree to be called.",
        "trustedform_url": "https://cert.trustedform.com/abc",
        "version": "2026-01",
        "ours": ["text", "version"],
    }
    assert "expires_at" not in item


@pytest.mark.parametrize(
    "url",
    [
        "https://cert.trustedform.com.evil.example/a",
        "http://cert.trustedform.com/a",
        "https://user@cert.trustedform.com/a",
        "https://cert.trustedform.com:8443/a",
        "https://169.254.169.254/latest",
        "https://[broken",
    ],
)
def test_a_certificate_from_elsewhere_is_no_evidence(seller: Any, url: str) -> None:
    seller({**ADA, "trustedform_cert_url": url})
    assert not [item for item in seller.world.items() if item["kind"]["S"] == "consent"]


def test_a_number_that_may_have_lost_its_zeros_is_marked(seller: Any) -> None:
    seller({**ADA, "zip": 2115})
    (lead,) = seller.leads()
    assert lead.fields["postal_code"] == "2115"
    assert "zeros" in lead.log[0].reason


# ── Spellings ────────────────────────────────────────────────────────────────────────────────────


def test_what_a_field_may_be_holds_in_every_spelling(seller: Any) -> None:
    seller.configure(values={"budget": ["low", "high"]}, defaults={"time frame": "soon"})
    wrong = seller({**ADA, "Budget": "none"})
    assert wrong["json"]["errors"] == [{"field": "budget", "message": "must be one of: low, high"}]
    seller({**ADA, "BUDGET": "low", "Time_Frame": "now"})
    (lead,) = seller.leads()
    assert lead.fields["extra"] == {"BUDGET": "low", "Time_Frame": "now"}


def test_a_ping_is_not_judged_by_what_only_a_post_says(seller: Any) -> None:
    low = {"name": "low scores", "then": "reject", "score_below": 20}
    seller.configure(screening=[low])
    assert told(seller(PING, path=PINGS)) == (200, "success", "accepted")
    assert told(seller({**ADA, "score": 3})) == (200, "failure", "screened")


def test_a_ping_is_not_refused_for_what_it_must_not_say(seller: Any) -> None:
    """Who the person is comes with the post, so that it is missing in every ping."""
    unknown = {"name": "no company", "then": "reject", "when": {"Company": {"exists": False}}}
    seller.configure(screening=[unknown])
    assert told(seller(PING, path=PINGS)) == (200, "success", "accepted")
    assert told(seller(ADA)) == (200, "failure", "screened")


def test_a_ping_is_no_way_around_a_price_for_a_field_in_another_spelling(seller: Any) -> None:
    seller.configure(prices=[{"when": {"yearly budget": "small"}, "price": "1"}], screening=[])
    ping = seller(PING, path=PINGS)["json"]
    answer = seller({**ADA, **PING, "ping_id": ping["ping_id"], "Yearly_Budget": "small"})
    assert answer["statusCode"] == 422
    assert [error["field"] for error in answer["json"]["errors"]] == ["Yearly_Budget"]


def test_a_test_ping_hears_what_a_test_lead_hears(seller: Any) -> None:
    assert told(seller({"country": "DE", "test": True}, path=PINGS)) == (200, "success", "test")
    assert told(seller({**ADA, "country": "DE", "test": True})) == (201, "success", "test")
