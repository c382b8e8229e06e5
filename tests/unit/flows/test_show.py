"""What the API shows of leads that were bought, came before, or go to nobody."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.domain.config import Config
from shared.domain.leads import Change, Lead, Sale, Step, replay
from shared.flows.apply_config import apply_config
from shared.flows.pause_rep import pause_rep
from shared.flows.show import became_of, lead_in_short, lead_view
from shared.flows.show_decision import decision_view
from shared.flows.show_rotation import rotation_view
from shared.openapi import document
from shared.store import capturing
from shared.store import leads as lead_store
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
        (
            [
                Change(Step.CAPTURED, NOW),
                Change(Step.PARKED, NOW, pool="sales", reason="nobody_available"),
                Change(Step.ENRICHED, NOW, names=("phone",)),
            ],
            "nobody_available",
        ),
        (
            [Change(Step.CAPTURED, NOW), Change(Step.OPENED, NOW, pool="sales")],
            "open: anybody may claim it",
        ),
        (
            [
                Change(Step.CAPTURED, NOW),
                Change(Step.OPENED, NOW, pool="sales", offered=("anna", "bo")),
                Change(Step.ENRICHED, NOW, names=("phone",)),
            ],
            "open: it is offered to 2 reps",
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


# ── Who has it, and since when nobody ────────────────────────────────────────────────────────────

CAPTURED = Change(Step.CAPTURED, NOW)
LATER = NOW + timedelta(minutes=30)
OFFERED = Change(
    Step.OPENED, LATER, pool="sales", score="72.5", offered=("anna", "bo"), until=LATER
)


def test_an_open_lead_shows_whom_it_is_offered_to_and_what_it_scored() -> None:
    """Also when more has been learnt of it since; and no longer once somebody has it."""
    enriched = Change(Step.ENRICHED, LATER, names=("phone",), by="api")
    shown = lead_view(lead(CAPTURED, OFFERED, enriched))
    assert (shown["status"], shown["offered"], shown["score"]) == ("open", ["anna", "bo"], "72.5")
    assert shown["since"] == "2026-03-02T09:00:00.000Z"
    assert shown["history"][1]["offered"] == ["anna", "bo"]
    assert shown["history"][1]["until"] == "2026-03-02T09:30:00.000Z"
    assert shown["history"][2]["names"] == ["phone"]
    claimed = lead_view(lead(CAPTURED, OFFERED, Change(Step.CLAIMED, LATER, "anna", "sales")))
    assert (claimed["offered"], claimed["since"], claimed["owner"]) == ([], None, "anna")


def test_a_lead_that_was_passed_on_has_waited_since_then() -> None:
    passed = Change(Step.PASSED, LATER, pool="sales", reason="off_hours", to="duty")
    shown = lead_view(lead(CAPTURED, passed))
    assert (shown["pool"], shown["since"]) == ("duty", "2026-03-02T09:30:00.000Z")
    assert shown["history"][1]["to"] == "duty"


def test_the_history_keeps_who_has_overridden_what() -> None:
    by_hand = Change(Step.ASSIGNED, NOW, "anna", "sales", by="maria", over=("holding_limit",))
    record = lead_view(lead(CAPTURED, by_hand))["history"][1]
    assert (record["by"], record["over"]) == ("maria", ["holding_limit"])
    assert "by hand" in record["sentence"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (Change(Step.OPENED, NOW, pool="sales"), "open"),
        (Change(Step.PARKED, NOW, pool="sales", reason="at_limits"), "parked"),
        (Change(Step.PARKED, NOW, pool="sales", reason="no_match", retry=False), "manager"),
    ],
)
def test_where_a_lead_waits_is_known_when_it_was_enriched_since(change: Change, where: str) -> None:
    enriched = Change(Step.ENRICHED, LATER, names=("phone",))
    assert became_of(lead(CAPTURED, change, enriched), "anna", 1)[1] == where


# ── Decisions and rotations, from the table ──────────────────────────────────────────────────────

SCHEMAS = document("https://leads.example.com")["components"]["schemas"]


def problems(shown: dict[str, Any], schema: str) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMAS[schema]).iter_errors(shown)]


def two_pools() -> Config:
    """Leads that nobody of `sales` can take go on to `duty`, in which cy is alone."""
    plain = config({"anna": 1, "cy": 1}).model_dump(exclude_unset=True)
    plain["pools"] = {
        "sales": {"members": {"anna": 1}, "then": {"pool": "duty"}, "team_limits": {"holding": 9}},
        "duty": {"members": {"cy": 1}},
    }
    return Config.model_validate(plain)


def captured(world: Any, around: Any) -> None:
    capturing.capture(Capture(lead(Change(Step.CAPTURED, around.now())), ()), around.now())
    world.route()


def test_a_decision_tells_the_way_through_the_pools(world: Any, around: Any) -> None:
    """The newest decision in full, each earlier one in short; all as the schema says."""
    apply_config(two_pools(), around)
    pause_rep("anna", around, paused=True)
    captured(world, around)
    shown = decision_view("01JD")
    assert problems(shown, "Decision") == []
    assert (shown["pool"], shown["chosen"], shown["strategy"]) == (
        "duty",
        "cy",
        "weighted round robin",
    )
    assert [passage["pool"] for passage in shown["path"]] == ["sales"]
    (earlier,) = shown["earlier"]
    assert (earlier["way"], earlier["pool"], earlier["to"]) == ("pass", "sales", "duty")
    assert "candidates" not in earlier
    assert problems(lead_view_of("01JD"), "Lead") == []


def lead_view_of(lead_id: str) -> dict[str, Any]:
    return lead_view(lead_store.get(lead_id))


def test_a_decision_is_told_by_the_configuration_of_then(world: Any, around: Any) -> None:
    """A limit that was changed since, or another strategy, does not change what was decided."""
    apply_config(config({"anna": 1}, limits={"anna": {"holding_limit": 7}}), around)
    captured(world, around)
    before = decision_view("01JD")
    apply_config(config({"anna": 1}, strategy="manual"), around)
    assert decision_view("01JD") == before
    (anna,) = before["candidates"]
    assert anna["limits"] == [{"limit": "holding_limit", "most": 7, "rolling": False}]


def test_a_rotation_shows_limits_and_when_who_is_absent_is_back(world: Any, around: Any) -> None:
    apply_config(two_pools(), around)
    pause_rep("anna", around, paused=True, until=around.now() + timedelta(hours=1))
    shown = rotation_view("sales", around.now())
    assert problems(shown, "Rotation") == []
    assert shown["limits"] == [{"limit": "holding_limit", "most": 9, "used": 0, "rolling": False}]
    (anna,) = shown["members"]
    assert (anna["status"], anna["until"]) == ("paused", "2026-03-02T10:00:00.000Z")
    assert rotation_view("sales", around.now() + timedelta(hours=1))["members"][0] == {
        **anna,
        "status": "available",
        "until": None,
    }


def test_a_rotation_says_how_much_of_each_limit_is_used(world: Any, around: Any) -> None:
    hours = {"office": {"week": [{"start": "08:00", "end": "12:00"}]}}
    each = {"daily_limit": 3, "holding_limit": 1, "hours": "office"}
    apply_config(config({"anna": 1}, limits={"anna": each}, more={"hours": hours}), around)
    captured(world, around)
    shown = rotation_view("sales", around.now())
    (anna,) = shown["members"]
    assert (anna["open_in_pool"], anna["points"], anna["status"]) == (1, 1, "holding_limit")
    assert {bound["limit"]: (bound["used"], bound["most"]) for bound in anna["limits"]} == {
        "holding_limit": (1, 1),
        "daily_limit": (1, 3),
    }
    (evening,) = rotation_view("sales", around.now() + timedelta(hours=9))["members"]
    assert (evening["status"], evening["until"]) == ("off_shift", "2026-03-03T08:00:00.000Z")
