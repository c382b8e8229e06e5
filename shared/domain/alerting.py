"""What does not fit together in when a rep hears of something: alerts, quiet time, digest."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from shared.domain.channels import MAIL, MAILED, Alert
from shared.domain.leads import GIVING, KEEPING_IT, Step
from shared.domain.shifts import week_of
from shared.domain.week import Hours

if TYPE_CHECKING:
    from shared.domain.config import Rep

Problem = tuple[tuple[str | int, ...], str]  # the keys below the rep, and what is wrong there

# Of quiet time, in seconds: what waits goes out within a few minutes of its end, or not at all.
LEAST_PAUSE = 3600

_DAY = 86400

# After which a lead may wait for the rep who hears of it.
WAITS_AFTER = frozenset(
    {
        *GIVING,
        *KEEPING_IT,
        Step.ACCEPTED,
        Step.REMINDED,
        Step.ESCALATED,
        Step.OPENED,
        Step.ENRICHED,
    }
)


def alert_misfits(rep: "Rep") -> Iterator[Problem]:
    """Each of them, with its place."""
    mailed = rep.mail_on if rep.mail_on is not None else MAILED
    for number, alert in enumerate(rep.alerts):
        place = "alerts", number
        if alert.after is not None:
            over = [step for step in alert.on if step not in WAITS_AFTER]
            if over:
                message = f"no lead waits for the rep once it is {over[0]}; tell that at once"
                yield (*place, "after"), message
        if alert.when_fails is not None:
            yield from _of_fallback(place, alert, rep.alerts, mailed)
    if rep.quiet and longest_pause(rep.quiet) < LEAST_PAUSE:
        yield ("quiet",), "leaves no hour of the week in which anything could go out"
    if rep.digest is not None and rep.digest.tzinfo:
        yield ("digest",), "write it as 07:30; the time zone stands beside it"


def _of_fallback(
    place: tuple[str, int], alert: Alert, alerts: Sequence[Alert], mailed: Sequence[Step]
) -> Iterator[Problem]:
    """What would never be told in place of another, or is told without it."""
    named = alert.when_fails
    if named == alert.channel:
        yield (*place, "when_fails"), "is the channel itself; name another one, or mail"
        return
    for step in alert.on:
        if any(one.channel == alert.channel and one.after and step in one.on for one in alerts):
            message = f"{alert.channel} is told of {step} some time `after` it already; keep one"
            yield (*place, "when_fails"), message
            return
        if named not in _told(step, alerts, mailed):
            what = "is mailed" if named == MAIL else f"goes to {named}"
            message = f"nothing {what} of {step} that could fail; see the rep's other lines"
            yield (*place, "when_fails"), message
            return


def _told(step: Step, alerts: Sequence[Alert], mailed: Sequence[Step]) -> set[str]:
    """What tells the rep of a change, at once, later, or in place of what does."""
    lines = [alert for alert in alerts if step in alert.on]
    told = {alert.channel for alert in lines if alert.when_fails is None}
    if step in mailed:
        told.add(MAIL)
    while more := {one.channel for one in lines if one.when_fails in told} - told:
        told |= more
    return told


def longest_pause(parts: Sequence[Hours]) -> int:
    """The longest time, in seconds as clocks show it, between parts of the week."""
    stretches = sorted(
        (day * _DAY + start + week * 7 * _DAY, day * _DAY + end + week * 7 * _DAY)
        for day, shifts in enumerate(week_of(parts))
        for start, end in shifts
        for week in range(3)
    )
    reached, longest = stretches[0][0], 0
    for start, end in stretches:
        # What lasts into the Monday of the first week is not known: it is there to look back at.
        if start >= 7 * _DAY:
            longest = max(longest, start - reached)
        reached = max(reached, end)
    return longest
