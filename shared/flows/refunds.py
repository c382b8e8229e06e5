"""What it cost a rep to get a lead is undone, when the lead ends for them as their pool lists."""

from dataclasses import replace

from shared.domain.config import ActiveConfig
from shared.domain.leads import Change, Lead, Step
from shared.domain.ledger import Entry, refund
from shared.domain.refunding import REFUNDING, to_refund
from shared.errors import NotFoundError
from shared.store import config as config_store
from shared.store import routing as routing_store

# Seconds after which a pool that has begun to give credit back is noticed. Longer than the minute
# after which each sweep reads the configuration: so nobody has to read it for this alone.
KNOWN_FOR = 90.0

# A refund meets routing at the pool's ledger.
ATTEMPTS = 40


def with_refund(lead: Lead, change: Change) -> tuple[Change, Entry | None]:
    """The change that is to be made to a lead, and the ledger entry to be written with it.

    With an entry, the change names it. None: it brings no refund. The pool does not list the step,
    or is gone, or its ledger is; the assignment cost nothing, or what it cost was undone before.
    ConflictError is what whoever writes both gets when routing takes the entry's turn first.
    """
    given = to_refund(lead) if change.step in REFUNDING else None
    if given is None or given.pool is None or given.turn is None:
        return change, None
    if change.step is not Step.RETURNED and not _lists(
        config_store.active(KNOWN_FOR), given.pool, change.step
    ):
        return change, None
    entry = _entry(lead, given.pool, given.turn, change)
    if entry is None:
        return change, None
    return replace(change, pool=entry.pool_id, turn=entry.rotation.turn), entry


def _entry(lead: Lead, pool_id: str, turn: int, change: Change) -> Entry | None:
    """The ledger's next entry, which gives back what the entry of that turn took for the lead.

    The ledger is read before the configuration: one that is newer has taken the turn that we want.
    """
    try:
        gave = routing_store.entry(pool_id, turn)
    except NotFoundError:
        return None
    newest = routing_store.rotation(pool_id)
    active = config_store.active()
    if newest is None or not _lists(active, pool_id, change.step):
        return None
    return refund(newest, gave, lead.lead_id, active.version, change.at)


def _lists(active: ActiveConfig, pool_id: str, step: Step) -> bool:
    """Whether the pool gives credit back for such a step."""
    pool = active.config.pools.get(pool_id)
    return pool is not None and step in pool.refund
