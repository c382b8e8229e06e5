"""Whose turn it is to route a pool's leads, when several routers want to.

A courtesy that saves work, and no lock: what is true is decided by the conditions of the commit,
whoever holds the baton, and whoever never asked for it.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from pynamodb.expressions.update import Action

from shared.errors import ConflictError
from shared.store.faults import translated
from shared.store.table import BatonItem

# Longer than a batch takes, shorter than anybody should wait for a router that died.
HOLD = timedelta(seconds=1)


def take(pool_id: str, router: str, now: datetime) -> bool:
    """Take a pool's baton; False while another router holds it."""
    milliseconds = int(now.timestamp() * 1000)
    free = BatonItem.router.does_not_exist() | (BatonItem.until <= milliseconds)
    actions: list[Action] = [
        BatonItem.kind.set("baton"),
        BatonItem.router.set(router),
        BatonItem.until.set(milliseconds + int(HOLD.total_seconds() * 1000)),
    ]
    try:
        with translated():
            _baton(pool_id).update(actions, condition=free | (BatonItem.router == router))
    except ConflictError:
        return False
    return True


def give_back(pool_id: str, router: str) -> None:
    """Let the next router have it, unless one has it already."""
    with suppress(ConflictError), translated():
        _baton(pool_id).update([BatonItem.router.remove()], condition=BatonItem.router == router)


def _baton(pool_id: str) -> BatonItem:
    return BatonItem(f"pool#{pool_id}", "baton")
