"""How large a pool may be: as large as a turn's entry in its ledger has room for."""

import json
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from shared.domain.fitting import MOST_MEMBERS
from shared.domain.planning import plan
from shared.domain.plans import Known, Ruled
from shared.store.codec import entry_to_item
from shared.store.routing import leads_per_commit
from tests.team import active, config, new_lead

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MOST_OF_AN_ITEM = 400 * 1024  # bytes


def test_a_turn_of_the_largest_pool_can_be_stored() -> None:
    """With ids as long as they may be, and as many leads as one commit takes."""
    team = active(config({f"{number:064}": 1 for number in range(MOST_MEMBERS)}))
    leads = [
        Ruled(new_lead(f"lead{number:022}", NOW), "r")
        for number in range(leads_per_commit(MOST_MEMBERS))
    ]
    entry = plan(team, "sales", Known(), leads, NOW).entry
    assert len(json.dumps(entry_to_item(entry, "x" * 26).serialize())) < MOST_OF_AN_ITEM


def test_a_larger_one_is_refused() -> None:
    with pytest.raises(ValidationError, match="at most 2,000 members, and this one has 2,001"):
        config({f"rep{number}": 1 for number in range(MOST_MEMBERS + 1)})
