"""Stages and protection of one lead, by its log alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from shared.domain.config import Config
from shared.domain.deadlines import Action, Deadline, IfStill, Protection
from shared.domain.leads import Change, Lead, Status, Step, evolve, replay
from shared.domain.overdue import Overdue, changes_of, overdue
from shared.domain.protection import (
    deadlines_for,
    kept_by,
    paused_until,
    protection_for,
    with_end,
)
from shared.domain.response import response_of
from shared.domain.snoozing import taken_asleep
from shared.store.codec import change_from_text, change_to_text
from tests.team import config

START = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday
MINUTE = timedelta(minutes=1)
STAGES = (
    Deadline(Action.REMIND, 300, IfStill.UNTOUCHED),
    Deadline(Action.TELL_MANAGER, 600),
    Deadline(Action.REMIND, 900, IfStill.NOT_CONTACTED),
    Deadline(Action.RECLAIM, 1200, IfStill.NOT_CONTACTED),
)
WEEK = Protection(activity=86400, at_most=7 * 86400, then=Action.OPEN, first=7200)


def assigned(
    *later: Change, stages: tuple[Deadline, ...] = STAGES, protection: Protection | None = None
) -> Lead:
    given = Change(Step.ASSIGNED, START, "anna", "sales", deadlines=stages, protection=protection)
    return replay("l1", "form#website", {}, [Change(Step.CAPTURED, START), given, *later])


def at(minutes: float) -> datetime:
    return START + minutes * MINUTE


def swept(lead: Lead, minutes: float) -> tuple[Step, ...]:
    due = overdue(lead, at(minutes))
    return tuple(change.step for change in changes_of(lead, due, at(minutes), None))


# ── Stages ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("minutes", "steps"),
    [
        (4.9, ()),
        (5, ("reminded",)),
        (10, ("escalated", "reminded")),
        (15, ("escalated", "reminded")),
        (20, ("escalated", "reclaimed")),
        (999, ("escalated", "reclaimed")),
    ],
)
def test_a_late_sweep_tells_first_and_then_takes_or_reminds_once(
    minutes: float, steps: tuple[str, ...]
) -> None:
    assert swept(assigned(), minutes) == steps


def test_a_stage_acts_only_if_what_it_asks_is_still_so() -> None:
    noted = assigned(Change(Step.NOTED, at(1), "anna"))
    assert (noted.stage, noted.due_at) == (1, at(10))
    accepted = assigned(Change(Step.ACCEPTED, at(1), "anna"))
    assert (accepted.stage, accepted.due_at) == (2, at(15))
    contacted = assigned(
        Change(Step.ACCEPTED, at(1), "anna"), Change(Step.CONTACTED, at(2), "anna")
    )
    assert (contacted.stage, contacted.due_at) == (4, None)
    assert not overdue(contacted, at(999))


# Bo is a rep, and manages Anna's pool.
@pytest.mark.parametrize("by", ["manager#lena", "manager", "administrator", "bo"])
def test_what_a_manager_notes_is_not_the_reps_doing(by: str) -> None:
    lead = assigned(Change(Step.NOTED, at(1), "anna", by=by))
    assert (lead.stage, lead.due_at) == (0, at(5))


@pytest.mark.parametrize("by", [None, "anna", "link", "api", "key#crm"])
def test_what_a_rep_notes_or_a_program_for_them_is(by: str | None) -> None:
    lead = assigned(Change(Step.NOTED, at(1), "anna", by=by))
    assert lead.due_at != at(5)


def test_an_accepted_lead_lapses_and_is_never_reclaimed() -> None:
    accepted = assigned(Change(Step.ACCEPTED, at(1), "anna"))
    (lapsed,) = changes_of(accepted, overdue(accepted, at(20)), at(20), None)
    assert (lapsed.step, lapsed.reason) == (Step.LAPSED, "not_contacted")
    lead = assigned(Change(Step.ACCEPTED, at(1), "anna"), lapsed)
    assert (lead.status, lead.owner, set(lead.lost_by)) == (Status.NEW, None, {"anna"})
    assert lead.lost_at("anna") == at(20)


def test_a_stage_that_has_acted_does_not_act_again() -> None:
    told = assigned(Change(Step.ESCALATED, at(10), "anna"), Change(Step.REMINDED, at(10), "anna"))
    assert (told.stage, told.due_at) == (2, at(15))
    assert swept(told, 10) == ()


def test_a_pause_tells_the_managers_too() -> None:
    stages = (Deadline(Action.PAUSE_REP, 60, pause=3600), Deadline(Action.PARK, 60))
    lead = assigned(stages=stages)
    due = overdue(lead, at(1))
    assert due == Overdue("unaccepted", stages[0], Action.PARK, "unaccepted")
    told, taken = changes_of(lead, due, at(1), at(61))
    assert (told.step, told.until) == (Step.ESCALATED, at(61))
    assert (taken.step, taken.then, taken.reason) == (Step.RECLAIMED, Action.PARK, None)


def test_a_pause_lasts_until_the_shift_ends() -> None:
    office = {"office": {"week": [{"start": "08:00", "end": "17:00"}]}}
    limits = {"anna": {"hours": "office"}, "bo": {"time_zone": "Europe/Stockholm"}}
    team = config({"anna": 1, "bo": 1}, limits=limits, more={"hours": office})
    stage = Deadline(Action.PAUSE_REP, 60)
    assert paused_until(team, "anna", stage, START) == START.replace(hour=17)
    evening = START.replace(hour=20)
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    assert paused_until(team, "anna", stage, evening) == midnight
    assert paused_until(team, "bo", stage, evening) == midnight - timedelta(hours=1)
    assert paused_until(team, "bo", stage._replace(pause=60), evening) == evening + MINUTE


@pytest.mark.parametrize(
    ("week", "end"),
    [
        ([{}], "2026-11-24T00:00"),  # round the clock
        ([{"days": ["mon", "tue"]}], "2026-11-24T00:00"),
        ([{"end": "12:00"}, {"start": "12:00", "end": "18:00"}], "2026-11-23T18:00"),
        ([{"start": "08:00", "end": "06:00"}], "2026-11-24T06:00"),
    ],
)
def test_a_pause_lasts_no_longer_than_a_day(week: list[dict[str, Any]], end: str) -> None:
    hours = {"hers": {"week": week}}
    team = config({"anna": 1}, limits={"anna": {"hours": "hers"}}, more={"hours": hours})
    until = paused_until(team, "anna", Deadline(Action.PAUSE_REP, 60), START)
    assert until == datetime.fromisoformat(end).replace(tzinfo=UTC)


# ── Until when it is theirs, and what then ───────────────────────────────────────────────────────


def test_what_becomes_of_a_lead_is_what_takes_it_first() -> None:
    remind, reclaim, opens = (Action.REMIND, Action.RECLAIM, Action.OPEN)
    lead = assigned(stages=(Deadline(remind, 60), Deadline(opens, 120), Deadline(reclaim, 120)))
    assert (lead.yours_until, lead.then_becomes) == (START + 2 * MINUTE, opens)
    assert assigned(stages=(Deadline(remind, 60),)).then_becomes is None
    accepted = Change(Step.ACCEPTED, at(0), "anna")
    stages = (Deadline(Action.PARK, 90 * 60, IfStill.NOT_CONTACTED), Deadline(reclaim, 60))
    for first, then in ((3600, opens), (7200, Action.PARK)):
        protected = assigned(accepted, stages=stages, protection=WEEK._replace(first=first))
        assert protected.then_becomes is then


# ── Protection ───────────────────────────────────────────────────────────────────────────────────


def test_each_activity_keeps_a_lead_for_longer_up_to_the_hard_end() -> None:
    accept = Change(Step.ACCEPTED, at(10), "anna")
    lead = assigned(accept, stages=(), protection=WEEK)
    assert (lead.due_at, lead.yours_until) == (at(130), at(130))
    tried = Change(Step.ATTEMPTED, at(60), "anna")
    lead = assigned(accept, tried, stages=(), protection=WEEK)
    assert lead.due_at == at(60) + timedelta(days=1)
    late = Change(Step.CONTACTED, START + timedelta(days=6, hours=12), "anna")
    lead = assigned(accept, tried, late, stages=(), protection=WEEK)
    assert lead.due_at == START + timedelta(days=7)
    (taken,) = changes_of(lead, overdue(lead, lead.due_at), lead.due_at, None)
    assert (taken.step, taken.then, taken.reason) == (Step.LAPSED, Action.OPEN, "no_activity")


def test_no_activity_shortens_a_protection_and_a_managers_note_is_none() -> None:
    accept = Change(Step.ACCEPTED, at(0), "anna")
    short = WEEK._replace(activity=60)
    noted = Change(Step.NOTED, at(1), "anna")
    assert assigned(accept, noted, stages=(), protection=short).due_at == at(120)
    for by in ("manager#lena", "administrator", "bo"):
        by_manager = Change(Step.NOTED, at(100), "anna", by=by)
        assert assigned(accept, by_manager, stages=(), protection=WEEK).due_at == at(120)


def test_nothing_is_protected_before_it_is_accepted() -> None:
    lead = assigned(Change(Step.NOTED, at(1), "anna"), stages=(), protection=WEEK)
    assert lead.due_at is None


def test_managers_are_told_of_each_end_and_of_the_hard_one_once() -> None:
    told = WEEK._replace(then=Action.TELL_MANAGER)
    log = [Change(Step.ACCEPTED, at(0), "anna"), Change(Step.ESCALATED, at(120), "anna")]
    lead = assigned(*log, stages=(), protection=told)
    assert (lead.status, lead.due_at, lead.yours_until) == (Status.ACCEPTED, None, None)
    log.append(Change(Step.ATTEMPTED, at(200), "anna"))
    assert assigned(*log, stages=(), protection=told).due_at == at(200) + timedelta(days=1)
    hard_end = START + timedelta(days=7)
    log += [
        Change(Step.ATTEMPTED, hard_end - MINUTE, "anna"),
        Change(Step.ESCALATED, hard_end, "anna"),
        Change(Step.NOTED, hard_end + MINUTE, "anna"),
    ]
    assert assigned(*log, stages=(), protection=told).due_at is None


def test_a_snooze_puts_later_stages_off_never_beyond_the_hard_end() -> None:
    accept = Change(Step.ACCEPTED, at(1), "anna")

    def reclaimed_at(until: datetime, protection: Protection | None) -> datetime:
        snooze = Change(Step.SNOOZED, at(2), "anna", until=until)
        lead = assigned(accept, snooze, stages=STAGES[3:], protection=protection)
        return lead.stages[0][1]

    assert reclaimed_at(at(62), WEEK) == at(80)
    assert reclaimed_at(START + timedelta(days=30), WEEK) == START + timedelta(days=7)
    assert reclaimed_at(at(62), None) == at(20)


def test_who_is_reminded_after_a_snooze_has_the_time_of_an_activity() -> None:
    accept = Change(Step.ACCEPTED, at(0), "anna")
    snooze = Change(Step.SNOOZED, at(10), "anna", until=START + timedelta(days=1))
    lead = assigned(accept, snooze, stages=(), protection=WEEK)
    assert (lead.due_at, lead.yours_until) == (snooze.until, START + timedelta(days=2))
    assert swept(lead, 24 * 60) == ("reminded",)
    reminded = assigned(
        accept, snooze, Change(Step.REMINDED, snooze.until), stages=(), protection=WEEK
    )
    assert swept(reminded, 48 * 60 - 1) == ()
    assert swept(reminded, 48 * 60) == ("lapsed",)


def test_no_lead_is_taken_from_who_has_been_told_that_it_sleeps() -> None:
    """Neither at the hard end, nor by a stage that no snooze puts off."""
    accept, end = Change(Step.ACCEPTED, at(1), "anna"), START + timedelta(days=7)

    def taken(until: datetime, **lead: Any) -> datetime | None:
        change = Change(Step.SNOOZED, at(2), "anna", until=until)
        return taken_asleep(assigned(accept, **lead), change)

    assert taken(end - MINUTE, protection=WEEK) is None
    assert taken(end, protection=WEEK) == taken(end + MINUTE, protection=WEEK) == end
    assert taken(at(19)) is None
    assert taken(at(20)) == at(20)
    assert taken(end + MINUTE, stages=()) is None
    telling = WEEK._replace(then=Action.TELL_MANAGER)
    assert taken(end + MINUTE, stages=(), protection=telling) is None


def test_two_snoozes_at_once_count_once() -> None:
    snoozes = [
        Change(Step.SNOOZED, at(2), "anna", until=at(62)),
        Change(Step.SNOOZED, at(3), "anna", until=at(72)),
    ]
    lead = assigned(Change(Step.ACCEPTED, at(1), "anna"), *snoozes, protection=WEEK)
    assert lead.hold.delay == 70 * 60


def test_snoozing_back_and_forth_counts_once() -> None:
    hours = (72, 1, 72, 1, 71)
    snoozes = [
        Change(Step.SNOOZED, at(number), "anna", until=START + timedelta(hours=hour))
        for number, hour in enumerate(hours)
    ]
    lead = assigned(Change(Step.ACCEPTED, START, "anna"), *snoozes, protection=WEEK)
    assert lead.hold.delay == 72 * 3600
    assert lead.hold.snoozed_until == START + timedelta(hours=71)


def test_in_working_time_an_activity_says_until_when_it_counts() -> None:
    """Friday at four: a day of eight hours more is Monday at four."""
    office = {"office": {"week": [{"days": ["mon", "fri"], "start": "09:00", "end": "17:00"}]}}
    protection = {"activity": "8h", "at_most": "40h"}
    team = config(
        {"anna": 1},
        more={"hours": office, "pools": {"sales": {
            "members": {"anna": 1}, "hours": "office", "deadlines": {"clock": "pool"},
            "protection": protection,
        }}},
    )  # fmt: skip
    friday = datetime(2026, 11, 27, 16, tzinfo=UTC)
    working = WEEK._replace(activity=8 * 3600, at_most=20 * 86400, working=True)
    lead = assigned(Change(Step.ACCEPTED, at(1), "anna"), stages=(), protection=working)
    assert kept_by(team, lead, Step.ATTEMPTED, friday) == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert kept_by(team, lead, Step.CONVERTED, friday) is None
    snooze = Change(Step.SNOOZED, at(2), "anna", until=friday)
    snooze = with_end(team, lead, snooze)
    assert snooze.until == friday
    lead = replay("l1", "form#website", {}, [*lead.log, change_from_text(change_to_text(snooze))])
    assert lead.yours_until == datetime(2026, 11, 30, 16, tzinfo=UTC)


def test_who_claims_a_lead_has_accepted_it() -> None:
    claim = Change(Step.CLAIMED, START, "anna", "sales", deadlines=STAGES[2:], protection=WEEK)
    opened = Change(Step.OPENED, START, pool="sales")
    lead = replay("l1", "form#website", {}, [Change(Step.CAPTURED, START), opened, claim])
    assert (lead.due_at, lead.hold.protected_until) == (at(15), at(120))


# ── Hours ────────────────────────────────────────────────────────────────────────────────────────

OFFICE = {"week": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}]}
CALL = {"after": "2h", "do": "reclaim", "if": "not_contacted"}


def on(day_and_time: str) -> datetime:
    """`fri 16:00`; the second week is written `MON`, and so on."""
    day, clock = day_and_time.split()
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "MON", "TUE", "WED", "THU"]
    hours, minutes = map(int, clock.split(":"))
    return START + timedelta(days=days.index(day), hours=hours - 9, minutes=minutes)


def of_hours(
    clock: str,
    *stages: dict[str, str],
    off_hours: str = "wait",
    away: tuple[dict[str, str], ...] = (),
    **more: Any,
) -> Config:
    protection = {"first": "2h", "activity": "1d", "at_most": "7d", **more}
    return config(
        {"anna": 1},
        limits={"anna": {"hours": "office", "away": away}},
        more={"hours": {"office": OFFICE}},
        hours="office",
        off_hours=off_hours,
        deadlines={"clock": clock, "stages": stages or [{"after": "30m", "do": "reclaim"}]},
        protection=protection,
    )


def given(team: Config, moment: str) -> Lead:
    whose = team, "sales", "anna", on(moment)
    assign = Change(Step.ASSIGNED, on(moment), "anna", "sales", deadlines=deadlines_for(*whose))
    assign = replace(assign, protection=protection_for(*whose))
    return replay("l1", "form#website", {}, [Change(Step.CAPTURED, on(moment)), assign])


def did(team: Config, lead: Lead, step: Step, moment: str, until: str | None = None) -> Lead:
    """The lead after a step of its rep's, as it is written and read."""
    change = Change(step, on(moment), "anna", until=on(until) if until else None)
    if lead.hold.protection and lead.hold.protection.working:
        change = with_end(team, lead, change)
    return evolve(lead, change_from_text(change_to_text(change)))


