"""What the API shows of leads that were bought, came before, or go to nobody."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.leads import Change, Lead, Sale, Step, replay
from shared.flows.apply_config import apply_config
from shared.flows.show import decision_view, lead_in_short, lead_view
from shared.store import capturing
from shared.store.capturing import Capture
from tests.team import config

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SALE = Sale(255_000, "EUR", (("partner#acme#daily", "2026-03-02"),))
WARNING = "postal_code came as a number: zeros at its start may be missing"
HELD = Change(Step.QUARANTINED, NOW, reason="screened: free mail")


def lead(*log: Change) -> Lead:
    return replay("01JD", "partner#acme", {"name": "Ada Byron"}, log)


def test_a_bought_lead_shows_its_price_and_what_to_be_wary_of() -> None:
    shown = lead_view(lead(Change(Step.CAPTURED, NOW, sale=SALE, reason=WARNING)))
    assert shown["sale"] == {"price": "25.50", "currency": "EUR"}
    assert shown["warnings"] == [WARNING]
    assert shown["first"] is None


def test_a_lead_that_nobody_sold_shows_no_price() -> None:
    shown = lead_view(lead(Change(Step.CAPTURED, NOW)))
    assert (shown["sale"], shown["warnings"], shown["first"]) == (None, [], None)


def test_a_lead_released_from_quarantine_shows_what_was_special_about_it() -> None:
    shown = lead_view(lead(HELD, Change(Step.RELEASED, NOW, sale=SALE, reason=WARNING, by="api")))
    assert shown["sale"] == {"price": "25.50", "currency": "EUR"}
    assert shown["warnings"] == [WARNING]


def test_a_duplicate_names_the_lead_that_came_before() -> None:
    shown = lead_view(lead(Change(Step.DUPLICATED, NOW, first="01JC", reason=WARNING)))
    assert (shown["status"], shown["first"], shown["warnings"]) == ("duplicate", "01JC", [])


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (
            [Change(Step.DUPLICATED, NOW, first="01JC", reason=WARNING)],
            "duplicate: the same person came before, as lead 01JC",
        ),
        (
            [Change(Step.REJECTED, NOW, reason="cap_reached: the cap 'daily' is full")],
            "cap_reached: the cap 'daily' is full",
        ),
        ([HELD], "screened: free mail"),
        ([HELD, Change(Step.DISCARDED, NOW, reason="spam", by="api")], "spam"),
        ([Change(Step.CAPTURED, NOW, reason=WARNING)], None),
        (
            [
                Change(Step.CAPTURED, NOW),
                Change(Step.PARKED, NOW, pool="sales", reason="nobody_available"),
            ],
            "nobody_available",
        ),
    ],
)
def test_lists_say_why_a_lead_waits_or_goes_to_nobody(
    log: list[Change], reason: str | None
) -> None:
    assert lead_in_short(lead(*log))["reason"] == reason


def test_a_decision_says_what_was_paid_and_what_to_be_wary_of(world: Any, around: Any) -> None:
    """Who works the lead sees that its postal code may lack a zero."""
    apply_config(config({"anna": 1}), around)
    bought = lead(Change(Step.CAPTURED, around.now(), sale=SALE, reason=WARNING))
    capturing.capture(Capture(bought, ()), around.now())
    world.route()
    shown = decision_view("01JD")
    assert shown["chosen"] == "anna"
    assert shown["warnings"] == [WARNING]
    assert shown["sale"] == {"price": "25.50", "currency": "EUR"}
