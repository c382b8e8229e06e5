"""Give leads their owners: plan per pool, commit in one transaction, plan again on conflict."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from shared.domain.config import ActiveConfig
from shared.domain.leads import Lead, Status
from shared.domain.planning import Plan, Ruled, plan
from shared.domain.rules import first_match
from shared.errors import StoreBusyError, UnstorableError
from shared.flows.turns import in_turn, note_conflict
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from shared.surroundings import Surroundings
from shared.telemetry import logger

ATTEMPTS = 15  # conflicts and busy answers of one pool in a row, then the rest is left for later
FIRST_WAIT = 0.01  # seconds; doubles with each conflict, and chance spreads the routers out
LONGEST_WAIT = 0.5
PARKED_AT_ONCE = 100
PARKED_AT_MOST = 1_000  # looked at in one go
ANY_AGE = float("inf")
WAITING = frozenset({Status.NEW, Status.PARKED})


@dataclass(slots=True)
class Routed:
    """What became of a batch of leads."""

    assigned: int = 0
    parked: int = 0
    moved_on: int = 0  # somebody else settled them first
    conflicts: int = 0
    refused: int = 0  # the table will not take them as they are; they are logged
    unsettled: list[str] = field(default_factory=list)  # ids that still wait: try them again


def route_leads(leads: Iterable[Lead], around: Surroundings) -> Routed:
    """Assign or park each lead that still waits, once however often and by how many it is asked.

    Pools do not wait for each other: one that cannot be settled leaves its own leads unsettled.
    """
    routed = Routed()
    pending = _waiting(leads)
    failures: dict[str, int] = {}
    # The configuration this process knows will do: its version is read again with the ledger.
    max_age = ANY_AGE
    while pending:
        active = config_store.active(max_age)
        pools = _by_pool(active, pending.values())
        left = {pool_id: failures.get(pool_id, 0) for pool_id in pools}
        if min(left.values()) >= ATTEMPTS:
            break
        for pool_id, ruled in pools.items():
            before = len(pending)
            if left[pool_id] >= ATTEMPTS or _in_turn(
                active, pool_id, ruled, pending, routed, around
            ):
                continue
            routed.conflicts += 1
            max_age = 0
            failures[pool_id] = left[pool_id] + 1 if len(pending) == before else 0
        if pending:
            longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** max(failures.values(), default=0))
            around.wait(around.chance() * longest)
    routed.unsettled = list(pending)
    return routed


def _waiting(leads: Iterable[Lead]) -> dict[str, Lead]:
    """Those that wait for an owner, each once, as newest known."""
    pending: dict[str, Lead] = {}
    for lead in leads:
        known = pending.get(lead.lead_id)
        if lead.status in WAITING and (known is None or lead.rev > known.rev):
            pending[lead.lead_id] = lead
    return pending


def retry_parked(pool_id: str, around: Surroundings, *, stuck: bool = False) -> Routed:
    """Offer the pool's parked leads again, oldest first. Cheap when there are none: one query.

    Leads that some members have lost may have to wait for the others, while fresh ones need not: so
    it looks on past them, and stops at the first page in which a fresh lead finds nobody. `stuck`:
    those that wait for a manager, worth a try when the configuration has changed.
    """
    ids = lead_store.in_place(f"{'stuck' if stuck else 'parked'}#{pool_id}", PARKED_AT_MOST)
    total = Routed()
    for start in range(0, len(ids), PARKED_AT_ONCE):
        leads = lead_store.get_many(ids[start : start + PARKED_AT_ONCE])
        routed = route_leads(leads, around)
        total.assigned += routed.assigned
        fresh = sum(not lead.lost_by for lead in leads)
        if fresh and routed.assigned < fresh:
            break
    return total


def _by_pool(active: ActiveConfig, leads: Iterable[Lead]) -> dict[str, list[Ruled]]:
    """The leads by the pool that the rules send them to."""
    pools: dict[str, list[Ruled]] = {}
    for lead in leads:
        rule = first_match(active.config.rules, lead.source, lead.fields)
        pools.setdefault(rule.pool, []).append(Ruled(lead, rule.name))
    return pools


def _in_turn(
    active: ActiveConfig,
    pool_id: str,
    ruled: Sequence[Ruled],
    pending: dict[str, Lead],
    routed: Routed,
    around: Surroundings,
) -> bool:
    """Route a pool's leads when it is our turn; False: read everything again."""
    try:
        with in_turn(pool_id, len(ruled), around):
            return _route_pool(active, pool_id, ruled, pending, routed, around)
    except StoreBusyError:
        return False


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
    reading = routing_store.read(pool_id, members)
    if reading.config_version != active.version:
        return False
    portions = deque(routing_store.portions(ruled, len(members)))
    while portions:
        portion = portions.popleft()
        planned = plan(active, pool_id, reading.rotation, reading.loads, portion, around.now())
        try:
            if planned.moves and not _commit(planned, pending, routed, around):
                return False
        except UnstorableError as error:
            if len(portion) > 1:  # find the one that it is about
                half = len(portion) // 2
                portions.extendleft([portion[half:], portion[:half]])
                continue
            lead_id = portion[0].lead.lead_id
            logger.error("a lead cannot be routed", lead_id=lead_id, code=str(error))
            routed.refused += 1
            del pending[lead_id]
            continue
        reading = reading.after(planned)
        for lead, _ in portion:
            del pending[lead.lead_id]
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