@pytest.mark.parametrize("clock", ["real", "rep", "pool"])
def test_who_accepts_out_of_hours_has_the_lead_no_shorter_than_who_does_not(clock: str) -> None:
    team = of_hours(clock, off_hours="assign", activity="3h")
    lead = given(team, "fri 20:00")
    assert lead.yours_until == on("MON 09:30")
    lead = did(team, lead, Step.ACCEPTED, "fri 21:00")
    assert lead.yours_until == on("MON 11:00")
    noted = did(team, lead, Step.NOTED, "sat 10:00")
    assert noted.yours_until == on("MON 12:00")
    snoozed = did(team, lead, Step.SNOOZED, "fri 22:00", until="sun 12:00")
    assert snoozed.yours_until == on("MON 12:00")


@pytest.mark.parametrize(
    ("off_hours", "accepted", "until"),
    [("wait", "fri 21:00", "fri 23:00"), ("assign", "fri 16:00", "fri 18:00")],
)
def test_in_real_time_an_accepted_lead_is_kept_at_any_hour(
    off_hours: str, accepted: str, until: str
) -> None:
    """Where none is given out of hours; or once it has begun."""
    team = of_hours("real", off_hours=off_hours)
    lead = did(team, given(team, "fri 15:50"), Step.ACCEPTED, accepted)
    assert lead.yours_until == on(until)


