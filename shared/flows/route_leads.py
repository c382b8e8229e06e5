"""Give leads their owners: plan per pool, commit in one transaction, plan again on conflict."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from shared.domain.config import ActiveConfig
from shared.domain.leads import Lead, Status
from shared.domain.planning import Plan, Ruled, plan
from shared.domain.rules import first_match
from shared.errors import StoreBusyError
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from shared.surroundings import Surroundings

ATTEMPTS = 15  # conflicts and busy answers in a row before the rest is left to the next try
FIRST_WAIT = 0.01  # seconds; doubles with each conflict, and chance spreads the routers out
LONGEST_WAIT = 0.5
PARKED_AT_ONCE = 100
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
        for active, pool_id, chunk in _chunks(list(pending.values())):
            before = len(pending)
            if not _route_once(active, pool_id, chunk, pending, routed, around):
                routed.conflicts += 1
                failures += 1
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


def _chunks(leads: Sequence[Lead]) -> Iterator[tuple[ActiveConfig, str, list[Ruled]]]:
    """The leads by pool, under the configuration active now, in portions of one transaction."""
    active = config_store.active()
    pools: dict[str, list[Ruled]] = {}
    for lead in leads:
        rule = first_match(active.config.rules, lead.source, lead.fields)
        pools.setdefault(rule.pool, []).append(Ruled(lead, rule.name))
    for pool_id, ruled in pools.items():
        size = routing_store.leads_per_commit(len(active.config.pools[pool_id].members))
        for start in range(0, len(ruled), size):
            yield active, pool_id, ruled[start : start + size]


def _route_once(
    active: ActiveConfig,
    pool_id: str,
    chunk: list[Ruled],
    pending: dict[str, Lead],
    routed: Routed,
    around: Surroundings,
) -> bool:
    """Plan and commit one portion; takes what is settled out of `pending`. False: plan it again."""
    try:
        planned = _plan(active, pool_id, chunk, around)
        if planned is None:
            return False
        refused = routing_store.commit(planned, around.new_id()) if planned.moves else None
    except StoreBusyError:
        return False
    if refused:
        for lead_id in refused.moved:
            del pending[lead_id]
        routed.moved_on += len(refused.moved)
        return False
    routed.assigned += planned.assigned
    routed.parked += len(planned.moves) - planned.assigned
    for lead, _ in chunk:
        del pending[lead.lead_id]
    return True


def _plan(
    active: ActiveConfig, pool_id: str, chunk: list[Ruled], around: Surroundings
) -> Plan | None:
    """A plan on what the table says now; None when the configuration changed under it.

    The order of the reads matters. `apply` writes the ledger of each pool it changes, so: ledger
    first, configuration after it. A configuration newer than ours shows here; one that comes later
    still takes the turn that this plan wants, and the commit fails.
    """
    rotation = routing_store.current(pool_id)
    if config_store.active().version != active.version:
        return None
    loads = routing_store.workloads(active.config.pools[pool_id].members)
    return plan(active, pool_id, rotation, loads, chunk, around.now())
