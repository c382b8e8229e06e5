"""What ad and form platforms deliver: every format through the door, good, unsigned and broken."""

import base64
import json
import os
from dataclasses import replace
from typing import Any

import pytest

import functions.capture.handler as capture
from infra.samples import fresh
from shared import credentials
from shared.domain.leads import Status, Step
from shared.domain.sources import HookFormat
from shared.errors import StoreBusyError
from shared.flows.apply_config import apply_config
from shared.flows.capture_lead import capture_lead
from shared.flows.doors import hook as hook_door
from shared.sources.delivery import Delivery
from shared.sources.formats import FORMATS, format_of
from shared.sources.signatures import SHARED_KEY
from shared.store import config as config_store
from tests.audit import Books
from tests.aws_events import api_request, context
from tests.table import client
from tests.team import config

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MAPPING = {"fields": {"email": "/contact/email", "name": "/contact/name"}, "id": "/ref"}
GENERIC = b'{"ref": "G-%d", "contact": {"email": "g%d@factory.example", "name": "Gerd Ek"}}'


def body_of(format_: str, number: int = 1) -> tuple[str, bytes]:
    if format_ == "generic":
        return "application/json", GENERIC % (number, number)
    sample = fresh(format_, number)
    return sample.content_type, sample.body


class Platforms:
    """A hook per format, each with the same secret; and one of everybody's."""

    def __init__(self, world: Any, around: Any) -> None:
        self.world, self.around = world, around
        self.configure()
        secrets = {"secret": [SECRET], "verify_token": ["a-token"], "access_token": ["t"]}
        world.give_secrets({f"hook#{name}": secrets for name in FORMATS})

    def configure(self, **settings: Any) -> None:
        hooks = {
            name: {
                "format": name,
                **({"mapping": MAPPING} if name == "generic" else {}),
                **settings,
            }
            for name in FORMATS
        }
        apply_config(config({"anna": 1}, more={"hooks": hooks}), self.around)
        config_store._read.clear()

    def delivery(self, name: str, body: bytes, content_type: str) -> Delivery:
        return Delivery(
            body,
            self.world.clock(),
            url=f"https://leads.example.com/v1/hooks/{name}",
            headers={"content-type": content_type, "host": "leads.example.com"},
        )

    def signed(self, name: str, number: int = 1) -> Delivery:
        content_type, body = body_of(name, number)
        return format_of(name).SCHEME.signed(self.delivery(name, body, content_type), SECRET)

    def send(self, name: str, delivery: Delivery) -> Any:
        path = f"/v1/hooks/{name}"
        event = api_request("POST", path, body=delivery.body, headers=dict(delivery.headers))
        event["queryStringParameters"] = dict(delivery.query)
        answer = capture.handler(event, context())
        answer["json"] = json.loads(answer["body"])
        return answer

    def ask(self, name: str, **query: str) -> Any:
        event = api_request("GET", f"/v1/hooks/{name}")
        event["queryStringParameters"] = query
        return capture.handler(event, context())

    def leads(self) -> list[Any]:
        return Books(self.world.items()).leads


@pytest.fixture
def platforms(world: Any, around: Any) -> Platforms:
    return Platforms(world, around)


def test_the_configuration_knows_every_format() -> None:
    assert HookFormat.__args__ == FORMATS


