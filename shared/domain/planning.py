"""The plan: which lead goes to whom, for one pool and any number of leads, in one go.

Pure: it takes the leads, the rotation, the workloads and the time as they were read, and answers
what should be written. The store commits a plan whole, or not at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from shared.domain.config import ActiveConfig, Rep
from shared.domain.leads import Change, Lead, Status, Step
from shared.domain.ledger import Entry, Line
from shared.domain.reps import Obstacle, Workload, local_day, obstacle
from shared.domain.rotation import Rotation, give, with_members

ELIGIBLE = "."

# Why a lead is parked: code → (sentence, whether leadwheel tries again by itself).
PARK_REASONS = {
    "nobody_available": ("nobody in the pool can take a lead right now", True),
    "everyone_had_it": ("everyone in the pool has had this lead already", False),
    "too_many_assignments": ("the lead was given out as often as the pool allows", False),
}


class Ruled(NamedTuple):
    """A lead, and the name of the rule that sent it to this pool."""

    lead: Lead
    rule: str


@dataclass(frozen=True, slots=True)
class Move:
    """One lead and the change the plan makes to it."""

    lead: Lead
    change: Change


@dataclass(frozen=True, slots=True)
class Use:
    """What a plan asks of one rep: so many more leads, on this day, within these limits."""

    rep_id: str
    rep: Rep
    leads: int
    day: str
    same_day: bool  # whether the counters read were already those of this day


@dataclass(frozen=True, slots=True)
class Plan:
    """What routing wants to write: the next ledger entry, the reps it uses, the leads it moves."""

    entry: Entry
    uses: tuple[Use, ...]
    moves: tuple[Move, ...]
    loads: Mapping[str, Workload]  # the members' counters once this is written

    @property
    def assigned(self) -> int:
        """How many leads get an owner."""
        return sum(move.change.step is Step.ASSIGNED for move in self.moves)


def plan(
    active: ActiveConfig,
    pool_id: str,
    rotation: Rotation,
    loads: Mapping[str, Workload],
    leads: Sequence[Ruled],
    now: datetime,
) -> Plan:
    """Decide every lead, in the order given. Nothing that was passed in is changed.

    `loads` holds the counters of the pool's members; one that is missing has had no lead yet.
    """
    pool = active.config.pools[pool_id]
    reps = {rep_id: active.config.reps[rep_id] for rep_id in pool.members}
    members = list(reps)
    days = {rep_id: local_day(rep, now) for rep_id, rep in reps.items()}
    working = {rep_id: replace(loads.get(rep_id, Workload())) for rep_id in reps}
    ledger = with_members(rotation, pool.weights())
    mask = [_letter(reps[rep], working[rep], days[rep]) for rep in members]
    place = {rep: i for i, rep in enumerate(members)}
    deadlines = pool.deadlines.stages()
    turn = rotation.turn + 1
    lines: list[Line] = []
    moves: list[Move] = []
    given: dict[str, int] = {}

    for lead, rule in leads:
        lead_mask = _mask_for(lead, mask, place, pool.deadlines.max_assignments)
        eligible = [
            rep for rep, letter in zip(members, lead_mask, strict=True) if letter == ELIGIBLE
        ]
        chosen = give(ledger, eligible) if eligible else None
        if chosen is None and lead.status is Status.PARKED and lead.pool == pool_id:
            continue  # it stays where it is: nothing changes, nothing is written
        lines.append(Line(lead.lead_id, chosen, "".join(lead_mask)))
        if chosen is None:
            reason = _park_reason(lead, lead_mask, pool.deadlines.max_assignments)
            retry = PARK_REASONS[reason][1]
            change = Change(Step.PARKED, now, None, pool_id, rule, turn, reason=reason, retry=retry)
        else:
            change = Change(Step.ASSIGNED, now, chosen, pool_id, rule, turn, deadlines)
            given[chosen] = given.get(chosen, 0) + 1
            _take_one(working[chosen], days[chosen])
            mask[place[chosen]] = _letter(reps[chosen], working[chosen], days[chosen])
        moves.append(Move(lead, change))

    ledger.turn = turn
    uses = tuple(
        Use(rep, reps[rep], n, working[rep].day, loads.get(rep, Workload()).day >= days[rep])
        for rep, n in given.items()
    )
    entry = Entry(pool_id, ledger, active.version, now, tuple(lines))
    return Plan(entry, uses, tuple(moves), working)


def _letter(rep: Rep, load: Workload, day: str) -> str:
    return obstacle(rep, load, day) or ELIGIBLE


def _take_one(load: Workload, day: str) -> None:
    load.received = load.received_on(day) + 1
    load.day = max(load.day, day)
    load.open += 1


def _mask_for(lead: Lead, mask: list[str], place: Mapping[str, int], hops: int) -> list[str]:
    """The pool's mask, with what holds for this lead alone."""
    if lead.assignment >= hops:
        return [Obstacle.LAST_HOP] * len(mask)
    if lead.lost_by.isdisjoint(place):
        return mask
    own = list(mask)
    for rep in lead.lost_by & place.keys():
        own[place[rep]] = Obstacle.HAD_IT
    return own


def _park_reason(lead: Lead, mask: Sequence[str], hops: int) -> str:
    if lead.assignment >= hops:
        return "too_many_assignments"
    # Who is switched off is not waited for; but where nobody else is, nobody has had it either.
    if {Obstacle.HAD_IT} <= set(mask) <= {Obstacle.HAD_IT, Obstacle.INACTIVE}:
        return "everyone_had_it"
    return "nobody_available"
