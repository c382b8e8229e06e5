"""Zapier: whatever a zap's owner put together."""

from typing import Any

import pytest

from shared.errors import UnreadableBodyError
from tests.unit.sources.formats.plugins import FORM, fields, read_all, read_one, read_sample

NAME = "zapier"


def test_the_sample() -> None:
    lead = read_sample(NAME)
    assert fields(NAME, lead) == {
        "name": "Bertrand Iwu",
        "email": "bertrand+1@iwu-robotics.example",
        "phone": "+442079460141",
        "extra": {
            "lead_id": "zap-1",
            "custom__budget": "10k to 20k",
            "team_size": "14",
            "form__name": "Autumn fair",
            "created_time": "2026-11-03T16:20:00+0000",
        },
    }
    assert lead.external_id == "zap-1"
    assert lead.numbers == {"team_size"}


def test_nested_or_flattened_says_the_same() -> None:
    """Unflatten is a switch in the zap; with it off, the names are joined with two underscores."""
    nested = {"data": {"contact": {"email": "ada@sun.example"}}, "custom": {"budget": {"max": "9"}}}
    flat = {"data__contact__email": "ada@sun.example", "custom__budget__max": "9"}
    expected = {"email": "ada@sun.example", "custom__budget__max": "9"}
    assert read_one(NAME, nested).said == expected
    assert read_one(NAME, flat).said == expected
    assert read_one(NAME, flat, FORM).said == expected


def test_a_name_under_something_else_is_not_the_persons() -> None:
    body = {"form": {"name": "Fair"}, "contact": {"name": "Ada"}, "data": "x"}
    assert read_one(NAME, body).said == {"form__name": "Fair", "name": "Ada", "data": "x"}


def test_an_array_holds_a_lead_each() -> None:
    leads = read_all(NAME, [{"email": "a@sun.example", "lead_id": 1}, {"email": "b@sun.example"}])
    assert [(lead.said["email"], lead.external_id) for lead in leads] == [
        ("a@sun.example", "1"),
        ("b@sun.example", None),
    ]
    assert read_all(NAME, []) == []


def test_empty_texts_say_nothing() -> None:
    assert read_one(NAME, {"email": "", "name": " ", "x": None, "y": [], "z": "1"}).said == {
        "z": "1"
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"Lead ID": "7"}, "7"),
        ({"submission_id": "", "external_id": "8"}, "8"),
        ({"contact": {"lead_id": "9"}}, "9"),
        ({"id": "7"}, None),
        ({"entry_id": "7"}, None),
        ({"lead_id": ""}, None),
    ],
)
def test_only_what_is_surely_the_leads_id_is_one(body: Any, expected: str | None) -> None:
    """A plain id may be the form's; then every lead after the first would pass for a repeat."""
    assert read_one(NAME, body | {"name": "Ada"}).external_id == expected


def test_xml_is_read_too() -> None:
    body = b"<lead><email>ada@sun.example</email><custom__size>4</custom__size></lead>"
    assert read_one(NAME, body, "application/xml").said == {
        "email": "ada@sun.example",
        "custom__size": "4",
    }


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"[[]]", b"[[], 2]", b'"x"'])
def test_anything_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        read_all(NAME, body)
