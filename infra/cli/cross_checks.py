"""What does not fit together in a configuration whose parts are not all valid.

`Config` compares its parts only when each of them is fine. So that one run tells everything, its
own comparison runs here on what can be read, and whatever cannot is taken to fit: that it is wrong
is told already.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import time
from functools import lru_cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from infra.cli.advice import model_of, plain
from infra.cli.readable import mapping
from shared.domain import fitting
from shared.domain.conditions import FieldTest, When
from shared.domain.config import Config, Rule
from shared.domain.fitting import Misfit
from shared.domain.sources import Partner
from shared.domain.week import Hours

# That others refer to.
_SECTIONS = ("reps", "managers", "pools", "tables", "hours", "holidays", "channels", "groups")


class _Any(str):
    """Stands for what cannot be read: it is none of those that a check is about."""

    __slots__ = ()


class _Section(dict[str, Any]):
    """A section in which everything is that may be meant: when it cannot be read, just anything."""

    def __init__(self, entries: Mapping[str, Any], *, is_read: bool) -> None:
        super().__init__(entries)
        self._is_read = is_read

    def __contains__(self, key: object) -> bool:
        return not self._is_read or isinstance(key, _Any) or super().__contains__(key)


_SOME = _Any("some or other")
_SOMETIMES = When.model_construct(fields={"some or other": FieldTest.model_construct()})


def misfits(document: Mapping[str, Any]) -> list[Misfit]:
    """As `Config` tells them, of what can be read."""
    said = {
        name: _read(field, document[name])
        for name, field in Config.model_fields.items()
        if name in document
    }
    sections = {name: _section(document, said.get(name), name) for name in _SECTIONS}
    rules = _rules(document.get("rules"))
    readable = Config.model_construct(**{**said, **sections, "rules": rules})
    for partner in readable.partners.values():
        _take_to_fit(partner, readable)
    return _as_far_as_compared(fitting.misfits(readable))


def _as_far_as_compared(found: Iterable[Misfit]) -> list[Misfit]:
    """Up to where what stands for something unreadable cannot be compared at all.

    That it is unreadable is told already, and the rest once it is put right.
    """
    told: list[Misfit] = []
    try:
        for misfit in found:
            told.append(misfit)  # noqa: PERF402  (what comes before a failure is kept)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        pass
    return [misfit for misfit in told if _SOME not in misfit.message]


def _section(document: Mapping[str, Any], entries: Any, name: str) -> _Section:
    is_read = isinstance(document.get(name, {} if name not in {"reps", "pools"} else None), dict)
    return _Section(entries if is_read and entries else {}, is_read=is_read)


def _take_to_fit(partner: Partner, config: Config) -> None:
    """A currency that cannot be read is the right one: so there is no group to compare it with."""
    group = config.groups.get(str(partner.group))
    if group and not all(_is_currency(each.currency) for each in (partner, group)):
        partner.__dict__.update(group=None, duplicates=None)


def _is_currency(said: object) -> bool:
    return isinstance(said, str) and re.fullmatch("[A-Z]{3}", said) is not None


# ── Rules ────────────────────────────────────────────────────────────────────────────────────────


def _rules(rules: Any) -> list[Rule]:
    if not isinstance(rules, list):
        return [Rule.model_construct(pool=_SOME)]
    last = len(rules) - 1
    return [_rule(rule, is_last=number == last) for number, rule in enumerate(rules)]


def _rule(rule: Any, *, is_last: bool) -> Rule:
    said = mapping(rule)
    places = (said.get("pool"), said.get("table"))
    pool, table = (place if isinstance(place, str) else None for place in places)
    when = _when(said.get("when", {}) if isinstance(rule, dict) else None, is_last=is_last)
    return Rule.model_construct(when=when, pool=pool if pool or table else _SOME, table=table)


def _when(said: Any, *, is_last: bool) -> When:
    """The conditions; when they cannot be read, some that fit where they stand."""
    try:
        return When.model_validate(said)
    except ValidationError:
        return When() if is_last and not isinstance(said, dict) else _SOMETIMES


# ── Whatever can be read of a value ──────────────────────────────────────────────────────────────


def _read(field: FieldInfo, said: Any) -> Any:
    """The value of a model's field."""
    try:
        return _adapter(_Hashable(field)).validate_python(said)
    except ValidationError:
        return _parts(field.annotation, said)


def _parts(kind: Any, said: Any) -> Any:
    """What can be read of a value that is not valid."""
    if (model := model_of(kind)) is not None:
        return _SOMETIMES if model is When else _model(model, mapping(said))
    kind = plain(kind)
    inner = get_args(kind)[-1] if get_args(kind) else None
    if get_origin(kind) is dict:
        entries = said if isinstance(said, dict) else {_SOME: None}
        return {key: _part(inner, value) for key, value in entries.items()}
    if get_origin(kind) is list:
        return [_part(inner, value) for value in _comparable(inner, said)]
    if kind is time:
        return time(0)
    return said if isinstance(said, str) and kind is str else _SOME


def _comparable(kind: Any, said: Any) -> list[Any]:
    """A list's values; of parts of the week only the valid ones, as half of one is another."""
    values = said if isinstance(said, list) else []
    return [value for value in values if kind is not Hours or _is_valid(kind, value)]


def _is_valid(kind: Any, said: Any) -> bool:
    try:
        TypeAdapter(kind).validate_python(said)
    except ValidationError:
        return False
    return True


def _part(kind: Any, said: Any) -> Any:
    try:
        return TypeAdapter(kind).validate_python(said)
    except ValidationError:
        return _parts(kind, said)


def _model(model: type[BaseModel], said: Mapping[str, Any]) -> BaseModel:
    """A model of the fields that can be read; the others are as if they were left out."""
    values = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key in said:
            values[name] = _read(field, said[key])
        elif field.is_required():
            values[name] = _parts(field.annotation, None)
    return model.model_construct(**values)


class _Hashable:
    """A field, known by its identity."""

    def __init__(self, field: FieldInfo) -> None:
        self.field = field

    def __hash__(self) -> int:
        return id(self.field)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashable) and other.field is self.field


@lru_cache(maxsize=512)
def _adapter(known: _Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(known.field.rebuild_annotation())
