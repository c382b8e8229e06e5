"""What people do with leads by hand: claim, assign, release, and tell more about them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.desk.asked import (
    Members,
    asked_for,
    lead_id_in,
    lead_ids_in,
    raw_body,
    required,
    shown,
)
from functions.desk.guard import guarded
from shared.domain.access import Right
from shared.domain.leads import Lead
from shared.errors import (
    FieldProblem,
    InvalidFieldsError,
    LeadwheelError,
    StoreBusyError,
    UnreadableBodyError,
)
from shared.flows import show
from shared.flows.callers import Caller
from shared.http import json_answer, problem_in_list
from shared.store import config as config_store
from shared.surroundings import real

# Each use case loads when it is asked for: reps, who wait for their pages, do not pay for it.

MOST_FIELDS = 100
# Of a request about many leads. What is left then is to be sent again: better than no answer.
TIME_FOR_ALL = timedelta(seconds=9)

REP: Members = {"rep_id": (str, "text")}
REASON: Members = {"reason": (str, "text")}
LEADS: Members = {"lead_ids": (list, "a list of ids")}
ASSIGN: Members = {
    **REP,
    **REASON,
    "pool_id": (str, "text"),
    "owner": (str, "text"),
    "override": (bool, "true or false"),
}
RELEASE: Members = {**REP, **REASON, "assignment": (int, "a whole number")}
FIELDS: Members = {"fields": (dict, "an object of fields and what they are")}


# ── Claims ───────────────────────────────────────────────────────────────────────────────────────


@guarded("/v1/leads/<lead_id>/claim", POST=Right.CLAIM_LEAD)
def claim(caller: Caller, lead_id: str) -> Response[str]:
    """Claim an open lead for a rep, or accept for them what was offered to several."""
    from shared.flows.claim_lead import claim_lead

    rep_id = caller.rep_for(_body(REP).get("rep_id"))
    lead_id = lead_id_in(lead_id)
    caller.require_lead(lead_id, rep_id)
    caller.prepare()
    return _answer(caller, claim_lead(lead_id, rep_id, real(), by=caller.who))


@guarded("/v1/pools/<pool_id>/claim", POST=Right.CLAIM_UNSEEN)
def claim_unseen(caller: Caller, pool_id: str) -> Response[str]:
    """Claim the oldest open lead of a pool that the rep may take."""
    from shared.flows.claim_lead import claim_next

    rep_id = caller.rep_for(_body(REP).get("rep_id"))
    caller.require_pool(pool_id, rep_id)
    caller.prepare()
    return _answer(caller, claim_next(pool_id, rep_id, real(), by=caller.who))


# ── Assignments ──────────────────────────────────────────────────────────────────────────────────


@guarded("/v1/leads/assign", POST=Right.ASSIGN_LEAD)
def assign_several(caller: Caller, **_: str) -> Response[str]:
    """Give leads to a rep; without one, let routing give them anew."""
    body = _body({**LEADS, **ASSIGN})
    _require_known(caller, body)
    if body.get("rep_id") is not None:
        return _of_each(caller, lead_ids_in(body), lambda lead_id: _assigned(caller, lead_id, body))
    if body.get("override"):
        problem = "is for a rep whom you name; routing keeps to every limit"
        raise InvalidFieldsError([FieldProblem("override", problem)])
    return _of_each(caller, lead_ids_in(body), lambda lead_id: _rerouted(caller, lead_id, body))


@guarded("/v1/leads/<lead_id>/assign", POST=Right.ASSIGN_LEAD)
def assign(caller: Caller, lead_id: str) -> Response[str]:
    """Give a lead to a rep, also from somebody else."""
    body = _body(ASSIGN)
    required(body, "rep_id")
    caller.require_named(rep_id=body["rep_id"], pool_id=body.get("pool_id"))
    return _answer(caller, _assigned(caller, lead_id_in(lead_id), body))


def _require_known(caller: Caller, body: dict[str, Any]) -> None:
    """What is wrong for every lead alike is wrong with the request."""
    from shared.flows.by_hand import require_pool, require_rep

    caller.require_named(rep_id=body.get("rep_id"), pool_id=body.get("pool_id"))
    config = config_store.active().config
    if body.get("rep_id") is not None:
        require_rep(config, body["rep_id"])
    require_pool(config, body.get("pool_id"))


def _assigned(caller: Caller, lead_id: str, body: dict[str, Any]) -> Lead:
    from shared.flows.assign_lead import Assigning, assign_lead

    caller.require_lead(lead_id)
    caller.prepare()
    wanted = Assigning(
        rep_id=body["rep_id"],
        by=caller.who,
        pool_id=body.get("pool_id"),
        owner=body.get("owner"),
        override=bool(body.get("override")),
        reason=body.get("reason"),
    )
    return assign_lead(lead_id, wanted, real())


def _rerouted(caller: Caller, lead_id: str, body: dict[str, Any]) -> Lead:
    from shared.flows.unassign_lead import reroute_lead

    caller.require_lead(lead_id)
    caller.prepare()
    return reroute_lead(
        lead_id,
        real(),
        by=caller.who,
        owner=body.get("owner"),
        pool_id=body.get("pool_id"),
        reason=body.get("reason"),
    )


# ── Back to routing ──────────────────────────────────────────────────────────────────────────────


@guarded("/v1/leads/release", POST=Right.WORK_LEAD)
def release_several(caller: Caller, **_: str) -> Response[str]:
    """Take leads from their owners; routing gives them to others."""
    body = _body({**LEADS, **REP, **REASON})
    return _of_each(caller, lead_ids_in(body), lambda lead_id: _released(caller, lead_id, body))


@guarded("/v1/leads/<lead_id>/release", POST=Right.WORK_LEAD)
def release(caller: Caller, lead_id: str) -> Response[str]:
    """Take a lead from its owner; routing gives it to somebody else."""
    return _answer(caller, _released(caller, lead_id_in(lead_id), _body(RELEASE)))


def _released(caller: Caller, lead_id: str, body: dict[str, Any]) -> Lead:
    from shared.flows.unassign_lead import unassign_lead

    rep_id = caller.require_lead(lead_id, body.get("rep_id"))
    caller.prepare()
    return unassign_lead(
        lead_id,
        real(),
        by=caller.who,
        rep=rep_id,
        assignment=body.get("assignment"),
        reason=body.get("reason"),
    )


# ── What is learnt later ─────────────────────────────────────────────────────────────────────────


def enrich(caller: Caller, lead_id: str) -> Response[str]:
    """Merge fields into a lead's; PATCH of the lead's own path."""
    from shared.flows.enrich_lead import enrich_lead

    lead_id = lead_id_in(lead_id)
    rep_id = caller.require_lead(lead_id)
    caller.prepare()
    lead = enrich_lead(lead_id, _texts_in(raw_body()), real(), by=caller.who, rep=rep_id)
    return _answer(caller, lead)


def _texts_in(raw: bytes) -> dict[str, str]:
    """The fields as texts, read as a form's JSON is; null and an empty text take a field away."""
    from shared.sources.json_object import json_value, plain_text
    from shared.sources.text import decode

    body = asked_for(raw, FIELDS)
    if body.get("fields") is None:
        required({}, "fields")
    if len(body["fields"]) > MOST_FIELDS:
        raise InvalidFieldsError([FieldProblem("fields", f"must not be more than {MOST_FIELDS}")])
    try:
        # Once more, with every number in its own digits.
        fields = json_value(decode(raw, "utf-8"))["fields"]
        return {name: plain_text(value) for name, value in fields.items()}
    except UnreadableBodyError as error:
        raise InvalidFieldsError([FieldProblem("fields", str(error))]) from error


# ── Bodies and answers ───────────────────────────────────────────────────────────────────────────


def _body(members: Members) -> dict[str, Any]:
    return asked_for(raw_body(), members)


def _answer(caller: Caller, lead: Lead) -> Response[str]:
    return json_answer(show.lead_view(lead, caller.sight_of(lead)))


def _of_each(caller: Caller, lead_ids: list[str], action: Callable[[str], Lead]) -> Response[str]:
    """One result per lead, in the order asked; what is wrong with one does not stop the others."""
    around = real()
    ends = around.now() + TIME_FOR_ALL
    results: list[dict[str, Any]] = []
    for lead_id in lead_ids:
        try:
            if around.now() > ends:
                raise StoreBusyError("there was no time left for this one; send it again")
            lead = action(lead_id_in(lead_id))
        except LeadwheelError as error:
            problem = problem_in_list(error)
            results.append({"lead_id": shown(lead_id), "ok": False, "problem": problem})
        else:
            short = show.lead_in_short(lead, caller.sight_of(lead))
            results.append({"lead_id": lead_id, "ok": True, "lead": short})
    done = sum(result["ok"] for result in results)
    return json_answer({"results": results, "done": done, "failed": len(results) - done})
