"""Which pool a lead belongs to: ordered rules, the first that matches wins."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.domain.config import Rule


def first_match(rules: Sequence[Rule], source: str, fields: Mapping[str, Any]) -> Rule:
    """The first rule that matches; the last one catches all (the configuration guarantees it)."""
    return next(rule for rule in rules if matches(rule, source, fields))


def matches(rule: Rule, source: str, fields: Mapping[str, Any]) -> bool:
    """Whether the lead is one for this rule."""
    return holds(rule.when, source, fields)


def holds(when: Mapping[str, Sequence[str]], source: str, fields: Mapping[str, Any]) -> bool:
    """Whether every condition holds: the field has one of the values listed, whatever its case."""
    return all(
        value_of(field, source, fields).casefold() in {value.casefold() for value in values}
        for field, values in when.items()
    )


def value_of(field: str, source: str, fields: Mapping[str, Any]) -> str:
    """A field's value as text: canonical fields first, then the others; absent is empty.

    `source` is the source's id, `source_kind` whether it is a form, partner or hook.
    """
    kind, _, source_id = source.partition("#")
    if field in ("source", "source_kind"):
        return source_id if field == "source" else kind
    value = fields.get(field)
    if value is None:
        value = fields.get("extra", {}).get(field, "")
    return str(value).lower() if isinstance(value, bool) else str(value)
