"""WPForms: names that the site's owner chose; signed, or with a key."""

from dataclasses import replace
from datetime import timedelta

import pytest

from infra.samples import sample
from shared.errors import UnreadableBodyError
from shared.sources.formats.wpforms import SCHEME
from shared.sources.signatures import timestamped_header
from tests.unit.sources.formats.plugins import (
    FORM,
    delivered,
    fields,
    read_all,
    read_one,
    read_sample,
)

NAME = "wpforms"


def test_the_sample() -> None:
    lead = read_sample(NAME)
    assert fields(NAME, lead) == {
        "name": "Tobias Lindqvist",
        "email": "tobias+1@lindqvist-bakes.example",
        "phone": "+16505550128",
        "company": "Lindqvist Bakes",
        "message": "The upper deck stays cold.",
        "page_url": "https://www.ovenfolk.example/repairs/",
        "extra": {
            "address": "18 Mill Lane||San Mateo, CA||94401",
            "services": "Oven repair||Yearly service",
            "visit": "11/16/2026",
            "people": "12",
        },
    }
    assert lead.numbers == {"people"}


def test_only_a_date_is_unpacked() -> None:
    body = {"when": {"value": "today", "unix": 1}, "what": {"value": "a", "label": "b"}}
    assert read_one(NAME, body).said == {"when": "today", "what": '{"value":"a","label":"b"}'}


def test_a_form_says_the_same() -> None:
    body = {"E-Mail": "ada@solar.example", "Name": "Ada"}
    assert read_one(NAME, body, FORM).said == read_one(NAME, body).said == body


def test_an_address_under_a_name_in_another_language_is_found() -> None:
    """Otherwise there would be no way to reach the person."""
    lead = read_one(NAME, {"Adres e-mail": "ada@solar.example", "Imię": "Ada"})
    assert lead.said == {"email": "ada@solar.example", "Imię": "Ada"}


@pytest.mark.parametrize(
    "body",
    [
        {"Biuro": "desk@solar.example", "phone": "+16505550101"},
        {"Biuro": "desk@solar.example", "Adres": "ada@solar.example"},
        {"Uwagi": "write to ada@solar.example"},
        {"Email": "", "Uwagi": "ada@solar"},
    ],
)
def test_an_address_is_not_guessed_when_in_doubt(body: dict[str, str]) -> None:
    assert "email" not in read_one(NAME, body).said


def test_the_plugins_own_signature_counts_and_so_does_a_key() -> None:
    plain = delivered(sample(NAME).body)
    signed = timestamped_header("x-wpforms-webhook-signature", "t", "v").signed(plain, "s3")
    assert signed.headers["x-wpforms-webhook-signature"].startswith("t=")
    assert SCHEME.is_genuine(signed, ["s3"])
    assert SCHEME.is_genuine(SCHEME.signed(plain, "s3"), ["s3"])
    assert not SCHEME.is_genuine(plain, ["s3"])
    assert not SCHEME.is_genuine(signed, ["another"])
    assert not SCHEME.is_genuine(replace(signed, body=signed.body + b" "), ["s3"])
    assert not SCHEME.is_genuine(replace(signed, at=signed.at + timedelta(hours=1)), ["s3"])


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"true", b'[["a"]]'])
def test_anything_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        read_all(NAME, body)
