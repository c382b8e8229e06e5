"""Whatever arrives, reading it ends in a lead or in one of the documented errors."""

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from shared.errors import InvalidFieldsError, UnreadableBodyError, UnsupportedMediaTypeError
from shared.sources.body import read_body
from shared.sources.fields import normalise
from shared.sources.names import FIELDS
from shared.sources.spam import suspicion
from shared.sources.text import clean, one_line

ANY_TEXT = st.text(st.characters(codec=None))  # with lone surrogates
CONTENT_TYPES = st.one_of(
    st.sampled_from(
        [
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=b",
            "application/xml",
            "text/plain",
            "application/json; charset=windows-1252",
            "application/x-www-form-urlencoded; charset=latin-1",
        ]
    ),
    st.none(),
    ANY_TEXT,
    ANY_TEXT.map(lambda text: f"multipart/form-data; boundary={text}"),
    ANY_TEXT.map(lambda text: f"application/json; charset={text}"),
)

# Raw bytes hardly ever get past a parser's first line, so many bodies are made of what it expects.
PIECES = [
    *(b"--b", b"--b--", b"\r\n", b"\n", b"-", b'Content-Disposition: form-data; name="a"', b": "),
    *(b"; filename=", b'"', b"Content-Transfer-Encoding: base64", b"=C3", b"%", b"%ff", b"+", b"&"),
    *(b"=", b"{", b"}", b"[", b"]", b",", b":", b'{"a":', b"NaN", b"1e400", b"null", b"true"),
    *(b"\\ud800", b"\\", b"\xef\xbb\xbf", b"\xff", b"\x00", b" ", b"email", "é".encode()),
    *(b"<a>", b"</a>", b"<", b">", b"<?xml version='1.0' encoding='", b"utf-16", b"'?>", b"&#0;"),
]
PIECEMEAL = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=3))).map(b"".join)

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ANY_TEXT),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(ANY_TEXT, inner, max_size=3)
    ),
    max_leaves=6,
)
OBJECTS = st.dictionaries(ANY_TEXT, JSON, max_size=5).map(lambda value: json.dumps(value).encode())

BODIES = st.one_of(st.binary(), PIECEMEAL, OBJECTS)

NAMES = st.one_of(st.sampled_from([*FIELDS, "E-Mail", "tel", "zip", "", "__proto__"]), ANY_TEXT)
PHONES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(
        ["+49 30 ", "+1 (650) ", "+44 (0)20 ", "0039 06", "+54 9 11 ", "+52 1 ", "+", "0"]
    ),
    st.text("0123456789 -./()", min_size=4, max_size=12),
    st.sampled_from(["", " ", "-"]),
    st.sampled_from(["", "", " ext. 5", "x77", ", 5"]),
)
ADDRESSES = st.builds(
    "{}@{}.{}".format,
    st.text("abAB1.+'éß用", min_size=1, max_size=9),
    st.text("abAB1-.é用", min_size=1, max_size=9),
    st.sampled_from(["com", "TEST", "co.uk", "xn--p1ai", "例子"]),
)
TEXTS = st.one_of(
    ANY_TEXT,
    PHONES,
    ADDRESSES,
    st.sampled_from(["yes", "no", "0, 1", "DE", "germany", "https://example.com", "x" * 10_001]),
)
RAW = st.dictionaries(NAMES, TEXTS, max_size=12)
# Most of these become a lead: one way to reach the person is good, and nothing else is a problem.
GOOD = st.builds(
    lambda contact, rest: contact | rest,
    st.one_of(
        st.just({"Mail": "ada@example.com"}),
        st.fixed_dictionaries({"Mail": ADDRESSES}),
        st.fixed_dictionaries({"Tel": PHONES}),
    ),
    st.dictionaries(NAMES.filter(lambda name: name not in {"email", "phone"}), TEXTS, max_size=9),
)
COUNTRIES = st.sampled_from([None, "DE", "US", "IT", "AR", "MX", "BR", "AQ", "XX", ""])


def lead_or_none(raw: dict[str, str], country: str | None) -> dict[str, object] | None:
    try:
        return normalise(raw, default_country=country)
    except InvalidFieldsError:
        return None


