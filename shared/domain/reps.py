"""What a rep holds and may still take."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.domain.config import Rep


class Obstacle(StrEnum):
    """Why a member of the pool cannot take this lead; one letter each, for the ledger's masks."""

    INACTIVE = "i"
    PAUSED = "p"
    HOLDING_LIMIT = "h"
    DAILY_LIMIT = "d"
    HAD_IT = "l"
    LAST_HOP = "m"


@dataclass(slots=True)
class Workload:
    """A rep's counters as the table has them; a rep nobody ever gave a lead has the empty one."""

    open: int = 0  # leads held now
    day: str = ""  # the rep's own date that `received` counts, as 2026-11-21
    received: int = 0  # leads received on that day
    paused: bool = False

    def received_on(self, day: str) -> int:
        """Leads received on a day. A clock that jumps back does not start an earlier day anew."""
        return self.received if self.day >= day else 0


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local_day(rep: Rep, now: datetime) -> str:
    """The date where the rep is."""
    return now.astimezone(_zone(rep.time_zone)).date().isoformat()


def obstacle(rep: Rep, load: Workload, day: str) -> Obstacle | None:
    """Why this rep cannot take one more lead on this day of theirs; None when they can."""
    if not rep.active:
        return Obstacle.INACTIVE
    if load.paused:
        return Obstacle.PAUSED
    if rep.holding_limit is not None and load.open >= rep.holding_limit:
        return Obstacle.HOLDING_LIMIT
    if rep.daily_limit is not None and load.received_on(day) >= rep.daily_limit:
        return Obstacle.DAILY_LIMIT
    return None
