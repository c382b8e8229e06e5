"""What the formats of form plugins share."""

import pytest

from shared.errors import BodyTooLargeError, UnreadableBodyError, UnsupportedMediaTypeError
from shared.sources.flat import read_flat
from shared.sources.formats._flat import lead, nested_object
from tests.unit.sources.formats.plugins import FORM, JSON, delivered


def test_a_flat_body_is_a_lead_that_knows_its_numbers() -> None:
    body = b'{"zip": 2115, "size": 1e400, "id": "7", "yes": true, "a": [1], "": 5, "none": null}'
    read = read_flat(JSON, body)
    assert read.said == {
        "zip": "2115",
        "size": "1e400",
        "id": "7",
        "yes": "true",
        "a": "1",
        "unnamed": "5",
    }
    assert read.numbers == {"zip", "size", "unnamed"}
    assert (read.external_id, read.test, read.fetch) == (None, False, None)


def test_other_bodies_have_no_numbers() -> None:
    assert read_flat(FORM, b"zip=2115&zip=2116").said == {"zip": "2115, 2116"}
    for content_type, body in ((FORM, b"zip=2115"), ("text/xml", b"<a><zip>2115</zip></a>")):
        read = read_flat(content_type, body)
        assert read.said == {"zip": "2115"}
        assert read.numbers == frozenset()
    assert read_flat(JSON, b"").said == {}


def test_a_key_that_comes_twice_loses_nothing() -> None:
    assert read_flat(JSON, b'{"box": "A", "box": "B"}').said == {"box": "A, B"}


def test_the_errors_are_those_of_read_body() -> None:
    with pytest.raises(BodyTooLargeError):
        read_flat(JSON, b"{}", limit=1)
    with pytest.raises(UnsupportedMediaTypeError):
        read_flat("text/csv", b"a,b")
    for body in (b"{", b"[]", b"[{}]", b"7"):
        with pytest.raises(UnreadableBodyError):
            read_flat(JSON, body)


def test_what_a_guess_names_is_renamed_in_its_place() -> None:
    said = {"a": "1", "b": "2", "c": "3"}
    assert list(lead(said, {}, guesses={"phone": "b", "message": "none"}).said.items()) == [
        ("a", "1"),
        ("phone", "2"),
        ("c", "3"),
    ]


@pytest.mark.parametrize("taken", ["phone", "Tel.", "Ruf"])
def test_what_is_known_by_name_is_not_guessed(taken: str) -> None:
    said = {taken: "1", "b": "2"}
    assert lead(said, {"phone": ("ruf",)}, guesses={"phone": "b"}).said == said


def test_an_empty_text_is_no_answer() -> None:
    said = {"phone": " ", "b": "2", "empty": ""}
    assert lead(said, {}, guesses={"phone": "b"}).said == {"phone": "2"}


@pytest.mark.parametrize(
    "text", ["ada@sun.example", " ada@sun.example ", "a.b+c@x-y.example", "ü@grün.example"]
)
def test_what_looks_like_an_address(text: str) -> None:
    assert lead({"x": text, "y": "z"}, {}).said == {"email": text, "y": "z"}


@pytest.mark.parametrize(
    "text", ["ada@sun", "@sun.example", "a@b.c.", "a b@c.d", "a@b.c, d@e.f", "<a@b.c>", "a@b@c.d"]
)
def test_what_does_not(text: str) -> None:
    assert "email" not in lead({"x": text}, {}).said


def test_a_label_that_nobody_knows_does_not_matter() -> None:
    assert nested_object(delivered(b'{"a": 1}', "nonsense")) == {"a": "1"}
    assert nested_object(delivered(b"a=1", None)) == {"a": "1"}
    assert nested_object(delivered(b"<x><a>1</a></x>", "application/octet-stream")) == {"a": "1"}
