"""HubSpot: contacts from workflows, and submissions in the shape of the forms API."""

from typing import Any

import pytest

from infra.samples import sample
from shared.errors import UnreadableBodyError
from shared.sources.formats.hubspot import SCHEME
from shared.sources.signatures import HUBSPOT, SHARED_KEY
from tests.unit.sources.formats.plugins import (
    FORM,
    delivered,
    fields,
    read_all,
    read_one,
    read_sample,
)

NAME = "hubspot"

SUBMITTED: dict[str, Any] = {
    "submittedAt": "1793698198000",
    "fields": [
        {"objectTypeId": "0-1", "name": "email", "value": "ada@sun.example"},
        {"objectTypeId": "0-1", "name": "firstname", "value": "Ada"},
        {"objectTypeId": "0-1", "name": "mobilephone", "value": "+44 20 7946 0101"},
        {"objectTypeId": "0-2", "name": "name", "value": "Sun & Sons"},
        {"objectTypeId": "0-2", "name": "phone", "value": "1"},
        {"objectTypeId": "0-1", "name": "roof", "value": "flat;wide"},
    ],
    "context": {"pageUri": "https://sun.example/roof", "pageName": "Roofs", "ipAddress": "::1"},
    "legalConsentOptions": {
        "consent": {
            "consentToProcess": True,
            "text": "I agree that Sun & Sons stores this.",
            "communications": [
                {"value": True, "subscriptionTypeId": 31, "text": "Send me offers."},
                {"value": False, "subscriptionTypeId": 32, "text": "Call me."},
            ],
        }
    },
}


def test_the_sample() -> None:
    lead = read_sample(NAME)
    assert fields(NAME, lead) == {
        "name": "Delphine Okonjo",
        "first_name": "Delphine",
        "last_name": "Okonjo",
        "email": "delphine+1@okonjo-events.example",
        "phone": "+16505550190",
        "company": "Okonjo Events",
        "region": "California",
        "postal_code": "94025",
        "message": "A tent for a wet October.",
        "page_url": "https://www.canvas-and-pole.example/quote",
        "extra": {
            "jobtitle": "Producer",
            "guests": "180",
            "hs_analytics_source": "ORGANIC_SEARCH",
            "lastmodifieddate": "1793698200000",
            "page-title": "A quote for your tent",
            "title": "Quote",
            "form-id": "b1e6f7aa-0c2d-4e19-9a34-55d1c0a77e02",
            "conversion-id": "2f51a9c8-7d10-4b0e-8a55-00000001",
            "vid": "40211",
            "canonical-vid": "40211",
            "portal-id": "7200451",
            "profile-url": "https://app.hubspot.com/contacts/7200451/contact/40211",
        },
    }
    assert lead.external_id == "2f51a9c8-7d10-4b0e-8a55-00000001"


def test_a_submission_keeps_what_was_agreed_to_word_for_word() -> None:
    lead = read_one(NAME, SUBMITTED)
    assert lead.said == {
        "email": "ada@sun.example",
        "firstname": "Ada",
        "mobilephone": "+44 20 7946 0101",
        "company": "Sun & Sons",
        "company phone": "1",
        "roof": "flat;wide",
        "pageUri": "https://sun.example/roof",
        "pageName": "Roofs",
        "ipAddress": "::1",
        "consent": "true",
        "consent_text": "I agree that Sun & Sons stores this.",
        "communication 31": "yes: Send me offers.",
        "communication 32": "no: Call me.",
        "submittedAt": "1793698198000",
    }
    assert fields(NAME, lead)["consent"] is True
    assert lead.external_id is None


def test_a_field_of_the_company_is_not_the_persons() -> None:
    """HubSpot's object 0-2 is a company: its `name` is the company's."""
    lead = fields(NAME, read_one(NAME, SUBMITTED))
    assert (lead["company"], lead["name"], lead["phone"]) == ("Sun & Sons", "Ada", "+442079460101")


