"""Leads: capturing them, reading them, and changing one at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.domain.leads import OPEN_STATUSES, Change, Lead, evolve
from shared.domain.moments import to_text
from shared.errors import (
    ConflictError,
    KeyInFlightError,
    KeyReusedError,
    NotFoundError,
    StoreBusyError,
)
from shared.store.codec import UNREADABLE, change_to_text, lead_from_item, lead_to_item, projections
from shared.store.faults import CancelledError, translated
from shared.store.table import GuardItem, Item, LeadItem, RepItem, connection, lead_key, shards
from shared.telemetry import logger

READ_AT_ONCE = 100  # what BatchGetItem takes


@dataclass(frozen=True, slots=True)
class Guard:
    """What makes a submission recognisable: its key, what it said, and until when that counts."""

    key: str  # a hash: nothing personal is ever a key
    body_hash: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Quarantined:
    """The bytes of a submission that could not be read or trusted, and how long they are kept."""

    raw: bytes
    content_type: str | None
    expires_at: datetime


def capture(lead: Lead, guard: Guard, quarantined: Quarantined | None, now: datetime) -> str:
    """Store a lead and its guard, both or neither; answers the id of the lead that now stands.

    The same guard with the same body answers the lead that came first. KeyReusedError: the same
    guard with another body. KeyInFlightError: somebody is writing the same guard at this instant.
    """
    item = lead_to_item(lead)
    if quarantined:
        item.raw, item.content_type = quarantined.raw, quarantined.content_type
        item.expires_at = int(quarantined.expires_at.timestamp())
    guard_item = GuardItem(
        f"guard#{guard.key}",
        "guard",
        kind="guard",
        body_hash=guard.body_hash,
        lead_id=lead.lead_id,
        expires_at=int(guard.expires_at.timestamp()),
    )
    free = GuardItem.pk.does_not_exist() | (GuardItem.expires_at <= int(now.timestamp()))
    try:
        with translated(), TransactWrite(connection=connection()) as transaction:
            transaction.save(guard_item, condition=free, return_values="ALL_OLD")
            transaction.save(item, condition=LeadItem.pk.does_not_exist())
    except CancelledError as cancelled:
        if not cancelled.failed(0):
            if cancelled.only_conflicts:
                raise KeyInFlightError("the same submission is being stored now") from cancelled
            raise StoreBusyError("the table could not take it") from cancelled
        return _standing_lead(cancelled, guard)
    return lead.lead_id


def _standing_lead(cancelled: CancelledError, guard: Guard) -> str:
    """The lead behind a guard that was there already: another request's, or our own lost write."""
    reason = cancelled.reasons[0]
    old = (reason and reason.raw_item) or {}
    return _same_body(old["body_hash"]["S"], old["lead_id"]["S"], guard)


def _same_body(body_hash: str, lead_id: str, guard: Guard) -> str:
    if body_hash != guard.body_hash:
        raise KeyReusedError("this Idempotency-Key came before with another body")
    return lead_id


def standing(guard: Guard, now: datetime) -> str | None:
    """The lead that stands for this submission already; None when there is none.

    KeyReusedError: the same guard with another body.
    """
    with translated():
        try:
            item = GuardItem.get(f"guard#{guard.key}", "guard", consistent_read=True)
        except DoesNotExist:
            return None
    if item.expires_at is None or item.expires_at <= now.timestamp():
        return None
    return _same_body(item.body_hash, item.lead_id, guard)


def raw_of(lead_id: str) -> Quarantined | None:
    """What a quarantined submission said, byte by byte; None when nothing is kept."""
    with translated():
        try:
            item = LeadItem.get(lead_key(lead_id), "lead", consistent_read=True)
        except DoesNotExist:
            return None
    if item.raw is None or item.expires_at is None:
        return None
    expires_at = datetime.fromtimestamp(item.expires_at, UTC)
    return Quarantined(item.raw, item.content_type, expires_at)


def get(lead_id: str) -> Lead:
    """One lead, as it is at this instant. NotFoundError when there is none."""
    with translated():
        try:
            return lead_from_item(LeadItem.get(lead_key(lead_id), "lead", consistent_read=True))
        except DoesNotExist as missing:
            raise NotFoundError(f"there is no lead {lead_id}") from missing


def get_many(lead_ids: Iterable[str]) -> list[Lead]:
    """These leads, as they are at this instant, in the order asked; those that are gone are not."""
    wanted = list(dict.fromkeys(lead_ids))
    keys = [(lead_key(lead_id), "lead") for lead_id in wanted]
    found: dict[str, Lead] = {}
    with translated():
        for item in LeadItem.batch_get(keys, consistent_read=True):
            try:
                lead = lead_from_item(item)
            except UNREADABLE as error:
                # One lead that cannot be read must not stop the others of a sweep.
                logger.error("a lead cannot be read", key=item.pk, error=type(error).__name__)
                continue
            found[lead.lead_id] = lead
    return [found[lead_id] for lead_id in wanted if lead_id in found]


def change(lead: Lead, change: Change) -> Lead:
    """Make one change to a lead that nobody else has changed meanwhile (else ConflictError).

    When the change ends somebody's holding of the lead, their counter goes down in the same
    transaction, and routing hears that a rep is free.
    """
    after = evolve(lead, change)
    update = LeadItem(lead_key(lead.lead_id), "lead")
    actions = change_actions(lead, after)
    unchanged = LeadItem.rev == lead.rev
    try:
        if lead.status in OPEN_STATUSES and after.status not in OPEN_STATUSES:
            rep = RepItem(f"rep#{lead.owner}", "rep")
            freed: list[Action] = [
                RepItem.open.set(RepItem.open - 1),
                RepItem.freed_at.set(to_text(change.at)),
            ]
            with translated(), TransactWrite(connection=connection()) as transaction:
                transaction.update(update, actions, condition=unchanged)
                transaction.update(rep, freed, condition=RepItem.open >= 1)
        else:
            with translated():
                update.update(actions, condition=unchanged)
    except (ConflictError, StoreBusyError):
        # The answer to our own write may have been lost: then the record stands in the log.
        current = get(lead.lead_id)
        if current.log[lead.rev : lead.rev + 1] != (change,):
            raise
        return current
    return after


def change_actions(before: Lead, after: Lead) -> list[Action]:
    """The update that appends the newest record and brings the projections up to date."""
    records = [change_to_text(change) for change in after.log[before.rev :]]
    actions: list[Action] = [LeadItem.log.set(LeadItem.log.append(records))]
    old, new = projections(before), projections(after)
    for name, value in new.items():
        if value == old[name]:
            continue
        attribute: Any = getattr(LeadItem, name)
        actions.append(attribute.remove() if value is None else attribute.set(value))
    return actions


def due(now: datetime) -> Iterator[str]:
    """The ids of the leads that are due, oldest first per shard, read page by page.

    The index lags behind the table: look at the lead itself before acting.
    """
    for shard in shards():
        with translated():
            for item in Item.by_due.query(
                shard, Item.due_at <= to_text(now), page_size=READ_AT_ONCE
            ):
                yield item.pk.partition("#")[2]


def in_place(place: str, limit: int) -> list[str]:
    """The ids of the leads that lie in a place, oldest first."""
    with translated():
        return [item.pk.partition("#")[2] for item in Item.by_place.query(place, limit=limit)]
