"""Webflow: the fields of a form, signed or with a key in the address."""

import json

import pytest
from hypothesis import given, settings

from shared.errors import UnreadableBodyError
from shared.sources.formats import webflow
from tests.unit.sources.formats.platforms import (
    SECRET,
    assert_a_changed_body_does_not_count,
    assert_it_never_breaks,
    assert_only_a_true_signature_counts,
    assert_only_the_present_counts,
    damaged,
    delivery,
    fields,
    nulled,
    read,
    sample,
    tree,
    truncations,
)

NAME = "webflow"


class TestRead:
    def test_the_sample(self) -> None:
        [lead] = read(NAME, sample(NAME))
        assert fields(webflow, lead) == {
            "name": "Sanne Visser",
            "email": "sanne@loftwerk.example",
            "phone": "+442079460155",
            "company": "Loftwerk",
            "message": "Two floors, oak.",
            "page_url": "https://loftwerk.example/offer?utm_source=flyer",
            "extra": {
                "Number of steps": "17",
                "What is it about?": "Stairs, Railings",
                "Newsletter": "true",
                "form_name": "Offer request",
                "submission_id": "672740b5c0ffee0000000001",
                "siteId": "66f0c1d27b9a4e3358c0a111",
                "submittedAt": "2026-11-03T09:29:57.331Z",
                "formId": "66f0c1d27b9a4e3358c0a222",
                "formElementId": "4b1d6f0c-8a52-4f3e-9c77-000000000001",
                "pageId": "66f0c1d27b9a4e3358c0a333",
                "publishedPath": "/offer",
            },
        }
        assert lead.external_id == "672740b5c0ffee0000000001"
        assert lead.numbers == {"Number of steps"}
        assert not lead.test

    def test_a_phone_that_came_as_a_number_is_known_as_one(self) -> None:
        """Webflow's own example has one; its plus sign or leading zero is gone by then."""
        body = tree(NAME)
        body["payload"]["data"] = {"Phone Number": 442079460155}
        [lead] = read(NAME, body)
        assert lead.numbers == {"Phone Number"}
        assert fields(webflow, lead, default_country="GB")["phone"] == "+442079460155"

    def test_the_form_s_name_is_not_the_person_s(self) -> None:
        body = tree(NAME)
        body["payload"]["data"] = {"email": "sanne@loftwerk.example"}
        assert "name" not in fields(webflow, read(NAME, body)[0])

    @pytest.mark.parametrize("trigger", ["site_publish", "ecomm_new_order", ""])
    def test_other_triggers_hold_no_lead(self, trigger: str) -> None:
        assert read(NAME, {"triggerType": trigger, "payload": {"site": "x"}}) == []


class TestSignature:
    def test_only_a_true_signature_counts(self) -> None:
        assert_only_a_true_signature_counts(NAME)

    def test_a_changed_body_does_not_count(self) -> None:
        assert_a_changed_body_does_not_count(NAME)

    def test_only_the_present_counts(self) -> None:
        assert_only_the_present_counts(NAME)

    def test_a_webhook_that_cannot_sign_has_the_key_in_its_address(self) -> None:
        unsigned = delivery(sample(NAME), query={"key": SECRET})
        assert webflow.SCHEME.is_genuine(unsigned, [SECRET])
        assert not webflow.SCHEME.is_genuine(unsigned, ["another"])


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
