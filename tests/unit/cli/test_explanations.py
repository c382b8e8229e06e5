"""Decisions and rotations, as people read them."""

from typing import Any

import pytest

from infra.cli import rotation, why
from infra.cli.credit import leads, signed

DECISION: dict[str, Any] = {
    "lead_id": "01abc",
    "rule": "Nordics [first]",
    "pool": "nordic",
    "strategy": "weighted round robin",
    "config_version": 3,
    "turn": 17,
    "assignment": 2,
    "at": "2026-11-21T18:00:00.123Z",
    "chosen": "anna",
    "reason": "anna was owed 0.83 of a lead, more than anyone else who could take it",
    "credit_unit": "millionths of a lead",
    "candidates": [
        {
            "rep_id": "anna",
            "status": "chosen",
            "reason": "was owed 0.83 of a lead",
            "weight": 2.0,
            "credit_before": 166_667,
            "share": 666_667,
            "credit_after": -166_666,
        },
        {
            "rep_id": "bert",
            "status": "eligible",
            "reason": "was owed 0.17 of a lead",
            "weight": 1.0,
            "credit_before": -166_667,
            "share": 333_333,
            "credit_after": 166_666,
        },
        {
            "rep_id": "carl",
            "status": "excluded",
            "reason": "has had this lead already",
            "weight": 1.0,
            "credit_before": 0,
            "share": 0,
            "credit_after": 0,
        },
    ],
    "earlier": [
        {
            "assignment": 1,
            "at": "2026-11-21T17:00:00.000Z",
            "chosen": "carl",
            "reason": "carl was the only one who could take the lead",
        }
    ],
}


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_a_decision_says_why_by_which_rule_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    why.show(DECISION)
    summary = shown(capsys)[0]
    assert summary.startswith(
        "Assignment 2 went to anna, who was owed 0.83 of a lead, more than anyone else who could"
        " take it. Rule “Nordics [first]” sent the lead to pool nordic, "
    )
    assert "version 3 of the configuration (turn 17 of the pool's ledger)" in summary


def test_every_candidate_has_a_row_with_credits_in_leads(
    capsys: pytest.CaptureFixture[str],
) -> None:
    why.show(DECISION)
    rows = shown(capsys)[2:]
    assert rows[:4] == [
        "rep status weight owed before this lead owed after reason",
        "anna chosen 2 0.167 +0.667 -0.167 was owed 0.83 of a lead",
        "bert eligible 1 -0.167 +0.333 0.167 was owed 0.17 of a lead",
        "carl excluded 1 0.000 0.000 has had this lead already",
    ]


def test_earlier_decisions_follow_in_short(capsys: pytest.CaptureFixture[str]) -> None:
    why.show(DECISION)
    last = shown(capsys)[-1]
    assert last.startswith("Before that, 2026-11-21 ")
    assert last.endswith("Assignment 1 went to carl, who was the only one who could take the lead.")


def test_a_parked_lead_is_explained_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    excluded = [{**DECISION["candidates"][2], "reason": "is paused"}]
    parked = {"chosen": None, "assignment": None, "reason": "nobody can take it"}
    why.show({**DECISION, **parked, "candidates": excluded, "earlier": []})
    lines = shown(capsys)
    assert lines[0].startswith("Parked: nobody can take it. Rule “Nordics [first]”")
    assert lines[-1] == "carl excluded 1 0.000 0.000 is paused"


QUARANTINED: dict[str, Any] = {
    "lead_id": "01abc",
    "status": "quarantined",
    "history": [{"at": "2026-11-21T18:00:00.123Z", "sentence": "quarantined: cannot be read"}],
    "quarantine": {
        "reason": "cannot be read",
        "content_type": "application/json",
        "raw": '{"email":\n\x1b[2J broken',
        "expires_at": "2026-12-21T18:00:00.123Z",
    },
}


def test_a_quarantined_lead_shows_what_came_harmlessly(capsys: pytest.CaptureFixture[str]) -> None:
    why._explain_undecided(QUARANTINED)
    lines = shown(capsys)
    assert lines[0] == "Lead 01abc is quarantined; nothing has been decided about it."
    assert lines[1].endswith("quarantined: cannot be read")
    assert lines[3].startswith("It came as application/json and is kept until 2026-12-21 ")
    assert lines[4:] == ['{"email":', "[2J broken"]


