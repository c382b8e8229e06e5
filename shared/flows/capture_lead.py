"""From a form's submission to one durable lead."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from shared.domain.config import Form
from shared.domain.leads import Change, Lead, Step, replay
from shared.errors import (
    InvalidFieldsError,
    KeyInFlightError,
    LeadwheelError,
    StoreBusyError,
    UnreadableBodyError,
)
from shared.flows.persistently import persistently
from shared.sources.body import read_body
from shared.sources.fields import normalise
from shared.sources.fingerprint import body_fingerprint
from shared.sources.redirects import REDIRECT_FIELD, allowed_redirect
from shared.sources.spam import suspicion, without_controls
from shared.store import leads as lead_store
from shared.store.leads import Guard, Quarantined
from shared.surroundings import Surroundings
from shared.telemetry import logger

SAME_BODY_WITHIN = timedelta(seconds=60)
SAME_KEY_WITHIN = timedelta(days=7)
RAW_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Submission:
    """What a sender posted."""

    source: str  # "form#website"
    content_type: str | None
    body: bytes
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Captured:
    """The lead that stands for a submission, and whether it stood before."""

    lead_id: str
    repeated: bool
    redirect: str | None  # where a plain HTML form's visitor goes next


def capture_lead(form: Form, submission: Submission, around: Surroundings) -> Captured:
    """Store a submission as a lead, or in quarantine when it cannot be read or trusted.

    InvalidFieldsError, UnsupportedMediaTypeError, BodyTooLargeError: nothing was stored, the sender
    must act. KeyReusedError, KeyInFlightError: see `shared.store.leads.capture`.
    """
    now, new_id = around.now(), around.new_id()
    raw: dict[str, str] | None = None
    fields: dict[str, object] = {}
    try:
        raw = read_body(submission.content_type, submission.body)
        reason = _suspicion(form, raw, now)
        if reason is None:
            fields = _fields(form, raw)
    except UnreadableBodyError as error:
        reason = f"unreadable: {error}"
    except InvalidFieldsError:
        # The form may ask for more than it did when the same submission was stored.
        standing = _standing(submission, raw, now)
        if standing is None:
            raise
        return Captured(standing, repeated=True, redirect=_redirect(form, raw))
    except LeadwheelError:
        raise
    except Exception as error:  # noqa: BLE001 (the last resort)
        # A mistake of ours must not cost a lead: browsers do not try again.
        logger.error("a submission broke capture", error_type=type(error).__name__)
        reason = "defect: leadwheel failed to read it"
    step = Step.QUARANTINED if reason else Step.CAPTURED
    lead = replay(new_id, submission.source, fields, [Change(step, now, reason=reason)])
    quarantined = (
        Quarantined(submission.body, submission.content_type, now + RAW_KEPT) if reason else None
    )
    lead_id = _store(lead, _guard(submission, raw, now), quarantined, around)
    return Captured(lead_id, lead_id != new_id, _redirect(form, raw))


def _store(lead: Lead, guard: Guard, quarantined: Quarantined | None, around: Surroundings) -> str:
    """Store it; when the same submission is being stored at this instant, wait for its answer."""
    return persistently(
        lambda: lead_store.capture(lead, guard, quarantined, around.now()),
        around,
        (KeyInFlightError, StoreBusyError),
    )


def _suspicion(form: Form, raw: dict[str, str], now: datetime) -> str | None:
    return suspicion(
        raw,
        honeypot=form.honeypot,
        started_field=form.started_field,
        min_seconds=form.min_seconds,
        now=now,
    )


def _fields(form: Form, raw: dict[str, str]) -> dict[str, object]:
    said = without_controls(raw, honeypot=form.honeypot, started_field=form.started_field)
    said.pop(REDIRECT_FIELD, None)
    return normalise(
        said,
        aliases=form.aliases,
        required=form.required,
        default_country=form.default_country,
    )


def _standing(submission: Submission, raw: dict[str, str] | None, now: datetime) -> str | None:
    """The lead that the sender's key stands for already; KeyReusedError: by another body."""
    if submission.idempotency_key is None:
        return None
    return lead_store.standing(_guard(submission, raw, now), now)


def _redirect(form: Form, raw: dict[str, str] | None) -> str | None:
    wanted = (raw or {}).get(REDIRECT_FIELD)
    return allowed_redirect(wanted, form.redirects) or form.thank_you_url


def _guard(submission: Submission, raw: dict[str, str] | None, now: datetime) -> Guard:
    """The sender's key, when there is one; else what was said is the key, for a short while."""
    body_hash = body_fingerprint(submission.source, submission.body if raw is None else raw)
    if submission.idempotency_key is None:
        return Guard(body_hash, body_hash, now + SAME_BODY_WITHIN)
    key = sha256(f"{submission.source}\n{submission.idempotency_key}".encode()).hexdigest()
    return Guard(key, body_hash, now + SAME_KEY_WITHIN)
