"""What pydantic finds wrong, in words for the person who wrote the file."""

import re
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from infra.cli.yaml_file import Place
from shared.domain.conditions import GROUPS, FieldTest, Values, When
from shared.domain.config import Config
from shared.domain.sources import SAFE_ADDRESS

_CLOSE = 0.7  # below it, what is alike is so by chance

_MESSAGES = {
    "missing": "is missing",
    "dict_type": "must be a mapping, with lines `key: value` below it",
    "model_type": "must be a mapping, with lines `key: value` below it",
    "list_type": "must be a list, as in [a, b]",
    "string_type": "must be text; put it in quotes",
    "int_parsing": "must be a whole number, as in 20",
    "int_parsing_size": "must be a whole number, as in 20",
    "int_type": "must be a whole number, as in 20",
    "int_from_float": "must be a whole number, as in 20",
    "float_parsing": "must be a number, as in 1.5",
    "float_type": "must be a number, as in 1.5",
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
# As pydantic shows a member of an enum among the values that there are.
_MEMBER = re.compile(r"<\w+\.\w+: ('[^']*')>")
# Of a value that may be of several kinds, pydantic tells each kind's problems, below its name.
_KIND = re.compile(r"(?:list|literal)\[.*\]", re.DOTALL)


def place_of(details: ErrorDetails, written: Any = None) -> Place:
    """Where in the file it is wrong; `written` is what the file says.

    Models have places of their own that nobody writes: conditions keep fields apart, and make a
    list of one value.
    """
    kind: Any = Config
    place: list[str | int] = []
    for part in details["loc"]:
        if part == "[key]" or _is_kind(part):
            continue
        if model_of(kind) is When and part == "fields":
            kind = When.model_fields["fields"].annotation
            continue
        is_written = _is_written(kind, part, written)
        kind = _below(kind, part)
        if is_written:
            place.append(part)
            written = _part_of(written, part)
    return tuple(place)


def _is_written(kind: Any, part: str | int, written: Any) -> bool:
    """Whether this part of a place is in the file, where one value may stand for more."""
    if model_of(kind) is FieldTest and part == "in":
        return isinstance(written, dict)
    return isinstance(written, list) if kind in {Values, Values | None} else True


def _part_of(written: Any, part: str | int) -> Any:
    try:
        return written[part]
    except (LookupError, TypeError):
        return None


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
    if kind in {"literal_error", "enum"}:
        return _one_of(details)
    if kind == "string_pattern_mismatch" and details["ctx"]["pattern"] in _PATTERNS:
        return _PATTERNS[details["ctx"]["pattern"]]
    if kind == "value_error":
        return str(details.get("ctx", {}).get("error", details["msg"]))
    if kind == "string_type" and details["input"] is None:
        return "is empty"
    return _MESSAGES.get(kind) or _must(details["msg"])


def _must(message: str) -> str:
    return re.sub(r"^(Input|String|Decimal input|List|Dictionary) should", "must", message)


def _one_of(details: ErrorDetails) -> str:
    expected = re.findall(r"'([^']*)'", details["ctx"]["expected"])
    said = _MEMBER.sub(r"\1", _must(details["msg"]))
    if _is_kind(details["loc"][-1]):
        said += ", or a list"
    return said + _did_you_mean(str(details["input"]), expected)


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
    model = model_of(kind)
    if model is When:
        return list(GROUPS)
    fields = model.model_fields if model else {}
    return sorted(field.alias or name for name, field in fields.items())


def _below(kind: Any, part: str | int) -> Any:
    """The type of what stands under a key, or in a list, of this type."""
    if model := model_of(kind):
        if model is When and part not in GROUPS:
            return FieldTest
        fields = model.model_fields.items()
        named = (field for name, field in fields if part == (field.alias or name))
        return next((field.annotation for field in named), None)
    kind = plain(kind)
    return get_args(kind)[-1] if get_origin(kind) in (dict, list) else None


def model_of(kind: Any) -> type[BaseModel] | None:
    """The model that values of a type are; None: they are none."""
    kind = plain(kind)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def plain(kind: Any) -> Any:
    """A type without what is noted on it, and without None beside it."""
    if get_origin(kind) is Annotated:
        return plain(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return plain(get_args(kind)[0])
    return kind
