"""The desk: the pages behind alerts' links, and the API for reps and managers."""

import json
from typing import Any

from aws_lambda_powertools.event_handler import Response

from shared.domain.leads import Lead, Status, Step
from shared.errors import (
    ConflictError,
    FieldProblem,
    IllegalTransitionError,
    InvalidFieldsError,
    NotFoundError,
    NotYoursError,
)
from shared.flows import show
from shared.flows.work_lead import work_lead
from shared.http import application, endpoint, html_answer, json_answer
from shared.links import AcceptLink, link_keys, read
from shared.messages import pages
from shared.settings import setting
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from shared.surroundings import now, real

MAX_REASON = 500

STEPS = {
    "accept": Step.ACCEPTED,
    "decline": Step.DECLINED,
    "contact": Step.CONTACTED,
    "convert": Step.CONVERTED,
    "lose": Step.LOST,
}

app = application()


# ── The page behind an alert's link ──────────────────────────────────────────────────────────────


@endpoint(app, "/a/<token>", "GET", "POST")
def accept_link(token: str) -> Response[str]:
    """GET shows the lead and a button and changes nothing, whoever fetches it; POST accepts."""
    try:
        link = read(token, link_keys())
        lead = lead_store.get(link.lead_id)
    except NotFoundError:
        return html_answer(pages.bad_link_page(), 404)
    if link.expires_at <= now():
        return _gone(lead, "This link has expired.")
    if app.current_event.http_method == "POST":
        return _accept(link, lead)
    return _show(link, lead)


def _show(link: AcceptLink, lead: Lead) -> Response[str]:
    if not _still_theirs(link, lead):
        return _gone(lead, _who_has_it(lead))
    rep = config_store.active().config.reps.get(link.rep)
    if rep is None:
        return _gone(lead, "You are no longer in the team's configuration.")
    if lead.status is not Status.ASSIGNED:
        return html_answer(pages.accepted_page(lead, rep))
    until = show.protected_until(lead)
    action = app.current_event.raw_path.rpartition("/")[2]
    return html_answer(pages.accept_page(lead, rep, until=until, action_url=action))


def _accept(link: AcceptLink, lead: Lead) -> Response[str]:
    try:
        lead = work_lead(
            link.lead_id, Step.ACCEPTED, real(), rep=link.rep, assignment=link.assignment, by="link"
        )
    except NotYoursError:
        return _gone(lead_store.get(link.lead_id), _who_has_it(lead_store.get(link.lead_id)))
    except IllegalTransitionError:  # theirs, and further on than accepted already
        lead = lead_store.get(link.lead_id)
    except ConflictError:
        return _show(link, lead_store.get(link.lead_id))
    return _show(link, lead)


def _still_theirs(link: AcceptLink, lead: Lead) -> bool:
    return lead.owner == link.rep and lead.assignment == link.assignment


def _who_has_it(lead: Lead) -> str:
    if lead.owner:
        return "The lead was not taken up in time and has gone to a colleague."
    return "The lead was not taken up in time and is being given to a colleague."


def _gone(lead: Lead, status_sentence: str) -> Response[str]:
    ask = config_store.active().config.manager_of(lead.pool)
    return html_answer(pages.gone_page(ask=ask, status_sentence=status_sentence), 409)


# ── Leads ────────────────────────────────────────────────────────────────────────────────────────


@endpoint(app, "/v1/leads/<lead_id>", "GET", admin=True)
def one_lead(lead_id: str) -> Response[str]:
    """A lead, with its history."""
    return json_answer(show.lead_view(lead_store.get(lead_id)))


@endpoint(app, "/v1/leads/<lead_id>/decision", "GET", admin=True)
def decision(lead_id: str) -> Response[str]:
    """Why this rep got it."""
    return json_answer(show.decision_view(lead_id))


@endpoint(app, "/v1/leads/<lead_id>/<action>", "POST", admin=True)
def act(lead_id: str, action: str) -> Response[str]:
    """Accept, decline, contact, convert or lose a lead for its owner."""
    if action not in STEPS:
        raise NotFoundError(f"leads have no action {action!r}; there are: {', '.join(STEPS)}")
    body = _json_body()
    lead = work_lead(
        lead_id,
        STEPS[action],
        real(),
        rep=body.get("rep_id"),
        assignment=body.get("assignment"),
        reason=body.get("reason"),
        by="api",
    )
    return json_answer(show.lead_view(lead))


def _json_body() -> dict[str, Any]:
    """The optional body of an action: rep_id, assignment, reason."""
    text = app.current_event.decoded_body
    if not text:
        return {}
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise InvalidFieldsError([FieldProblem("(body)", "send a JSON object, or nothing")])
    problems = [
        FieldProblem(name, f"must be {kind.__name__}")
        for name, kind in (("rep_id", str), ("assignment", int), ("reason", str))
        if body.get(name) is not None and type(body[name]) is not kind
    ]
    if not problems and len(body.get("reason") or "") > MAX_REASON:
        problems = [FieldProblem("reason", f"at most {MAX_REASON} characters")]
    if problems:
        raise InvalidFieldsError(problems)
    return body


# ── Reps, pools, queues ──────────────────────────────────────────────────────────────────────────


@endpoint(app, "/v1/reps/<rep_id>/leads", "GET", admin=True)
def rep_leads(rep_id: str) -> Response[str]:
    """The open leads of a rep, longest held first."""
    _known_rep(rep_id)
    return json_answer(show.leads_in(f"rep#{rep_id}"))


@endpoint(app, "/v1/reps/<rep_id>/<action>", "POST", admin=True)
def pause_or_resume(rep_id: str, action: str) -> Response[str]:
    """Take a rep out of the rotation for a while, or put them back."""
    if action not in ("pause", "resume"):
        raise NotFoundError(f"reps have no action {action!r}; there are: pause, resume")
    _known_rep(rep_id)
    routing_store.set_paused(rep_id, paused=action == "pause", now=now())
    return json_answer({"rep_id": rep_id, "paused": action == "pause"})


def _known_rep(rep_id: str) -> None:
    if rep_id not in config_store.active().config.reps:
        raise NotFoundError(f"there is no rep {rep_id!r}")


@endpoint(app, "/v1/pools/<pool_id>/rotation", "GET", admin=True)
def rotation(pool_id: str) -> Response[str]:
    """What each member of a pool is owed."""
    return json_answer(show.rotation_view(pool_id, now()))


@endpoint(app, "/v1/parked", "GET", admin=True)
def parked() -> Response[str]:
    """The leads that wait, and why."""
    return json_answer(show.parked())


@endpoint(app, "/v1/quarantine", "GET", admin=True)
def quarantine() -> Response[str]:
    """The submissions that could not be read or trusted."""
    return json_answer(show.leads_in("quarantine"))


@endpoint(app, "/openapi.json", "GET")
def specification() -> Response[str]:
    """What the API takes and answers."""
    from shared.openapi import document  # read by people and tools, not on the way of a lead

    return json_answer(document(setting("PUBLIC_URL")))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """API Gateway (payload 2.0) → the desk."""
    return app.resolve(event, context)
