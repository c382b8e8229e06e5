"""What a rep holds and may still take."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shared.domain.by_identity import by_identity
from shared.domain.config import Config, Rep
from shared.domain.leads import Burden
from shared.domain.limits import Limits, Pace
from shared.domain.moments import to_text
from shared.domain.period import Period
from shared.domain.tallies import Allowance, Tallies, allowance, day
from shared.domain.working_time import calendar_of, is_away, is_open, pool_calendar

ELIGIBLE = "."


class Obstacle(StrEnum):
    """Why a member of the pool cannot take this lead; one letter each, for the ledger's masks."""

    INACTIVE = "i"
    PAUSED = "p"
    AWAY = "a"
    OFF_SHIFT = "o"
    POOL_CLOSED = "O"
    HOLDING_LIMIT = "h"
    HOLDING_POINTS = "g"
    HOURLY_LIMIT = "u"
    DAILY_LIMIT = "d"
    WEEKLY_LIMIT = "w"
    MONTHLY_LIMIT = "v"
    POOL_HOLDING_LIMIT = "H"
    POOL_HOLDING_POINTS = "G"
    POOL_HOURLY_LIMIT = "U"
    POOL_DAILY_LIMIT = "D"
    POOL_WEEKLY_LIMIT = "W"
    POOL_MONTHLY_LIMIT = "V"
    TEAM_LIMIT = "T"
    CLAIMS_PER_DAY = "y"
    CLAIM_GAP = "z"
    HAD_IT = "l"
    LAST_HOP = "m"
    LACKS_SKILL = "s"
    OTHER_TIER = "t"
    OTHERS_MATCH = "q"
    CATCHING_UP = "c"
    NOT_OFFERED = "n"


EXCLUDED_BECAUSE = {
    Obstacle.INACTIVE: "is switched off in the configuration",
    Obstacle.PAUSED: "is paused",
    Obstacle.AWAY: "is out of office",
    Obstacle.OFF_SHIFT: "is not on shift",
    Obstacle.POOL_CLOSED: "works for a pool that is closed at this hour",
    Obstacle.HOLDING_LIMIT: "holds as many open leads as their limit allows",
    Obstacle.HOLDING_POINTS: "holds open leads that weigh as much as their limit allows",
    Obstacle.HOURLY_LIMIT: "has had as many leads this hour as their limit allows",
    Obstacle.DAILY_LIMIT: "has had as many leads today as their limit allows",
    Obstacle.WEEKLY_LIMIT: "has had as many leads this week as their limit allows",
    Obstacle.MONTHLY_LIMIT: "has had as many leads this month as their limit allows",
    Obstacle.POOL_HOLDING_LIMIT: "holds as many of the pool's leads as the pool allows",
    Obstacle.POOL_HOLDING_POINTS: "holds leads of the pool that weigh as much as it allows",
    Obstacle.POOL_HOURLY_LIMIT: "has had as many of the pool's leads this hour as it allows",
    Obstacle.POOL_DAILY_LIMIT: "has had as many of the pool's leads today as it allows",
    Obstacle.POOL_WEEKLY_LIMIT: "has had as many of the pool's leads this week as it allows",
    Obstacle.POOL_MONTHLY_LIMIT: "has had as many of the pool's leads this month as it allows",
    Obstacle.TEAM_LIMIT: "belongs to a team that is at its limit",
    Obstacle.CLAIMS_PER_DAY: "has claimed as many leads today as the pool allows",
    Obstacle.CLAIM_GAP: "has claimed a lead a short while ago",
    Obstacle.HAD_IT: "has had this lead already",
    Obstacle.LAST_HOP: "the lead was given out as often as the pool allows",
    Obstacle.LACKS_SKILL: "has not what the lead needs",
    Obstacle.OTHER_TIER: "is there for leads of another score",
    Obstacle.OTHERS_MATCH: "fits the lead less well than others",
    Obstacle.CATCHING_UP: "is catching up, and had a lead just now",
    Obstacle.NOT_OFFERED: "was not offered this lead",
}

# Who is not there. Whatever keeps somebody else from a lead, they are at their desk.
ABSENT = frozenset({Obstacle.PAUSED, Obstacle.AWAY, Obstacle.OFF_SHIFT, Obstacle.POOL_CLOSED})

_BY_PERIOD = {
    Period.HOUR: (Obstacle.HOURLY_LIMIT, Obstacle.POOL_HOURLY_LIMIT),
    Period.DAY: (Obstacle.DAILY_LIMIT, Obstacle.POOL_DAILY_LIMIT),
    Period.WEEK: (Obstacle.WEEKLY_LIMIT, Obstacle.POOL_WEEKLY_LIMIT),
    Period.MONTH: (Obstacle.MONTHLY_LIMIT, Obstacle.POOL_MONTHLY_LIMIT),
}


