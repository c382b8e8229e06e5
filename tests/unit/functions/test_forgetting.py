"""What could keep a forgotten person, bring them back, or cost somebody else their lead."""

import base64
import json
from itertools import permutations
from typing import Any

import pytest

import functions.capture.handler as capture
import functions.desk.handler as desk
from shared.domain import owners
from shared.domain.leads import Status
from shared.flows.apply_config import apply_config
from shared.store import leads as lead_store
from shared.store import persons
from shared.store import returns as return_store
from shared.store import routing as routing_store
from tests.aws_events import api_request, context
from tests.table import client
from tests.team import config
from tests.unit.functions.test_privacy import (
    DOORS,
    EMAIL,
    MARKER,
    NOTHING_DONE,
    PHONE,
    TEAM,
    WEBSITE,
    ask,
    clues_in,
    come,
    export,
    forget,
    sell,
    take_back,
)

SPAM = {"name": "junk", "contains": {"fields": ["message"], "words": ["viagra"]}}
XI = {"name": "Xi", "email": "xi@example.org", "message": "viagra"}
ADA = {"name": f"Ada {MARKER}", "email": EMAIL}
BOB = {"name": "Bob", "phone": "070-174 06 05", "message": "viagra"}


@pytest.fixture
def office(world: Any, around: Any) -> Any:
    apply_config(TEAM, around)
    world.give_secrets({"partner#acme": {"key": "k"}})
    return world


def hook(world: Any, around: Any, **hook: Any) -> None:
    crm = {"format": "generic", "mapping": {"leads": "/leads"}, **hook}
    apply_config(config({"anna": 1, "bo": 1}, more={"hooks": {"crm": crm}}), around)
    world.give_secrets({"hook#crm": {"secret": ["s" * 40]}})


def deliver(*leads: Any) -> list[str]:
    body = json.dumps({"leads": leads}).encode()
    headers = {"content-type": "application/json", "x-leadwheel-key": "s" * 40}
    event = api_request("POST", "/v1/hooks/crm", body=body, headers=headers)
    answer = capture.handler(event, context())
    assert answer["statusCode"] == 200, answer["body"]
    return list(json.loads(answer["body"])["lead_ids"])


def tell_more(lead_id: str, **fields: str) -> None:
    headers = {"authorization": f"Bearer {'k' * 48}"}
    body = json.dumps({"fields": fields}).encode()
    event = api_request("PATCH", f"/v1/leads/{lead_id}", body=body, headers=headers)
    assert desk.handler(event, context())["statusCode"] == 200


def marks_in(world: Any) -> list[str]:
    return [item["sk"]["S"] for item in world.items() if "about#" in str(item.get("place"))]


def recognised_in(world: Any) -> list[str]:
    """The guards of persons and the ties that still count."""
    now = world.clock.at.timestamp()
    keys = {key for key in (item["pk"]["S"] for item in world.items()) if len(key) < 40}
    return [
        item["pk"]["S"]
        for item in world.items()
        if item["pk"]["S"] in keys
        and item["kind"]["S"] in ("guard", "tie")
        and int(item["expires_at"]["N"]) > now
    ]


def ties_in(world: Any) -> list[Any]:
    """The ties that still count."""
    counting = set(recognised_in(world))
    ties = [item for item in world.items() if item["kind"]["S"] == "tie"]
    return [item for item in ties if item["pk"]["S"] in counting]


def come_later(world: Any, key: str) -> str:
    """She comes again, when nobody takes that for a duplicate any more."""
    world.clock.turn(days=31)
    return come(world, key)


def known_twice(world: Any, around: Any) -> tuple[str, str]:
    """Two leads of hers, given to the same rep; the older and the newer one."""
    owner = {"by": ["email", "phone"], "within": "60d"}
    apply_config(config({"anna": 1, "bo": 1}, more=DOORS, existing_owner=owner), around)
    older = come(world, "1")
    world.route()
    newer = come_later(world, "2")
    world.route()
    assert lead_store.get(newer).owner == lead_store.get(older).owner
    assert {(tie["lead_id"]["S"], tie["last"]["S"]) for tie in ties_in(world)} == {(older, newer)}
    return older, newer


