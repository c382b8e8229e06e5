"""Versions of any size that one transaction has room for are stored, and read whole."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.config import Config
from shared.domain.rules import route
from shared.errors import ConfigError, ConflictError
from shared.flows.apply_config import apply_config
from shared.store import config as config_store
from shared.surroundings import Surroundings
from tests.team import config

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def team(rows: int, width: int = 20, **more: Any) -> Config:
    """A configuration with a table of so many rows that hardly become smaller."""
    chance = random.Random(rows)
    lines = "\n".join(f"{chance.randbytes(width).hex()}\t{n}*\tsales" for n in range(rows))
    return config(
        {"anna": 1},
        more={
            "tables": {"codes": {"file": "c.csv", "columns": ["code", "zip"], "rows": lines}},
            "rules": [{"name": "by code", "table": "codes"}, {"name": "rest", "pool": "sales"}],
            **more,
        },
    )


def keys(stored: Callable[[], list[dict[str, Any]]]) -> list[str]:
    return sorted(item["sk"]["S"] for item in stored() if item["pk"]["S"] == "config")


def test_a_small_version_is_one_item(
    table: str, around: Surroundings, stored: Callable[[], list[dict[str, Any]]]
) -> None:
    assert apply_config(team(10), around).version == 1
    assert keys(stored) == ["head", "v#00000001"]


@pytest.mark.slow
def test_fifty_thousand_rows_are_applied_and_lead_somewhere(
    table: str, around: Surroundings, stored: Callable[[], list[dict[str, Any]]]
) -> None:
    large = team(50_000)
    assert apply_config(large, around).version == 1
    assert "v#00000001#part1" in keys(stored)
    assert all(len(str(item)) < 4 * 400_000 for item in stored())
    config_store._versions.clear()
    config_store._read.clear()
    read = config_store.active().config
    assert read == large
    code = read.tables["codes"].cells()[43_210][0]
    ruling = route(read, "form#website", {"postal_code": "4", "zip": "43210", "code": code}, NOW)
    assert ruling.row == 43_211
    assert apply_config(team(10), around).version == 2
    assert apply_config(large, around).version == 3


def test_a_version_too_large_for_one_transaction_is_refused_and_nothing_is_stored(
    table: str, around: Surroundings, stored: Callable[[], list[dict[str, Any]]]
) -> None:
    with pytest.raises(ConfigError, match="bytes compressed, at most"):
        apply_config(team(40_000, width=100), around)
    assert stored() == []


def test_more_pools_than_one_transaction_holds_are_fenced_right_after_it(
    table: str, around: Surroundings, stored: Callable[[], list[dict[str, Any]]]
) -> None:
    """A hundred actions: the head, the parts, and as many pools as have room; the others follow."""

    def pools(many: int, weight: int) -> dict[str, Any]:
        members = {"members": {"anna": weight}}
        return {"sales": members} | {f"p{n}": members for n in range(many)}

    for version, weight in ((1, 1), (2, 3)):
        assert apply_config(team(10, pools=pools(130, weight)), around).version == version
    turns = [item for item in stored() if item["kind"]["S"] == "turn"]
    assert len(turns) == 2 * 131
    newest = [turn for turn in turns if turn["sk"]["S"].endswith("2")]
    assert {turn["config_version"]["N"] for turn in newest} == {"2"}
    assert {turn["standings"]["S"] for turn in newest} == {"anna 3000 0 0"}


def test_a_version_is_never_active_without_all_its_parts(
    table: str,
    around: Surroundings,
    stored: Callable[[], list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One part cannot be written, so that nothing of the version is."""
    monkeypatch.setattr(config_store, "MAX_PART_BYTES", 200)
    before, _ = config_store.activate(team(30), None, [], "first", NOW, pepper=b"p")
    assert len(keys(stored)) > 4
    known = keys(stored)
    taken = config_store.ConfigItem("config", config_store.part_key(2, 2), kind="x", version=9)
    taken.save()
    active = config_store.active()
    with pytest.raises(ConflictError):
        config_store.activate(team(31), active, [], "second", NOW, pepper=b"p")
    assert keys(stored) == sorted([*known, "v#00000002#part2"])
    config_store._versions.clear()
    assert config_store.active().version == before