@pytest.mark.parametrize("name", FORMATS)
def test_a_signed_sample_is_a_lead_and_delivered_again_the_same(platforms: Any, name: str) -> None:
    delivery = platforms.signed(name)
    answer = platforms.send(name, delivery)
    assert answer["statusCode"] == 200
    assert platforms.send(name, delivery)["json"] == answer["json"]
    leads = {lead.lead_id: lead for lead in platforms.leads()}
    assert sorted(leads) == sorted(answer["json"]["lead_ids"])
    for lead in leads.values():
        if name == "meta":  # it only gives ids
            assert (lead.status, lead.place) == (Status.QUARANTINED, "announced")
        else:
            assert lead.status is Status.NEW, lead.log
            assert {"email", "phone"} & lead.fields.keys()
            assert SECRET not in json.dumps(dict(lead.fields)), "a secret is no field of a lead"


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("spoilt", ["unsigned", "another secret", "one bit", "empty signature"])
def test_what_is_not_the_platforms_is_refused_and_not_stored(
    platforms: Any, name: str, spoilt: str, capsys: Any
) -> None:
    before = len(platforms.world.items())
    content_type, body = body_of(name)
    plain = platforms.delivery(name, body, content_type)
    good = platforms.signed(name)
    match spoilt:
        case "unsigned":
            bad = plain
        case "another secret":
            bad = format_of(name).SCHEME.signed(
                plain, "whsec_" + base64.b64encode(b"x" * 24).decode()
            )
        case "one bit":
            changed = {key for key in good.headers if good.headers[key] != plain.headers.get(key)}
            headers = {
                key: text[:-2] + ("A" if text[-2] != "A" else "B") + text[-1]
                if key in changed
                else text
                for key, text in good.headers.items()
            }
            bad = replace(good, headers=headers, body=good.body.replace(SECRET.encode(), b"x"))
        case _:
            headers = {key: plain.headers.get(key, "") for key in good.headers}
            bad = replace(good, headers=headers, body=body)
    answer = platforms.send(name, bad)
    assert answer["statusCode"] == 401
    assert len(platforms.world.items()) == before
    assert '"RefusedSenders"' in capsys.readouterr().out, "but it is counted"


