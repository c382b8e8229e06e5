"""Returns: asked for, decided about, and what a decision writes, in one transaction."""

from collections.abc import Iterable

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.domain.leads import Change, Lead, Status, evolve
from shared.domain.ledger import Entry
from shared.domain.moments import from_text, to_text
from shared.domain.returns import Return, State
from shared.store.codec import entry_to_item, sale_from_record, sale_to_record
from shared.store.faults import CancelledError, translated
from shared.store.leads import change_actions, in_place
from shared.store.pings import give_back
from shared.store.routing import freed
from shared.store.table import LeadItem, ReturnItem, TurnItem, connection, lead_key

PLACE = "returns"  # where those lie that wait for a manager

Cap = tuple[str, str]  # its name and a period


def get(lead_id: str) -> Return | None:
    """A lead's return, as it stands at this instant; None: nobody has asked for one."""
    with translated():
        try:
            item = ReturnItem.get(lead_key(lead_id), "return", consistent_read=True)
        except DoesNotExist:
            return None
    return _from_item(item)


def waiting(limit: int) -> tuple[list[Return], bool]:
    """The returns that wait for a manager, oldest first, so many at most; whether there are more.

    The index lags: what has been decided meanwhile is left out.
    """
    lead_ids = in_place(PLACE, limit + 1)
    keys = [(lead_key(lead_id), "return") for lead_id in lead_ids[:limit]]
    with translated():
        found = map(_from_item, ReturnItem.batch_get(keys, consistent_read=True))
        shown = [standing for standing in found if standing.state is State.REQUESTED]
    return sorted(shown, key=lambda standing: standing.at), len(lead_ids) > limit


def request(asked: Return) -> None:
    """Put a return before the managers, unless the lead has one already, or is gone or erased.

    ConflictError, StoreBusyError: look again what stands.
    """
    known = LeadItem.pk.exists() & (LeadItem.status != str(Status.ERASED))
    with translated(), TransactWrite(connection=connection()) as transaction:
        transaction.condition_check(LeadItem, lead_key(asked.lead_id), "lead", condition=known)
        transaction.save(_to_item(asked), condition=ReturnItem.pk.does_not_exist())


def refuse(refused: Return) -> None:
    """Decide against a return that waits. ConflictError, StoreBusyError: look again what stands.

    Only the decision is written: what was said before may have been erased since it was read.
    """
    decided: list[Action] = [
        ReturnItem.state.set(State.REFUSED),
        ReturnItem.decided_at.set(to_text(refused.decided_at or refused.at)),
        ReturnItem.by.set(refused.by or ""),
        ReturnItem.place.remove(),
        ReturnItem.placed_at.remove(),
    ]
    if refused.why:
        decided.append(ReturnItem.why.set(refused.why))
    item = ReturnItem(lead_key(refused.lead_id), "return")
    with translated():
        item.update(decided, condition=ReturnItem.state == State.REQUESTED)


def approve(
    approved: Return, lead: Lead, change: Change, entry: Entry | None, attempt: str, *, new: bool
) -> None:
    """Take a lead back: the return, the lead, its owner's counter, the caps and the ledger.

    All or nothing, and once: the return waits still (or is `new`: nobody has asked for one yet),
    the lead is unchanged, and the turn of the `entry` is free. ConflictError, StoreBusyError: look
    again what stands.
    """
    caps = approved.sale.caps
    while True:
        try:
            _approve(approved, lead, change, entry, attempt, caps, new=new)
        except CancelledError as cancelled:
            others = cancelled.reasons[: -len(caps) or None]
            left = [cap for n, cap in enumerate(caps, len(others)) if not cancelled.failed(n)]
            # What a cap counted is deleted after a year: that must not keep the lead with us.
            if any(others) or len(left) == len(caps):
                raise
            caps = tuple(left)
        else:
            return


def _approve(
    approved: Return,
    lead: Lead,
    change: Change,
    entry: Entry | None,
    attempt: str,
    caps: Iterable[Cap],
    *,
    new: bool,
) -> None:
    """The transaction. The reasons of its cancellation come in this order, those of caps last."""
    free: Condition = ReturnItem.pk.does_not_exist()
    after = evolve(lead, change)
    with translated(), TransactWrite(connection=connection()) as transaction:
        transaction.save(
            _to_item(approved), condition=free if new else ReturnItem.state == State.REQUESTED
        )
        if entry:
            transaction.save(entry_to_item(entry, attempt), condition=TurnItem.pk.does_not_exist())
        transaction.update(
            LeadItem(lead_key(lead.lead_id), "lead"),
            change_actions(lead, after),
            condition=LeadItem.rev == lead.rev,
        )
        if lead.burden.open:
            transaction._update_items.append(freed(lead.burden, change.at))  # noqa: SLF001
        for cap, period in caps:
            give_back(transaction, cap, period, approved.sale.price)


def _to_item(standing: Return) -> ReturnItem:
    waits = standing.state is State.REQUESTED
    return ReturnItem(
        lead_key(standing.lead_id),
        "return",
        kind="return",
        state=standing.state,
        partner=standing.partner,
        reason=standing.reason,
        note=standing.note,
        at=to_text(standing.at),
        sale=sale_to_record(standing.sale),
        decided_at=to_text(standing.decided_at) if standing.decided_at else None,
        by=standing.by,
        why=standing.why,
        place=PLACE if waits else None,
        placed_at=to_text(standing.at) if waits else None,
    )


def _from_item(item: ReturnItem) -> Return:
    return Return(
        lead_id=item.pk.partition("#")[2],
        partner=item.partner,
        state=State(item.state),
        reason=item.reason,
        at=from_text(item.at),
        sale=sale_from_record(item.sale),
        note=item.note,
        decided_at=from_text(item.decided_at) if item.decided_at else None,
        by=item.by,
        why=item.why,
    )
