"""Pools with nobody in them, or nobody at work."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from infra.cli.checks.finding import Finding
from infra.cli.checks.passing import Passing, active, staffed
from shared.domain.config import Config
from shared.domain.fitting import BLIND
from shared.domain.working_time import open_hours_of_week, pool_calendar

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST_STRETCHES = 5  # named of one pool
MOST_NAMED = 3  # pools that pass leads on


def findings(config: Config, today: date) -> Iterator[Finding]:
    """Pools without anybody active, and hours at which nobody of a pool is on shift."""
    weeks = [_monday(date(today.year, month, 15)) for month in (1, 7)]
    passing = Passing(config)
    for pool_id, pool in config.pools.items():
        if not active(config, pool_id):
            message = "nobody in this pool is active, so its leads only wait"
            advice = "add a member who is, or let rules lead elsewhere"
            yield Finding("empty-pool", ("pools", pool_id, "members"), message, advice)
        elif not (pool.strategy in BLIND or pool.then or pool.duty_pool):
            yield from _unstaffed(config, passing, pool_id, weeks)


def _unstaffed(
    config: Config, passing: Passing, pool_id: str, weeks: list[date]
) -> Iterator[Finding]:
    """Of a pool whose leads go nowhere else."""
    pool, zone = config.pools[pool_id], _zone(config, pool_id)
    if pool.off_hours == "assign":
        return
    wanted: set[int] = set()
    without: set[int] = set()
    passed_on: dict[str, None] = {}
    for monday in weeks:
        there = staffed(config, pool_id, monday, zone)
        if passing.is_led_to(pool_id):
            own = open_hours_of_week(pool_calendar(config, pool_id), monday, zone)
            wanted |= own
            without |= own - there
        for other, hours in passing.into(pool_id, monday, zone).items():
            if hours - there:
                without |= hours - there
                passed_on[other] = None
    if not without:
        return
    if passed_on:
        yield _passed_in_vain(pool_id, f"{stretches(sorted(without))} ({zone})", list(passed_on))
        return
    within = " within its hours" if pool.hours else ""
    if without == wanted:
        message = f"nobody is ever on shift{within}"
    else:
        message = f"nobody is on shift {stretches(sorted(without))} ({zone}){within}: leads wait"
    meant = "" if pool.hours else "; if they are meant to wait, give the pool `hours`"
    advice = f"name a `duty_pool`, or the pool that comes `then`{meant}"
    place = "pools", pool_id, "hours" if pool.hours else "members"
    yield Finding("nobody-on-shift", place, message, advice)


def _passed_in_vain(pool_id: str, when: str, others: list[str]) -> Finding:
    names = ", ".join(others[:MOST_NAMED]) + (" and others" if len(others) > MOST_NAMED else "")
    message = f"nobody is on shift {when}: leads wait here, also those passed on by {names}"
    advice = "add a member who is at work then, or name a `duty_pool` here, too"
    return Finding("nobody-on-shift", ("pools", pool_id, "members"), message, advice)


def _monday(day: date) -> date:
    return date.fromordinal(day.toordinal() - day.weekday())


def _zone(config: Config, pool_id: str) -> str:
    """Where the pool's hours are; else where most of its members work."""
    hours = config.pools[pool_id].hours
    if hours:
        return config.hours[hours].time_zone or "UTC"
    reps = [config.reps[rep] for rep in active(config, pool_id)]
    zones = Counter(
        (config.hours[rep.hours].time_zone if rep.hours else None) or rep.time_zone for rep in reps
    )
    return zones.most_common(1)[0][0]


def stretches(hours: list[int]) -> str:
    """Hours of the week in words: `Mon–Fri 17:00–08:00, Sat 00:00–Mon 08:00`."""
    spans: list[tuple[int, int]] = []
    for hour in hours:
        if spans and spans[-1][1] == hour:
            spans[-1] = spans[-1][0], hour + 1
        else:
            spans.append((hour, hour + 1))
    if len(spans) > 1 and (spans[0][0], spans[-1][1]) == (0, 168):  # over the end of the week
        first, *spans = spans
        spans[-1] = spans[-1][0], first[1] + 168
    alike: dict[tuple[int, int], list[int]] = {}  # time of day and length → days
    for start, end in spans:
        alike.setdefault((start % 24, end - start), []).append(start // 24)
    parts = [_part(start, length, days) for (start, length), days in alike.items()]
    more = len(parts) - MOST_STRETCHES
    return ", ".join(parts[:MOST_STRETCHES]) + (f" and {more} times more" if more > 0 else "")


def _part(start: int, length: int, days: list[int]) -> str:
    end = start + length
    if end <= 24 or (length < 24 and len(days) > 1):
        until = "24:00" if end == 24 else f"{end % 24:02}:00"
        return f"{_days(days)} {start:02}:00–{until}"
    (first, *_) = days
    return f"{DAYS[first]} {start:02}:00–{DAYS[(first + end // 24) % 7]} {end % 24:02}:00"


def _days(days: list[int]) -> str:
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"{DAYS[days[0]]}–{DAYS[days[-1]]}"
    return ", ".join(DAYS[day] for day in days)