@pytest.mark.parametrize(
    ("clock", "after", "moments", "passes"),
    [
        ("rep", "2h", ("mon 16:00", "mon 16:30", "tue 09:00"), "tue 10:30"),
        ("pool", "4h", ("fri 15:00", "fri 16:00", "MON 09:00"), "MON 12:00"),
        # Nothing runs on a Saturday, so nothing is put off.
        ("rep", "4h", ("fri 15:00", "sat 10:00", "MON 08:00"), "MON 11:00"),
        ("real", "4h", ("fri 15:00", "fri 16:00", "sat 16:00"), "sat 19:00"),
    ],
)
def test_a_snooze_puts_a_stage_off_by_what_it_takes_of_the_clock(
    clock: str, after: str, moments: tuple[str, str, str], passes: str
) -> None:
    at, snoozed, until = moments
    team = of_hours(clock, {**CALL, "after": after}, first="7d", activity="7d", at_most="9d")
    lead = did(team, given(team, at), Step.ACCEPTED, at)
    lead = did(team, lead, Step.SNOOZED, snoozed, until)
    assert [moment for _, moment in lead.stages] == [on(passes)]
    assert lead.yours_until == on(passes)


@pytest.mark.parametrize(
    ("after", "moments", "passes"),
    [
        ("30m", ("fri 20:00", "fri 21:00", "sat 12:00"), "MON 09:30"),
        ("30m", ("fri 20:00", "fri 21:00", "MON 12:00"), "MON 12:30"),
        ("4h", ("mon 16:00", "mon 17:00", "mon 18:00"), "mon 21:00"),
    ],
)
def test_what_is_snoozed_before_its_clock_begins_loses_nothing_by_that(
    after: str, moments: tuple[str, str, str], passes: str
) -> None:
    at, snoozed, until = moments
    team = of_hours("real", {**CALL, "after": after}, off_hours="assign")
    lead = did(team, given(team, at), Step.ACCEPTED, at)
    lead = did(team, lead, Step.SNOOZED, snoozed, until)
    assert [moment for _, moment in lead.stages] == [on(passes)]


