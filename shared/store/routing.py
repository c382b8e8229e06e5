"""Routing's reads, and its one transaction."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.domain.leads import Burden, evolve
from shared.domain.ledger import Entry
from shared.domain.moments import to_text
from shared.domain.owners import Tie, TieChange
from shared.domain.plans import Known, Move, Plan, Ruled, Use
from shared.domain.reps import Workload
from shared.domain.rotation import Rotation
from shared.errors import NotFoundError
from shared.store.codec import (
    entry_from_item,
    entry_to_item,
    further_to_texts,
    lead_to_image,
    tie_from_item,
    turn_key,
    workload_from_item,
)
from shared.store.faults import CancelledError, translated
from shared.store.table import (
    LeadItem,
    RepItem,
    RoutingRead,
    TieItem,
    TurnItem,
    compact_json,
    connection,
    table_name,
)

MAX_ACTIONS = 100  # of one transaction
MAX_BYTES = 3_500_000  # of one transaction, of 4 MB
FOLLOWED = 3  # entries of others read one by one, before the newest is asked for


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a commit did not happen: leads that have moved on, or something else that changed."""

    moved: frozenset[str]  # the ids of leads that are no longer as the plan saw them


def portions(ruled: Sequence[Ruled], members: int) -> Iterator[Sequence[Ruled]]:
    """The leads in portions that fit one transaction, by count and by size."""
    most = leads_per_commit(members, max((len(one.known_by) for one in ruled), default=0))
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


def leads_per_commit(members: int, ties: int = 0) -> int:
    """How many leads fit one transaction, whoever of the members they go to.

    One action is the ledger's; each lead needs one, at most so many more for its ties, and at most
    one more for its rep.
    """
    actions = MAX_ACTIONS - 1
    if ties:  # whom a lead is tied to need not be a member
        return actions // (2 + ties)
    return max(actions // 2, actions - members)


# The newest entries that this process has seen, by table and pool.
_seen: dict[tuple[str, str], Entry] = {}


def rotation(pool_id: str) -> Entry | None:
    """The newest entry of a pool's ledger; None when the pool never had a lead.

    Turns have no gaps and entries never change: whoever has seen one asks only what followed.
    """
    seen = _seen.get((table_name(), pool_id))
    newest = _last_after(seen) if seen else _last(pool_id)
    if newest:
        note_newest(newest)
    return newest


def note_newest(entry: Entry) -> None:
    """Remember an entry that is in the table: whoever reads next begins there."""
    _seen[table_name(), entry.pool_id] = entry


def forget() -> None:
    """Forget what this process has seen: the table is not what it was."""
    _seen.clear()
    _entry.cache_clear()


def _last_after(seen: Entry) -> Entry | None:
    for _ in range(FOLLOWED):
        try:
            seen = entry(seen.pool_id, seen.rotation.turn + 1)
        except NotFoundError:
            return seen
    return _last(seen.pool_id)


def _last(pool_id: str) -> Entry | None:
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
    """One entry of a pool's ledger; not to be changed.

    Entries never change, and leads that were routed together ask for the same one.
    """
    return _entry(table_name(), pool_id, turn)


@lru_cache(maxsize=32)
def _entry(_: str, pool_id: str, turn: int) -> Entry:
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

    known: Known
    config_version: int  # 0: none is active


def read(pool_id: str, rep_ids: Iterable[str], ties: Collection[str] = ()) -> Reading:
    """The pool's rotation; then the active version, the reps' counters and these ties.

    The order matters. `apply` writes the ledger of each pool it changes, so: ledger first,
    configuration after it. A newer configuration shows here; one that comes later still takes the
    turn that a plan wants, and the commit fails.

    A rep tied to one of the leads need not be among the members: their counters are read as well.
    """
    newest = rotation(pool_id)
    wanted = dict.fromkeys(rep_ids)
    found = _read_many(
        [
            ("config", "head"),
            (f"pool#{pool_id}", "performance"),
            *((f"rep#{rep_id}", "rep") for rep_id in wanted),
            *((f"tie#{key}", "tie") for key in ties),
        ]
    )
    head = found.pop("config", None)
    rates = found.pop(f"pool#{pool_id}", None)
    known_ties = {
        key: tie_from_item(found.pop(f"tie#{key}")) for key in ties if f"tie#{key}" in found
    }
    strangers = {tie.rep for tie in known_ties.values()} - wanted.keys()
    if strangers:
        found |= _read_many([(f"rep#{rep_id}", "rep") for rep_id in strangers])
    loads = {pk.partition("#")[2]: workload_from_item(item) for pk, item in found.items()}
    known = Known(
        newest.rotation if newest else Rotation(),
        loads,
        newest.tallies if newest else {},
        known_ties,
        (rates and rates.factors) or {},
    )
    return Reading(known, int(head.version or 0) if head else 0)


def _read_many(keys: list[tuple[str, str]]) -> dict[str, RoutingRead]:
    with translated():
        return {item.pk: item for item in RoutingRead.batch_get(keys, consistent_read=True)}


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
                put_items=[
                    next_turn(plan.entry, attempt),
                    *map(_moved, plan.moves),
                    *map(_tied, plan.ties),
                ],
                update_items=[
                    *map(_used, plan.uses),
                    *(freed(burden, plan.entry.at) for burden in plan.frees),
                ],
            )
    except CancelledError as cancelled:
        refused = _refused(cancelled, plan, attempt)
        if refused:
            return refused
    note_newest(plan.entry)
    return None


