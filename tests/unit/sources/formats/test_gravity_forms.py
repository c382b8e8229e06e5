"""Gravity Forms: chosen names, the numbers of an entry, and both at once."""

import pytest

from shared.errors import UnreadableBodyError
from tests.unit.sources.formats.plugins import FORM, fields, read_all, read_one, read_sample

NAME = "gravity-forms"


def test_the_sample() -> None:
    lead = read_sample(NAME)
    assert fields(NAME, lead) == {
        "name": "Rosalind Achebe",
        "first_name": "Rosalind",
        "last_name": "Achebe",
        "email": "rosalind+1@achebe-interiors.example",
        "phone": "+442079460117",
        "postal_code": "NW3 2QG",
        "message": "Two oak worktops, and please measure again: the wall is not straight.",
        "consent": True,
        "page_url": "https://www.heathfield-kitchens.example/quote/",
        "extra": {
            "id": "1",
            "form_id": "4",
            "date_created": "2026-11-03 09:12:44",
            "ip": "203.0.113.24",
            "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)",
            "6.1": "Worktops",
            "6.3": "Appliances",
            "consent_text": "I agree that Heathfield Kitchens calls me about this quote.",
            "5.3": "2",
        },
    }
    assert lead.external_id == "4-1"


def test_an_entry_without_any_label_is_understood() -> None:
    """That is what "All Fields" sends, and what people choose first."""
    entry = {
        "id": "8",
        "form_id": "2",
        "1.3": "Ada",
        "1.6": "Example",
        "2": "ada@sun.example",
        "3": "(650) 555-0101",
        "4": "Two",
    }
    assert read_one(NAME, entry).said == {
        "id": "8",
        "form_id": "2",
        "first_name": "Ada",
        "last_name": "Example",
        "2": "ada@sun.example",
        "phone": "(650) 555-0101",
        "4": "Two",
    }
    without_phone = {key: text for key, text in entry.items() if key != "3"}
    assert read_one(NAME, without_phone).said["email"] == "ada@sun.example"


def test_an_address_is_not_taken_for_a_name() -> None:
    """Its third part is the city, its sixth the country."""
    address = {f"7.{part}": text for part, text in zip("123456", "abcdef", strict=True)}
    assert read_one(NAME, address).said == address


def test_each_answer_with_a_label_is_there_once() -> None:
    entry = {"1": "Yes", "Newsletter": "Yes", "2": "Yes", "3": "No", "form_id": "3", "4": "3"}
    assert read_one(NAME, entry).said == {
        "Newsletter": "Yes",
        "2": "Yes",
        "3": "No",
        "form_id": "3",
        "4": "3",
    }


def test_ticked_boxes_are_no_consent() -> None:
    """Only a consent field's third part is the number of its revision."""
    boxes = {"5.1": "1", "5.2": "Rarely", "5.3": "Never"}
    assert read_one(NAME, boxes).said == boxes
    more = {"5.1": "1", "5.2": "2", "5.3": "3", "5.4": "4"}
    assert read_one(NAME, more).said == more


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"form_id": "4", "id": "311"}, "4-311"),
        ({"form_id": 4, "id": 311}, "4-311"),
        ({"id": "311"}, None),
        ({"form_id": "4", "id": ""}, None),
        ({"form_id": None, "id": "311"}, None),
        ({"form_id": ["4"], "id": {"a": 1}}, None),
    ],
)
def test_the_id_is_that_of_form_and_entry(entry: dict[str, object], expected: str | None) -> None:
    assert read_one(NAME, entry | {"Name": "Ada"}).external_id == expected


def test_chosen_names_need_no_numbers() -> None:
    body = {"Name (First)": "Ada", "Name (Last)": "Example", "Email": "ada@sun.example"}
    for content_type in (FORM, "application/json"):
        lead = read_one(NAME, body, content_type)
        assert fields(NAME, lead) == {
            "name": "Ada Example",
            "first_name": "Ada",
            "last_name": "Example",
            "email": "ada@sun.example",
        }


def test_numbers_beyond_any_field_break_nothing() -> None:
    body = {"9" * 5_000: "x", "1." + "9" * 5_000: "y", "\u0661.\u0663": "z"}
    assert set(read_one(NAME, body).said.values()) == {"x", "y", "z"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[null]", b"0"])
def test_anything_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        read_all(NAME, body)
