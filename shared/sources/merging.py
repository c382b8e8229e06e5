"""What is learnt of a lead later, among what is known of it already."""

from collections.abc import Mapping
from typing import Any

from shared.errors import FieldProblem, InvalidFieldsError
from shared.sources.fields import normalise
from shared.sources.names import FIELDS, field_meant, fold
from shared.sources.text import clean, clean_name

PARTS = ("first_name", "last_name")


def merged(
    known: Mapping[str, Any], said: Mapping[str, str], *, default_country: str | None = None
) -> dict[str, Any]:
    """A lead's fields with these texts in place of what they mean; an empty text takes one away.

    `said` maps names, in any spelling, to texts, read as a form's are: see `normalise`. What is no
    field of a lead lies in `extra`, under the name that it has there already.

    InvalidFieldsError names, as they were written, fields that are wrong or meant twice.
    """
    extra: dict[str, str] = dict(known.get("extra", {}))
    meant = _meant(said, extra)
    country = known.get("country") or default_country
    texts = {name: text for name, text in said.items() if clean(text).strip()}
    read = normalise(texts, default_country=country, needs_contact=False)
    beside: Mapping[str, str] = read.pop("extra", {})  # type: ignore[assignment]
    own = {field: value for field, value in known.items() if field != "extra"}
    for field in meant.values():
        own.pop(field, None)
        extra.pop(field, None)  # also what was not understood of it
    if "phone" in meant.values() and read.get("phone") != known.get("phone"):
        extra.pop("phone_extension", None)  # it was the other number's
    own |= {field: value for field, value in read.items() if field in meant.values()}
    extra |= {meant.get(name, name): text for name, text in beside.items()}
    _name_again(known, own, named="name" in meant.values())
    _require_contact(known, own)
    fields = {field: own.pop(field) for field in FIELDS if field in own} | own
    return {**fields, "extra": extra} if extra else fields


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the fields in which two leads differ."""
    flat = [{**fields, **fields.get("extra", {}), "extra": None} for fields in (before, after)]
    return tuple(name for name in {**flat[0], **flat[1]} if flat[0].get(name) != flat[1].get(name))


def _meant(said: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    """Cleaned name → the field, or the name in `extra`, that it stands for."""
    known = {fold(name): name for name in extra if field_meant(name) is None}
    meant: dict[str, str] = {}
    problems = []
    for written in said:
        name = clean_name(written)
        target = field_meant(name) or known.get(fold(name), name)
        if fold(name) == "extra":
            problems.append(FieldProblem(name, "name the fields in it themselves, as all others"))
        elif any(fold(target) == fold(other) for other in meant.values()):
            problems.append(FieldProblem(name, "means the same field as another one; send one"))
        meant[name] = target
    if problems:
        raise InvalidFieldsError(problems)
    return meant


def _name_again(known: Mapping[str, Any], own: dict[str, Any], *, named: bool) -> None:
    """The whole name follows its parts, where it was made of them or is not there."""
    if named:
        return
    if own.get("name") in (None, _joined(known)):
        own.pop("name", None)
        if name := _joined(own):
            own["name"] = name


def _joined(fields: Mapping[str, Any]) -> str:
    return " ".join(fields[part] for part in PARTS if fields.get(part))


def _require_contact(known: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Whoever could be reached still can."""
    ways = ("email", "phone")
    if any(map(known.get, ways)) and not any(map(own.get, ways)):
        advice = "leave at least one of email and phone, to be reached"
        raise InvalidFieldsError([FieldProblem(way, advice) for way in ways if known.get(way)])
