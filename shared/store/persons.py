"""Whom leads are about: finding them without a look at all leads, and erasing what lies beside one.

Beside a lead lies an item for each e-mail address and phone number that it is known to have had.
Its place in the index is a hash of that, which nobody can test who does not know the table's own
secret. Nothing is deleted here: what is erased expires, and the table clears it away.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.domain.moments import to_text
from shared.errors import ConflictError
from shared.store.faults import translated
from shared.store.leads import lying_in
from shared.store.table import (
    ConsentItem,
    GuardItem,
    Item,
    PingItem,
    RawItem,
    ReturnItem,
    TieItem,
    lead_key,
)

KNOWN_BY = ("email", "phone")  # the fields by which a person is found

# Longer than a change can come to the alerts function again, which notes whom leads are about.
KEPT = timedelta(days=16)

_VERSION = re.compile(r"[\w. -]{1,40}", re.ASCII)


# ── Finding ──────────────────────────────────────────────────────────────────────────────────────


def mark_of(pepper: bytes, field: str, text: str) -> str:
    """What a person's leads are found by: a hash of their e-mail address or phone number."""
    said = f"about\n{field}\n{text.casefold()}".encode(errors="replace")
    return hmac.new(pepper, said, hashlib.sha256).hexdigest()[:40]


def note(lead_id: str, marks: Iterable[str], at: datetime) -> None:
    """Note whom a lead is about; again changes nothing, and what has been erased stays so."""
    for mark in marks:
        _change(
            Item(lead_key(lead_id), f"about#{mark}"),
            [
                Item.kind.set("about"),
                Item.place.set(f"about#{mark}"),
                Item.placed_at.set(to_text(at)),
            ],
            Item.expires_at.does_not_exist(),
        )


def leads_about(mark: str) -> Iterator[str]:
    """The ids of a person's leads, oldest first; the index lags by a moment."""
    return lying_in(f"about#{mark}")


def marks_of(lead_id: str) -> list[str]:
    """By what a lead's persons are found."""
    with translated():
        found = Item.query(lead_key(lead_id), Item.sk.startswith("about#"), consistent_read=True)
        return [item.sk.partition("#")[2] for item in found if item.place]


def unnote(lead_id: str, mark: str, now: datetime) -> bool:
    """Let a lead no longer be found by this, whoever should note it again."""
    return _change(
        Item(lead_key(lead_id), f"about#{mark}"),
        [Item.kind.set("about"), *_gone(now + KEPT), Item.place.remove(), Item.placed_at.remove()],
        Item.expires_at.does_not_exist(),
    )


# ── What lies beside a lead ──────────────────────────────────────────────────────────────────────


def consent_of(lead_id: str) -> dict[str, Any] | None:
    """The evidence of the person's consent, and when it was given; None: there is none."""
    with translated():
        try:
            item = ConsentItem.get(lead_key(lead_id), "consent", consistent_read=True)
        except DoesNotExist:
            return None
    return {**item.evidence, "recorded_at": item.at}


def erase_consent(lead_id: str) -> bool:
    """Leave of the evidence that there was consent, when, and to which version of the terms."""
    evidence = consent_of(lead_id)
    if evidence is None:
        return False
    left = {name: value for name, value in evidence.items() if _is_bare(name, value)}
    item = ConsentItem(lead_key(lead_id), "consent")
    return _change(item, [ConsentItem.evidence.set(left)], ConsentItem.pk.exists())


def _is_bare(name: str, value: Any) -> bool:
    version = name == "version" and isinstance(value, str) and _VERSION.fullmatch(value)
    return name == "given" or bool(version)


def erase_raw(lead_id: str, now: datetime) -> bool:
    """Empty the body that a lead came in, if it was kept."""
    actions = [RawItem.raw.set(b""), RawItem.content_type.remove(), *_gone(now)]
    return _change(RawItem(lead_key(lead_id), "raw"), actions, RawItem.pk.exists())


def erase_return(lead_id: str) -> bool:
    """Take away what its seller and the managers have said of a lead's return."""
    actions: list[Action] = [ReturnItem.note.remove(), ReturnItem.why.remove()]
    return _change(ReturnItem(lead_key(lead_id), "return"), actions, ReturnItem.pk.exists())


def erase_ping(ping_id: str) -> bool:
    """Take away what a seller said of a lead before it came."""
    item = PingItem(f"ping#{ping_id}", "ping")
    return _change(item, [PingItem.fields.set({})], PingItem.pk.exists())


def end_guard(key: str, lead_id: str, now: datetime) -> bool:
    """Let a person not be recognised any more, where this lead is the one they are known by."""
    return _change(
        GuardItem(f"guard#{key}", "guard"),
        _gone(now),
        (GuardItem.lead_id == lead_id) & (GuardItem.expires_at > int(now.timestamp())),
    )


def end_tie(key: str, lead_id: str, now: datetime) -> bool:
    """Let a person not be anybody's any more, where it was this lead that tied them."""
    actions = [TieItem.until.set(to_text(now)), *_gone(now)]
    return _change(TieItem(f"tie#{key}", "tie"), actions, TieItem.lead_id == lead_id)


def _gone(at: datetime) -> list[Action]:
    return [Item.expires_at.set(int(at.timestamp()))]


def _change(item: Item, actions: list[Action], condition: Condition) -> bool:
    """Whether there was something to be changed."""
    with suppress(ConflictError), translated():
        item.update(actions, condition=condition)
        return True
    return False
