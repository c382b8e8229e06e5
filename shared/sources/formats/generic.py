"""Any platform whose body a mapping describes.

    leads   JSON pointer to the list of leads, when one body holds several
    id      where the platform's own id of the lead is
    test    where the platform says that it is only trying: true, yes, 1 or "test"
    fields  field → where its text is, or a list of places, joined with a space

A place is a JSON pointer (RFC 6901), which starts with "/", or the name of a form field, an XML
element or a member of the JSON object. Pointers begin at the lead itself. What no place names stays
under its own name, so that a mapping loses nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from unicodedata import normalize

from shared.errors import UnreadableBodyError
from shared.sources.consent import consent_given
from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._flat import KEY_IN_HEADER, lead, nested
from shared.sources.formats._tree import each, identifier, reported, say
from shared.sources.json_object import plain_text
from shared.sources.names import fold
from shared.sources.signatures import SHARED_KEY, STANDARD_WEBHOOKS, either

TITLE = "Any other platform"
SECRET = (
    KEY_IN_HEADER.format(where="if the platform lets you set headers")
    + ". Or the whsec_… secret of a platform that follows Standard Webhooks."
)
SCHEME = either(SHARED_KEY, STANDARD_WEBHOOKS)
ALIASES: dict[str, tuple[str, ...]] = {}

KEYS = ("leads", "id", "test", "fields")

_EMPTY: tuple[Any, ...] = (None, "", {}, [])


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """Read the leads as `mapping` says; see `shared.sources.formats`."""
    wrong = problems(mapping)
    if wrong:
        raise UnreadableBodyError(f"the hook's mapping is wrong: {wrong[0]}")
    whole = nested(delivery)
    around = whole if isinstance(whole, dict) and "leads" in mapping else {}
    return each(_items(whole, mapping), lambda item: _one(item, around, mapping))


def _items(whole: Any, mapping: Mapping[str, Any]) -> list[Any]:
    found = _at(_path(mapping["leads"], whole), whole) if "leads" in mapping else whole
    return found if isinstance(found, list) else [found]


def _one(item: Any, around: dict[str, Any], mapping: Mapping[str, Any]) -> Reported:
    if not isinstance(item, dict):
        # Not nothing: a mapping that points beside the leads would lose them without a word.
        raise UnreadableBodyError("there are no leads where the mapping says, or no objects")
    said: dict[str, str] = {}
    used: set[tuple[str, ...]] = set()
    for field, places in mapping.get("fields", {}).items():
        paths = [_path(place, item) for place in _listed(places)]
        used.update(paths)
        values = [value for path in paths if (value := _at(path, item)) not in _EMPTY]
        # One alone stays what it is, so that it is known for a number.
        say(said, field, values[0] if len(values) == 1 else " ".join(map(plain_text, values)))
    for name, value in _rest(item, used).items():
        say(said, name, value)
    for name, value in around.items():
        if isinstance(value, str) and name not in said:
            say(said, name, value)
    id_ = identifier(_named("id", mapping, item))
    tests = (_named("test", mapping, each) for each in (item, around))
    # Who mapped the fields knows better than a guess what is not among them.
    one = (
        reported(said, external_id=id_)
        if "fields" in mapping
        else lead(said, ALIASES, external_id=id_)
    )
    return replace(one, test=any(map(_is_yes, tests)))


def _named(key: str, mapping: Mapping[str, Any], item: Any) -> Any:
    return _at(_path(mapping[key], item), item) if key in mapping else None


def _path(place: str, item: Any) -> tuple[str, ...]:
    """Return the steps to a place: those of a pointer, or the member that has this name."""
    if place.startswith("/"):
        from jsonpointer import JsonPointer

        return tuple(_as_spelt(JsonPointer(place).get_parts(), item))
    members = item if isinstance(item, dict) else {}
    if place in members:
        return (place,)
    alike = [name for name in members if fold(name) == fold(place)]
    filled = [name for name in alike if members[name] not in _EMPTY]
    return ((filled or alike or [place])[0],)


def _as_spelt(steps: Iterable[str], value: Any) -> Iterator[str]:
    """Each step as the body has it, in whichever Unicode form."""
    for step in steps:
        if isinstance(value, dict) and step not in value:
            same = (name for name in value if normalize("NFC", name) == normalize("NFC", step))
            yield (spelt := next(same, step))
        else:
            yield (spelt := step)
        value = _at((spelt,), value)


def _at(path: Sequence[str], value: Any) -> Any:
    from jsonpointer import EndOfList, JsonPointer

    found = JsonPointer.from_parts(path).resolve(value, None)
    return None if isinstance(found, EndOfList) else found


def _rest(value: Any, used: set[tuple[str, ...]], path: tuple[str, ...] = ()) -> Any:
    """Return what is left of a value without the places used, and without what that empties."""
    if path in used:
        return None
    if isinstance(value, dict):
        members = ((key, _rest(member, used, (*path, key))) for key, member in value.items())
        return {key: member for key, member in members if member not in _EMPTY}
    if isinstance(value, list):
        items = (_rest(item, used, (*path, str(index))) for index, item in enumerate(value))
        return [item for item in items if item not in _EMPTY]
    return value


def _is_yes(value: Any) -> bool:
    text = plain_text(value)
    return fold(text) == "test" or consent_given(text) is True


# ── Checking a mapping ───────────────────────────────────────────────────────────────────────────


def problems(mapping: Any) -> list[str]:
    """Say what is wrong with a mapping, each as place and advice; empty when nothing is."""
    if not isinstance(mapping, Mapping):
        return ["must be a mapping"]
    return [*_problems(mapping)]


def _problems(mapping: Mapping[Any, Any]) -> Iterator[str]:
    for key, value in mapping.items():
        if key not in KEYS:
            yield f"{key}: is none of {', '.join(KEYS)}"
        elif key == "fields":
            yield from _fields_problems(value)
        elif key == "leads" and not (isinstance(value, str) and value.startswith("/")):
            yield "leads: must be a JSON pointer, which starts with /"
        else:
            yield from _place_problems(key, value)


def _fields_problems(fields: Any) -> Iterator[str]:
    if not isinstance(fields, Mapping) or not fields:
        yield "fields: must map at least one field to its place"
        return
    for field, places in fields.items():
        if not isinstance(field, str) or not fold(field):
            yield f"fields: {field!r} is no name"
        elif not isinstance(places, str) and not (isinstance(places, Sequence) and places):
            yield f"fields.{field}: must be a place or a list of places"
        else:
            for place in _listed(places):
                yield from _place_problems(f"fields.{field}", place)


def _place_problems(where: str, place: Any) -> Iterator[str]:
    from jsonpointer import JsonPointer, JsonPointerException

    if not isinstance(place, str) or not (place.startswith("/") or fold(place)):
        yield f"{where}: must be a JSON pointer such as /contact/email, or a name"
    elif place.startswith("/"):
        try:
            JsonPointer(place)
        except JsonPointerException:
            yield f"{where}: in a JSON pointer, ~ is written ~0 and / within a name ~1"


def _listed(places: Any) -> Sequence[Any]:
    return [places] if isinstance(places, str) else list(places)
