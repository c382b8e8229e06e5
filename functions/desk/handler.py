"""The desk: the pages behind alerts' links, and the API for reps and managers."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aws_lambda_powertools.event_handler import Response

# Their paths come before ours.
import functions.desk.deliveries
import functions.desk.hands
import functions.desk.mail
import functions.desk.my_leads
import functions.desk.my_push
import functions.desk.open_pools
import functions.desk.partners
import functions.desk.people
import functions.desk.quarantine
import functions.desk.returns
import functions.desk.sign_in
import functions.desk.specs  # noqa: F401
from functions import loaded
from functions.desk.app import app
from functions.desk.asked import Members, asked_for, lead_id_in, required, until_in, won_in
from functions.desk.guard import guarded
from functions.desk.hands import enrich
from functions.desk.visitors import (
    browsers_language,
    page_for_anybody,
    posting_back,
    pressed_on,
    problem_page_of,
)
from shared.domain.access import Right
from shared.domain.config import Config, Rep
from shared.domain.leads import Lead, Status, Step
from shared.domain.mine import is_masked
from shared.domain.moments import to_text
from shared.errors import (
    ConflictError,
    IllegalTransitionError,
    ImpossibleForRepError,
    LeadwheelError,
    NotFoundError,
    NotYoursError,
)
from shared.flows import show
from shared.flows.callers import Caller
from shared.flows.pause_rep import pause_rep
from shared.flows.work_lead import accept_lead, work_lead
from shared.http import body_bytes, endpoint, html_answer, json_answer
from shared.links import AcceptLink, link_keys, read
from shared.messages import pages
from shared.settings import setting
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.surroundings import now, real

REP_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

STEPS = {
    "accept": Step.ACCEPTED,
    "decline": Step.DECLINED,
    "attempt": Step.ATTEMPTED,
    "contact": Step.CONTACTED,
    "note": Step.NOTED,
    "snooze": Step.SNOOZED,
    "convert": Step.CONVERTED,
    "lose": Step.LOST,
}

MEMBERS: Members = {
    "rep_id": (str, "text"),
    "assignment": (int, "a whole number"),
    "reason": (str, "text"),
}
# What some actions take besides.
MORE: Mapping[str, Members] = {
    "snooze": {"until": (str, "text: a date or a moment")},
    "convert": {"value": (str, "decimal text, as 1250.00"), "currency": (str, "three letters")},
}
REQUIRED = {"snooze": ("until",), "note": ("reason",)}
SHOWN_WITHIN = 60  # seconds before its button is pressed: a page's configuration is good so long
PAUSE: Members = {"until": (str, "text: a date or a moment")}


# ── The page behind an alert's link ──────────────────────────────────────────────────────────────


@endpoint(app, "/a/<token>", "GET", "POST")
def accept_link(token: str) -> Response[str]:
    """GET shows the lead and a button and changes nothing, whoever fetches it; its POST accepts.

    A POST that does not come from the page changes nothing either: some scanners try those, too.
    """
    try:
        return _follow(token)
    except LeadwheelError as error:
        return problem_page_of(error)


def _follow(token: str) -> Response[str]:
    # Whoever presses the button has just been shown it, by the configuration as it was then.
    presses = app.current_event.http_method == "POST"
    config = config_store.active(SHOWN_WITHIN if presses else 0).config
    try:
        link = read(token, link_keys())
        counts = config.is_active(link.rep) and now() < link.expires_at
        pressed = counts and pressed_on(token)
        lead = _accept(link) if pressed else lead_store.get(link.lead_id)
    except NotFoundError:
        return page_for_anybody(pages.bad_link_page(browsers_language()), 404)
    rep, ask = config.reader(link.rep, lead.pool), config.manager_of(lead.pool)
    if rep is None or not counts:
        return html_answer(pages.useless_link_page(rep, ask=ask), 409)
    if pressed and _is_offered(lead, link):
        try:
            lead = _claim(link)
        except ImpossibleForRepError as error:
            return html_answer(pages.refused_page(rep, ask=ask, code=error.code), 409)
    if (lead.owner, lead.assignment) == (link.rep, link.assignment):
        return html_answer(_own_page(lead, rep, config))
    if _is_offered(lead, link):
        return html_answer(_offer_page(lead, rep))
    ended, where = show.became_of(lead, link.rep, link.assignment)
    return html_answer(pages.gone_page(rep, ask=ask, ended=ended, where=where), 409)


def _accept(link: AcceptLink) -> Lead:
    """The lead after the button was pressed, whatever came of it: the page says how it stands."""
    try:
        return accept_lead(link.lead_id, link.rep, link.assignment, real(), by="link")
    except ConflictError:
        return lead_store.get(link.lead_id)


def _is_offered(lead: Lead, link: AcceptLink) -> bool:
    """Whether the link's rep may still be the first to take the lead."""
    return link.assignment == lead.assignment + 1 and link.rep in lead.offered


def _claim(link: AcceptLink) -> Lead:
    """As `_accept`, of what is offered to several; ImpossibleForRepError: they may not take it."""
    from shared.flows.claim_lead import claim_lead

    try:
        return claim_lead(link.lead_id, link.rep, real(), by="link")
    except (NotYoursError, IllegalTransitionError, ConflictError):
        return lead_store.get(link.lead_id)


def _offer_page(lead: Lead, rep: Rep) -> str:
    opened = lead.latest(Step.OPENED)
    return pages.offer_page(
        lead,
        rep,
        until=opened.until,
        others=len(opened.offered) - 1,
        **posting_back(),
    )


