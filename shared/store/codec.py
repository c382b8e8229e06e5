"""Between domain values and stored items."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from shared.domain import money
from shared.domain.deadlines import Action, Deadline, IfStill, Protection
from shared.domain.leads import Change, Lead, Sale, Status, Step, Won, evolve, replay
from shared.domain.ledger import (
    Entry,
    lines_from_text,
    lines_to_text,
    standings_from_text,
    standings_to_text,
)
from shared.domain.moments import from_text, to_text
from shared.domain.owners import Tie
from shared.domain.reps import Workload
from shared.domain.rotation import Rotation
from shared.errors import IllegalTransitionError
from shared.store.table import (
    LeadItem,
    RepItem,
    RoutingRead,
    TieItem,
    TurnItem,
    compact_json,
    lead_key,
    shard_of,
)

# What reading a stored lead raises when it is not what was once written.
UNREADABLE = (KeyError, ValueError, TypeError, IllegalTransitionError)

_WRITTEN = frozenset(field.name for field in fields(Change))  # what a record may say


def change_to_text(change: Change) -> str:
    """One record of a log, as JSON without what is not there."""
    record: dict[str, Any] = {"step": change.step, "at": to_text(change.at)}
    for name in ("rep", "pool", "rule", "turn", "reason", "by", "first", "score", "to", "then"):
        if (value := getattr(change, name)) is not None:
            record[name] = value
    for name in ("points", "value", "offered", "names", "over", "keep", "known_by", "put_off"):
        if value := getattr(change, name):
            record[name] = value
    for name in ("until", "kept"):
        if moment := getattr(change, name):
            record[name] = to_text(moment)
    record |= _clocks_to_record(change)
    if not change.retry:
        record["retry"] = False
    if change.won:
        record["won"] = [money.to_text(change.won.amount), change.won.currency]
    if change.sale:
        record["sale"] = sale_to_record(change.sale)
    return compact_json(record)


def change_from_text(text: str) -> Change:
    """What `change_to_text` wrote; what a later release's wrote beside it is left out."""
    record = json.loads(text)
    if not record.keys() <= _WRITTEN:
        record = {name: record[name] for name in record.keys() & _WRITTEN}
    deadlines = record.pop("deadlines", ())
    protection = record.pop("protection", None)
    then = record.pop("then", None)
    sale = record.pop("sale", None)
    until, kept = record.pop("until", None), record.pop("kept", None)
    won = record.pop("won", None)
    for name in ("points", "offered", "names", "over", "known_by", "put_off"):
        if name in record:
            record[name] = tuple(record[name])
    return Change(
        step=Step(record.pop("step")),
        at=from_text(record.pop("at")),
        deadlines=tuple(map(_deadline_from_text, deadlines)),
        protection=_protection_from(*protection) if protection else None,
        then=Action(then) if then else None,
        sale=sale_from_record(sale) if sale else None,
        until=from_text(until) if until else None,
        kept=from_text(kept) if kept else None,
        won=Won(money.from_text(won[0]), won[1]) if won else None,
        **record,
    )


def _clocks_to_record(change: Change) -> dict[str, Any]:
    """What runs for who gets a lead."""
    record: dict[str, Any] = {}
    if change.deadlines:
        record["deadlines"] = [_deadline_to_text(deadline) for deadline in change.deadlines]
    if change.protection:
        activity, at_most, then, first, working = change.protection
        record["protection"] = [activity, at_most, then, first, *([1] if working else [])]
    return record


def _deadline_to_text(deadline: Deadline) -> str:
    """`remind+300`; with what must still be so, unless that is the usual, and for how long."""
    text = f"{deadline.action}+{deadline.after}"
    if deadline.if_still is not IfStill.UNACCEPTED:
        text += f"?{deadline.if_still}"
    return f"{text}~{deadline.pause}" if deadline.pause else text


def _deadline_from_text(text: str) -> Deadline:
    text, _, pause = text.partition("~")
    text, _, if_still = text.partition("?")
    action, _, after = text.partition("+")
    condition = IfStill(if_still) if if_still else IfStill.UNACCEPTED
    return Deadline(Action(action), int(after), condition, int(pause or 0))


def _protection_from(
    activity: int, at_most: int, then: str, first: int, working: int = 0
) -> Protection:
    return Protection(activity, at_most, Action(then), first, working=bool(working))


def sale_to_record(sale: Sale) -> dict[str, Any]:
    """What was paid for a lead, and which caps counted it."""
    record: dict[str, Any] = {"price": money.to_text(sale.price), "currency": sale.currency}
    if sale.caps:
        record["caps"] = [f"{cap} {period}" for cap, period in sale.caps]
    return {**record, "ping": sale.ping} if sale.ping else record


def sale_from_record(record: Mapping[str, Any]) -> Sale:
    """What `sale_to_record` wrote."""
    caps = (text.partition(" ") for text in record.get("caps", ()))
    return Sale(
        price=money.from_text(record["price"]),
        currency=record["currency"],
        caps=tuple((cap, period) for cap, _, period in caps),
        ping=record.get("ping"),
    )


