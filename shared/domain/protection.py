"""For how long a lead is protected for who gets it: its deadlines, as real time."""

from datetime import datetime

from shared.domain.config import Config
from shared.domain.deadlines import Deadline
from shared.domain.pools import Clock
from shared.domain.working_time import Calendar, after, calendar_of, next_open, pool_calendar


def deadlines_for(config: Config, pool_id: str, rep_id: str, now: datetime) -> tuple[Deadline, ...]:
    """The stages, each so many real seconds after now, whatever clock they run on."""
    pool = config.pools[pool_id]
    own, pools = calendar_of(config, rep_id), pool_calendar(config, pool_id)
    start = now
    if pool.off_hours == "assign":
        start = max(filter(None, (_begins(own, now), _begins(pools, now))), default=now)
    clock = {Clock.REAL: None, Clock.REP: own, Clock.POOL: pools}[pool.deadlines.clock]
    if clock is None and start == now:
        return pool.deadlines.stages()
    ends = ((stage.action, after(clock, start, stage.after)) for stage in pool.deadlines.stages())
    return tuple(Deadline(action, round((end - now).total_seconds())) for action, end in ends)


def _begins(calendar: Calendar | None, now: datetime) -> datetime | None:
    return next_open(calendar, now) if calendar else None