def of_company(around: Any) -> None:
    owner = {"by": ["company"], "within": "60d"}
    apply_config(config({"anna": 1, "bo": 1}, more=DOORS, existing_owner=owner), around)


def colleague(world: Any, name: str) -> str:
    """A lead of somebody at the company, given to who knows it."""
    world.clock.turn(seconds=5)
    said = {"email": f"{name}@factory.example", "name": name}
    lead_id = json.loads(world.post(json.dumps(said).encode(), name)["body"])["lead_id"]
    world.route()
    return str(lead_id)


class TestWhatIsGone:
    def test_a_lead_that_the_table_cleared_away_is_no_obstacle(
        self, world: Any, around: Any
    ) -> None:
        screened = {**WEBSITE, "screening": [{**SPAM, "then": "reject"}]}
        apply_config(config({"anna": 1}, more={"forms": {"website": screened}}), around)
        rejected = come(world, "1", message="viagra")
        world.clock.turn(seconds=5)
        come(world, "2")
        world.alert()
        beside = [item for item in world.items() if item["pk"]["S"] == f"lead#{rejected}"]
        (lead,) = (item for item in beside if item["sk"]["S"] == "lead")
        marks = [item for item in beside if "about#" in item["sk"]["S"]]
        assert len(marks) == 2
        ends = {int(mark["expires_at"]["N"]) - int(lead["expires_at"]["N"]) for mark in marks}
        assert ends == {3 * 86_400}  # by themselves, and not before the lead
        key = {name: lead[name] for name in ("pk", "sk")}
        client("dynamodb", world.cloud).delete_item(TableName=world.table, Key=key)
        assert len(export(email=EMAIL)["leads"]) == 1
        assert forget(email=EMAIL)["done"]["leads"] == 1
        assert forget(email=EMAIL) == NOTHING_DONE
        assert clues_in(world) == []

    def test_a_late_record_of_an_erased_lead_notes_nobody(self, office: Any) -> None:
        lead_id = come(office, "1")
        tell_more(lead_id, email="new@example.com", phone="")
        forget(lead_id=lead_id)
        office.alert()
        assert marks_in(office) == []


def bodies_in(world: Any) -> list[Any]:
    return [item for item in world.items() if item["sk"]["S"] == "raw"]


