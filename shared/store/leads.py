"""Leads: capturing them, reading them, and changing one at a time."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.domain.leads import OPEN_STATUSES, Change, Lead, evolve
from shared.domain.moments import to_text
from shared.errors import (
    ConflictError,
    NotFoundError,
    StoreBusyError,
)
from shared.store.codec import UNREADABLE, change_to_text, lead_from_item, projections
from shared.store.faults import translated
from shared.store.table import Item, LeadItem, RepItem, connection, lead_key, shards
from shared.telemetry import logger

READ_AT_ONCE = 100  # what BatchGetItem takes


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