def projections(lead: Lead) -> dict[str, Any]:
    """What the table stores beside the log, for conditions and indexes; None: not there."""
    return {
        "status": str(lead.status),
        "rev": lead.rev,
        "owner": lead.owner,
        "acceptable": _acceptable(lead),
        "place": lead.place,
        "placed_at": to_text(lead.assigned_at or lead.created_at) if lead.place else None,
        "due": shard_of(lead.lead_id) if lead.due_at else None,
        "due_at": to_text(lead.due_at) if lead.due_at else None,
    }


def _acceptable(lead: Lead) -> int | None:
    """The assignment that may be accepted unseen, by its number; None: whoever accepts must look.

    Then accepting changes the status alone: nothing is due after it, whenever it comes, and the
    lead weighs as much. So it is one write, whose condition asks for this number.
    """
    if lead.status is not Status.ASSIGNED:
        return None
    accepted = evolve(lead, Change(Step.ACCEPTED, lead.log[-1].at, lead.owner))
    plain = accepted.due_at is None and accepted.burden == lead.burden
    return lead.assignment if plain else None


def lead_to_item(lead: Lead) -> LeadItem:
    """The whole item of a lead."""
    return LeadItem(
        lead_key(lead.lead_id),
        "lead",
        kind="lead",
        source=lead.source,
        fields=dict(lead.fields),
        log=[change_to_text(change) for change in lead.log],
        **projections(lead),
    )


def lead_from_item(item: LeadItem) -> Lead:
    """The lead, rebuilt from its log."""
    lead_id = item.pk.partition("#")[2]
    return replay(lead_id, item.source, item.fields, map(change_from_text, item.log))


def lead_from_image(image: dict[str, Any]) -> Lead:
    """The lead in a stream record's image, which is in DynamoDB's own JSON.

    Read by hand: the model would deserialise everything, and this runs for each lead routed.
    """
    return replay(
        image["pk"]["S"].partition("#")[2],
        image["source"]["S"],
        json.loads(image["fields"]["S"]),
        [change_from_text(record["S"]) for record in image["log"]["L"]],
    )


def lead_to_image(lead: Lead) -> dict[str, Any]:
    """The whole item of a lead in DynamoDB's own JSON, as a stream record has it."""
    stored: dict[str, Any] = {
        "pk": lead_key(lead.lead_id),
        "sk": "lead",
        "kind": "lead",
        "source": lead.source,
        "fields": compact_json(lead.fields),
        **projections(lead),
    }
    image: dict[str, Any] = {
        name: {"N": str(value)} if isinstance(value, int) else {"S": value}
        for name, value in stored.items()
        if value is not None
    }
    return {**image, "log": {"L": [{"S": change_to_text(change)} for change in lead.log]}}


def workload_from_item(item: RepItem) -> Workload:
    """A rep's counters; what is absent is zero."""
    held = item.held.as_dict() if item.held else {}  # type: ignore[no-untyped-call]
    return Workload(
        open=int(item.open or 0),
        load=int(item.load or 0),
        value=int(item.value or 0),
        held={key: int(count) for key, count in held.items()},
        tallies=item.tallies or {},
        paused=bool(item.paused),
        paused_until=item.paused_until or "",
        seq=int(item.seq or 0),
    )


def tie_from_item(item: TieItem | RoutingRead) -> Tie:
    """Whose a person or company is."""
    further = (*(item.earlier or "").split(), *([item.last] if item.last else []))
    return Tie(item.rep or "", item.lead_id or "", from_text(item.until or ""), further)


def further_to_texts(further: Sequence[str]) -> tuple[str | None, str | None]:
    """A tie's further leads as its item says them: the last one, and those before."""
    if not further:
        return None, None
    *earlier, last = further
    return last, " ".join(earlier) or None


def turn_key(turn: int) -> str:
    """The sort key of a ledger entry."""
    return f"turn#{turn:012d}"


def entry_to_item(entry: Entry, attempt: str) -> TurnItem:
    """One entry of a pool's ledger."""
    weightings = (" ".join(map(str, weighting)) for weighting in entry.weightings)
    return TurnItem(
        f"pool#{entry.pool_id}",
        turn_key(entry.rotation.turn),
        kind="turn",
        leads=entry.rotation.leads,
        config_version=entry.config_version,
        at=to_text(entry.at),
        standings=standings_to_text(entry),
        lines=lines_to_text(entry.lines) or None,
        weightings="\n".join(weightings) or None,
        settled=" ".join(entry.settled) or None,
        tallies=entry.tallies or None,
        attempt=attempt,
    )


def entry_from_item(item: TurnItem) -> Entry:
    """What `entry_to_item` wrote."""
    turn = int(item.sk.partition("#")[2])
    standings, held = standings_from_text(item.standings)
    weightings = (item.weightings or "").splitlines()
    return Entry(
        pool_id=item.pk.partition("#")[2],
        rotation=Rotation(turn, int(item.leads), standings),
        config_version=int(item.config_version),
        at=from_text(item.at),
        lines=lines_from_text(item.lines or ""),
        held=held,
        weightings=tuple(tuple(map(int, weights.split())) for weights in weightings),
        settled=tuple((item.settled or "").split()),
        tallies=item.tallies or {},
    )
