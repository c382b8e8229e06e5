"""A pool's ledger: one numbered entry per commit, holding the accounts after it and how they arose.

The newest entry is the rotation. Entries are never changed, so each is also the decision record of
every lead it routed: giving a lead is a pure function, hence the credits before each lead follow
from the accounts after the entry, walking its lines backwards.

A lead that its seller takes back may be refunded: by an entry of its own, which names the one that
gave the lead. Taking it back is as pure, so these two say all about it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.domain.rotation import Rotation, Standing, take_back

_REFUND = "refund#"


@dataclass(frozen=True, slots=True)
class Line:
    """What one entry did with one lead.

    `mask` has one letter per member, in the order of the entry's accounts: `.` for one who could
    take the lead, otherwise the letter of the obstacle. A refund has none: that of the entry it
    refunds counts.
    """

    lead_id: str
    chosen: str | None  # a rep, or None: the lead was parked; of a refund, who had it
    mask: str
    refunds: int | None = None  # the turn whose giving this lead is undone

    def eligible(self, members: Iterable[str]) -> list[str]:
        """Those of the entry's members who could take the lead, in order."""
        return [rep for rep, letter in zip(members, self.mask, strict=True) if letter == "."]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the rotation after it, and its lines in the order the leads were taken."""

    pool_id: str
    rotation: Rotation
    config_version: int
    at: datetime
    lines: tuple[Line, ...] = ()


def refund(newest: Entry, gave: Entry, lead_id: str, config_version: int, at: datetime) -> Entry:
    """The entry after `newest` that undoes what `gave` did with a lead it gave to somebody."""
    line = next(line for line in gave.lines if line.lead_id == lead_id)
    chosen = line.chosen or ""
    weights = {rep: standing.weight for rep, standing in gave.rotation.standings.items()}
    rotation = take_back(newest.rotation, weights, line.eligible(weights), chosen)
    rotation.turn += 1
    undone = Line(lead_id, chosen, "", refunds=gave.rotation.turn)
    return Entry(newest.pool_id, rotation, config_version, at, (undone,))


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
    """The lines, one lead each: lead, chosen rep or `-`, mask; or `refund#17` in its place."""
    return "\n".join(
        f"{line.lead_id} {line.chosen or '-'}"
        f" {line.mask if line.refunds is None else f'{_REFUND}{line.refunds}'}"
        for line in lines
    )


def lines_from_text(text: str) -> tuple[Line, ...]:
    """What `lines_to_text` wrote."""
    return tuple(_line(*row.split(" ")) for row in text.splitlines())


def _line(lead_id: str, chosen: str, rest: str) -> Line:
    if rest.startswith(_REFUND):
        return Line(lead_id, chosen, "", refunds=int(rest.removeprefix(_REFUND)))
    return Line(lead_id, None if chosen == "-" else chosen, rest)
