"""Any platform, as a mapping describes it."""

from typing import Any

import pytest

from infra.samples import sample
from shared.errors import UnreadableBodyError
from shared.sources.delivery import Reported
from shared.sources.fields import normalise
from shared.sources.formats.generic import SCHEME, problems, read
from shared.sources.signatures import SHARED_KEY, STANDARD_WEBHOOKS
from tests.unit.sources.formats.plugins import FORM, JSON, delivered

LEADBOOK = {
    "leads": "/data/items",
    "id": "/ref",
    "test": "/sandbox",
    "fields": {
        "name": ["/person/given", "/person/family"],
        "email": "/reach/mail",
        "phone": "/reach/numbers/0",
        "postal_code": "/site/postcode",
        "country": "/site/country",
        "product": "/wants/service",
        "budget": "/wants/budget",
        "consent": "/agreed",
    },
}
QUOTEFERN = {
    "id": "enquiry_no",
    "test": "trial",
    "fields": {
        "first_name": "forename",
        "last_name": "Family",
        "email": "/e_post",
        "phone": "tel-mobile",
        "postal_code": "move_from",
        "consent": "terms",
    },
}


def leads(body: Any, mapping: Any, content_type: str | None = JSON) -> list[Reported]:
    return read(delivered(body, content_type), mapping)


def said(body: Any, mapping: Any, content_type: str | None = JSON) -> dict[str, str]:
    [lead] = leads(body, mapping, content_type)
    return dict(lead.said)


# ── Two platforms ────────────────────────────────────────────────────────────────────────────────


def test_a_platform_with_several_leads_in_nested_json() -> None:
    given = sample("generic-1")
    first, second = leads(given.body, LEADBOOK, given.content_type)
    assert normalise(first.said) == {
        "name": "Ottoline Reyes",
        "email": "ottoline+1@reyes-clinic.example",
        "phone": "+442079460175",
        "country": "GB",
        "postal_code": "SE1 7PB",
        "product": "Heat pump",
        "consent": True,
        "extra": {
            "budget": "12000",
            "ref": "LB-1-a",
            "person": '{"salutation":"Dr"}',
            "event": "enquiries",
        },
    }
    assert (first.external_id, second.external_id) == ("LB-1-a", "LB-1-b")
    assert (first.numbers, second.numbers) == ({"budget"}, frozenset())
    assert not first.test
    assert normalise(second.said)["consent"] is False


def test_a_platform_with_a_form_of_its_own_names() -> None:
    given = sample("generic-2")
    [lead] = leads(given.body, QUOTEFERN, given.content_type)
    assert normalise(lead.said) == {
        "name": "Aurelio Brandt",
        "first_name": "Aurelio",
        "last_name": "Brandt",
        "email": "aurelio+1@brandt-moves.example",
        "phone": "+442079460152",
        "postal_code": "N1 9GU",
        "consent": True,
        "extra": {"enquiry_no": "QF-1", "move_to": "BN1 1AA", "rooms": "4", "trial": "no"},
    }
    assert lead.external_id == "QF-1"
    assert not lead.test


# ── Places ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("/a/b", "1"),
        ("/l/0", "x"),
        ("/l/1/m", "y"),
        ("/a~1b", "slash"),
        ("/m~0n", "tilde"),
        ("/ ", "space"),
        ("/e\u0301", "accent"),
        ("X y!", "folded"),
        ("xy", "folded"),
        ("l", '["x",{"m":"y"}]'),
        ("/t", "true"),
        ("/f", "false"),
    ],
)
def test_where_a_text_is(place: str, text: str) -> None:
    body = {
        "a": {"b": 1},
        "l": ["x", {"m": "y"}],
        "a/b": "slash",
        "m~n": "tilde",
        " ": "space",
        "e\u0301": "accent",
        "x_Y": "folded",
        "t": True,
        "f": False,
    }
    assert said(body, {"fields": {"wanted": place}})["wanted"] == text


@pytest.mark.parametrize("place", ["/f\u00f6retag/e\u0301/0", "/fo\u0308retag/\u00e9/0"])
@pytest.mark.parametrize("body", [{"f\u00f6retag": {"e\u0301": ["x"]}, "kept": "y"}])
def test_letters_with_marks_are_found_however_they_were_typed(place: str, body: Any) -> None:
    """And are used then: not kept under their own name as well."""
    assert dict(said(body, {"fields": {"wanted": place}})) == {"wanted": "x", "kept": "y"}