@pytest.mark.parametrize("name", FORMATS)
def test_what_cannot_be_read_is_kept_for_a_person(platforms: Any, name: str) -> None:
    platforms.configure(trust="key")
    content_type, body = body_of(name)
    cut = SHARED_KEY.signed(platforms.delivery(name, body[: len(body) // 2], content_type), SECRET)
    answer = platforms.send(name, cut)
    assert answer["statusCode"] == 200
    for lead in platforms.leads():
        assert lead.status in (Status.QUARANTINED, Status.NEW)
    kept = [item["raw"]["B"] for item in platforms.world.items() if item["kind"]["S"] == "raw"]
    quarantined = [lead for lead in platforms.leads() if lead.status is Status.QUARANTINED]
    assert kept == [cut.body] * len(quarantined)


def test_a_lead_that_nobody_can_reach_is_kept_for_a_person(platforms: Any) -> None:
    platforms.configure(trust="public")
    delivery = platforms.delivery("zapier", b'{"full_name": "Ada"}', "application/json")
    assert platforms.send("zapier", delivery)["statusCode"] == 200
    (lead,) = platforms.leads()
    assert lead.status is Status.QUARANTINED
    assert lead.log[0].reason.startswith("invalid_fields: email: give at least one")


def test_a_test_lead_goes_to_nobody_and_hides_no_real_one(platforms: Any) -> None:
    """The interface's tests all have the same id, which a real lead may have as well."""
    platforms.configure(trust="public", duplicates={"within": "30d", "keys": ["email"]})
    content_type, body = body_of("google-ads")
    sample = json.loads(body)
    for is_test in (True, True, False):
        told = json.dumps({**sample, "is_test": is_test}).encode()
        platforms.send("google-ads", platforms.delivery("google-ads", told, content_type))
    assert {lead.status for lead in platforms.leads()} == {Status.REJECTED, Status.NEW}
    assert len(platforms.leads()) == 2


def test_several_leads_in_one_body_are_several_leads(platforms: Any) -> None:
    platforms.configure(trust="public", mapping={"leads": "/items", **MAPPING})
    items = [{"ref": f"R{n}", "contact": {"email": f"r{n}@factory.example"}} for n in range(5)]
    body = json.dumps({"items": items}).encode()
    answer = platforms.send("generic", platforms.delivery("generic", body, "application/json"))
    assert len(set(answer["json"]["lead_ids"])) == 5
    assert {lead.fields["email"] for lead in platforms.leads()} == {
        f"r{n}@factory.example" for n in range(5)
    }


def test_it_is_received_only_when_all_of_it_is_stored(platforms: Any, monkeypatch: Any) -> None:
    """And what was stored before the failure is not stored twice when it comes again."""
    platforms.configure(trust="public", mapping={"leads": "/items", **MAPPING})
    items = [{"ref": f"R{n}", "contact": {"email": f"r{n}@factory.example"}} for n in range(5)]
    delivery = platforms.delivery(
        "generic", json.dumps({"items": items}).encode(), "application/json"
    )
    done: list[int] = []

    def breaks(*given: Any) -> Any:
        if len(done) == 3:
            raise StoreBusyError("the table did not answer")
        done.append(1)
        return capture_lead(*given)

    monkeypatch.setattr(hook_door, "capture_lead", breaks)
    assert platforms.send("generic", delivery)["statusCode"] == 503
    assert len(platforms.leads()) == 3
    monkeypatch.undo()
    monkeypatch.setenv("TABLE_NAME", platforms.world.table)
    answer = hook_door.take_hook_delivery(
        config_store.active(), "generic", delivery, platforms.around
    )
    assert len(answer) == 5
    assert len(platforms.leads()) == 5


def test_a_delivery_of_nothing_is_received(platforms: Any) -> None:
    platforms.configure(trust="public")
    cancelled = json.dumps({"event": "invitee.canceled", "payload": {}}).encode()
    delivery = platforms.delivery("calendly", cancelled, "application/json")
    answer = platforms.send("calendly", delivery)
    assert (answer["statusCode"], answer["json"]["lead_ids"]) == (200, [])


def test_what_no_item_can_hold_is_kept_as_it_came(platforms: Any) -> None:
    """Encoded, letters take less room in a body than in a lead."""
    platforms.configure(trust="public")
    body = b"email=a%40factory.example&note=" + b"\x80" * 200_000
    label = "application/x-www-form-urlencoded; charset=windows-1252"
    answer = platforms.send("elementor", platforms.delivery("elementor", body, label))
    assert answer["statusCode"] == 200
    (lead,) = platforms.leads()
    assert (lead.status, lead.log[0].reason.partition(":")[0]) == (
        Status.QUARANTINED,
        "too_large",
    )
    (raw,) = (item for item in platforms.world.items() if item["kind"]["S"] == "raw")
    assert raw["raw"]["B"] == body


def test_more_leads_than_can_be_stored_in_time_are_kept_as_one(platforms: Any) -> None:
    platforms.configure(trust="public", mapping={"leads": "/items", **MAPPING})
    items = [{"ref": f"R{n}", "contact": {"email": f"r{n}@factory.example"}} for n in range(101)]
    body = json.dumps({"items": items}).encode()
    answer = platforms.send("generic", platforms.delivery("generic", body, "application/json"))
    assert answer["statusCode"] == 200
    (lead,) = platforms.leads()
    assert lead.log[0].reason == "unreadable: 101 leads are too many for one delivery"


def test_what_cannot_be_read_of_a_delivery_is_held_and_the_rest_of_it_captured(
    platforms: Any,
) -> None:
    platforms.configure(trust="public", mapping={"leads": "/items", **MAPPING})
    good = [{"ref": f"R{n}", "contact": {"email": f"r{n}@factory.example"}} for n in range(2)]
    body = json.dumps({"items": [good[0], None, "ada@factory.example", good[1]]}).encode()
    delivery = platforms.delivery("generic", body, "application/json")
    answer = platforms.send("generic", delivery)["json"]
    assert platforms.send("generic", delivery)["json"] == answer
    leads = {lead.lead_id: lead for lead in platforms.leads()}
    found = [leads.pop(lead_id) for lead_id in answer["lead_ids"]]
    held, new = Status.QUARANTINED, Status.NEW
    assert ([lead.status for lead in found], leads) == ([new, held, held, new], {})
    assert {lead.log[0].reason.partition(":")[0] for lead in found[1:3]} == {"unreadable"}
    raws = [item for item in platforms.world.items() if item["kind"]["S"] == "raw"]
    assert {(raw["part"]["N"], raw["leads"]["N"]) for raw in raws} == {("1", "4"), ("2", "4")}


def test_without_ids_a_delivery_that_comes_again_is_the_same_for_a_day(platforms: Any) -> None:
    platforms.configure(trust="public")
    body = b'[{"email": "a@factory.example"}, {"email": "b@factory.example"}]'
    delivery = platforms.delivery("zapier", body, "application/json")
    first = platforms.send("zapier", delivery)["json"]
    platforms.world.clock.turn(hours=23)
    assert platforms.send("zapier", delivery)["json"] == first
    platforms.world.clock.turn(hours=2)
    assert platforms.send("zapier", delivery)["json"] != first


def test_a_secret_that_is_no_list_lets_nobody_in(platforms: Any) -> None:
    platforms.configure(trust="key")
    platforms.world.give_secrets({"hook#zapier": {"secret": "abc"}})
    delivery = platforms.delivery("zapier", b'{"email": "a@factory.example"}', "application/json")
    assert platforms.send("zapier", SHARED_KEY.signed(delivery, "b"))["statusCode"] == 401


def test_a_hook_that_is_switched_off_keeps_a_record_only(platforms: Any) -> None:
    platforms.configure(paused=True)
    answer = platforms.send("typeform", platforms.signed("typeform"))
    assert answer["statusCode"] == 200
    (lead,) = platforms.leads()
    assert (lead.status, lead.fields) == (Status.REJECTED, {})


def test_an_unknown_hook_is_not_there(platforms: Any) -> None:
    delivery = platforms.delivery("nobody", b"{}", "application/json")
    assert platforms.send("nobody", delivery)["statusCode"] == 404


def test_a_body_beyond_all_measure_is_refused(platforms: Any) -> None:
    platforms.configure(trust="public")
    huge = json.dumps({"full_name": "x" * 300_000}).encode()
    delivery = platforms.delivery("zapier", huge, "application/json")
    assert platforms.send("zapier", delivery)["statusCode"] == 413
    assert platforms.leads() == []


# ── Handshakes ───────────────────────────────────────────────────────────────────────────────────


def test_metas_question_is_answered_to_who_knows_the_token(platforms: Any) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": "a-token", "hub.challenge": "1158201444"}
    answer = platforms.ask("meta", **asked)
    assert (answer["statusCode"], answer["body"]) == (200, "1158201444")
    assert answer["headers"]["Content-Type"].startswith("text/plain")
    refused = platforms.ask("meta", **{**asked, "hub.verify_token": "b"})
    assert refused["statusCode"] == 403
    assert "verify token is not one that is stored here" in refused["body"]
    assert "a-token" not in refused["body"]
    for odd in ({}, {**asked, "hub.mode": "x"}, {**asked, "hub.challenge": "1 2"}):
        plain = platforms.ask("meta", **odd)
        assert plain["statusCode"] == 403
        assert "no handshake" in plain["body"]


def test_linkedins_question_is_answered_only_in_its_own_shape(platforms: Any) -> None:
    code = "5a9b7c3e-1f2d-4e6a-8b0c-9d8e7f6a5b4c"
    answer = platforms.ask("linkedin", challengeCode=code)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["challengeCode"] == code
    assert platforms.ask("linkedin", challengeCode='{"forged": "lead"}')["statusCode"] == 403


def test_a_handshake_knows_what_was_stored_just_now(platforms: Any, monkeypatch: Any) -> None:
    """The right token is not refused, nor a code signed with the secret that was before."""
    asked = {"hub.mode": "subscribe", "hub.verify_token": "new", "hub.challenge": "1158201444"}
    code = "5a9b7c3e-1f2d-4e6a-8b0c-9d8e7f6a5b4c"
    for name, question in (("meta", asked), ("linkedin", {"challengeCode": code})):
        monkeypatch.setattr(credentials, "_looked", {})
        before = platforms.ask(name, **question)
        stored = {f"hook#{name}": {"secret": [f"{SECRET}x", SECRET], "verify_token": ["new"]}}
        client("secretsmanager", platforms.world.cloud).put_secret_value(
            SecretId=os.environ["SOURCE_SECRETS_ARN"], SecretString=json.dumps(stored)
        )
        assert platforms.ask(name, **question)["body"] == before["body"], "once in ten seconds"
        monkeypatch.setattr(credentials, "_looked", {})
        after = platforms.ask(name, **question)
        assert after["statusCode"] == 200
        assert after["body"] != before["body"]


def test_a_page_visit_learns_nothing(platforms: Any) -> None:
    answer = platforms.ask("typeform", challenge="<script>alert(1)</script>")
    assert answer["statusCode"] == 403
    assert "script" not in answer["body"]


def test_what_meta_announces_waits_to_be_fetched(platforms: Any) -> None:
    platforms.send("meta", platforms.signed("meta"))
    leads = platforms.leads()
    assert leads
    assert all(lead.log[0].step is Step.ANNOUNCED and lead.due_at for lead in leads)
