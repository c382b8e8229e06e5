"""Specifications for whoever sends leads: a page for people, OpenAPI for programs.

They are public: who has the address reads them, and who guesses a source's id learns that there is
such a source. So they tell what its sender has to know and nothing else: no key, no price, no cap,
no screen, and nothing about any other source.
"""

from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import Response

from functions.desk.app import app
from shared.errors import LeadwheelError
from shared.http import endpoint, html_answer, json_answer, page_of, problem_of
from shared.settings import setting
from shared.store import config as config_store

if TYPE_CHECKING:
    from shared.domain.description import Description

JSON_TYPES = ("application/openapi+json", "application/vnd.oai.openapi+json", "application/json")


@endpoint(app, "/v1/forms/<form_id>/spec", "GET")
def form_spec(form_id: str) -> Response[str]:
    """How to send to a form."""
    return _as_asked(f"form#{form_id}")


@endpoint(app, "/v1/forms/<form_id>/spec.json", "GET")
def form_spec_json(form_id: str) -> Response[str]:
    """The same, for programs."""
    return _for_programs(f"form#{form_id}")


@endpoint(app, "/v1/partners/<partner_id>/spec", "GET")
def partner_spec(partner_id: str) -> Response[str]:
    """How to sell leads here."""
    return _as_asked(f"partner#{partner_id}")


@endpoint(app, "/v1/partners/<partner_id>/spec.json", "GET")
def partner_spec_json(partner_id: str) -> Response[str]:
    """The same, for programs."""
    return _for_programs(f"partner#{partner_id}")


@endpoint(app, "/v1/hooks/<hook_id>/spec", "GET")
def hook_spec(hook_id: str) -> Response[str]:
    """How to connect a platform."""
    return _as_asked(f"hook#{hook_id}")


@endpoint(app, "/v1/hooks/<hook_id>/spec.json", "GET")
def hook_spec_json(hook_id: str) -> Response[str]:
    """The same, for programs."""
    return _for_programs(f"hook#{hook_id}")


def _as_asked(named: str) -> Response[str]:
    """A page, unless a program asks for JSON."""
    wanted = wanted_json(app.current_event.headers.get("accept") or "")
    answer = _for_programs(named, wanted) if wanted else _for_people(named)
    answer.headers["Vary"] = "Accept"
    return answer


def _for_people(named: str) -> Response[str]:
    from shared.messages.spec_page import spec_page

    try:
        return html_answer(spec_page(_described(named)))
    except LeadwheelError as error:
        return page_of(error)


def _for_programs(named: str, content_type: str = "application/json") -> Response[str]:
    from shared.openapi.of_source import source_document

    try:
        answer = json_answer(source_document(_described(named)))
    except LeadwheelError as error:
        return problem_of(error)
    answer.headers["Content-Type"] = content_type
    return answer


def _described(named: str) -> "Description":
    from shared.flows.describe_source import describe_source

    return describe_source(config_store.active(), named, setting("PUBLIC_URL"))


def wanted_json(accept: str) -> str:
    """The JSON media type that an Accept header prefers to a page; "" when it wants the page."""
    weights = dict(map(_weighed, accept.lower().split(",")))
    page = weights.get("text/html", 0.0)
    found = max(JSON_TYPES, key=lambda kind: weights.get(kind, 0.0))
    return found if weights.get(found, 0.0) > page else ""


def _weighed(part: str) -> tuple[str, float]:
    """One media type of an Accept header and its weight (RFC 9110, 12.5.1)."""
    kind, *parameters = (text.strip() for text in part.split(";"))
    given = next((text[2:] for text in parameters if text.startswith("q=")), "1")
    try:
        return kind, float(given)
    except ValueError:
        return kind, 0.0