def test_in_working_time_too_the_same_time_is_put_off_once() -> None:
    team = of_hours("rep", CALL)
    lead = did(team, given(team, "mon 16:00"), Step.ACCEPTED, "mon 16:00")
    for snoozed, until in (("mon 16:30", "tue 09:00"), ("mon 16:40", "mon 16:50"),
                           ("mon 16:45", "tue 10:00")):  # fmt: skip
        lead = did(team, lead, Step.SNOOZED, snoozed, until)
    assert [moment for _, moment in lead.stages] == [on("tue 11:30")]


def test_in_working_time_too_no_stage_is_put_off_beyond_the_hard_end() -> None:
    """Nor one that has passed already, though nothing has come of that yet."""
    remind = {"after": "10m", "do": "remind", "if": "not_contacted"}
    team = of_hours("rep", remind, CALL, activity="3h", at_most="3h")
    lead = did(team, given(team, "mon 16:00"), Step.ACCEPTED, "mon 16:00")
    lead = did(team, lead, Step.SNOOZED, "mon 16:30", until="tue 10:30")
    assert [moment for _, moment in lead.stages] == [on("mon 16:10"), on("tue 11:00")]


def test_a_snooze_ends_before_the_stages_also_when_hours_have_changed() -> None:
    """The stage was at ten on Tuesday, when its rep is away by now."""
    before = of_hours("rep", CALL)
    lead = did(before, given(before, "mon 16:00"), Step.ACCEPTED, "mon 16:00")
    now = of_hours("rep", CALL, away=({"first": "2026-11-24", "last": "2026-11-24"},))
    lead = did(now, lead, Step.SNOOZED, "mon 18:00", "tue 18:00")
    assert [moment for _, moment in lead.stages] == [on("wed 09:00") + timedelta(seconds=1)]


