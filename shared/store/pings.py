"""Pings: a price promised for two minutes, and the room in the caps that it holds until then."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.domain.caps import CapUse
from shared.domain.leads import Sale
from shared.domain.moments import from_text, to_text
from shared.errors import ConflictError, KeyInFlightError, KeyReusedError, StoreBusyError
from shared.store.capturing import cap_item, use_caps
from shared.store.codec import sale_from_record, sale_to_record
from shared.store.faults import CancelledError, translated
from shared.store.table import CapItem, Item, PingItem, connection

KEPT = timedelta(days=2)  # after its end: whoever asks late hears why
RELEASED_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Ping:
    """A promise: this price, for a lead with these fields, until then.

    `unsaid` names the fields that the partner's `defaults` say, and the ping did not.
    """

    ping_id: str
    partner: str  # its id
    fields: dict[str, Any]
    sale: Sale
    ends_at: datetime
    body_hash: str
    unsaid: tuple[str, ...] = ()
    state: str = "open"

    def stands(self, now: datetime) -> bool:
        """Whether it can be used: nobody has, and its time is not over."""
        return self.state == "open" and self.ends_at > now


def reserve(ping: Ping, uses: tuple[CapUse, ...], now: datetime) -> str | Ping:
    """Store a ping and hold its room in the caps, both or neither.

    Answers the ping that stands (of the same id: asked again), or the cap that is full.
    KeyReusedError: the same id with another body. KeyInFlightError, StoreBusyError: try again.
    """
    item = PingItem(
        f"ping#{ping.ping_id}",
        "ping",
        kind="ping",
        state=ping.state,
        partner=ping.partner,
        fields=ping.fields,
        sale=sale_to_record(ping.sale),
        ends_at=to_text(ping.ends_at),
        body_hash=ping.body_hash,
        unsaid=list(ping.unsaid) or None,
        due=_due_of(ping.partner),
        due_at=to_text(ping.ends_at),
        expires_at=int((ping.ends_at + KEPT).timestamp()),
    )
    try:
        with translated(), TransactWrite(connection=connection()) as transaction:
            transaction.save(item, condition=PingItem.pk.does_not_exist())
            use_caps(transaction, uses, now)
    except CancelledError as cancelled:
        if cancelled.failed(0):
            return _standing(ping)
        full = (use.cap for number, use in enumerate(uses, 1) if cancelled.failed(number))
        if cap := next(full, None):
            return cap
        if cancelled.only_conflicts:
            raise KeyInFlightError("the caps are being counted now") from cancelled
        raise StoreBusyError("the table could not take it") from cancelled
    return ping


def _standing(ping: Ping) -> Ping:
    standing = get(ping.ping_id)
    if standing is None:
        raise StoreBusyError("the ping has just been cleared away")
    if standing.body_hash != ping.body_hash:
        raise KeyReusedError("this Idempotency-Key came before with another ping")
    return standing


def get(ping_id: str) -> Ping | None:
    """A ping, whatever became of it; None when there is none."""
    with translated():
        try:
            item = PingItem.get(f"ping#{ping_id}", "ping", consistent_read=True)
        except DoesNotExist:
            return None
    return Ping(
        ping_id=ping_id,
        partner=item.partner,
        fields=item.fields,
        sale=sale_from_record(item.sale),
        ends_at=from_text(item.ends_at),
        body_hash=item.body_hash,
        unsaid=tuple(item.unsaid or ()),
        state=item.state,
    )


def release_due(partner: str, now: datetime) -> int:
    """Give back what a partner's pings hold whose time is over; answers how many were found.

    Others may be giving back the same ones: that they are found means there may be room now. Safe
    to run twice at once and to die anywhere: a ping's end and its caps are one transaction.
    """
    with translated():
        found = Item.by_due.query(
            _due_of(partner), Item.due_at <= to_text(now), limit=RELEASED_AT_ONCE
        )
        ids = [item.pk.partition("#")[2] for item in found]
    for ping_id in ids:
        _release(ping_id, now)
    return len(ids)


def _release(ping_id: str, now: datetime) -> None:
    ping = get(ping_id)
    if ping is None:
        return
    still_open = (PingItem.state == "open") & (PingItem.ends_at <= to_text(now))
    over: list[Action] = [
        PingItem.state.set("over"),
        PingItem.due.remove(),
        PingItem.due_at.remove(),
    ]
    try:
        with translated(), TransactWrite(connection=connection()) as transaction:
            transaction.update(PingItem(f"ping#{ping_id}", "ping"), over, condition=still_open)
            for cap, period in ping.sale.caps:
                give_back(transaction, cap, period, ping.sale.price)
    except (ConflictError, StoreBusyError):
        return  # somebody else did, or it is still there next time


def give_back(transaction: TransactWrite, cap: str, period: str, price: int) -> None:
    """Take a lead and its price out of a cap's count again."""
    transaction.update(
        cap_item(cap, period),
        [CapItem.leads.set(CapItem.leads - 1), CapItem.money.set(CapItem.money - price)],
        condition=CapItem.leads >= 1,
    )


def _due_of(partner: str) -> str:
    """The due index's partition of a partner's open pings."""
    return f"pings#{partner}"
