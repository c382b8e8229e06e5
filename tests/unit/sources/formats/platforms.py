"""What the tests of platforms' formats share: samples, deliveries, and bodies that got damaged."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from shared.errors import InvalidFieldsError, UnreadableBodyError
from shared.sources.delivery import Delivery, Reported
from shared.sources.fields import normalise
from shared.sources.formats import Format, format_of

SAMPLES = Path(__file__).parents[4] / "infra" / "samples"
AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
SECRET = "correct horse battery staple"
TOO_LONG = timedelta(minutes=6)


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def tree(name: str) -> Any:
    return json.loads(sample(name))


def delivery(body: Any, **more: Any) -> Delivery:
    """A POST of this body, which may be bytes or anything that JSON can say."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    return Delivery(raw, more.pop("at", AT), headers=headers, **more)


def read(name: str, body: Any) -> list[Reported]:
    return format_of(name).read(delivery(body), {})


def fields(format_: Format, lead: Reported, **more: Any) -> dict[str, Any]:
    return normalise(lead.said, aliases=format_.ALIASES, **more)


def assert_only_a_true_signature_counts(name: str) -> None:
    """The platform's sample, signed as the platform signs, is genuine; nothing else is."""
    scheme = format_of(name).SCHEME
    plain = delivery(sample(name))
    signed = scheme.signed(plain, SECRET)
    assert scheme.is_genuine(signed, [SECRET])
    assert scheme.is_genuine(signed, ["the next one", SECRET, "an old one"])
    assert not scheme.is_genuine(plain, [SECRET])
    for secrets in ([], [""], ["another"], [SECRET.upper()], [SECRET + " "]):
        assert not scheme.is_genuine(signed, secrets)


def assert_a_changed_body_does_not_count(name: str) -> None:
    scheme = format_of(name).SCHEME
    signed = scheme.signed(delivery(sample(name)), SECRET)
    for place in range(0, len(signed.body), 7):
        for bit in (0, 3, 6):
            raw = bytearray(signed.body)
            raw[place] ^= 1 << bit
            assert not scheme.is_genuine(replace(signed, body=bytes(raw)), [SECRET])


def assert_only_the_present_counts(name: str) -> None:
    scheme = format_of(name).SCHEME
    signed = scheme.signed(delivery(sample(name)), SECRET)
    for at, genuine in (
        (AT + timedelta(minutes=5), True),
        (AT - timedelta(minutes=5), True),
        (AT + TOO_LONG, False),
        (AT - TOO_LONG, False),
        (AT + timedelta(days=365), False),
    ):
        assert scheme.is_genuine(replace(signed, at=at), [SECRET]) is genuine


def assert_it_never_breaks(name: str, body: bytes) -> list[Reported]:
    """A body is read into leads that can be stored, or is unreadable; nothing else happens."""
    format_ = format_of(name)
    try:
        leads = format_.read(delivery(body), {})
    except UnreadableBodyError:
        return []
    for lead in leads:
        assert_sound(format_, lead)
    return leads


def assert_sound(format_: Format, lead: Reported) -> None:
    assert all(type(text) is str for pair in lead.said.items() for text in pair)
    assert all(lead.said)
    assert lead.numbers <= lead.said.keys()
    assert isinstance(lead.test, bool)
    for id_ in (lead.external_id, lead.fetch):
        assert id_ is None or id_.strip() == id_ != ""
        assert id_ is None or id_.encode()
    try:
        fields(format_, lead)
    except InvalidFieldsError:
        return


def truncations(name: str) -> list[bytes]:
    """Every beginning of the sample, cut between any two bytes."""
    whole = sample(name).rstrip()
    return [whole[:length] for length in range(len(whole))]


_TEXTS = st.text(max_size=8) | st.sampled_from(["\ud800", "\x00", "true", "p:", "email", "name"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=6,
)
"""Anything that JSON can say, and a little that it should not."""


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside: Any = ()
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
    return [path, *(found for key, item in inside for found in _paths(item, (*path, key)))]


@st.composite
def damaged(draw: st.DrawFn, name: str) -> bytes:
    """The sample, as JSON, with one to three of its nodes replaced by anything."""
    damage = [tree(name)]
    for _ in range(draw(st.integers(1, 3))):
        path = ("", *draw(st.sampled_from(_paths(damage[0]))))
        value = draw(VALUES)
        box: Any = {"": deepcopy(damage[0])}
        inner = box
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        damage = [box[""]]
    return json.dumps(damage[0]).encode()


def nulled(value: Any) -> list[Any]:
    """The tree with each of its nodes in turn null."""
    trees = []
    for path in _paths(value):
        box: Any = {"": deepcopy(value)}
        inner = box
        for key in ("", *path[:-1]) if path else ():
            inner = inner[key]
        inner[path[-1] if path else ""] = None
        trees.append(box[""])
    return trees
