"""Whatever the stages, whatever the rep does, and whenever the sweep comes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.deadlines import TAKING, Action, Deadline, IfStill, Protection
from shared.domain.leads import OPEN_STATUSES, OVERDUE, Change, Lead, Status, Step, evolve, replay
from shared.domain.overdue import changes_of, overdue
from shared.domain.protection import with_end
from shared.domain.working_time import after, calendar_of, working_seconds
from shared.errors import IllegalTransitionError
from shared.store.codec import lead_from_item, lead_to_item
from tests.team import config

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
deadlines = st.builds(
    Deadline,
    st.sampled_from(Action),
    st.integers(1, 60),
    st.sampled_from(IfStill),
    st.sampled_from([0, 30]),
)
stages = st.lists(deadlines, max_size=8).map(
    lambda some: tuple(sorted(some, key=lambda stage: stage.after))
)
protections = st.none() | st.builds(
    Protection,
    activity=st.integers(1, 60),
    at_most=st.integers(30, 60),
    then=st.sampled_from([*TAKING, Action.TELL_MANAGER]),
    first=st.integers(1, 30),
)
acts = st.sampled_from(
    [
        *(Step.ACCEPTED, Step.ACCEPTED, Step.NOTED, Step.ATTEMPTED, Step.SNOOZED),
        *(Step.ENRICHED, Step.CONTACTED, Step.DECLINED, Step.CONVERTED),
    ]
)
# What comes next, after how many seconds: an act of the rep's, or a sweep, perhaps twice the same.
events = st.lists(
    st.tuples(st.integers(0, 25), acts | st.sampled_from(["sweep", "sweep twice"])),
    min_size=3,
    max_size=15,
)
DONE = {Step.NOTED, Step.ACCEPTED, Step.ATTEMPTED, Step.SNOOZED, Step.CONTACTED}
# What a record says was still so → what the rep cannot have done then.
NOT_DONE = {
    "untouched": DONE,
    "unaccepted": {Step.ACCEPTED},
    "not_contacted": {Step.CONTACTED},
    "no_activity": set(),
}


def sweep(lead: Lead, now: datetime) -> Lead:
    if lead.due_at is None or lead.due_at > now or lead.status not in OPEN_STATUSES:
        assert not overdue(lead, now)  # nothing is due that the index would not show
        return lead
    due = overdue(lead, now)
    assert due  # and what it shows is: else it would be looked at for ever
    done = {change.step for change in lead.log}
    for change in changes_of(lead, due, now, None):
        if change.step is not Step.REMINDED:
            assert not done & NOT_DONE[change.reason or "unaccepted"]
        elif Step.CONTACTED in done:
            assert lead.hold.snoozed_until  # as the rep has asked for
        before, lead = lead, evolve(lead, change)
        if before.status in OPEN_STATUSES and lead.status in OPEN_STATUSES:
            assert lead.stage >= before.stage
    return lead


@given(stages, protections, events)
def test_one_take_at_most_no_reminder_after_it_and_none_of_what_is_accepted(
    stages: tuple[Deadline, ...],
    protection: Protection | None,
    events: list[tuple[int, Step | str]],
) -> None:
    given_ = Change(Step.ASSIGNED, START, "anna", "sales", deadlines=stages, protection=protection)
    lead = replay("l1", "form#website", {}, [Change(Step.CAPTURED, START), given_])
    now = START
    for seconds, event in events:
        now += timedelta(seconds=seconds)
        stage, status = lead.stage, lead.status
        if isinstance(event, Step):
            until = now + timedelta(seconds=10) if event is Step.SNOOZED else None
            try:
                lead = evolve(lead, Change(event, now, "anna", until=until))
            except IllegalTransitionError:
                continue
        else:
            for _ in event.split():
                lead = sweep(lead, now)
        if {status, lead.status} <= OPEN_STATUSES:
            assert lead.stage >= stage
        assert lead == replay("l1", "form#website", {}, lead.log)
        assert lead_from_item(lead_to_item(lead)) == lead
        if lead.status in OPEN_STATUSES and protection and lead.hold.protected_until:
            assert lead.hold.protected_until <= START + timedelta(seconds=protection.at_most)
    steps = [change.step for change in lead.log]
    taken = [number for number, step in enumerate(steps) if step in OVERDUE]
    assert len(taken) <= 1
    if taken:
        assert steps[taken[0]] is (Step.LAPSED if Step.ACCEPTED in steps else Step.RECLAIMED)
        assert not {Step.REMINDED, Step.ESCALATED} & set(steps[taken[0] :])
        assert lead.status is Status.NEW


snoozes = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 40)), min_size=1, max_size=10)


@given(snoozes)
def test_stages_are_put_off_by_no_more_than_was_snoozed(snoozes: list[tuple[int, int]]) -> None:
    """Back and forth, overlapping or apart; and each snooze ends before any stage that it moved."""
    stages = (Deadline(Action.RECLAIM, 10_000, IfStill.NOT_CONTACTED),)
    forever = Protection(activity=1, at_most=100_000)
    log = [
        Change(Step.CAPTURED, START),
        Change(Step.ASSIGNED, START, "anna", "sales", deadlines=stages, protection=forever),
        Change(Step.ACCEPTED, START, "anna"),
    ]
    lead, now, asleep = replay("l1", "form#website", {}, log), START, set()
    for pause, seconds in snoozes:
        now += timedelta(seconds=pause)
        begun = int((now - START).total_seconds())
        asleep |= set(range(begun, begun + seconds))
        until = now + timedelta(seconds=seconds)
        lead = evolve(lead, Change(Step.SNOOZED, now, "anna", until=until))
        assert lead.hold.delay == len(asleep)
        assert lead.yours_until
        assert lead.yours_until > until


OFFICE = {"week": [{"days": ["mon", "tue", "thu"], "start": "09:00", "end": "17:00"}]}
TEAM = config(
    {"anna": 1},
    limits={"anna": {"hours": "office"}},
    more={"hours": {"office": OFFICE}},
    deadlines={"clock": "rep"},
    protection={"activity": "1h", "at_most": "1d"},
)
minutes = st.integers(0, 4 * 24 * 60)


@given(st.integers(1, 40), st.lists(st.tuples(minutes, minutes), min_size=1, max_size=5))
def test_in_working_time_stages_are_put_off_by_the_working_time_that_was_snoozed(
    hours: int, snoozes: list[tuple[int, int]]
) -> None:
    clock, minute = calendar_of(TEAM, "anna"), timedelta(minutes=1)
    due = after(clock, START, hours * 3600)
    seconds = int((due - START).total_seconds())
    forever = Protection(1, at_most=400 * 86400, then=Action.TELL_MANAGER, working=True)
    stages = (Deadline(Action.RECLAIM, seconds, IfStill.NOT_CONTACTED),)
    log = [
        Change(Step.CAPTURED, START),
        Change(Step.ASSIGNED, START, "anna", "sales", deadlines=stages, protection=forever),
        Change(Step.ACCEPTED, START, "anna"),
    ]
    lead, now, furthest, asleep = replay("l1", "form#website", {}, log), START, START, 0
    for pause, lasts in snoozes:
        now += pause * minute
        (passes,) = [at for _, at in lead.stages]
        if passes <= now:
            return
        until = now + (lasts + 1) * minute
        asleep += working_seconds(clock, max(now, furthest), until)
        furthest = max(furthest, until)
        lead = evolve(lead, with_end(TEAM, lead, Change(Step.SNOOZED, now, "anna", until=until)))
        assert lead.yours_until == after(clock, START, hours * 3600 + asleep)
        assert lead.yours_until
        assert lead.yours_until > until
        assert lead_from_item(lead_to_item(lead)) == lead
