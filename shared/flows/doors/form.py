"""A website form's post."""

from dataclasses import dataclass

from shared.domain.config import ActiveConfig
from shared.domain.sources import Form
from shared.errors import NotFoundError, UnreadableBodyError
from shared.flows.capture_lead import Submission, capture_lead, sender_key
from shared.sources.delivery import Delivery, Reported
from shared.sources.flat import read_flat
from shared.sources.redirects import REDIRECT_FIELD, allowed_redirect
from shared.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """The lead that stands for a submission, and where a plain form's visitor goes next."""

    lead_id: str
    redirect: str | None


def form_of(active: ActiveConfig, form_id: str) -> Form:
    """The form; NotFoundError when there is none of this id."""
    form = active.config.forms.get(form_id)
    if form is None:
        raise NotFoundError(f"there is no form {form_id!r}")
    return form


def take_form_post(
    active: ActiveConfig, form_id: str, delivery: Delivery, key: str | None, around: Surroundings
) -> FormAnswer:
    """Store what a form sent. Errors are those of `capture_lead`, and of a body nobody reads."""
    form = form_of(active, form_id)
    reported: Reported | None = None
    unreadable = ""
    try:
        reported = read_flat(delivery.content_type, delivery.body)
    except UnreadableBodyError as error:
        unreadable = str(error)
    submission = Submission(
        f"form#{form_id}", delivery, reported, unreadable, key=sender_key(key, None)
    )
    captured = capture_lead(active, submission, form.aliases, around)
    said = reported.said if reported else {}
    redirect = allowed_redirect(said.get(REDIRECT_FIELD), form.redirects)
    return FormAnswer(captured.lead_id, redirect or form.thank_you_url)
