"""Whatever anybody posts at whichever door: a clear 4xx, or a record; never a 5xx, never a loss."""

import gzip
import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import functions.capture.handler as capture
from shared.domain.leads import Status
from shared.flows.apply_config import apply_config
from shared.sources.formats import FORMATS
from shared.store import config as config_store
from tests.audit import Books
from tests.aws_events import api_request, context
from tests.team import config

KEY = "lw_k"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
XML = "application/xml"
ADA = {"name": "Ada", "email": "ada@factory.example"}
DOORS = (
    "/v1/forms/website/leads",
    "/v1/partners/acme/leads",
    "/v1/partners/acme/pings",
    "/v1/hooks/zapier",
)


class Doors:
    """A form, a partner, and a hook of every format that believes anybody."""

    def __init__(self, world: Any, around: Any) -> None:
        self.world = world
        more = {
            "forms": {"website": {"duplicates": {"within": "1d", "keys": ["phone"]}}},
            "partners": {"acme": {"mode": "live", "pings": True, "price": "1"}},
            "hooks": {name: {"format": name, "trust": "public"} for name in FORMATS},
        }
        apply_config(config({"anna": 1}, more=more), around)
        config_store._read.clear()
        world.give_secrets({"partner#acme": {"key": KEY}})

    def __call__(self, door: str, body: bytes, content_type: str | None = JSON, **more: str) -> Any:
        headers = {"x-api-key": KEY, **({"content-type": content_type} if content_type else {})}
        headers |= {name.replace("_", "-"): text for name, text in more.items()}
        answer = capture.handler(api_request("POST", door, body=body, headers=headers), context())
        assert answer["statusCode"] < 500, answer
        if answer["statusCode"] >= 400:
            told = json.loads(answer["body"])
            assert told["type"].startswith("urn:problem-type:leadwheel:")
            assert told["title"]
        return answer

    def leads(self) -> list[Any]:
        return Books(self.world.items()).leads


@pytest.fixture
def doors(world: Any, around: Any) -> Doors:
    return Doors(world, around)


def said(**fields: Any) -> bytes:
    return json.dumps({**ADA, **fields}).encode()


BODIES = {
    "empty": b"",
    "white space": b" \n\t",
    "NUL": b"\x00",
    "not UTF-8": b"\xff\xfe\xfd",
    "UTF-16": json.dumps(ADA).encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + said(),
    "gzip": gzip.compress(said()),
    "null": b"null",
    "number": b"1e400",
    "list": b"[]",
    "text": b'"ada"',
    "NaN": b'{"email": NaN}',
    "huge number": b'{"score": ' + b"9" * 5000 + b', "email": "a@factory.example"}',
    "deep": b'{"a":' * 3000 + b"1" + b"}" * 3000,
    "deep list": b"[" * 3000 + b"]" * 3000,
    "10,000 fields": json.dumps({f"f{n}": "x" for n in range(4_000)}).encode(),
    "repeated keys": b'{"email": "a@factory.example", "email": "b@factory.example"}',
    "lone surrogate": b'{"name": "\\ud800", "email": "a@factory.example"}',
    "NUL in text": b'{"name": "A\\u0000B", "email": "a@factory.example"}',
    "line separators": b'{"name": "A\\u2028B\\u0085C", "email": "a@factory.example"}',
    "right to left": said(name="\u202eadA\u202c ירושלים"),
    "emoji": said(name="👩‍👩‍👧‍👦 Ada", message="🤝" * 50),
    "empty names": b'{"": "x", " ": "y", "email": "a@factory.example"}',
    "long name": json.dumps({"x" * 3000: "y", **ADA}).encode(),
    "keys that collide": b'{"E-Mail": "a@factory.example", "e_mail": "b@factory.example"}',
    "objects for texts": b'{"name": {"a": [1]}, "email": ["a@factory.example"], "phone": {}}',
    "nulls": b'{"name": null, "email": null, "phone": null}',
    "markup": said(name="<script>alert(1)</script>", message="{{7*7}} %s ${x}"),
    "line breaks": said(name="Ada\r\nBcc: eve@evil.example", company="a\nb"),
    "formula": said(name='=HYPERLINK("http://evil.example")'),
    "prototype": b'{"__proto__": {"admin": true}, "email": "a@factory.example"}',
    "own words": said(lead_id="x", status="won", extra="y", source="form#other", owner="eve"),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_odd_body_is_answered_clearly_at_every_door(doors: Any, body: bytes) -> None:
    for door in DOORS:
        doors(door, body)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, said()),
        (XML, said()),
        (JSON, urlencode(ADA).encode()),
        (JSON, b"<lead><email>a@factory.example</email></lead>"),
        ("multipart/form-data; boundary=x", said()),
        ("multipart/form-data", b"--x\r\n"),
        (
            f"{JSON}; charset=latin-1",
            '{"name": "Å", "email": "a@factory.example"}'.encode("cp1252"),
        ),
        (f"{JSON}; charset=utf-7", said()),
        (f"{JSON}; charset=\x00", said()),
        ("text/plain", said()),
        ("text/html", b"<html>"),
        ("application/octet-stream", said()),
        ("", said()),
        (None, said()),
        (";;;", said()),
        ("application/json" * 200, said()),
        (FORM, b"%ff%fe=%00&&&=&email=a%40factory.example&" + b"a" * 5000),
        (FORM, quote("email=a@factory.example").encode()),
    ],
)
def test_a_content_type_that_lies_is_answered_clearly_at_every_door(
    doors: Any, content_type: str | None, body: bytes
) -> None:
    for door in DOORS:
        doors(door, body, content_type)


