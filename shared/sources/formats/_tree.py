"""What the formats share that come as JSON: reading the tree, and saying what is in it.

While a lead is being read, a `Number` among its texts tells that the sender wrote a JSON number;
`reported` makes `Reported.numbers` of it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

from shared.errors import UnreadableBodyError, UnsupportedMediaTypeError
from shared.sources.body import MAX_BODY_FIELDS
from shared.sources.delivery import Delivery, Reported
from shared.sources.json_object import Number, json_value, plain_text
from shared.sources.media_type import read_media_type
from shared.sources.names import keep
from shared.sources.text import clean, clean_name, decode

Item = TypeVar("Item")


def read_object(delivery: Delivery) -> dict[str, Any]:
    """The body as a JSON object (see `json_value`), in the charset that its content type names.

    Platforms send JSON whatever their content type calls it. Raises UnreadableBodyError.
    """
    try:
        encoding = read_media_type(delivery.content_type).encoding
    except UnsupportedMediaTypeError:
        encoding = "utf-8"
    return as_object(json_value(decode(delivery.body, encoding)), "the JSON")


def as_object(value: Any, what: str) -> dict[str, Any]:
    """The value, or UnreadableBodyError when it is no object; `what` names it there."""
    if not isinstance(value, dict):
        raise UnreadableBodyError(f"{what} is not an object")
    return value


def objects(value: Any, what: str) -> list[dict[str, Any]]:
    """The value, or UnreadableBodyError when it is not a list of objects."""
    return [as_object(item, f"an item of {what}") for item in listed(value, what)]


def listed(value: Any, what: str) -> list[Any]:
    """The value, or UnreadableBodyError when it is no list; `what` names it there."""
    if not isinstance(value, list):
        raise UnreadableBodyError(f"{what} is not a list")
    return value


def each(
    items: Iterable[Item],
    read: Callable[[Item], Reported],
    text: Callable[[Item], str] = plain_text,
) -> list[Reported]:
    """Every lead of a delivery; what cannot be read of it costs nobody else their lead.

    It is a lead by itself that says why it is `unreadable`, and what it is: its `text`.
    UnreadableBodyError: none of them can be read, so the body is of another shape.
    """
    leads = [_one_of(item, read, text) for item in items]
    if leads and all(lead.unreadable for lead in leads):
        raise UnreadableBodyError(leads[0].unreadable)
    return leads


def _one_of(item: Item, read: Callable[[Item], Reported], text: Callable[[Item], str]) -> Reported:
    try:
        return read(item)
    except UnreadableBodyError as error:
        return Reported({"item": text(item)}, unreadable=str(error))


def identifier(value: Any) -> str | None:
    """A platform's id, which may come as a number or a text, as text; None when it is no id."""
    return clean(value).strip() or None if isinstance(value, str) else None


def is_true(value: Any) -> bool:
    """Whether a flag is set, be it a JSON boolean or a text."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def say(said: dict[str, str], name: Any, value: Any) -> None:
    """Add a value under a name, or a numbered one if that is taken; an empty value says nothing.

    Lists of simple values are joined with ", "; other nested values become compact JSON. Raises
    UnreadableBodyError beyond MAX_BODY_FIELDS names.
    """
    text = value if isinstance(value, Number) else plain_text(value)
    keep(said, clean_name(name if isinstance(name, str) else plain_text(name)), text)
    if len(said) > MAX_BODY_FIELDS:
        raise UnreadableBodyError(f"a lead has more than {MAX_BODY_FIELDS} fields")


def say_rest(
    said: dict[str, str], members: Mapping[str, Any], without: Collection[str] = (), under: str = ""
) -> None:
    """Add all members of an object but those `without`, and those of objects in it.

    A member of an object is named after it too, as in `owner.organization`: alone, its name could
    be that of a field of the lead.
    """
    for name, value in members.items():
        if name in without:
            continue
        path = f"{under}.{name}" if under else name
        if isinstance(value, dict):
            say_rest(said, value, under=path)
        else:
            say(said, path, value)


def reported(said: Mapping[str, str], **more: Any) -> Reported:
    """What was read of a lead; `more` are the other members of `Reported`."""
    numbers = frozenset(name for name, text in said.items() if isinstance(text, Number))
    return Reported({name: str(text) for name, text in said.items()}, numbers=numbers, **more)
