"""One router after the other, where several want to route for the same pool.

Each plan needs the ledger as the plan before left it, so of several routers at once all but one
plan in vain. Who has met another one lately waits for the pool's baton first.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from shared.errors import StoreBusyError
from shared.store import baton
from shared.surroundings import Surroundings

CROWDED_FOR = 10.0  # seconds after the last conflict
LONGEST_WAIT = 0.2  # seconds between two looks, at most; chance spreads the routers out
FEW_LEADS = 10  # are planned again for less than waiting costs
LOOKS = 40  # then a router goes ahead without: nothing but work can be lost

_crowded_until: dict[str, float] = {}  # pool → moment of this process's own clock


def note_conflict(pool_id: str) -> None:
    """Remember that somebody else routes for this pool as well."""
    _crowded_until[pool_id] = time.monotonic() + CROWDED_FOR


@contextmanager
def in_turn(pool_id: str, leads: int, around: Surroundings) -> Iterator[None]:
    """Do the block when it is our turn; at once, and at no cost, when nobody else was seen."""
    if leads < FEW_LEADS or _crowded_until.get(pool_id, 0) < time.monotonic():
        yield
        return
    router = around.new_id()
    with suppress(StoreBusyError):
        _wait_for_baton(pool_id, router, around)
    try:
        yield
    finally:
        with suppress(StoreBusyError):
            baton.give_back(pool_id, router)


def _wait_for_baton(pool_id: str, router: str, around: Surroundings) -> None:
    for _ in range(LOOKS):
        if baton.take(pool_id, router, around.now()):
            return
        around.wait(around.chance() * LONGEST_WAIT)
