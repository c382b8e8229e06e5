"""The paths for people: signing in, their sessions, and a rep's own pages."""

from typing import Any

from shared.openapi.parts import (
    PAGE,
    TEXT,
    Json,
    answer,
    body_of,
    for_callers,
    operation,
    page,
    problem,
)

_ON: Json = {"303": answer("on to the next page, or to sign in")}
_FORM = "application/x-www-form-urlencoded"
_ID: Json = {"type": "string", "maxLength": 64}


def _posted(**fields: Json) -> Json:
    """A form of a page; what is missing in it is said on the page."""
    return body_of({"type": "object", "properties": fields}, _FORM, required=False)


def _failing(*statuses: int) -> Json:
    """What people see in place of a problem, which only odd requests get."""
    wrong = {
        404: "there is no such thing, or it is not for the reader",
        413: "the form is too large",
        503: "the table did not answer; trying again is safe",
    }
    pages = {
        str(status): {
            **page(wrong[status]),
            "content": {**problem(status)["content"], **PAGE},
        }
        for status in statuses
    }
    return {**pages, "500": problem(500)}


def _page(summary: str, good: Json, **more: Any) -> Json:
    return operation(summary, {**_failing(404, 413, 503), **good}, **more)


def _file(summary: str, content_type: str) -> Json:
    """What a browser fetches for a page; the same for everybody."""
    content: Json = {content_type: {"schema": {}}}
    return operation(summary, {"200": {"description": "the file", "content": content}})


_EMAIL: Json = {
    "type": "object",
    "properties": {"email": TEXT},
    "required": ["email"],
    "additionalProperties": False,
}


def _of_person(summary: str, schema: str) -> Json:
    good = {"200": answer("as asked", schema)}
    body = body_of(_EMAIL, "application/json")
    return {"post": for_callers(summary, good, 413, 422, requestBody=body)}


_SESSIONS = {"200": page("where they are signed in"), **_ON}
_NONCE = {"nonce": TEXT}

SIGN_IN_PATHS: dict[str, Any] = {
    "/sign-in": {
        "get": _page("Ask for an address", {"200": page("a form")}),
        "post": _page(
            "Mail a link to an address, if it is known",
            {"200": page("the same, whatever the address")},
            requestBody=_posted(email=TEXT),
        ),
    },
    "/s/{token}": {
        "get": _page(
            "The page behind a link to sign in", {"200": page("a button"), "409": page("too late")}
        ),
        "post": _page(
            "Sign in, by the page's button",
            {"200": page("a button: it was not pressed"), "409": page("too late"), **_ON},
            requestBody=_posted(**_NONCE),
        ),
    },
    "/sign-out": {"post": _page("End this session", _ON, requestBody=_posted(**_NONCE))},
    "/my/leads": {
        "get": _page("A rep's open leads", {"200": page("as they stand"), **_ON}),
        "post": _page(
            "Claim the next lead of a pool, unseen",
            {"409": page("the rep cannot take one now"), "200": page("for who is no rep"), **_ON},
            requestBody=_posted(**_NONCE, pool=TEXT),
        ),
    },
    "/my/leads/{lead_id}": {
        "get": _page(
            "A lead of a rep's, with a button for all that is possible",
            {"200": page("as it stands"), "409": page("somebody else has it by now"), **_ON},
        ),
        "post": _page(
            "Press a button",
            {"409": page("not possible now"), "422": page("something is wrong with it"), **_ON},
            requestBody=_posted(
                **_NONCE,
                step=TEXT,
                assignment=TEXT,
                reason=TEXT,
                later=TEXT,
                value=TEXT,
                currency=TEXT,
            ),
        ),
    },
    "/my/sessions": {
        "get": _page("Where somebody is signed in", _SESSIONS),
        "post": _page(
            "Begin a session for a program",
            {"200": page("its token, shown once"), **_ON},
            requestBody=_posted(**_NONCE),
        ),
    },
    "/my/sessions/end": {
        "post": _page(
            "End a session, or all of them", _ON, requestBody=_posted(**_NONCE, session=_ID)
        )
    },
    "/my/push": {
        "get": _page("A rep's devices that ring", {"200": page("devices, and a button"), **_ON}),
        "post": _page(
            "Let this browser ring, or drop a device",
            {"409": page("the session has ended"), "422": page("it is no subscription"), **_ON},
            requestBody=_posted(
                **_NONCE, endpoint=TEXT, p256dh=TEXT, auth=TEXT, key=TEXT, drop=_ID
            ),
        ),
    },
    "/my/push.js": {"get": _file("The script of that page", "text/javascript")},
    "/my/worker.js": {"get": _file("What shows what is pushed", "text/javascript")},
    "/my/manifest.webmanifest": {
        "get": _file("What a home screen is told", "application/manifest+json")
    },
    "/v1/people/sessions": _of_person("The sessions of whoever has an address", "Sessions"),
    "/v1/people/sessions/end": _of_person("End all of these sessions", "EndedSessions"),
}
