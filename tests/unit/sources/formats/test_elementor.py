"""Elementor: labels in any language, or fields with their types."""

from typing import Any

import pytest

from shared.errors import UnreadableBodyError
from tests.unit.sources.formats.plugins import FORM, fields, read_all, read_one, read_sample

NAME = "elementor"


def test_the_sample() -> None:
    lead = read_sample(NAME)
    assert fields(NAME, lead) == {
        "name": "Marisol Duarte",
        "email": "marisol+1@duarte-dental.example",
        "phone": "+16505550135",
        "message": "We move in January, and need compressed air.",
        "page_url": "https://www.quiet-air.example/dental/",
        "extra": {
            "Practice size": "6 chairs",
            "I agree to be called": "on",
            "Date": "November 3, 2026",
            "Time": "10:41 am",
            "User Agent": "Mozilla/5.0 (Macintosh)",
            "Remote IP": "203.0.113.58",
            "form_id": "5c0f2ab",
            "form_name": "Dental",
        },
    }
    assert lead.external_id is None


def test_a_label_and_an_id_of_the_same_name_both_stay() -> None:
    said = read_one(
        NAME, {"email": "ada@solar.example", "No Label email": "b@b.example"}, FORM
    ).said
    assert said == {"email": "ada@solar.example", "email (2)": "b@b.example"}
    assert read_one(NAME, {"No Label ": "x"}, FORM).said == {"No Label": "x"}


ADVANCED: dict[str, Any] = {
    "form": {"id": "5c0f2ab", "name": "Dental"},
    "fields": {
        "name": {"id": "name", "type": "text", "title": "Imię", "value": "Ada", "raw_value": "Ada"},
        "field_1": {"id": "field_1", "type": "email", "title": "Adres", "value": "ada@sun.example"},
        "field_2": {"id": "field_2", "type": "tel", "title": "", "value": "+16505550101"},
        "field_3": {"id": "field_3", "type": "email", "title": "Biuro", "value": "b@sun.example"},
        "box": {"id": "box", "type": "checkbox", "title": "Co?", "value": "A, B"},
        "yes": {"id": "yes", "type": "acceptance", "title": "Zgadzam się.", "value": "on"},
        "open": {"id": "open", "type": "textarea", "title": "Uwagi", "value": ""},
    },
    "meta": {
        "page_url": {"title": "Adres strony", "value": "https://sun.example/"},
        "remote_ip": {"title": "IP", "value": "203.0.113.9"},
        "credit": {"title": "Powered by", "value": "Elementor"},
    },
    "added": "by a filter",
}
SAID = {
    "Imię": "Ada",
    "email": "ada@sun.example",
    "phone": "+16505550101",
    "Biuro": "b@sun.example",
    "Co?": "A, B",
    "consent": "on",
    "consent_text": "Zgadzam się.",
    "page_url": "https://sun.example/",
    "remote_ip": "203.0.113.9",
    "form_id": "5c0f2ab",
    "form_name": "Dental",
    "added": "by a filter",
}


def as_php_sends_it() -> dict[str, str]:
    flat = {"added": ADVANCED["added"]}
    flat |= {f"form[{key}]": text for key, text in ADVANCED["form"].items()}
    for group in ("fields", "meta"):
        for id_, parts in ADVANCED[group].items():
            flat |= {f"{group}[{id_}][{part}]": text for part, text in parts.items()}
    flat["fields[box][raw_value][0]"] = "A"
    flat["fields[box][raw_value][1]"] = "B"
    return flat


def test_advanced_data_tells_the_type_of_a_field() -> None:
    """So that a form in any language is understood."""
    assert read_one(NAME, as_php_sends_it(), FORM).said == SAID
    assert read_one(NAME, ADVANCED).said == SAID


def test_a_name_goes_before_the_type_of_field() -> None:
    body = {
        "fields[a][type]": "email",
        "fields[a][value]": "boss@sun.example",
        "fields[email][value]": "ada@sun.example",
    }
    assert read_one(NAME, body, FORM).said == {"a": "boss@sun.example", "email": "ada@sun.example"}


@pytest.mark.parametrize(
    "body",
    [
        {"fields[a": "x"},
        {"fields[]": "x", "form[]": "y"},
        {"fields[a]": "x", "fields[a][value]": "y"},
        {"fields[a][value]": "y", "fields[a]": "x"},
        {"fields": "x", "fields[a][value]": "y", "meta": "z"},
    ],
)
def test_broken_brackets_break_nothing(body: dict[str, str]) -> None:
    assert read_one(NAME, body, FORM).said


@pytest.mark.parametrize(
    "fields_", [None, [], "x", 1, {"a": None}, {"a": [1]}, {"a": {"type": [], "title": {}}}]
)
def test_broken_advanced_data_breaks_nothing(fields_: Any) -> None:
    said = read_one(NAME, {"fields": fields_, "meta": fields_, "form": fields_, "Name": "Ada"}).said
    assert said["Name"] == "Ada"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[null]", b"0"])
def test_anything_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        read_all(NAME, body)
