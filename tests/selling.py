"""Leads that a partner sells, for tests of what comes after."""

from collections.abc import Sequence
from typing import Any

from shared.domain.leads import Lead
from shared.flows.apply_config import apply_config
from shared.flows.capture_lead import Submission, capture_lead
from shared.sources.delivery import Delivery, Reported
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.surroundings import Surroundings
from tests.team import config

CAPS = [
    {"name": "daily", "per": "day", "leads": 1000},
    {"name": "budget", "per": "month", "money": 1000000},
]

RETURNED = ("returned",)  # what the pool gives credit back for


def market(
    around: Surroundings,
    weights: dict[str, Any] | None = None,
    *,
    returns: dict[str, Any] | None = None,
    limits: dict[str, dict[str, Any]] | None = None,
    refund: Sequence[str] = (),
    **partner: Any,
) -> Any:
    """A team, and partners acme and other who sell to it for 12.50; answers its configuration."""
    seller = {
        "mode": "live",
        "currency": "EUR",
        "price": "12.50",
        "caps": CAPS,
        "returns": {"policy": "automatic", **(returns or {})},
        "group": "sellers",
        **partner,
    }
    more = {
        "partners": {"acme": seller, "other": seller},
        "groups": {
            "sellers": {"currency": "EUR", "caps": [{"name": "all", "per": "week", "leads": 500}]}
        },
    }
    members = weights or {"anna": 1, "bo": 1}
    team = config(members, limits=limits, more=more, refund=list(refund))
    apply_config(team, around)
    return team


def sell(around: Surroundings, count: int = 1, partner: str = "acme", **said: str) -> list[Lead]:
    """So many new leads of a partner."""
    leads = []
    for _ in range(count):
        number = around.new_id()
        fields = {"name": "Ada Byron", "email": f"{number}@factory.example", **said}
        submission = Submission(
            f"partner#{partner}", Delivery(b"", around.now()), Reported(fields), key=number
        )
        captured = capture_lead(config_store.active(), submission, {}, around)
        leads.append(lead_store.get(captured.lead_id))
    return leads
