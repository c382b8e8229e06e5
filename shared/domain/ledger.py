"""A pool's ledger: one numbered entry per commit, holding the accounts after it and how they arose.

The newest entry is the rotation. Entries are never changed, so each is also the decision record of
every lead it routed: sharing and paying are pure, hence the credits before each lead follow from
the accounts after the entry, walking its lines backwards.

A lead that ends for its rep in a way that the pool lists is refunded: by an entry of its own, which
names the one that gave the lead. Taking it back is as pure, so these two say all about it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from shared.domain.leads import POINT
from shared.domain.reps import ABSENT, ELIGIBLE, Obstacle
from shared.domain.rotation import LEAD, Rotation, Standing, take_back
from shared.domain.tallies import Tallies


class Way(StrEnum):
    """How a lead came to whom it went, or why to nobody."""

    SHARED = ""  # by the pool's strategy; with nobody chosen, it is parked
    OWNER = "owner"  # to whom the person knows already
    MANUAL = "manual"  # to whom a manager said
    CLAIM = "claim"  # to who claimed it, or accepted an offer first
    OPEN = "open"  # to whoever will claim it
    PASS = "pass"  # on to another pool  # noqa: S105
    REFUND = "refund"  # it has cost its rep nothing


class Held(NamedTuple):
    """What a member held and had received when an entry was made."""

    open: int = 0  # open leads
    here: int = 0  # those of this pool
    today: int = 0  # received
    load: int = 0  # thousandths of a point
    value: int = 0  # thousandths of a typical lead


# Who is owed a part of each lead where absence is caught up with: also who is held back from it.
GONE = ABSENT | {Obstacle.INACTIVE}
ACCRUING = frozenset({ELIGIBLE, *ABSENT, Obstacle.CATCHING_UP})


@dataclass(frozen=True, slots=True)
class Line:
    """What one entry did with one lead.

    `mask` has one letter per member, in the order of the entry's accounts: `.` for one who could
    take the lead, otherwise the letter of the obstacle. A refund has none: that of the entry it
    refunds counts.
    """

    lead_id: str
    chosen: str | None  # a rep, or None; of a refund, who had it
    mask: str
    way: Way = Way.SHARED
    refunds: int | None = None  # the turn whose giving this lead is undone
    amount: int = LEAD  # what the lead costs who gets it; 0: it moves no credit
    weighting: int | None = None  # which of the entry's weightings counts; None: the accounts' own
    accrues: bool = False  # who is absent is owed a part as well
    split: bool = False  # the pool's other strategy chose
    hot: bool = False  # it passed the limits
    score: str | None = None
    load: int = POINT  # what it takes of who gets it, in thousandths of a point
    value: int = 0  # likewise, in thousandths of a typical lead

    def eligible(self, members: Iterable[str]) -> list[str]:
        """Those of the entry's members who could take the lead, in order."""
        return [rep for rep, letter in zip(members, self.mask, strict=True) if letter == ELIGIBLE]

    def sharing(self, members: Iterable[str]) -> list[str]:
        """Those who were owed a part of the lead: who could take it, and perhaps the absent."""
        if not self.accrues:
            return self.eligible(members)
        return [rep for rep, letter in zip(members, self.mask, strict=True) if letter in ACCRUING]

    def absent(self, members: Iterable[str]) -> list[str]:
        """Those of the entry's members who were away, or switched off."""
        return [rep for rep, letter in zip(members, self.mask, strict=True) if letter in GONE]

    def there(self, members: Iterable[str]) -> list[str]:
        """Those who were not, whether they could take the lead or not."""
        return [rep for rep, letter in zip(members, self.mask, strict=True) if letter not in GONE]

    @property
    def moves_credit(self) -> bool:
        """Whether the rotation moved."""
        return self.chosen is not None and self.amount > 0 and self.refunds is None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the rotation after it, and its lines in the order the leads were taken."""

    pool_id: str
    rotation: Rotation
    config_version: int
    at: datetime
    lines: tuple[Line, ...] = ()
    held: tuple[Held, ...] = ()  # of each member, before the lines; none: nothing was asked
    weightings: tuple[tuple[int, ...], ...] = ()  # further weights of all members, in thousandths
    settled: tuple[str, ...] = ()  # whose credit was shared out first, being absent
    tallies: Tallies = field(default_factory=dict)  # what the whole team has received

    def weights(self, line: Line, reps: Sequence[str]) -> list[int]:
        """The weights of these members by which a line shared its lead."""
        standings = self.rotation.standings
        if line.weighting is None:
            return [standings[rep].weight for rep in reps]
        by_rep = dict(zip(standings, self.weightings[line.weighting], strict=True))
        return [by_rep[rep] for rep in reps]


def refund(
    newest: Entry, gave: Entry, lead_id: str, config_version: int, at: datetime
) -> Entry | None:
    """The entry after `newest` that undoes what `gave` did with a lead it gave to somebody.

    None: that moved no credit.
    """
    line = next((line for line in gave.lines if line.lead_id == lead_id), None)
    if line is None or not line.moves_credit:
        return None
    chosen = line.chosen or ""
    sharing = line.sharing(gave.rotation.standings)
    weights = gave.weights(line, sharing)
    rotation = take_back(newest.rotation, sharing, weights, chosen, line.amount)
    rotation.turn += 1
    undone = Line(lead_id, chosen, "", Way.REFUND, refunds=gave.rotation.turn)
    return Entry(newest.pool_id, rotation, config_version, at, (undone,), tallies=newest.tallies)


# ── As text: every byte is paid for ──────────────────────────────────────────────────────────────


def standings_to_text(entry: Entry) -> str:
    """The accounts, one member a line: rep, weight, credit, number of their last lead, held.

    The number's sign says who is level: a release that does not know that reads the number, and
    writes it without, which lets the next lead show who is.
    """
    held = entry.held or (None,) * len(entry.rotation.standings)
    return "\n".join(
        f"{rep} {one.weight} {one.credit} {'+' * one.level}{one.last}{_held_to_text(before)}"
        for (rep, one), before in zip(entry.rotation.standings.items(), held, strict=True)
    )


def standings_from_text(text: str) -> tuple[dict[str, Standing], tuple[Held, ...]]:
    """What `standings_to_text` wrote."""
    standings: dict[str, Standing] = {}
    held: list[Held] = []
    for row in text.splitlines():
        rep, weight, credit, last, *more = row.split(" ")
        standings[rep] = Standing(int(weight), int(credit), int(last), last.startswith("+"))
        held += map(_held_from_text, more)
    return standings, tuple(held)


def _held_to_text(held: Held | None) -> str:
    """Open, here, today; then the load, and the value, where they are not what is to be expected.

    A lead weighs one point, and no value is counted, unless a pool asks for it.
    """
    if held is None:
        return ""
    parts: list[str] = [f"{held.open}", f"{held.here}", f"{held.today}"]
    if held.load != held.open * 1000 or held.value:
        parts.append(f"{held.load}")
    if held.value:
        parts.append(f"{held.value}")
    return " " + "/".join(parts)


def _held_from_text(text: str) -> Held:
    numbers = [int(number) for number in text.split("/")]
    held = Held(*numbers)
    return held if len(numbers) > 3 else held._replace(load=held.open * 1000)


def lines_to_text(lines: tuple[Line, ...]) -> str:
    """The lines, one lead each: lead, chosen rep or `-`, mask or `-`, then what is unusual."""
    return "\n".join(" ".join(_line_parts(line)) for line in lines)


def _line_parts(line: Line) -> list[str]:
    parts = [line.lead_id, line.chosen or "-", line.mask or "-"]
    said = {
        "way": line.way or None,
        "refunds": line.refunds,
        "amount": None if line.amount == LEAD else line.amount,
        "weighting": line.weighting,
        "score": line.score,
        "load": None if line.load == POINT else line.load,
        "value": line.value or None,
    }
    parts += [f"{name}={value}" for name, value in said.items() if value is not None]
    return parts + [name for name in _FLAGS if getattr(line, name)]


_NUMBERS = ("refunds", "amount", "weighting", "load", "value")
_FLAGS = ("accrues", "split", "hot")


def lines_from_text(text: str) -> tuple[Line, ...]:
    """What `lines_to_text` wrote."""
    return tuple(_line(*row.split(" ")) for row in text.splitlines())


def _line(lead_id: str, chosen: str, mask: str, *more: str) -> Line:
    said = dict(part.partition("=")[::2] for part in more)
    numbers = {name: int(said[name]) for name in _NUMBERS if name in said}
    return Line(
        lead_id,
        None if chosen == "-" else chosen,
        "" if mask == "-" else mask,
        Way(said.get("way", "")),
        score=said.get("score"),
        **numbers,  # type: ignore[arg-type]
        **{name: name in said for name in _FLAGS},
    )
