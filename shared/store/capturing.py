"""Capture's one transaction: a lead, what it is recognised by, and what it takes of its caps."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from pynamodb.exceptions import DoesNotExist
from pynamodb.transactions import TransactWrite

from shared.domain.caps import CapUse
from shared.domain.leads import Lead
from shared.domain.moments import to_text
from shared.errors import ConflictError, KeyInFlightError, KeyReusedError, StoreBusyError
from shared.store.codec import lead_to_image
from shared.store.faults import CancelledError, translated
from shared.store.table import (
    CapItem,
    ConsentItem,
    GuardItem,
    LeadItem,
    PingItem,
    RawItem,
    connection,
    lead_key,
    table_name,
)

CAPS_KEPT = timedelta(days=400)  # longer than any return may take


class Meaning(StrEnum):
    """What it means that a guard is there already."""

    REPEAT = "repeat"  # the same submission: its lead stands; with another body it is an error
    PERSON = "person"  # the same person: the lead is a duplicate of the first
    NOTED = "noted"  # nothing to this lead; other sources compare with it


@dataclass(frozen=True, slots=True)
class Guard:
    """What a lead is recognised by, and until when that counts."""

    key: str  # a hash: nothing personal is ever a key
    body_hash: str
    expires_at: datetime
    meaning: Meaning = Meaning.REPEAT
    # A person's guard: the same body within so long is no second lead, but the same submission.
    repeats_within: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of a submission that could not be read or trusted, and how long they are kept."""

    body: bytes
    content_type: str | None
    expires_at: datetime
    part: int = 0  # which of the leads in it, counted from 0
    leads: int = 1  # how many it tells of, as far as it could be read


@dataclass(frozen=True, slots=True)
class Capture:
    """Everything that one lead writes, together or not at all."""

    lead: Lead
    guards: tuple[Guard, ...]
    uses: tuple[CapUse, ...] = ()
    raw: Raw | None = None
    consent: dict[str, Any] | None = None
    ping: str | None = None  # the id of the ping that the lead makes use of
    expires_at: datetime | None = None  # of a record that is not for ever
    # It was part of a delivery that another lead stands for: only while that one has this revision.
    part_of: tuple[str, int] | None = None


class Kind(StrEnum):
    """What became of a capture."""

    STORED = "stored"
    STANDING = "standing"  # the same submission came before
    DUPLICATE = "duplicate"  # the same person came before
    CAP_REACHED = "cap_reached"
    PING_GONE = "ping_gone"


class Outcome(NamedTuple):
    """What became of a capture: with the lead that stands now, or the cap that is full."""

    kind: Kind
    subject: str = ""


def capture(wanted: Capture, now: datetime) -> Outcome:
    """Store a lead with all it needs, or nothing; what stood in the way, in order of weight.

    KeyReusedError: the same guard with another body. KeyInFlightError: others are writing the same
    items at this instant. StoreBusyError: nothing is known. ConflictError: what it was part of has
    changed meanwhile.
    """
    try:
        write(wanted, None, now)
    except CancelledError as cancelled:
        if wanted.part_of:
            if cancelled.failed(0):
                raise ConflictError("somebody else changed the lead first") from cancelled
            cancelled.reasons = cancelled.reasons[1:]
        return refusal(cancelled, wanted, now)
    return Outcome(Kind.STORED, wanted.lead.lead_id)


def write(wanted: Capture, rev: int | None, now: datetime, attempt: str | None = None) -> None:
    """Write all of it in one transaction; CancelledError: something stood in the way.

    `rev`: the lead's, as it stands; None: there is no such lead yet. `attempt`: all calls of one
    attempt, which have the same arguments, write once. So an answer that was lost, asked for again
    within ten minutes, is what it would have been.
    """
    token = _token(attempt) if attempt else None
    with (
        translated(),
        TransactWrite(connection=connection(), client_request_token=token) as transaction,
    ):
        # The reasons of a cancellation come in this order: checks, what is put, then updates.
        if wanted.part_of:
            whole, rev_of_whole = wanted.part_of
            transaction.condition_check(
                LeadItem, lead_key(whole), "lead", condition=LeadItem.rev == rev_of_whole
            )
        puts = transaction._put_items  # noqa: SLF001 (by hand, as every post that comes pays for it)
        puts += [_guard_put(guard, wanted.lead.lead_id, now) for guard in wanted.guards]
        puts.append(_lead_put(wanted, rev))
        for item in _beside(wanted):
            transaction.save(item)
        if wanted.ping:
            _claim_ping(transaction, wanted.ping, wanted.lead.lead_id, now)
        use_caps(transaction, wanted.uses, now)


