"""Netlify Forms: a submission, three times over."""

from dataclasses import replace
from typing import Any

import pytest

from infra.samples import sample
from shared.errors import UnreadableBodyError
from shared.sources.formats.netlify import SCHEME
from tests.unit.sources.formats.plugins import delivered, fields, read_all, read_one, read_sample

NAME = "netlify"


def test_the_sample() -> None:
    lead = read_sample(NAME)
    assert fields(NAME, lead) == {
        "name": "Hester Nakagawa",
        "first_name": "Hester",
        "last_name": "Nakagawa",
        "email": "hester+1@brightwater-vets.example",
        "phone": "+442079460188",
        "message": "Twelve kennels, with heated floors.",
        "page_url": "https://www.kennelworks.example/plan/",
        "extra": {
            "sketch": (
                '{"filename":"floor.png","type":"image/png","size":20411,'
                '"url":"https://uploads.example/65f0/floor.png"}'
            ),
            "ip": "198.51.100.14",
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
            "form_name": "plan",
            "form_id": "6901aa10b7d3c90008e4f112",
            "site_url": "https://www.kennelworks.example",
            "created_at": "2026-11-03T14:05:09.511Z",
        },
    }
    assert lead.external_id == "6907b3a5e1f2c400091"


def test_what_netlify_recognised_fills_in_for_other_names() -> None:
    body = {"email": "ada@sun.example", "name": "Ada", "data": {"mail-to": "ada@sun.example"}}
    assert read_one(NAME, body).said == {
        "mail-to": "ada@sun.example",
        "email": "ada@sun.example",
        "name": "Ada",
    }


def test_the_event_of_a_function_is_the_same() -> None:
    inner = {"id": "7", "data": {"name": "Ada"}}
    assert read_one(NAME, {"payload": inner, "site": {}}) == read_one(NAME, inner)


def test_the_ordered_fields_do_as_well() -> None:
    ordered = [
        {"title": "Name", "name": "name", "value": "Ada"},
        {"title": "Seats", "name": "seats", "value": 4},
        None,
        {"name": None, "value": "x"},
        {"title": "no name"},
    ]
    lead = read_one(NAME, {"ordered_human_fields": ordered})
    assert lead.said == {"name": "Ada", "seats": "4"}
    assert lead.numbers == {"seats"}


@pytest.mark.parametrize("id_", [None, "", " ", [], {}, True])
def test_what_is_no_id_is_none(id_: Any) -> None:
    assert read_one(NAME, {"id": id_, "data": {"name": "Ada"}}).external_id is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": None},
        {"data": []},
        {"data": "x"},
        {"payload": []},
        {"payload": {}},
        [],
        [{}, {}],
    ],
)
def test_anything_else_is_unreadable(body: Any) -> None:
    with pytest.raises(UnreadableBodyError):
        read_all(NAME, body)


def test_it_is_signed_as_netlify_signs() -> None:
    plain = delivered(sample(NAME).body)
    signed = SCHEME.signed(plain, "a secret token")
    assert "x-webhook-signature" in signed.headers
    assert SCHEME.is_genuine(signed, ["a secret token"])
    assert not SCHEME.is_genuine(plain, ["a secret token"])
    assert not SCHEME.is_genuine(replace(signed, body=b"{}"), ["a secret token"])
