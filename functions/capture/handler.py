"""A website form's POST becomes one durable lead."""

import base64
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from shared.domain.config import Form
from shared.errors import InvalidFieldsError, NotFoundError
from shared.flows.capture_lead import Captured, Submission, capture_lead
from shared.http import application, endpoint, html_answer, json_answer
from shared.store import config as config_store
from shared.surroundings import real

# How long a warm function may go on with a configuration it has read.
CONFIG_MAX_AGE = 5.0

app = application()


@endpoint(app, "/v1/forms/<form_id>/leads", "POST", "OPTIONS")
def form_leads(form_id: str) -> Response[str]:
    """Take a submission, or answer a browser that asks whether its script may send one."""
    form = config_store.active(CONFIG_MAX_AGE).config.forms.get(form_id)
    if form is None:
        raise NotFoundError(f"there is no form {form_id!r}")
    event = app.current_event
    origin = event.headers.get("origin")
    if event.http_method == "OPTIONS":
        return _with_cors(Response(204, body=""), form, origin, preflight=True)
    try:
        captured = capture_lead(form, _submission(form_id, event.headers), real())
    except InvalidFieldsError as error:
        if not _is_page_visit(event.headers):
            raise
        from shared.messages.pages import form_problems_page  # templates load when a person looks

        return html_answer(form_problems_page(error.problems), 422)
    return _with_cors(_answer(captured, event.headers), form, origin)


def _submission(form_id: str, headers: Mapping[str, str]) -> Submission:
    event = app.current_event
    text = event.body or ""
    body = (
        base64.b64decode(text) if event.is_base64_encoded else text.encode(errors="surrogatepass")
    )
    return Submission(
        source=f"form#{form_id}",
        content_type=headers.get("content-type"),
        body=body,
        idempotency_key=headers.get("idempotency-key") or None,
    )


def _is_page_visit(headers: Mapping[str, str]) -> bool:
    """Whether a browser shows the answer as a page: a plain HTML form, not a script."""
    content_type = headers.get("content-type") or ""
    return "text/html" in (headers.get("accept") or "") and not content_type.startswith(
        "application/json"
    )


def _answer(captured: Captured, headers: Mapping[str, str]) -> Response[str]:
    """The same for a lead that came before, and for one in quarantine: nobody learns which."""
    if not _is_page_visit(headers):
        return json_answer({"lead_id": captured.lead_id, "status": "received"}, 201)
    if captured.redirect:
        return Response(
            303, body="", headers={"Location": captured.redirect, "Cache-Control": "no-store"}
        )
    from shared.messages.pages import thank_you_page

    return html_answer(thank_you_page(), 201)


def _with_cors(
    answer: Response[str], form: Form, origin: str | None, *, preflight: bool = False
) -> Response[str]:
    """Let the form's own sites read the answer; other sites' browsers will not show it to them."""
    answer.headers["Vary"] = "Origin"
    if origin in form.origins:
        answer.headers["Access-Control-Allow-Origin"] = origin or ""
        if preflight:
            answer.headers["Access-Control-Allow-Methods"] = "POST"
            answer.headers["Access-Control-Allow-Headers"] = "content-type, idempotency-key"
            answer.headers["Access-Control-Max-Age"] = "7200"
    return answer


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """API Gateway (payload 2.0) → a form's lead."""
    return app.resolve(event, context)
