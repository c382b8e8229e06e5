"""What becomes of a lead that leaves quarantine, and of one that may not."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from shared.domain.leads import MOST_FETCHES, Change, Lead, Status, Step
from shared.errors import (
    ConflictError,
    IllegalTransitionError,
    InvalidFieldsError,
    NotAllYetError,
    NotFoundError,
    UnstorableError,
)
from shared.flows.apply_config import apply_config
from shared.flows.capture_lead import Submission, capture_lead, sale_of, sender_key
from shared.flows.doors import partner as partner_door
from shared.flows.doors.form import take_form_post
from shared.flows.doors.hook import aliases_of, read_reports
from shared.flows.held import held_in
from shared.flows.release_lead import discard_lead, release_lead, settle_lead
from shared.sources.delivery import Delivery, Reported
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import pings
from shared.store import quarantine as quarantine_store
from shared.store.capturing import Guard, Meaning
from tests.audit import Books, problems
from tests.team import config

ADA = {"name": "Ada Byron", "email": "ada@factory.example"}
BOT = {**ADA, "homepage": "https://spam.example"}
FORM: dict[str, Any] = {
    "honeypot": "homepage",
    "duplicates": {"within": "30d", "keys": ["email"]},
    "consent": {"text": "You may call me.", "version": "2026-01"},
}
ACME: dict[str, Any] = {
    "mode": "live",
    "price": "20",
    "currency": "EUR",
    "caps": [{"name": "daily", "per": "day", "leads": 1}],
    "screening": [{"name": "odd", "then": "quarantine", "when": {"product": "odd"}}],
}
GENERIC = {"format": "generic", "trust": "public", "mapping": {"fields": {"email": "/mail"}}}
META = {"format": "meta", "trust": "public"}


NEW = Status.NEW


class Dead(BaseException):
    """The process died."""


class Parts:
    """Stores parts of a delivery, which takes a second each, until it dies."""

    def __init__(self) -> None:
        self.begin()

    def begin(self, most: int | None = None, clock: Any = None) -> None:
        self.parts: list[int] = []
        self.most, self.clock = most, clock

    def capture(self, active: Any, submission: Submission, *whatever: Any) -> Any:
        if len(self.parts) == self.most:
            raise Dead
        self.parts.append(submission.part)
        captured = capture_lead(active, submission, *whatever)
        if self.clock:
            self.clock.turn(seconds=1)
        return captured


class Desk:
    """Sources that send, and a manager who settles."""

    def __init__(self, around: Any, stored: Any) -> None:
        self.around, self.stored = around, stored
        self.configure()

    def configure(self, **more: Any) -> None:
        sources = {
            "forms": {"website": FORM},
            "partners": {"acme": ACME},
            "hooks": {"zap": GENERIC, "meta": META},
            **more,
        }
        self.team = config({"anna": 1}, more=sources)
        apply_config(self.team, self.around)

    def form(self, body: Any, content_type: str = "application/json") -> Lead:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        delivery = Delivery(raw, self.around.now(), headers={"content-type": content_type})
        taken = take_form_post(config_store.active(), "website", delivery, None, self.around)
        return lead_store.get(taken.lead_id)

    def partner(self, said: Mapping[str, str]) -> Lead:
        active = config_store.active()
        partner = active.config.partners["acme"]
        headers = {"content-type": "application/json"}
        delivery = Delivery(json.dumps(said).encode(), self.around.now(), headers=headers)
        reported = partner_door.read_report(partner, delivery)
        submission = Submission("partner#acme", delivery, reported)
        captured = capture_lead(active, submission, partner.aliases, self.around)
        return lead_store.get(captured.lead_id)

    def hook(self, hook_id: str, body: Any) -> list[Lead]:
        active = config_store.active()
        hook = active.config.hooks[hook_id]
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        delivery = Delivery(raw, self.around.now(), headers=headers)
        try:
            reports: list[Any] = list(read_reports(hook, delivery))
        except Exception:  # noqa: BLE001
            reports = [None]
        ids = [
            capture_lead(
                active,
                Submission(
                    f"hook#{hook_id}",
                    delivery,
                    reported,
                    "broken",
                    part=part,
                    leads=len(reports),
                    key=sender_key(None, reported.external_id) if reported else None,
                ),
                aliases_of(hook),
                self.around,
            ).lead_id
            for part, reported in enumerate(reports)
        ]
        return [lead_store.get(id_) for id_ in ids]

    def release(self, lead: Lead, corrections: Any = (), **how: Any) -> Lead:
        return release_lead(lead.lead_id, dict(corrections), self.around, by="maria", **how)

    def refused(self, lead: Lead, corrections: Any = (), **how: Any) -> str:
        """Why a release was refused; nothing has changed then."""
        with pytest.raises(IllegalTransitionError) as refusal:
            self.release(lead, corrections, **how)
        assert lead_store.get(lead.lead_id) == lead
        return str(refusal.value)

    def wrong(self, lead: Lead, corrections: Any = ()) -> dict[str, str]:
        """The fields that kept a lead in; nothing has changed then."""
        with pytest.raises(InvalidFieldsError) as refusal:
            self.release(lead, corrections)
        assert lead_store.get(lead.lead_id) == lead
        return dict(refusal.value.problems)

    def items(self, kind: str) -> list[Any]:
        return [item for item in self.stored() if item["kind"]["S"] == kind]


@pytest.fixture
def desk(table: str, around: Any, stored: Any) -> Desk:
    return Desk(around, stored)


# ── Letting out ──────────────────────────────────────────────────────────────────────────────────


def test_a_lead_that_was_only_suspicious_is_released_as_it_was_sent(desk: Any) -> None:
    held = desk.form(BOT)
    assert (held.status, dict(held.fields)) == (Status.QUARANTINED, {})
    desk.around.now.turn(hours=2)
    lead = desk.release(held)
    assert lead == lead_store.get(held.lead_id)
    assert (lead.status, lead.lead_id, dict(lead.fields)) == (Status.NEW, held.lead_id, ADA)
    known_by = lead.log[-1].known_by
    assert len(known_by) == 1  # the guard of its e-mail address
    released = Change(Step.RELEASED, desk.around.now(), by="maria", known_by=known_by)
    assert lead.log == (*held.log, released)
    assert problems(Books(desk.stored()), desk.team) == []
    assert (lead.place, lead.due_at) == (None, desk.around.now() + timedelta(minutes=1))


def test_what_cannot_be_read_is_given_by_the_manager(desk: Any) -> None:
    held = desk.form(b'{"email": "ada@factory.ex')
    wrong = desk.wrong(held)
    assert list(wrong) == ["(body)", "email", "phone"]
    assert wrong["(body)"].startswith("cannot be read (the JSON is broken at line 1")
    assert list(desk.wrong(held, {"name": "Ada"})) == ["email", "phone"]
    lead = desk.release(held, ADA)
    assert (lead.status, dict(lead.fields)) == (Status.NEW, ADA)
    assert lead.log[-1].reason == "corrected: name, email"


def test_a_correction_counts_before_all_that_meant_the_same_field(desk: Any) -> None:
    said = {"E-Mail": "ada@", "your-email": "x@y.example", "zip": "1", "Fleet": "12", **BOT}
    held = desk.form({**said, "email": "ada at factory"})
    assert "E-Mail" in desk.wrong(held)
    desk.configure(forms={"website": {**FORM, "aliases": {"email": ["E-Mail"]}}})
    corrections = {"email": "ada@factory.example", "fleet": "14", "zip": ""}
    lead = desk.release(held, corrections)
    assert dict(lead.fields) == {**ADA, "extra": {"fleet": "14"}}


def test_the_present_configuration_reads_what_was_sent(desk: Any) -> None:
    held = desk.form({"homepage": "x", "courriel": "ada@factory.example"})
    assert "email" in desk.wrong(held)
    desk.configure(forms={"website": {**FORM, "aliases": {"email": ["courriel"]}}})
    assert desk.release(held).fields == {"email": "ada@factory.example"}


def test_a_lead_whose_source_is_gone_waits_for_it_or_is_discarded(desk: Any) -> None:
    held = desk.form(BOT)
    desk.configure(forms={"other": {}})
    assert "form#website is not in the configuration any more" in desk.refused(held, ADA)
    assert discard_lead(held.lead_id, None, desk.around, by=None).status is Status.REJECTED


def test_there_is_no_releasing_what_is_not_there(desk: Any) -> None:
    with pytest.raises(NotFoundError):
        release_lead("0" * 26, {}, desk.around, by=None)
    with pytest.raises(NotFoundError):
        discard_lead("0" * 26, None, desk.around, by=None)


@pytest.mark.parametrize("late", [timedelta(days=30), timedelta(days=31)])
def test_after_thirty_days_only_what_was_understood_counts(desk: Any, late: timedelta) -> None:
    """Whether the bytes are deleted by then or not: deleting may come days late."""
    desk.configure(forms={"website": {**FORM, "screening": [_screen("quarantine")]}})
    screened = desk.form({**ADA, "product": "odd", "consent": "yes", "Fleet": "12"})
    unread = desk.form(b"{")
    assert screened.fields["product"] == "odd"
    desk.around.now.turn(seconds=late.total_seconds())
    assert "not kept any more" in desk.wrong(unread)["(body)"]
    lead = desk.release(screened)
    assert lead.fields == screened.fields
    assert lead.status is Status.NEW
    assert desk.release(unread, {"phone": "+46701740605"}).status is Status.NEW


def _screen(then: str) -> dict[str, Any]:
    return {"name": "odd", "then": then, "when": {"product": "odd"}}


def test_who_is_released_is_screened_no_more(desk: Any) -> None:
    desk.configure(forms={"website": {**FORM, "screening": [_screen("quarantine")]}})
    held = desk.form({**ADA, "product": "odd"})
    desk.configure(forms={"website": {**FORM, "screening": [_screen("reject")]}})
    assert desk.release(held).status is Status.NEW


def test_what_is_too_large_for_one_lead_is_said_to_be(desk: Any) -> None:
    held = desk.form(BOT)
    assert list(desk.wrong(held, {"essay": '"' * 300_000})) == ["(body)"]


# ── Not twice ────────────────────────────────────────────────────────────────────────────────────


def test_who_comes_second_hears_what_the_lead_is_now(desk: Any) -> None:
    held = desk.form(BOT)
    released = desk.release(held)
    assert "a lead that is new cannot be released" in desk.refused(released)
    with pytest.raises(IllegalTransitionError, match="a lead that is new cannot be discarded"):
        discard_lead(held.lead_id, None, desk.around, by=None)


def test_discarding_twice_is_discarding_once(desk: Any) -> None:
    held = desk.form(BOT)
    first = discard_lead(held.lead_id, "spam", desk.around, by="maria")
    desk.around.now.turn(minutes=1)
    assert discard_lead(held.lead_id, "again", desk.around, by="maria") == first
    assert first.log[-1].reason == "spam"
    assert (first.status, first.place) == (Status.REJECTED, None)
    assert "a lead that is rejected cannot be released" in desk.refused(first, ADA)
    (item,) = desk.items("lead")
    assert "expires_at" not in item


def test_a_lead_that_moved_meanwhile_is_not_settled_as_it_was(desk: Any) -> None:
    held = desk.form(BOT)
    desk.release(held)
    reported = Reported(ADA)
    with pytest.raises(ConflictError):
        settle_lead(config_store.active(), held, reported, {}, desk.around, trusted=False, by=None)
    assert len(lead_store.get(held.lead_id).log) == 2


def test_a_guard_of_this_very_lead_was_written_by_who_released_it(desk: Any) -> None:
    """The table need not say of all that stands in the way what it is."""
    held = desk.form(BOT)
    now = desk.around.now()
    person = Guard("person", "x", now + timedelta(days=1), Meaning.PERSON)
    released = Change(Step.RELEASED, now)

    def settle(attempt: str, before: Lead) -> Any:
        return quarantine_store.settle(
            before, released, {}, (person,), (), None, now, attempt=attempt
        )

    assert settle("1", held).kind == "stored"
    # As if its condition had not been looked at any more.
    again = replace(held, log=(held.log[0], held.log[0]))
    with pytest.raises(ConflictError):
        settle("2", again)


# ── The same person ──────────────────────────────────────────────────────────────────────────────


def test_a_person_who_came_before_is_told_to_the_manager(desk: Any) -> None:
    first = desk.form(ADA)
    held = desk.form(BOT)
    assert f"this person came before as lead {first.lead_id}" in desk.refused(held)
    lead = desk.release(held, even_if_duplicate=True)
    assert (lead.status, lead.log[-1].first) == (Status.NEW, None)
    assert lead.log[-1].reason == "whether the person came before did not matter"


def test_a_released_person_is_recognised_when_they_come_again(desk: Any) -> None:
    lead = desk.release(desk.form(BOT))
    desk.around.now.turn(minutes=5)
    again = desk.form({**ADA, "message": "Hello?"})
    assert (again.status, again.log[-1].first) == (Status.DUPLICATE, lead.lead_id)


def test_the_same_instant_is_no_reason_to_take_two_leads_for_one(desk: Any) -> None:
    """Said word for word, but one lay in quarantine: they are two leads of one person."""
    held = desk.form(BOT)
    desk.configure(forms={"website": {"duplicates": FORM["duplicates"]}})
    first = desk.form(BOT | {"z": "1"})
    assert first.status is Status.NEW
    assert first.lead_id in desk.refused(held, {"z": "1"})


def test_a_duplicate_that_nobody_vouches_for_is_linked_to_the_first(desk: Any) -> None:
    first = desk.form(ADA)
    held = desk.form(BOT)
    lead = settle_lead(
        config_store.active(), held, Reported(ADA), {}, desk.around, trusted=False, by=None
    )
    assert lead == lead_store.get(held.lead_id)
    assert (lead.status, lead.log[-1].first) == (Status.DUPLICATE, first.lead_id)


# ── Partners ─────────────────────────────────────────────────────────────────────────────────────

ODD = {"email": "ada@factory.example", "product": "odd", "test": "no", "Ping-ID": "x"}


def test_a_released_lead_is_bought_and_counted(desk: Any) -> None:
    held = desk.partner(ODD)
    assert (held.status, held.sale, desk.items("cap")) == (Status.QUARANTINED, None, [])
    lead = desk.release(held)
    assert lead == lead_store.get(held.lead_id)
    assert (lead.sale.price, lead.sale.currency) == (200_000, "EUR")
    assert lead.sale.caps == (("partner#acme#daily", "2026-03-02"),)
    (cap,) = desk.items("cap")
    assert (cap["leads"]["N"], cap["money"]["N"]) == ("1", "200000")
    assert "extra" not in lead.fields  # what steers a request is no part of the lead


def test_a_full_cap_is_named_and_nothing_is_bought(desk: Any) -> None:
    desk.partner({"email": "first@example.com"})
    held = desk.partner(ODD)
    assert "the cap 'partner#acme#daily' is full" in desk.refused(held)
    desk.around.now.turn(days=1)
    assert desk.release(held).status is Status.NEW


def test_what_pings_held_too_long_is_given_back_first(desk: Any) -> None:
    held = desk.partner(ODD)
    active, now = config_store.active(), desk.around.now()
    acme = active.config.partners["acme"]
    sale, uses = sale_of(active, "partner#acme", acme, {}, now)
    until = now + timedelta(minutes=2)
    pings.reserve(pings.Ping("p", "acme", {}, sale, until, "x"), uses, now)
    assert "is full" in desk.refused(held)
    desk.around.now.turn(minutes=2)
    assert desk.release(held).status is Status.NEW


def test_a_cap_of_nothing_is_named_too(desk: Any) -> None:
    held = desk.partner(ODD)
    none = [{"name": "daily", "per": "day", "leads": 0}]
    desk.configure(partners={"acme": {**ACME, "caps": none}})
    assert "the cap 'partner#acme#daily' is full" in desk.refused(held)


def test_a_partner_in_test_mode_costs_no_held_lead(desk: Any) -> None:
    """Rejected would be for good."""
    held = desk.partner(ODD)
    desk.configure(partners={"acme": {**ACME, "mode": "test"}})
    assert "partner#acme is in test mode" in desk.refused(held)


# ── Platforms ────────────────────────────────────────────────────────────────────────────────────

ANNOUNCED = {
    "object": "page",
    "entry": [
        {"changes": [{"field": "leadgen", "value": {"leadgen_id": id_}}]} for id_ in ("71", "72")
    ],
}


def settled(desk: Any, lead: Lead, said: Mapping[str, str]) -> Lead:
    """The lead after its platform said this of it."""
    reported = Reported(said, external_id="71")
    return settle_lead(
        config_store.active(), lead, reported, {}, desk.around, trusted=False, by=None
    )


def test_each_lead_of_a_delivery_is_released_as_itself(desk: Any) -> None:
    first, second = desk.hook("zap", [{"mail": "a@"}, {"mail": "b@"}])
    assert (first.status, second.status) == (Status.QUARANTINED, Status.QUARANTINED)
    said = {"mail": "b@factory.example"}
    assert desk.release(second, {"email": said["mail"]}).fields["email"] == said["mail"]
    assert lead_store.get(first.lead_id) == first


def test_a_delivery_that_was_unreadable_as_a_whole_loses_none_of_its_leads(desk: Any) -> None:
    """What is in it shows when the configuration can read it: one lead stands for all till then."""
    unmapped = {**GENERIC, "mapping": {"leads": "/nowhere", "fields": {"email": "/mail"}}}
    desk.configure(hooks={"zap": unmapped})
    (held,) = desk.hook("zap", {"leads": [{"mail": f"{n}@example.com"} for n in "abc"]})
    assert held.log[0].reason.startswith("unreadable: ")
    assert "(body)" in desk.wrong(held)
    mapped = {**GENERIC, "mapping": {"leads": "/leads", "fields": {"email": "/mail"}}}
    desk.configure(hooks={"zap": mapped})
    for wrong in ({"email": "x"}, {}):  # broken off, and tried again
        if wrong:
            desk.wrong(held, wrong)
        else:
            assert desk.release(held).lead_id == held.lead_id
        desk.around.now.turn(minutes=10)
    found = sorted((lead.fields["email"], lead.status) for lead in Books(desk.stored()).leads)
    assert found == [(f"{n}@example.com", Status.NEW) for n in "abc"]


def test_one_that_cannot_be_read_is_given_by_the_manager_and_stands_for_itself_alone(
    desk: Any,
) -> None:
    first, odd, last = desk.hook("zap", [{"mail": "a@factory.example"}, None, {"mail": "c@"}])
    assert (first.status, odd.status) == (Status.NEW, Status.QUARANTINED)
    assert odd.log[0].reason.startswith("unreadable: there are no leads where the mapping says")
    assert desk.wrong(odd)["(body)"].startswith("cannot be read (there are no leads where")
    assert desk.release(odd, ADA).fields == ADA
    assert desk.release(last, {"email": "c@factory.example"}).status is Status.NEW
    assert len(Books(desk.stored()).leads) == 3


class TestMoreThanADeliveryMayHold:
    """One lead stands for all of them until it is released."""

    MAPPING: ClassVar = {"leads": "/leads", "id": "/id", "fields": {"email": "/mail"}}
    MAPPED: ClassVar = {
        **GENERIC,
        "mapping": MAPPING,
        "duplicates": {"within": "60d", "keys": ["email"]},
    }
    UNMAPPED: ClassVar = {**MAPPED, "mapping": {**MAPPING, "leads": "/nowhere"}}

    def held(self, desk: Any, *leads: Any) -> Lead:
        """The lead that stands for a delivery that can be read by now."""
        desk.configure(hooks={"zap": self.UNMAPPED})
        (held,) = desk.hook("zap", {"leads": leads})
        desk.configure(hooks={"zap": self.MAPPED})
        return held

    @pytest.fixture
    def tried(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """The parts that were tried to be stored; each takes a second, beyond `most` is death."""
        parts: Any = Parts()
        monkeypatch.setattr("shared.flows.release_lead.capture_lead", parts.capture)
        return parts

    def test_a_release_that_was_broken_off_goes_on_where_it_stopped(
        self, desk: Any, tried: Any
    ) -> None:
        held = self.held(desk, *({"mail": f"{n}@factory.example"} for n in range(8)))
        for stored in (3, 6):
            tried.begin(most=3)
            with pytest.raises(Dead):
                desk.release(held)
            assert lead_store.get(held.lead_id) == held
            assert len(Books(desk.stored()).leads) == 1 + stored
        tried.begin(most=3)
        assert desk.release(held).status is Status.NEW
        assert tried.parts == [7]
        assert len(Books(desk.stored()).leads) == 8
        assert problems(Books(desk.stored()), desk.team) == []

    def test_when_there_is_no_time_for_all_it_says_how_many_are_stored(
        self, desk: Any, tried: Any
    ) -> None:
        held = self.held(desk, *({"mail": f"{n}@factory.example"} for n in range(8)))
        for stored in (3, 6):
            tried.begin(clock=desk.around.now)
            with pytest.raises(NotAllYetError, match=f"^{stored} of the 8 leads in this delivery"):
                desk.release(held, until=desk.around.now() + timedelta(seconds=3))
            assert len(tried.parts) == 3
            assert lead_store.get(held.lead_id) == held
        assert desk.release(held, until=desk.around.now() + timedelta(seconds=3)).status is NEW
        assert len(Books(desk.stored()).leads) == 8

    def test_what_stands_is_not_stored_again_as_long_as_the_lead_can_be_released(
        self, desk: Any
    ) -> None:
        """A platform's id is known for a week otherwise, and the bytes are kept for a month."""
        ada = {"mail": ADA["email"]}
        held = self.held(desk, ada, {"mail": "b@factory.example", "id": "7"}, {"mail": "c@"})
        (first,) = desk.hook("zap", {"leads": [ada]})
        assert first.lead_id in desk.refused(held)
        desk.around.now.turn(days=29)
        assert desk.release(held, even_if_duplicate=True).status is NEW
        assert len(Books(desk.stored()).leads) == 4

    def test_one_of_them_that_cannot_be_read_is_held_by_itself(self, desk: Any) -> None:
        held = self.held(desk, {"mail": "a@factory.example"}, None, {"mail": "c@factory.example"})
        assert desk.release(held).fields["email"] == "a@factory.example"
        found = {lead.lead_id: lead for lead in Books(desk.stored()).leads}
        assert sorted(lead.status for lead in found.values()) == [NEW, NEW, Status.QUARANTINED]
        (odd,) = (lead for lead in found.values() if lead.status is Status.QUARANTINED)
        assert desk.release(odd, {"email": "b@factory.example"}).status is NEW
        assert len(Books(desk.stored()).leads) == 3

    @pytest.mark.parametrize("way", ["given", "discarded"])
    def test_when_only_the_one_that_stands_for_all_cannot_be_read_the_others_are_out(
        self, desk: Any, way: str
    ) -> None:
        """Else a manager would have to invent a lead for their sake."""
        held = self.held(desk, None, {"mail": "b@factory.example"}, {"mail": "c@factory.example"})
        for _ in range(2):
            told = desk.wrong(held)["(body)"]
            assert "; the 2 others in its delivery are stored; give the fields of this one" in told
            assert len(Books(desk.stored()).leads) == 3
        if way == "given":
            assert desk.release(held, ADA).fields == ADA
        else:
            discard_lead(held.lead_id, None, desk.around, by=None)
        new = [lead for lead in Books(desk.stored()).leads if lead.status is NEW]
        others = ["b@factory.example", "c@factory.example"]
        emails = [ADA["email"], *others] if way == "given" else others
        assert sorted(lead.fields["email"] for lead in new) == emails

    def test_when_none_can_be_read_it_is_the_one_lead_that_is_given(self, desk: Any) -> None:
        held = self.held(desk, "ada@factory.example", "b@factory.example", 7)
        assert desk.wrong(held)["(body)"].endswith("; give the fields")
        assert desk.release(held, ADA).status is NEW
        assert [lead.fields for lead in Books(desk.stored()).leads] == [ADA]

    def test_a_hook_that_is_paused_while_it_is_mended_loses_none_of_them(self, desk: Any) -> None:
        held = self.held(desk, *({"mail": f"{n}@factory.example"} for n in range(3)))
        desk.configure(hooks={"zap": {**self.MAPPED, "paused": True}})
        assert desk.release(held).status is NEW
        assert Counter(lead.status for lead in Books(desk.stored()).leads) == {NEW: 3}


