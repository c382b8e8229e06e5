"""A pool's ledger: one numbered entry per commit, holding the accounts after it and how they arose.

The newest entry is the rotation. Entries are never changed, so each is also the decision record of
every lead it routed: giving a lead is a pure function, hence the credits before each lead follow
from the accounts after the entry, walking its lines backwards.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.rotation import Rotation, Standing


@dataclass(frozen=True, slots=True)
class Line:
    """What one entry did with one lead.

    `mask` has one letter per member, in the order of the entry's accounts: `.` for one who could
    take the lead, otherwise the letter of the obstacle.
    """

    lead_id: str
    chosen: str | None  # a rep, or None: the lead was parked
    mask: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the rotation after it, and its lines in the order the leads were taken."""

    pool_id: str
    rotation: Rotation
    config_version: int
    at: datetime
    lines: tuple[Line, ...] = ()


def standings_to_text(rotation: Rotation) -> str:
    """The accounts, one member a line: rep, weight, credit, number of their last lead."""
    return "\n".join(
        f"{rep} {standing.weight} {standing.credit} {standing.last}"
        for rep, standing in rotation.standings.items()
    )


def standings_from_text(text: str) -> dict[str, Standing]:
    """What `standings_to_text` wrote."""
    rows = (row.split(" ") for row in text.splitlines())
    return {
        rep: Standing(int(weight), int(credit), int(last)) for rep, weight, credit, last in rows
    }


def lines_to_text(lines: tuple[Line, ...]) -> str:
    """The lines, one lead each: lead, chosen rep or `-`, mask."""
    return "\n".join(f"{line.lead_id} {line.chosen or '-'} {line.mask}" for line in lines)


def lines_from_text(text: str) -> tuple[Line, ...]:
    """What `lines_to_text` wrote."""
    rows = (row.split(" ") for row in text.splitlines())
    return tuple(
        Line(lead_id, None if chosen == "-" else chosen, mask) for lead_id, chosen, mask in rows
    )
