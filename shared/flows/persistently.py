"""Trying again when others are at the same thing at the same instant."""

from collections.abc import Callable
from typing import TypeVar

from shared.errors import LeadwheelError
from shared.surroundings import Surroundings

T = TypeVar("T")


def persistently(
    action: Callable[[], T],
    around: Surroundings,
    errors: tuple[type[LeadwheelError], ...],
    *,
    attempts: int = 5,
    longest_wait: float = 0.1,
) -> T:
    """Do it; after one of these errors again, at most so often, after a random wait (seconds)."""
    for _ in range(attempts - 1):
        try:
            return action()
        except errors:
            around.wait(around.chance() * longest_wait)
    return action()
