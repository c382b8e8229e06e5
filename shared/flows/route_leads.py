"""Give leads their owners: plan per pool, commit in one transaction, plan again on conflict."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.conditions import Subject
from shared.domain.config import ActiveConfig, Config
from shared.domain.leads import WAITING, Lead, Status, Step, evolve
from shared.domain.owners import keys_of
from shared.domain.planning import plan
from shared.domain.plans import Move, Plan, Ruled
from shared.domain.pools import Pool
from shared.domain.reps import Workload, absence
from shared.domain.rules import Ruling, route, score_of
from shared.errors import StoreBusyError, UnstorableError
from shared.flows.turns import in_turn, note_conflict
from shared.sources.email_domains import domain_is
from shared.store import config as config_store
from shared.store import routing as routing_store
from shared.surroundings import Surroundings
from shared.telemetry import logger

ATTEMPTS = 15  # conflicts and busy answers of one pool in a row, then the rest is left for later
FIRST_WAIT = 0.01  # seconds; doubles with each conflict, and chance spreads the routers out
LONGEST_WAIT = 0.5
ANY_AGE = float("inf")


@dataclass(slots=True)
class Routed:
    """What became of a batch of leads."""

    assigned: int = 0
    parked: int = 0
    renewed: int = 0  # they wait where they did, for another reason
    opened: int = 0  # for anybody to claim, or offered to several
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
        pools = _by_pool(active, pending.values(), around.now())
        left = {pool_id: failures.get(pool_id, 0) for pool_id in pools}
        if min(left.values()) >= ATTEMPTS:
            break
        again = False
        for pool_id, ruled in pools.items():
            before = len(pending)
            if left[pool_id] >= ATTEMPTS or _in_turn(
                active, pool_id, ruled, pending, routed, around
            ):
                continue
            routed.conflicts += 1
            max_age = 0
            again = True
            failures[pool_id] = left[pool_id] + 1 if len(pending) == before else 0
        if again:
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


def _by_pool(active: ActiveConfig, leads: Iterable[Lead], now: datetime) -> dict[str, list[Ruled]]:
    """The leads by the pool that the rules send them to, or that they were passed on to."""
    pools: dict[str, list[Ruled]] = {}
    staffed = Staffed(active.config, now)
    for lead in leads:
        pool_id, ruled = rule_on(active, lead, now, staffed=staffed)
        pools.setdefault(pool_id, []).append(ruled)
    return pools


class Staffed:
    """Who of each pool is there at this hour. Breaks are read once, where they decide."""

    def __init__(self, config: Config, now: datetime) -> None:
        self._config, self._now = config, now
        self._known: dict[str, frozenset[str]] = {}

    def helps(self, pool_id: str, lead: Lead) -> bool:
        """Whether somebody is there who has not had the lead yet; if all have: anybody."""
        pool = self._config.pools.get(pool_id)
        if pool is None:
            return False
        fresh = {rep for rep in pool.members if self._config.is_active(rep)} - lead.lost_by
        return not self._there(pool_id, pool).isdisjoint(fresh or pool.members)

    def _there(self, pool_id: str, pool: Pool) -> frozenset[str]:
        if pool_id not in self._known:
            here = [rep for rep in pool.members if self._is_there(pool_id, rep)]
            loads = routing_store.workloads(here) if here else {}
            self._known[pool_id] = frozenset(
                rep for rep in here if self._is_there(pool_id, rep, loads.get(rep))
            )
        return self._known[pool_id]

    def _is_there(self, pool_id: str, rep: str, load: Workload | None = None) -> bool:
        return absence(self._config, pool_id, rep, load or Workload(), self._now) is None


def rule_on(
    active: ActiveConfig,
    lead: Lead,
    now: datetime,
    pool_id: str | None = None,
    *,
    staffed: Staffed | None = None,
) -> tuple[str, Ruled]:
    """A lead's pool (`pool_id`, if that is settled already), and all that a plan asks about it."""
    config = active.config
    staffed = staffed or Staffed(config, now)
    if pool_id is None and lead.passed_on and not _may_come_back(config, lead, staffed):
        pool_id = lead.pool
    if pool_id is None:
        ruling = route(config, lead.source, lead.fields, now)
        pool_id, rule, score = ruling.pool, _named(ruling), ruling.score
    else:
        subject = Subject(lead.source, lead.fields, at=now)
        rule, score = rule_of(lead), score_of(config, subject)
    policy = config.pools[pool_id].existing_owner
    known_by = keys_of(policy, lead.fields, active.pepper, _is_free) if policy else ()
    return pool_id, Ruled(lead, rule, score, known_by)


def _may_come_back(config: Config, lead: Lead, staffed: Staffed) -> bool:
    """Whether the rules are asked again about a lead that was passed on.

    Its pool is gone; or it waits where nobody was on duty, and a pool that it came from is at work
    again: just as a plan sees it, or that would pass it on again, and so each minute. For those
    who have had the lead it stays where it is: they come and go, and never get it.
    """
    if lead.pool not in config.pools:
        return True
    return lead.status is Status.PARKED and any(
        staffed.helps(pool_id, lead) for pool_id in _left(lead)
    )


def _left(lead: Lead) -> Iterator[str]:
    """The pools on the lead's way to where it is, the last one first, in which nobody was there."""
    place = lead.pool
    for change in reversed(lead.log):
        if not change.to:
            continue
        if (change.to, change.reason) != (place, "off_hours") or change.step is not Step.PASSED:
            return
        place = change.pool
        yield place or ""


def _named(ruling: Ruling) -> str:
    """What decisions call a rule; with the row of its table, counted below the header."""
    return ruling.rule if ruling.row is None else f"{ruling.rule}, row {ruling.row}"


def rule_of(lead: Lead) -> str:
    """The rule that sent the lead where it is; empty: none has yet."""
    return next((change.rule for change in reversed(lead.log) if change.rule), "")


def _is_free(domain: str) -> bool:
    return domain_is(domain, "free")


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
    ties = {key for one in ruled for key in one.known_by}
    reading = routing_store.read(pool_id, members, ties)
    if reading.config_version != active.version:
        return False
    known = reading.known
    portions = deque(routing_store.portions(ruled, len(members)))
    while portions:
        portion = portions.popleft()
        planned = plan(active, pool_id, known, portion, around.now())
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
        if planned.moves:
            known = planned.known
        for one in portion:
            del pending[one.lead.lead_id]
        for move in planned.passed:
            pending[move.lead.lead_id] = evolve(move.lead, move.change)
    return True


def _goes_elsewhere(move: Move) -> bool:
    """Whether the lead lies in another place then; else only the reason is another."""
    return evolve(move.lead, move.change).place != move.lead.place


def _commit(planned: Plan, pending: dict[str, Lead], routed: Routed, around: Surroundings) -> bool:
    refused = routing_store.commit(planned, around.new_id())
    if refused is None:
        routed.assigned += planned.assigned
        moved = [move for move in planned.moves if _goes_elsewhere(move)]
        steps = Counter(move.change.step for move in moved)
        routed.renewed += len(planned.moves) - len(moved)
        routed.parked += steps[Step.PARKED]
        routed.opened += steps[Step.OPENED]
        return True
    if not refused.moved:
        note_conflict(planned.entry.pool_id)
    for lead_id in refused.moved:
        del pending[lead_id]
    routed.moved_on += len(refused.moved)
    return False