@pytest.mark.parametrize(
    "place",
    [
        "/none",
        "/a/none",
        "/l/7",
        "/l/-",
        "/l/x",
        "/l/01",
        "/s/0",
        "/s/x",
        "/n/0",
        "/z",
        "none",
        "/l/" + "9" * 5000,
    ],
    ids=lambda place: place[:9],
)
def test_a_place_that_is_not_there_is_no_error(place: str) -> None:
    body = {"a": {}, "l": ["x"], "s": "text", "n": 5, "z": None, "kept": "yes"}
    assert "wanted" not in said(body, {"fields": {"wanted": place}})


def test_of_names_alike_the_one_with_a_text_counts() -> None:
    assert said({"e_mail": "", "E-Mail": "a"}, {"fields": {"email": "email"}})["email"] == "a"
    assert said({"E-Mail": "a", "email": "b"}, {"fields": {"email": "email"}})["email"] == "b"


def test_several_places_make_one_text() -> None:
    body = {"a": "x", "b": {"c": 2}, "d": None}
    mapping = {"fields": {"wanted": ["a", "/d", "/b/c", "none"], "number": ["/b/c", "/d"]}}
    [lead] = leads(body, mapping)
    assert lead.said == {"wanted": "x 2", "number": "2"}
    assert lead.numbers == {"number"}


# ── What is not mapped ───────────────────────────────────────────────────────────────────────────


def test_what_is_not_mapped_stays_under_its_own_name() -> None:
    body = {"c": {"mail": "m", "tags": ["a", {"x": 1, "y": None}]}, "seats": 4, "no": False, "": 1}
    [lead] = leads(body, {"fields": {"email": "/c/mail", "x": "/c/tags/1/x"}})
    assert lead.said == {
        "email": "m",
        "x": "1",
        "c": '{"tags":["a"]}',
        "seats": "4",
        "no": "false",
        "unnamed": "1",
    }
    assert lead.numbers == {"x", "seats", "unnamed"}


def test_what_has_the_name_of_a_mapped_field_stays_beside_it() -> None:
    body = {"name": "Autumn", "who": "Ada"}
    assert said(body, {"fields": {"name": "who"}}) == {"name": "Ada", "name (2)": "Autumn"}


def test_one_place_may_serve_two_fields() -> None:
    assert said({"a": "x"}, {"fields": {"b": "a", "c": "/a"}}) == {"b": "x", "c": "x"}


def test_without_fields_the_usual_names_count() -> None:
    body = {"email": "ada@sun.example", "n": {"a": 1}}
    assert said(body, {}) == {"email": "ada@sun.example", "n": '{"a":1}'}
    assert said({"Adres": "ada@sun.example"}, {"id": "x"}) == {"email": "ada@sun.example"}


def test_with_fields_no_address_is_guessed() -> None:
    body = {"agent": "desk@sun.example", "caller": "Ada"}
    assert "email" not in said(body, {"fields": {"name": "caller"}})


# ── Leads, ids, tests ────────────────────────────────────────────────────────────────────────────


def test_a_list_at_the_top_needs_no_pointer() -> None:
    assert [dict(lead.said) for lead in leads([{"a": "1"}, {"a": "2"}], {})] == [
        {"a": "1"},
        {"a": "2"},
    ]
    assert leads([], {}) == []


def test_what_the_leads_have_in_common_is_each_ones() -> None:
    body = {"campaign": "Autumn", "n": 1, "a": "no", "list": [{"a": "1"}, {"a": "2"}]}
    first, second = leads(body, {"leads": "/list"})
    assert first.said == {"a": "1", "campaign": "Autumn", "n": "1"}
    assert second.said == {"a": "2", "campaign": "Autumn", "n": "1"}


def test_one_lead_where_a_list_could_be_is_one() -> None:
    [lead] = leads({"lead": {"a": "1"}}, {"leads": "/lead"})
    assert lead.said == {"a": "1"}


