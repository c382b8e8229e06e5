"""Routing's reads, and its one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.domain.leads import evolve
from shared.domain.ledger import Entry
from shared.domain.moments import to_text
from shared.domain.planning import Move, Plan, Ruled, Use
from shared.domain.reps import Workload
from shared.domain.rotation import Rotation
from shared.errors import NotFoundError
from shared.store.codec import (
    entry_from_item,
    entry_to_item,
    lead_to_image,
    turn_key,
    workload_from_item,
)
from shared.store.faults import CancelledError, translated
from shared.store.table import LeadItem, RepItem, RoutingRead, TurnItem, connection

MAX_ACTIONS = 100  # of one transaction
MAX_BYTES = 3_500_000  # of one transaction, of 4 MB


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a commit did not happen: leads that have moved on, or something else that changed."""

    moved: frozenset[str]  # the ids of leads that are no longer as the plan saw them


def portions(ruled: Sequence[Ruled], members: int) -> Iterator[Sequence[Ruled]]:
    """The leads in portions that fit one transaction, by count and by size."""
    most = leads_per_commit(members)
    portion: list[Ruled] = []
    size = 0
    for one in ruled:
        weight = _weight(one)
        if portion and (len(portion) == most or size + weight > MAX_BYTES):
            yield portion
            portion, size = [], 0
        portion.append(one)
        size += weight
    if portion:
        yield portion


def _weight(one: Ruled) -> int:
    """What a lead's item takes at most, in bytes, roughly: a letter may take three."""
    lead = one.lead
    return 500 * (1 + lead.rev) + 3 * sum(len(str(value)) for value in lead.fields.values())