class TestDeliveredAgain:
    """What stood for a delivery is known by what its door knows each lead by, now it is read."""

    @pytest.fixture(params=[True, False], ids=["with ids", "without ids"])
    def delivery(self, request: pytest.FixtureRequest) -> Any:
        leads = [{"mail": f"{n}@factory.example", "id": n} for n in ("a", "b", "c", "a")]
        if not request.param:
            leads = [{"mail": lead["mail"]} for lead in leads]
        return {"leads": leads}

    @pytest.fixture
    def held(self, desk: Any, delivery: Any) -> Lead:
        mapping = {"leads": "/nowhere", "id": "/id", "fields": {"email": "/mail"}}
        desk.configure(hooks={"zap": {**GENERIC, "mapping": mapping}})
        (held,) = desk.hook("zap", delivery)
        mapping["leads"] = "/leads"
        desk.configure(hooks={"zap": {**GENERIC, "mapping": mapping}})
        return held

    def emails(self, desk: Any) -> list[str]:
        new = (lead for lead in Books(desk.stored()).leads if lead.status is NEW)
        return sorted(lead.fields["email"][0] for lead in new)

    @pytest.mark.parametrize("corrections", [{}, {"fleet": "12"}])
    def test_after_the_release_each_is_the_same_lead(
        self, desk: Any, held: Lead, delivery: Any, corrections: Any
    ) -> None:
        desk.release(held, corrections)
        assert self.emails(desk) == ["a", "b", "c"]
        leads = Books(desk.stored()).leads
        again = desk.hook("zap", delivery)
        assert {lead.lead_id for lead in again} == {lead.lead_id for lead in leads}
        assert again[0].lead_id == again[3].lead_id == held.lead_id
        assert Books(desk.stored()).leads == leads

    def test_before_the_release_none_is_stored_again(
        self, desk: Any, held: Lead, delivery: Any
    ) -> None:
        first, *_ = desk.hook("zap", delivery)
        assert f"this lead came before as lead {first.lead_id}" in desk.refused(held)
        assert self.emails(desk) == ["a", "b", "c"]
        released = desk.release(held, even_if_duplicate=True)
        # The request's own guard stays when the person is forgotten.
        assert (released.status, released.log[-1].known_by) == (NEW, ())
        assert self.emails(desk) == ["a", "a", "b", "c"]
        (again, *_) = desk.hook("zap", delivery)
        assert again.lead_id == held.lead_id

    def test_what_came_again_while_its_hook_was_paused_stands_for_nothing(
        self, desk: Any, held: Lead, delivery: Any
    ) -> None:
        hook = config_store.active().config.hooks["zap"]
        settings = {"format": "generic", "trust": "public", "mapping": hook.mapping}
        desk.configure(hooks={"zap": {**settings, "paused": True}})
        rejected = desk.hook("zap", delivery)
        assert {lead.status for lead in rejected} == {Status.REJECTED}
        assert desk.hook("zap", delivery) == rejected
        desk.configure(hooks={"zap": settings})
        assert desk.release(held).status is NEW
        assert self.emails(desk) == ["a", "b", "c"]
        desk.configure(hooks={"zap": {**settings, "paused": True}})
        assert {lead.status for lead in desk.hook("zap", delivery)} == {NEW}

    def test_when_the_wrong_list_was_read_at_first_the_right_one_comes_out_whole(
        self, desk: Any, held: Lead, delivery: Any
    ) -> None:
        mapping = {"leads": "/nowhere", "id": "/id", "fields": {"email": "/mail"}}
        desk.configure(hooks={"zap": {**GENERIC, "mapping": mapping}})
        (held,) = desk.hook("zap", {**delivery, "forms": [3, 4, {"mail": "d@factory.example"}]})
        for pointer in ("/forms", "/leads"):
            mapping["leads"] = pointer
            desk.configure(hooks={"zap": {**GENERIC, "mapping": mapping}})
            if pointer == "/forms":
                desk.wrong(held)
        desk.release(held)
        assert self.emails(desk) == ["a", "b", "c", "d"]

    def test_what_stood_already_is_not_stored_by_a_release_a_month_later(
        self, desk: Any, held: Lead, delivery: Any
    ) -> None:
        del held
        delivery["leads"][0] = None
        desk.around.now.turn(days=1)  # another delivery
        desk.configure(hooks={"zap": {**GENERIC, "mapping": {"leads": "/nowhere"}}})
        (held,) = desk.hook("zap", delivery)
        mapping = {"leads": "/leads", "id": "/id", "fields": {"email": "/mail"}}
        desk.configure(hooks={"zap": {**GENERIC, "mapping": mapping}})
        desk.hook("zap", {"leads": delivery["leads"][1:2]})  # b, by itself
        desk.wrong(held)
        assert self.emails(desk) == ["a", "b", "c"]
        desk.around.now.turn(days=29)
        assert desk.release(held, {"email": "z@factory.example"}).status is NEW
        assert self.emails(desk) == ["a", "b", "c", "z"]