class TestSharedBodies:
    """A delivery with several people in it, kept whole for each that is held."""

    def test_another_leads_copy_is_emptied_and_the_lead_stays(
        self, world: Any, around: Any
    ) -> None:
        hook(world, around, screening=[{**SPAM, "then": "quarantine"}])
        (xi, _) = deliver(XI, ADA)
        world.alert()
        (shown,) = export(email=XI["email"])["leads"]
        assert (shown["lead_id"], shown["sent"]["base64"]) == (xi, None)
        mine = export(email=EMAIL)
        assert len(mine["leads"]) == 1
        assert [one["lead_id"] for one in mine["mentioned"]] == [xi]
        done = forget(email=EMAIL)["done"]
        assert (done["leads"], done["bodies"]) == (1, 1)
        assert clues_in(world) == []
        assert lead_store.get(xi).fields["email"] == XI["email"]
        assert forget(email=EMAIL) == NOTHING_DONE

    def test_who_has_but_a_number_of_the_sources_country_is_neither_shown_nor_left(
        self, world: Any, around: Any
    ) -> None:
        hook(world, around, screening=[{**SPAM, "then": "quarantine"}], default_country="SE")
        (xi, bob) = deliver(XI, BOB)
        world.alert()
        (shown,) = export(email=XI["email"])["leads"]
        assert (shown["lead_id"], shown["sent"]["base64"]) == (xi, None)
        his = export(phone=PHONE)
        assert [lead["lead_id"] for lead in his["leads"]] == [bob]
        assert [one["lead_id"] for one in his["mentioned"]] == [xi]
        assert forget(phone=PHONE)["done"] == {"leads": 1, "bodies": 2}
        assert b"174 06 05" not in b"".join(item["raw"]["B"] for item in bodies_in(world))
        assert lead_store.get(xi).fields["email"] == XI["email"]

    def test_nor_if_it_is_read_later(self, world: Any, around: Any) -> None:
        hook(world, around, mapping={"leads": "/wrong"}, default_country="SE")
        (bob,) = deliver(BOB, XI)
        hook(world, around, screening=[{**SPAM, "then": "quarantine"}], default_country="SE")
        ask(f"/v1/quarantine/{bob}/release")
        world.alert()
        leads = {lead["lead_id"]: lead for lead in export(email=XI["email"])["leads"]}
        leads.pop(bob)  # an address and a number: until it was read they could be one person's
        (shown,) = leads.values()
        assert (shown["status"], shown["sent"]["base64"]) == ("quarantined", None)

    def test_nor_if_nobody_has_read_it(self, world: Any, around: Any) -> None:
        hook(world, around, mapping={"leads": "/wrong"}, default_country="SE")
        alone, *_ = deliver(BOB)
        together, *_ = deliver({"email": "xi@example.org"}, {"phone": "+1 650 253 0000"}, BOB)
        world.alert()
        assert [one["lead_id"] for one in export(phone=PHONE)["mentioned"]] == [together]
        assert export(email="xi@example.org")["leads"] == []
        assert forget(phone=PHONE)["done"]["leads"] == 2
        assert lead_store.get(alone).status is Status.ERASED
        assert all(item["raw"]["B"] == b"" for item in bodies_in(world))

    def test_a_body_whose_lead_was_cleared_away_is_no_obstacle(
        self, world: Any, around: Any
    ) -> None:
        hook(world, around, screening=[{**SPAM, "then": "quarantine"}])
        (xi, _) = deliver(XI, ADA)
        world.alert()
        key = {"pk": {"S": f"lead#{xi}"}, "sk": {"S": "lead"}}
        client("dynamodb", world.cloud).delete_item(TableName=world.table, Key=key)
        assert forget(email=EMAIL)["done"] == {"leads": 1, "bodies": 1}
        assert clues_in(world) == []
        assert forget(email=EMAIL) == NOTHING_DONE

    def test_who_is_written_about_takes_nobodys_lead_along(self, world: Any, around: Any) -> None:
        hook(world, around, screening=[{**SPAM, "then": "quarantine"}])
        (lead_id,) = deliver({**XI, "message": "viagra, says bob@example.net"})
        world.alert()
        assert forget(email="bob@example.net")["done"] == {"bodies": 1}
        assert lead_store.get(lead_id).status is Status.QUARANTINED

    @pytest.mark.parametrize("how", ["unread", "released"])
    def test_what_was_unread_goes_unless_it_is_known_to_be_anothers(
        self, world: Any, around: Any, how: str
    ) -> None:
        hook(world, around, mapping={"leads": "/wrong"})
        (lead_id,) = deliver({"name": "Xi", "email": "xi@example.org"}, ADA)
        world.alert()
        if how == "released":
            hook(world, around)
            ask(f"/v1/quarantine/{lead_id}/release")
            world.alert()
        assert forget(email=EMAIL)["done"]["leads"] == 1
        assert clues_in(world) == []
        left = {"unread": Status.ERASED, "released": Status.NEW}
        assert lead_store.get(lead_id).status is left[how]

    def test_who_is_released_at_that_moment_does_not_bring_her_back(
        self, world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The release has read the body before it was emptied."""
        hook(world, around, mapping={"leads": "/wrong"})
        (lead_id,) = deliver({"name": "Xi", "email": "xi@example.org"}, ADA)
        world.alert()
        hook(world, around)
        from shared.flows import release_lead

        others = release_lead._capture_others

        def too_late(*whatever: Any) -> None:
            monkeypatch.setattr(release_lead, "_capture_others", others)
            forget(email=EMAIL)
            others(*whatever)

        monkeypatch.setattr(release_lead, "_capture_others", too_late)
        ask(f"/v1/quarantine/{lead_id}/release", 409)
        assert clues_in(world) == []

    def test_however_many_are_in_it(self, world: Any, around: Any) -> None:
        hook(world, around)
        deliver(*({"email": f"p{n}@example.org"} for n in range(100)), ADA)  # too many to be read
        world.alert()
        assert len(marks_in(world)) == 1
        assert len(export(email="p99@example.org")["mentioned"]) == 1
        assert forget(email=EMAIL)["done"]["bodies"] == 1
        assert clues_in(world) == []


class TestRecognising:
    def test_ends_whatever_is_known_of_her_by_now(self, office: Any) -> None:
        lead_id = come(office, "1")
        office.route()
        assert len(recognised_in(office)) == 4  # by e-mail and by phone: guards and ties
        tell_more(lead_id, email="new@example.com", phone="+46701740699")
        office.alert()
        forget(email="new@example.com")
        assert recognised_in(office) == []
        assert lead_store.get(come(office, "2")).status is Status.NEW

    def test_ends_whatever_is_configured_by_now(self, office: Any, around: Any) -> None:
        come(office, "1")
        office.route()
        office.alert()
        other = {**WEBSITE, "duplicates": {"within": "31d", "keys": ["email"]}}
        more = {**DOORS, "forms": {"website": other}}
        apply_config(config({"anna": 1, "bo": 1}, more=more), around)
        assert forget(email=EMAIL)["done"].keys() >= {"guards", "ties"}
        assert recognised_in(office) == []

    @pytest.mark.parametrize("goes", ["older", "newer"])
    def test_a_tie_ends_with_the_last_of_the_leads_that_it_rests_on(
        self, world: Any, around: Any, goes: str
    ) -> None:
        """The rep who knows her gets her next lead, as long as a lead of hers is known."""
        older, newer = known_twice(world, around)
        first, last = (older, newer) if goes == "older" else (newer, older)
        assert "ties" not in forget(lead_id=first)["done"]
        assert {tie["lead_id"]["S"] for tie in ties_in(world)} == {last}
        assert forget(lead_id=last)["done"]["ties"] == 2
        assert ties_in(world) == []

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_a_tie_ends_with_none_of_its_leads_but_the_last(
        self, world: Any, around: Any, order: tuple[int, ...]
    ) -> None:
        """A company's next lead is its rep's while any of its leads is known, whichever that is."""
        of_company(around)
        leads = [colleague(world, name) for name in ("ada", "bob", "cy")]
        *most, last = [leads[n] for n in order]
        for lead_id in most:
            assert "ties" not in forget(lead_id=lead_id)["done"]
        (tie,) = ties_in(world)
        assert (tie["lead_id"]["S"], "last" in tie, "earlier" in tie) == (last, False, False)
        dan = colleague(world, "dan")
        assert lead_store.get(dan).owner == lead_store.get(last).owner == "anna"
        assert forget(lead_id=dan)["done"].get("ties", 0) == 0
        assert forget(lead_id=last)["done"]["ties"] == 1
        assert ties_in(world) == []

    def test_a_tie_of_very_many_leads_rests_on_the_first_and_the_newest(
        self, world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(owners, "MOST_FURTHER", 2)
        of_company(around)
        leads = [colleague(world, name) for name in ("ada", "bob", "cy", "dan")]
        (tie,) = ties_in(world)
        assert [tie[name]["S"] for name in ("lead_id", "earlier", "last")] == [
            leads[0],
            leads[2],
            leads[3],
        ]
        assert "ties" not in forget(lead_id=leads[1])["done"]

    def test_a_lead_that_an_older_release_has_erased_holds_no_tie(
        self, world: Any, around: Any
    ) -> None:
        """It knows of the first lead and the last one, and passes over those between."""
        of_company(around)
        first, between, last = [colleague(world, name) for name in ("ada", "bob", "cy")]
        (tie,) = ties_in(world)
        forget(lead_id=between)
        item = {**tie, "earlier": {"S": between}}
        client("dynamodb", world.cloud).put_item(TableName=world.table, Item=item)
        assert "ties" not in forget(lead_id=first)["done"]
        assert forget(lead_id=last)["done"]["ties"] == 1
        assert ties_in(world) == []

    def test_a_lead_that_prolongs_a_tie_while_the_first_is_erased_keeps_it(
        self, world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        older, newer = known_twice(world, around)
        newest = come_later(world, "3")
        get = persons.TieItem.get

        def too_late(*whatever: Any, **more: Any) -> Any:
            found = get(*whatever, **more)
            monkeypatch.setattr(persons.TieItem, "get", get)
            world.route()
            return found

        monkeypatch.setattr(persons.TieItem, "get", too_late)
        assert "ties" not in forget(lead_id=older)["done"]
        assert {(tie["lead_id"]["S"], tie["last"]["S"]) for tie in ties_in(world)} == {
            (newer, newest)
        }
        assert older not in str(ties_in(world))

    @pytest.mark.parametrize("goes", ["older", "newer"])
    def test_a_plan_made_before_brings_no_erased_lead_back_into_a_tie(
        self, world: Any, around: Any, monkeypatch: pytest.MonkeyPatch, goes: str
    ) -> None:
        older, newer = known_twice(world, around)
        erased = older if goes == "older" else newer
        ask(f"/v1/leads/{erased}/accept")
        ask(f"/v1/leads/{erased}/lose")
        newest = come_later(world, "3")
        commit = routing_store.commit

        def too_late(*whatever: Any, **more: Any) -> Any:
            monkeypatch.setattr(routing_store, "commit", commit)
            forget(lead_id=erased)
            return commit(*whatever, **more)

        monkeypatch.setattr(routing_store, "commit", too_late)
        world.route([record for record in world.for_routing() if newest in str(record)])
        assert lead_store.get(newest).owner
        assert not any(erased in json.dumps(tie, default=str) for tie in ties_in(world))

    def test_two_leads_of_a_tie_that_are_erased_at_once_are_both_gone_from_it(
        self, world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        of_company(around)
        _, bob, cy, _ = [colleague(world, name) for name in ("ada", "bob", "cy", "dan")]
        get = persons.TieItem.get

        def too_late(*whatever: Any, **more: Any) -> Any:
            found = get(*whatever, **more)
            monkeypatch.setattr(persons.TieItem, "get", get)
            forget(lead_id=cy)
            return found

        monkeypatch.setattr(persons.TieItem, "get", too_late)
        forget(lead_id=bob)
        assert not any(gone in str(ties_in(world)) for gone in (bob, cy))

    def test_what_a_platform_delivers_again_is_no_new_lead(self, world: Any, around: Any) -> None:
        hook(world, around, duplicates={"within": "30d", "keys": ["email"]})
        first = deliver(ADA)
        world.alert()
        assert forget(email=EMAIL)["done"]["guards"] == 1
        assert deliver(ADA) == first
        assert clues_in(world) == []


class TestReturns:
    @pytest.mark.parametrize("what", ["request", "refuse"])
    def test_one_at_that_moment_leaves_no_word(
        self, office: Any, monkeypatch: pytest.MonkeyPatch, what: str
    ) -> None:
        lead_id = sell(office)
        office.alert()
        if what == "refuse":
            take_back(lead_id)
        write = getattr(return_store, what)

        def too_late(said: Any) -> None:
            forget(lead_id=lead_id)
            write(said)

        monkeypatch.setattr(return_store, what, too_late)
        if what == "request":
            with pytest.raises(AssertionError, match="409"):
                take_back(lead_id)
        else:
            ask(f"/v1/leads/{lead_id}/refuse-return", reason=f"{MARKER} answers")
        assert clues_in(office) == []

    def test_one_that_comes_while_it_is_erased_loses_its_words(
        self, office: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lead_id = sell(office)
        office.alert()
        erase = lead_store.erase

        def after_a_request(*whatever: Any) -> None:
            take_back(lead_id)
            erase(*whatever)

        monkeypatch.setattr(lead_store, "erase", after_a_request)
        forget(lead_id=lead_id)
        assert clues_in(office) == []

    def test_one_that_waits_is_settled(self, office: Any) -> None:
        lead_id = sell(office)
        office.alert()
        take_back(lead_id)
        forget(lead_id=lead_id)
        standing = return_store.get(lead_id)
        assert (standing.state, standing.note) == ("refused", None)
        assert return_store.waiting(10) == ([], False)
        ask(f"/v1/leads/{lead_id}/refuse-return", reason=f"{MARKER} is real")
        assert clues_in(office) == []


def test_mails_that_are_late_say_nothing_of_her(office: Any) -> None:
    """A note to whose lead it was, and that the person came again."""
    lead_id = come(office, "1")
    office.route()
    office.alert()
    ask(f"/v1/leads/{lead_id}/accept")
    office.alert()
    again = come(office, "2", message="again")
    ask(f"/v1/leads/{lead_id}/release", reason=f"{MARKER} asks")
    sold = sell(office)
    before = len(office.mails())
    for one in (again, lead_id, sold):
        forget(lead_id=one)
    office.alert()
    assert MARKER not in json.dumps(office.mails()[before:]).lower()


def test_of_consent_no_word_of_the_sender_stays(world: Any, around: Any) -> None:
    apply_config(config({"anna": 1}), around)
    said = {"consent_text": "I agree", "consent_version": f"Ada {MARKER}"}
    come(world, "1", **said)
    world.alert()
    assert forget(email=EMAIL)["done"]["consents"] == 1
    assert clues_in(world) == []


def test_the_version_of_our_own_terms_stays(office: Any) -> None:
    lead_id = come(office, "1")
    for _ in range(2):
        forget(lead_id=lead_id)
        (shown,) = export(lead_id=lead_id)["leads"]
        assert (shown["consent"]["version"], shown["consent"].get("text")) == ("7", None)


def test_what_one_answer_cannot_hold_comes_in_several(
    world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a body only once, however many leads came in it."""
    hook(world, around, screening=[{**SPAM, "then": "quarantine"}])
    said = {**ADA, "message": "viagra " + "x" * 30_000}
    ids = []
    for _ in range(3):  # the same, once a day
        ids += deliver(said)
        world.clock.turn(days=2)
    world.alert()
    (whole,) = [export(email=EMAIL)]
    assert [lead["lead_id"] for lead in whole["leads"]] == sorted(ids)
    bodies = [lead["sent"]["base64"] for lead in whole["leads"]]
    assert len(base64.b64decode(bodies[0])) > 30_000
    assert bodies[1:] == [None] * 2
    assert {lead["sent"]["same_as"] for lead in whole["leads"][1:]} == {min(ids)}

    monkeypatch.setattr("shared.flows.export_person.MOST_BYTES", 30_000)
    found: list[str] = []
    page, pages = {"next": None}, 0
    while not pages or page["next"]:
        page = export(email=EMAIL, **({"after": page["next"]} if page["next"] else {}))
        pages += 1
        found += [lead["lead_id"] for lead in page["leads"]]
    assert found == sorted(ids)
    assert pages == 3  # each shows the body again
