"""Whom leads are about: finding them without a look at all leads, and erasing what lies beside one.

Beside a lead lies an item for each e-mail address and phone number that it is known to have had.
Its place in the index is a hash of that, which nobody can test who does not know the table's own
secret. Nothing is deleted here: what is erased expires, and the table clears it away.
"""

import hashlib
import hmac
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import dropwhile
from typing import Any

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.domain.addresses import same_address
from shared.domain.leads import Status
from shared.domain.moments import to_text
from shared.domain.returns import State
from shared.errors import ConflictError
from shared.store.codec import further_to_texts, tie_from_item
from shared.store.faults import translated
from shared.store.leads import lying_in
from shared.store.routing import rests_as
from shared.store.table import (
    ConsentItem,
    GuardItem,
    Item,
    LeadItem,
    PingItem,
    RawItem,
    ReturnItem,
    TieItem,
    lead_key,
)

KNOWN_BY = ("email", "phone")  # the fields by which a person is found

# Longer than a change can come to the alerts function again, which notes whom leads are about.
KEPT = timedelta(days=16)

# What has an end is cleared away late. A lead must not be known for longer than it can be found.
LATE = timedelta(days=3)

BODIES = "bodies"  # instead of a hash: the lead's body names others too, so look inside


# ── Finding ──────────────────────────────────────────────────────────────────────────────────────


def mark_of(pepper: bytes, field: str, text: str) -> str:
    """What a person's leads are found by: a hash of their e-mail address or phone number."""
    known = same_address(text) if field == "email" else text
    said = f"about\n{field}\n{known}".encode(errors="replace")
    return hmac.new(pepper, said, hashlib.sha256).hexdigest()[:40]


def note(lead_id: str, marks: Collection[str], at: datetime, until: datetime | None = None) -> None:
    """Note whom a lead is about, and until when it is known; again changes nothing.

    What has been erased stays so, however late the news of it came.
    """
    ends = _gone(until + LATE) if until else []
    for mark in marks:
        _change(
            _about(lead_id, mark),
            [
                Item.kind.set("about"),
                Item.place.set(f"about#{mark}"),
                Item.placed_at.set(to_text(at)),
                *ends,
            ],
            _IS_NO_TRACE,
        )
    # Looked at after the write: who erases it from here on finds the marks.
    if marks and not _stands(lead_id):
        for mark in marks:
            unnote(lead_id, mark, at)


def _about(lead_id: str, mark: str) -> Item:
    return Item(lead_key(lead_id), f"about#{mark}")


# Of a mark that was taken away its key stays for a while, so that it is not noted again.
_IS_NO_TRACE = Item.place.exists() | Item.pk.does_not_exist()


def _stands(lead_id: str) -> bool:
    """Whether there is such a lead, with something personal about it."""
    with translated():
        try:
            item = LeadItem.get(
                lead_key(lead_id), "lead", consistent_read=True, attributes_to_get=["status"]
            )
        except DoesNotExist:
            return False
    return bool(item.status != Status.ERASED)


def leads_about(mark: str) -> list[str]:
    """The ids of a person's leads, oldest first; the index lags by a moment."""
    return sorted(lying_in(f"about#{mark}"))


def marks_of(lead_id: str) -> list[str]:
    """By what a lead's persons are found."""
    with translated():
        found = Item.query(lead_key(lead_id), Item.sk.startswith("about#"), consistent_read=True)
        return [item.sk.partition("#")[2] for item in found if item.place]


def unnote(lead_id: str, mark: str, now: datetime) -> bool:
    """Let a lead no longer be found by this, whoever should note it again."""
    return _change(
        _about(lead_id, mark),
        [Item.kind.set("about"), *_gone(now + KEPT), Item.place.remove(), Item.placed_at.remove()],
        _IS_NO_TRACE,
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
    """Leave of the evidence that there was consent, when, and to which version of our terms."""
    evidence = consent_of(lead_id)
    if evidence is None:
        return False
    ours = [name for name in ("version",) if name in evidence.get("ours", ())]
    left = {name: evidence[name] for name in ("given", *ours) if name in evidence}
    if ours:
        left["ours"] = ours
    item = ConsentItem(lead_key(lead_id), "consent")
    return _change(item, [ConsentItem.evidence.set(left)], ConsentItem.pk.exists())


def erase_raw(lead_id: str, now: datetime) -> bool:
    """Empty the body that a lead came in, if it was kept."""
    actions = [RawItem.raw.set(b""), RawItem.content_type.remove(), *_gone(now)]
    return _change(RawItem(lead_key(lead_id), "raw"), actions, RawItem.pk.exists())


def erase_return(lead_id: str, now: datetime) -> bool:
    """Take away what its seller and the managers have said of a lead's return.

    One that waits is refused: nobody can decide about it any more, nor say anything further.
    """
    item = ReturnItem(lead_key(lead_id), "return")
    bare: list[Action] = [ReturnItem.note.remove(), ReturnItem.why.remove()]
    refused = [
        ReturnItem.state.set(State.REFUSED),
        ReturnItem.decided_at.set(to_text(now)),
        ReturnItem.place.remove(),
        ReturnItem.placed_at.remove(),
    ]
    waits = ReturnItem.state == State.REQUESTED
    said = ReturnItem.note.exists() | ReturnItem.why.exists()
    return _change(item, [*bare, *refused], waits) or _change(item, bare, said)


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
    """Let a person not be anybody's any more, as far as it is this lead that ties them.

    If other leads do so as well, it is the oldest one's from now on. ConflictError: one has
    prolonged it at this moment, or another is being erased; ask again.
    """
    with translated():
        try:
            item = TieItem.get(f"tie#{key}", "tie", consistent_read=True)
        except DoesNotExist:
            return False
    tie = tie_from_item(item)
    if lead_id not in (tie.lead_id, *tie.further):
        return False
    # An older release, which knows of two leads only, may have left one that it has erased.
    left = tuple(dropwhile(lambda one: not _stands(one), tie.without(lead_id)))
    actions: list[Action] = [TieItem.until.set(to_text(now)), *_gone(now)]
    if left:
        actions = [TieItem.lead_id.set(left[0]), *_prolonged_by(left[1:])]
    with translated():
        item.update(actions, condition=(TieItem.lead_id == tie.lead_id) & rests_as(tie))
    return not left


def _prolonged_by(further: Sequence[str]) -> list[Action]:
    last, earlier = further_to_texts(further)
    return [
        TieItem.last.set(last) if last else TieItem.last.remove(),
        TieItem.earlier.set(earlier) if earlier else TieItem.earlier.remove(),
    ]


def _gone(at: datetime) -> list[Action]:
    return [Item.expires_at.set(int(at.timestamp()))]


def _change(item: Item, actions: list[Action], condition: Condition) -> bool:
    """Whether there was something to be changed."""
    with suppress(ConflictError), translated():
        item.update(actions, condition=condition)
        return True
    return False
