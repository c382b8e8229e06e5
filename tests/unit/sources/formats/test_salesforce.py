"""Salesforce Web-to-Lead: a form that a visitor's browser posts."""

import pytest

from shared.errors import UnreadableBodyError
from tests.unit.sources.formats.plugins import FORM, fields, read_all, read_one, read_sample

NAME = "salesforce"


def test_the_sample() -> None:
    lead = read_sample(NAME)
    assert fields(NAME, lead) == {
        "name": "Priscilla Onyango",
        "first_name": "Priscilla",
        "last_name": "Onyango",
        "email": "priscilla+1@onyango-farms.example",
        "phone": "+16505550184",
        "company": "Onyango Farms",
        "country": "US",
        "region": "CA",
        "postal_code": "94019",
        "message": "Barn roof, about 900 square feet.",
        "extra": {
            "website": "https://onyango-farms.example/",
            "city": "Half Moon Bay",
            "lead_source": "Web",
            "00N5g00000SMPLE": "Barn",
        },
    }
    assert lead.external_id is None


def test_what_is_meant_for_salesforce_is_left_out() -> None:
    body = {
        "captcha_settings": '{"keyname":"x","fallback":"true"}',
        "g-recaptcha-response": "03AG",
        "orgid": "00D",
        "debugEmail": "admin@sun.example",
        "submit": "Send",
        "last_name": "Example",
        "mobile": "1",
    }
    assert read_one(NAME, body, FORM).said == {"last_name": "Example", "mobile": "1"}


def test_codes_of_countries_and_states_are_understood() -> None:
    body = {"country_code": "DE", "state_code": "BY", "email": "ada@sun.example"}
    lead = fields(NAME, read_one(NAME, body, FORM))
    assert (lead["country"], lead["region"]) == ("DE", "BY")


def test_a_script_may_send_the_same_as_json() -> None:
    lead = read_one(NAME, {"oid": "00D", "zip": 2115})
    assert lead.said == {"zip": "2115"}
    assert lead.numbers == {"zip"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[1]", b"name=%ff"])
def test_anything_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        read_all(NAME, body, FORM if b"%" in body else "application/json")
