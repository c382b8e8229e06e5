"""Unbounce: answers as JSON or XML in a form, or as the body itself."""

import json
from typing import Any

import pytest

from shared.errors import UnreadableBodyError
from tests.unit.sources.formats.plugins import FORM, fields, read_all, read_one, read_sample

NAME = "unbounce"


def test_the_sample() -> None:
    lead = read_sample(NAME)
    assert fields(NAME, lead) == {
        "name": "Emeka Vance",
        "email": "emeka+1@vance-logistics.example",
        "phone": "+16505550171",
        "company": "Vance Logistics",
        "page_url": "https://go.wayfleet.example/demo/",
        "extra": {
            "fleet_size": "11-50",
            "interests": "Route planning, Cold chain",
            "ip_address": "203.0.113.90",
            "page_uuid": "0f6b1c9e-52c4-4f0e-9d43-7a1de3c2b801",
            "variant": "b",
            "time_submitted": "5:32 PM UTC",
            "date_submitted": "2026-11-03",
            "page_name": "Demo, autumn",
            "page_id": "0f6b1c9e-52c4-4f0e-9d43-7a1de3c2b801",
        },
    }
    assert lead.external_id is None


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ({"data.json": '{"email":["ada@sun.example"],"interests":["A","B"]}'}, FORM),
        (
            {"data.json": "", "data.xml": "<form_data><email>ada@sun.example</email></form_data>"},
            FORM,
        ),
        ({"email": "ada@sun.example"}, FORM),
        ({"email": ["ada@sun.example"]}, "application/json"),
        ({"data.json": {"email": ["ada@sun.example"]}}, "application/json"),
        (b"<form_data><email>ada@sun.example</email></form_data>", "application/xml"),
    ],
)
def test_the_answers_are_found_wherever_they_are(body: Any, content_type: str) -> None:
    assert read_one(NAME, body, content_type).said["email"] == "ada@sun.example"


def test_what_stands_around_the_answers_adds_to_them() -> None:
    inner = json.dumps({"email": ["ada@sun.example"], "page_name": ["Demo"], "open": [""]})
    body = {"page_name": "another", "variant": "a", "data.json": inner, "data.xml": "<broken"}
    assert read_one(NAME, body, FORM).said == {
        "email": "ada@sun.example",
        "page_name": "Demo",
        "variant": "a",
    }


@pytest.mark.parametrize("inner", ["{", "[]", "[1]", "null", '"x"', "1", '{"a":' * 40])
def test_answers_that_cannot_be_read_are_unreadable(inner: str) -> None:
    with pytest.raises(UnreadableBodyError):
        read_all(NAME, {"page_name": "Demo", "data.json": inner}, FORM)


@pytest.mark.parametrize("inner", ["x", "<a>", "<!DOCTYPE a><a/>", "\ud800"])
def test_so_is_broken_xml_alone(inner: str) -> None:
    body = json.dumps({"data.xml": inner}).encode()
    with pytest.raises(UnreadableBodyError):
        read_all(NAME, body)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[1]", b"7"])
def test_anything_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        read_all(NAME, body)
