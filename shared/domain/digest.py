"""When a rep is mailed what waits for them: once on each day they work, at a time of their own."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.domain.config import Config, Rep
from shared.domain.shifts import near, roster
from shared.domain.working_time import calendar_of

# How late it may be. What could not be sent by then is not news any more.
WITHIN = timedelta(hours=2)

DAYS_OFF = 366  # in a row, at most: no digest looks back further


def digest_day(config: Config, rep_id: str, now: datetime) -> date | None:
    """The day whose digest is due now, where the rep is; None: none is.

    A time that clocks skip means the moment at which they do; one that comes twice, the first.
    """
    rep = config.reps.get(rep_id)
    if rep is None or rep.digest is None or not rep.active:
        return None
    begins = rep.digest.hour * 3600 + rep.digest.minute * 60 + rep.digest.second
    # Longer than clocks skip, so that each day has one.
    moments = roster(rep.time_zone, (((begins, begins + int(WITHIN.total_seconds())),),) * 7)
    now = now.astimezone(UTC)
    for day in near(moments, now):
        for begin, _ in moments.shifts(day):
            if begin <= now < begin + WITHIN and _works(config, rep_id, rep, day):
                return date.fromordinal(day)
    return None


def first_day(config: Config, rep_id: str, day: date) -> date:
    """The first of the days that this day's digest is about: it, and their days off before it."""
    rep, today = config.reps[rep_id], day.toordinal()
    before = range(today - 1, today - DAYS_OFF, -1)
    worked = next((d for d in before if _works(config, rep_id, rep, d)), today - DAYS_OFF)
    return date.fromordinal(worked + 1)


def _works(config: Config, rep_id: str, rep: Rep, day: int) -> bool:
    """Whether a shift of theirs begins on a day, as days go where they are."""
    calendar, home = calendar_of(config, rep_id), ZoneInfo(rep.time_zone)
    if calendar is None:
        return True
    begins = (start for near_by in (day - 1, day, day + 1) for start, _ in calendar.shifts(near_by))
    return any(start.astimezone(home).toordinal() == day for start in begins)
