"""The members of a pool while one plan is made: what each holds, and why they cannot take more.

A lead may also go to somebody from elsewhere, who knows the person or whom a manager names. They
have a seat like any other, but the team's limits are not about them, nor about members who left.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from shared.domain.config import Config
from shared.domain.leads import Burden
from shared.domain.ledger import Held
from shared.domain.reps import ELIGIBLE, Obstacle, Seat, Workload, seat, to_count, too_heavy
from shared.domain.tallies import Allowance, Tallies, allowance

NOTHING = Workload()


class Asked(NamedTuple):
    """What a lead asks of any rep: so many thousandths of a point, within the limits or not."""

    points: int
    hot: bool = False


class Team:
    """All seats of a pool, and what sits on them. Working copies: nothing passed in is changed."""

    def __init__(
        self,
        config: Config,
        pool_id: str,
        loads: Mapping[str, Workload],
        tallies: Tallies,
        now: datetime,
    ) -> None:
        self.pool_id = pool_id
        self.pool = config.pools[pool_id]
        self.members = list(self.pool.members)
        self.place = {rep: i for i, rep in enumerate(self.members)}
        self.loads = {rep: loads.get(rep, NOTHING).copy() for rep in [*self.members, *loads]}
        self.tallies: Tallies = dict(tallies)
        self._config = config
        self._now = now
        self._seats = {rep: self._seat(rep) for rep in self.members}
        self.paces = self._paces_of_team()  # of all members together
        self._counted = to_count(self.paces)
        limits = self.pool.team_limits
        self._is_limited = bool(
            limits.pace or limits.holding is not None or limits.points is not None
        )
        self._masks: dict[Asked, list[str]] = {}

    def _seat(self, rep_id: str) -> Seat:
        return seat(self._config, self.pool_id, rep_id, self.loads[rep_id], self._now)

    def _paces_of_team(self) -> tuple[Allowance, ...]:
        hours = self._config.hours.get(self.pool.hours or "")
        zone = (hours and hours.time_zone) or "UTC"
        paces = self.pool.team_limits.pace
        return tuple(allowance(pace, "", zone, self._now) for pace in paces)

    def seat(self, rep_id: str) -> Seat:
        """The seat of a member, or of a rep from elsewhere."""
        if rep_id not in self._seats:
            self.loads.setdefault(rep_id, NOTHING.copy())
            self._seats[rep_id] = self._seat(rep_id)
        return self._seats[rep_id]

    def absent(self) -> list[str]:
        """Members who are not there, whatever the lead."""
        return [rep for rep in self.members if self._seats[rep].absence]

    def mask(self, asked: Asked) -> list[str]:
        """A letter per member; not to be changed."""
        known = self._masks.get(asked)
        if known is None:
            team = self._team_limit(asked)
            known = [self._own_obstacle(rep, asked) or team or ELIGIBLE for rep in self.members]
            self._masks[asked] = known
        return known

    def obstacle(self, rep_id: str, asked: Asked) -> Obstacle | None:
        """Why this rep, of the pool or not, cannot take such a lead; None when they can."""
        return self.seat(rep_id).absence or self.limit(rep_id, asked)

    def limit(self, rep_id: str, asked: Asked) -> Obstacle | None:
        """Which limit, of their own, of the pool's or of the team, keeps a rep from such a lead."""
        own = self._own_limit(rep_id, asked)
        return own or (self._team_limit(asked) if rep_id in self.place else None)

    def _own_obstacle(self, rep_id: str, asked: Asked) -> Obstacle | None:
        return self.seat(rep_id).absence or self._own_limit(rep_id, asked)

    def _own_limit(self, rep_id: str, asked: Asked) -> Obstacle | None:
        its = self.seat(rep_id)
        return None if asked.hot else its.limit(self.loads[rep_id], asked.points)

    def _team_limit(self, asked: Asked) -> Obstacle | None:
        """Whether all together may take no more."""
        limits = self.pool.team_limits
        if asked.hot or not self._is_limited:
            return None
        if limits.holding is not None and self.held_here("") >= limits.holding:
            return Obstacle.TEAM_LIMIT
        if limits.points is not None and too_heavy(
            limits.points, self.held_here("*"), asked.points
        ):
            return Obstacle.TEAM_LIMIT
        full = any(not allowed.has_room(self.tallies) for allowed in self.paces)
        return Obstacle.TEAM_LIMIT if full else None

    def held_here(self, suffix: str) -> int:
        """What all members hold of this pool's leads; with `*`, what those weigh."""
        key = self.pool_id + suffix
        return sum(self.loads[rep].held.get(key, 0) for rep in self.members)

    def take(self, rep_id: str, burden: Burden) -> None:
        """One more lead for this rep."""
        self.seat(rep_id).take(self.loads[rep_id], burden)
        place = self.place.get(rep_id)
        if place is None:
            return
        for allowed in self._counted:
            allowed.count(self.tallies)
        if self._is_limited:
            self._masks.clear()
            return
        for asked, mask in self._masks.items():
            mask[place] = self._own_obstacle(rep_id, asked) or ELIGIBLE

    def free(self, burden: Burden) -> None:
        """One lead less for the rep who has had it, if they are known here."""
        load = self.loads.get(burden.rep or "")
        if load is not None:
            load.drop(burden)
            self._masks.clear()

    def held(self) -> tuple[Held, ...]:
        """What each member holds and has received, for the ledger."""
        return tuple(
            Held(
                open=load.open,
                here=load.here(self.pool_id),
                today=self._seats[rep].today.used(load.tallies),
                load=load.load,
                value=load.value,
            )
            for rep, load in ((rep, self.loads[rep]) for rep in self.members)
        )
