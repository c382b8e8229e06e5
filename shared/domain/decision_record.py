"""What a decision record holds; see `decisions` for how it is read out of the ledger."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.candidates import Candidate
from shared.domain.ledger import Line
from shared.domain.reps import Obstacle


@dataclass(frozen=True, slots=True)
class Passage:
    """A pool that could not give the lead to anybody, before this one had it."""

    pool: str
    reason: str  # a code of `PARK_REASONS`
    at: datetime


@dataclass(frozen=True, slots=True)
class Refund:
    """What an assignment cost its rep is undone."""

    rep_id: str
    turn: int  # the ledger entry that says so
    at: str
    step: str  # what the pool gives credit back for: returned, declined, lapsed, reclaimed, lost
    sentence: str  # the same in words, without a full stop


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a lead went where it went, once."""

    lead_id: str
    pool_id: str
    turn: int
    assignment: int | None  # None: nobody got it
    config_version: int
    rule: str
    path: tuple[Passage, ...]  # the pools that it came through
    way: str  # shared, existing_owner, manual, claim, open, pass, parked
    strategy: str
    at: str
    chosen: str | None
    by: str | None  # who did it, when it was not leadwheel itself
    note: str | None  # their words
    reason: str
    told: str  # the same, to the rep who got it, whose `Sentence` it is
    line: Line
    overridden: tuple[Obstacle, ...]
    offered: tuple[str, ...]
    until: datetime | None  # how long it may be claimed, or accepted
    to: str | None  # the pool it went on to
    candidates: tuple[Candidate, ...]
    refund: Refund | None = None
