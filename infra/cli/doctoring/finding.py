"""What a check finds."""

from enum import StrEnum
from typing import NamedTuple

BY_HAND = (
    "it was deleted outside CloudFormation, which therefore does not make it again:"
    " docs/doctor.md says how"
)


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    UNSEEN = "unseen"  # this engine does not show it
    WARNING = "warning"
    FAULT = "fault"  # some promise is not kept


class Finding(NamedTuple):
    """What is so, what that means, and what to do next; `code` names it for scripts and docs."""

    level: Level
    code: str
    says: str
    means: str = ""
    do: str = ""


def fault(code: str, says: str, means: str, do: str) -> Finding:
    """Something that is broken."""
    return Finding(Level.FAULT, code, says, means, do)


def warning(code: str, says: str, means: str, do: str) -> Finding:
    """Something that somebody should know of."""
    return Finding(Level.WARNING, code, says, means, do)


def unseen(code: str, says: str) -> Finding:
    """Something that cannot be seen here, well or not."""
    return Finding(Level.UNSEEN, code, says)
