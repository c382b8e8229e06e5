"""What the API shows of leads, as plain JSON."""

import base64
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.domain.access import Sight
from shared.domain.leads import OPEN_STATUSES, WAITING, Change, Lead, Status, Step
from shared.domain.moments import to_text
from shared.domain.money import to_text as amount
from shared.domain.response import response_of
from shared.errors import NotFoundError
from shared.messages.card import masked_card
from shared.messages.display import headline
from shared.messages.journey import sentence
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import quarantine as quarantine_store
from shared.store.capturing import Raw

LISTED_AT_ONCE = 100
HELD = frozenset({Step.QUARANTINED, Step.ANNOUNCED})
NAME = 80


SightOf = Callable[[Lead], Sight]


def one_lead(lead_id: str, now: datetime, sight_of: SightOf) -> dict[str, Any]:
    """A lead as its reader sees it; with what was sent, when it lies in quarantine.

    NotFoundError: no lead.
    """
    lead = lead_store.get(lead_id)
    if lead.status is not Status.QUARANTINED:
        return {**lead_view(lead, sight_of(lead)), "response": _response(lead, now)}
    return held_view(lead, _kept(lead, now))


def _response(lead: Lead, now: datetime) -> dict[str, Any]:
    """How long the person has waited for us, on the clock of the lead's pool."""
    response = response_of(config_store.active().config, lead, now)
    return {
        "seconds": response.seconds,
        "accepted_after": response.accepted_after,
        "contacted_after": response.contacted_after,
        "breached_at": to_text(response.breached_at) if response.breached_at else None,
    }


def held(lead_id: str, now: datetime) -> tuple[Lead, Raw | None]:
    """A lead that lies in quarantine or did, and the body as it came; None once that is deleted.

    NotFoundError: there is no such lead, or it was never held.
    """
    lead = lead_store.get(lead_id)
    if not any(change.step in HELD for change in lead.log):
        raise NotFoundError(f"lead {lead_id} was never in quarantine")
    return lead, _kept(lead, now)


def _kept(lead: Lead, now: datetime) -> Raw | None:
    """What is deleted late is over all the same."""
    kept = quarantine_store.raw_of(lead.lead_id)
    return kept if kept and now < kept.expires_at else None


def held_view(lead: Lead, kept: Raw | None) -> dict[str, Any]:
    """A lead in full, with why it was held and what was sent."""
    return {**lead_view(lead), "quarantine": _quarantine(lead, kept) if kept else None}


def _quarantine(lead: Lead, kept: Raw) -> dict[str, Any]:
    try:
        raw = {"raw": kept.body.decode()}
    except UnicodeDecodeError:
        raw = {"raw_base64": base64.b64encode(kept.body).decode()}
    return {
        "reason": why_held(lead),
        "content_type": kept.content_type,
        "part": kept.part + 1,
        **raw,
        "expires_at": to_text(kept.expires_at),
    }


def why_held(lead: Lead) -> str | None:
    """Why a lead came into quarantine, the last time it did."""
    return next((change.reason for change in reversed(lead.log) if change.step in HELD), None)


def lead_view(lead: Lead, sight: Sight = Sight.FULL) -> dict[str, Any]:
    """A lead with its fields, deadlines and history, as far as its reader sees them."""
    if sight is Sight.BRIEF:
        return _in_brief(lead)
    if sight is Sight.MASKED:
        return _masked_view(lead)
    return {
        "lead_id": lead.lead_id,
        "status": lead.status,
        "owner": lead.owner,
        "assignment": lead.assignment,
        "pool": lead.pool,
        "source": lead.source,
        "created_at": to_text(lead.created_at),
        "masked": False,
        "fields": dict(lead.fields),
        "warnings": warnings_of(lead),
        "sale": sale_of(lead),
        "won": won_of(lead),
        "first": _first(lead),
        "score": _score(lead),
        "since": to_text(lead.since) if lead.since and lead.status in WAITING else None,
        "offered": list(lead.offered),
        "deadlines": _deadlines(lead),
        "protection": _protection(lead),
        "due_at": to_text(lead.due_at) if lead.due_at else None,
        "history": [_record(n, change, lead) for n, change in enumerate(lead.log, 1)],
    }


def _in_brief(lead: Lead) -> dict[str, Any]:
    """How a lead stands: nothing of the person, nor who has it."""
    return {
        "lead_id": lead.lead_id,
        "status": lead.status,
        "assignment": lead.assignment,
        "pool": lead.pool,
        "source": lead.source,
        "created_at": to_text(lead.created_at),
    }


_ON_A_CARD = ("name", "company", "email", "phone", "place", "product")


def _masked_view(lead: Lead) -> dict[str, Any]:
    """As the page has it before the lead is accepted: a card without how to reach the person."""
    shown = masked_card(lead)
    fields = {name: text for name in _ON_A_CARD if (text := getattr(shown, name))}
    wordless = replace(lead, fields={}, log=tuple(replace(one, reason=None) for one in lead.log))
    return {**lead_view(wordless), "masked": True, "fields": fields}


def lead_in_short(lead: Lead, sight: Sight = Sight.FULL) -> dict[str, Any]:
    """A lead as lists show it: of a hundred with all their texts no answer could hold all."""
    if sight is Sight.BRIEF:
        return _in_brief(lead)
    called = (lead.fields.get(field) for field in ("name", "email", "phone"))
    name = masked_card(lead).name if sight is Sight.MASKED else next(filter(None, called), "")
    return {
        "lead_id": lead.lead_id,
        "status": lead.status,
        "owner": lead.owner,
        "assignment": lead.assignment,
        "pool": lead.pool,
        "source": lead.source,
        "name": headline(name, NAME) or None,
        "created_at": to_text(lead.created_at),
        "due_at": to_text(lead.due_at) if lead.due_at else None,
        "reason": _why_nobody_has_it(lead),
    }


