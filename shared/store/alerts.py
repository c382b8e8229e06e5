"""Which messages about a change have gone out: what makes alerts effectively once."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.update import Action

from shared.errors import ConflictError
from shared.store.faults import translated
from shared.store.table import AlertItem, lead_key

# Longer than a record can come again: a day in the stream, then 14 days in the on-failure queue.
KEPT = timedelta(days=16)


def claim(
    lead_id: str, change: int, claim_id: str, now: datetime, hold: timedelta
) -> Collection[str] | None:
    """Claim the sending of one change's messages; answers the kinds that are sent already.

    None: another process holds the claim right now. A claim ends by itself after `hold`, so that a
    sender that died does not silence the alert.
    """
    item = _item(lead_id, change)
    milliseconds = int(now.timestamp() * 1000)
    free = (
        AlertItem.pk.does_not_exist()
        | (AlertItem.claimed_until <= milliseconds)
        | (AlertItem.claim == claim_id)
    )
    actions: list[Action] = [
        AlertItem.kind.set("alert"),
        AlertItem.claim.set(claim_id),
        AlertItem.claimed_until.set(milliseconds + int(hold.total_seconds() * 1000)),
        AlertItem.expires_at.set(int((now + KEPT).timestamp())),
        AlertItem.done.set(AlertItem.done | []),
    ]
    try:
        with translated():
            item.update(actions, condition=free)
    except ConflictError:
        return None
    return set(item.done or [])


def release(lead_id: str, change: int, claim_id: str) -> None:
    """End one's own claim: what could not be sent may be tried again at once."""
    with suppress(ConflictError), translated():
        _item(lead_id, change).update(
            [AlertItem.claimed_until.set(0)], condition=AlertItem.claim == claim_id
        )


def note(lead_id: str, change: int, kind: str) -> None:
    """Note that one kind of message about a change has gone out."""
    item = _item(lead_id, change)
    with translated():
        item.update([AlertItem.done.set(AlertItem.done.append([kind]))])


def sent(lead_id: str, change: int) -> set[str]:
    """The kinds that have gone out."""
    with translated():
        try:
            item = AlertItem.get(lead_key(lead_id), _sort_key(change), consistent_read=True)
            return set(item.done or [])
        except DoesNotExist:
            return set()


def _item(lead_id: str, change: int) -> AlertItem:
    return AlertItem(lead_key(lead_id), _sort_key(change))


def _sort_key(change: int) -> str:
    return f"alert#{change:06d}"
