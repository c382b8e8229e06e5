"""What the descriptions of paths are made of."""

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
MAYBE_TEXT: Json = {"type": ["string", "null"]}
WHOLE: Json = {"type": "integer"}
MAYBE_WHOLE: Json = {"type": ["integer", "null"]}
YES_OR_NO: Json = {"type": "boolean"}
MOMENT: Json = {"type": "string", "format": "date-time"}
MAYBE_MOMENT: Json = {"type": ["string", "null"], "format": "date-time"}
AMOUNT: Json = {"type": "string", "pattern": r"^[0-9]+\.([0-9]{2}|[0-9]{4})$"}
MAYBE_AMOUNT: Json = {**AMOUNT, "type": ["string", "null"]}

FLAT_TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/xml",
)

# A partner shows its key, in either header, or signs the request.
PARTNER: list[Json] = [{"partner": []}, {"partnerKey": []}, {"partnerSignature": []}]

# Whoever may do it shows who they are; docs/access.md says who may do what.
CALLER: list[Json] = [{"token": []}, {"signedIn": []}]

SECURITY_SCHEMES: Json = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "the admin token, a machine's key (lw_…) or a session's token (lws_…)",
    },
    "signedIn": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "a token of your identity provider, where one is set up; the path then"
        " begins with /oidc, as in /oidc/v1/leads/…",
    },
    "partner": {"type": "http", "scheme": "bearer", "description": "the partner's key"},
    "partnerKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "the same key",
    },
    "partnerSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks, with webhook-id and webhook-timestamp; for partners with"
        " whom signatures were agreed",
    },
    "hookKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Leadwheel-Key",
        "description": "of hooks with a shared key, which may also come as ?key=… or as the"
        " password of HTTP Basic; the others are signed in their platform's own way",
    },
}


# ── Schemas ──────────────────────────────────────────────────────────────────────────────────────


def an_object(optional: Json | None = None, **properties: Any) -> Json:
    """An object with these members; the optional ones may be missing."""
    return {
        "type": "object",
        "properties": {**properties, **(optional or {})},
        "required": list(properties),
    }


def a_list(of: Json) -> Json:
    """A list of these."""
    return {"type": "array", "items": of}


def ref(name: str) -> Json:
    """One of the schemas of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


# ── Answers ──────────────────────────────────────────────────────────────────────────────────────

_PROBLEMS = {
    400: "the body is not what its content type says",
    401: "who asks has not proven who they are",
    403: "who asks may not do this",
    404: "there is no such thing",
    405: "this path does not take the method; `Allow` names those it takes",
    409: "not possible in the present state, or somebody was faster; `type` says which",
    413: "the body is too large",
    415: "the content type is none of those read",
    422: "fields are missing or wrong; `errors` names them",
    500: "our mistake; it is logged",
    503: "the table did not answer; sending the same again is safe",
}

_ALWAYS = (404, 405, 500, 503)


_THROTTLED: Json = {
    "description": "more requests than the stack takes; from the gateway, before any function",
    "content": {"application/json": {"schema": ref("Throttled")}},
}

PAGE: Json = {"text/html": {"schema": TEXT}}


def answer(description: str, schema: str | None = None, *also: str) -> Json:
    """An answer in JSON, and in other media types `also`; without a schema it has no body."""
    if schema is None:
        return {"description": description}
    content = {kind: {"schema": ref(schema)} for kind in ("application/json", *also)}
    return {"description": description, "content": content}


def page(description: str) -> Json:
    """An answer for people."""
    return {"description": description, "content": PAGE}


def problem(status: int, schema: str = "Problem") -> Json:
    """An answer that says what is wrong."""
    content = {"application/problem+json": {"schema": ref(schema)}}
    return {"description": _PROBLEMS[status], "content": content}


# ── Operations ───────────────────────────────────────────────────────────────────────────────────


def operation(
    summary: str, good: Json, *problems: int, security: list[Json] | None = None, **more: Any
) -> Json:
    """An operation that anybody may ask for, unless `security` says who.

    What `good` says of a status goes before the usual problem.
    """
    usual = {str(status): problem(status) for status in (*_ALWAYS, *problems)}
    answers = {**usual, "429": _THROTTLED, **good}
    return {
        "summary": summary,
        "security": security or [],
        **more,
        "responses": {status: answers[status] for status in sorted(answers)},
    }


def for_callers(summary: str, good: Json, *problems: int, **more: Any) -> Json:
    """An operation for whoever may do it."""
    return operation(summary, good, 401, 403, *problems, security=CALLER, **more)


def for_partners(summary: str, good: Json, *problems: int, **more: Any) -> Json:
    """An operation that needs the partner's key; its problems have an outcome, as all answers."""
    known = (401, 403, *problems)
    told = {str(status): problem(status, "PartnerProblem") for status in known}
    return operation(summary, {**told, **good}, *known, security=PARTNER, **more)


def with_pages(described: Json, statuses: Iterable[int]) -> Json:
    """The same, where people who ask for a page see one in place of JSON."""
    responses = dict(described["responses"])
    for status in map(str, statuses):
        content = responses[status].get("content", {})
        responses[status] = {**responses[status], "content": {**content, **PAGE}}
    return {**described, "responses": responses}


def body_of(schema: Json, *kinds: str, required: bool = True) -> Json:
    """A request body in any of these media types."""
    return {"required": required, "content": {kind: {"schema": schema} for kind in kinds}}
