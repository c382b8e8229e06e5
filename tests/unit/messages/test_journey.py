"""A lead's log in plain sentences."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.leads import Change, Lead, Sale, Step, Won
from shared.messages import languages
from shared.messages.journey import sentence

NOW = datetime(2026, 11, 24, 13, 17, 2, tzinfo=UTC)
SALE = Sale(250_000, "EUR", (("partner#acme#daily", "2026-11-24"),))
ANNOUNCED = Change(Step.ANNOUNCED, NOW, reason="announced: its platform is asked for the rest")
HELD = Change(Step.QUARANTINED, NOW, reason="screened: Free mail only")
FROM_API = {"by": "api"}


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
            "parked: nobody in the pool can take it right now; it is tried again by itself",
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
        (
            Change(Step.LAPSED, NOW, "anna", reason="not_contacted"),
            "taken from anna, who had accepted it: not contacted in time",
        ),
        (
            Change(Step.ESCALATED, NOW, "anna", reason="untouched"),
            "managers were told that it waits for anna: untouched",
        ),
        (
            Change(Step.ESCALATED, NOW, "anna", reason="untouched", until=NOW + timedelta(hours=4)),
            "managers were told that it waits for anna: untouched; anna is paused, for 4 hours",
        ),
        (Change(Step.CONTACTED, NOW, "anna"), "contacted by anna"),
        (Change(Step.ATTEMPTED, NOW, "anna"), "anna tried to reach the person"),
        (Change(Step.NOTED, NOW, "anna", reason="call late"), "noted by anna: call late"),
        (
            Change(Step.SNOOZED, NOW, "anna", until=NOW + timedelta(hours=2)),
            "snoozed by anna, for 2 hours",
        ),
        (Change(Step.CONVERTED, NOW, "anna"), "won by anna"),
        (
            Change(Step.CONVERTED, NOW, "anna", won=Won(12_500_000, "EUR")),
            "won by anna, worth 1250.00 EUR",
        ),
        (Change(Step.LOST, NOW, "anna", reason="price:\nhigh"), "lost by anna: price: high"),
        (Change(Step.CAPTURED, NOW, sale=SALE), "captured from form#website, bought for 25.00 EUR"),
        (
            Change(Step.CAPTURED, NOW, reason="postal_code came as a number: zeros may be missing"),
            "captured from form#website; postal_code came as a number: zeros may be missing",
        ),
        (HELD, 'put in quarantine, from form#website: the screen "Free mail only"'),
        (
            Change(Step.QUARANTINED, NOW, reason="unreadable: it is not UTF-8"),
            "put in quarantine, from form#website: it is not UTF-8",
        ),
        (Change(Step.DUPLICATED, NOW, first="01jc"), "a duplicate of lead 01jc: it goes to nobody"),
        (
            Change(Step.REJECTED, NOW, reason="cap_reached: the cap 'daily' is full"),
            "rejected, from form#website: the cap 'daily' is full",
        ),
        (ANNOUNCED, "announced by form#website: its platform is asked for the rest"),
        (Change(Step.RELEASED, NOW), "let out of quarantine"),
        (
            Change(Step.RELEASED, NOW, sale=SALE, reason="corrected: email", **FROM_API),
            "let out of quarantine, bought for 25.00 EUR; corrected: email (via api)",
        ),
        (
            Change(Step.DISCARDED, NOW, reason="spam", **FROM_API),
            "discarded, out of quarantine: spam (via api)",
        ),
        (
            Change(Step.RETURNED, NOW, "anna", reason="wrong_number", by="partner#acme"),
            "taken back by its seller: wrong number (via partner#acme)",
        ),
        (
            Change(Step.OPENED, NOW, None, "sales", "All", 5),
            "open in pool sales, for whoever claims it",
        ),
        (
            Change(Step.OPENED, NOW, None, "sales", until=NOW + timedelta(days=1)),
            "open in pool sales, for whoever claims it, for 24 hours",
        ),
        (
            Change(
                Step.OPENED,
                NOW,
                None,
                "sales",
                offered=("anna", "bo"),
                until=NOW + timedelta(seconds=90),
            ),
            "offered to 2 reps of pool sales, of whom the first to accept has it, for 2 minutes",
        ),
        (
            Change(Step.CLAIMED, NOW, "anna", "sales", by="anna"),
            "claimed by anna (assignment 1, pool sales)",
        ),
        (
            Change(Step.PASSED, NOW, None, "sales", "All", 5, reason="off_hours", to="duty"),
            "passed on by pool sales to pool duty: nobody in the pool is at work right now",
        ),
        (
            Change(Step.UNASSIGNED, NOW, "anna", reason="is ill", by="maria"),
            "taken from anna: is ill (via maria)",
        ),
        (
            Change(Step.UNASSIGNED, NOW, "anna", to="duty", by="maria"),
            "taken from anna, for pool duty (via maria)",
        ),
        (
            Change(Step.ENRICHED, NOW, names=("phone", "industry"), by="api"),
            "enriched: phone, industry (via api)",
        ),
        (
            Change(Step.REROUTED, NOW, "anna", rule="South", by="api"),
            (
                'taken back from anna and routed anew, by the rule "South":'
                " its fields say another pool now (via api)"
            ),
        ),
        (
            Change(Step.REROUTED, NOW, to="duty", reason="wrong team", by="maria"),
            "moved to pool duty: wrong team (via maria)",
        ),
        (
            Change(Step.ASSIGNED, NOW, "anna", "sales", "All", 3, reason="asked for", by="maria"),
            "assigned to anna by hand (assignment 1, pool sales): asked for (via maria)",
        ),
        (
            Change(
                Step.ASSIGNED,
                NOW,
                "anna",
                "sales",
                by="maria",
                over=("paused", "holding_limit"),
            ),
            (
                "assigned to anna by hand (assignment 1, pool sales), overriding that the rep is"
                " paused and holds as many open leads as their limit allows (via maria)"
            ),
        ),
    ],
    ids=lambda value: value.step if isinstance(value, Change) else "",
)
def test_each_record_has_a_sentence(change, expected) -> None:
    assert told(change) == expected


@pytest.mark.parametrize(
    ("change", "before", "expected"),
    [
        (
            Change(Step.ANNOUNCED, NOW, reason="again: its platform did not give it yet"),
            ANNOUNCED,
            "not given by form#website yet, which is asked again",
        ),
        (
            Change(Step.ANNOUNCED, NOW, reason="announced: it is asked again", **FROM_API),
            Change(Step.QUARANTINED, NOW, reason="not_fetched: no answer"),
            "to be asked for again, from form#website (via api)",
        ),
        (Change(Step.RELEASED, NOW), ANNOUNCED, "given by form#website"),
        (
            Change(Step.QUARANTINED, NOW, reason="not_fetched: no answer in 14 attempts"),
            ANNOUNCED,
            "put in quarantine, from form#website: no answer in 14 attempts",
        ),
    ],
)
def test_what_was_announced_is_told_as_it_goes_on(change, before, expected) -> None:
    """Asked for, asked again, given at last, or given up."""
    assert told(change, before) == expected


def test_no_step_is_left_without_words() -> None:
    """A step that is added to the domain needs its sentence in the template."""
    template = (languages.TEMPLATES / "en" / "journey.txt").read_text()
    for step in Step:
        assert f'step == "{step}"' in template
        assert told(Change(step, NOW, "anna", "sales"))


def test_assignments_are_counted() -> None:
    first = Change(Step.ASSIGNED, NOW, "anna", "sales")
    back = Change(Step.RECLAIMED, NOW, "anna")
    again = Change(Step.ASSIGNED, NOW, "bo", "sales")
    assert told(again, first, back) == "assigned to bo (assignment 2, pool sales)"


def test_claims_are_assignments_too() -> None:
    claimed = Change(Step.CLAIMED, NOW, "anna", "sales")
    taken = Change(Step.UNASSIGNED, NOW, "anna")
    again = Change(Step.ASSIGNED, NOW, "bo", "sales")
    assert told(again, claimed, taken) == "assigned to bo (assignment 2, pool sales)"


def test_who_accepts_an_offer_was_first() -> None:
    offer = Change(Step.OPENED, NOW, None, "sales", offered=("anna", "bo"))
    claimed = Change(Step.CLAIMED, NOW, "bo", "sales")
    assert told(claimed, offer) == "accepted first by bo (assignment 1, pool sales)"
    reopened = Change(Step.OPENED, NOW, None, "sales")
    assert told(claimed, offer, reopened) == "claimed by bo (assignment 1, pool sales)"


def test_a_lead_that_a_manager_gives_to_somebody_else_is_taken_from_its_owner() -> None:
    """Only from who has it still, not from who gave it back."""
    first = Change(Step.ASSIGNED, NOW, "anna", "sales")
    accepted = Change(Step.ACCEPTED, NOW, "anna")
    again = Change(Step.ASSIGNED, NOW, "bo", "sales", by="maria")
    assert told(again, first, accepted) == (
        "taken from anna and assigned to bo by hand (assignment 2, pool sales) (via maria)"
    )
    given_back = Change(Step.DECLINED, NOW, "anna")
    assert told(again, first, given_back).startswith("assigned to bo by hand (assignment 2")


def test_the_decision_says_why_when_it_is_known() -> None:
    why = "anna was owed 0.83 of a lead, more than anyone else who could take it"
    change = Change(Step.ASSIGNED, NOW, "anna", "sales", "Sweden")
    assert told(change, why=why) == f"assigned to anna (assignment 1, pool sales): {why}"


def test_a_record_of_another_lead_is_refused() -> None:
    with pytest.raises(ValueError, match="not in"):
        sentence(Change(Step.REMINDED, NOW), Lead("01JD", "form#website", {}))
