"""What the API takes and answers, as OpenAPI 3.1; served at /openapi.json."""

from typing import Any

_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_WHOLE = {"type": "integer"}
_MOMENT = {"type": "string", "format": "date-time"}
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


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


SCHEMAS: dict[str, Any] = {
    "Problem": {
        **_object(type={"type": "string", "format": "uri"}, title=_TEXT, status=_WHOLE),
        "description": "RFC 9457. `errors` names every wrong field.",
    },
    "Received": _object(lead_id=_TEXT, status={"const": "received"}),
    "Lead": _object(
        lead_id=_TEXT,
        status={"enum": _STATUSES},
        owner=_MAYBE_TEXT,
        assignment={**_WHOLE, "description": "how often the lead was given out so far"},
        pool=_MAYBE_TEXT,
        source={**_TEXT, "examples": ["form#website"]},
        created_at=_MOMENT,
        fields={"type": "object"},
        deadlines=_list(_object(action={"enum": ["remind", "reclaim"]}, at=_MOMENT)),
        due_at={"type": ["string", "null"], "format": "date-time"},
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
    "Leads": _object(leads=_list(_ref("Lead"))),
    "Paused": _object(rep_id=_TEXT, paused={"type": "boolean"}),
}

_PROBLEMS = {
    401: "the admin token is missing or wrong",
    404: "there is no such thing",
    405: "this path does not take this method",
    409: "not possible in the lead's present state, or somebody was faster",
    413: "the body is larger than 64 KB",
    415: "the content type is none of those read",
    422: "fields are missing or wrong; `errors` names them",
    503: "nothing was stored; try again",
}


def _answer(description: str, schema: str | None = None) -> dict[str, Any]:
    if schema is None:
        return {"description": description}
    content = {"application/json": {"schema": _ref(schema)}}
    return {"description": description, "content": content}


def _problem(status: int) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {"description": _PROBLEMS[status], "content": content}


def _operation(
    summary: str, good: dict[str, Any], *problems: int, admin: bool = True, **more: Any
) -> dict[str, Any]:
    security: dict[str, Any] = {"security": [{"admin": []}]} if admin else {}
    statuses = sorted({*problems, 401, 404, 503} if admin else {*problems, 404})
    answers = {**good, **{str(status): _problem(status) for status in statuses}}
    return {"summary": summary, **security, **more, "responses": answers}


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
                "properties": {"rep_id": _TEXT, "assignment": _WHOLE, "reason": _TEXT},
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


PATHS: dict[str, Any] = {
    "/v1/forms/{form_id}/leads": {
        "post": _operation(
            "Send a lead from a website form",
            {
                "201": _answer("stored, durably; a page for browsers", "Received"),
                "303": _answer("stored; on to the form's own page"),
            },
            *(409, 413, 415, 422, 503),
            admin=False,
            requestBody=_FORM_BODY,
            parameters=[_KEY],
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
        "get": _operation(
            "The page behind an alert's link", {"200": _answer("a page")}, admin=False
        ),
        "post": _operation(
            "Accept, by the page's button", {"200": _answer("a page")}, 409, admin=False
        ),
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