@dataclass(slots=True)
class Workload:
    """A rep's counters as the table has them; a rep nobody ever gave a lead has the empty one.

    `seq` is bumped by whatever takes capacity; a plan is committed only if it is unchanged.
    """

    open: int = 0  # leads held now
    load: int = 0  # what they weigh, in thousandths of a point
    value: int = 0  # what they are worth, in thousandths of a typical lead
    held: dict[str, int] = field(default_factory=dict)  # `pool`: leads, `pool*`: what they weigh
    tallies: Tallies = field(default_factory=dict)
    paused: bool = False
    paused_until: str = ""  # a moment; empty: until somebody resumes
    seq: int = 0

    def copy(self) -> "Workload":
        """One that may be changed."""
        return Workload(
            self.open,
            self.load,
            self.value,
            dict(self.held),
            dict(self.tallies),
            self.paused,
            self.paused_until,
            self.seq,
        )

    def is_paused(self, now: datetime) -> bool:
        """Whether they take a break now."""
        return self.paused and not (self.paused_until and self.paused_until <= to_text(now))

    def here(self, pool_id: str) -> int:
        """The open leads of one pool."""
        return self.held.get(pool_id, 0)

    def add(self, burden: Burden) -> None:
        """Hold one more lead."""
        self.open += burden.open
        self.load += burden.load
        self.value += burden.value
        leads, weight = burden.pool or "", f"{burden.pool}*"
        self.held[leads] = self.held.get(leads, 0) + burden.open
        self.held[weight] = self.held.get(weight, 0) + burden.load

    def drop(self, burden: Burden) -> None:
        """Hold one lead less."""
        self.add(replace(burden, open=-burden.open, load=-burden.load, value=-burden.value))


@dataclass(frozen=True, slots=True)
class Seat:
    """One rep in one pool at one moment: whether they are there, and what they may take."""

    rep_id: str
    rep: Rep
    pool_id: str
    absence: Obstacle | None
    today: Allowance  # counted in any case
    own: tuple[tuple[Obstacle, Allowance], ...]  # the rep's periods
    here: tuple[tuple[Obstacle, Allowance], ...]  # those of this pool
    limits: Limits  # of each member of this pool
    counted: tuple[Allowance, ...]  # where a lead counts: each tally once, over its longest window

    def limit(self, load: Workload, points: int) -> Obstacle | None:
        """Which limit a lead of so many thousandths of a point would exceed."""
        return self._own_limit(load, points) or self._pool_limit(load, points)

    def _own_limit(self, load: Workload, points: int) -> Obstacle | None:
        rep = self.rep
        if rep.holding_limit is not None and load.open >= rep.holding_limit:
            return Obstacle.HOLDING_LIMIT
        if rep.holding_points is not None and too_heavy(rep.holding_points, load.load, points):
            return Obstacle.HOLDING_POINTS
        return _full(self.own, load)

    def _pool_limit(self, load: Workload, points: int) -> Obstacle | None:
        limits = self.limits
        if limits.holding is not None and load.here(self.pool_id) >= limits.holding:
            return Obstacle.POOL_HOLDING_LIMIT
        held = load.held.get(f"{self.pool_id}*", 0)
        if limits.points is not None and too_heavy(limits.points, held, points):
            return Obstacle.POOL_HOLDING_POINTS
        return _full(self.here, load)

    def take(self, load: Workload, burden: Burden) -> None:
        """Hold one more lead, and count it in each period."""
        load.add(burden)
        for allowed in self.counted:
            allowed.count(load.tallies)


def _full(paces: tuple[tuple[Obstacle, Allowance], ...], load: Workload) -> Obstacle | None:
    """The first period in which no more is allowed."""
    full = (obstacle for obstacle, allowed in paces if not allowed.has_room(load.tallies))
    return next(full, None)


def too_heavy(most: Decimal, load: int, points: int) -> bool:
    """Whether so many more thousandths of a point exceed a limit.

    Who holds nothing may always take one: a lead heavier than the limit is never one for nobody.
    """
    limit = int(most * 1000)
    return limit == 0 or (load > 0 and load + points > limit)


def seat(config: Config, pool_id: str, rep_id: str, load: Workload, now: datetime) -> Seat:
    """A rep's seat in a pool; they need not be a member of it."""
    rep, each = config.reps[rep_id], config.pools[pool_id].member_limits
    today = day("", None, rep.time_zone, now)
    own = tuple(
        (_BY_PERIOD[pace.per][0], allowance(pace, "", rep.time_zone, now)) for pace in _paces(rep)
    )
    here = tuple(
        (_BY_PERIOD[pace.per][1], allowance(pace, pool_id, rep.time_zone, now))
        for pace in each.pace
    )
    return Seat(
        rep_id,
        rep,
        pool_id,
        absence=absence(config, pool_id, rep_id, load, now),
        today=today,
        own=own,
        here=here,
        limits=each,
        counted=to_count([today, *(allowed for _, allowed in (*own, *here))]),
    )


@by_identity(4096)
def _paces(rep: Rep) -> tuple[Pace, ...]:
    return rep.paces()


def to_count(allowances: Sequence[Allowance]) -> tuple[Allowance, ...]:
    """Each tally once: what several limits look at is kept for as long as any of them does."""
    by_tally: dict[str, Allowance] = {}
    for one in allowances:
        known = by_tally.get(one.key)
        if known is None or (one.first or 0) < (known.first or 0):
            by_tally[one.key] = one
    return tuple(by_tally.values())


def absence(
    config: Config, pool_id: str, rep_id: str, load: Workload, now: datetime
) -> Obstacle | None:
    """Why a rep is not there for a pool at this hour, or at all; None: they are."""
    if not config.reps[rep_id].active:
        return Obstacle.INACTIVE
    return Obstacle.PAUSED if load.is_paused(now) else off(config, pool_id, rep_id, now)


def off(config: Config, pool_id: str, rep_id: str, now: datetime) -> Obstacle | None:
    """Why a rep does not work for a pool at this hour; None: they do."""
    pool, own = config.pools[pool_id], calendar_of(config, rep_id)
    if own is not None and is_away(own, now):
        return Obstacle.AWAY
    if pool.off_hours == "assign":
        return None
    if own is not None and not is_open(own, now):
        return Obstacle.OFF_SHIFT
    pools = pool_calendar(config, pool_id)
    return Obstacle.POOL_CLOSED if pools is not None and not is_open(pools, now) else None
