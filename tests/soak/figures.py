"""Figures out of many numbers: percentiles, slopes, what waited when."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence

Point = tuple[float, float]  # seconds since the day began, and a value
AT = (50, 95, 99)


def percentile(values: Sequence[float], at: float) -> float:
    """The smallest value that so many of a hundred do not exceed; not a number if there is none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * at / 100) - 1)]


def by_time(points: Iterable[Point], width: float) -> list[tuple[float, list[float]]]:
    """The values of each so many seconds, by the middle of these; empty ones are left out."""
    found: dict[int, list[float]] = {}
    for at, value in points:
        found.setdefault(int(at // width), []).append(value)
    return [((slot + 0.5) * width, values) for slot, values in sorted(found.items())]


def percentiles(points: Sequence[Point], width: float) -> dict[str, list[Point]]:
    """p50, p95, p99 of each so many seconds."""
    slots = by_time(points, width)
    return {f"p{at}": [(when, percentile(values, at)) for when, values in slots] for at in AT}


def reach(
    series: Iterable[Sequence[Point]], width: float, until: float
) -> list[tuple[float, float, float]]:
    """Of each so many seconds: when they begin, the least and the most that any series was in them.

    A series keeps each value until its next one.
    """
    changes = sorted(
        (at, number, value) for number, points in enumerate(series) for at, value in points
    )
    standing: dict[int, float] = {}
    found, place = [], 0
    for slot in range(math.ceil(until / width)):
        held = list(standing.values())
        while place < len(changes) and changes[place][0] < (slot + 1) * width:
            _, number, value = changes[place]
            standing[number] = value
            held.append(value)
            place += 1
        if held:
            found.append((slot * width, min(held), max(held)))
    return found


def by_halves(done: Iterable[float], points: Iterable[Point]) -> tuple[float, float]:
    """What the values grow by for each thing done, in the first and in the second half of these.

    `done`: when each was, in the time of the points. The first tenth is left out, in which one
    loads what one needs.
    """
    moments = sorted(done)
    grown = [(float(bisect_right(moments, at)), value) for at, value in points]
    total = len(moments)
    first = [p for p in grown if total * 0.1 <= p[0] < total * 0.55]
    second = [p for p in grown if total * 0.55 <= p[0] < total]
    return slope(first), slope(second)


def slope(points: Sequence[Point]) -> float:
    """What the values grow by per unit of the first number, by least squares; 0 for one point."""
    count = len(points)
    if count < 2:
        return 0.0
    middle = sum(x for x, _ in points) / count
    height = sum(y for _, y in points) / count
    spread = sum((x - middle) ** 2 for x, _ in points)
    if not spread:
        return 0.0
    return sum((x - middle) * (y - height) for x, y in points) / spread


def waiting(spans: Iterable[tuple[float, float]], every: float, until: float) -> list[Point]:
    """How many of these (from, to) contain each moment that is looked at."""
    begun, ended = [], []
    for start, end in spans:
        begun.append(start)
        ended.append(end)
    begun.sort()
    ended.sort()
    found, at, came, went = [], 0.0, 0, 0
    while at <= until:
        while came < len(begun) and begun[came] <= at:
            came += 1
        while went < len(ended) and ended[went] <= at:
            went += 1
        found.append((at, float(came - went)))
        at += every
    return found


def between(points: Sequence[Point], start: float, end: float) -> list[Point]:
    """Those of this time."""
    return [point for point in points if start <= point[0] < end]
