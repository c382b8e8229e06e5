"""What holds for every format: it is complete, has a sample, and nothing that arrives breaks it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.samples import Sample, fresh, names, sample
from shared.errors import InvalidFieldsError, UnreadableBodyError
from shared.sources.body import MAX_BODY_FIELDS
from shared.sources.delivery import Delivery, Reported
from shared.sources.fields import normalise
from shared.sources.formats import FORMATS, format_of
from shared.sources.formats.generic import problems

AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
MAPPING = {
    "leads": "/data/items",
    "id": "/ref",
    "test": "/sandbox",
    "fields": {
        "name": ["/person/given", "family"],
        "email": "/reach/mail",
        "phone": "/reach/numbers/0",
    },
}
CASES = [(name, name, {}) for name in FORMATS if name != "generic"] + [
    ("generic", "generic-1", MAPPING),
    ("generic", "generic-1", {}),
    ("generic", "generic-2", {}),
]
CONTENT_TYPES = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "application/xml",
    "text/plain",
    "text/html; charset=latin-1",
]
every_case = pytest.mark.parametrize(("name", "given_sample", "mapping"), CASES)


def delivery(one: Sample) -> Delivery:
    return Delivery(one.body, AT, headers={"content-type": one.content_type})


def leads(name: str, one: Sample, mapping: Any) -> list[Reported]:
    """The leads, or none when the body is unreadable; anything else that is raised is a defect."""
    try:
        found = format_of(name).read(delivery(one), mapping)
    except UnreadableBodyError:
        return []
    for lead in found:
        check(name, lead)
    return found


def check(name: str, lead: Reported) -> None:
    """What is reported can be stored, and told apart."""
    for said, text in lead.said.items():
        assert (type(said), type(text)) == (str, str)
    assert lead.numbers <= lead.said.keys()
    assert lead.external_id is None or (type(lead.external_id) is str and lead.external_id.strip())
    try:
        normalise(lead.said, aliases=format_of(name).ALIASES)
    except InvalidFieldsError:
        return


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_complete(name: str) -> None:
    format_ = format_of(name)
    assert format_.TITLE.strip() == format_.TITLE != ""
    assert len(format_.SECRET) > 20
    assert "{" not in format_.SECRET
    assert callable(format_.SCHEME.is_genuine)
    assert all(field and spellings for field, spellings in format_.ALIASES.items())
    assert not any(isinstance(spellings, str) for spellings in format_.ALIASES.values())
    assert format_.__doc__


def test_there_is_a_sample_of_every_format_and_none_of_others() -> None:
    beside = {"generic-1", "generic-2", "meta-graph-lead"}
    assert set(names()) == set(FORMATS) - {"generic"} | beside
    with pytest.raises(KeyError):
        sample("generic")
    with pytest.raises(KeyError):
        format_of("fax")


@every_case
def test_its_sample_is_read(name: str, given_sample: str, mapping: Any) -> None:
    found = leads(name, sample(given_sample), mapping)
    assert found
    if not found[0].fetch and (name, mapping) != ("generic", {}):
        fields = normalise(found[0].said, aliases=format_of(name).ALIASES)
        assert {"name", "email"} <= fields.keys()


@pytest.mark.parametrize("name", names())
def test_no_token_stays_in_a_sample(name: str) -> None:
    one = sample(name)
    assert b"{{" not in one.body
    assert one == fresh(name, 1)
    if one.content_type == "application/json":
        json.loads(one.body)


MAPPED = {"leads": "/items", "id": "/ref"}
TOO_MANY = range(MAX_BODY_FIELDS + 1)
MANY = json.dumps({str(n): "x" for n in TOO_MANY})
MANY_ELEMENTS = "".join(f"<x{n}>y</x{n}>" for n in TOO_MANY)
META_VALUE = '{"changes": [{"field": "leadgen", "value": %s}]}'
LINKEDIN = '{"type": "LEAD_ACTION", "leadAction": "CREATED", "leadGenFormResponse": "%s"}'
# The body around leads, two that are good, and some that nobody can read.
BATCHES: dict[str, tuple[str, tuple[str, str], list[str]]] = {
    "generic": ('{"items": [%s]}', ('{"ref": "1"}', '{"ref": "2"}'), ["null", MANY]),
    "zapier": ("[%s]", ('{"lead_id": "1"}', '{"lead_id": "2"}'), ["null", "[]", MANY]),
    "hubspot": (
        "[%s]",
        ('{"conversionId": "1"}', '{"conversionId": "2"}'),
        ["7", '{"subscriptionType": "contact.creation"}'],
    ),
    "tiktok": (
        '{"object": 1, "entry": [%s]}',
        ('{"id": 1, "changes": []}', '{"id": 2, "changes": []}'),
        ["null", '{"changes": []}', '{"id": 3, "changes": [null]}'],
    ),
    "meta": (
        '{"entry": [%s]}',
        (META_VALUE % '{"leadgen_id": 1}', META_VALUE % '{"leadgen_id": 2}'),
        ["null", '{"changes": 1}', '{"changes": [7]}', META_VALUE % "{}", META_VALUE % "null"],
    ),
    "linkedin": (
        '{"elements": [%s]}',
        (LINKEDIN % "1", LINKEDIN % "2"),
        ["null", "{}", LINKEDIN % "?", '{"id": "3", "formResponse": []}'],
    ),
    "adf": (
        "<adf>%s</adf>",
        ("<prospect><id>1</id></prospect>", "<prospect><id>2</id></prospect>"),
        [f"<prospect>{MANY_ELEMENTS}</prospect>"],
    ),
}


@pytest.mark.parametrize(
    ("name", "bad"), [(name, bad) for name, (_, _, bads) in BATCHES.items() for bad in bads]
)
def test_what_cannot_be_read_costs_nobody_else_their_lead(name: str, bad: str) -> None:
    around, (one, other), _ = BATCHES[name]
    by = "" if name == "adf" else ","

    def read(*items: str) -> list[Reported]:
        content_type = "application/xml" if name == "adf" else "application/json"
        body = Sample(content_type, (around % by.join(items)).encode())
        return format_of(name).read(delivery(body), MAPPED if name == "generic" else {})

    first, second, third = read(one, bad, other)
    assert [lead.external_id for lead in (first, third)] == ["1", "2"]
    assert (first.unreadable, third.unreadable) == ("", "")
    assert second.unreadable
    assert (second.external_id, second.fetch, list(second.said)) == (None, None, ["item"])
    # When there is nothing else, it is the body that cannot be read.
    with pytest.raises(UnreadableBodyError):
        read(bad, bad)


@every_case
def test_a_samples_number_makes_another_lead(name: str, given_sample: str, mapping: Any) -> None:
    def known_by(number: int) -> list[tuple[str | None, str]]:
        found = leads(name, fresh(given_sample, number), mapping)
        return [(lead.external_id, " ".join(lead.said.values())) for lead in found]

    first, second, third = known_by(1), known_by(2), known_by(1_763_700_000_000)
    assert len(first) == len(second) == len(third) > 0
    for one, other, last in zip(first, second, third, strict=True):
        if one[0] is not None:
            assert len({one[0], other[0], last[0]}) == 3
        else:
            assert len({one[1], other[1], last[1]}) == 3


@pytest.mark.parametrize(
    ("name", "given_sample", "mapping"),
    [case for case in CASES if case[0] != "meta"],  # which only announces leads
)
def test_a_samples_mail_address_changes_with_its_number(
    name: str, given_sample: str, mapping: Any
) -> None:
    mails = [
        text
        for number in (1, 2)
        for text in leads(name, fresh(given_sample, number), mapping)[0].said.values()
        if f"+{number}@" in text
    ]
    assert len(set(mails)) >= 2


@every_case
def test_every_beginning_of_its_sample(name: str, given_sample: str, mapping: Any) -> None:
    whole = sample(given_sample)
    for length in range(len(whole.body)):
        leads(name, Sample(whole.content_type, whole.body[:length]), mapping)


@every_case
def test_its_sample_under_every_label(name: str, given_sample: str, mapping: Any) -> None:
    for label in (*CONTENT_TYPES, "", "a/b", "application/json; charset=klingon"):
        leads(name, Sample(label, sample(given_sample).body), mapping)


_KEYS = """
rawRequest data.json data.xml data payload fields properties form-submissions context id
legalConsentOptions consent communications ordered_human_fields email name value type meta
form form_id lead_id 1 1.3 1.6 fields[a][value] items entry changes q1_a first title
form_response answers definition user_column_data string_value
"""
KEYS = st.sampled_from(_KEYS.split()) | st.text(max_size=3)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["\ud800", "\x00", "a@b.example", "{}", "<a/>", "1", "[", "true"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=2).map(json.dumps)
    ),
    max_leaves=10,
)
BODIES = (
    VALUES.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=60)
    | st.text("<>/ab&;=[]{}\"'?!%2", max_size=40).map(str.encode)
)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=BODIES, content_type=st.sampled_from(CONTENT_TYPES))
def test_nothing_that_arrives_breaks_it(name: str, body: bytes, content_type: str) -> None:
    """A defect here would be a 5xx, and most platforms send once."""
    leads(name, Sample(content_type, body), MAPPING if name == "generic" else {})
    if name == "generic":
        leads(name, Sample(content_type, body), {})


@pytest.mark.parametrize("name", FORMATS)
def test_deep_nesting_breaks_nothing(name: str) -> None:
    for opening in (b"[", b'{"a":', b'{"data":', b'{"fields":', b"<a>", b'{"form_response":'):
        leads(name, Sample("application/json", opening * 10_000), {})
        leads(name, Sample("text/plain", opening * 10_000), {})
    closed = b'{"data":' * 15 + b"1" + b"}" * 15
    leads(name, Sample("application/json", closed), {})


@given(mapping=VALUES)
def test_any_mapping_is_right_or_says_what_is_wrong(mapping: Any) -> None:
    body = Sample("application/json", b'{"a": {"b": [1]}}')
    if problems(mapping):
        with pytest.raises(UnreadableBodyError):
            format_of("generic").read(delivery(body), mapping)
    else:
        leads("generic", body, mapping)
