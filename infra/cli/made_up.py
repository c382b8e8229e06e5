"""Leads of people who do not exist, for `leadwheel send`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from infra.samples import Sample

_PERSON = {
    "name": "Ada Lindgren",
    "first_name": "Ada",
    "last_name": "Lindgren",
    "email": "ada+{number}@factory.example",
    "phone": "+46 70 174 06 05",
    "company": "Lindgren Verkstad AB",
    "country": "SE",
    "region": "Stockholm",
    "city": "Stockholm",
    "postal_code": "111 22",
    "message": "Sent by leadwheel send.",
    "consent": "yes",
}
_POSTED = ("name", "email", "country", "message")
_PINGED = ("country",)


def somebody(number: int) -> dict[str, str]:
    """What a person fills into a form; another number is another person."""
    return {field: _answer(field, number) for field in _POSTED}


def somewhere() -> dict[str, str]:
    """What may be said of `somebody` before it is known who they are."""
    return {field: _answer(field, 0) for field in _PINGED}


def generic_sample(mapping: Mapping[str, Any], number: int) -> Sample:
    """A body of the format `generic` in which a hook's mapping finds a whole lead."""
    fields = mapping.get("fields") or {field: field for field in _POSTED}
    lead: dict[str, Any] = {}
    for field, places in fields.items():
        texts = _spread(field, places, number)
        for place, text in texts.items():
            _put(lead, _steps(place), text)
    if "id" in mapping:
        _put(lead, _steps(mapping["id"]), f"sample-{number}")
    body: dict[str, Any] = {}
    if "leads" in mapping:
        _put(body, _steps(mapping["leads"]), [_with_lists(lead)])
    whole = _with_lists(body) if body else _with_lists(lead)
    return Sample("application/json", json.dumps(whole).encode())


def _answer(field: str, number: int) -> str:
    return _PERSON.get(field, f"some {field}").format(number=number)


def _spread(field: str, places: str | Sequence[str], number: int) -> dict[str, str]:
    """Place → text; what is in several places is split, word by word."""
    if isinstance(places, str):
        return {places: _answer(field, number)}
    words = _answer(field, number).split(" ", len(places) - 1)
    return dict(zip(places, words, strict=False))


def _steps(place: str) -> list[str]:
    if not place.startswith("/"):
        return [place]
    from jsonpointer import JsonPointer

    return list(JsonPointer(place).get_parts())


def _put(tree: dict[str, Any], steps: Sequence[str], value: Any) -> None:
    *above, last = steps
    for step in above:
        below = tree.setdefault(step, {})
        if not isinstance(below, dict):  # two places, one of them within the other
            return
        tree = below
    tree.setdefault(last, value)


def _with_lists(value: Any) -> Any:
    """The same, with lists where all keys are numbers."""
    if not isinstance(value, dict):
        return value
    members = {key: _with_lists(member) for key, member in value.items()}
    if not members or not all(key.isdecimal() and key.isascii() for key in members):
        return members
    longest = max(map(int, members)) + 1
    return [members.get(str(index)) for index in range(longest)]
