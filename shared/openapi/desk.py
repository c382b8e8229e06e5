"""The paths for reps and managers, and a partner's returns."""

from typing import Any

from shared.openapi.parts import (
    FLAT_TYPES,
    PAGE,
    TEXT,
    WHOLE,
    YES_OR_NO,
    Json,
    answer,
    body_of,
    for_callers,
    for_partners,
    operation,
    page,
    problem,
    with_pages,
)

_SAID: Json = {**TEXT, "maxLength": 500}


def _members(required: tuple[str, ...] = (), **properties: Any) -> Json:
    """The body of an action, of which every member is known."""
    body = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**body, "required": list(required)} if required else body


def _optional(schema: Json) -> Json:
    return body_of(schema, "application/json", required=False)


def _get(summary: str, schema: str) -> Json:
    return {"get": for_callers(summary, {"200": answer("as asked", schema)})}


def _act(summary: str, must: tuple[str, ...] = (), **more: Any) -> Json:
    body = _members(must, rep_id=TEXT, assignment=WHOLE, reason=_SAID, **more)
    good = {"200": answer("the lead after the step", "LeadAfter")}
    asked = body_of(body, "application/json", required=bool(must))
    return {"post": for_callers(summary, good, 409, 422, requestBody=asked)}


def _pause(summary: str, *problems: int, **more: Any) -> Json:
    return {"post": for_callers(summary, {"200": answer("as asked", "Paused")}, *problems, **more)}


def _by_hand(summary: str, schema: str, body: Json) -> Json:
    """What a person does with a lead, or with several."""
    good = {"200": answer("the lead after it, or what became of each", schema)}
    asked = body_of(body, "application/json", required="required" in body)
    return {"post": for_callers(summary, good, 409, 413, 422, requestBody=asked)}


_REP: Json = {**TEXT, "description": "the rep's id"}
_CLAIMER: Json = {**TEXT, "description": "the rep's id; a rep who asks may leave it out"}
_LEAD_IDS: Json = {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 100}
_ASSIGN: Json = {
    "rep_id": _REP,
    "pool_id": {**TEXT, "description": "as a lead of this pool, in place of its own"},
    "owner": {**TEXT, "description": "the lead must still be this rep's"},
    "override": {**YES_OR_NO, "description": "whatever would keep the rep from it is recorded"},
    "reason": _SAID,
}


def _let_go(summary: str, **members: Any) -> Json:
    """A way out of quarantine."""
    good = {"200": answer("the lead after it", "Lead")}
    body = _optional(_members(**members))
    return {"post": for_callers(summary, good, 409, 413, 422, requestBody=body)}


def _of_person(summary: str, schema: str) -> Json:
    """Whom it is about, by one of the three; `after`: the `next` of the answer before."""
    body = _optional(_members(email=TEXT, phone=TEXT, lead_id=TEXT, after=TEXT))
    good = {"200": answer("as asked", schema)}
    return {"post": for_callers(summary, good, 409, 413, 422, requestBody=body)}


_LINK_PAGES = {
    "200": page("the lead, as it stands"),
    # What no link could look like never comes as far as a page.
    "404": {**page("the link is none of ours"), "content": {**problem(404)["content"], **PAGE}},
    "409": page("the lead is not the reader's any more, or not for them now; or the link expired"),
    "413": page("the form is too large"),
    "503": page("the table did not answer; trying again is safe"),
}

