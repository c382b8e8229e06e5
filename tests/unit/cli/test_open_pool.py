"""`leadwheel open`: what waits to be claimed, on a terminal."""

from typing import Any

import pytest

from infra.cli.open_pool import age, show

LEAD = {
    "lead_id": "01kjpwd6m060z63ke4qe3c69rg",
    "source": "form#website",
    "since": "2026-03-02T09:00:00.000Z",
    "until": None,
    "score": 40.0,
    "offered_to": 0,
    "name": "A. B.",
    "company": "[bold]Engines[/bold] AB",
    "email": "a•••@e•••.com",
    "phone": None,
    "place": None,
    "product": None,
}


def waiting(*leads: dict[str, Any], **more: Any) -> dict[str, Any]:
    usual = {
        "pool_id": "sales",
        "preview": True,
        "masked": True,
        "count": len(leads),
        "more": False,
        "oldest_age": 7_300 if leads else None,
        "leads": list(leads),
    }
    return {**usual, **more}


def test_each_lead_is_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    """What strangers wrote is text, not markup."""
    show(waiting(LEAD, {**LEAD, "offered_to": 3}))
    head, _, _, first, second = capsys.readouterr().out.splitlines()
    assert head == "Pool sales: 2 leads wait to be claimed, the oldest for 2 h"
    for fact in (LEAD["lead_id"], "A. B.", "[bold]Engines[/bold] AB", "a•••@e•••.com", "40"):
        assert fact in first
    assert first.endswith("all")
    assert second.endswith("3")


def test_unseen_leads_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    show(waiting(count=100, more=True, oldest_age=59, preview=False))
    assert capsys.readouterr().out.splitlines() == [
        "Pool sales: more than 100 leads wait to be claimed, the oldest for 59 s",
        "Its leads are claimed unseen, the oldest first.",
    ]


def test_nothing_is_said_to_be_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    show(waiting())
    assert capsys.readouterr().out == "Pool sales: no lead waits to be claimed\n"


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0 s"), (60, "1 min"), (200_000, "2 d")])
def test_ages_are_short(seconds: int, shown: str) -> None:
    assert age(seconds) == shown
