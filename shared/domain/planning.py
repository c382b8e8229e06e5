"""The plan: which lead goes to whom, for one pool and any number of leads, in one go.

Pure: it takes the leads, the rotation, the workloads and the time as they were read, and answers
what should be written. The store commits a plan whole, or not at all.
"""

from collections.abc import Sequence
from datetime import datetime

from shared.domain import hands
from shared.domain.books import Books
from shared.domain.config import ActiveConfig
from shared.domain.plans import Known, Plan, Ruled
from shared.domain.sitting import Sitting


def plan(
    active: ActiveConfig, pool_id: str, known: Known, leads: Sequence[Ruled], now: datetime
) -> Plan:
    """Decide every lead, in the order given. Nothing that was passed in is changed."""
    books = Books(active, pool_id, known, now)
    sitting = Sitting(books)
    for ruled in leads:
        sitting.decide(ruled)
    return books.plan()


def claim(
    active: ActiveConfig,
    pool_id: str,
    known: Known,
    ruled: Ruled,
    rep_id: str,
    now: datetime,
    *,
    by: str | None,
) -> Plan:
    """A rep takes an open lead, or accepts an offer; errors as of `hands.claim`."""
    books = Books(active, pool_id, known, now)
    hands.claim(books, ruled, rep_id, by)
    return books.plan()


def assign(
    active: ActiveConfig,
    pool_id: str,
    known: Known,
    ruled: Ruled,
    rep_id: str,
    now: datetime,
    *,
    by: str,
    override: bool = False,
    reason: str | None = None,
) -> Plan:
    """A manager gives a lead to a rep; errors as of `hands.assign`."""
    books = Books(active, pool_id, known, now)
    hands.assign(books, ruled, rep_id, by, override=override, reason=reason)
    return books.plan()
