"""One field of a lead, read as conditions read it: whatever way its name is spelled."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from shared.domain import facts, numbers
from shared.domain.spelling import fold


def texts_of(field: str, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Its texts as they are compared: without case; none when it is empty."""
    return tuple(text.casefold() for text in facts.several(_value(field, fields)))


def number_of(field: str, fields: Mapping[str, Any]) -> Decimal | None:
    """Its number; None where it has none."""
    found = map(numbers.number_of, texts_of(field, fields))
    return next((number for number in found if number is not None), None)


def _value(field: str, fields: Mapping[str, Any]) -> Any:
    """Canonical fields go first, then the others; mostly the name is spelled alike."""
    extra = fields.get("extra", {})
    value = fields.get(field)
    value = extra.get(field) if value is None else value
    if value is not None:
        return value
    meant = fold(field)
    found = (v for names in (fields, extra) for name, v in names.items() if fold(name) == meant)
    return next((value for value in found if value is not None), None)