def _own_page(lead: Lead, rep: Rep, config: Config) -> str:
    masked = is_masked(lead, config)
    if lead.status in (Status.CONVERTED, Status.LOST):
        return pages.closed_page(lead, rep, masked=masked)
    if lead.status is not Status.ASSIGNED:
        return pages.accepted_page(lead, rep)
    return pages.accept_page(lead, rep, until=lead.yours_until, masked=masked, **posting_back())


# ── Leads ────────────────────────────────────────────────────────────────────────────────────────


@guarded("/v1/leads/<lead_id>", GET=Right.SEE_LEAD, PATCH=Right.WORK_LEAD)
def one_lead(caller: Caller, lead_id: str) -> Response[str]:
    """A lead, with its history; PATCH tells more about it."""
    if app.current_event.http_method == "PATCH":
        return enrich(caller, lead_id)
    lead_id = lead_id_in(lead_id)
    caller.require_lead(lead_id)
    return json_answer(show.one_lead(lead_id, now(), caller.sight_of))


@guarded("/v1/leads/<lead_id>/decision", GET=Right.SEE_LEAD)
def decision(caller: Caller, lead_id: str) -> Response[str]:
    """Why this rep got it."""
    from shared.flows.show_decision import decision_view

    lead_id = lead_id_in(lead_id)
    caller.require_lead(lead_id)
    return json_answer(decision_view(lead_id, caller.sight_of))


@guarded("/v1/leads/<lead_id>/<action>", POST=Right.WORK_LEAD)
def act(caller: Caller, lead_id: str, action: str) -> Response[str]:
    """Make a step with a lead for its owner: accept it, note something, convert it."""
    if action not in STEPS:
        raise NotFoundError(f"leads have no action {action!r}; there are: {', '.join(STEPS)}")
    body = asked_for(body_bytes(app.current_event), {**MEMBERS, **MORE.get(action, {})})
    required(body, *REQUIRED.get(action, ()))
    lead_id = lead_id_in(lead_id)
    rep_id = caller.require_lead(lead_id, body.get("rep_id"))
    caller.prepare()
    lead = work_lead(
        lead_id,
        STEPS[action],
        real(),
        rep=rep_id,
        assignment=body.get("assignment"),
        reason=body.get("reason"),
        by=caller.who,
        until=until_in(body["until"], _zone_of(lead_id), now()) if "until" in body else None,
        won=won_in(body),
    )
    return json_answer(show.lead_view(lead, caller.sight_of(lead)))


def _zone_of(lead_id: str) -> str:
    """Where the lead's owner is; UTC, when nobody has it whom we know."""
    rep = config_store.active().config.reps.get(lead_store.get(lead_id).owner or "")
    return rep.time_zone if rep else "UTC"


# ── Reps, pools, queues ──────────────────────────────────────────────────────────────────────────


@guarded("/v1/reps/<rep_id>/leads", GET=Right.SEE_REP)
def rep_leads(caller: Caller, rep_id: str) -> Response[str]:
    """The open leads of a rep, longest held first; also of one who has left and still owns some."""
    if not REP_ID.fullmatch(rep_id):
        raise NotFoundError("there is no rep with this id")
    if caller.is_only_rep:
        caller.require_rep(rep_id)  # before anything is looked up of somebody else
    listed = show.leads_in(f"rep#{rep_id}", sees=caller.sees, sight_of=caller.sight_of)
    if not listed["leads"]:
        caller.require_rep(rep_id)
    return json_answer(listed)


@guarded("/v1/reps/<rep_id>/<action>", POST=Right.PAUSE_REP)
def pause_or_resume(caller: Caller, rep_id: str, action: str) -> Response[str]:
    """Take a rep out of the rotation, perhaps until a moment; or put them back."""
    if action not in ("pause", "resume"):
        raise NotFoundError(f"reps have no action {action!r}; there are: pause, resume")
    caller.require_rep(rep_id)
    if action == "resume":
        pause_rep(rep_id, real(), paused=False)
        return json_answer({"rep_id": rep_id, "paused": False, "until": None})
    until = _until(rep_id, asked_for(body_bytes(app.current_event), PAUSE).get("until"))
    pause_rep(rep_id, real(), paused=True, until=until)
    return json_answer({"rep_id": rep_id, "paused": True, "until": until and to_text(until)})


def _until(rep_id: str, said: str | None) -> datetime | None:
    """When the pause ends by itself; None: when somebody resumes."""
    if said is None:
        return None
    rep = config_store.active().config.reps.get(rep_id)
    if rep is None:
        raise NotFoundError(f"there is no rep {rep_id!r}")
    return until_in(said, rep.time_zone, now())


@guarded("/v1/pools/<pool_id>/rotation", GET=Right.SEE_ROTATION)
def rotation(caller: Caller, pool_id: str) -> Response[str]:
    """What each member of a pool is owed."""
    from shared.flows.show_rotation import rotation_view

    caller.require_pool(pool_id)
    return json_answer(rotation_view(pool_id, now()))


@guarded("/v1/parked", GET=Right.SEE_PARKED)
def parked(caller: Caller) -> Response[str]:
    """The leads that wait, and why."""
    return json_answer(show.parked(caller.pools_among(config_store.active().known_pools)))


@endpoint(app, "/openapi.json", "GET")
def specification() -> Response[str]:
    """What the API takes and answers."""
    from shared.openapi import document  # read by people and tools, not on the way of a lead

    return json_answer(document(setting("PUBLIC_URL")))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """API Gateway (payload 2.0) → the desk."""
    return app.resolve(event, context)


loaded()
