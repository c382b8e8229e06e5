"""Leads: capturing them, reading them, and changing one at a time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import Any

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.update import Action

from shared.domain.leads import Burden, Change, Lead, evolve
from shared.domain.moments import to_text
from shared.errors import (
    ConflictError,
    NotFoundError,
    StoreBusyError,
)
from shared.store.codec import UNREADABLE, change_to_text, lead_from_item, projections
from shared.store.faults import translated
from shared.store.routing import freed
from shared.store.table import Item, LeadItem, connection, lead_key, shards
from shared.telemetry import logger

READ_AT_ONCE = 100  # what BatchGetItem takes
LISTED_AT_ONCE = 1_000  # keys only


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


def change(lead: Lead, *changes: Change, fields: Mapping[str, Any] | None = None) -> Lead:
    """Make changes to a lead that nobody else has changed meanwhile (else ConflictError).

    When they end somebody's holding of the lead, or make it lighter, their counters go down in the
    same transaction, and routing hears that a rep has room. `fields` replaces what is known of it.
    """
    after = reduce(evolve, changes, lead)
    actions = change_actions(lead, after)
    if fields is not None:
        after = replace(after, fields=fields)
        actions.append(LeadItem.fields.set(dict(fields)))
    update = LeadItem(lead_key(lead.lead_id), "lead").get_update_kwargs_from_instance(
        actions=actions, condition=LeadItem.rev == lead.rev
    )
    relieved = _relieved(lead.burden, after.burden)
    try:
        with translated():
            if relieved is None:
                LeadItem(lead_key(lead.lead_id), "lead").update(
                    actions, condition=LeadItem.rev == lead.rev
                )
            else:
                connection().transact_write_items(
                    condition_check_items=(),
                    delete_items=(),
                    put_items=(),
                    update_items=[update, freed(relieved, changes[-1].at)],
                )
    except (ConflictError, StoreBusyError):
        # The answer to our own write may have been lost: then the records stand in the log.
        current = get(lead.lead_id)
        if current.log[lead.rev : lead.rev + len(changes)] != changes:
            raise
        return current
    return after


def _relieved(before: Burden, after: Burden) -> Burden | None:
    """What the owner no longer carries; None: as much as before."""
    if before == after or not before.open:
        return None
    return replace(
        before,
        open=before.open - after.open,
        load=before.load - after.load,
        value=before.value - after.value,
    )


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


def lying_in(place: str) -> Iterator[str]:
    """The ids of all leads that lie in a place, oldest first, read page by page."""
    with translated():
        for item in Item.by_place.query(place, page_size=LISTED_AT_ONCE):
            yield item.pk.partition("#")[2]


def in_place(place: str, limit: int) -> list[str]:
    """The ids of the leads that lie in a place, oldest first."""
    with translated():
        return [item.pk.partition("#")[2] for item in Item.by_place.query(place, limit=limit)]
