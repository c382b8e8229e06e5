"""DynamoDB's capacity units, by its published rules, from items in its own JSON.

Writes: one unit per started KB of the larger of the item before and after; two in a transaction.
Indexes: one unit per started KB of an entry put in or taken out, so two when a key changes; the
same inside and outside transactions. Reads: one unit per started 4 KB, half when eventually
consistent. Conditions that fail cost as much as those that hold.
"""

from collections.abc import Iterable
from math import ceil
from typing import Any

Item = dict[str, Any]

KB = 1024

INDEXES = {"due": ("due", "due_at"), "place": ("place", "placed_at")}
"""The table's indexes and their keys. Both hold keys only."""


def item_size(item: Item) -> int:
    """Bytes of an item: those of its attributes' names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":  # two digits a byte, and one more
            return ceil(len(content.lstrip("-").replace(".", "").strip("0")) / 2) + 1
        case "B":
            return len(content)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + _value_size(element) for element in content)
        case "M":
            return 3 + len(content) + item_size(content)
    raise ValueError(f"nothing here stores a {kind}")


def write_units(before: Item | None, after: Item | None) -> int:
    """What one write of the table costs, indexes apart and outside a transaction."""
    return max(1, ceil(max(item_size(before or {}), item_size(after or {})) / KB))


def index_units(before: Item | None, after: Item | None) -> int:
    """What a write costs in all indexes."""
    return sum(_one_index(before or {}, after or {}, keys) for keys in INDEXES.values())


def _one_index(before: Item, after: Item, keys: tuple[str, str]) -> int:
    old, new = _entry(before, keys), _entry(after, keys)
    if old == new:
        return 0
    return sum(max(1, ceil(item_size(entry) / KB)) for entry in (old, new) if entry)


def _entry(item: Item, keys: tuple[str, str]) -> Item | None:
    """What an index holds of an item; None when it lacks one of the index's keys."""
    if not all(key in item for key in keys):
        return None
    return {name: item[name] for name in ("pk", "sk", *keys)}


def read_units(sizes: Iterable[int], *, consistent: bool) -> float:
    """What reading items of these sizes costs, each for itself; one that is missing has size 0."""
    units = sum(max(1, ceil(size / (4 * KB))) for size in sizes)
    return units if consistent else units / 2
