"""The world around the flows: the clock, ids, chance and waiting."""

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.domain.ids import ENTROPY_BYTES, new_id
from shared.domain.moments import to_milliseconds


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What flows need from outside: time, ids, chance in [0, 1), and a way to wait (seconds)."""

    now: Callable[[], datetime]
    new_id: Callable[[], str]
    chance: Callable[[], float]
    wait: Callable[[float], None]


def now() -> datetime:
    """This instant, UTC, to the millisecond, as everything stored is."""
    return to_milliseconds(datetime.now(UTC))


def fresh_id() -> str:
    """An id that nobody else has."""
    return new_id(now(), os.urandom(ENTROPY_BYTES))


def real() -> Surroundings:
    """What the functions and the command line run in."""
    return Surroundings(now, fresh_id, random.random, time.sleep)