def _why_nobody_has_it(lead: Lead) -> str | None:
    """Why the lead waits, or goes to nobody; None of every other lead."""
    match lead.status:
        case Status.DUPLICATE:
            return f"duplicate: the same person came before, as lead {_first(lead)}"
        case Status.PARKED:
            return lead.latest(Step.PARKED).reason
        case Status.OPEN:
            many = len(lead.offered)
            return f"open: it is offered to {many} reps" if many else "open: anybody may claim it"
        case Status.QUARANTINED | Status.REJECTED:
            return lead.log[-1].reason
        case _:
            return None


def warnings_of(lead: Lead) -> list[str]:
    """What a person should know of a lead that was let in all the same."""
    let_in = (Step.CAPTURED, Step.RELEASED)
    return [change.reason for change in lead.log if change.step in let_in and change.reason]


def sale_of(lead: Lead) -> dict[str, str] | None:
    """What its seller gets for the lead, as decimal text."""
    sale = lead.sale
    return {"price": amount(sale.price), "currency": sale.currency} if sale else None


def won_of(lead: Lead) -> dict[str, str] | None:
    """What a lead that is won is worth, as decimal text."""
    won = lead.won
    return {"value": amount(won.amount), "currency": won.currency} if won else None


def _score(lead: Lead) -> str | None:
    """What the lead scored when it was last decided about, as decimal text."""
    return next((change.score for change in reversed(lead.log) if change.score), None)


def _first(lead: Lead) -> str | None:
    """Of a duplicate, the lead of the same person that came before."""
    return lead.log[-1].first


def became_of(lead: Lead, rep_id: str, assignment: int) -> tuple[str, str]:
    """How the rep's assignment ended, and where the lead is now: codes of `pages.gone_page`.

    For a lead that the rep does not own by that assignment.
    """
    return _how_it_ended(lead, rep_id, assignment), _where_it_is(lead, rep_id)


def _how_it_ended(lead: Lead, rep_id: str, assignment: int) -> str:
    number, given_to = 0, None
    for change in lead.log:
        if change.step in (Step.ASSIGNED, Step.CLAIMED):
            number, given_to = number + 1, change.rep
        if number != assignment:
            continue
        if given_to != rep_id:
            return "faster" if change.step is Step.CLAIMED else ""
        if change.step in _ENDS:
            return change.step
    return ""


_ENDS = frozenset({Step.DECLINED, Step.RECLAIMED, Step.LAPSED, Step.UNASSIGNED, Step.REROUTED})


def _where_it_is(lead: Lead, rep_id: str) -> str:
    if lead.owner:
        return "again" if lead.owner == rep_id else "colleague"
    if lead.status is Status.PARKED:
        return "parked" if lead.latest(Step.PARKED).retry else "manager"
    return _WHERE.get(lead.status or Status.NEW, "routing")


_WHERE = {Status.OPEN: "open", Status.LOST: "closed", Status.ERASED: "closed"}


def _deadlines(lead: Lead) -> list[dict[str, Any]]:
    """What happens, or has happened, to a lead of which its owner has still not done enough."""
    return [
        {"action": deadline.action, "at": to_text(at), "if": deadline.if_still}
        for deadline, at in lead.stages
    ]


def _protection(lead: Lead) -> dict[str, Any] | None:
    """Until when the lead stays with its owner; None: nothing ends that, or it is not accepted."""
    protection, until = lead.hold.protection, lead.hold.protected_until
    if lead.status not in OPEN_STATUSES or protection is None or until is None:
        return None
    at_most = lead.hold.hard_end(lead.assigned_at or until)
    return {
        "until": to_text(until),
        "at_most": to_text(at_most or until),
        "then": protection.then,
    }


def _record(number: int, change: Change, lead: Lead) -> dict[str, Any]:
    return {
        "n": number,
        "step": change.step,
        "at": to_text(change.at),
        "rep": change.rep,
        "pool": change.pool,
        "rule": change.rule,
        "turn": change.turn,
        "reason": change.reason,
        "by": change.by,
        "to": change.to,
        "over": list(change.over),
        "offered": list(change.offered),
        "until": to_text(change.until) if change.until else None,
        "names": list(change.names),
        "sentence": sentence(change, lead),
    }


def leads_in(
    *places: str,
    sees: Callable[[Lead], bool] = lambda _: True,
    sight_of: SightOf = lambda _: Sight.FULL,
) -> dict[str, Any]:
    """The leads that lie in these places, in short, oldest first in each.

    At most 100 altogether; `more` says whether there are more. Only those that the reader `sees`.
    """
    ids: list[str] = []
    for place in places:
        ids += lead_store.in_place(place, LISTED_AT_ONCE + 1 - len(ids))
        if len(ids) > LISTED_AT_ONCE:
            break
    leads = lead_store.get_many(ids[:LISTED_AT_ONCE])
    # The index lags: who has moved on meanwhile is not shown where it no longer is.
    there = [lead for lead in leads if lead.place in places and sees(lead)]
    shown = [lead_in_short(lead, sight_of(lead)) for lead in there]
    return {"leads": shown, "more": len(ids) > LISTED_AT_ONCE}


def quarantine() -> dict[str, Any]:
    """The leads in quarantine: those for a manager, then those that platforms are asked for."""
    return leads_in("quarantine", "announced")


def parked(pools: Collection[str]) -> dict[str, Any]:
    """The leads of these pools that wait: those for a manager, then those for a rep to be free."""
    return leads_in(*(f"{queue}#{pool}" for queue in ("stuck", "parked") for pool in pools))
