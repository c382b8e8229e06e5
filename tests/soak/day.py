"""When what comes: the arrivals of a day, the same for the same seed."""

import math
from bisect import bisect_left
from collections.abc import Callable
from itertools import accumulate
from random import Random
from typing import NamedTuple

HOURS = 24.0
STEPS = 24 * 60  # the day is looked at by its minutes

# Who sends, how many of a hundred leads, and when: by the curve of that name.
SOURCES: dict[str, tuple[int, str]] = {
    "form as JSON": (27, "people"),
    "form as browsers post it": (12, "people"),
    "campaign page": (20, "campaign"),
    "partner, posts": (11, "office"),
    "partner, pings first": (8, "office"),
    "partner, signed": (6, "office"),
    "Google Ads": (5, "campaign"),
    "TikTok, two at once": (3, "campaign"),
    "Typeform": (3, "people"),
    "generic hook": (2, "office"),
    "odd input": (3, "people"),
}


class Arrival(NamedTuple):
    """One sending: so many seconds after the day began, by whom, and its number."""

    at: float
    source: str
    number: int


def _bell(hour: float, at: float, wide: float) -> float:
    return math.exp(-(((hour - at) / wide) ** 2) / 2)


# How busy a moment is, by hour of the day; only the shape counts.
CURVES: dict[str, Callable[[float], float]] = {
    # A morning, a lunch and an evening at home; some never sleep.
    "people": lambda hour: (
        0.12
        + _bell(hour, 9.5, 1.5)
        + 0.8 * _bell(hour, 12.5, 0.8)
        + 0.3 * _bell(hour, 15.5, 2)
        + 0.7 * _bell(hour, 20, 1.5)
    ),
    # Advertisements are shown three times in the evening, and all who saw them come at once.
    "campaign": lambda hour: (
        0.05
        + 0.3 * _bell(hour, 12.5, 1)
        + 3 * _bell(hour, 18.5, 0.15)
        + 3.5 * _bell(hour, 20, 0.15)
        + 2.5 * _bell(hour, 21.5, 0.15)
    ),
    "office": lambda hour: 0.04 + _bell(hour, 10, 1.6) + 0.9 * _bell(hour, 14.5, 1.8),
}


def arrivals(count: int, seconds: float, seed: int) -> list[Arrival]:
    """So many sendings, spread over a day that lasts so many seconds, in the order of time."""
    chance = Random(seed)
    sources = list(SOURCES)
    shares = [share for share, _ in SOURCES.values()]
    drawn = chance.choices(sources, shares, k=count)
    spread = {name: _spread(curve) for name, curve in CURVES.items()}
    moments = sorted((_moment(spread[SOURCES[s][1]], chance) * seconds, s) for s in drawn)
    return [Arrival(at, source, number) for number, (at, source) in enumerate(moments)]


def _spread(curve: Callable[[float], float]) -> list[float]:
    """The share of the day's arrivals that have come by the end of each minute."""
    heights = [curve(HOURS * (step + 0.5) / STEPS) for step in range(STEPS)]
    total = sum(heights)
    return [height / total for height in accumulate(heights)]


def _moment(spread: list[float], chance: Random) -> float:
    """A moment by the curve, as a share of the day."""
    step = min(bisect_left(spread, chance.random()), STEPS - 1)
    return (step + chance.random()) / STEPS
