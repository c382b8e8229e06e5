"""Which messages about something have gone out: what makes alerts effectively once."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.update import Action

from shared.domain.bounces import TOLD_FOR
from shared.errors import ConflictError
from shared.store.faults import translated
from shared.store.table import AlertItem, lead_key

# Longer than a record can come again: a day in the stream, then 14 days in the on-failure queue.
KEPT = timedelta(days=16)

# A link to sign in with is of use for a few minutes only, and not mailed after them.
KEPT_FOR_LINKS = timedelta(days=1)

# A cap may go down and up again as long as its period lasts, which is a month at most.
KEPT_FOR_CAPS = timedelta(days=31) + KEPT

# What comes back of mail in this time is the same news.
KEPT_FOR_MAIL = TOLD_FOR + KEPT


class Alert(NamedTuple):
    """What is told once: the key under which that is noted, and for how long."""

    pk: str
    sk: str
    kept: timedelta = KEPT


def of_change(lead_id: str, number: int) -> Alert:
    """One change of a lead, by its number in the log."""
    return Alert(lead_key(lead_id), f"alert#{number:06d}")


def of_return(lead_id: str) -> Alert:
    """The lead's return, which waits for approval; it has one at most."""
    return Alert(lead_key(lead_id), "alert#return")


def of_cap(cap: str, period: str, level: str, most: str) -> Alert:
    """A level of a cap in a period. `most` is how much it allows: raised, it is told anew."""
    return Alert(f"cap#{cap}", f"alert#{period}#{level}#{most}", KEPT_FOR_CAPS)


def of_link(person: str, nonce: str) -> Alert:
    """A link to sign in with, which is mailed; `person` is a hash."""
    return Alert(f"person#{person}", f"alert#{nonce}", KEPT_FOR_LINKS)


def of_channel(channel: str, day: str) -> Alert:
    """That a channel's deliveries die, on a day."""
    return Alert(f"channel#{channel}", f"alert#dead#{day}")


def of_failing(channel: str, day: str) -> Alert:
    """That a channel fails, and others tell what it should, on a day."""
    return Alert(f"channel#{channel}", f"alert#failing#{day}")


def of_digest(rep: str, day: str) -> Alert:
    """What waits for a rep, as they are mailed on a day."""
    return Alert(f"digest#{rep}", f"alert#{day}")


def of_template(pool_id: str, day: str) -> Alert:
    """That a pool's own mail templates fail, on a day."""
    return Alert(f"pool#{pool_id}", f"alert#template#{day}")


def of_mail(who: str, at: str) -> Alert:
    """That mail to somebody is paused, since then."""
    return Alert(f"mail#{who}", f"alert#{at}", KEPT_FOR_MAIL)


def claim(alert: Alert, claim_id: str, now: datetime, hold: timedelta) -> Collection[str] | None:
    """Claim the sending of an alert's messages; answers the kinds that are settled already.

    None: another process holds the claim right now. A claim ends by itself after `hold`, so that a
    sender that died does not silence the alert.
    """
    item = _item(alert)
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
        AlertItem.expires_at.set(int((now + alert.kept).timestamp())),
        AlertItem.done.set(AlertItem.done | []),
    ]
    try:
        with translated():
            item.update(actions, condition=free)
    except ConflictError:
        return None
    return set(item.done or [])


def release(alert: Alert, claim_id: str) -> None:
    """End one's own claim: what could not be sent may be tried again at once."""
    with suppress(ConflictError), translated():
        _item(alert).update([AlertItem.claimed_until.set(0)], condition=AlertItem.claim == claim_id)


def note(alert: Alert, kind: str, *, needed: bool = True) -> None:
    """Note that one kind of message has gone out; or that there was no need for it any more."""
    item = _item(alert)
    kinds = [kind] if needed else [kind, _needless(kind)]
    with translated():
        item.update([AlertItem.done.set(AlertItem.done.append(kinds))])


def went_out(alert: Alert, kind: str) -> bool:
    """Whether somebody was told."""
    kinds = sent(alert)
    return kind in kinds and _needless(kind) not in kinds


def _needless(kind: str) -> str:
    return f"no {kind}"


def sent(alert: Alert) -> set[str]:
    """The kinds that have gone out, or need not any more."""
    with translated():
        try:
            item = AlertItem.get(alert.pk, alert.sk, consistent_read=True)
            return set(item.done or [])
        except DoesNotExist:
            return set()


def _item(alert: Alert) -> AlertItem:
    return AlertItem(alert.pk, alert.sk)
