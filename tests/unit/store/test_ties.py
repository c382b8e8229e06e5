"""Ties as they are stored."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.owners import MOST_FURTHER, Tie, TieChange
from shared.store import routing
from shared.store.table import TieItem
from tests.mechanisms.test_scenarios import plan
from tests.table import Clock

UNTIL = datetime(2026, 3, 2, 9, tzinfo=UTC)


def stored(tie: Tie) -> dict[str, Any]:
    """What one is in the table."""
    changes = (TieChange("k" * 24, None, tie),)
    assert routing.commit(plan(Clock(), ties=changes), "attempt") is None
    return TieItem.get(f"tie#{'k' * 24}", "tie").to_dynamodb_dict()


@pytest.mark.parametrize("further", [(), ("b",), ("b", "c"), ("b", "c", "d")])
def test_a_tie_is_read_as_it_was_written(table: str, further: tuple[str, ...]) -> None:
    tie = Tie("anna", "a", UNTIL, further)
    stored(tie)
    assert routing.read("sales", [], {"k" * 24}).known.ties == {"k" * 24: tie}


def test_the_first_lead_and_the_last_stand_where_an_older_release_looks(table: str) -> None:
    item = stored(Tie("anna", "a", UNTIL, ("b", "c", "d")))
    assert [item[name]["S"] for name in ("lead_id", "last", "earlier")] == ["a", "d", "b c"]


def test_a_tie_of_very_many_leads_costs_what_any_does(table: str) -> None:
    """A write is paid by the kilobyte."""
    lead_id = "a" * 26
    item = stored(Tie("r" * 64, lead_id, UNTIL, (lead_id,) * MOST_FURTHER))
    assert sum(len(name) + len(*value.values()) for name, value in item.items()) < 1000
