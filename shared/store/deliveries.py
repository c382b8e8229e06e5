"""Deliveries in the table: written once, each attempt claimed, found when due or dead."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.domain.deliveries import Delivery, State
from shared.domain.moments import from_text, to_text
from shared.errors import ConflictError
from shared.store.due import Due
from shared.store.faults import translated
from shared.store.table import DeliveryItem, Item

SHARDS = 4  # of the due index
READ_AT_ONCE = 100

# Longer than a change's record can come again, and than anybody takes to look at what is dead.
KEPT = timedelta(days=30)


def announce(delivery: Delivery) -> None:
    """Write a delivery with its `due_at`, unless it has been written before."""
    if delivery.due_at is None:
        raise ValueError("a delivery is due some time")
    actions: list[Action] = [
        DeliveryItem.kind.set("delivery"),
        DeliveryItem.lead_id.set(delivery.lead_id),
        DeliveryItem.n.set(delivery.n),
        DeliveryItem.channel.set(delivery.channel),
        *([DeliveryItem.rep.set(delivery.rep)] if delivery.rep else []),
        *_waiting(delivery, delivery.due_at),
    ]
    with suppress(ConflictError):
        _update(delivery.id, actions, DeliveryItem.pk.does_not_exist())


def _waiting(delivery: Delivery, due_at: datetime) -> list[Action]:
    return [
        DeliveryItem.state.set(State.WAITING),
        DeliveryItem.attempts.set(0),
        DeliveryItem.due.set(_shard_of(delivery)),
        DeliveryItem.due_at.set(to_text(due_at)),
        DeliveryItem.expires_at.set(int((due_at + KEPT).timestamp())),
    ]


def get(delivery_id: str) -> Delivery | None:
    """A delivery, as it is at this instant; None: there is none, or it has been cleared away."""
    with translated():
        try:
            item = DeliveryItem.get(_key(delivery_id), "delivery", consistent_read=True)
        except DoesNotExist:
            return None
    return _from_item(item)


def claim(delivery: Delivery, next_at: datetime) -> Delivery:
    """Begin the next attempt; the one after it is due at `next_at`, unless this one settles it.

    ConflictError: somebody else has begun it.
    """
    _update(
        delivery.id,
        [
            DeliveryItem.attempts.set(delivery.attempts + 1),
            DeliveryItem.due_at.set(to_text(next_at)),
        ],
        _untouched(delivery),
    )
    return replace(delivery, attempts=delivery.attempts + 1, due_at=next_at)


def postpone(delivery: Delivery, until: datetime) -> None:
    """Put the attempt that was claimed off: it has not begun, and is due then."""
    actions: list[Action] = [
        DeliveryItem.attempts.set(delivery.attempts - 1),
        DeliveryItem.due_at.set(to_text(until)),
        DeliveryItem.expires_at.set(int((until + KEPT).timestamp())),
    ]
    _by_its_attempt(delivery, actions)


def settle(delivery: Delivery, state: State) -> None:
    """Note that the attempt that was claimed has sent it, or that there was no need any more."""
    actions: list[Action] = [
        DeliveryItem.state.set(state),
        DeliveryItem.due.remove(),
        DeliveryItem.due_at.remove(),
    ]
    _by_its_attempt(delivery, actions)


def note_failure(delivery: Delivery, code: str) -> None:
    """Note why the attempt that was claimed has failed."""
    _by_its_attempt(delivery, [DeliveryItem.code.set(code)])


def bury(delivery: Delivery, code: str, now: datetime) -> None:
    """Give a delivery up: it lies with the dead of its channel."""
    actions: list[Action] = [
        DeliveryItem.state.set(State.DEAD),
        DeliveryItem.code.set(code),
        DeliveryItem.due.remove(),
        DeliveryItem.due_at.remove(),
        DeliveryItem.place.set(_dead_of(delivery.channel)),
        DeliveryItem.placed_at.set(to_text(now)),
        DeliveryItem.expires_at.set(int((now + KEPT).timestamp())),
    ]
    _by_its_attempt(delivery, actions)


def redrive(delivery: Delivery, now: datetime) -> None:
    """Let a dead delivery be tried anew, from now on. ConflictError: it is not dead any more."""
    actions = [
        *_waiting(delivery, now),
        DeliveryItem.place.remove(),
        DeliveryItem.placed_at.remove(),
    ]
    _update(delivery.id, actions, DeliveryItem.state == State.DEAD)


def due(now: datetime) -> Iterator[Due]:
    """The deliveries that are due, oldest first per shard, read page by page.

    The index lags behind the table: who begins an attempt looks at the delivery itself.
    """
    for shard in range(SHARDS):
        with translated():
            for item in Item.by_due.query(
                f"deliver#{shard}", Item.due_at <= to_text(now), page_size=READ_AT_ONCE
            ):
                yield Due.of(item)


def dead(channel: str, limit: int) -> tuple[list[Delivery], bool]:
    """A channel's dead deliveries, longest dead first, so many at most; whether there are more.

    The index lags: what has been tried anew meanwhile is left out.
    """
    with translated():
        found = list(Item.by_place.query(_dead_of(channel), limit=limit + 1))
        keys = [(item.pk, "delivery") for item in found[:limit]]
        read = map(_from_item, DeliveryItem.batch_get(keys, consistent_read=True))
        shown = [delivery for delivery in read if delivery.state is State.DEAD]
    order = {key: number for number, (key, _) in enumerate(keys)}
    return sorted(shown, key=lambda one: order[_key(one.id)]), len(found) > limit


def _untouched(delivery: Delivery) -> Condition:
    """Nobody has begun another attempt, or settled it."""
    waits: Condition = DeliveryItem.state == State.WAITING
    same: Condition = waits & (DeliveryItem.attempts == delivery.attempts)
    return same


def _by_its_attempt(delivery: Delivery, actions: list[Action]) -> None:
    """Write what an attempt came to. Who has taken longer than is allowed has no say any more."""
    with suppress(ConflictError):
        _update(delivery.id, actions, _untouched(delivery))


def _update(delivery_id: str, actions: list[Action], condition: Condition) -> None:
    with translated():
        DeliveryItem(_key(delivery_id), "delivery").update(actions, condition=condition)


def _key(delivery_id: str) -> str:
    return f"delivery#{delivery_id}"


def _dead_of(channel: str) -> str:
    return f"dead#{channel}"


def _shard_of(delivery: Delivery) -> str:
    return f"deliver#{sum(delivery.lead_id[-4:].encode()) % SHARDS}"


def _from_item(item: DeliveryItem) -> Delivery:
    return Delivery(
        lead_id=item.lead_id,
        n=int(item.n),
        channel=item.channel,
        rep=item.rep,
        state=State(item.state),
        attempts=int(item.attempts),
        due_at=from_text(item.due_at) if item.due_at else None,
        code=item.code,
        died_at=from_text(item.placed_at) if item.placed_at else None,
    )
