"""A JSON object as flat pairs of text, with every literal as the sender wrote it."""

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from shared.errors import UnreadableBodyError

MAX_DEPTH = 20
"""How deep objects and lists may nest; no form or ad platform we know of goes beyond six."""

# Objects are tuples of pairs, which tells them from lists and keeps repeated keys.
Json: TypeAlias = "str | bool | list[Json] | tuple[tuple[str, Json], ...] | None"


class Number(str):
    """A number in the sender's own digits.

    Numbers stay text from the start: 1e400 has no float, Python refuses to convert integers of more
    than 4,300 digits, DynamoDB takes no floats, and ids of 19 digits lose their last ones as
    floats.
    """

    __slots__ = ()


def json_pairs(text: str) -> Iterator[tuple[str, str]]:
    """Read the members of one JSON object, in order, repeated keys included.

    Booleans become "true" and "false", numbers stay as written, also NaN, nulls are left out, a
    list of simple values is joined with ", ", and anything nested becomes compact JSON text.
    Nothing but white space is an object without members. Raises UnreadableBodyError.
    """
    value = _parse(text) if text.strip() else ()
    if not isinstance(value, tuple):
        raise UnreadableBodyError("the JSON is not an object")
    return ((key, _text(member)) for key, member in value if member is not None)


def json_value(text: str) -> Any:
    """Read any JSON value: objects as dicts (of a repeated key the last), numbers as `Number`.

    Raises UnreadableBodyError, also beyond MAX_DEPTH.
    """
    value = _load(text, dict)
    _check_depth(value, 0)
    return value


def _check_depth(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise UnreadableBodyError("the JSON is nested too deeply")
    if isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            _check_depth(member, depth + 1)


def plain_text(value: Any) -> str:
    """What `json_pairs` makes of one member, for a value that `json_value` read; None is empty."""
    return "" if value is None else _text(_pairs_of(value))


def _pairs_of(value: Any) -> Json:
    if isinstance(value, dict):
        return tuple((key, _pairs_of(member)) for key, member in value.items())
    if isinstance(value, list):
        return [_pairs_of(member) for member in value]
    plain: Json = value
    return plain


def _parse(text: str) -> Json:
    value: Json = _load(text, tuple)
    return value


def _load(text: str, as_object: type) -> Any:
    try:
        return json.loads(
            text,
            strict=False,  # a raw line break in a string is a frequent mistake with a clear meaning
            object_pairs_hook=as_object,
            parse_int=Number,
            parse_float=Number,
            parse_constant=str,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableBodyError(f"the JSON is broken at {where}") from None
    except RecursionError:
        raise UnreadableBodyError("the JSON is nested too deeply") from None


def _text(value: Json) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(item, list | tuple) for item in value):
        return ", ".join(_text(item) for item in value if item is not None)
    return _compact(value, 1)


def _compact(value: Json, depth: int) -> str:
    if depth > MAX_DEPTH:
        raise UnreadableBodyError("the JSON is nested too deeply")
    if isinstance(value, list):
        return f"[{','.join(_compact(item, depth + 1) for item in value)}]"
    if isinstance(value, tuple):
        members = (f"{_quoted(key)}:{_compact(member, depth + 1)}" for key, member in value)
        return f"{{{','.join(members)}}}"
    if value is None:
        return "null"
    return _text(value) if isinstance(value, bool | Number) else _quoted(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
