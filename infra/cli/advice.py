"""What pydantic finds wrong, in words for the person who wrote the file."""

import re
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from infra.cli.yaml_file import Place
from shared.domain.config import Config
from shared.domain.sources import SAFE_ADDRESS

_CLOSE = 0.7  # below it, what is alike is so by chance

_MESSAGES = {
    "missing": "is missing",
    "dict_type": "must be a mapping, with lines `key: value` below it",
    "model_type": "must be a mapping, with lines `key: value` below it",
    "list_type": "must be a list, as in [a, b]",
    "string_type": "must be text; put it in quotes",
    "decimal_parsing": "must be a number, as in 2.5",
    "decimal_type": "must be a number, as in 2.5",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "time_type": "must be a time, as in 08:00",
    "time_parsing": "must be a time, as in 08:00",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
}
_PATTERNS = {
    r"^[a-z0-9][a-z0-9_-]{0,63}$": (
        "an id is made of lower-case letters, digits, - and _, at most 64"
    ),
    r"^[A-Z]{2}$": "must be the two capital letters of a country, as in SE",
    r"^[A-Z]{3}$": "must be the three capital letters of a currency, as in EUR",
    SAFE_ADDRESS: "must be an address without / at its end, as in https://example.com",
}
# Of a value that may be of several kinds, pydantic tells each kind's problems, below its name.
_KIND = re.compile(r"(?:list|literal)\[.*\]", re.DOTALL)


def place_of(details: ErrorDetails) -> Place:
    """Where in the file it is wrong."""
    return tuple(part for part in details["loc"] if part != "[key]" and not _is_kind(part))


def is_beside_the_point(details: ErrorDetails) -> bool:
    """Whether this is about a kind of value that the person did not mean: a list, or no list."""
    kind = next((part for part in details["loc"] if _is_kind(part)), None)
    if kind is None:
        return False
    # What is wrong in the list is below the kind's name; of the value itself, it is the last.
    meant_a_list = details["loc"][-1] != kind or isinstance(details["input"], list)
    return str(kind).startswith("list") != meant_a_list


def _is_kind(part: str | int) -> bool:
    return isinstance(part, str) and _KIND.fullmatch(part) is not None


def advice(details: ErrorDetails) -> str:
    """What to do about it."""
    kind = details["type"]
    if kind == "extra_forbidden":
        return _unknown_key(details)
    if kind == "literal_error":
        return _one_of(details)
    if kind == "string_pattern_mismatch" and details["ctx"]["pattern"] in _PATTERNS:
        return _PATTERNS[details["ctx"]["pattern"]]
    if kind == "value_error":
        return str(details.get("ctx", {}).get("error", details["msg"]))
    return _MESSAGES.get(kind) or _must(details["msg"])


def _must(message: str) -> str:
    return re.sub(r"^(Input|String|Decimal input|List|Dictionary) should", "must", message)


def _one_of(details: ErrorDetails) -> str:
    expected = details["ctx"]["expected"]
    said = _must(details["msg"])
    if _is_kind(details["loc"][-1]):
        said += ", or a list"
    return said + _did_you_mean(str(details["input"]), re.findall(r"'([^']*)'", expected))


def _unknown_key(details: ErrorDetails) -> str:
    *above, key = place_of(details)
    return "is no key known here" + _did_you_mean(str(key), _keys_at(tuple(above)))


def _did_you_mean(said: str, known: list[str]) -> str:
    close = get_close_matches(said, known, n=1, cutoff=_CLOSE)
    return f"; did you mean {close[0]}?" if close else ""


def _keys_at(place: Place) -> list[str]:
    """The keys that the configuration knows at a place."""
    kind: Any = Config
    for part in place:
        kind = _below(kind, part)
    model = _model(kind)
    return sorted(model.model_fields) if model else []


def _below(kind: Any, part: str | int) -> Any:
    """The type of what stands under a key, or in a list, of this type."""
    if model := _model(kind):
        field = model.model_fields.get(str(part))
        return field.annotation if field else None
    kind = _plain(kind)
    return get_args(kind)[-1] if get_origin(kind) in (dict, list) else None


def _model(kind: Any) -> type[BaseModel] | None:
    kind = _plain(kind)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _plain(kind: Any) -> Any:
    """A type without what is noted on it, and without None beside it."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return _plain(get_args(kind)[0])
    return kind
