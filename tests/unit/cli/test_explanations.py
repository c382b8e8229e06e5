"""Decisions and rotations, as people read them."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from infra import terminal
from infra.cli import rotation, why
from infra.cli.credit import leads, signed

ROOT = Path(__file__).parents[3]
REASON = "anna was owed 0.83 of a lead, more than anyone else who could take it"
COUNTERS: dict[str, Any] = {
    "open": 3,
    "open_in_pool": 2,
    "received_today": 4,
    "points": 3.0,
    "value": 0.0,
    "limits": [],
}
DECISION: dict[str, Any] = {
    "lead_id": "01abc",
    "rule": "Nordics [first]",
    "pool": "nordic",
    "way": "shared",
    "config_version": 3,
    "turn": 17,
    "assignment": 2,
    "at": "2026-11-21T18:00:00.123Z",
    "chosen": "anna",
    "reason": REASON,
    "paragraph": f"anna got assignment 2: {REASON}. Rule “Nordics [first]” sent the lead on.",
    "credit_unit": "millionths of a lead",
    "candidates": [
        {
            **COUNTERS,
            "rep_id": "anna",
            "status": "chosen",
            "reason": "was owed 0.83 of a lead",
            "weight": 2.0,
            "credit_before": 166_667,
            "share": 666_667,
            "credit_after": -166_666,
            "limits": [
                {"limit": "holding_limit", "most": 20, "rolling": False},
                {"limit": "daily_limit", "most": 5, "rolling": False},
                {"limit": "pool_holding_limit", "most": 10, "rolling": False},
            ],
        },
        {
            **COUNTERS,
            "rep_id": "bert",
            "status": "eligible",
            "reason": "was owed 0.17 of a lead",
            "weight": 1.0,
            "credit_before": -166_667,
            "share": 333_333,
            "credit_after": 166_666,
        },
        {
            **COUNTERS,
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
            "way": "shared",
            "pool": "nordic",
            "assignment": 1,
            "at": "2026-11-21T17:00:00.000Z",
            "chosen": "carl",
            "reason": "carl was the only one who could take the lead",
        },
        {
            "way": "pass",
            "pool": "west",
            "assignment": None,
            "at": "2026-11-21T16:00:00.000Z",
            "chosen": None,
            "reason": "nobody in the pool is at work right now, so it went on to pool nordic",
        },
    ],
}


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_a_decision_is_explained_in_prose_first(capsys: pytest.CaptureFixture[str]) -> None:
    why.show(DECISION)
    paragraph, at, *_ = shown(capsys)
    assert paragraph == DECISION["paragraph"]
    assert at.startswith("2026-11-21 ")


def test_every_candidate_has_a_row_with_credits_and_counters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Those who could take it with what it did to their credit, the others with what kept them."""
    why.show(DECISION)
    assert shown(capsys)[3:9] == [
        "rep status weight owed share after open here today",
        "anna chosen 2 0.167 +0.667 -0.167 3/20 2/10 4/5",
        "bert eligible 1 -0.167 +0.333 0.167 3 2 4",
        "",
        "rep could not, as the rep owed open here today",
        "carl has had this lead already 0.000 3 2 4",
    ]


def test_earlier_decisions_follow_in_short(capsys: pytest.CaptureFixture[str]) -> None:
    """Newest first: each as it was, in one line."""
    why.show(DECISION)
    first, last = shown(capsys)[-2:]
    assert last.startswith("Before that, 2026-11-21 ")
    assert last.endswith("assignment 1 went to carl, who was the only one who could take the lead.")
    assert first.endswith(
        "passed on by pool west, as nobody in the pool is at work right now, so it went on to pool"
        " nordic."
    )


