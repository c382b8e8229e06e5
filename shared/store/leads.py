"""Leads: capturing them, reading them, and changing one at a time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.update import Action

from shared.domain.leads import Burden, Change, Lead, Status, evolve
from shared.domain.ledger import Entry
from shared.domain.moments import to_text
from shared.errors import (
    ConflictError,
    MeanwhileError,
    NotFoundError,
    StoreBusyError,
)
from shared.store.codec import (
    UNREADABLE,
    change_to_text,
    lead_from_image,
    lead_from_item,
    projections,
)
from shared.store.due import Due
from shared.store.faults import ChangedError, translated
from shared.store.routing import Pause, freed, next_turn, note_newest, paused
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


def accept(lead_id: str, assignment: int | None, change: Change) -> Lead:
    """Accept a lead unseen, in one call; answers it as it stands then, whatever came of that.

    `change` is its newest record exactly if it was accepted: then it was assigned to the record's
    rep, by this assignment (None: whichever is theirs), and is as `change` would have left it. So
    it is too when an answer was lost, and the call that botocore makes again finds our own record.
    NotFoundError: there is no such lead. StoreBusyError: nothing is known.
    """
    number = LeadItem.acceptable
    theirs = number.exists() if assignment is None else number == assignment
    accepted = LeadItem(lead_key(lead_id), "lead").get_update_kwargs_from_instance(
        actions=[
            LeadItem.log.set(LeadItem.log.append([change_to_text(change)])),
            LeadItem.status.set(str(Status.ACCEPTED)),
            LeadItem.rev.set(LeadItem.rev + 1),
            LeadItem.acceptable.remove(),
            LeadItem.due.remove(),
            LeadItem.due_at.remove(),
        ],
        condition=(LeadItem.status == str(Status.ASSIGNED))
        & (LeadItem.owner == change.rep)
        & theirs,
        return_values_on_condition_failure="ALL_OLD",
    )
    try:
        with translated():
            return lead_from_image(_updated({**accepted, "ReturnValues": "ALL_NEW"}))
    except ChangedError as refused:
        if refused.item is None:
            raise NotFoundError(f"there is no lead {lead_id}") from refused
        return lead_from_image(refused.item)


def _updated(update: dict[str, Any]) -> dict[str, Any]:
    """The item after an update; pynamodb's own cannot ask what stood in its way."""
    try:
        answer = connection().dispatch("UpdateItem", update)
    except (BotoCoreError, ClientError) as error:
        raise UpdateError(cause=error) from error
    attributes: dict[str, Any] = answer["Attributes"]
    return attributes


def change(
    lead: Lead,
    *changes: Change,
    fields: Mapping[str, Any] | None = None,
    pause: Pause | None = None,
    refund: Entry | None = None,
) -> Lead:
    """Make changes to a lead that nobody else has changed meanwhile (else ConflictError).

    When they end somebody's holding of the lead, or make it lighter, their counters go down in the
    same transaction, and routing hears that a rep has room. `fields` replaces what is known of it.
    With `pause`, its owner takes one, likewise; with `refund`, it is the ledger's next entry
    (MeanwhileError: the lead is as it was, and something beside it is not).
    """
    after = reduce(evolve, changes, lead)
    actions = change_actions(lead, after)
    if fields is not None:
        after = replace(after, fields=fields)
        actions.append(LeadItem.fields.set(dict(fields)))
    try:
        _write(lead, after, actions, pause, refund)
    except (ConflictError, StoreBusyError) as error:
        # The answer to our own write may have been lost: then the records stand in the log.
        current = get(lead.lead_id)
        if current.log[lead.rev : lead.rev + len(changes)] == changes:
            return current
        if refund and current.rev == lead.rev and isinstance(error, ConflictError):
            raise MeanwhileError("others have written the pool's ledger meanwhile") from error
        raise
    return after


def erase(lead: Lead, after: Lead) -> None:
    """Put a lead that is erased in the place of what it was, log and all.

    Who had it holds one less, in the same transaction. ConflictError: somebody has changed it.
    """
    actions: list[Action] = [
        LeadItem.log.set([change_to_text(change) for change in after.log]),
        LeadItem.fields.set(dict(after.fields)),
        *_projected(lead, after),
    ]
    _write(lead, after, actions)


def _write(
    lead: Lead,
    after: Lead,
    actions: list[Action],
    pause: Pause | None = None,
    refund: Entry | None = None,
) -> None:
    """Update a lead that nobody has changed meanwhile, what its owner carries, and the ledger."""
    item, unchanged = LeadItem(lead_key(lead.lead_id), "lead"), LeadItem.rev == lead.rev
    relieved = _relieved(lead.burden, after.burden)
    with translated():
        if relieved is None and pause is None and refund is None:
            item.update(actions, condition=unchanged)
            return
        update = item.get_update_kwargs_from_instance(actions=actions, condition=unchanged)
        updates = [update]
        if relieved or pause:
            updates.append(_of_owner(relieved, pause, after.log[-1].at))
        connection().transact_write_items(
            condition_check_items=(),
            delete_items=(),
            put_items=[next_turn(refund, f"{lead.lead_id}/{after.rev}")] if refund else (),
            update_items=updates,
        )
    if refund:
        note_newest(refund)


def _of_owner(relieved: Burden | None, pause: Pause | None, at: datetime) -> dict[str, Any]:
    """The update of the owner's item: one transaction takes but one of each item."""
    if pause:
        return paused(pause, relieved)
    return freed(relieved or Burden(), at)


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
    return [LeadItem.log.set(LeadItem.log.append(records)), *_projected(before, after)]


def _projected(before: Lead, after: Lead) -> Iterator[Action]:
    """What brings the projections up to date."""
    old, new = projections(before), projections(after)
    for name, value in new.items():
        if value == old[name]:
            continue
        attribute: Any = getattr(LeadItem, name)
        yield attribute.remove() if value is None else attribute.set(value)


def due(now: datetime) -> Iterator[Due]:
    """The leads that are due, oldest first per shard, read page by page.

    The index lags behind the table: look at the lead itself before acting.
    """
    for shard in shards():
        with translated():
            for item in Item.by_due.query(
                shard, Item.due_at <= to_text(now), page_size=READ_AT_ONCE
            ):
                yield Due.of(item)


def lying_in(place: str) -> Iterator[str]:
    """The ids of all leads that lie in a place, oldest first, read page by page."""
    with translated():
        for item in Item.by_place.query(place, page_size=LISTED_AT_ONCE):
            yield item.pk.partition("#")[2]


def in_place(place: str, limit: int) -> list[str]:
    """The ids of the leads that lie in a place, oldest first."""
    with translated():
        return [item.pk.partition("#")[2] for item in Item.by_place.query(place, limit=limit)]