@given(content_type=CONTENT_TYPES, body=BODIES)
@example(content_type="application/json", body=b'{"a":' * 10_000)
@example(content_type="multipart/form-data; boundary=b", body=b"--b\r\n\r\n\r\n--b--")
@example(content_type="application/xml", body=b"<a>" * 10_000)
def test_read_body_raises_only_what_it_documents(content_type: str | None, body: bytes) -> None:
    """A body that breaks the reader would be a 5xx, and browsers do not retry: a lost lead."""
    try:
        raw = read_body(content_type, body)
    except (UnreadableBodyError, UnsupportedMediaTypeError):
        return
    for text in (*raw, *raw.values()):
        assert clean(text) == text
        text.encode()
    assert "" not in raw


@given(body=OBJECTS)
def test_every_json_object_is_readable(body: bytes) -> None:
    """Unless it nests too deeply, what is valid JSON is never turned away."""
    try:
        raw = read_body("application/json", body)
    except UnreadableBodyError as error:
        assert "deeply" in str(error)  # noqa: PT017
        return
    members = json.loads(body)
    wanted = {
        one_line(clean(name)) or "unnamed" for name, value in members.items() if value is not None
    }
    assert set(raw) == wanted


@given(raw=st.one_of(RAW, GOOD), country=COUNTRIES)
@example(raw={"email": "a@example.com", **{f"f{i}": "x" for i in range(10_000)}}, country=None)
@example(raw={"email": "a@example.com", "message": "x" * 1_000_000}, country=None)
def test_normalise_raises_only_problems_and_returns_what_can_be_stored(
    raw: dict[str, str], country: str | None
) -> None:
    """Its result holds text, consent and texts beside, all of it fit for UTF-8 and DynamoDB."""
    lead = lead_or_none(raw, country)
    if lead is None:
        return
    json.dumps(lead, ensure_ascii=False).encode()
    extra = lead.pop("extra", {"": "left out when empty"})
    assert isinstance(extra, dict)
    assert extra
    assert set(lead) <= set(FIELDS)
    assert isinstance(lead.pop("consent", True), bool)
    assert all(isinstance(text, str) and text for text in lead.values())
    assert re.fullmatch(r"\+[1-9][0-9]{3,14}", str(lead.get("phone", "+4930901820")))


@given(raw=GOOD, country=COUNTRIES)
def test_nothing_that_was_sent_gets_lost(raw: dict[str, str], country: str | None) -> None:
    """Every text is in a field or beside; at most two texts make one (first and last name)."""
    lead = lead_or_none(raw, country)
    assume(lead is not None)
    assert lead is not None
    extra = lead.pop("extra", {})
    assert isinstance(extra, dict)
    sent = [text for text in raw.values() if clean(text).strip()]
    assert len(lead) + len(extra) >= len(sent)


@given(raw=GOOD, country=COUNTRIES)
def test_a_normal_lead_stays_as_it_is(raw: dict[str, str], country: str | None) -> None:
    """Its own fields sent again give the same fields, with or without a default country."""
    lead = lead_or_none(raw, country)
    assume(lead is not None)
    assert lead is not None
    lead.pop("extra", None)
    again = {
        field: str(value).lower() if isinstance(value, bool) else str(value)
        for field, value in lead.items()
    }
    assert normalise(again) == lead
    assert normalise(again, default_country=country) == lead


@given(raw=RAW, country=COUNTRIES)
def test_the_same_input_gives_the_same_result(raw: dict[str, str], country: str | None) -> None:
    """A retry must not become another lead."""
    assert lead_or_none(raw, country) == lead_or_none(raw, country)


@given(names=st.lists(NAMES, unique=True), before=ANY_TEXT, after=ANY_TEXT)
def test_no_problem_quotes_a_text(names: list[str], before: str, after: str) -> None:
    """Problems go into answers, logs and metrics; what a person wrote does not."""
    secret = "Zxqj-7"
    raw = dict.fromkeys(names, f"{before}{secret}{after}")
    with pytest.raises(InvalidFieldsError) as caught:
        normalise(raw, required=FIELDS)
    assert secret not in str(caught.value)


@given(started=TEXTS, seconds=st.floats(0, 1e9))
def test_no_start_time_breaks_the_suspicion(started: str, seconds: float) -> None:
    """The field is in the visitor's hands."""
    now = datetime(2026, 11, 20, tzinfo=UTC)
    suspicion({"t": started}, honeypot="h", started_field="t", min_seconds=seconds, now=now)
