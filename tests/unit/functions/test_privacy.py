"""A person is shown all that is known of them, and forgotten wherever it lies."""

import base64
import json
import logging
from datetime import timedelta
from typing import Any

import pytest

import functions.desk.handler as desk
from shared.domain.leads import Lead, Status, Step
from shared.flows.apply_config import apply_config
from shared.flows.work_lead import work_lead
from shared.store import leads as lead_store
from tests.audit import Books, problems
from tests.aws_events import api_request, context
from tests.ears import Ears
from tests.team import config

MARKER = "zqxmarker"
EMAIL, PHONE = f"{MARKER}@example.com", "+46701740605"
HER = {
    "name": f"Ada {MARKER}",
    "email": EMAIL,
    "phone": PHONE,
    "message": f"call me, {MARKER}",
    "consent": "yes",
    "page_url": f"https://example.com/?who={MARKER}",
    f"Q {MARKER}": f"A {MARKER}",
}
NOTHING_DONE = {"done": {}, "finished": True, "next": None}
NOTHING_KNOWN = {"leads": [], "mentioned": [], "more": False, "next": None}
CLUES = (MARKER.encode(), PHONE[3:].encode(), base64.b64encode(MARKER.encode())[:9])
WEBSITE = {
    "duplicates": {"within": "30d", "keys": ["email", "phone"]},
    "honeypot": "fax",
    "consent": {"text": "You may call me.", "version": "7"},
}
ACME = {
    "mode": "live",
    "returns": {"policy": "approve"},
    "pings": True,
    "caps": [{"name": "daily", "per": "day", "leads": 50}],
}
DOORS = {"forms": {"website": WEBSITE}, "partners": {"acme": ACME}}
TEAM = config(
    {"anna": 1, "bo": 1},
    more=DOORS,
    existing_owner={"by": ["email", "phone"], "within": "30d"},
)


@pytest.fixture
def office(world: Any, around: Any) -> Any:
    apply_config(TEAM, around)
    world.give_secrets({"partner#acme": {"key": "k"}})
    return world


def ask(path: str, status: int = 200, **body: Any) -> Any:
    headers = {"authorization": f"Bearer {'k' * 48}"}
    raw = json.dumps(body).encode()
    answer = desk.handler(api_request("POST", path, body=raw, headers=headers), context())
    assert answer["statusCode"] == status, answer["body"]
    return json.loads(answer["body"])


def export(**whom: str) -> Any:
    return ask("/v1/people/export", **whom)


def forget(**whom: str) -> Any:
    return ask("/v1/people/forget", **whom)


def come(world: Any, key: str | None, **more: str) -> str:
    """She fills in the form."""
    answer = world.post(json.dumps({**HER, **more}).encode(), key)
    assert answer["statusCode"] in (200, 201), answer["body"]
    return str(json.loads(answer["body"])["lead_id"])


def clues_in(world: Any) -> list[str]:
    """The items in which something of her is left, and what they say."""
    found = []
    for item in world.items():
        text = json.dumps(item, default=_bytes).encode().lower()
        if any(clue.lower() in text for clue in CLUES):
            found.append(f"{item['pk']['S']} {item['sk']['S']}: {text.decode()}")
    return found


def _bytes(value: Any) -> str:
    return f"{value.decode(errors='replace')} {base64.b64encode(value).decode()}"


def everything(world: Any) -> dict[str, str]:
    """A lead of hers in each state, with all that can lie beside one; their ids."""
    ids = {"open": come(world, "1")}
    ids["duplicate"] = come(world, "2", message=f"again {MARKER}")
    ids["held"] = come(world, "3", fax=MARKER)
    ids["discarded"] = come(world, "4", fax=f"x{MARKER}")
    ids["sold"] = sell(world)
    world.route()
    world.alert()
    headers = {"authorization": f"Bearer {'k' * 48}"}
    ask(f"/v1/leads/{ids['open']}/accept")
    ask(f"/v1/leads/{ids['open']}/note", reason=f"she said {MARKER}")
    news = json.dumps({"fields": {"company": MARKER, f"own {MARKER}": "x"}}).encode()
    path = f"/v1/leads/{ids['open']}"
    assert desk.handler(api_request("PATCH", path, body=news, headers=headers), context())
    ask(f"/v1/quarantine/{ids['discarded']}/discard", reason=f"spam of {MARKER}")
    take_back(ids["sold"])
    ask(f"/v1/leads/{ids['sold']}/refuse-return", reason=f"{MARKER} is hers")
    world.alert()
    return ids


