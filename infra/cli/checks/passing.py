"""At which hours of the week leads are passed on from pool to pool, as nobody is there for them."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date

from shared.domain.config import Config
from shared.domain.fitting import BLIND
from shared.domain.working_time import calendar_of, open_hours_of_week, pool_calendar

Hours = frozenset[int]  # of the week, from 0 (Monday's first) to 167

ALL_HOURS: Hours = frozenset(range(168))


class Passing:
    """Where leads come to, and go on to, while nobody of a pool is on shift."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._next = {pool_id: to for pool_id in config.pools if (to := self._target(pool_id))}
        self._receiving = set(self._next.values())
        self._led_to = {rule.pool for rule in config.rules if rule.pool}
        for table in config.tables.values():
            self._led_to.update(cells[-1] for cells in table.cells())
        self._known: dict[tuple[date, str], Mapping[str, Mapping[str, Hours]]] = {}

    def is_led_to(self, pool_id: str) -> bool:
        """Whether leads come there otherwise than from other pools; of an unused one, they may."""
        return pool_id in self._led_to or pool_id not in self._receiving

    def into(self, pool_id: str, monday: date, zone: str) -> Mapping[str, Hours]:
        """From which pools leads come, and at which hours of this week as the zone counts them."""
        if pool_id not in self._receiving:
            return {}
        week = monday, zone
        if week not in self._known:
            self._known[week] = self._all(monday, zone)
        return self._known[week].get(pool_id, {})

    def _all(self, monday: date, zone: str) -> Mapping[str, Mapping[str, Hours]]:
        """By the pool that leads come to; a pool has its turn after all that pass leads to it."""
        come: dict[str, dict[str, Hours]] = defaultdict(dict)
        missing = Counter(self._next.values())
        ready = [pool_id for pool_id in self._config.pools if not missing[pool_id]]
        while ready:
            pool_id = ready.pop()
            if (to := self._next.get(pool_id)) is None:
                continue
            here = ALL_HOURS if self.is_led_to(pool_id) else Hours().union(*come[pool_id].values())
            come[to][pool_id] = here - staffed(self._config, pool_id, monday, zone)
            missing[to] -= 1
            if not missing[to]:
                ready.append(to)
        return come

    def _target(self, pool_id: str) -> str | None:
        """Where leads go at once while nobody is on shift; None: they stay."""
        pool = self._config.pools[pool_id]
        if (
            pool.strategy in BLIND
            or pool.off_hours == "assign"
            or not active(self._config, pool_id)
        ):
            return None
        at_once = pool.then.pool if pool.then and pool.then.after is None else None
        return pool.duty_pool or at_once


def active(config: Config, pool_id: str) -> list[str]:
    """The members who are not switched off."""
    return [rep for rep in config.pools[pool_id].members if config.reps[rep].active]


def staffed(config: Config, pool_id: str, monday: date, zone: str) -> Hours:
    """The hours of a week at which somebody of a pool may be given leads."""
    calendars = {calendar_of(config, rep) for rep in active(config, pool_id)}
    worked = Hours().union(*(open_hours_of_week(each, monday, zone) for each in calendars))
    return worked & open_hours_of_week(pool_calendar(config, pool_id), monday, zone)