DESK_PATHS: dict[str, Any] = {
    "/v1/leads/{lead_id}": {
        **_get("One lead, with its history", "Lead"),
        "patch": for_callers(
            "Tell more about a lead; null takes a field away",
            {"200": answer("the lead after it", "LeadAfter")},
            *(409, 413, 422),
            requestBody=body_of(
                _members(("fields",), fields={"type": "object", "maxProperties": 100}),
                "application/json",
            ),
        ),
    },
    "/v1/leads/{lead_id}/decision": _get("Why this rep got it", "Decision"),
    "/v1/leads/{lead_id}/accept": _act("Accept for the owner"),
    "/v1/leads/{lead_id}/decline": _act("Give back; the next rep gets it"),
    "/v1/leads/{lead_id}/attempt": _act("Record that the person could not be reached"),
    "/v1/leads/{lead_id}/contact": _act("Record that the person was reached"),
    "/v1/leads/{lead_id}/note": _act("Note something about it", ("reason",)),
    "/v1/leads/{lead_id}/snooze": _act(
        "Remind the owner of it then: a moment, or a date where they are", ("until",), until=TEXT
    ),
    "/v1/leads/{lead_id}/convert": _act(
        "Close as won", value={**TEXT, "examples": ["1250.00"]}, currency=TEXT
    ),
    "/v1/leads/{lead_id}/lose": _act("Close as lost"),
    "/v1/leads/{lead_id}/claim": _by_hand(
        "Claim an open lead, or accept an offer", "LeadAfter", _members(rep_id=_CLAIMER)
    ),
    "/v1/leads/{lead_id}/assign": _by_hand(
        "Give a lead to a rep, also from somebody else",
        "LeadAfter",
        _members(("rep_id",), **_ASSIGN),
    ),
    "/v1/leads/assign": _by_hand(
        "Give leads to a rep; or, without one, let routing give them anew",
        "Results",
        _members(("lead_ids",), lead_ids=_LEAD_IDS, **_ASSIGN),
    ),
    "/v1/leads/{lead_id}/release": _by_hand(
        "Take a lead from its owner; routing gives it to somebody else",
        "LeadAfter",
        _members(rep_id=_REP, assignment=WHOLE, reason=_SAID),
    ),
    "/v1/leads/release": _by_hand(
        "Take leads from their owners",
        "Results",
        _members(("lead_ids",), lead_ids=_LEAD_IDS, rep_id=_REP, reason=_SAID),
    ),
    "/v1/leads/{lead_id}/approve-return": {
        "post": for_callers(
            "Take the lead back, as its partner asked", {"200": answer("done", "Return")}, 409
        )
    },
    "/v1/leads/{lead_id}/refuse-return": {
        "post": for_callers(
            "Keep the lead; its partner hears why",
            {"200": answer("done", "Return")},
            *(400, 409, 413, 415, 422),
            requestBody=body_of(_members(reason=_SAID), *FLAT_TYPES, required=False),
        )
    },
    "/v1/reps/{rep_id}/leads": _get("A rep's open leads", "Leads"),
    "/v1/reps/{rep_id}/pause": _pause(
        "Take a rep out of the rotation, perhaps until a date or moment",
        422,
        requestBody=_optional(_members(until=TEXT)),
    ),
    "/v1/reps/{rep_id}/resume": _pause("Put a rep back"),
    "/v1/mail/paused": _get("Whose address takes no mail, so that none is sent", "PausedMail"),
    "/v1/reps/{rep_id}/mail/resume": {
        "post": for_callers("Let mail to a rep be tried again", {"200": answer("done", "Mail")})
    },
    "/v1/pools/{pool_id}/claim": _by_hand(
        "Claim the oldest open lead that the rep may take",
        "LeadAfter",
        _members(rep_id=_CLAIMER),
    ),
    "/v1/pools/{pool_id}/rotation": _get("What each member is owed", "Rotation"),
    "/v1/pools/{pool_id}/open": _get("The leads that wait to be claimed", "OpenLeads"),
    "/v1/parked": _get("The leads that wait, and why", "Leads"),
    "/v1/quarantine": _get("What could not be read or trusted, or is still to be fetched", "Leads"),
    "/v1/quarantine/{lead_id}": {
        "get": with_pages(
            for_callers(
                "A lead that is or was in quarantine, with what was sent",
                {"200": answer("as asked", "HeldLead")},
            ),
            (200, 404, 503),
        )
    },
    "/v1/quarantine/{lead_id}/release": _let_go(
        "Let it out, with what a manager puts right",
        fields={"type": "object", "additionalProperties": TEXT, "maxProperties": 100},
        even_if_duplicate=YES_OR_NO,
    ),
    "/v1/quarantine/{lead_id}/discard": _let_go("Put it aside for good", reason=_SAID),
    "/v1/partners/{partner_id}": _get("What a partner may sell, and has sold", "Partner"),
    "/v1/partners/{partner_id}/leads/{lead_id}/returns": {
        "post": for_partners(
            "Take a lead back, or ask to",
            {"200": answer("as it stands now", "ReturnAnswer")},
            *(400, 409, 413, 415, 422),
            requestBody=body_of(
                _members(("reason",), reason=_SAID, note=_SAID), *FLAT_TYPES, required=True
            ),
        ),
        "get": for_partners("How a return stands", {"200": answer("as it stands", "ReturnAnswer")}),
    },
    "/v1/deliveries": {
        "get": for_callers(
            "What has been given up, by channel",
            {"200": answer("as asked", "Deliveries")},
            422,
            parameters=[
                {"name": "state", "in": "query", "schema": {"const": "dead"}},
                {"name": "channel", "in": "query", "schema": TEXT},
            ],
        )
    },
    "/v1/deliveries/redrive": {
        "post": for_callers(
            "Let what has been given up be tried again",
            {"200": answer("those that are", "Redriven")},
            *(413, 422),
            requestBody=body_of(
                _members(
                    ids={"type": "array", "items": TEXT, "maxItems": 100},
                    all=YES_OR_NO,
                    channel=TEXT,
                ),
                "application/json",
            ),
        )
    },
    "/v1/people/export": _of_person("All that is known of a person", "Person"),
    "/v1/people/forget": _of_person("Erase all that is known of a person", "Forgotten"),
    "/v1/returns": _get("The returns that wait for somebody to decide", "Returns"),
    "/a/{token}": {
        "get": operation("The page behind an alert's link", _LINK_PAGES),
        "post": operation(
            "Accept, by the page's button",
            _LINK_PAGES,
            requestBody=body_of(
                {"type": "object", "properties": {"nonce": TEXT}},
                "application/x-www-form-urlencoded",
                required=False,
            ),
        ),
    },
    "/openapi.json": {
        "get": operation("This document", {"200": answer("as asked", "Specification")})
    },
}
