"""Contact Form 7: tags that somebody named, and those that nobody did."""

import pytest

from shared.errors import UnreadableBodyError
from tests.unit.sources.formats.plugins import FORM, fields, read_all, read_one, read_sample

NAME = "contact-form-7"


def test_the_sample() -> None:
    lead = read_sample(NAME)
    assert fields(NAME, lead) == {
        "name": "Imogen Castellano",
        "email": "imogen+1@castellano-garden.example",
        "phone": "+442079460163",
        "message": "Four metres, facing south.\nCould you come on a Saturday?",
        "consent": True,
        "page_url": "https://www.wallgreen.example/contact/",
        "extra": {
            "your-subject": "A wall for climbing roses",
            "menu-17": "Trellis",
            "checkbox-90": "Roses, Clematis",
            "_remote_ip": "198.51.100.71",
        },
    }
    assert lead.external_id is None


def test_names_that_the_editor_generated_tell_the_type_of_field() -> None:
    body = {"text-1": "Ada", "email-2": "ada@solar.example", "textarea-77": "Hello", "tel-3": "1"}
    said = read_one(NAME, body).said
    assert said == {
        "text-1": "Ada",
        "email": "ada@solar.example",
        "message": "Hello",
        "phone": "1",
    }


def test_a_name_goes_before_the_type_of_field() -> None:
    """The second address is somebody else's."""
    body = {"email-9": "boss@solar.example", "your-email": "ada@solar.example"}
    assert read_one(NAME, body).said == body
    twice = {"email-1": "ada@solar.example", "email-2": "boss@solar.example"}
    assert read_one(NAME, twice).said == {
        "email": "ada@solar.example",
        "email-2": "boss@solar.example",
    }


def test_what_was_left_open_is_not_there() -> None:
    body = {"your-name": "Ada", "acceptance-1": "", "menu-1": [], "email-1": ""}
    assert read_one(NAME, body).said == {"your-name": "Ada"}


def test_the_plugins_own_fields_are_left_out() -> None:
    body = {"_wpcf7": "12", "_wpcf7_unit_tag": "wpcf7-f12-o1", "your-name": "Ada"}
    assert read_one(NAME, body, FORM).said == {"your-name": "Ada"}


@pytest.mark.parametrize("content_type", ["text/plain; charset=UTF-8", None, "text/html"])
def test_a_body_of_the_sites_own_comes_under_any_label(content_type: str | None) -> None:
    body = b'{"name": "Ada", "seats": 4}'
    lead = read_one(NAME, body, content_type)
    assert lead.said == {"name": "Ada", "seats": "4"}
    assert lead.numbers == {"seats"}


@pytest.mark.parametrize(
    "body", [b"", b" ", b"{", b"[]", b"[1]", b'"Ada"', b"null", b"12", b'[{"a": 1}, {"b": 2}]']
)
def test_anything_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        read_all(NAME, body)
