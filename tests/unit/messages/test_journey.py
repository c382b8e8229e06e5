"""A lead's log in plain sentences."""

from datetime import UTC, datetime

import pytest

from shared.domain.leads import Change, Lead, Step
from shared.messages.journey import sentence

NOW = datetime(2026, 11, 24, 13, 17, 2, tzinfo=UTC)


def told(change: Change, *before: Change, why: str | None = None) -> str:
    return sentence(change, Lead("01JD", "form#website", {}, (*before, change)), why=why)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Change(Step.CAPTURED, NOW), "captured from form#website"),
        (
            Change(Step.QUARANTINED, NOW, reason="honeypot_filled: a hidden field was filled in"),
            "put in quarantine, from form#website: a hidden field was filled in",
        ),
        (
            Change(Step.ASSIGNED, NOW, "anna", "sales", "Sweden", 3),
            'assigned to anna (assignment 1, pool sales): by the rule "Sweden"',
        ),
        (
            Change(Step.PARKED, NOW, None, "sales", "All", 4, reason="nobody_available"),
            "parked: nobody in the pool can take a lead right now; it is tried again by itself",
        ),
        (
            Change(Step.PARKED, NOW, None, "sales", reason="Out of turns.", retry=False),
            "parked: Out of turns; it waits for a manager's decision",
        ),
        (Change(Step.REMINDED, NOW, "anna"), "anna was reminded"),
        (Change(Step.ACCEPTED, NOW, "anna"), "accepted by anna"),
        (Change(Step.ACCEPTED, NOW, "anna", by="link"), "accepted by anna (via link)"),
        (Change(Step.ACCEPTED, NOW, "anna", by="anna"), "accepted by anna"),
        (Change(Step.DECLINED, NOW, "anna", reason="on leave."), "given back by anna: on leave"),
        (Change(Step.DECLINED, NOW, "anna"), "given back by anna"),
        (Change(Step.RECLAIMED, NOW, "anna"), "taken back from anna: not accepted in time"),
        (Change(Step.CONTACTED, NOW, "anna"), "contacted by anna"),
        (Change(Step.CONVERTED, NOW, "anna"), "won by anna"),
        (Change(Step.LOST, NOW, "anna", reason="price:\nhigh"), "lost by anna: price: high"),
    ],
    ids=lambda value: value.step if isinstance(value, Change) else "",
)
def test_each_record_has_a_sentence(change, expected) -> None:
    assert told(change) == expected


def test_no_step_is_left_without_words() -> None:
    """A step that is added to the domain needs its sentence here."""
    for step in Step:
        text = told(Change(step, NOW, "anna", "sales"))
        assert "form#website" in text or "anna" in text or text.startswith("parked")


def test_assignments_are_counted() -> None:
    first = Change(Step.ASSIGNED, NOW, "anna", "sales")
    back = Change(Step.RECLAIMED, NOW, "anna")
    again = Change(Step.ASSIGNED, NOW, "bo", "sales")
    assert told(again, first, back) == "assigned to bo (assignment 2, pool sales)"


def test_the_decision_says_why_when_it_is_known() -> None:
    why = "anna was owed 0.83 of a lead, more than anyone else who could take it"
    change = Change(Step.ASSIGNED, NOW, "anna", "sales", "Sweden")
    assert told(change, why=why) == f"assigned to anna (assignment 1, pool sales): {why}"


def test_a_record_of_another_lead_is_refused() -> None:
    with pytest.raises(ValueError, match="not in"):
        sentence(Change(Step.REMINDED, NOW), Lead("01JD", "form#website", {}))
