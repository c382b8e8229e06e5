"""Calendly: bookings are leads, with their questions and tracking."""

import json

import pytest
from hypothesis import given, settings

from shared.errors import UnreadableBodyError
from shared.sources.formats import calendly
from tests.unit.sources.formats.platforms import (
    assert_a_changed_body_does_not_count,
    assert_it_never_breaks,
    assert_only_a_true_signature_counts,
    assert_only_the_present_counts,
    damaged,
    fields,
    nulled,
    read,
    sample,
    tree,
    truncations,
)

NAME = "calendly"


class TestRead:
    def test_the_sample(self) -> None:
        [lead] = read(NAME, sample(NAME))
        found = fields(calendly, lead)
        extra = found.pop("extra")
        assert found == {
            "name": "Mateo Ruiz",
            "email": "mateo@stonepine.example",
            "phone": "+16505550166",
            "company": "Stonepine Dental",
            "utm_source": "newsletter",
            "utm_medium": "email",
            "utm_campaign": "autumn-2026",
        }
        assert extra["What shall we talk about?"] == "Chairs\nand lamps"
        assert extra["outbound_call_number"] == "+1 650-555-0167"
        assert extra["scheduled_event.name"] == "First consultation"
        assert extra["scheduled_event.start_time"] == "2026-11-05T15:00:00.000000Z"
        assert extra["timezone"] == "America/New_York"
        assert extra["cancel_url"] == "https://calendly.com/cancellations/LWSAMPLEINVITEE1"
        assert lead.external_id == tree(NAME)["payload"]["uri"]
        assert not lead.test

    def test_who_is_to_be_called_is_called_at_that_number(self) -> None:
        body = tree(NAME)
        body["payload"]["text_reminder_number"] = None
        assert fields(calendly, read(NAME, body)[0])["phone"] == "+16505550167"

    def test_where_a_meeting_is_is_no_number(self) -> None:
        body = tree(NAME)
        body["payload"]["text_reminder_number"] = None
        place = {"type": "physical", "location": "1 650 555 0167 Main St"}
        body["payload"]["scheduled_event"]["location"] = place
        [lead] = read(NAME, body)
        assert "phone" not in fields(calendly, lead)
        assert lead.said["scheduled_event.location.location"] == place["location"]

    def test_a_moved_booking_says_what_it_was(self) -> None:
        body = tree(NAME)
        body["payload"]["old_invitee"] = "https://api.calendly.com/scheduled_events/A/invitees/B"
        [lead] = read(NAME, body)
        assert lead.said["old_invitee"] == "https://api.calendly.com/scheduled_events/A/invitees/B"

    @pytest.mark.parametrize("event", ["invitee.canceled", "invitee_no_show.created", ""])
    def test_other_events_hold_no_lead(self, event: str) -> None:
        assert read(NAME, {**tree(NAME), "event": event}) == []
        assert read(NAME, {"event": event}) == []


class TestSignature:
    def test_only_a_true_signature_counts(self) -> None:
        assert_only_a_true_signature_counts(NAME)

    def test_a_changed_body_does_not_count(self) -> None:
        assert_a_changed_body_does_not_count(NAME)

    def test_only_the_present_counts(self) -> None:
        assert_only_the_present_counts(NAME)


class TestDamage:
    @pytest.mark.parametrize(
        "body", [b"", b" ", b"null", b"[]", b"{}", b"7", b'"x"', b"[{}]", b"\xff", b"[" * 50_000]
    )
    def test_what_is_no_such_object_is_unreadable(self, body: bytes) -> None:
        with pytest.raises(UnreadableBodyError):
            read(NAME, body)

    def test_every_beginning_of_a_body_is_unreadable(self) -> None:
        for body in truncations(NAME):
            with pytest.raises(UnreadableBodyError):
                read(NAME, body)

    def test_nothing_where_something_should_be_is_no_other_error(self) -> None:
        for body in nulled(tree(NAME)):
            assert_it_never_breaks(NAME, json.dumps(body).encode())

    @settings(deadline=None)
    @given(damaged(NAME))
    def test_anything_where_something_should_be_is_no_other_error(self, body: bytes) -> None:
        assert_it_never_breaks(NAME, body)