def test_a_snooze_that_says_nothing_of_stages_puts_them_off_in_real_time() -> None:
    """So it was written once; and so it is where its pool is not known any more."""
    team, other = of_hours("rep", CALL), config({"anna": 1})
    raw = other.model_dump(mode="json")
    raw["pools"] = {"other": raw["pools"]["sales"]}
    raw["rules"][0]["pool"] = "other"
    lead = did(team, given(team, "mon 16:00"), Step.ACCEPTED, "mon 16:00")
    lead = did(Config.model_validate(raw), lead, Step.SNOOZED, "mon 16:30", "mon 17:30")
    assert lead.log[-1].put_off == ()
    assert [moment for _, moment in lead.stages] == [on("tue 11:00")]
    lead = did(team, lead, Step.SNOOZED, "mon 17:30", "tue 10:00")
    assert [moment for _, moment in lead.stages] == [on("tue 12:00")]


# ── As written ───────────────────────────────────────────────────────────────────────────────────


def test_records_of_before_there_were_conditions_are_read_as_unaccepted() -> None:
    text = '{"step":"assigned","at":"2026-11-23T09:00:00.000Z","deadlines":["reclaim+900"]}'
    change = change_from_text(text)
    assert change.deadlines == (Deadline(Action.RECLAIM, 900, IfStill.UNACCEPTED),)
    assert change_to_text(change) == text