def test_a_delivery_that_holds_nothing_any_more_is_unreadable(desk: Any) -> None:
    (held, _) = desk.hook("zap", [{"mail": "a@"}, {"mail": "b@"}])
    desk.configure(hooks={"zap": {"format": "meta", "trust": "public"}})
    assert "cannot be read" in desk.wrong(held)["(body)"]


def test_a_lead_that_was_only_announced_is_asked_for_again(desk: Any) -> None:
    announced, other = desk.hook("meta", ANNOUNCED)
    assert (announced.place, other.place) == ("announced", "announced")
    lead = desk.release(announced)
    assert (lead.status, lead.place, lead.fetches) == (Status.QUARANTINED, "announced", 2)
    assert lead.log[-1].by == "maria"


def test_an_announced_lead_that_was_given_up_is_asked_for_again(desk: Any) -> None:
    announced, _ = desk.hook("meta", ANNOUNCED)
    given_up = Change(Step.QUARANTINED, desk.around.now(), reason="not_fetched: no")
    held = lead_store.change(announced, given_up)
    assert desk.release(held).place == "announced"


def test_a_platform_is_not_asked_for_ever(desk: Any) -> None:
    lead, _ = desk.hook("meta", ANNOUNCED)
    for _ in range(2 * MOST_FETCHES - 1):
        lead = desk.release(lead)
    assert "its platform was asked 28 times" in desk.refused(lead)


