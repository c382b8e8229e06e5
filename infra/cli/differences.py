"""What a new configuration changes, in lines for the person who applies it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import time
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from shared.domain.conditions import FieldTest, When
from shared.domain.config import Config, Rule
from shared.domain.limits import Grade
from shared.domain.pools import Pool
from shared.domain.score import Score

MOST_SHOWN = 80  # characters of a value; a longer one is only said to have changed


def differences(before: Config | None, after: Config) -> list[str]:
    """Section by section; only what is new when there was none before."""
    if before is None:
        return list(_pools({}, after.pools))
    return [
        *_one("manager", before.manager, after.manager),
        *_entries("manager", before.managers, after.managers),
        *_one("sign_in", before.sign_in, after.sign_in),
        *_entries("rep", before.reps, after.reps),
        *_pools(before.pools, after.pools),
        *_ordered("rule", before.rules, after.rules),
        *_entries("table", before.tables, after.tables),
        *_ordered("grade", before.grades, after.grades),
        *_score(before.score, after.score),
        *_entries("hours", before.hours, after.hours),
        *_entries("holidays", before.holidays, after.holidays),
        *_entries("channel", before.channels, after.channels),
        *_entries("form", before.forms, after.forms),
        *_entries("partner", before.partners, after.partners),
        *_entries("hook", before.hooks, after.hooks),
        *_entries("group", before.groups, after.groups),
    ]


def _one(what: str, before: BaseModel, after: BaseModel) -> Iterator[str]:
    if changes := _fields(before, after):
        yield f"{what}: {changes}"


def _entries(
    what: str, before: Mapping[str, BaseModel], after: Mapping[str, BaseModel]
) -> Iterator[str]:
    for name, entry in after.items():
        if name not in before:
            yield f"{what} {name}: new"
        elif changes := _fields(before[name], entry):
            yield f"{what} {name}: {changes}"
    yield from (f"{what} {name}: gone" for name in before if name not in after)


def _pools(before: Mapping[str, Pool], after: Mapping[str, Pool]) -> Iterator[str]:
    for pool_id, pool in after.items():
        if pool_id not in before:
            yield f"pool {pool_id}: new, with {_members(pool)}"
            continue
        old = before[pool_id]
        changes = _member_changes(old.members, pool.members)
        changes += [line for line in (_fields(old, pool, without="members"),) if line]
        if changes:
            yield f"pool {pool_id}: {', '.join(changes)}"
    yield from (f"pool {pool_id}: gone" for pool_id in before if pool_id not in after)


def _members(pool: Pool) -> str:
    return ", ".join(f"{rep} {weight:f}" for rep, weight in pool.members.items())


def _member_changes(old: Mapping[str, Decimal], new: Mapping[str, Decimal]) -> list[str]:
    joined = [f"{rep} joins with {weight:f}" for rep, weight in new.items() if rep not in old]
    left = [f"{rep} leaves" for rep in old if rep not in new]
    changed = [
        f"{rep} {old[rep]:f} → {weight:f}"
        for rep, weight in new.items()
        if rep in old and old[rep] != weight
    ]
    moved = not (joined or left) and list(old) != list(new)
    return joined + left + changed + (["its members are in another order"] if moved else [])


def _ordered(
    what: str, before: Sequence[Rule | Grade], after: Sequence[Rule | Grade]
) -> Iterator[str]:
    """Rules and grades by name, as people know them; two of one name count as one."""
    old, new = ({entry.name: entry for entry in entries} for entries in (before, after))
    yield from _entries(what, old, new)
    if list(old) != list(new) and old.keys() == new.keys():
        yield f"{what}s: in another order"


def _score(before: Score | None, after: Score | None) -> Iterator[str]:
    if before is None or after is None:
        if before != after:
            yield f"score: {'gone' if before else 'new'}"
    elif changes := _fields(before, after):
        yield f"score: {changes}"


def _fields(before: BaseModel, after: BaseModel, without: str = "") -> str:
    """The fields that differ, with what they were and are."""
    return ", ".join(
        _change(name, old, new)
        for name, old in before
        if name != without and old != (new := getattr(after, name))
    )


def _change(name: str, old: Any, new: Any) -> str:
    if (old_parts := _by_name(old)) is not None and (new_parts := _by_name(new)) is not None:
        return _part_changes(name, old_parts, new_parts)
    if name == "rows":  # of a table: thousands, maybe
        return "rows changed"
    change = f"{name} {_shown(old)} → {_shown(new)}"
    return change if len(change) <= MOST_SHOWN + len(name) else f"{name} changed"


def _by_name(value: Any) -> Mapping[str, BaseModel] | None:
    """Caps and screens, which people know by their names; None: the value is no list of such."""
    if not isinstance(value, list) or not all(hasattr(part, "name") for part in value):
        return None
    parts = {part.name: part for part in value}
    return parts if len(parts) == len(value) else None


def _part_changes(name: str, old: Mapping[str, BaseModel], new: Mapping[str, BaseModel]) -> str:
    """`caps daily: leads 50 → 60, caps weekly: gone`; their order, when nothing else changes."""
    changes = list(_entries(name, old, new))
    return ", ".join(changes) or f"{name} in another order"


def _shown(value: Any) -> str:
    match value:
        case When() | FieldTest():
            return _shown(value.model_dump())  # as it is written
        case BaseModel() | dict():
            parts = value.items() if isinstance(value, dict) else value
            return (
                " ".join(f"{name} {_shown(part)}" for name, part in parts if part is not None)
                or "none"
            )
        case list():
            return " ".join(_shown(part) for part in value) or "none"
        case time():
            return value.isoformat("seconds" if value.second else "minutes")
        case None | bool():
            return "none" if value is None else str(value).lower()
        case _:
            return f"{value:f}" if isinstance(value, Decimal) else str(value)
