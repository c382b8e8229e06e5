"""Typeform: answers by type, titles from the definition, hidden fields, variables."""

import json

import pytest
from hypothesis import given, settings

from shared.errors import UnreadableBodyError
from shared.sources.formats import typeform
from tests.unit.sources.formats.platforms import (
    assert_a_changed_body_does_not_count,
    assert_it_never_breaks,
    assert_only_a_true_signature_counts,
    damaged,
    fields,
    nulled,
    read,
    sample,
    tree,
    truncations,
)

NAME = "typeform"


def response(**members: object) -> dict[str, object]:
    return {"event_type": "form_response", "form_response": {"token": "t", **members}}


class TestRead:
    def test_the_sample(self) -> None:
        [lead] = read(NAME, sample(NAME))
        assert fields(typeform, lead) == {
            "name": "Amara Nwosu",
            "first_name": "Amara",
            "last_name": "Nwosu",
            "email": "amara@bluebarrow.example",
            "phone": "+16505550133",
            "utm_source": "newsletter",
            "utm_campaign": "autumn-2026",
            "extra": {
                "How many seats do you need?": "25",
                "What do you use today?": "Spreadsheets, E-mail, Paper",
                "Where did you hear of us?": "A colleague",
                "wants_a_demo": "true",
                "score": "7",
                "plan": "team",
                "form_title": "Find your plan",
                "form_id": "qT7wLx3a",
                "token": "e2c9a40b7d5f4816b3a0c1d2e3f40516",
                "landed_at": "2026-11-03T09:26:12Z",
                "submitted_at": "2026-11-03T09:29:57Z",
                "calculated.score": "7",
            },
        }
        assert lead.external_id == "e2c9a40b7d5f4816b3a0c1d2e3f40516"
        assert lead.numbers == {"How many seats do you need?", "score", "calculated.score"}
        assert not lead.test

    def test_every_type_of_answer_is_read(self) -> None:
        answers = [
            {"type": "text", "text": "a", "field": {"id": "1", "ref": "text"}},
            {"type": "date", "date": "2026-11-03", "field": {"ref": "date"}},
            {"type": "url", "url": "https://a.example", "field": {"ref": "link"}},
            {"type": "file_url", "file_url": "https://b.example", "field": {"ref": "file"}},
            {"type": "boolean", "boolean": False, "field": {"ref": "yes_no"}},
            {"type": "choice", "choice": {"other": "mine"}, "field": {"ref": "choice"}},
            {"type": "choices", "choices": {"labels": ["x", "y"]}, "field": {"ref": "choices"}},
            {"type": "payment", "payment": {"amount": "9", "last4": "1234"}, "field": {"ref": "p"}},
            {"type": "new", "value": {"a": 1}, "field": {"ref": "new"}},
            {"type": "text", "text": "bare"},
        ]
        [lead] = read(NAME, response(answers=answers))
        assert lead.said == {
            "text": "a",
            "date": "2026-11-03",
            "link": "https://a.example",
            "file": "https://b.example",
            "yes_no": "false",
            "choice": "mine",
            "choices": "x, y",
            "p.amount": "9",
            "p.last4": "1234",
            "new.value.a": "1",
            "unnamed": "bare",
            "token": "t",
        }

    def test_a_second_address_has_the_name_of_its_question(self) -> None:
        emails = ("ada@one.example", "ada@two.example", "ada@three.example")
        answers = [
            {"type": "email", "email": email, "field": {"id": f"id{number}", "ref": f"ref{number}"}}
            for number, email in enumerate(emails)
        ]
        definition = {"fields": [{"id": "id1", "title": "And another?"}]}
        [lead] = read(NAME, response(answers=answers, definition=definition))
        assert lead.said == {
            "email": "ada@one.example",
            "And another?": "ada@two.example",
            "ref2": "ada@three.example",
            "token": "t",
        }

    def test_hidden_fields_never_replace_answers(self) -> None:
        answers = [{"type": "email", "email": "typed@one.example", "field": {"id": "1"}}]
        hidden = {"email": "known@one.example", "company": "One"}
        [lead] = read(NAME, response(answers=answers, hidden=hidden))
        assert fields(typeform, lead)["email"] == "typed@one.example"
        assert fields(typeform, lead)["company"] == "One"
        assert lead.said["email (2)"] == "known@one.example"

    def test_a_form_that_was_left_empty_is_still_a_lead(self) -> None:
        """What it lacks, the one who looks at it can tell."""
        [lead] = read(NAME, response(hidden={"phone": "+16505550133"}))
        assert fields(typeform, lead)["phone"] == "+16505550133"

    @pytest.mark.parametrize("event", ["form_response_partial", "ping", 7, None])
    def test_other_events_hold_no_lead(self, event: object) -> None:
        """The whole response follows a partial one, with the same token."""
        assert read(NAME, {**tree(NAME), "event_type": event}) == []


class TestSignature:
    def test_only_a_true_signature_counts(self) -> None:
        assert_only_a_true_signature_counts(NAME)

    def test_a_changed_body_does_not_count(self) -> None:
        assert_a_changed_body_does_not_count(NAME)


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
