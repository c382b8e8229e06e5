"""Notices to managers: what waits and why, and never whom it is about."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.leads import Change, Lead, Step, replay
from shared.messages.topic import parked_notice

CANDIDATES = [("anna", "is paused"), ("bo", "holds as many open leads as their limit allows")]
REASON = "nobody in the pool can take a lead right now"


def parked(lead: Lead, *, retry: bool = True, pool: str = "sales", **fields: object) -> Lead:
    change = Change(Step.PARKED, lead.created_at, None, pool, "All", 4, retry=retry)
    return replay(lead.lead_id, lead.source, fields or lead.fields, [lead.log[0], change])


def notice(lead: Lead) -> tuple[str, str]:
    return parked_notice(lead, reason=REASON, candidates=CANDIDATES, api_url="https://api.example/")


def test_says_what_waits_and_why(assigned) -> None:
    """Where it came from, why nobody has it, who was asked, and where to look it up."""
    lead = parked(assigned())
    subject, text = notice(lead)
    assert subject == "leadwheel: a lead is waiting in pool sales"
    for fact in (
        *(f"{REASON}.", "anna: is paused", "bo: holds as many", "form#website", "sales"),
        *("2026-11-24T13:17:02.000Z", f"https://api.example/v1/leads/{lead.lead_id}/decision"),
        "leadwheel tries again by itself",
    ):
        assert fact in text


def test_says_when_it_is_the_managers_turn(assigned) -> None:
    """A lead that is not tried again must not look as if it were."""
    subject, text = notice(parked(assigned(), retry=False))
    assert subject == "leadwheel: a lead needs your decision (pool sales)"
    assert "waits for your decision" in text
    assert "tries again by itself, every" not in text


def test_tells_of_the_parking_also_when_the_lead_moved_on(assigned) -> None:
    """The notice may be sent late; it is about what was decided then."""
    lead = parked(assigned())
    later = replay(
        lead.lead_id, lead.source, lead.fields, [*lead.log, Change(Step.ASSIGNED, lead.created_at)]
    )
    assert notice(later) == notice(lead)


@given(mark=st.from_regex(r"[A-Za-z]{4}[0-9]{8}", fullmatch=True))
def test_holds_nothing_personal(assigned, mark) -> None:
    """A mark in every field of the lead, and none of it in the notice."""
    fields: dict[str, object] = {
        name: mark for name, value in assigned().fields.items() if isinstance(value, str)
    }
    fields |= {"first_name": mark, "last_name": mark, "extra": {mark: mark}}
    assert mark not in "".join(notice(parked(assigned(), **fields)))


@given(pool=st.text(max_size=300))
def test_the_subject_is_what_sns_takes(assigned, pool) -> None:
    """Less than 100 characters, all printable ASCII, beginning with a letter."""
    subject, _ = notice(parked(assigned(), pool=pool))
    assert len(subject) < 100
    assert subject[0].isalpha()
    assert all(" " <= char <= "~" for char in subject)


@pytest.mark.parametrize("size", [0, 1, 200])
def test_any_size_of_pool_fits(assigned, size) -> None:
    """SNS takes 256 KB; a very large pool is cut, and says so."""
    candidates = [(f"rep-{i}", "is paused") for i in range(size)]
    _, text = parked_notice(
        parked(assigned()), reason=REASON, candidates=candidates, api_url="https://api.example"
    )
    assert len(text) < 10_000
    assert ("and 150 more" in text) == (size == 200)
    assert not list(_double_blanks(text))


def _double_blanks(text: str) -> Iterator[str]:
    lines = text.splitlines()
    yield from (a for a, b in pairwise(lines) if a == b == "")
