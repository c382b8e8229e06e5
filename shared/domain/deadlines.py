"""What happens, and when, to a lead that its owner does not take up.

All of it is written into the record that gives the lead, so that a later configuration moves
nothing, and a lead's log alone says which stages are behind it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple


class Action(StrEnum):
    """What a deadline does when it passes."""

    REMIND = "remind"
    TELL_MANAGER = "tell_manager"
    PAUSE_REP = "pause_rep"  # and the managers are told
    RECLAIM = "reclaim"  # somebody else gets it
    OPEN = "open"  # anybody of the pool may claim it
    PARK = "park"  # a manager decides


TAKING = frozenset({Action.RECLAIM, Action.OPEN, Action.PARK})
TELLING = frozenset({Action.TELL_MANAGER, Action.PAUSE_REP})


class Progress(IntEnum):
    """How far an owner has come with a lead."""

    NONE = 0
    TOUCHED = 1  # they noted something, at least
    ACCEPTED = 2
    CONTACTED = 3


class IfStill(StrEnum):
    """For what a deadline waits: it acts only if that has not come to be."""

    UNTOUCHED = "untouched"
    UNACCEPTED = "unaccepted"
    NOT_CONTACTED = "not_contacted"

    @property
    def until(self) -> Progress:
        """From which progress on it is no longer so. The further it is, the wider the condition."""
        return _UNTIL[self]


_UNTIL = {
    IfStill.UNTOUCHED: Progress.TOUCHED,
    IfStill.UNACCEPTED: Progress.ACCEPTED,
    IfStill.NOT_CONTACTED: Progress.CONTACTED,
}


class Deadline(NamedTuple):
    """One stage: what is done, how many seconds after assignment, and if what is still so."""

    action: Action
    after: int
    if_still: IfStill = IfStill.UNACCEPTED
    pause: int = 0  # seconds for which the rep is paused; 0: until their shift ends


class Protection(NamedTuple):
    """For how long an accepted lead stays with its owner, in seconds."""

    activity: int  # after each activity
    at_most: int  # after the assignment, in real time, whatever is done
    then: Action = Action.RECLAIM  # a taking action, or TELL_MANAGER
    first: int = 0  # after accepting
    working: bool = False  # activities say themselves until when, as hours have a say in that


class Hold(NamedTuple):
    """How an owner stands with a lead, and what runs for it beside the stages."""

    progress: Progress = Progress.NONE
    delay: int = 0  # seconds by which snoozes have put off the stages to come, in real time
    snoozed_until: datetime | None = None  # then its owner is reminded
    put_off_until: datetime | None = None  # the furthest that they have snoozed it so far
    protection: Protection | None = None
    protected_until: datetime | None = None  # unless there is another activity

    def hard_end(self, assigned_at: datetime) -> datetime | None:
        """Beyond which nothing keeps the lead with its owner; None: it is not protected."""
        if self.protection is None:
            return None
        return assigned_at + timedelta(seconds=self.protection.at_most)


NOBODYS = Hold()


def holds(deadline: Deadline, hold: Hold) -> bool:
    """Whether what a deadline waits for has not come to be."""
    return hold.progress < _UNTIL[deadline.if_still]


def seconds_of(deadline: Deadline, hold: Hold) -> int:
    """When a deadline passes, in seconds after assignment.

    Snoozes put it off, never beyond the end of the protection; so where there is none, not at all.
    """
    if not hold.delay or hold.protection is None:
        return deadline.after
    return max(deadline.after, min(deadline.after + hold.delay, hold.protection.at_most))


def next_stage(deadlines: Sequence[Deadline], stage: int, hold: Hold) -> int:
    """The first stage from `stage` on that may still act; their number: none may."""
    while stage < len(deadlines) and not holds(deadlines[stage], hold):
        stage += 1
    return stage


def stages_behind(deadlines: Sequence[Deadline], hold: Hold, seconds: float) -> int:
    """How many stages have passed so many seconds after assignment."""
    return sum(seconds_of(deadline, hold) <= seconds for deadline in deadlines)


def passed(
    deadlines: Sequence[Deadline], stage: int, hold: Hold, seconds: float
) -> tuple[Deadline, ...]:
    """The stages from `stage` on that are due so many seconds after assignment, and still hold."""
    return tuple(
        deadline
        for deadline in deadlines[stage:]
        if holds(deadline, hold) and seconds_of(deadline, hold) <= seconds
    )


def next_moment(
    assigned_at: datetime | None, deadlines: Sequence[Deadline], stage: int, hold: Hold
) -> datetime | None:
    """When the clock has something to do for a lead: at `stage`, a snooze's or protection's end."""
    if assigned_at is None:
        return None
    moments = [hold.snoozed_until, hold.protected_until]
    if stage < len(deadlines):
        moments.append(assigned_at + timedelta(seconds=seconds_of(deadlines[stage], hold)))
    return min(filter(None, moments), default=None)
