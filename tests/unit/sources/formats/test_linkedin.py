"""LinkedIn: ids that are to be fetched, responses with answers, and the handshake."""

import hmac
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings

from shared.errors import UnreadableBodyError
from shared.sources.formats import challenge_answer, linkedin
from tests.unit.sources.formats.platforms import (
    SECRET,
    VALUES,
    assert_a_changed_body_does_not_count,
    assert_it_never_breaks,
    assert_only_a_true_signature_counts,
    damaged,
    delivery,
    fields,
    nulled,
    read,
    sample,
    tree,
    truncations,
)

NAME = "linkedin"

FORM = "urn:li:versionedLeadGenForm:(urn:li:leadGenForm:7315,1)"
ANNOUNCED = {
    "type": "LEAD_ACTION",
    "leadGenFormResponse": "urn:li:leadGenFormResponse:5f0a8c22-91c4-4d1e-b7aa-30be0e7d9f12-4",
    "leadGenForm": FORM,
    "owner": {"sponsoredAccount": "urn:li:sponsoredAccount:514220037"},
    "leadType": "SPONSORED",
    "leadAction": "CREATED",
    "occurredAt": 1793698198007,
}


class TestRead:
    def test_the_sample(self) -> None:
        [lead] = read(NAME, sample(NAME))
        assert fields(linkedin, lead) == {
            "name": "Tomás Herrera",
            "first_name": "Tomás",
            "last_name": "Herrera",
            "email": "tomas@quayside.example",
            "phone": "+16505550177",
            "company": "Quayside Freight",
            "utm_campaign": "autumn-2026",
            "extra": {
                "What would you like to see?": "Routing, Alerts",
                "consent 1": "true",
                "form.id": "7315",
                "form.name": "Request a demo",
                "lead_id": "5f0a8c22-91c4-4d1e-b7aa-30be0e7d9f11-3",
                "leadType": "SPONSORED",
                "owner.sponsoredAccount": "urn:li:sponsoredAccount:514220037",
                "versionedLeadGenFormUrn": FORM,
                "associatedEntity.associatedCreative": "urn:li:sponsoredCreative:371900284",
                "leadMetadata.sponsoredLeadMetadata.campaign": "urn:li:sponsoredCampaign:368811547",
                "submittedAt": "1793698197412",
            },
        }
        assert lead.external_id == "5f0a8c22-91c4-4d1e-b7aa-30be0e7d9f11-3"
        assert lead.numbers == {"form.id", "submittedAt"}
        assert lead.fetch is None
        assert not lead.test

    def test_a_notification_has_ids_only(self) -> None:
        [lead] = read(NAME, ANNOUNCED)
        assert lead.external_id == lead.fetch == "5f0a8c22-91c4-4d1e-b7aa-30be0e7d9f12-4"
        assert lead.said["leadGenFormResponse"] == ANNOUNCED["leadGenFormResponse"]
        assert lead.said["owner.sponsoredAccount"] == "urn:li:sponsoredAccount:514220037"

    def test_several_in_one_body_are_several_leads(self) -> None:
        deleted = {**ANNOUNCED, "leadAction": "DELETED"}
        leads = read(NAME, {"elements": [ANNOUNCED, deleted, tree(NAME)], "paging": {"total": 3}})
        assert [lead.fetch is None for lead in leads] == [False, True]

    def test_a_response_has_the_same_id_however_it_comes(self) -> None:
        """A notification gives its URN, the API the id in it."""
        id_ = "5f0a8c22-91c4-4d1e-b7aa-30be0e7d9f12-4"
        ids = (id_, f"urn:li:leadGenFormResponse:{id_}")
        leads = [read(NAME, {**tree(NAME), "id": known})[0] for known in ids]
        assert {lead.external_id for lead in [*leads, *read(NAME, ANNOUNCED)]} == {id_}

    def test_deletions_and_news_of_anything_else_hold_no_lead(self) -> None:
        assert read(NAME, {**ANNOUNCED, "leadAction": "DELETED"}) == []
        assert read(NAME, {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"}) == []

    def test_a_test_lead_says_so(self) -> None:
        [lead] = read(NAME, {**tree(NAME), "testLead": True})
        assert lead.test

    def test_without_the_form_questions_have_numbers_and_choices_ids(self) -> None:
        lead = tree(NAME)
        del lead["form"]
        lead["formResponse"]["answers"].append({"questionId": 9, "answer": "as it was"})
        lead["formResponse"]["answers"].append({"name": "city", "answerDetails": {"new": 1}})
        said = read(NAME, lead)[0].said
        assert said["question 2713"] == "tomas@quayside.example"
        assert said["question 2716"] == "1, 3"
        assert said["question 9"] == "as it was"
        assert said["city"] == '{"new":1}'

    @pytest.mark.parametrize("urn", [None, 7.5, "", "urn:li:person:x/y", "a b", "../x", ["a"]])
    def test_what_is_no_id_is_never_fetched(self, urn: object) -> None:
        with pytest.raises(UnreadableBodyError):
            read(NAME, {**ANNOUNCED, "leadGenFormResponse": urn})

    @settings(deadline=None)
    @given(VALUES)
    def test_a_notification_with_anything_in_it_is_no_other_error(self, value: object) -> None:
        for member in ANNOUNCED:
            assert_it_never_breaks(NAME, json.dumps({**ANNOUNCED, member: value}).encode())


class TestChallenge:
    CODE = "890e4665-4dfe-4ab1-b689-ed553bceeed0"

    def ask(self, code: str, method: str = "GET", secrets: Sequence[str] = (SECRET,)) -> object:
        question = delivery(b"", method=method, query={"challengeCode": code})
        answer = challenge_answer(NAME, question, {"secret": secrets})
        return answer and (answer[0], json.loads(answer[1]))

    def test_a_code_is_signed_with_the_first_secret(self) -> None:
        response = hmac.digest(SECRET.encode(), self.CODE.encode(), "sha256").hex()
        expected = {"challengeCode": self.CODE, "challengeResponse": response}
        assert self.ask(self.CODE) == ("application/json", expected)
        assert self.ask(self.CODE, secrets=["", SECRET, "old"]) == ("application/json", expected)

    @pytest.mark.parametrize(
        "code",
        [
            "",
            "hello",
            'hmacsha256={"type":"LEAD_ACTION"}',
            CODE + "\n",
            CODE + "0",
            CODE[:-1],
            "{}",
        ],
    )
    def test_nothing_but_a_uuid_is_signed(self, code: str) -> None:
        assert self.ask(code) is None

    def test_nothing_but_the_question_is_answered(self) -> None:
        assert self.ask(self.CODE, method="POST") is None
        assert self.ask(self.CODE, secrets=[]) is None
        assert self.ask(self.CODE, secrets=[""]) is None
        assert challenge_answer(NAME, delivery(b"", method="GET"), {"secret": [SECRET]}) is None


class TestSignature:
    def test_only_a_true_signature_counts(self) -> None:
        assert_only_a_true_signature_counts(NAME)

    def test_a_changed_body_does_not_count(self) -> None:
        assert_a_changed_body_does_not_count(NAME)

    def test_a_header_that_begins_as_the_message_does_counts_too(self) -> None:
        signed = linkedin.SCHEME.signed(delivery(sample(NAME)), SECRET)
        shown = signed.headers["x-li-signature"]
        prefixed = replace(signed, headers={"x-li-signature": f"hmacsha256={shown}"})
        assert linkedin.SCHEME.is_genuine(prefixed, [SECRET])

    def test_a_signed_challenge_is_no_signature_of_a_body(self) -> None:
        code = "5f0a8c22-91c4-4d1e-b7aa-30be0e7d9f11"
        made = hmac.digest(SECRET.encode(), code.encode(), "sha256").hex()
        body = replace(delivery(code.encode()), headers={"x-li-signature": made})
        assert not linkedin.SCHEME.is_genuine(body, [SECRET])


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
