"""The quarantine desk: what could not be read or trusted, and a manager's word about it."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.desk.app import app
from functions.desk.asked import Members, asked_for, lead_id_in, raw_body, shown
from functions.desk.guard import guarded
from shared.domain.access import Right
from shared.errors import FieldProblem, InvalidFieldsError, LeadwheelError
from shared.flows import show
from shared.flows.callers import Caller
from shared.http import html_answer, json_answer, page_of
from shared.surroundings import real

MOST_CORRECTIONS = 100
TIME_FOR_OTHERS = timedelta(seconds=9)  # what was delivered with a lead; the function has 15

RELEASE: Members = {
    "fields": (dict, "an object of fields and their texts"),
    "even_if_duplicate": (bool, "true or false"),
}
DISCARD: Members = {"reason": (str, "text")}


@guarded("/v1/quarantine", GET=Right.SEE_QUARANTINE)
def quarantine(_: Caller) -> Response[str]:
    """The submissions that wait for a manager, and those that their platforms are asked for."""
    return json_answer(show.quarantine())


@guarded("/v1/quarantine/<lead_id>", GET=Right.SEE_QUARANTINE)
def held_lead(_: Caller, lead_id: str) -> Response[str]:
    """A lead that is or was held, with what was sent; as a page for who asks for one."""
    wants_page = "text/html" in (app.current_event.headers.get("accept") or "").lower()
    try:
        lead, kept = show.held(lead_id_in(lead_id), real().now())
    except LeadwheelError as error:
        if wants_page:
            return page_of(error)
        raise
    if not wants_page:
        return json_answer(show.held_view(lead, kept))
    # Templates load when a person looks.
    from shared.messages.quarantine_page import quarantine_page

    why = show.why_held(lead)
    if kept is None:
        return html_answer(quarantine_page(lead, why=why, body=None))
    page = quarantine_page(
        lead,
        why=why,
        body=kept.body,
        content_type=kept.content_type,
        part=kept.part,
        expires_at=kept.expires_at,
    )
    return html_answer(page)


@guarded("/v1/quarantine/<lead_id>/release", POST=Right.EMPTY_QUARANTINE)
def release(caller: Caller, lead_id: str) -> Response[str]:
    """Let a lead out, as if it had just come, with what a manager puts right."""
    # Reps, who wait for their pages, do not pay for all that reads leads.
    from shared.flows.release_lead import release_lead

    around = real()
    until = around.now() + TIME_FOR_OTHERS
    body = asked_for(raw_body(), RELEASE)
    lead = release_lead(
        lead_id_in(lead_id),
        _corrections(body.get("fields") or {}),
        around,
        by=caller.who,
        even_if_duplicate=bool(body.get("even_if_duplicate")),
        until=until,
    )
    return json_answer(show.lead_view(lead))


@guarded("/v1/quarantine/<lead_id>/discard", POST=Right.EMPTY_QUARANTINE)
def discard(caller: Caller, lead_id: str) -> Response[str]:
    """Put a lead aside for good; its record stays."""
    from shared.flows.release_lead import discard_lead

    reason = asked_for(raw_body(), DISCARD).get("reason")
    lead = discard_lead(lead_id_in(lead_id), reason, real(), by=caller.who)
    return json_answer(show.lead_view(lead))


def _corrections(said: dict[str, Any]) -> dict[str, str]:
    """Fields and their texts, whatever is in them; InvalidFieldsError: too many, or no texts."""
    problems = [
        FieldProblem(f"fields.{shown(name)}", "must be text")
        for name, text in said.items()
        if not isinstance(text, str)
    ]
    if len(said) > MOST_CORRECTIONS:
        problems.append(FieldProblem("fields", f"must not be more than {MOST_CORRECTIONS}"))
    if problems:
        raise InvalidFieldsError(problems)
    return said
