"""Give leads their owners: plan per pool, commit in one transaction, plan again on conflict."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from shared.domain.config import ActiveConfig
from shared.domain.leads import Lead, Status
from shared.domain.planning import Plan, Ruled, plan
from shared.domain.rules import first_match
from shared.errors import StoreBusyError
from shared.flows.turns import in_turn, note_conflict
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from shared.surroundings import Surroundings

ATTEMPTS = 15  # conflicts and busy answers in a row before the rest is left to the next try
FIRST_WAIT = 0.01  # seconds; doubles with each conflict, and chance spreads the routers out
LONGEST_WAIT = 0.5
PARKED_AT_ONCE = 100
ANY_AGE = float("inf")
WAITING = frozenset({Status.NEW, Status.PARKED})


@dataclass(slots=True)
class Routed:
    """What became of a batch of leads."""

    assigned: int = 0
    parked: int = 0
    moved_on: int = 0  # somebody else settled them first
    conflicts: int = 0
    unsettled: list[str] = field(default_factory=list)  # ids that still wait: try them again


def route_leads(leads: Iterable[Lead], around: Surroundings) -> Routed:
    """Assign or park each lead that still waits, once however often and by how many it is asked."""
    routed = Routed()
    pending: dict[str, Lead] = {}
    for lead in leads:
        known = pending.get(lead.lead_id)
        if lead.status in WAITING and (known is None or lead.rev > known.rev):
            pending[lead.lead_id] = lead
    failures = 0
    while pending and failures < ATTEMPTS:
        # The configuration this process knows will do: the version is read again with the ledger.
        active = config_store.active(0 if failures else ANY_AGE)
        for pool_id, ruled in _by_pool(active, pending.values()).items():
            before = len(pending)
            with in_turn(pool_id, len(ruled), around):
                done = _route_pool(active, pool_id, ruled, pending, routed, around)
            if not done:
                routed.conflicts += 1
                failures = failures + 1 if len(pending) == before else 1
                if len(pending) == before:
                    longest = min(LONGEST_WAIT, FIRST_WAIT * 2**failures)
                    around.wait(around.chance() * longest)
                break  # read everything again
            failures = 0
    routed.unsettled = list(pending)
    return routed


def retry_parked(pool_id: str, around: Surroundings) -> Routed:
    """Offer the pool's parked leads again, oldest first. Cheap when there are none: one query."""
    ids = lead_store.in_place(f"parked#{pool_id}", PARKED_AT_ONCE)
    return route_leads(lead_store.get_many(ids), around) if ids else Routed()


def _by_pool(active: ActiveConfig, leads: Iterable[Lead]) -> dict[str, list[Ruled]]:
    """The leads by the pool that the rules send them to."""
    pools: dict[str, list[Ruled]] = {}
    for lead in leads:
        rule = first_match(active.config.rules, lead.source, lead.fields)
        pools.setdefault(rule.pool, []).append(Ruled(lead, rule.name))
    return pools


def _route_pool(
    active: ActiveConfig,
    pool_id: str,
    ruled: Sequence[Ruled],
    pending: dict[str, Lead],
    routed: Routed,
    around: Surroundings,
) -> bool:
    """Route a pool's leads, in portions of one transaction; takes what is settled out of `pending`.

    False: something has changed, so read everything again. The table is read once: after a commit
    it is as that plan left it, and when somebody else was there, the next commit is refused.
    """
    members = active.config.pools[pool_id].members
    size = routing_store.leads_per_commit(len(members))
    try:
        reading = routing_store.read(pool_id, members)
        if reading.config_version != active.version:
            return False
        for start in range(0, len(ruled), size):
            portion = ruled[start : start + size]
            planned = plan(active, pool_id, reading.rotation, reading.loads, portion, around.now())
            if planned.moves:
                if not _commit(planned, pending, routed, around):
                    return False
                reading = reading.after(planned)
            for lead, _ in portion:
                del pending[lead.lead_id]
    except StoreBusyError:
        return False
    return True


def _commit(planned: Plan, pending: dict[str, Lead], routed: Routed, around: Surroundings) -> bool:
    refused = routing_store.commit(planned, around.new_id())
    if refused is None:
        routed.assigned += planned.assigned
        routed.parked += len(planned.moves) - planned.assigned
        return True
    if not refused.moved:
        note_conflict(planned.entry.pool_id)
    for lead_id in refused.moved:
        del pending[lead_id]
    routed.moved_on += len(refused.moved)
    return False
