"""What the API takes and answers, as OpenAPI 3.1; served at /openapi.json."""

from typing import Any

_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_WHOLE = {"type": "integer"}
_MOMENT = {"type": "string", "format": "date-time"}
_MAYBE_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_STATUSES = [
    "new",
    "assigned",
    "accepted",
    "contacted",
    "converted",
    "lost",
    "parked",
    "quarantined",
]


def _object(optional: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**properties, **(optional or {})},
        "required": list(properties),
    }


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


_QUARANTINE = {
    **_object(
        {
            "raw": {**_TEXT, "description": "the body as it came, when it is UTF-8"},
            "raw_base64": {**_TEXT, "description": "the body as it came, when it is not"},
        },
        reason=_TEXT,
        content_type=_MAYBE_TEXT,
        expires_at=_MOMENT,
    ),
    "type": ["object", "null"],
    "description": "Only of a lead in quarantine. null: the body has been deleted.",
}

SCHEMAS: dict[str, Any] = {
    "Problem": {
        **_object(
            {"detail": _TEXT, "errors": _list(_object(field=_TEXT, message=_TEXT))},
            type={"type": "string", "format": "uri"},
            title=_TEXT,
            status=_WHOLE,
        ),
        "description": "RFC 9457. `errors` names every wrong field.",
    },
    "Throttled": _object(message=_TEXT),
    "Received": _object(lead_id=_TEXT, status={"const": "received"}),
    "Lead": _object(
        {"quarantine": _QUARANTINE},
        lead_id=_TEXT,
        status={"enum": _STATUSES},
        owner=_MAYBE_TEXT,
        assignment={**_WHOLE, "description": "how often the lead was given out so far"},
        pool=_MAYBE_TEXT,
        source={**_TEXT, "examples": ["form#website"]},
        created_at=_MOMENT,
        fields={"type": "object"},
        deadlines=_list(_object(action={"enum": ["remind", "reclaim"]}, at=_MOMENT)),
        due_at=_MAYBE_MOMENT,
        history=_list(_object(n=_WHOLE, step=_TEXT, at=_MOMENT, sentence=_TEXT)),
    ),
    "Decision": _object(
        lead_id=_TEXT,
        rule=_TEXT,
        pool=_TEXT,
        strategy=_TEXT,
        config_version=_WHOLE,
        turn={**_WHOLE, "description": "the entry of the pool's ledger"},
        assignment={"type": ["integer", "null"]},
        at=_MOMENT,
        chosen=_MAYBE_TEXT,
        reason=_TEXT,
        credit_unit=_TEXT,
        candidates=_list(
            _object(
                rep_id=_TEXT,
                status={"enum": ["chosen", "eligible", "excluded"]},
                reason=_TEXT,
                weight={"type": "number"},
                credit_before=_WHOLE,
                share=_WHOLE,
                credit_after=_WHOLE,
            )
        ),
        earlier=_list({"type": "object"}),
    ),
    "Rotation": _object(
        pool_id=_TEXT,
        turn=_WHOLE,
        leads=_WHOLE,
        config_version=_WHOLE,
        at=_MOMENT,
        credit_unit=_TEXT,
        credit_sum={"const": 0},
        members=_list(
            _object(
                rep_id=_TEXT,
                name=_TEXT,
                weight={"type": "number"},
                credit=_WHOLE,
                open=_WHOLE,
                received_today=_WHOLE,
                holding_limit={"type": ["integer", "null"]},
                daily_limit={"type": ["integer", "null"]},
                status=_TEXT,
            )
        ),
    ),
    "LeadInShort": _object(
        lead_id=_TEXT,
        status={"enum": _STATUSES},
        owner=_MAYBE_TEXT,
        assignment=_WHOLE,
        pool=_MAYBE_TEXT,
        source=_TEXT,
        name={**_MAYBE_TEXT, "description": "without one, the e-mail address or phone number"},
        created_at=_MOMENT,
        due_at=_MAYBE_MOMENT,
        reason={**_MAYBE_TEXT, "description": "why it is parked or in quarantine"},
    ),
    "Leads": {
        **_object(leads=_list(_ref("LeadInShort")), more={"type": "boolean"}),
        "description": "At most 100 leads, longest there first; `more`: there are further ones.",
    },
    "Paused": _object(rep_id=_TEXT, paused={"type": "boolean"}),
}

_PROBLEMS = {
    401: "the admin token is missing or wrong",
    404: "there is no such thing",
    405: "this path does not take the method; `Allow` names those it takes",
    409: "not possible in the lead's present state, or somebody was faster",
    413: "the body is larger than 64 KB",
    415: "the content type is none of those read",
    422: "fields are missing or wrong; `errors` names them",
    500: "our mistake; it is logged",
    503: "the table did not answer; sending the same again is safe",
}

_ALWAYS = (404, 405, 500, 503)

_THROTTLED = {
    "description": "more requests than the stack takes; from the gateway, before any function",
    "content": {"application/json": {"schema": _ref("Throttled")}},
}