def _token(attempt: str) -> str:
    """What DynamoDB knows an attempt by: its tokens are the account's, and ours this table's."""
    return hashlib.sha256(f"{table_name()}\n{attempt}".encode()).hexdigest()[:36]


def lead_refused(cancelled: CancelledError, wanted: Capture) -> bool:
    """Whether the lead's own item was not as expected."""
    return cancelled.failed(len(wanted.guards))


def _lead_put(wanted: Capture, rev: int | None) -> dict[str, Any]:
    image = lead_to_image(wanted.lead)
    if wanted.expires_at:
        image["expires_at"] = {"N": str(int(wanted.expires_at.timestamp()))}
    put: dict[str, Any] = {"TableName": table_name(), "Item": image}
    if rev is None:
        return {**put, "ConditionExpression": "attribute_not_exists(pk)"}
    return {
        **put,
        "ConditionExpression": "rev = :rev",
        "ExpressionAttributeValues": {":rev": {"N": str(rev)}},
    }


def _beside(wanted: Capture) -> list[RawItem | ConsentItem]:
    """What is stored beside the lead, under its key."""
    key = lead_key(wanted.lead.lead_id)
    beside: list[RawItem | ConsentItem] = []
    if raw := wanted.raw:
        beside.append(
            RawItem(
                key,
                "raw",
                kind="raw",
                raw=raw.body,
                content_type=raw.content_type,
                part=raw.part,
                leads=raw.leads,
                expires_at=int(raw.expires_at.timestamp()),
            )
        )
    if wanted.consent:
        at = to_text(wanted.lead.created_at)
        beside.append(ConsentItem(key, "consent", kind="consent", evidence=wanted.consent, at=at))
    return beside


# ── Guards ───────────────────────────────────────────────────────────────────────────────────────


