"""Times as a rep reads them: on the wall clock where the rep is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.domain.config import Rep
from shared.domain.leads import Lead


@dataclass(frozen=True, slots=True)
class Until:
    """The end of a protection period."""

    at: datetime  # where the rep is
    zone: str  # "CET"
    other_day: bool  # whether the time alone would be misread
    to_the_second: bool  # so short that minutes would mislead
    left: timedelta | None  # from then on; None when nothing is left


def until_for(lead: Lead, rep: Rep, until: datetime | None) -> Until | None:
    """The end of the lead's protection for the rep; None when it has none.

    "Now" is the lead's last change, which is what the message is about.
    """
    if until is None:
        return None
    return until_as_seen(until, rep.time_zone, lead.log[-1].at if lead.log else until)


def until_as_seen(until: datetime, time_zone: str, now: datetime) -> Until:
    """A moment on the wall clock in this zone, for somebody who reads of it `now`."""
    zone = ZoneInfo(time_zone)
    local, last = until.astimezone(zone), now.astimezone(zone)
    left = local - last
    return Until(
        at=local,
        zone=_zone(local),
        other_day=local.date() != last.date(),
        to_the_second=timedelta(0) < left < timedelta(minutes=2),
        left=left if left > timedelta(0) else None,
    )


def _zone(moment: datetime) -> str:
    """`CET`; zones without an abbreviation of their own give `+03`, which reads better with UTC."""
    name = moment.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name
