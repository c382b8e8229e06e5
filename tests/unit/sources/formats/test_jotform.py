"""Jotform: answers as JSON in one part of a multipart form."""

import json
from typing import Any

import pytest

from infra.samples import sample
from shared.errors import UnreadableBodyError
from tests.unit.sources.formats.plugins import FORM, fields, read_all, read_one, read_sample

NAME = "jotform"


def answered(answers: Any, **around: str) -> dict[str, str]:
    """What Jotform's form has, for these answers."""
    raw = answers if isinstance(answers, str) else json.dumps(answers)
    return {"formID": "26", "submissionID": "63", "rawRequest": raw, **around}


def said(answers: Any, **around: str) -> dict[str, str]:
    lead = read_one(NAME, answered(answers, **around), FORM)
    return {name: text for name, text in lead.said.items() if name != "formID"}


def test_the_sample() -> None:
    lead = read_sample(NAME)
    assert fields(NAME, lead) == {
        "name": "Yusuf Marchetti",
        "first_name": "Yusuf",
        "last_name": "Marchetti",
        "email": "yusuf+1@marchetti-music.example",
        "phone": "+16505550119",
        "country": "US",
        "region": "California",
        "postal_code": "94010",
        "message": "My daughter played for two years.",
        "extra": {
            "street": "77 Alder Street",
            "city": "Burlingame",
            "instrument": "Cello",
            "days": "Monday, Thursday",
            "startOn": "2026-11-23",
            "experience": '{"colIds":"[\\"0\\",\\"1\\"]","rowIds":"[\\"0\\"]"}',
            "formID": "262901145530047",
            "formTitle": "Lessons",
            "ip": "203.0.113.12",
        },
    }
    assert lead.external_id == "631000000000000001"


def test_the_hooks_own_secret_is_not_kept() -> None:
    """Jotform sends the address back, with the key in it."""
    assert b"not-a-real-key" in sample(NAME).body
    assert not any("not-a-real-key" in text for text in read_sample(NAME).said.values())


def test_the_first_name_and_address_are_the_leads_and_others_stay_whole() -> None:
    answers = {
        "q1_parent": {"prefix": "Dr", "first": "Ada", "middle": "", "last": "Example"},
        "q2_child": {"first": "Ben", "last": "Example"},
        "q3_home": {"addr_line1": "1 Road", "city": "Bath", "state": "", "postal": "BA1 1AA"},
        "q4_school": {"addr_line1": "2 Lane", "addr_line2": "", "city": "Bath"},
    }
    assert said(answers) == {
        "name_prefix": "Dr",
        "first_name": "Ada",
        "last_name": "Example",
        "child": "Ben Example",
        "street": "1 Road",
        "city": "Bath",
        "postal_code": "BA1 1AA",
        "school": "2 Lane, Bath",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"area": "650", "phone": "5550101"}, "650 5550101"),
        ({"country": "1", "area": "650", "phone": "5550101"}, "1 650 5550101"),
        ({"full": "(650) 555-0101"}, "(650) 555-0101"),
    ],
)
def test_a_phone_number_is_known_by_its_parts(value: dict[str, str], text: str) -> None:
    assert said({"q5_whatWorksBest": value}) == {"phone": text}
    assert said({"q4_phone": "1", "q5_other": value}) == {"phone": "1", "other": text}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"month": "11", "day": "05", "year": "2026"}, "2026-11-05"),
        ({"0": "A", "other": "B"}, "A, B"),
        (["A", "B"], "A, B"),
        ({"hour": "9", "min": "30"}, '{"hour":"9","min":"30"}'),
        ({"first": "Ada", "last": {"x": 1}}, '{"first":"Ada","last":{"x":1}}'),
        ({"first": True}, '{"first":true}'),
        (True, "true"),
    ],
)
def test_other_answers(value: Any, text: str) -> None:
    assert said({"q7_answer": value}) == {"answer": text}


def test_what_was_left_open_is_not_there() -> None:
    empty = {"q1_a": "", "q2_b": [], "q3_c": {"first": "", "last": ""}, "q4_d": None, "q5_e": {}}
    assert said({**empty, "q6_date": {"month": "", "day": "", "year": ""}}) == {}


def test_what_the_forms_script_reports_is_left_out_and_uploads_are_named() -> None:
    answers = {
        "slug": "submit/26",
        "temp_upload": {"q9_plan": ["a#b"]},
        "plan": ["https://www.jotform.example/uploads/plan.png"],
        "unknown": "stays",
    }
    assert said(answers, formTitle="Plans", type="WEB", pretty="Plan:x") == {
        "plan": "https://www.jotform.example/uploads/plan.png",
        "unknown": "stays",
        "formTitle": "Plans",
    }


def test_a_number_is_known_as_one() -> None:
    lead = read_one(NAME, answered({"q1_zip": 2115, "q2_seats": "4"}), FORM)
    assert lead.numbers == {"zip"}


@pytest.mark.parametrize("raw", ["", "{", "[]", "null", '"x"', "[1]", '{"a":' * 40])
def test_answers_that_cannot_be_read_are_unreadable(raw: str) -> None:
    with pytest.raises(UnreadableBodyError):
        read_all(NAME, answered(raw), FORM)


@pytest.mark.parametrize("body", [b"", b"formID=26", b"{", b"[]"])
def test_anything_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        read_all(NAME, body, FORM)
    with pytest.raises(UnreadableBodyError):
        read_all(NAME, body, "multipart/form-data; boundary=b")
