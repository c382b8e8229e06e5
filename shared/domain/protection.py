"""For how long a lead is protected for who gets it, as real time, whatever clock that runs on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.config import Config
from shared.domain.deadlines import Deadline, Progress, Protection, seconds_of
from shared.domain.leads import GIVING, KEEPING_IT, Change, Lead, Step
from shared.domain.pools import Clock
from shared.domain.working_time import (
    Calendar,
    after,
    begins_for,
    calendar_of,
    end_of_shift,
    pool_calendar,
    working_seconds,
)

Measure = Callable[[int], int]  # seconds on a pool's clock → real seconds after now


def deadlines_for(config: Config, pool_id: str, rep_id: str, now: datetime) -> tuple[Deadline, ...]:
    """The stages, each so many real seconds after now."""
    stages = config.pools[pool_id].deadlines.deadlines()
    real = _measure(config, pool_id, rep_id, now)
    return tuple(stage._replace(after=real(stage.after)) for stage in stages) if real else stages


def of_a_claim(stages: tuple[Deadline, ...]) -> tuple[Deadline, ...]:
    """Those that run for who claims a lead, and has thereby accepted it."""
    return tuple(stage for stage in stages if stage.if_still.until > Progress.ACCEPTED)


def protection_for(config: Config, pool_id: str, rep_id: str, now: datetime) -> Protection | None:
    """How long a lead that is given now stays with who works on it; None: as long as they like."""
    pool = config.pools[pool_id]
    policy = pool.protection
    if policy is None:
        return None
    real = _measure(config, pool_id, rep_id, now)
    return Protection(
        policy.activity,
        real(policy.at_most) if real else policy.at_most,
        policy.then,
        policy.first or policy.activity,
        working=pool.deadlines.clock is not Clock.REAL or pool.off_hours == "assign",
    )


def kept_until(
    config: Config, pool_id: str, rep_id: str, protection: Protection, step: Step, now: datetime
) -> datetime | None:
    """Until when a lead stays with its owner after a step now, where hours have a say in that.

    After a snooze, `now` is its end. None: the step says nothing of it, or it is so many real
    seconds, as every log can tell.
    """
    begins = step in (Step.ACCEPTED, Step.CLAIMED)
    if not protection.working or not _knows(config, pool_id, rep_id):
        return None
    if not (begins or step in KEEPING_IT):
        return None
    seconds = protection.first if begins else protection.activity
    start = begins_for(config, pool_id, rep_id, now)
    return after(clock_of(config, pool_id, rep_id), start, seconds)


def kept_by(config: Config, lead: Lead, step: Step, now: datetime) -> datetime | None:
    """As `kept_until`, for a step of the lead's owner."""
    if lead.hold.protection is None or lead.owner is None:
        return None
    pool_id = lead.latest(*GIVING).pool or ""
    return kept_until(config, pool_id, lead.owner, lead.hold.protection, step, now)


def with_end(config: Config, lead: Lead, change: Change) -> Change:
    """A step of the lead's owner that says itself until when it keeps the lead, where it must."""
    if change.step is Step.SNOOZED and change.until is not None:
        kept = kept_by(config, lead, change.step, change.until)
        return replace(change, kept=kept, put_off=_put_off(config, lead, change.at, change.until))
    return replace(change, until=kept_by(config, lead, change.step, change.at))


def paused_until(config: Config, rep_id: str, stage: Deadline, now: datetime) -> datetime:
    """How long a stage pauses a rep: so long, or until their shift ends, or else their day."""
    if stage.pause:
        return now + timedelta(seconds=stage.pause)
    return end_of_shift(config, rep_id, now)


def _put_off(config: Config, lead: Lead, now: datetime, until: datetime) -> tuple[int, ...]:
    """When each stage passes, in seconds after the assignment, if the lead is snoozed now.

    The stages' clock stands still meanwhile; for what has been snoozed already, it does anyway.
    Empty: it does not stand still for longer, or the pool or the rep is not known any more.
    """
    pool_id, rep_id = lead.latest(*GIVING).pool or "", lead.owner or ""
    given, hold = lead.assigned_at or now, lead.hold
    start = max(now, hold.put_off_until or now)
    if until <= start or hold.protection is None or not _knows(config, pool_id, rep_id):
        return ()
    at_most, clock = hold.protection.at_most, clock_of(config, pool_id, rep_id)
    begins = begins_for(config, pool_id, rep_id, given)

    def later(seconds: int) -> int:
        passes = given + timedelta(seconds=seconds)
        if passes <= now:
            return seconds
        # At least a second, so that the snooze ends first, also where hours have changed.
        left = max(1, working_seconds(clock, max(start, begins), passes))
        then = after(clock, until, left)
        return max(seconds, min(round((then - given).total_seconds()), at_most))

    return tuple(later(seconds_of(stage, hold)) for stage in lead.deadlines)


def _knows(config: Config, pool_id: str, rep_id: str) -> bool:
    return pool_id in config.pools and rep_id in config.reps


def _measure(config: Config, pool_id: str, rep_id: str, now: datetime) -> Measure | None:
    """The pool's clock, which begins now or with a shift; None: it is the real one, from now on."""
    start = begins_for(config, pool_id, rep_id, now)
    clock = clock_of(config, pool_id, rep_id)
    if clock is None and start == now:
        return None
    return lambda seconds: round((after(clock, start, seconds) - now).total_seconds())


def clock_of(config: Config, pool_id: str, rep_id: str | None) -> Calendar | None:
    """Whose working time a pool's clock counts; None: it runs at any hour."""
    match config.pools[pool_id].deadlines.clock:
        case Clock.REP if rep_id:
            return calendar_of(config, rep_id)
        case Clock.POOL:
            return pool_calendar(config, pool_id)
        case _:
            return None
