"""Returns: a partner takes a bad lead back, and a manager says whether that is so."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.desk.app import app
from functions.desk.asked import Members, asked_for, lead_id_in, shown
from functions.desk.guard import guarded
from shared.domain.access import Right
from shared.domain.config import ActiveConfig
from shared.domain.moments import to_text
from shared.domain.money import to_text as amount
from shared.domain.returns import Return, return_answer
from shared.errors import (
    FieldProblem,
    ForbiddenError,
    InvalidFieldsError,
    LeadwheelError,
    UnauthorisedError,
)
from shared.flows.callers import Caller
from shared.http import body_bytes, delivery_of, endpoint, json_answer, problem_of
from shared.sources.delivery import Delivery
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import returns as return_store
from shared.surroundings import real
from shared.telemetry import count

LISTED_AT_ONCE = 100
MAX_NOTE = 500  # characters

REFUSAL: Members = {"reason": (str, "text")}


# ── Partners ─────────────────────────────────────────────────────────────────────────────────────


@endpoint(app, "/v1/partners/<partner_id>/leads/<lead_id>/returns", "POST", "GET")
def partner_return(partner_id: str, lead_id: str) -> Response[str]:
    """POST takes a lead back, or asks for it; GET says how that stands."""
    try:
        delivery = delivery_of(app.current_event, real().now())
        active = config_store.active()
        _require_partner(active, partner_id, delivery)
        lead_id = lead_id_in(lead_id)
        if delivery.method == "POST":
            reason, note = _said(delivery)
            standing = _flow().request_return(active, partner_id, lead_id, reason, note, real())
        else:
            standing = _flow().return_of(partner_id, lead_id)
    except LeadwheelError as error:
        return problem_of(error, outcome="error")
    return json_answer(asdict(return_answer(standing)))


def _require_partner(active: ActiveConfig, partner_id: str, delivery: Delivery) -> None:
    """UnauthorisedError, ForbiddenError: not with a key for returns; that somebody tried counts."""
    from shared.flows.doors.verifying import require_partner  # reps and managers do not need it

    partner = active.config.partners.get(partner_id)
    try:
        require_partner(partner_id, partner, delivery, "returns")
    except (UnauthorisedError, ForbiddenError):
        if partner:
            count("RefusedSenders", source=f"partner#{partner_id}")
        raise


def _said(delivery: Delivery) -> tuple[str, str | None]:
    """Why the lead is returned, as the list may name it, and the partner's own words to it.

    InvalidFieldsError: the body says something else as well, or too much.
    """
    from shared.sources.body import read_body
    from shared.sources.names import fold

    content_type = delivery.content_type or "application/json"
    body = read_body(content_type, delivery.body) if delivery.body.strip() else {}
    said = {fold(name): text.strip() for name, text in body.items()}
    problems = [
        FieldProblem(shown(name), "is not known; there are: reason, note")
        for name in body
        if fold(name) not in ("reason", "note")
    ]
    if len(said.get("note", "")) > MAX_NOTE:
        problems.append(FieldProblem("note", f"must not be longer than {MAX_NOTE} characters"))
    if problems:
        raise InvalidFieldsError(problems)
    return said.get("reason", "").lower(), said.get("note") or None


# ── Managers ─────────────────────────────────────────────────────────────────────────────────────


@guarded("/v1/returns", GET=Right.SEE_RETURNS)
def waiting_returns(caller: Caller) -> Response[str]:
    """The returns that wait for somebody to decide, oldest first."""
    waiting, more = return_store.waiting(LISTED_AT_ONCE)
    if not caller.may_all:
        leads = lead_store.get_many(standing.lead_id for standing in waiting)
        theirs = {lead.lead_id for lead in leads if caller.sees(lead)}
        waiting = [standing for standing in waiting if standing.lead_id in theirs]
    return json_answer({"returns": [_view(standing) for standing in waiting], "more": more})


@guarded("/v1/leads/<lead_id>/approve-return", POST=Right.DECIDE_RETURN)
def approve_return(caller: Caller, lead_id: str) -> Response[str]:
    """Take the lead back, as its partner asked."""
    lead_id = lead_id_in(lead_id)
    caller.require_lead(lead_id)
    return json_answer(_view(_flow().approve_return(lead_id, real(), by=caller.who)))


@guarded("/v1/leads/<lead_id>/refuse-return", POST=Right.DECIDE_RETURN)
def refuse_return(caller: Caller, lead_id: str) -> Response[str]:
    """Keep the lead; its partner hears why."""
    why = asked_for(body_bytes(app.current_event), REFUSAL).get("reason")
    lead_id = lead_id_in(lead_id)
    caller.require_lead(lead_id)
    return json_answer(_view(_flow().refuse_return(lead_id, why, real(), by=caller.who)))


def _view(standing: Return) -> dict[str, Any]:
    """A return as managers see it."""
    return {
        "lead_id": standing.lead_id,
        "partner_id": standing.partner,
        "status": standing.state,
        "reason": standing.reason,
        "note": standing.note,
        "at": to_text(standing.at),
        "price": amount(standing.sale.price),
        "currency": standing.sale.currency,
        "decided_at": to_text(standing.decided_at) if standing.decided_at else None,
        "by": standing.by,
        "why": standing.why,
    }


def _flow() -> Any:
    """The use case, loaded with the first return: few of the desk's visitors come for one."""
    from shared.flows import return_lead

    return return_lead