def sell(world: Any) -> str:
    import functions.capture.handler as capture

    headers = {"content-type": "application/json", "x-api-key": "k"}
    said = {"country": "SE", "product": f"car of {MARKER}"}
    path = "/v1/partners/acme/pings"
    event = api_request("POST", path, body=json.dumps(said).encode(), headers=headers)
    ping = json.loads(capture.handler(event, context())["body"])
    said = {**HER, **said, "email": EMAIL.upper(), "ping_id": ping["ping_id"]}
    path = "/v1/partners/acme/leads"
    event = api_request("POST", path, body=json.dumps(said).encode(), headers=headers)
    answer = json.loads(capture.handler(event, context())["body"])
    assert answer["outcome"] == "success", answer
    return str(answer["lead_id"])


def take_back(lead_id: str) -> None:
    body = json.dumps({"reason": "wrong_number", "note": f"no {MARKER} there"}).encode()
    headers = {"content-type": "application/json", "x-api-key": "k"}
    path = f"/v1/partners/acme/leads/{lead_id}/returns"
    answer = desk.handler(api_request("POST", path, body=body, headers=headers), context())
    assert answer["statusCode"] == 200, answer["body"]


class TestForgetting:
    def test_no_byte_of_her_is_left(
        self, office: Any, ears: Ears, caplog: pytest.LogCaptureFixture, capfd: Any
    ) -> None:
        caplog.set_level(logging.DEBUG, logger="leadwheel")
        ids = everything(office)
        assert len(clues_in(office)) >= 8
        told = len(office.mails())

        answer = forget(email=EMAIL)

        assert clues_in(office) == []
        assert answer["finished"]
        assert answer["done"]["leads"] == 5
        assert {"bodies", "consents", "returns", "pings", "guards", "ties"} <= answer["done"].keys()
        books = Books(office.items())
        assert problems(books, TEAM) == []
        assert {lead.status for lead in books.leads} == {Status.ERASED}
        assert {lead.lead_id for lead in books.leads} == set(ids.values())
        office.alert()
        heard = [detail for kind, detail in ears.events if kind == "LeadErased"]
        assert {detail["lead_id"] for detail in heard} == set(ids.values())
        assert MARKER not in json.dumps(ears.events)
        assert MARKER not in caplog.text + "".join(capfd.readouterr())
        for mail in office.mails()[told:]:
            assert MARKER not in json.dumps(mail).lower()

    def test_whoever_was_at_work_on_it_hears_so_and_holds_one_less(self, office: Any) -> None:
        lead_id = come(office, "1")
        office.route()
        office.alert()
        owner = lead_store.get(lead_id).owner
        before = len(office.mails())
        (link,) = office.links(f"{owner}@example.com")
        assert forget(phone=PHONE)["done"]["taken_from_owners"] == 1
        assert Books(office.items()).loads[owner].open == 0
        office.alert()
        (mail,) = office.mails()[before:]
        assert mail["To"] == [f"{owner}@example.com"]
        assert "has been erased" in mail["BodyText"]
        assert office.press_button(link)["statusCode"] == 409

    @pytest.mark.parametrize("key", ["1", None])
    def test_the_same_request_again_does_not_bring_her_back(
        self, office: Any, key: str | None
    ) -> None:
        lead_id = come(office, key)
        office.route()
        office.alert()
        forget(email=EMAIL)
        before = len(office.items())
        office.clock.turn(seconds=59)
        assert come(office, key) == lead_id
        assert len(office.items()) == before
        assert clues_in(office) == []
        assert come(office, "other") != lead_id  # but she may come again herself

    def test_a_seller_hears_what_it_heard_before(self, office: Any) -> None:
        """Also why a lead was not bought, which is no word of the person's."""
        import functions.capture.handler as capture

        headers = {
            "content-type": "application/json",
            "x-api-key": "k",
            "idempotency-key": "1",
        }
        body = json.dumps({**HER, "test": "yes"}).encode()
        event = api_request("POST", "/v1/partners/acme/leads", body=body, headers=headers)
        first = capture.handler(event, context())
        office.alert()
        assert forget(email=EMAIL)["done"]["leads"] == 1
        again = capture.handler(event, context())
        assert json.loads(again["body"]) == json.loads(first["body"])
        assert clues_in(office) == []

    def test_twice_is_once_and_nobody_is_nobody(self, office: Any) -> None:
        come(office, "1")
        office.alert()
        assert forget(email=EMAIL)["done"]["leads"] == 1
        before = office.items()
        assert forget(email=EMAIL) == NOTHING_DONE
        assert forget(phone=PHONE) == NOTHING_DONE
        assert forget(email="nobody@example.com") == NOTHING_DONE
        assert office.items() == before

    def test_late_news_of_the_stream_does_not_make_her_known_again(self, office: Any) -> None:
        come(office, "1")
        come(office, "2", fax="x")
        records = office.for_alerts()
        office.alert(records)
        forget(email=EMAIL)
        before = sorted(item["sk"]["S"] for item in office.items() if "place" in item)
        office.alert(records)
        assert sorted(item["sk"]["S"] for item in office.items() if "place" in item) == before
        assert export(email=EMAIL) == NOTHING_KNOWN

    def test_what_nobody_has_noted_yet_is_forgotten_by_its_id(self, office: Any) -> None:
        lead_id = come(office, "1")
        assert forget(email=EMAIL)["done"] == {}
        assert forget(lead_id=lead_id)["done"]["leads"] == 1
        assert clues_in(office) == []
        office.alert()
        assert export(email=EMAIL) == NOTHING_KNOWN

    def test_others_are_left_alone(self, office: Any) -> None:
        come(office, "1")
        office.post(b'{"name": "Bo", "email": "bo@customer.example"}', "2")
        office.route()
        office.alert()
        forget(email=EMAIL)
        (other,) = export(email="Bo@customer.example")["leads"]
        assert (other["fields"]["name"], other["status"]) == ("Bo", "assigned")

    def test_time_runs_out_and_it_goes_on(
        self, office: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for key in "12":
            come(office, key)
        office.alert()
        monkeypatch.setattr("functions.desk.people.TIME_FOR_ALL", timedelta(0))
        assert forget(email=EMAIL) == {"done": {}, "finished": False, "next": None}


class TestDying:
    def test_anywhere_and_asked_again_it_is_finished(
        self, office: Any, death: Any, survive: Any
    ) -> None:
        """After each call in turn; the leads are open, so that the counters are at stake."""
        people = [f"{number}{EMAIL}" for number in range(13)]
        for number, email in enumerate(people):
            come(office, email, email=email, phone=f"+4670174{number:04d}")
        office.route()
        office.alert()
        forget(email="nobody@example.com")  # whoever asks first reads the configuration
        lived = 0
        for calls, email in enumerate(people, 1):
            death.arm(calls, after=True)
            lived += survive(lambda email=email: forget(email=email))
            death.arm(None)
            forget(email=email)
            for whom in ({"email": email}, {"phone": f"+4670174{calls - 1:04d}"}):
                assert export(**whom) == NOTHING_KNOWN, calls
        assert 1 <= lived <= 3
        assert clues_in(office) == []
        assert problems(Books(office.items()), TEAM) == []


class TestShowing:
    def test_all_that_is_known_of_her(self, office: Any) -> None:
        ids = everything(office)
        shown = export(email=EMAIL)
        assert {lead["lead_id"] for lead in shown["leads"]} == set(ids.values())
        by_id = {lead["lead_id"]: lead for lead in shown["leads"]}
        assert by_id[ids["open"]]["fields"]["message"] == HER["message"]
        assert by_id[ids["open"]]["consent"]["version"] == "7"
        assert any(MARKER in (c["reason"] or "") for c in by_id[ids["open"]]["history"])
        assert MARKER in base64.b64decode(by_id[ids["held"]]["sent"]["base64"]).decode()
        assert MARKER in by_id[ids["sold"]]["return"]["note"]

    def test_by_an_address_she_had_before(self, office: Any) -> None:
        lead_id = come(office, "1")
        office.alert()
        headers = {"authorization": f"Bearer {'k' * 48}"}
        news = b'{"fields": {"email": "new@example.com"}}'
        path = f"/v1/leads/{lead_id}"
        desk.handler(api_request("PATCH", path, body=news, headers=headers), context())
        office.alert()
        for address in (EMAIL, "new@example.com"):
            assert [lead["lead_id"] for lead in export(email=address)["leads"]] == [lead_id]

    @pytest.mark.parametrize(
        ("whom", "field"),
        [
            ({}, "(body)"),
            ({"email": EMAIL, "phone": PHONE}, "(body)"),
            ({"email": "no address"}, "email"),
            ({"phone": "0701740605"}, "phone"),
            ({"lead_id": "x"}, "lead_id"),
            ({"name": "Ada"}, "name"),
            ({"email": 5}, "email"),
            ({"email": EMAIL, "after": "x"}, "after"),
        ],
    )
    @pytest.mark.parametrize("path", ["export", "forget"])
    def test_whom_must_be_said(self, office: Any, path: str, whom: Any, field: str) -> None:
        answer = ask(f"/v1/people/{path}", 422, **whom)
        assert [problem["field"] for problem in answer["errors"]] == [field]


class TestKeeping:
    KEPT = config({"anna": 1}, more={"forms": {"website": {**WEBSITE, "keep": "10d"}}})

    def closed(self, office: Any, around: Any) -> Lead:
        apply_config(self.KEPT, around)
        lead_id = come(office, "1")
        office.route()
        office.alert()
        for step in (Step.ACCEPTED, Step.CONVERTED):
            work_lead(lead_id, step, around, rep="anna")
        return lead_store.get(lead_id)

    def test_what_is_closed_is_erased_when_its_time_is_over(self, office: Any, around: Any) -> None:
        lead = self.closed(office, around)
        apply_config(TEAM, around)  # what is configured since is for others
        office.clock.turn(days=9.9)
        assert office.sweep()["erased"] == 0
        office.clock.turn(days=0.2)
        assert office.sweep()["erased"] == 1
        assert clues_in(office) == []
        books = Books(office.items())
        assert problems(books, TEAM) == []
        assert books.leads[0].log[-1].step is Step.ERASED
        assert books.leads[0].due_at is None
        assert export(lead_id=lead.lead_id)["leads"][0]["fields"] == {}
        assert office.sweep()["erased"] == 0

    def test_whoever_notes_something_keeps_it_for_longer(self, office: Any, around: Any) -> None:
        lead = self.closed(office, around)
        office.clock.turn(days=9)
        ask(f"/v1/leads/{lead.lead_id}/note", reason="wants another one")
        office.clock.turn(days=9)
        assert office.sweep()["erased"] == 0
        office.clock.turn(days=1)
        assert office.sweep()["erased"] == 1

    def test_what_somebody_works_on_is_kept_and_what_is_held_is_not(
        self, office: Any, around: Any
    ) -> None:
        apply_config(self.KEPT, around)
        working, held = come(office, "1"), come(office, "2", fax=MARKER)
        office.route()
        office.alert()
        work_lead(working, Step.ACCEPTED, around, rep="anna")
        office.clock.turn(days=400)
        assert office.sweep()["erased"] == 1
        assert lead_store.get(held).status is Status.ERASED
        assert lead_store.get(working).status is Status.ACCEPTED

    def test_without_a_word_of_it_everything_is_kept(self, office: Any, around: Any) -> None:
        lead_id = come(office, "1")
        office.route()
        work_lead(lead_id, Step.ACCEPTED, around)
        work_lead(lead_id, Step.LOST, around)
        office.clock.turn(days=4000)
        assert office.sweep()["erased"] == 0