def leads_per_commit(members: int) -> int:
    """How many leads fit one transaction, whoever of the members they go to.

    One action is the ledger's; each lead needs one, and at most one more for its rep.
    """
    return max((MAX_ACTIONS - 1) // 2, MAX_ACTIONS - 1 - members)


def rotation(pool_id: str) -> Entry | None:
    """The newest entry of a pool's ledger; None when the pool never had a lead."""
    with translated():
        newest = TurnItem.query(
            f"pool#{pool_id}",
            TurnItem.sk.startswith("turn#"),
            scan_index_forward=False,
            limit=1,
            consistent_read=True,
        )
        return next(map(entry_from_item, newest), None)


def current(pool_id: str) -> Rotation:
    """A pool's rotation now."""
    entry = rotation(pool_id)
    return entry.rotation if entry else Rotation()


def entry(pool_id: str, turn: int) -> Entry:
    """One entry of a pool's ledger."""
    with translated():
        try:
            return entry_from_item(
                TurnItem.get(f"pool#{pool_id}", turn_key(turn), consistent_read=True)
            )
        except DoesNotExist as missing:
            raise NotFoundError(f"the ledger of {pool_id} has no entry {turn}") from missing


def workloads(rep_ids: Iterable[str]) -> dict[str, Workload]:
    """The counters of these reps; one that never had a lead is left out."""
    keys = [(f"rep#{rep_id}", "rep") for rep_id in rep_ids]
    with translated():
        items = RepItem.batch_get(keys, consistent_read=True)
        return {item.pk.partition("#")[2]: workload_from_item(item) for item in items}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a plan for a pool is made of."""

    rotation: Rotation
    config_version: int  # 0: none is active
    loads: Mapping[str, Workload]

    def after(self, plan: Plan) -> "Reading":
        """What the table says once the plan is written, unless somebody else writes as well."""
        if not plan.moves:
            return self
        return Reading(plan.entry.rotation, self.config_version, plan.loads)


def read(pool_id: str, rep_ids: Iterable[str]) -> Reading:
    """The pool's rotation; then, in one call, the active version and the members' counters.

    The order matters. `apply` writes the ledger of each pool it changes, so: ledger first,
    configuration after it. A newer configuration shows here; one that comes later still takes the
    turn that a plan wants, and the commit fails.
    """
    rotation = current(pool_id)
    keys = [("config", "head"), *((f"rep#{rep_id}", "rep") for rep_id in rep_ids)]
    with translated():
        found = {item.pk: item for item in RoutingRead.batch_get(keys, consistent_read=True)}
    head = found.pop("config", None)
    loads = {pk.partition("#")[2]: workload_from_item(item) for pk, item in found.items()}
    return Reading(rotation, int(head.version or 0) if head else 0, loads)


def commit(plan: Plan, attempt: str) -> Refused | None:
    """Write a plan whole, or not at all; None when it is written.

    `attempt` is an id of this try: a ledger entry that carries it is our own write, whose answer
    was lost. StoreBusyError when nothing is known: plan again, the conditions protect what was
    written.
    """
    try:
        with translated():
            connection().transact_write_items(
                condition_check_items=(),
                delete_items=(),
                put_items=[_turn(plan, attempt), *map(_moved, plan.moves)],
                update_items=list(map(_used, plan.uses)),
            )
    except CancelledError as cancelled:
        return _refused(cancelled, plan, attempt)
    return None


def _turn(plan: Plan, attempt: str) -> dict[str, Any]:
    """The ledger's next entry, if nobody has written this turn meanwhile."""
    return entry_to_item(plan.entry, attempt).get_save_kwargs_from_instance(
        condition=TurnItem.pk.does_not_exist(),
        return_values_on_condition_failure="ALL_OLD",
    )


def _moved(move: Move) -> dict[str, Any]:
    """A lead after its change, if nobody has changed it meanwhile.

    Whole, as that is half the work of an update: all that a lead's item holds follows from its log,
    and the log is as long as the plan saw it. By hand, as there is one for each lead routed.
    """
    return {
        "TableName": LeadItem.Meta.table_name,
        "Item": lead_to_image(evolve(move.lead, move.change)),
        "ConditionExpression": "rev = :rev",
        "ExpressionAttributeValues": {":rev": {"N": str(move.lead.rev)}},
    }


def _used(use: Use) -> dict[str, Any]:
    """A rep's counters after so many more leads, if they may still take them."""
    return RepItem(f"rep#{use.rep_id}", "rep").get_update_kwargs_from_instance(
        actions=_use_actions(use), condition=_within_limits(use)
    )


def _use_actions(use: Use) -> list[Action]:
    actions: list[Action] = [
        RepItem.kind.set("rep"),
        RepItem.open.set((RepItem.open | 0) + use.leads),
        RepItem.freed_at.remove(),
    ]
    if use.same_day:
        return [*actions, RepItem.received.set(RepItem.received + use.leads)]
    return [*actions, RepItem.day.set(use.day), RepItem.received.set(use.leads)]


def _within_limits(use: Use) -> Condition:
    """Still active, and still room for so many: what makes exceeding a limit impossible."""
    conditions: list[Condition] = [RepItem.paused.does_not_exist()]
    if (holding := use.rep.holding_limit) is not None:
        conditions.append(RepItem.open.does_not_exist() | (RepItem.open <= holding - use.leads))
    if use.same_day:
        conditions.append(RepItem.day == use.day)
        if (daily := use.rep.daily_limit) is not None:
            conditions.append(RepItem.received <= daily - use.leads)
    else:
        conditions.append(RepItem.day.does_not_exist() | (RepItem.day < use.day))
    return reduce(and_, conditions)


def _refused(cancelled: CancelledError, plan: Plan, attempt: str) -> Refused | None:
    """Read the reasons: they come in the order of the actions, the ledger's first, then leads."""
    ledger = cancelled.reasons[0] if cancelled.reasons else None
    if ledger and ledger.raw_item and ledger.raw_item["attempt"]["S"] == attempt:
        return None
    moved = frozenset(
        move.lead.lead_id
        for position, move in enumerate(plan.moves, 1)
        if cancelled.failed(position)
    )
    return Refused(moved)


def set_paused(rep_id: str, *, paused: bool, now: datetime) -> None:
    """Take a rep out of every rotation, or put them back; either again changes nothing."""
    rep = RepItem(f"rep#{rep_id}", "rep")
    actions: list[Action] = [RepItem.kind.set("rep")]
    if paused:
        actions += [RepItem.paused.set(True), RepItem.freed_at.remove()]
    else:
        actions += [RepItem.paused.remove(), RepItem.freed_at.set(to_text(now))]
    with translated():
        rep.update(actions)
