"""When a rep is not to be disturbed: parts of the week, by clocks where they are.

Nothing rings then: what would go to a chat or a phone of theirs waits until the quiet ends. Mails
do not ring, and systems do not sleep.
"""

from datetime import UTC, datetime, timedelta

from shared.domain.channels import RINGING
from shared.domain.config import Config
from shared.domain.shifts import Roster, Shift, near, roster, week_of

# Beyond which nothing waits. The one free minute of a week may be one that clocks skip in the next.
LONGEST = timedelta(days=15)


def rings(config: Config, channel_id: str) -> bool:
    """Whether a channel disturbs those who read it."""
    channel = config.channels.get(channel_id)
    return channel is not None and channel.kind in RINGING


def quiet_until(config: Config, rep_id: str, now: datetime) -> datetime | None:
    """When the rep's quiet time ends that `now` lies in, in UTC; None: it lies in none."""
    rep = config.reps.get(rep_id)
    if rep is None or not rep.quiet:
        return None
    where, now = roster(rep.time_zone, week_of(rep.quiet)), now.astimezone(UTC)
    end, latest = now, now + LONGEST
    while end < latest:
        later = _end_of_part(where, end)
        if later is None:
            break
        end = later
    return min(end, latest) if end > now else None


def _end_of_part(where: Roster, moment: datetime) -> datetime | None:
    """The latest end of the parts that a moment lies in; None: it lies in none."""
    parts: list[Shift] = [part for day in near(where, moment) for part in where.shifts(day)]
    return max((end for start, end in parts if start <= moment < end), default=None)
