"""Devices that ring, in the table: each is part of the session it was set up in.

So a session that ends, in whatever way, takes its device with it, and nobody has to clear up.
"""

from contextlib import suppress
from datetime import datetime

from pynamodb.expressions.update import Action

from shared.domain.moments import from_text, to_text
from shared.domain.push import MOST_DEVICES, Device, Subscription
from shared.errors import ConflictError
from shared.store import people as people_store
from shared.store.faults import translated
from shared.store.table import SessionItem


def set_up(person: str, session_id: str, subscription: Subscription, now: datetime) -> None:
    """Let a session's browser ring from now on, in place of what the session had before.

    ConflictError: the session has ended.
    """
    goes_on = SessionItem.ended_at.does_not_exist() & (SessionItem.ends_at > to_text(now))
    actions: list[Action] = [
        SessionItem.push.set(subscription._asdict()),
        SessionItem.push_since.set(to_text(now)),
    ]
    with translated():
        people_store.item_of(person, session_id).update(actions, condition=goes_on)


def drop(person: str, session_id: str) -> None:
    """Let a session's browser ring no more; one that does not, stays as it is."""
    with suppress(ConflictError), translated():
        people_store.item_of(person, session_id).update(
            [SessionItem.push.remove(), SessionItem.push_since.remove()],
            condition=SessionItem.push_since.exists(),
        )


def forget(device: Device) -> None:
    """Drop what a device had handed us, which leads nowhere; what it handed us since stays."""
    with suppress(ConflictError), translated():
        people_store.item_of(device.person, device.session_id).update(
            [SessionItem.push.remove(), SessionItem.push_since.remove()],
            condition=SessionItem.push_since == to_text(device.since),
        )


def devices_of(person: str, now: datetime) -> list[Device]:
    """The devices of a person that ring, newest first; an address counts once."""
    found: dict[str, Device] = {}
    listed = people_store.session_items(person, now)
    devices = [_device(person, item) for item in listed if item.push_since]
    for device in sorted(devices, key=lambda one: one.since, reverse=True):
        found.setdefault(device.subscription.endpoint, device)
    return list(found.values())[:MOST_DEVICES]


def _device(person: str, item: SessionItem) -> Device:
    return Device(
        person,
        people_store.session_id_of(item),
        Subscription(**item.push),
        from_text(item.push_since),
    )
