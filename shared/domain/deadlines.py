"""What happens, and when, to a lead that its owner does not take up."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple


class Action(StrEnum):
    """What a deadline does when it passes."""

    REMIND = "remind"
    RECLAIM = "reclaim"


class Deadline(NamedTuple):
    """One stage of a protection period: what is done, and how many seconds after assignment."""

    action: Action
    after: int


def passed(deadlines: Sequence[Deadline], stage: int, seconds: float) -> Action | None:
    """What is due now for a lead at `stage`, so many seconds after its assignment; None: nothing.

    When several stages have passed (the sweep was down), only the last of them is done: nobody is
    served by three reminders at once, and a lead whose time is up goes back without another one.
    """
    due = [deadline.action for deadline in deadlines[stage:] if deadline.after <= seconds]
    if not due:
        return None
    return Action.RECLAIM if Action.RECLAIM in due else due[-1]