BOMB = (
    b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">'
    b'<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><lead><email>&d;</email></lead>'
)
STOLEN = (
    b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    b"<lead><name>&b;</name><email>a@factory.example</email></lead>"
)


@pytest.mark.parametrize("body", [BOMB, STOLEN, b"<a>" * 3000, b"<lead/>", b"<lead>\x00</lead>"])
def test_hostile_xml_explodes_nowhere_and_reads_nothing(doors: Any, body: bytes) -> None:
    for door in (*DOORS, "/v1/hooks/adf"):
        doors(door, body, XML)
    assert "root:" not in json.dumps([dict(lead.fields) for lead in doors.leads()])


@pytest.mark.parametrize("door", DOORS)
def test_a_megabyte_is_refused_before_it_is_read(doors: Any, door: str) -> None:
    answer = doors(door, said(message="x" * 1_000_000))
    assert answer["statusCode"] == 413
    assert doors.leads() == []


@pytest.mark.parametrize("key", ["", " ", "é", "x" * 5000, "a\tb", '"quoted"'])
def test_any_idempotency_key_will_do(doors: Any, key: str) -> None:
    for door in DOORS:
        first = doors(door, said(), idempotency_key=key)
        if first["statusCode"] < 400:
            assert doors(door, said(), idempotency_key=key)["body"] == first["body"]


def test_what_is_wrong_with_a_form_never_becomes_somebody_elses_lead(doors: Any) -> None:
    """Names that the pipeline uses itself are only names when a sender uses them."""
    doors("/v1/forms/website/leads", BODIES["own words"])
    (lead,) = doors.leads()
    assert (lead.source, lead.owner, lead.status) == ("form#website", None, Status.NEW)
    assert lead.fields["extra"]["owner"] == "eve"


@pytest.mark.parametrize("path", ["/v1/hooks/..%2fforms", "/v1/hooks/é", f"/v1/hooks/{'x' * 3000}"])
def test_an_odd_path_is_not_there(doors: Any, path: str) -> None:
    assert doors(path, said())["statusCode"] in (404, 401)


# ── Fuzzing ──────────────────────────────────────────────────────────────────────────────────────

words = st.sampled_from(
    [
        *("email", "E-Mail", "phone", "tel", "name", "zip", "consent", "country", "product"),
        *("ping_id", "test", "external_id", "lead_id", "fields", "data", "payload", "answers"),
        *("user_column_data", "form_response", "entry", "rawRequest", "data.json", "properties"),
    ]
)
texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["ada@factory.example", "+46701740605", "070-174 06 05", "SE", "yes", "1"]),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | texts, inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(words | texts, values, max_size=8)
bodies = st.one_of(
    objects.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")),
    st.dictionaries(words, texts.filter(lambda text: text.isprintable()), max_size=8).map(
        lambda pairs: urlencode(pairs, errors="replace").encode()
    ),
    st.binary(max_size=200),
)
content_types = st.sampled_from([JSON, FORM, XML, "text/plain", "multipart/form-data; boundary=x"])
all_doors = st.sampled_from([*DOORS, *(f"/v1/hooks/{name}" for name in FORMATS)])


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(door=all_doors, body=bodies, content_type=content_types)
def test_nothing_that_is_posted_breaks_a_door(
    doors: Any, door: str, body: bytes, content_type: str
) -> None:
    answer = doors(door, body, content_type)
    told = json.loads(answer["body"])
    if answer["statusCode"] in (200, 201) and "pings" not in door:
        ids = told["lead_ids"] if "hooks" in door else [told["lead_id"]]
        assert all(len(lead_id) == 26 for lead_id in ids)
