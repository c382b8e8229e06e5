"""What lies in quarantine, read anew: as the configuration says now, with a manager's corrections.

The bytes of a submission are kept for 30 days. After that, what was understood of it still counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from shared.domain.leads import Lead
from shared.domain.sources import Hook, Partner, Source
from shared.errors import (
    BodyTooLargeError,
    FieldProblem,
    InvalidFieldsError,
    UnreadableBodyError,
    UnsupportedMediaTypeError,
)
from shared.flows.judging import UNREADABLE, fields_of
from shared.sources.delivery import Delivery, Reported
from shared.sources.names import fold, match_fields
from shared.store import quarantine as quarantine_store


@dataclass(frozen=True, slots=True)
class Held:
    """What a lead in quarantine said, under its sender's names."""

    aliases: Mapping[str, list[str]]
    reported: Reported | None = None  # None: it still cannot be read
    unreadable: str = ""  # why
    delivery: Delivery | None = None  # what it came in; None: not kept any more
    # Further leads in it by their part, which nobody has captured: it was unreadable as a whole.
    others: Mapping[int, Reported] = field(default_factory=dict)


def held_in(source: Source, lead: Lead, now: datetime) -> Held:
    """Read what a lead in quarantine said, as its source is configured now."""
    aliases = _aliases_of(source)
    raw = quarantine_store.raw_of(lead.lead_id)
    if raw is None or raw.expires_at <= now:
        return _understood(lead, aliases)
    headers = {"content-type": raw.content_type} if raw.content_type else {}
    delivery = Delivery(raw.body, lead.created_at, headers=headers)
    try:
        reports = _read(source, delivery)
        reported = reports[raw.part]
    except (UnreadableBodyError, UnsupportedMediaTypeError, BodyTooLargeError) as error:
        return Held(aliases, unreadable=str(error), delivery=delivery)
    except IndexError:
        return Held(aliases, unreadable="it holds no such lead", delivery=delivery)
    if reported.fetch and lead.fields:
        # Its platform was asked already, and what it said is in the lead.
        reported = Reported(_said_of(lead.fields), reported.external_id, reported.test)
    others: dict[int, Reported] = {}
    # One of several that could not be read is held by itself; what stands for all counts as one.
    if was_unreadable(lead) and raw.leads == 1:
        others = {part: other for part, other in enumerate(reports) if part != raw.part}
    if reported.unreadable:
        return Held(aliases, unreadable=reported.unreadable, delivery=delivery, others=others)
    return Held(aliases, reported, delivery=delivery, others=others)


def was_unreadable(lead: Lead) -> bool:
    """Whether its door could not read it, and so knows it by its bytes alone."""
    return (lead.log[0].reason or "").startswith(UNREADABLE)


def _read(source: Source, delivery: Delivery) -> list[Reported]:
    """The leads in a delivery, as its door reads them. Each door loads when it is needed."""
    match source:
        case Hook():
            from shared.flows.doors.hook import read_reports

            return read_reports(source, delivery)
        case Partner():
            from shared.flows.doors.partner import read_report, steering_apart

            reported, _ = steering_apart(read_report(source, delivery), source)
            return [reported]
        case _:
            from shared.sources.flat import read_flat

            return [read_flat(delivery.content_type, delivery.body)]


def _aliases_of(source: Source) -> Mapping[str, list[str]]:
    match source:
        case Hook():
            from shared.flows.doors import hook

            return hook.aliases_of(source)
        case Partner():
            from shared.flows.doors import partner

            return partner.aliases_of(source)
        case _:
            return source.aliases


def _understood(lead: Lead, aliases: Mapping[str, list[str]]) -> Held:
    if lead.fields:
        return Held(aliases, Reported(_said_of(lead.fields)))
    return Held(aliases, unreadable="what was sent is not kept any more")


def _said_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """A lead's fields as somebody would send them."""
    own = {name: value for name, value in fields.items() if name != "extra"}
    texts = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in own.items()
    }
    return {**fields.get("extra", {}), **texts}


def corrected(source: Source, held: Held, corrections: Mapping[str, str]) -> Reported:
    """What was said, with a manager's corrections in place of all that meant the same fields.

    The others in its delivery are stored by then: nobody is told to invent a lead for their sake.
    InvalidFieldsError: nothing could be read, and nothing was given.
    """
    if held.reported is None and not corrections:
        advice = "give the fields"
        if held.others:
            advice = (
                f"the {len(held.others)} others in its delivery are stored; give the fields of this"
                " one, or discard it"
            )
        raise InvalidFieldsError(
            [
                FieldProblem("(body)", f"cannot be read ({held.unreadable}); {advice}"),
                *_needed(source, held.aliases),
            ]
        )
    reported = held.reported or Reported({})
    meant = {_meaning(name, held.aliases) for name in corrections}
    kept = {
        name: text
        for name, text in reported.said.items()
        if _meaning(name, held.aliases) not in meant
    }
    said = {**corrections, **kept}
    return replace(reported, said=said, numbers=reported.numbers & kept.keys())


def _needed(source: Source, aliases: Mapping[str, list[str]]) -> list[FieldProblem]:
    """What every lead of this source must have."""
    try:
        fields_of(source, Reported({}), aliases)
    except InvalidFieldsError as error:
        return error.problems
    return []


def _meaning(name: str, aliases: Mapping[str, list[str]]) -> str:
    """The field that a name stands for, however it is written."""
    own, others = match_fields({name: "x"}, aliases)
    return fold(next(iter({**own, **others})))