def test_an_announced_lead_can_be_given_by_hand(desk: Any) -> None:
    announced, _ = desk.hook("meta", ANNOUNCED)
    lead = desk.release(announced, ADA)
    assert lead.status is Status.NEW
    assert lead.fields == {**ADA, "extra": {"leadgen_id": "71"}}


def test_what_a_platform_said_is_kept_when_it_is_no_lead_yet(desk: Any) -> None:
    """The bytes that came hold only its id: the rest would be lost."""
    announced, _ = desk.hook("meta", ANNOUNCED)
    held = settled(desk, announced, {"full_name": "Ada", "email": "ada@"})
    assert (held.place, held.log[-1].reason[:15]) == ("quarantine", "invalid_fields:")
    assert "email" in desk.wrong(held)
    lead = desk.release(held, {"email": "ada@factory.example"})
    assert lead.fields == {"name": "Ada", "email": "ada@factory.example"}


def test_what_a_platform_said_is_screened_and_then_released_without_asking_again(
    desk: Any,
) -> None:
    desk.configure(hooks={"meta": {**META, "screening": [_screen("quarantine")]}})
    announced, _ = desk.hook("meta", ANNOUNCED)
    held = settled(desk, announced, {**ADA, "product": "odd"})
    assert (held.place, held.log[-1].reason) == ("quarantine", "screened: odd")
    lead = desk.release(held)
    assert (lead.status, lead.fields) == (Status.NEW, {**ADA, "product": "odd"})


