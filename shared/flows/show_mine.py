"""A rep's own leads, and what they may claim, for the rep's pages."""

from datetime import datetime

from shared.domain.access import has_had, is_open_to
from shared.domain.config import Config
from shared.domain.leads import Lead, Step
from shared.domain.mine import Mine, OpenPool, in_order, may_claim
from shared.domain.people import Identity
from shared.errors import NotFoundError
from shared.store import leads as lead_store

LISTED_AT_ONCE = 100
LISTED_TO_CLAIM = 20  # of each pool


def mine(rep_id: str, config: Config, now: datetime) -> Mine:
    """What a rep has and may take. It costs the same however many leads others have."""
    leads, more = _lying_in(f"rep#{rep_id}", LISTED_AT_ONCE)
    pools = [
        _open_pool(pool_id, rep_id, config)
        for pool_id, pool in config.pools.items()
        if rep_id in pool.members
    ]
    return in_order(leads, pools, now, more=more)


def one_of_mine(lead_id: str, identity: Identity, config: Config) -> Lead:
    """A lead that is the rep's, or was, or was open to them; NotFoundError of every other one."""
    lead = lead_store.get(lead_id)
    opened = (change for change in lead.log if change.step is Step.OPENED)
    if has_had(identity, lead) or any(is_open_to(identity.rep, one, config) for one in opened):
        return lead
    raise NotFoundError("there is no lead with this id")


def _open_pool(pool_id: str, rep_id: str, config: Config) -> OpenPool:
    leads, _ = _lying_in(f"open#{pool_id}", LISTED_TO_CLAIM)
    unseen = [lead for lead in leads if not lead.offered]
    return OpenPool(
        pool_id,
        [lead for lead in leads if may_claim(lead, rep_id, config)],
        0 if config.pools[pool_id].claims.preview else len(unseen),
    )


def _lying_in(place: str, most: int) -> tuple[list[Lead], bool]:
    """The leads in a place, oldest first, and whether there are more."""
    ids = lead_store.in_place(place, most + 1)
    leads = lead_store.get_many(ids[:most])
    # The index lags: who has moved on meanwhile is not shown where it no longer is.
    return [lead for lead in leads if lead.place == place], len(ids) > most
