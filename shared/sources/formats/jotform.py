"""Jotform's webhook: a multipart form whose part `rawRequest` holds the answers as JSON.

`{"q3_fullName": {"first": "Ada", "last": "Example"}, "q4_email": …, "q5_phoneNumber": {"full": …},
"q6_address": {"addr_line1": …, "city": …, "state": …, "postal": …}, "slug": …, "buildDate": …}`:
the questions' numbers and names, and what Jotform's own script adds. The part `pretty` has them
once more as one line of text, from which nobody could tell where an answer ends.

Sources: Jotform Help, "How to set up a webhook with Jotform"; Jotform API, "Webhooks"; captures in
public repositories for the parts of nested answers. Nothing is signed.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from shared.errors import UnreadableBodyError
from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._flat import KEY_IN_ADDRESS, lead, nested_object
from shared.sources.formats._tree import identifier, say
from shared.sources.json_object import json_value
from shared.sources.signatures import SHARED_KEY

TITLE = "Jotform"
SECRET = KEY_IN_ADDRESS.format(
    why="Jotform can neither sign nor send headers. Keep the address to yourself."
)
SCHEME = SHARED_KEY
ALIASES: dict[str, tuple[str, ...]] = {}

# Of the parts around the answers only these: `webhookURL` holds the hook's secret.
_ABOUT = ("formID", "formTitle", "ip", "product", "customParams")

# What the form's script reports about itself.
_TECHNICAL = frozenset(
    {
        "slug",
        "jsExecutionTracker",
        "submitSource",
        "submitDate",
        "buildDate",
        "uploadServerUrl",
        "eventObserver",
        "event_id",
        "timeToSubmit",
        "temp_upload",
        "preview",
        "validatedNewRequiredFieldIDs",
        "visitedPages",
        "path",
    }
)

_QUESTION = re.compile(r"q[0-9]+_(.+)", re.DOTALL)
_NAME = {
    "prefix": "name_prefix",
    "first": "first_name",
    "middle": "middle_name",
    "last": "last_name",
    "suffix": "name_suffix",
}
_PHONE = ("country", "area", "phone", "full")
_DATE = ("year", "month", "day")
_ADDRESS = {
    "addr_line1": "street",
    "addr_line2": "street_2",
    "city": "city",
    "state": "region",
    "postal": "postal_code",
    "country": "country",
}
_KINDS: tuple[tuple[Collection[str], str], ...] = (
    (_NAME, " "),
    (_ADDRESS, ", "),
    (_PHONE, " "),
    (_DATE, "-"),
)


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """Read one lead; see `shared.sources.formats`."""
    sent = nested_object(delivery)
    said: dict[str, str] = {}
    guesses: dict[str, str] = {}
    for key, value in _raw_request(sent).items():
        question = _QUESTION.fullmatch(key)
        if key in _TECHNICAL:
            continue
        name = question[1] if question else key
        for part, text in _answer(name, value, said):
            say(said, part, text)
        if isinstance(value, dict) and _is(value, _PHONE) and name in said:
            guesses.setdefault("phone", name)
    for name in _ABOUT:
        say(said, name, sent.get(name))
    external_id = identifier(sent.get("submissionID"))
    return [lead(said, ALIASES, guesses=guesses, external_id=external_id)]


def _raw_request(sent: Mapping[str, Any]) -> dict[str, Any]:
    raw = sent.get("rawRequest")
    value = json_value(raw) if isinstance(raw, str) else raw
    if not isinstance(value, dict):
        raise UnreadableBodyError("there is no `rawRequest` with the answers")
    return value


def _answer(name: str, value: Any, said: Mapping[str, str]) -> list[tuple[str, Any]]:
    """Return an answer's names and texts; only the form's first name and address are the lead's."""
    if not isinstance(value, dict):
        return [(name, value)]
    for parts, by in _KINDS:
        if not _is(value, parts):
            continue
        if isinstance(parts, dict) and said.keys().isdisjoint(parts.values()):
            return [(field, value.get(part)) for part, field in parts.items()]
        return [(name, by.join(filter(None, (value.get(part, "").strip() for part in parts))))]
    ticked = all(key.isdigit() or key == "other" for key in value)
    return [(name, list(value.values()) if ticked else value)]


def _is(value: Mapping[str, Any], parts: Collection[str]) -> bool:
    texts = all(isinstance(text, str) for text in value.values())
    return texts and bool(value) and value.keys() <= set(parts)