def test_no_consent_and_a_legitimate_interest_are_no_consent() -> None:
    refused = {"consent": {"consentToProcess": False, "text": "I agree."}}
    interest = {
        "legitimateInterest": {"value": True, "legalBasis": "CUSTOMER", "text": "As usual."}
    }
    for options, consent in ((refused, False), (interest, None), (None, None), ([], None)):
        lead = read_one(NAME, SUBMITTED | {"legalConsentOptions": options})
        assert fields(NAME, lead).get("consent") is consent
    said = read_one(NAME, SUBMITTED | {"legalConsentOptions": interest}).said
    assert said["legal_basis"] == "CUSTOMER"
    assert said["legal_basis_text"] == "As usual."


def test_nothing_of_a_body_of_the_owners_choice_gets_lost() -> None:
    body = {"email": "ada@sun.example", "offers": True, "roofs": ["flat", "wide"], "seats": 4}
    lead = read_one(NAME, body | {"profile-token": "AO_x", "is-contact": True})
    expected = {"email": "ada@sun.example", "offers": "true", "roofs": "flat, wide", "seats": "4"}
    assert lead.said == expected
    assert lead.numbers == {"seats"}


def test_properties_may_be_plain_and_there_may_be_several_contacts() -> None:
    """So come custom bodies, and objects of the CRM API."""
    two = [
        {"id": "1", "properties": {"email": "a@sun.example", "hs_object_id": "1"}},
        {"email": "b"},
    ]
    first, second = read_all(NAME, two)
    assert first.said == {"email": "a@sun.example", "id": "1"}
    assert second.said == {"email": "b"}
    assert read_one(NAME, {"email": "a@sun.example"}, FORM).said == {"email": "a@sun.example"}


def test_the_newest_submission_is_meant_however_they_are_ordered() -> None:
    ids = [
        {"conversion-id": id_, "timestamp": time} for id_, time in (("b", 9), ("c", 10), ("a", 1))
    ]
    for submissions in (ids, ids[::-1], [*ids, None, {"conversion-id": "d"}]):
        lead = read_one(NAME, {"properties": {}, "form-submissions": submissions})
        assert lead.external_id == "c"
    assert read_one(NAME, {"email": "a", "conversionId": "7"}).external_id == "7"


def test_an_event_of_the_webhooks_api_is_refused_with_advice() -> None:
    """It only says that something happened to a contact with some number."""
    event = {"objectId": 7, "subscriptionType": "contact.creation", "eventId": 1}
    with pytest.raises(UnreadableBodyError, match="workflow"):
        read_all(NAME, [event])


@pytest.mark.parametrize(
    "part",
    [
        {"fields": "x"},
        {"fields": [None, 1, {}, {"name": 5, "value": "x"}]},
        {"properties": [1]},
        {"properties": {"phone": [1]}},
        {"form-submissions": True},
        {"form-submissions": [[], {"timestamp": [], "conversion-id": {}}]},
        {"form-submissions": [{"timestamp": "9" * 5000}, {"timestamp": 10**4000}]},
        {"legalConsentOptions": {"consent": {"communications": [1, {"value": "yes"}]}}},
        {"legalConsentOptions": {"consent": [], "legitimateInterest": 1}},
        {"context": "x"},
    ],
)
def test_broken_parts_break_nothing(part: dict[str, Any]) -> None:
    assert read_one(NAME, {"email": "ada@sun.example"} | part).said["email"] == "ada@sun.example"


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"0", b"[0, null]"])
def test_anything_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        read_all(NAME, body)


def test_a_signature_and_a_key_both_count() -> None:
    plain = delivered(sample(NAME).body)
    for scheme in (HUBSPOT, SHARED_KEY):
        assert SCHEME.is_genuine(scheme.signed(plain, "s3"), ["s3"])
        assert not SCHEME.is_genuine(scheme.signed(plain, "another"), ["s3"])
    assert not SCHEME.is_genuine(plain, ["s3"])
