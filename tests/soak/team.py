"""The configuration of the day, and how a manager changes it while leads come."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from infra.cli.config_file import config_from
from shared.domain.config import Config

FILE = Path(__file__).with_name("team.yaml")

Document = dict[str, Any]


def document(leads: int, receiver: str) -> Document:
    """The team for a day of so many leads: partners' caps are reached in the afternoon."""
    text = FILE.read_text(encoding="utf-8").replace("{receiver}", receiver)
    said: Document = yaml.safe_load(text)
    said["partners"]["acme"]["caps"][0]["leads"] = max(5, int(leads * 0.12))
    said["partners"]["bravo"]["caps"][0]["money"] = max(75, int(leads * 0.04) * 15)
    return said


def for_load(receiver: str) -> Document:
    """The same team without limits and deadlines: nothing but capture, routing and mail."""
    said = document(1_000_000, receiver)
    for rep in said["reps"].values():
        rep["holding_limit"] = 1_000_000
    for pool in said["pools"].values():
        pool["deadlines"] = {"remind_after": [], "reclaim_after": "10h"}
        pool.pop("offer_for", None)
    return said


def written(said: Document) -> str:
    """As a file."""
    return yaml.safe_dump(said, allow_unicode=True, sort_keys=False)


def read(said: Document) -> Config:
    """As leadwheel knows it."""
    return config_from(written(said), "team.yaml")


# ── During the day ───────────────────────────────────────────────────────────────────────────────


def _heavier(said: Document) -> None:
    said["pools"]["nordic"]["members"]["cleo"] = 3


def _joining(said: Document) -> None:
    said["pools"]["nordic"]["members"]["hal"] = 2
    said["pools"]["world"]["members"]["anna"] = 1


def _dearer(said: Document) -> None:
    said["partners"]["acme"]["price"] = 22


def _roomier(said: Document) -> None:
    for rep in said["reps"].values():
        rep["holding_limit"] = 120


# At which share of the day, what is changed, and how. No member leaves: the auditor reads the whole
# ledger by the last configuration.
CHANGES: list[tuple[float, str, Callable[[Document], None]]] = [
    (0.30, "Cleo's weight from 1 to 3", _heavier),
    (0.45, "a new price for a partner", _dearer),
    (0.60, "Hal and Anna join a pool", _joining),
    (0.80, "higher holding limits", _roomier),
]
