"""Notices to managers: what waits and why, and never whom it is about."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.leads import Change, Lead, Step, replay
from shared.messages.topic import (
    again_notice,
    cap_notice,
    not_fetched_notice,
    parked_notice,
    return_notice,
)

NOW = datetime(2026, 11, 24, 13, 17, 2, tzinfo=UTC)
CANDIDATES = [("anna", "is paused"), ("bo", "holds as many open leads as their limit allows")]
API = "https://api.example"
REASON = "nobody in the pool can take a lead right now"


def parked(lead: Lead, *, retry: bool = True, pool: str = "sales", **fields: object) -> Lead:
    change = Change(Step.PARKED, lead.created_at, None, pool, "All", 4, retry=retry)
    return replay(lead.lead_id, lead.source, fields or lead.fields, [lead.log[0], change])


def came_again(first: Lead) -> Lead:
    change = Change(Step.DUPLICATED, first.created_at, first=first.lead_id)
    return replay("01JDFB000000000000000AGA1N", "form#pricing", first.fields, [change])


def given_up(lead: Lead) -> Lead:
    reason = "not_fetched: its platform did not give it"
    log = [
        Change(Step.ANNOUNCED, lead.created_at),
        Change(Step.QUARANTINED, lead.created_at, reason=reason),
    ]
    return replay(lead.lead_id, "hook#meta", lead.fields, log)


def cap(
    level: str = "near",
    leads: tuple[int, int | None] = (80, 100),
    money: tuple[str, str | None] = ("2000.00", None),
    *,
    owner: str = "partner#acme",
    name: str = "daily",
) -> tuple[str, str]:
    return cap_notice(
        owner=owner, cap=name, period="2026-11-24", level=level, leads=leads, money=money
    )


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
    lead_id = assigned().lead_id
    assert f"leadwheel assign {lead_id} REP" in text
    assert f"POST {API}/v1/leads/{lead_id}/assign" in text
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
    held = assigned(**fields)
    for subject, text in (
        notice(parked(assigned(), **fields)),
        again_notice(came_again(held), held, api_url=API),
        not_fetched_notice(given_up(held), api_url=API),
    ):
        assert mark not in subject + text


@given(text=st.text(max_size=300))
def test_the_subject_is_what_sns_takes(assigned, text) -> None:
    """Less than 100 characters, all printable ASCII, beginning with a letter."""
    odd = replay("01JD", text, {}, [*given_up(assigned()).log])
    for subject, _ in (
        notice(parked(assigned(), pool=text)),
        not_fetched_notice(odd, api_url=API),
        return_notice(lead_id="01JD", partner=text, reason=text, at="", api_url=API),
        cap(owner=text, name=text),
    ):
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


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ([], "since nobody has that lead: it is new."),
        ([Change(Step.PARKED, NOW, pool="sales")], "since nobody has that lead: it is parked."),
        (
            [Change(Step.ASSIGNED, NOW, "anna"), Change(Step.ACCEPTED, NOW, "anna")],
            ": anna, who has that lead, has left the configuration or is switched off in it.",
        ),
        (
            [
                Change(Step.ASSIGNED, NOW, "anna"),
                Change(Step.ACCEPTED, NOW, "anna"),
                Change(Step.LOST, NOW, "anna"),
            ],
            "since nobody has that lead: it is lost.",
        ),
    ],
)
def test_who_comes_again_and_is_nobodys_is_a_managers(assigned, then, expected) -> None:
    """Both leads are named, and why no rep could be told."""
    first = replay("01JDFA", "form#website", {}, [assigned().log[0], *then])
    subject, text = again_notice(came_again(first), first, api_url=f"{API}/")
    assert subject == "leadwheel: somebody has come again, and no rep can be told"
    for fact in (
        *("lead 01JDFA has come again, through form#pricing", expected),
        *(f"{API}/v1/leads/01JDFA\n", f"{API}/v1/leads/01JDFB000000000000000AGA1N\n"),
    ):
        assert fact in " ".join(text.split(" "))


def test_who_comes_again_after_their_lead_was_deleted(assigned) -> None:
    _, text = again_notice(came_again(assigned()), None, api_url=API)
    assert "that lead has been deleted" in text
    assert text.count(f"{API}/v1/leads/") == 1


def test_what_a_platform_never_gave_says_what_to_do(assigned) -> None:
    lead = given_up(assigned())
    subject, text = not_fetched_notice(lead, api_url=API)
    assert subject == "leadwheel: hook#meta did not give a lead that it announced"
    for fact in (
        *("could not get: its platform did not give it.", "waits in quarantine for your decision"),
        *("access token", f"{API}/v1/leads/{lead.lead_id}"),
    ):
        assert fact in text


def test_a_return_that_waits_says_by_whom_why_and_how_to_decide() -> None:
    subject, text = return_notice(
        lead_id="01JD",
        partner="acme",
        reason="wrong_number",
        at="2026-11-24T13:17:02.000Z",
        api_url=f"{API}/",
    )
    assert subject == "leadwheel: partner acme asks to take a lead back"
    for fact in (
        *("Reason: wrong_number", "2026-11-24T13:17:02.000Z"),
        *(f"{API}/v1/leads/01JD/approve-return", f"{API}/v1/leads/01JD/refuse-return"),
    ):
        assert fact in text


def test_a_cap_says_how_far_it_is() -> None:
    subject, text = cap("near")
    assert subject == "leadwheel: the cap daily of partner acme is nearly full"
    for fact in ("period 2026-11-24", "Leads: 80 of 100\n", "Money: 2000.00\n"):
        assert fact in text
    subject, text = cap("reached", (4, None), ("3000.00", "3000.00"))
    assert subject == "leadwheel: the cap daily of partner acme is full"
    for fact in ("are refused until", "Leads: 4\n", "Money: 3000.00 of 3000.00\n"):
        assert fact in text
