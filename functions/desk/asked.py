"""What a request to the desk asks for: ids, and bodies of which every member is known."""

import json
import re
from collections.abc import Mapping
from typing import Any

from shared.errors import FieldProblem, InvalidFieldsError, NotFoundError, UnreadableBodyError
from shared.sources.text import clean, clean_name, decode

MAX_REASON = 500
SHOWN_OF_A_NAME = 100

LEAD_ID = re.compile(r"[0-9a-z]{26}")

# What an action's body may hold: type, and how people call it.
Members = Mapping[str, tuple[type, str]]


def lead_id_in(text: str) -> str:
    """An id as ids look; any other text is no lead's, and never becomes a key."""
    if not LEAD_ID.fullmatch(text):
        raise NotFoundError("there is no lead with this id")
    return text


def asked_for(raw: bytes, members: Members) -> dict[str, Any]:
    """The optional body of an action: some of these members, and nothing else.

    A `reason` is cleaned, and None when it says nothing. InvalidFieldsError names what is wrong. An
    unknown member is: who misspells `assignment` would otherwise act without the guard they asked
    for.
    """
    body = _json_object(raw)
    if "reason" in body:
        body["reason"] = _reason(body["reason"])
    problems = [
        FieldProblem(shown(name), f"is not known; there are: {', '.join(members)}")
        for name in body
        if name not in members
    ]
    problems += [
        FieldProblem(name, f"must be {called}")
        for name, (kind, called) in members.items()
        # Not isinstance: true is no whole number.
        if body.get(name) is not None and type(body[name]) is not kind
    ]
    reason = body.get("reason")
    if isinstance(reason, str) and len(reason) > MAX_REASON:
        problems.append(FieldProblem("reason", f"must not be longer than {MAX_REASON} characters"))
    if problems:
        raise InvalidFieldsError(problems)
    return body


def shown(name: str) -> str:
    """A member's name, as a problem names it."""
    return clean_name(name)[:SHOWN_OF_A_NAME]


def _json_object(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        return {}
    try:
        body = json.loads(decode(raw, "utf-8"))
    except (ValueError, RecursionError, UnreadableBodyError):
        body = None
    if not isinstance(body, dict):
        raise InvalidFieldsError([FieldProblem("(body)", "send a JSON object, or nothing")])
    return body


def _reason(said: object) -> object:
    """Text as it can be stored; empty is none. What is no text stays, to be named as wrong."""
    return clean(said).strip() or None if isinstance(said, str) else said
