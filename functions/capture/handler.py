"""What forms, partners and hooks post becomes durable leads."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions import loaded
from shared.domain.config import ActiveConfig
from shared.errors import (
    ForbiddenError,
    LeadwheelError,
    UnauthorisedError,
    UnsupportedMediaTypeError,
)
from shared.flows.doors import form as form_door
from shared.flows.doors.form import FormAnswer
from shared.http import (
    application,
    delivery_of,
    endpoint,
    html_answer,
    json_answer,
    page_of,
    problem,
    problem_of,
    xml_answer,
)
from shared.sources.delivery import Delivery
from shared.sources.media_type import read_media_type
from shared.sources.redirects import ascii_address
from shared.store import config as config_store
from shared.surroundings import real
from shared.telemetry import count

# How long a warm function may go on with a configuration it has read.
CONFIG_MAX_AGE = 5.0

app = application()


def _config() -> ActiveConfig:
    return config_store.active(CONFIG_MAX_AGE)


def _delivery() -> Delivery:
    return delivery_of(app.current_event, real().now())


def _key() -> str | None:
    return app.current_event.headers.get("idempotency-key") or None


# ── Forms ────────────────────────────────────────────────────────────────────────────────────────


@endpoint(app, "/v1/forms/<form_id>/leads", "POST", "OPTIONS")
def form_leads(form_id: str) -> Response[str]:
    """Take a submission, or answer a browser that asks whether its script may send one."""
    event = app.current_event
    origins: Sequence[str] = ()
    try:
        active = _config()
        origins = form_door.form_of(active, form_id).origins
        if event.http_method == "OPTIONS":
            return _preflight(origins)
        taken = form_door.take_form_post(active, form_id, _delivery(), _key(), real())
        answer = _form_answer(taken, event.headers)
    except LeadwheelError as error:
        answer = page_of(error) if _is_page_visit(event.headers) else problem_of(error)
    return _with_cors(answer, origins)


def _is_page_visit(headers: Mapping[str, str]) -> bool:
    """Whether a browser shows the answer as a page: a plain HTML form, not a script."""
    # Without its parameters: an unknown charset makes a script no person.
    essence, _, _ = (headers.get("content-type") or "").partition(";")
    try:
        is_script = read_media_type(essence).format == "json"
    except UnsupportedMediaTypeError:
        is_script = False
    return not is_script and "text/html" in (headers.get("accept") or "").lower()


def _form_answer(taken: FormAnswer, headers: Mapping[str, str]) -> Response[str]:
    """The same for a lead that came before, and for one in quarantine: nobody learns which."""
    if not _is_page_visit(headers):
        return json_answer({"lead_id": taken.lead_id, "status": "received"}, 201)
    if taken.redirect:
        location = ascii_address(taken.redirect)
        # What the thank-you page's own site learns of where its visitor was is as without us.
        own = {"Location": location, "Referrer-Policy": "strict-origin-when-cross-origin"}
        return Response(303, body="", headers={**own})
    from shared.messages.pages import thank_you_page

    return html_answer(thank_you_page(), 201)


def _preflight(origins: Sequence[str]) -> Response[str]:
    answer = _with_cors(Response(204, body=""), origins)
    if "Access-Control-Allow-Origin" in answer.headers:
        answer.headers["Access-Control-Allow-Methods"] = "POST"
        answer.headers["Access-Control-Allow-Headers"] = "content-type, idempotency-key"
        answer.headers["Access-Control-Max-Age"] = "7200"
    return answer


def _with_cors(answer: Response[str], origins: Sequence[str]) -> Response[str]:
    """Let the form's own sites read the answer, above all which field is wrong.

    Other sites' browsers will not show it to them.
    """
    answer.headers["Vary"] = "Origin"
    origin = app.current_event.headers.get("origin")
    if origin and origin in origins:
        answer.headers["Access-Control-Allow-Origin"] = origin
    return answer


# ── Partners ─────────────────────────────────────────────────────────────────────────────────────
# Their doors load when the first of their posts comes: a form's visitor does not wait for them.


@endpoint(app, "/v1/partners/<partner_id>/leads", "POST")
def partner_leads(partner_id: str) -> Response[str]:
    """Buy a lead or say why not."""
    from shared.flows.doors.partner import take_partner_post

    try:
        told = take_partner_post(_config(), partner_id, _delivery(), _key(), real())
    except LeadwheelError as error:
        return _partner_error(error, partner_id)
    return _partner_answer(asdict(told), 201 if told.created else 200)


@endpoint(app, "/v1/partners/<partner_id>/pings", "POST")
def partner_pings(partner_id: str) -> Response[str]:
    """Promise a price for a lead to come, or say why not."""
    from shared.flows.doors.partner import take_ping

    try:
        told = take_ping(_config(), partner_id, _delivery(), _key(), real())
    except LeadwheelError as error:
        return _partner_error(error, partner_id)
    return _partner_answer(asdict(told), 200)


def _partner_answer(body: Mapping[str, Any], status: int) -> Response[str]:
    """In XML for who asks for XML."""
    accepted = (app.current_event.headers.get("accept") or "").lower()
    if "xml" in accepted and "json" not in accepted:
        return xml_answer(body, status)
    return json_answer(body, status)


def _partner_error(error: LeadwheelError, partner_id: str) -> Response[str]:
    """A bad request: a problem that says so in the words of every other answer too."""
    _count_refused(error, f"partner#{partner_id}")
    return problem_of(error, outcome="error")


# ── Hooks ────────────────────────────────────────────────────────────────────────────────────────


@endpoint(app, "/v1/hooks/<hook_id>", "POST", "GET")
def hook(hook_id: str) -> Response[str]:
    """Take a platform's delivery, or answer when it asks whether the address is ours."""
    from shared.flows.doors import hook as hook_door

    try:
        active, delivery = _config(), _delivery()
        if delivery.method != "POST":
            return _challenge(hook_door.answer_challenge(active, hook_id, delivery))
        lead_ids = hook_door.take_hook_delivery(active, hook_id, delivery, real())
    except LeadwheelError as error:
        _count_refused(error, f"hook#{hook_id}")
        return problem_of(error)
    return json_answer({"status": "received", "lead_ids": lead_ids})


def _challenge(answer: tuple[str, str] | None) -> Response[str]:
    if answer is None:
        return problem(
            403, "forbidden", "This is no handshake that we answer; deliveries are POSTs"
        )
    content_type, body = answer
    return Response(200, content_type, body)


def _count_refused(error: LeadwheelError, source: str) -> None:
    """Nothing is stored of who could not prove it; but that they tried is counted."""
    if isinstance(error, UnauthorisedError | ForbiddenError) and _is_configured(source):
        count("RefusedSenders", source=source)


def _is_configured(source: str) -> bool:
    """Whether there is such a source: what strangers make up becomes no metric of its own."""
    return _config().config.source(source) is not None


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """API Gateway (payload 2.0) → leads."""
    return app.resolve(event, context)


loaded()