def test_no_leads_in_the_list_are_none_and_no_list_is_unreadable() -> None:
    """A mapping that points beside the leads must not lose them without a word."""
    assert leads({"list": []}, {"leads": "/list"}) == []
    for body in ({"other": []}, {"list": None}, {"list": "x"}, {"list": ["x"]}, {"list": ["x", 1]}):
        with pytest.raises(UnreadableBodyError):
            leads(body, {"leads": "/list"})
    with pytest.raises(UnreadableBodyError):
        leads({"list": "x"}, {"leads": "/list"}, FORM)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("7", "7"), (7, "7"), (" 7 ", "7"), ("", None), (None, None), ({"a": 1}, None), ([7], None)],
)
def test_ids(value: Any, expected: str | None) -> None:
    [lead] = leads({"ref": value, "a": "x"}, {"id": "/ref"})
    assert lead.external_id == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        ("true", True),
        (1, True),
        ("Yes", True),
        ("test", True),
        ("TEST", True),
        (False, False),
        ("0", False),
        ("live", False),
        ("", False),
        (None, False),
        ({"a": 1}, False),
    ],
)
def test_tests(value: Any, expected: bool) -> None:  # noqa: FBT001
    [lead] = leads({"mode": value, "a": "x"}, {"test": "/mode"})
    assert lead.test is expected
    [lead] = leads({"mode": value, "list": [{"a": "x"}]}, {"test": "mode", "leads": "/list"})
    assert lead.test is expected


# ── Other bodies ─────────────────────────────────────────────────────────────────────────────────


def test_forms_and_xml() -> None:
    mapping = {"id": "ref", "fields": {"email": "E_Post", "name": ["/given", "family"]}}
    expected = {"email": "ada@sun.example", "name": "Ada Example", "ref": "7", "rest": "x"}
    xml = (
        "<lead><given>Ada</given><who><family>Example</family></who><ref>7</ref><rest>x</rest>"
        "<e-post>ada@sun.example</e-post></lead>"
    )
    parts = {
        "given": "Ada",
        "family": "Example",
        "ref": "7",
        "rest": "x",
        "e-post": "ada@sun.example",
    }
    multipart = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in parts.items()
    )
    for body, content_type in (
        (parts, JSON),
        (parts, FORM),
        (xml.encode(), "application/xml"),
        (f"{multipart}--b--\r\n".encode(), "multipart/form-data; boundary=b"),
    ):
        [lead] = leads(body, mapping, content_type)
        assert lead.said == expected
        assert lead.external_id == "7"


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b"[[]]", b"null"])
def test_anything_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        leads(body, LEADBOOK)
    with pytest.raises(UnreadableBodyError):
        leads(body, {})


def test_keys_and_standard_webhooks_both_count() -> None:
    plain = delivered(b"{}")
    secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
    for scheme in (SHARED_KEY, STANDARD_WEBHOOKS):
        assert SCHEME.is_genuine(scheme.signed(plain, secret), [secret])
    assert not SCHEME.is_genuine(plain, [secret])


# ── Checking a mapping ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "mapping",
    [
        {},
        LEADBOOK,
        QUOTEFERN,
        {"fields": {"Größe": "/a~01b"}},
        {"fields": {"a": ("x", "/y")}},
        {"leads": "/"},
        {"id": "/0"},
    ],
)
def test_nothing_is_wrong(mapping: dict[str, Any]) -> None:
    assert problems(mapping) == []


@pytest.mark.parametrize(
    ("mapping", "where"),
    [
        (None, "must be a mapping"),
        ([], "must be a mapping"),
        ("/a", "must be a mapping"),
        ({"field": {}}, "field: "),
        ({7: "x"}, "7: "),
        ({"leads": "items"}, "leads: "),
        ({"leads": ["/a"]}, "leads: "),
        ({"leads": "/a~b"}, "leads: "),
        ({"id": ["/a"]}, "id: "),
        ({"id": ""}, "id: "),
        ({"test": 5}, "test: "),
        ({"test": "/~"}, "test: "),
        ({"fields": None}, "fields: "),
        ({"fields": {}}, "fields: "),
        ({"fields": ["/a"]}, "fields: "),
        ({"fields": {"": "/a"}}, "fields: "),
        ({"fields": {5: "/a"}}, "fields: "),
        ({"fields": {"a": None}}, "fields.a: "),
        ({"fields": {"a": []}}, "fields.a: "),
        ({"fields": {"a": {"b": "c"}}}, "fields.a: "),
        ({"fields": {"a": ["/ok", 5]}}, "fields.a: "),
        ({"fields": {"a": "[]"}}, "fields.a: "),
        ({"fields": {"a": "/b~2"}}, "fields.a: "),
    ],
)
def test_what_is_wrong_is_said_with_its_place(mapping: Any, where: str) -> None:
    [problem] = problems(mapping)
    assert problem.startswith(where)
    with pytest.raises(UnreadableBodyError, match="mapping"):
        leads({"a": "x"}, mapping)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert len(problems({"x": 1, "id": "", "fields": {"a": "/~", "b": 1, "": "c"}})) == 5
