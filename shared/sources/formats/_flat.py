"""What the formats share that are, at heart, names and texts."""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from shared.errors import UnreadableBodyError, UnsupportedMediaTypeError
from shared.sources.body import read_body, read_json
from shared.sources.delivery import Delivery, Reported
from shared.sources.flat import read_flat
from shared.sources.formats._tree import each, reported
from shared.sources.json_object import Number
from shared.sources.media_type import read_media_type
from shared.sources.names import match_fields

KEY_IN_ADDRESS = "A long random text of your own, appended to the hook's address as ?key=…: {why}"
KEY_IN_HEADER = (
    "A long random text of your own, sent as the header X-Leadwheel-Key ({where}), or appended to "
    "the hook's address as ?key=…"
)

_NO_GUESSES: Mapping[str, str] = MappingProxyType({})
_LOOKS_LIKE_EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\"]+\.[^@\s,;<>()\".]+")


def flat(delivery: Delivery) -> dict[str, str]:
    """Read a delivery as `read_flat` does, whatever its size and label; numbers are `Number`."""
    _check_not_empty(delivery)
    read = read_flat(_content_type(delivery), delivery.body, limit=len(delivery.body))
    return {
        name: Number(text) if name in read.numbers else text for name, text in read.said.items()
    }


def nested(delivery: Delivery) -> Any:
    """Read a delivery as `json_value` does, or as names and texts when it is no JSON."""
    _check_not_empty(delivery)
    label, limit = _content_type(delivery), len(delivery.body)
    value = read_json(label, delivery.body, limit=limit)
    return read_body(label, delivery.body, limit=limit) if value is None else value


def nested_object(delivery: Delivery) -> dict[str, Any]:
    """Read a delivery as `nested` does; a list of one object is that object."""
    values = _items(delivery)
    if len(values) != 1:
        raise UnreadableBodyError("the JSON holds not just one object")
    return _object(values[0])


def each_nested(delivery: Delivery, read: Callable[[dict[str, Any]], Reported]) -> list[Reported]:
    """Read a delivery as `nested` does, and `each` of its objects; one alone is a list of one."""
    return each(_items(delivery), lambda item: read(_object(item)))


def _items(delivery: Delivery) -> list[Any]:
    value = nested(delivery)
    return value if isinstance(value, list) else [value]


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnreadableBodyError("the JSON is neither an object nor a list of objects")
    return value


def _check_not_empty(delivery: Delivery) -> None:
    if not delivery.body.strip():
        raise UnreadableBodyError("the body is empty")


def _content_type(delivery: Delivery) -> str | None:
    # Platforms label carelessly, and none of them would understand to send it another way.
    try:
        read_media_type(delivery.content_type)
    except UnsupportedMediaTypeError:
        return "text/plain"
    return delivery.content_type


def lead(
    said: Mapping[str, str],
    aliases: Mapping[str, Any],
    *,
    guesses: Mapping[str, str] = _NO_GUESSES,
    external_id: str | None = None,
) -> Reported:
    """Make the report of one lead, so that there is a way to reach the person.

    `guesses` are field → name in `said` that means it by the platform's own type of field; they
    count where no name tells. Labels are in every language: when nothing else is an e-mail address
    or a phone number, the one text that looks like an address is taken for it.
    """
    filled = {name: text for name, text in said.items() if text.strip()}
    found = {*match_fields(filled, aliases)[0], *filled}
    renamed = {
        name: field for field, name in guesses.items() if name in filled and field not in found
    }
    if {"email", "phone"}.isdisjoint({*found, *renamed.values()}):
        renamed.update(dict.fromkeys(_only_address(filled), "email"))
    return reported(
        {renamed.get(name, name): text for name, text in filled.items()}, external_id=external_id
    )


def _only_address(said: Mapping[str, str]) -> list[str]:
    names = [name for name, text in said.items() if _LOOKS_LIKE_EMAIL.fullmatch(text.strip())]
    return names if len(names) == 1 else []


def leaves(value: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the path and value of all in nested objects that is no object itself."""
    if not isinstance(value, dict):
        yield path, value
        return
    for key, member in value.items():
        yield from leaves(member, *path, key)