_PAGE = {"text/html": {"schema": _TEXT}}


def _answer(description: str, schema: str | None = None) -> dict[str, Any]:
    if schema is None:
        return {"description": description}
    content = {"application/json": {"schema": _ref(schema)}}
    return {"description": description, "content": content}


def _page(description: str) -> dict[str, Any]:
    return {"description": description, "content": _PAGE}


def _problem(status: int) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {"description": _PROBLEMS[status], "content": content}


def _operation(
    summary: str, good: dict[str, Any], *problems: int, admin: bool = True, **more: Any
) -> dict[str, Any]:
    """An operation; what `good` says of a status goes before the usual problem."""
    security: dict[str, Any] = {"security": [{"admin": []}]} if admin else {}
    usual = {str(status): _problem(status) for status in (*_ALWAYS, *problems)}
    if admin:
        usual["401"] = _problem(401)
    answers = {**usual, "429": _THROTTLED, **good}
    responses = {status: answers[status] for status in sorted(answers)}
    return {"summary": summary, **security, **more, "responses": responses}


def _with_pages(operation: dict[str, Any]) -> dict[str, Any]:
    """The same, where a browser that posts a plain form sees pages in place of JSON."""
    for status in ("201", "404", "409", "413", "415", "422", "503"):
        operation["responses"][status]["content"] |= _PAGE
    return operation


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _TEXT}


_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The same key with the same body gets the same answer, for seven days.",
}
_ANY_FIELDS = {"type": "object", "additionalProperties": True}
_FORM_BODY = {
    "required": True,
    "content": {
        kind: {"schema": _ANY_FIELDS}
        for kind in (
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
        )
    },
}
_ACTION_BODY = {
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "rep_id": _TEXT,
                    "assignment": _WHOLE,
                    "reason": {**_TEXT, "maxLength": 500},
                },
                "additionalProperties": False,
            }
        }
    }
}


def _get(summary: str, schema: str) -> dict[str, Any]:
    return {"get": _operation(summary, {"200": _answer("as asked", schema)})}


def _act(summary: str) -> dict[str, Any]:
    good = {"200": _answer("the lead after the step", "Lead")}
    return {"post": _operation(summary, good, 409, 422, requestBody=_ACTION_BODY)}


def _pause(summary: str) -> dict[str, Any]:
    return {"post": _operation(summary, {"200": _answer("as asked", "Paused")})}


_LINK_PAGES = {
    "200": _page("the lead, as it stands"),
    "404": _page("the link is none of ours"),
    "409": _page("the lead is not the reader's any more, or the link has expired"),
    "503": _page("the table did not answer; trying again is safe"),
}

PATHS: dict[str, Any] = {
    "/v1/forms/{form_id}/leads": {
        "post": _with_pages(
            _operation(
                "Send a lead from a website form",
                {
                    "201": _answer("stored, durably", "Received"),
                    "303": _answer("stored; on to the form's own page"),
                },
                *(409, 413, 415, 422),
                admin=False,
                requestBody=_FORM_BODY,
                parameters=[_KEY],
            )
        ),
        "options": _operation(
            "May my site's script post?", {"204": _answer("see the headers")}, admin=False
        ),
    },
    "/v1/leads/{lead_id}": _get("One lead, with its history", "Lead"),
    "/v1/leads/{lead_id}/decision": _get("Why this rep got it", "Decision"),
    "/v1/leads/{lead_id}/accept": _act("Accept for the owner"),
    "/v1/leads/{lead_id}/decline": _act("Give back; the next rep gets it"),
    "/v1/leads/{lead_id}/contact": _act("Record that the person was reached"),
    "/v1/leads/{lead_id}/convert": _act("Close as won"),
    "/v1/leads/{lead_id}/lose": _act("Close as lost"),
    "/v1/reps/{rep_id}/leads": _get("A rep's open leads", "Leads"),
    "/v1/reps/{rep_id}/pause": _pause("Take a rep out of the rotation"),
    "/v1/reps/{rep_id}/resume": _pause("Put a rep back"),
    "/v1/pools/{pool_id}/rotation": _get("What each member is owed", "Rotation"),
    "/v1/parked": _get("The leads that wait, and why", "Leads"),
    "/v1/quarantine": _get("What could not be read or trusted", "Leads"),
    "/a/{token}": {
        "get": _operation("The page behind an alert's link", _LINK_PAGES, admin=False),
        "post": _operation("Accept, by the page's button", _LINK_PAGES, admin=False),
    },
}


def document(server: str) -> dict[str, Any]:
    """The whole specification, for the API at this address."""
    paths = {
        path: {
            **operations,
            "parameters": [
                _parameter(part[1:-1]) for part in path.split("/") if part.startswith("{")
            ],
        }
        for path, operations in PATHS.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "leadwheel",
            "version": "1",
            "description": "Lead capture and fair, exact routing.",
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"admin": {"type": "http", "scheme": "bearer"}},
        },
    }
