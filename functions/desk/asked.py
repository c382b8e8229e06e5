"""What a request to the desk asks for: ids, and bodies of which every member is known."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from functions.desk.app import app
from shared.domain.leads import Won
from shared.domain.moments import to_milliseconds
from shared.domain.money import from_text
from shared.errors import (
    BodyTooLargeError,
    FieldProblem,
    InvalidFieldsError,
    NotFoundError,
    UnreadableBodyError,
)
from shared.http import body_bytes
from shared.sources.text import clean, clean_name, decode

MAX_BODY_BYTES = 65_536  # as much as a form may send
MAX_REASON = 500
SHOWN_OF_A_NAME = 100

LEAD_ID = re.compile(r"[0-9a-z]{26}")
MOST_LEADS = 100  # of one request
LONGEST_PAUSE = timedelta(days=366)

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
# RFC 3339, whose offset is never left out.
MOMENT = re.compile(DATE.pattern + r"[Tt ][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2})", re.ASCII)

AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)

_HALF = re.compile("[\ud800-\udfff]")  # of a pair that JSON can name alone, and nothing can keep

# What an action's body may hold: type, and how people call it.
Members = Mapping[str, tuple[type, str]]


def raw_body() -> bytes:
    """The body of the request that is being answered, as it came; BodyTooLargeError."""
    raw = body_bytes(app.current_event)
    if len(raw) > MAX_BODY_BYTES:
        raise BodyTooLargeError(f"the body is larger than {MAX_BODY_BYTES} bytes")
    return raw


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
        if body.get(name) is not None and not _is(kind, body[name])
    ]
    reason = body.get("reason")
    if isinstance(reason, str) and len(reason) > MAX_REASON:
        problems.append(FieldProblem("reason", f"must not be longer than {MAX_REASON} characters"))
    if problems:
        raise InvalidFieldsError(problems)
    return body


def _is(kind: type, value: object) -> bool:
    """Whether it is of this type; true is no whole number, and half a character no text."""
    return type(value) is kind and not (isinstance(value, str) and _HALF.search(value))


def required(body: Mapping[str, Any], *names: str) -> None:
    """InvalidFieldsError unless all of these members are there, and say something."""
    missing = [name for name in names if body.get(name) in (None, "", [])]
    if missing:
        raise InvalidFieldsError([FieldProblem(name, "is required") for name in missing])


def lead_ids_in(body: Mapping[str, Any]) -> list[str]:
    """The leads that a request is about, each once; InvalidFieldsError: none, or too many."""
    required(body, "lead_ids")
    ids = body["lead_ids"]
    if not all(isinstance(one, str) for one in ids):
        raise InvalidFieldsError([FieldProblem("lead_ids", "must be a list of texts")])
    if len(ids) > MOST_LEADS:
        raise InvalidFieldsError([FieldProblem("lead_ids", f"must not be more than {MOST_LEADS}")])
    return list(dict.fromkeys(ids))


def until_in(text: str, zone: str, now: datetime) -> datetime:
    """When a pause ends: a moment, or a date, which begins where the rep is (`zone`).

    InvalidFieldsError unless that is in the future, and no more than a year away.
    """
    ends = _moment_in(text, zone)
    if ends is None:
        problem = "must be a date, as 2026-12-24, or a moment, as 2026-12-24T08:00:00Z"
    elif ends <= now:
        problem = "must be in the future"
    elif ends > now + LONGEST_PAUSE:
        problem = "must not be more than a year away; leave it out for a pause without an end"
    else:
        return ends
    raise InvalidFieldsError([FieldProblem("until", problem)])


def won_in(body: Mapping[str, Any]) -> Won | None:
    """What a lead that is won is worth, as `value` and `currency` say; None: nobody says.

    InvalidFieldsError names what is missing or wrong.
    """
    if body.get("value") is None and body.get("currency") is None:
        return None
    required(body, "value", "currency")
    if not AMOUNT.fullmatch(body["value"]):
        problem = "must be decimal text with at most nine digits and four decimals, as 1250.00"
        raise InvalidFieldsError([FieldProblem("value", problem)])
    if not CURRENCY.fullmatch(body["currency"]):
        raise InvalidFieldsError([FieldProblem("currency", "must be three letters, as EUR")])
    return Won(from_text(body["value"]), body["currency"])


def _moment_in(text: str, zone: str) -> datetime | None:
    try:
        if DATE.fullmatch(text):
            ends = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
        elif MOMENT.fullmatch(text):
            ends = datetime.fromisoformat(text.upper())
        else:
            return None
        return to_milliseconds(ends.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


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