def _guard_put(guard: Guard, lead_id: str, now: datetime) -> dict[str, Any]:
    """The guard, unless it stands there already, and counts still; what is only noted always."""
    put: dict[str, Any] = {
        "TableName": table_name(),
        "Item": {
            "pk": {"S": f"guard#{guard.key}"},
            "sk": {"S": "guard"},
            "kind": {"S": "guard"},
            "body_hash": {"S": guard.body_hash},
            "lead_id": {"S": lead_id},
            "at": {"N": str(int(now.timestamp() * 1000))},
            "expires_at": {"N": str(int(guard.expires_at.timestamp()))},
        },
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if guard.meaning is Meaning.NOTED:
        return put
    return {
        **put,
        "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
        "ExpressionAttributeValues": {":now": {"N": str(int(now.timestamp()))}},
    }


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


def standing_among(guards: Iterable[Guard], now: datetime) -> set[str]:
    """The keys of those of these guards that stand already, for the same submission."""
    bodies = {guard.key: guard.body_hash for guard in guards}
    keys = [(f"guard#{key}", "guard") for key in bodies]
    standing = set()
    with translated():
        for item in GuardItem.batch_get(keys, consistent_read=True):
            key = item.pk.partition("#")[2]
            counts = item.expires_at is not None and item.expires_at > now.timestamp()
            if counts and item.body_hash == bodies[key]:
                standing.add(key)
    return standing


def note_standing(guard: Guard, lead_id: str, now: datetime) -> None:
    """Know a submission by this guard too, as the lead that stands for it; twice is once."""
    with translated():
        GuardItem(
            f"guard#{guard.key}",
            "guard",
            kind="guard",
            body_hash=guard.body_hash,
            lead_id=lead_id,
            at=int(now.timestamp() * 1000),
            expires_at=int(guard.expires_at.timestamp()),
        ).save()


def _same_body(body_hash: str, lead_id: str, guard: Guard) -> str:
    if body_hash != guard.body_hash:
        raise KeyReusedError("the same key, or id, came before with another body")
    return lead_id


# ── Pings and caps ───────────────────────────────────────────────────────────────────────────────


def _claim_ping(transaction: TransactWrite, ping_id: str, lead_id: str, now: datetime) -> None:
    """Use a ping, once, and while its time lasts; what it holds of its caps becomes the lead's."""
    is_open = (PingItem.state == "open") & (PingItem.ends_at > to_text(now))
    transaction.update(
        PingItem(f"ping#{ping_id}", "ping"),
        [
            PingItem.state.set("used"),
            PingItem.lead_id.set(lead_id),
            PingItem.due.remove(),
            PingItem.due_at.remove(),
        ],
        condition=is_open,
        return_values="ALL_OLD",
    )


def use_caps(transaction: TransactWrite, uses: Iterable[CapUse], now: datetime) -> None:
    """Count a lead in each of its caps, if each still has room for it and its price."""
    transaction._update_items += [_cap_update(use, now) for use in uses]  # noqa: SLF001 (likewise)


def _cap_update(use: CapUse, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {
        ":cap": {"S": "cap"},
        ":one": {"N": "1"},
        ":price": {"N": str(use.price)},
        ":expires": {"N": str(int((now + CAPS_KEPT).timestamp()))},
    }
    sets = ["kind = :cap", "expires_at = :expires"]
    removes, room = [], []
    for counted, most, this_one in (
        ("leads", use.most_leads, 1),
        ("money", use.most_money, use.price),
    ):
        if most is None:
            removes.append(f"most_{counted}")
            continue
        values |= {
            f":most_{counted}": {"N": str(most)},
            f":room_{counted}": {"N": str(most - this_one)},
        }
        sets.append(f"most_{counted} = :most_{counted}")
        room.append(f"{counted} <= :room_{counted}")
    update = {
        "TableName": table_name(),
        "Key": {"pk": {"S": f"cap#{use.cap}"}, "sk": {"S": use.period}},
        "UpdateExpression": f"SET {', '.join(sets)} ADD leads :one, money :price"
        + (f" REMOVE {', '.join(removes)}" if removes else ""),
        "ExpressionAttributeValues": values,
    }
    if room:
        # AND binds before OR.
        update["ConditionExpression"] = f"attribute_not_exists(pk) OR {' AND '.join(room)}"
    return update


def cap_item(cap: str, period: str) -> CapItem:
    """The key of what a cap has counted in a period."""
    return CapItem(f"cap#{cap}", period)


# ── Why not ──────────────────────────────────────────────────────────────────────────────────────


IN_FLIGHT = "the same submission, or one that the same cap counts, is being stored now"


def refusal(cancelled: CancelledError, wanted: Capture, now: datetime) -> Outcome:
    """What stood in the way; a repeat explains everything else, and a duplicate a full cap.

    KeyReusedError, KeyInFlightError, StoreBusyError: as `capture` says.
    """
    outcome = _known(cancelled, wanted, now) or _full(cancelled, wanted)
    if outcome:
        return outcome
    if cancelled.only_conflicts:
        raise KeyInFlightError(IN_FLIGHT) from cancelled
    raise StoreBusyError("the table could not take it") from cancelled


def _known(cancelled: CancelledError, wanted: Capture, now: datetime) -> Outcome | None:
    """The lead that the guards say was there before."""
    found = [
        (guard, _old(cancelled, position))
        for position, guard in enumerate(wanted.guards)
        if cancelled.failed(position)
    ]
    for guard, old in found:
        if guard.meaning is Meaning.REPEAT:
            lead_id = _same_body(old["body_hash"]["S"], old["lead_id"]["S"], guard)
            return Outcome(Kind.STANDING, lead_id)
    for guard, old in found:
        first = old["lead_id"]["S"]
        if first == wanted.lead.lead_id or _is_repeat(guard, old, now):
            return Outcome(Kind.STANDING, first)
    return Outcome(Kind.DUPLICATE, found[0][1]["lead_id"]["S"]) if found else None


def _full(cancelled: CancelledError, wanted: Capture) -> Outcome | None:
    """The ping that is gone, or the first cap that is full."""
    position = len(wanted.guards) + 1 + len(_beside(wanted))
    if wanted.ping:
        # Our own lost write never comes here: the lead's own guards stand before the ping.
        if cancelled.failed(position):
            return Outcome(Kind.PING_GONE)
        position += 1
    full = (use.cap for number, use in enumerate(wanted.uses, position) if cancelled.failed(number))
    cap = next(full, None)
    return Outcome(Kind.CAP_REACHED, cap) if cap else None


def _old(cancelled: CancelledError, position: int) -> dict[str, Any]:
    reason = cancelled.reasons[position]
    old: dict[str, Any] = (reason and reason.raw_item) or {}
    return old


def _is_repeat(guard: Guard, old: dict[str, Any], now: datetime) -> bool:
    """Whether the same person's guard holds this very submission, sent twice in a short while."""
    came = int(old["at"]["N"]) if "at" in old else 0
    age = now.timestamp() * 1000 - came
    return (
        old["body_hash"]["S"] == guard.body_hash
        and age < guard.repeats_within.total_seconds() * 1000
    )
