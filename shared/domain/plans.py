"""What a plan is made of, and what it is: all that is to be written about leads of one pool."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from shared.domain.leads import Burden, Change, Lead, Step
from shared.domain.ledger import Entry
from shared.domain.owners import Tie, TieChange
from shared.domain.reps import Workload
from shared.domain.rotation import Rotation
from shared.domain.tallies import Tallies

# Why a lead is parked: code → (sentence, whether leadwheel tries again by itself).
PARK_REASONS = {
    "nobody_available": ("nobody in the pool can take it right now", True),
    "off_hours": ("nobody in the pool is at work right now", True),
    "at_limits": ("everybody in the pool who is at work and has not had it is at a limit", True),
    "no_match": ("nobody in the pool who has not had it is there for leads like this", False),
    "no_match_yet": ("nobody who is there for leads like this can take it right now", True),
    "owner_away": ("the rep who knows them cannot take it right now, and the pool waits", True),
    "everyone_had_it": ("everyone in the pool has had this lead already", False),
    "too_many_assignments": ("the lead was given out as often as the pool allows", False),
    "manual": ("a manager gives this pool's leads to reps", False),
    "out_of_time": ("its rep did not take it up in time, and a manager decides", False),
    "nobody_claimed": ("nobody claimed it in the time that the pool allows", False),
}


def tries_in(lead: Lead, pool_id: str) -> int:
    """How often this pool has given a lead out."""
    return lead.tries if lead.pool == pool_id else 0


def waited_in(lead: Lead, pool_id: str, now: datetime) -> float:
    """For how many seconds a lead has waited for this pool; 0 when it only comes there now."""
    if lead.since is None or lead.pool not in (None, pool_id):
        return 0
    return (now - lead.since).total_seconds()


class Ruled(NamedTuple):
    """A lead, and what the rules say of it."""

    lead: Lead
    rule: str
    score: Decimal | None = None
    known_by: tuple[str, ...] = ()  # keys of ties, see `owners`


@dataclass(frozen=True, slots=True)
class Known:
    """What a plan is made of, as it was read.

    A rep missing in `loads` has had no lead yet. `factors`: measured performance, in thousandths,
    by rep; and by the value of the pool's field, where there is enough data.
    """

    rotation: Rotation = field(default_factory=Rotation)
    loads: Mapping[str, Workload] = field(default_factory=dict)
    tallies: Tallies = field(default_factory=dict)
    ties: Mapping[str, Tie] = field(default_factory=dict)
    factors: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # "": all leads


@dataclass(frozen=True, slots=True)
class Move:
    """One lead and the change the plan makes to it."""

    lead: Lead
    change: Change


@dataclass(frozen=True, slots=True)
class Use:
    """What a plan takes of one rep's capacity, if nobody has taken any since `seq`."""

    rep_id: str
    seq: int
    adds: Burden  # of the pool's leads, all together
    tallies: Tallies  # all of them, as they are then


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written: the next ledger entry, the reps it uses, the leads it moves."""

    entry: Entry
    uses: tuple[Use, ...]
    moves: tuple[Move, ...]
    known: Known  # what the table says once this is written
    ties: tuple[TieChange, ...] = ()
    frees: tuple[Burden, ...] = ()  # what those give up from whom a manager takes a lead

    @property
    def assigned(self) -> int:
        """How many leads get an owner."""
        return sum(move.change.step in (Step.ASSIGNED, Step.CLAIMED) for move in self.moves)

    @property
    def passed(self) -> tuple[Move, ...]:
        """The leads that go on to another pool."""
        return tuple(move for move in self.moves if move.change.step is Step.PASSED)