def test_stages_and_protection_survive_storage() -> None:
    stages = (*STAGES, Deadline(Action.PAUSE_REP, 1300, IfStill.UNTOUCHED, pause=60))
    for protection in (WEEK, WEEK._replace(working=True), None):
        change = Change(Step.ASSIGNED, START, deadlines=stages, protection=protection)
        assert change_from_text(change_to_text(change)) == change
    lapsed = Change(Step.LAPSED, START, "anna", reason="no_activity", then=Action.PARK)
    assert change_from_text(change_to_text(lapsed)) == lapsed


# ── As configured ────────────────────────────────────────────────────────────────────────────────


def misfits(**pool: Any) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        config({"anna": 1}, **pool)
    (error,) = refused.value.errors()
    return [".".join(map(str, place[2:])) for place, _ in error["ctx"]["error"].misfits]


def test_all_that_is_wrong_with_stages_is_told_with_its_place() -> None:
    stages = [
        {"after": "10m", "do": "reclaim"},
        {"after": "5m", "do": "remind", "if": "not_contacted", "for": "1h"},
        {"after": "20m", "do": "park"},
        {"after": "30m", "do": "tell_manager"},
    ]
    told = misfits(
        deadlines={"stages": stages, "reclaim_after": "1h"},
        protection={"first": "3d", "activity": "2d", "at_most": "1d"},
    )
    assert told == [
        "deadlines.reclaim_after",
        "deadlines.stages.1.after",
        "deadlines.stages.1.for",
        "deadlines.stages.2.do",
        "deadlines.stages.3.do",
        "protection.first",
        "protection.activity",
    ]


@pytest.mark.parametrize("stages", [[], [{"after": 60, "do": "remind"}] * 21])
def test_there_is_at_least_one_stage_and_at_most_twenty(stages: list[Any]) -> None:
    with pytest.raises(ValidationError, match="stages"):
        config({"anna": 1}, deadlines={"stages": stages})


def test_a_pool_that_opens_leads_may_say_how_they_are_claimed() -> None:
    opening = {"stages": [{"after": "5m", "do": "open"}]}
    config({"anna": 1}, deadlines=opening, claims={"cool_down": "1h"}, offer_for="1h")
    assert misfits(claims={"cool_down": "1h"}, offer_for="1h") == ["claims", "offer_for"]


# ── The clock that runs on ───────────────────────────────────────────────────────────────────────


def test_the_person_has_waited_since_the_lead_came_whoever_has_it() -> None:
    team = config({"anna": 1, "bo": 1})
    lead = assigned(
        Change(Step.RECLAIMED, at(20), "anna"),
        Change(Step.ASSIGNED, at(21), "bo", "sales"),
        Change(Step.ACCEPTED, at(25), "bo"),
    )
    response = response_of(team, lead, at(30))
    assert response == (1800, 1500, None, at(20))
    contacted = replay("l1", "form#website", {}, [*lead.log, Change(Step.CONTACTED, at(40), "bo")])
    assert response_of(team, contacted, at(99)) == (2400, 1500, 2400, at(20))