@pytest.mark.parametrize(
    ("said", "status", "kept"),
    [(ADA, Status.NEW, None), ({**ADA, "product": "odd"}, Status.REJECTED, timedelta(days=30))],
)
def test_what_a_platform_said_is_judged_like_any_lead(
    desk: Any, said: Any, status: Status, kept: timedelta | None
) -> None:
    """What is not ours is not kept for ever."""
    desk.configure(hooks={"meta": {**META, "screening": [_screen("reject")]}})
    announced, _ = desk.hook("meta", ANNOUNCED)
    lead = settled(desk, announced, said)
    assert (lead.status, lead.fields) == (status, said)
    (item,) = (i for i in desk.items("lead") if i["pk"]["S"] == f"lead#{lead.lead_id}")
    until = int((desk.around.now() + kept).timestamp()) if kept else None
    assert item.get("expires_at") == (until and {"N": str(until)})


def test_too_much_from_a_platform_is_not_told_to_a_manager(desk: Any) -> None:
    announced, _ = desk.hook("meta", ANNOUNCED)
    with pytest.raises(UnstorableError):
        settled(desk, announced, {**ADA, "essay": '"' * 300_000})


# ── Evidence ─────────────────────────────────────────────────────────────────────────────────────


def evidence(desk: Any) -> Any:
    (item,) = desk.items("consent")
    return json.loads(item["evidence"]["S"])


def test_the_evidence_of_consent_is_kept_with_the_release(desk: Any) -> None:
    held = desk.form({**BOT, "consent": "yes"})
    assert desk.items("consent") == []
    desk.around.now.turn(days=1)
    desk.release(held)
    assert evidence(desk) == {
        "given": True,
        "text": "You may call me.",
        "version": "2026-01",
        "ours": ["text", "version"],
        "terms_as_of": "2026-03-03T09:00:00.000Z",
    }


def test_evidence_says_what_a_manager_added(desk: Any) -> None:
    held = desk.form(BOT)
    desk.release(held, {"consent": "yes"})
    assert evidence(desk)["given_by_manager"] == ["consent"]


def test_reading_again_changes_nothing(desk: Any) -> None:
    held = desk.form(BOT)
    before = desk.stored()
    source = config_store.active().config.source("form#website")
    assert held_in(source, held, desk.around.now()).reported.said == BOT
    assert desk.stored() == before