def next_turn(entry: Entry, attempt: str) -> dict[str, Any]:
    """The ledger's next entry, if nobody has written this turn meanwhile."""
    return entry_to_item(entry, attempt).get_save_kwargs_from_instance(
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


def _tied(change: TieChange) -> dict[str, Any]:
    """Whose a person or company is from now on, if that is as the plan saw it."""
    before, after = change.before, change.after
    last, earlier = further_to_texts(after.further)
    item = TieItem(
        f"tie#{change.key}",
        "tie",
        kind="tie",
        rep=after.rep,
        lead_id=after.lead_id,
        last=last,
        earlier=earlier,
        until=to_text(after.until),
        expires_at=int(after.until.timestamp()),
    )
    unchanged = (
        (TieItem.rep == before.rep)
        & (TieItem.lead_id == before.lead_id)
        & (TieItem.until == to_text(before.until))
        & rests_as(before)
        if before
        else TieItem.pk.does_not_exist()
    )
    return item.get_save_kwargs_from_instance(condition=unchanged)


def rests_as(tie: Tie) -> Condition:
    """That a tie was neither prolonged nor cut meanwhile: its further leads are as they were."""
    last, earlier = further_to_texts(tie.further)
    as_read: Condition = _is(TieItem.last, last) & _is(TieItem.earlier, earlier)
    return as_read


def _is(attribute: UnicodeAttribute, text: str | None) -> Condition:
    as_read: Condition = attribute == text if text else attribute.does_not_exist()
    return as_read


def _used(use: Use) -> dict[str, Any]:
    """A rep's counters after so many more leads, if nobody has taken any since they were read.

    What others give back meanwhile is added to, not overwritten. By hand, as `_moved`.
    """
    adds = use.adds
    names = {"#pool": adds.pool or "", "#weight": f"{adds.pool}*"}
    values: dict[str, Any] = {
        ":seq": {"N": str(use.seq)},
        ":next": {"N": str(use.seq + 1)},
        ":open": {"N": str(adds.open)},
        ":load": {"N": str(adds.load)},
        ":value": {"N": str(adds.value)},
        ":tallies": {"S": compact_json(use.tallies)},
        ":rep": {"S": "rep"},
    }
    if use.seq:
        condition = "seq = :seq"
        held = "held.#pool = if_not_exists(held.#pool, :zero) + :open, "
        held += "held.#weight = if_not_exists(held.#weight, :zero) + :load"
        values[":zero"] = {"N": "0"}
    else:
        condition = "attribute_not_exists(seq)"
        held = "held = :held"
        first = {names["#pool"]: values[":open"], names["#weight"]: values[":load"]}
        values[":held"] = {"M": first}
        del values[":seq"]
        names = {}
    return {
        **_rep_key(use.rep_id),
        "UpdateExpression": f"SET kind = :rep, seq = :next, tallies = :tallies, {held}"
        " ADD #open :open, #load :load, #value :value REMOVE freed_at",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {**names, **_COUNTERS},
        "ExpressionAttributeValues": values,
    }


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause that a rep gets until then, unless they got another one since they were read."""

    rep_id: str
    until: datetime
    before: str | None  # the end of the pause that was read, which is over; None: there was none


def pause_until(rep_id: str, until: datetime, now: datetime) -> Pause | None:
    """The pause that a rep is to have until then; None: they have one that lasts as long."""
    load = workloads([rep_id]).get(rep_id, Workload())
    if load.is_paused(now) and (not load.paused_until or load.paused_until >= to_text(until)):
        return None
    return Pause(rep_id, until, load.paused_until if load.paused else None)


def paused(pause: Pause, relieved: Burden | None) -> dict[str, Any]:
    """A rep's item with a pause, and without what they no longer hold.

    The fence moves, as when somebody pauses them; and nobody need hear that there is room.
    """
    sets = "kind = :rep, seq = if_not_exists(seq, :zero) + :one, paused = :yes"
    sets += ", paused_until = :until"
    names, values = _less(relieved) if relieved else ({}, {})
    if relieved:
        sets += f", {_LESS_HELD} {_LESS}"
    if pause.before is None:
        condition = "attribute_not_exists(paused)"
    else:
        values[":before"] = {"S": pause.before}
        condition = "paused_until = :before"
    changed = {
        **_rep_key(pause.rep_id),
        "UpdateExpression": f"SET {sets} REMOVE freed_at",
        "ConditionExpression": f"#open >= :open AND {condition}" if relieved else condition,
        "ExpressionAttributeValues": {
            **values,
            ":rep": {"S": "rep"},
            ":zero": {"N": "0"},
            ":one": {"N": "1"},
            ":yes": {"BOOL": True},
            ":until": {"S": to_text(pause.until)},
        },
    }
    return {**changed, "ExpressionAttributeNames": names} if names else changed


def freed(burden: Burden, at: datetime) -> dict[str, Any]:
    """A rep's counters without what they no longer hold; routing hears of it.

    No fence: a plan that counted on less room holds all the more.
    """
    names, values = _less(burden)
    return {
        **_rep_key(burden.rep or ""),
        "UpdateExpression": f"SET {_LESS_HELD}, freed_at = :at {_LESS}",
        "ConditionExpression": "#open >= :open",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {**values, ":at": {"S": to_text(at)}},
    }


_LESS_HELD = "held.#pool = held.#pool - :open, held.#weight = held.#weight - :load"
_LESS = "ADD #open :minus_open, #load :minus_load, #value :minus_value"


def _less(burden: Burden) -> tuple[dict[str, str], dict[str, Any]]:
    """The names and values of what takes a burden off a rep."""
    names = {"#pool": burden.pool or "", "#weight": f"{burden.pool}*", **_COUNTERS}
    values = {
        ":open": {"N": str(burden.open)},
        ":load": {"N": str(burden.load)},
        ":minus_open": {"N": str(-burden.open)},
        ":minus_load": {"N": str(-burden.load)},
        ":minus_value": {"N": str(-burden.value)},
    }
    return names, values


_COUNTERS = {"#open": "open", "#load": "load", "#value": "value"}


def _rep_key(rep_id: str) -> dict[str, Any]:
    return {
        "TableName": RepItem.Meta.table_name,
        "Key": {"pk": {"S": f"rep#{rep_id}"}, "sk": {"S": "rep"}},
    }


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


def set_paused(rep_id: str, *, paused: bool, now: datetime, until: datetime | None = None) -> None:
    """Take a rep out of every rotation, or put them back; either again changes nothing.

    The fence moves: no plan made before gives them a lead after.
    """
    rep = RepItem(f"rep#{rep_id}", "rep")
    actions: list[Action] = [
        RepItem.kind.set("rep"),
        RepItem.seq.set((RepItem.seq | 0) + 1),
        RepItem.held.set(RepItem.held | {}),
    ]
    if paused:
        actions += [RepItem.paused.set(True), RepItem.freed_at.remove()]
        ends = RepItem.paused_until
        actions.append(ends.set(to_text(until)) if until else ends.remove())
    else:
        actions += [
            RepItem.paused.remove(),
            RepItem.paused_until.remove(),
            RepItem.freed_at.set(to_text(now)),
        ]
    with translated():
        rep.update(actions)
