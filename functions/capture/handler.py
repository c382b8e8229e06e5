"""A website form's POST becomes one durable lead."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_lambda_powertools.event_handler import Response

from shared.domain.config import Form
from shared.errors import LeadwheelError, NotFoundError, UnsupportedMediaTypeError
from shared.flows.capture_lead import Captured, Submission, capture_lead
from shared.http import (
    application,
    body_bytes,
    endpoint,
    html_answer,
    json_answer,
    page_of,
    problem_of,
)
from shared.sources.media_type import read_media_type
from shared.sources.redirects import ascii_address
from shared.store import config as config_store
from shared.surroundings import real

# How long a warm function may go on with a configuration it has read.
CONFIG_MAX_AGE = 5.0

app = application()


@endpoint(app, "/v1/forms/<form_id>/leads", "POST", "OPTIONS")
def form_leads(form_id: str) -> Response[str]:
    """Take a submission, or answer a browser that asks whether its script may send one."""
    event = app.current_event
    origins: Sequence[str] = ()
    try:
        form = _form(form_id)
        origins = form.origins
        if event.http_method == "OPTIONS":
            return _preflight(origins)
        answer = _answer(capture_lead(form, _submission(form_id), real()), event.headers)
    except LeadwheelError as error:
        answer = page_of(error) if _is_page_visit(event.headers) else problem_of(error)
    return _with_cors(answer, origins)


def _form(form_id: str) -> Form:
    form = config_store.active(CONFIG_MAX_AGE).config.forms.get(form_id)
    if form is None:
        raise NotFoundError(f"there is no form {form_id!r}")
    return form


def _submission(form_id: str) -> Submission:
    event = app.current_event
    return Submission(
        source=f"form#{form_id}",
        content_type=event.headers.get("content-type"),
        body=body_bytes(event),
        idempotency_key=event.headers.get("idempotency-key") or None,
    )


def _is_page_visit(headers: Mapping[str, str]) -> bool:
    """Whether a browser shows the answer as a page: a plain HTML form, not a script."""
    # Without its parameters: an unknown charset makes a script no person.
    essence, _, _ = (headers.get("content-type") or "").partition(";")
    try:
        is_script = read_media_type(essence).format == "json"
    except UnsupportedMediaTypeError:
        is_script = False
    return not is_script and "text/html" in (headers.get("accept") or "").lower()


def _answer(captured: Captured, headers: Mapping[str, str]) -> Response[str]:
    """The same for a lead that came before, and for one in quarantine: nobody learns which."""
    if not _is_page_visit(headers):
        return json_answer({"lead_id": captured.lead_id, "status": "received"}, 201)
    if captured.redirect:
        location = ascii_address(captured.redirect)
        return Response(303, body="", headers={"Location": location, "Cache-Control": "no-store"})
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


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """API Gateway (payload 2.0) → a form's lead."""
    return app.resolve(event, context)
