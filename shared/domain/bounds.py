"""A rep's limits in a pool as figures: each with how much of it is used, and when they are back."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from shared.domain.config import Config
from shared.domain.limits import Pace
from shared.domain.moments import from_text
from shared.domain.period import Period
from shared.domain.reps import Obstacle, Seat, Workload
from shared.domain.tallies import Allowance, Tallies
from shared.domain.team import Team
from shared.domain.working_time import calendar_of, next_open, pool_calendar


class Bound(NamedTuple):
    """One limit. `limit` is the obstacle that it becomes once it is reached."""

    limit: str
    most: float  # now: 2.5 an hour are two and three in turn
    used: float
    rolling: bool = False


def bounds(seat: Seat, load: Workload) -> tuple[Bound, ...]:
    """All limits that a rep has in this pool, their own before those of the pool."""
    rep, pool_id = seat.rep, seat.pool_id
    here, each = load.held.get(f"{pool_id}*", 0), seat.limits
    return (
        *_held("", rep.holding_limit, rep.holding_points, load.open, load.load),
        *_paced(rep.paces(), seat.own, load.tallies),
        *_held("pool_", each.holding, each.points, load.here(pool_id), here),
        *_paced(seat.limits.pace, seat.here, load.tallies),
    )


def team_bounds(team: Team) -> tuple[Bound, ...]:
    """The limits of all members of a pool together."""
    limits = team.pool.team_limits
    paced = [(_OF_TEAM[pace.per], one) for pace, one in zip(limits.pace, team.paces, strict=True)]
    return (
        *_held("", limits.holding, limits.points, team.held_here(""), team.held_here("*")),
        *_paced(limits.pace, paced, team.tallies),
    )


_OF_TEAM = {
    Period.HOUR: Obstacle.HOURLY_LIMIT,
    Period.DAY: Obstacle.DAILY_LIMIT,
    Period.WEEK: Obstacle.WEEKLY_LIMIT,
    Period.MONTH: Obstacle.MONTHLY_LIMIT,
}


def _held(
    scope: str, holding: int | None, points: Decimal | None, leads: int, load: int
) -> Iterator[Bound]:
    if holding is not None:
        yield Bound(f"{scope}holding_limit", holding, leads)
    if points is not None:
        yield Bound(f"{scope}holding_points", float(points), load / 1000)


def _paced(
    paces: Sequence[Pace], allowed: Sequence[tuple[Obstacle, Allowance]], tallies: Tallies
) -> Iterator[Bound]:
    for pace, (obstacle, one) in zip(paces, allowed, strict=True):
        yield Bound(obstacle.name.lower(), one.most, one.used(tallies), pace.rolling)


def back_at(config: Config, seat: Seat, load: Workload, now: datetime) -> datetime | None:
    """When a rep who is absent is back; None: they are there, or nobody knows."""
    match seat.absence:
        case Obstacle.PAUSED:
            return from_text(load.paused_until) if load.paused_until else None
        case Obstacle.AWAY | Obstacle.OFF_SHIFT:
            return next_open(calendar_of(config, seat.rep_id), now)
        case Obstacle.POOL_CLOSED:
            return next_open(pool_calendar(config, seat.pool_id), now)
        case _:
            return None
