"""A lead's life: legal steps only, and its log is enough to rebuild it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.deadlines import Action, Deadline, IfStill, Protection
from shared.domain.leads import (
    KEEPING,
    OPEN_STATUSES,
    TRANSITIONS,
    Change,
    Lead,
    Sale,
    Status,
    Step,
    Won,
    evolve,
    next_steps,
    replay,
)
from shared.errors import IllegalTransitionError
from shared.store.codec import change_from_text, change_to_text, lead_from_item, lead_to_item

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)
changes = st.builds(
    Change,
    step=st.sampled_from(Step),
    at=st.integers(0, 10**10).map(lambda ms: START + timedelta(milliseconds=ms)),
    rep=st.none() | st.sampled_from(["anna", "bo"]),
    pool=st.none() | st.just("sales"),
    rule=st.none() | texts,
    turn=st.none() | st.integers(1, 10**6),
    deadlines=st.lists(
        st.builds(
            Deadline,
            action=st.sampled_from(Action),
            after=st.integers(1, 10**7),
            if_still=st.sampled_from(IfStill),
            pause=st.integers(0, 10**6),
        ),
        max_size=3,
    ).map(tuple),
    reason=st.none() | texts,
    by=st.none() | texts,
    retry=st.booleans(),
    sale=st.none()
    | st.builds(
        Sale,
        price=st.integers(0, 10**13),
        currency=st.sampled_from(["EUR", "USD"]),
        caps=st.lists(
            st.tuples(st.just("partner#acme#daily"), st.sampled_from(["2026-11-21", "2026-W47"]))
        ).map(tuple),
        ping=st.none() | st.just("01p"),
    ),
    first=st.none() | st.just("01l"),
    points=st.none() | st.tuples(*[st.integers(0, 10**9)] * 3),
    value=st.integers(0, 10**6),
    score=st.none() | st.sampled_from(["0", "-3.5", "80"]),
    offered=st.lists(st.sampled_from(["anna", "bo"]), unique=True).map(tuple),
    until=st.none() | st.integers(0, 10**10).map(lambda ms: START + timedelta(milliseconds=ms)),
    names=st.lists(st.sampled_from(["email", "phone"]), unique=True).map(tuple),
    to=st.none() | st.just("others"),
    over=st.just(()) | st.just(("holding_limit",)),
    won=st.none() | st.builds(Won, st.integers(0, 10**13), st.sampled_from(["EUR", "USD"])),
    protection=st.none()
    | st.builds(
        Protection,
        activity=st.integers(1, 10**7),
        at_most=st.integers(1, 10**7),
        then=st.sampled_from(Action),
        first=st.integers(1, 10**7),
        working=st.booleans(),
    ),
    then=st.none() | st.sampled_from(Action),
)


@given(changes)
def test_a_change_survives_storage(change: Change) -> None:
    assert change_from_text(change_to_text(change)) == change


@given(st.lists(changes, max_size=30))
def test_only_legal_steps_are_taken(several: list[Change]) -> None:
    """From any state, a step is taken or refused just as the table of transitions says."""
    lead = Lead("l1", "form#website", {})
    for change in several:
        starts, end = TRANSITIONS.get(change.step, (frozenset(), None))
        if lead.status in KEEPING.get(change.step, ()):
            before, lead = lead, evolve(lead, change)
            moving = {"due_at": before.due_at, "stage": before.stage, "hold": before.hold}
            assert replace(lead, log=before.log, **moving) == before
        elif lead.status in starts:
            lead = evolve(lead, change)
            assert lead.status is end
        else:
            with pytest.raises(IllegalTransitionError):
                evolve(lead, change)
    assert lead == replay("l1", "form#website", {}, lead.log)


@given(st.data())
def test_an_owner_exists_exactly_while_somebody_holds_the_lead(data: st.DataObject) -> None:
    """And so does a place for it; a lead that waits for routing is always due for the watchdog."""
    lead = evolve(Lead("l1", "form#website", {}), Change(Step.CAPTURED, START))
    for hour in range(12):
        steps = next_steps(lead.status)
        if not steps:
            break
        step = data.draw(st.sampled_from(steps))
        at = START + timedelta(hours=hour)
        stages = (Deadline(Action.REMIND, 60), Deadline(Action.RECLAIM, 120))
        rep = "anna" if step in (Step.ASSIGNED, Step.CLAIMED) else None
        pool = "sales" if rep or step in (Step.PARKED, Step.OPENED) else None
        before, to = lead, "others" if step is Step.PASSED else None
        change = Change(step, at, rep, pool, deadlines=stages if rep else (), to=to)
        lead = evolve(lead, change)
        if any(change.step is Step.RETURNED for change in lead.log):
            continue  # whoever had it, if anybody, still stands there
        if before.owner and before.owner != lead.owner:
            assert before.owner in lead.lost_by or step is Step.REROUTED
        assert lead.owner not in lead.lost_by
        assert lead.burden.open == (lead.status in OPEN_STATUSES)
        assert lead.burden.rep == (lead.owner if lead.burden.open else None)
        if before.pool not in (None, lead.pool):
            assert (lead.tries, lead.since) == (1 if rep else 0, at)
            assert lead.passed_on == (step is Step.PASSED)
        assert (lead.owner is not None) == (
            lead.status in OPEN_STATUSES | {Status.CONVERTED, Status.LOST}
        )
        listed = OPEN_STATUSES | {Status.PARKED, Status.OPEN}
        assert (lead.place is not None) == (lead.status in listed)
        assert (lead.status is Status.NEW) <= (lead.due_at is not None)
        stored = lead_from_item(lead_to_item(lead))
        assert stored == lead


def test_a_late_reminder_stands_for_all_that_were_missed() -> None:
    """The sweep was down for an hour: one reminder, and the next deadline is one still ahead."""
    reminders = (Deadline(Action.REMIND, 60 * n) for n in (1, 2, 3))
    stages = (*reminders, Deadline(Action.RECLAIM, 7200))
    lead = replay(
        "l1",
        "form#website",
        {},
        [
            Change(Step.CAPTURED, START),
            Change(Step.ASSIGNED, START, "anna", "sales", deadlines=stages),
            Change(Step.REMINDED, START + timedelta(hours=1)),
        ],
    )
    assert lead.due_at == START + timedelta(hours=2)
