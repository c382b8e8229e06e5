"""HTTP, once for all functions: problems (RFC 9457), errors to answers, methods."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from shared import errors
from shared.domain.languages import Language
from shared.sources.delivery import Delivery
from shared.telemetry import logger

# Stable, whatever the titles become; docs/api.md says what each means.
TYPES = "urn:problem-type:leadwheel:"

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

# Each error becomes a status, a type and a title.
PROBLEMS: dict[type[errors.LeadwheelError], tuple[int, str, str]] = {
    errors.InvalidFieldsError: (422, "invalid-fields", "Some fields are missing or wrong"),
    errors.KeyReusedError: (422, "key-reused", "This Idempotency-Key came with another body"),
    errors.KeyInFlightError: (409, "key-in-flight", "The same submission is being stored"),
    errors.UnsupportedMediaTypeError: (
        415,
        "unsupported-media-type",
        "This content type is not read",
    ),
    errors.BodyTooLargeError: (413, "body-too-large", "The body is too large"),
    errors.NotFoundError: (404, "not-found", "There is no such thing"),
    errors.IllegalTransitionError: (409, "not-possible-now", "The lead cannot make this step now"),
    errors.NotAllYetError: (409, "not-all-yet", "Part of it is done; the same again goes on"),
    errors.NotYoursError: (409, "not-yours", "The lead belongs to somebody else by now"),
    errors.ImpossibleForRepError: (409, "impossible-for-rep", "The rep cannot take the lead now"),
    errors.ConflictError: (409, "conflict", "Somebody else changed the same thing; try again"),
    errors.UnauthorisedError: (401, "unauthorised", "Show who you are"),
    errors.ForbiddenError: (403, "forbidden", "This is not for you"),
    errors.UnreadableBodyError: (400, "unreadable-body", "The body cannot be read"),
    # After a time-out nobody knows whether it was stored; every request can be repeated safely.
    errors.StoreBusyError: (
        503,
        "busy",
        "The table did not answer; sending the same again is safe",
    ),
}

# What every answer tells browsers, unless it says something of its own: to keep and guess nothing,
# to show it in no frame, to run and fetch nothing from it, and to come by TLS only from now on.
GUARDS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}

DEFECT = (500, "defect", "This is our mistake; it has been logged")


def problem(status: int, kind: str, title: str, **members: Any) -> Response[str]:
    """An answer of type application/problem+json."""
    body = {"type": TYPES + kind, "title": title, "status": status, **members}
    headers: dict[str, str | list[str]] = {"Cache-Control": "no-store"}
    if status in (409, 503) and kind in ("key-in-flight", "not-all-yet", "busy"):
        headers["Retry-After"] = "1"
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(status, "application/problem+json", json.dumps(body), headers)


def problem_of(error: errors.LeadwheelError, **members: Any) -> Response[str]:
    """The answer that an error becomes; `members` are added to it."""
    status, kind, title = _meaning(error)
    if status == DEFECT[0]:
        logger.error("unexpected error", error_type=type(error).__name__, where=_where(error))
    return problem(status, kind, title, **members, **_details(error))


def _details(error: errors.LeadwheelError) -> dict[str, Any]:
    """What an error says beyond its kind."""
    details: dict[str, Any] = {"detail": str(error)}
    match error:
        case errors.InvalidFieldsError():
            details["errors"] = [
                {"field": field, "message": message} for field, message in error.problems
            ]
        case errors.ImpossibleForRepError():
            details |= {"rep_id": error.rep_id, "code": error.code}
    return details


def problem_in_list(error: errors.LeadwheelError) -> dict[str, Any]:
    """The same as a member of an answer about several things, of which others went well."""
    status, kind, title = _meaning(error)
    return {"type": TYPES + kind, "title": title, "status": status, **_details(error)}


def page_of(error: errors.LeadwheelError, language: Language = Language.EN) -> Response[str]:
    """The page that an error becomes, for people who would see the problem as raw JSON."""
    # Templates load when a person looks.
    from shared.messages.pages import form_problems_page, problem_page

    status, kind, _ = _meaning(error)
    if isinstance(error, errors.InvalidFieldsError):
        return html_answer(form_problems_page(error.problems), status)
    return html_answer(problem_page(kind, language), status)


def _meaning(error: errors.LeadwheelError) -> tuple[int, str, str]:
    """Status, type and title; an error that should never have come this far is a defect."""
    known = (PROBLEMS[base] for base in type(error).__mro__ if base in PROBLEMS)
    return next(known, DEFECT)


def body_bytes(event: BaseProxyEvent) -> bytes:
    """The body as it was sent, whatever its encoding."""
    text = event.body or ""
    if event.is_base64_encoded:
        return base64.b64decode(text)
    return text.encode(errors="surrogatepass")


def json_answer(body: Mapping[str, Any], status: int = 200) -> Response[str]:
    """An answer in JSON, never cached: it may hold personal data."""
    return Response(status, "application/json", json.dumps(body), {"Cache-Control": "no-store"})


def xml_answer(body: Mapping[str, Any], status: int = 200) -> Response[str]:
    """The same as `json_answer`, for systems that read XML; what is not there is empty."""
    members = "".join(
        f"<{name}>{escape(str('' if value is None else value))}</{name}>"
        for name, value in body.items()
        if not isinstance(value, list)
    )
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<response>{members}</response>'
    return Response(status, "application/xml", text, {"Cache-Control": "no-store"})


def delivery_of(event: APIGatewayProxyEventV2, at: datetime) -> Delivery:
    """A request as it came, with the bytes that were signed."""
    headers = {name.lower(): value for name, value in event.headers.items()}
    raw_query = event.get("rawQueryString") or ""
    http = (event.get("requestContext") or {}).get("http") or {}
    query = f"?{raw_query}" if raw_query else ""
    url = f"https://{headers.get('host', '')}{event.path}{query}"
    return Delivery(
        body=body_bytes(event),
        at=at,
        method=event.http_method,
        url=url,
        headers=headers,
        query=dict(event.query_string_parameters or {}),
        ip=http.get("sourceIp"),
        user_agent=headers.get("user-agent"),
    )


def html_answer(page: str, status: int = 200, *, allowing: str = "") -> Response[str]:
    """A page that no cache keeps, no other site frames, and that sends no referrer.

    It runs no script and fetches nothing, but for what `allowing` adds to its security policy.
    """
    headers: dict[str, str | list[str]] = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline';"
        " img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        f"{allowing and f'; {allowing}'}",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    return Response(status, "text/html; charset=utf-8", page, headers)


class Application(APIGatewayHttpResolver):
    """A resolver whose every answer has the GUARDS, also those of paths that do not exist."""

    def resolve(self, event: Any, context: Any) -> dict[str, Any]:
        """A request → its answer."""
        answer: dict[str, Any] = super().resolve(event, context)
        answer["headers"] = {**GUARDS, **answer["headers"]}
        return answer


def application(*, also_below: str | None = None) -> APIGatewayHttpResolver:
    """A resolver in which every error of ours is a problem, and no path is a mystery.

    Its paths are also served below a prefix, if one is given.
    """
    app = Application(strip_prefixes=[also_below] if also_below else None)

    @app.not_found
    def no_such_path(_: Exception) -> Response[str]:
        return problem(404, "not-found", "There is no such path; see /openapi.json")

    @app.exception_handler(errors.LeadwheelError)  # type: ignore[untyped-decorator]
    def ours(error: errors.LeadwheelError) -> Response[str]:
        return problem_of(error)

    @app.exception_handler(Exception)  # type: ignore[untyped-decorator]
    def defect(error: Exception) -> Response[str]:
        # The type only: a message may quote what somebody sent.
        logger.error("unexpected error", error_type=type(error).__name__, where=_where(error))
        return problem(*DEFECT)

    return app


def _where(error: BaseException) -> list[str]:
    """The places in our code that an error passed, without its message or values."""
    places = []
    trace = error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-6:]


def endpoint(
    app: APIGatewayHttpResolver, path: str, *methods: str
) -> Callable[[Callable[..., Response[str]]], Callable[..., Response[str]]]:
    """Serve a path to anybody; other methods hear which it takes. HEAD is GET."""
    allowed = set(methods) | ({"HEAD"} if "GET" in methods else set())

    def serve(view: Callable[..., Response[str]]) -> Callable[..., Response[str]]:
        @wraps(view)
        def checked(**arguments: str) -> Response[str]:
            if app.current_event.http_method not in allowed:
                answer = problem(405, "method-not-allowed", f"This path takes {', '.join(methods)}")
                answer.headers["Allow"] = ", ".join(sorted(allowed))
                return answer
            return view(**arguments)

        app.route(path, method=METHODS)(checked)
        return checked

    return serve