def test_a_refund_stands_with_the_decision_whose_cost_it_undid(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = "carl gave it back; pool nordic takes no credit for that, so carl has it again"
    first = {**DECISION["earlier"][0], "refund": {"sentence": words}}
    why.show({**DECISION, "earlier": [first]})
    assert shown(capsys)[-1] == f"Undone since: {words}."


def test_a_parked_lead_is_explained_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    excluded = [{**DECISION["candidates"][2], "reason": "is paused"}]
    parked = {"chosen": None, "assignment": None, "paragraph": "Parked: nobody can take it."}
    why.show({**DECISION, **parked, "candidates": excluded, "earlier": []})
    lines = shown(capsys)
    assert lines[0] == "Parked: nobody can take it."
    assert lines[-1] == "carl is paused 0.000 3 2 4"


def test_members_who_were_not_compared_have_no_shares(capsys: pytest.CaptureFixture[str]) -> None:
    """Nor counters, of an entry that did not write them down."""
    unknown = dict.fromkeys(("open", "open_in_pool", "received_today", "points", "value"))
    one = {**DECISION["candidates"][2], **unknown, "status": "not_compared"}
    why.show({**DECISION, "candidates": [one], "earlier": []})
    assert shown(capsys)[-1] == "carl not compared 1 0.000 0.000"


def on_a_screen(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """A terminal of 80 columns, and what is written on it."""
    screen = StringIO()
    narrow = Console(file=screen, width=80, force_terminal=True, color_system=None, soft_wrap=True)
    for module in (why, rotation, terminal):
        monkeypatch.setattr(module, "out", narrow)
    return screen


LONG = {"rep_id": "lindqvist-an", "credit_before": -1_166_667, "credit_after": -1_166_667}


def test_a_decision_fits_a_screen_of_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prose is broken between words; no figure of a row is cut or folded, whatever the limits."""
    screen = on_a_screen(monkeypatch)
    anna, bert, carl = DECISION["candidates"]
    reason = "has had as many of the pool's leads this month as it allows"
    candidates = [{**anna, **LONG}, bert, {**carl, **LONG, "reason": reason}]
    why.show({**DECISION, "candidates": candidates})
    lines = [line.rstrip() for line in screen.getvalue().splitlines()]
    table = lines[lines.index("") : -4]
    assert all(len(line) <= 80 for line in table)
    assert lines[0].startswith("anna got assignment 2: anna was owed 0.83 of a lead, more than")
    assert len(lines[0]) <= 80
    rows = [" ".join(line.split()) for line in lines]
    assert "lindqvist-an chosen 2 -1.167 +0.667 -1.167 3/20 2/10 4/5" in rows
    assert any(row.startswith("lindqvist-an has had") for row in rows)
    assert any(row.endswith("-1.167 3 2 4") for row in rows)


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
    assert lines[4:] == ['{"email":', "⟨U+001B⟩[2J broken"]


def test_what_came_keeps_its_indentation(capsys: pytest.CaptureFixture[str]) -> None:
    sent = '{\n    "a":  1\n}'
    why._explain_undecided(
        {**QUARANTINED, "quarantine": {**QUARANTINED["quarantine"], "raw": sent}}
    )
    assert capsys.readouterr().out.endswith('\n  {\n      "a":  1\n  }\n')


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
    assert shown(capsys)[2:5] == ["Bought for 25.00 EUR.", f"Note: {WARNING}.", ""]


@pytest.mark.parametrize("beside", [{}, {"sale": None, "warnings": []}])
def test_a_decision_about_a_lead_that_nobody_sold_is_as_it_was(
    beside: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Also when the API is an older one."""
    why.show({**DECISION, **beside})
    assert shown(capsys)[2] == ""


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


ROTATION: dict[str, Any] = {
    "pool_id": "nordic",
    "leads": 12,
    "config_version": 3,
    "at": "2026-11-21T18:00:00.123Z",
    "credit_sum": 0,
    "limits": [{"limit": "daily_limit", "most": 50, "used": 12, "rolling": False}],
    "members": [
        {
            "rep_id": "anna",
            "name": "Anna [bold] Lindqvist",
            "weight": 2.5,
            "credit": 250_000,
            "open": 3,
            "open_in_pool": 2,
            "holding_limit": 20,
            "received_today": 4,
            "daily_limit": None,
            "limits": [
                {"limit": "holding_limit", "most": 20, "used": 3, "rolling": False},
                {"limit": "holding_points", "most": 30, "used": 12.5, "rolling": False},
                {"limit": "pool_weekly_limit", "most": 9, "used": 4, "rolling": True},
            ],
            "status": "available",
            "until": None,
        },
        {
            "rep_id": "bert",
            "name": "Bert",
            "weight": 1.0,
            "credit": -250_000,
            "open": 5,
            "open_in_pool": 5,
            "holding_limit": 5,
            "received_today": 5,
            "daily_limit": 30,
            "limits": [],
            "status": "off_shift",
            "until": "2026-11-23T08:00:00.000Z",
        },
    ],
}


def test_a_rotation_shows_what_each_member_is_owed_and_holds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With all limits and how much of each is used, and when who is absent is back."""
    rotation.show(ROTATION)
    lines = shown(capsys)
    assert lines[0].startswith("Pool nordic: 12 leads given, last change 2026-11-21 ")
    assert lines[1] == "All together: daily limit 12 of 50"
    assert lines[4] == "anna Anna [bold] Lindqvist 2.5 0.250 3 of 20 2 4 available"
    assert lines[5].startswith("bert Bert 1 -0.250 5 of 5 5 5 of 30 off shift until 2026-11-23 ")
    assert lines[6:] == [
        "anna: holding points 12.5 of 30, rolling pool weekly limit 4 of 9",
        "All that is owed sums to 0.000.",
    ]


def test_a_rotation_fits_a_screen_of_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_a_screen(monkeypatch)
    rotation.show(ROTATION)
    lines = screen.getvalue().splitlines()
    assert all(len(line.rstrip()) <= 80 for line in lines[3:-2])
    assert "…" not in screen.getvalue()


def test_the_readme_shows_these_tables(capsys: pytest.CaptureFixture[str]) -> None:
    why.show(DECISION)
    rotation.show(ROTATION)
    headings = [line for line in shown(capsys) if line.startswith("rep ")]
    assert len(headings) == 3
    readme = (ROOT / "README.md").read_text().splitlines()
    assert set(headings) <= {" ".join(line.split()) for line in readme}


@pytest.mark.parametrize(
    ("credit", "plain", "with_sign"),
    [(0, "0.000", "+0.000"), (-1, "0.000", "+0.000"), (833_333, "0.833", "+0.833")],
)
def test_credits_never_show_a_negative_nothing(credit: int, plain: str, with_sign: str) -> None:
    assert (leads(credit), signed(credit)) == (plain, with_sign)