@pytest.mark.parametrize(
    ("quarantine", "last"),
    [
        (None, "quarantined: cannot be read"),
        (
            {"content_type": "", "raw_base64": "/w==", "expires_at": "2026-12-21T18:00:00Z"},
            "(not text; the API gives it in base64)",
        ),
    ],
)
def test_what_came_and_cannot_be_shown_is_said_so(
    quarantine: Any, last: str, capsys: pytest.CaptureFixture[str]
) -> None:
    why._explain_undecided({**QUARANTINED, "quarantine": quarantine})
    assert shown(capsys)[-1].endswith(last)


WARNING = "postal_code came as a number: zeros at its start may be missing"
SALE = {"price": "25.00", "currency": "EUR"}


def test_a_decision_shows_the_price_and_the_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    why.show({**DECISION, "sale": SALE, "warnings": [WARNING]})
    assert shown(capsys)[1:4] == ["Bought for 25.00 EUR.", f"Note: {WARNING}.", ""]


@pytest.mark.parametrize("beside", [{}, {"sale": None, "warnings": []}])
def test_a_decision_about_a_lead_that_nobody_sold_is_as_it_was(
    beside: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Also when the API is an older one."""
    why.show({**DECISION, **beside})
    assert shown(capsys)[1] == ""


@pytest.mark.parametrize(
    ("status", "step", "expected"),
    [
        ("duplicate", "duplicated", "is a duplicate of lead 01aaa, so it goes to nobody."),
        ("rejected", "rejected", "is rejected, so it goes to nobody."),
        ("rejected", "discarded", "is rejected, so it goes to nobody."),
        ("quarantined", "announced", "is only announced: its platform is asked for it."),
        ("quarantined", "quarantined", "is quarantined; nothing has been decided about it."),
        ("new", "captured", "is new; nothing has been decided about it."),
        ("lost", "returned", "was taken back by its seller, so it goes to nobody."),
    ],
)
def test_a_lead_without_a_decision_says_what_became_of_it(
    status: str, step: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """First what it is, then by its history why."""
    record = {"step": step, "at": "2026-11-21T18:00:00.123Z", "sentence": "the cap is full"}
    first = "01aaa" if status == "duplicate" else None
    why._explain_undecided(
        {"lead_id": "01abc", "status": status, "first": first, "history": [record]}
    )
    lines = shown(capsys)
    assert lines[0] == f"Lead 01abc {expected}"
    assert lines[1].endswith("the cap is full")


def test_a_bought_lead_that_waits_shows_its_price(capsys: pytest.CaptureFixture[str]) -> None:
    why._explain_undecided({**QUARANTINED, "status": "new", "sale": SALE, "warnings": [WARNING]})
    assert shown(capsys)[1:3] == ["Bought for 25.00 EUR.", f"Note: {WARNING}."]


def test_a_rotation_shows_what_each_member_is_owed_and_holds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rotation.show(
        {
            "pool_id": "nordic",
            "leads": 12,
            "config_version": 3,
            "at": "2026-11-21T18:00:00.123Z",
            "credit_sum": 0,
            "members": [
                {
                    "rep_id": "anna",
                    "name": "Anna [bold] Lindqvist",
                    "weight": 2.5,
                    "credit": 250_000,
                    "open": 3,
                    "holding_limit": 20,
                    "received_today": 4,
                    "daily_limit": None,
                    "status": "available",
                },
                {
                    "rep_id": "bert",
                    "name": "Bert",
                    "weight": 1.0,
                    "credit": -250_000,
                    "open": 5,
                    "holding_limit": 5,
                    "received_today": 5,
                    "daily_limit": 30,
                    "status": "holding_limit",
                },
            ],
        }
    )
    lines = shown(capsys)
    assert lines[0].startswith("Pool nordic: 12 leads given, last change 2026-11-21 ")
    assert lines[3:] == [
        "anna Anna [bold] Lindqvist 2.5 0.250 3 of 20 4 available",
        "bert Bert 1 -0.250 5 of 5 5 of 30 holding limit",
        "All that is owed sums to 0.000.",
    ]


@pytest.mark.parametrize(
    ("credit", "plain", "with_sign"),
    [(0, "0.000", "+0.000"), (-1, "0.000", "+0.000"), (833_333, "0.833", "+0.833")],
)
def test_credits_never_show_a_negative_nothing(credit: int, plain: str, with_sign: str) -> None:
    assert (leads(credit), signed(credit)) == (plain, with_sign)
