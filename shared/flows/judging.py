"""What a lead is worth letting in: everything that can be said of it without asking the table.

The order is that of weight: what is paused or a test is that whatever its fields say; a sender's
mistake is told before a screen looks at the lead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.domain.leads import Step
from shared.domain.outcomes import TEST
from shared.domain.personal import PERSONAL
from shared.domain.screening import first_screen
from shared.domain.shifts import is_within
from shared.domain.sources import Form, Hook, Partner, Screen, Source
from shared.errors import FieldProblem, InvalidFieldsError
from shared.sources.delivery import Reported
from shared.sources.email_domains import domain_is
from shared.sources.fields import normalise
from shared.sources.names import fold
from shared.sources.redirects import REDIRECT_FIELD
from shared.sources.spam import suspicion, without_controls

UNREADABLE = "unreadable: "  # how the record of what nobody could read begins

# The platforms that are asked for what they only announced. Of others, a lead that is nothing but
# an id lacks an address, and so goes to quarantine.
FETCHED = frozenset({"meta"})


@dataclass(frozen=True, slots=True)
class Judged:
    """The first step of a lead's log, why, and the fields that are kept."""

    step: Step
    reason: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


def judge(
    named: str,
    source: Source,
    reported: Reported,
    aliases: Mapping[str, list[str]],
    now: datetime,
    *,
    trusted: bool = False,
    even_closed: bool = False,
) -> Judged:
    """Let a lead in, or say what else is to be done with it.

    `trusted`: a manager has looked at it: nothing quarantines or rejects it any more.
    `even_closed`: it came before, or was promised a price, so that its source takes nothing now
    does not count.
    InvalidFieldsError: the sender is told; but a platform cannot be, so its leads are kept.
    """
    if not (trusted or even_closed) and (closed := _closed(source, now)):
        return Judged(Step.REJECTED, closed)
    if not trusted and (early := _unread(source, reported, now)):
        return early
    try:
        fields = fields_of(source, reported, aliases)
    except InvalidFieldsError as error:
        if not isinstance(source, Hook) or trusted:
            raise
        return Judged(Step.QUARANTINED, f"invalid_fields: {error}")
    if reported.test or (isinstance(source, Partner) and source.mode == "test"):
        return Judged(Step.REJECTED, f"{TEST}: a test; it goes to nobody and costs nothing", fields)
    screen = first_screen(source.screening, named, fields, domain_is)
    if screen and screen.then != "accept" and not trusted:
        step = Step.QUARANTINED if screen.then == "quarantine" else Step.REJECTED
        return Judged(step, f"screened: {screen.name}", fields)
    return Judged(Step.CAPTURED, _warning(reported, fields), fields)


def _unread(source: Source, reported: Reported, now: datetime) -> Judged | None:
    """What is to be done whatever the fields say; None: they decide."""
    if reported.unreadable:
        return Judged(Step.QUARANTINED, f"{UNREADABLE}{reported.unreadable}")
    if reported.fetch and isinstance(source, Hook) and source.format in FETCHED:
        return Judged(Step.ANNOUNCED, "announced: its platform is asked for the rest")
    if isinstance(source, Form) and (why := _suspicion(source, reported, now)):
        return Judged(Step.QUARANTINED, why)
    return None


def judge_ping(
    named: str,
    partner: Partner,
    reported: Reported,
    aliases: Mapping[str, list[str]],
    now: datetime,
) -> Judged:
    """Whether a lead like this would be let in, by what is known of it before it comes.

    InvalidFieldsError: a field is wrong, or says who the person is.
    """
    if closed := _closed(partner, now):
        return Judged(Step.REJECTED, closed)
    fields = fields_of(partner, reported, aliases, needs_contact=False)
    if personal := PERSONAL & fields.keys():
        raise InvalidFieldsError(
            [
                FieldProblem(name, "says who it is; leave it to the post")
                for name in sorted(personal)
            ]
        )
    is_test = reported.test or partner.mode == "test"
    screens = [screen for screen in partner.screening if _needs_no_post(screen)]
    screen = first_screen(screens, named, fields, domain_is)
    if screen and screen.then == "reject" and not is_test:
        return Judged(Step.REJECTED, f"screened: {screen.name}", fields)
    return Judged(Step.CAPTURED, None, fields)


def _needs_no_post(screen: Screen) -> bool:
    """Whether a screen can be judged by what a ping says: not who it is, nor how good."""
    needed = (screen.email_domains, screen.contains, screen.missing, screen.score_below)
    unsaid = {fold(field) for field in (*PERSONAL, "score")}
    return all(condition is None for condition in needed) and not (
        unsaid & screen.when.asked_fields()
    )


def _closed(source: Source, now: datetime) -> str | None:
    """Why nothing is taken from this source now."""
    if isinstance(source, Hook) and source.paused:
        return "paused: this hook is switched off"
    if isinstance(source, Partner):
        if source.mode == "paused":
            return "paused: nothing is bought from this partner for now"
        if not is_within(source.hours, source.time_zone, now):
            return "outside_hours: nothing is bought at this hour"
    return None


def _suspicion(form: Form, reported: Reported, now: datetime) -> str | None:
    return suspicion(
        reported.said,
        honeypot=form.honeypot,
        started_field=form.started_field,
        min_seconds=form.min_seconds,
        now=now,
    )


def fields_of(
    source: Source,
    reported: Reported,
    aliases: Mapping[str, list[str]],
    *,
    needs_contact: bool = True,
) -> dict[str, Any]:
    """The normal lead's fields; InvalidFieldsError names every one that is missing or wrong."""
    said = dict(reported.said)
    if isinstance(source, Form):
        said = without_controls(said, honeypot=source.honeypot, started_field=source.started_field)
        said.pop(REDIRECT_FIELD, None)
    fields = normalise(
        said,
        aliases=aliases,
        required=[name for name in source.required if needs_contact or name not in PERSONAL],
        default_country=source.default_country,
        defaults=source.defaults,
        needs_contact=needs_contact,
    )
    problems = [
        FieldProblem(name, f"must be one of: {', '.join(values)}")
        for name, values in source.values.items()
        if (text := _text(fields, name)) and text.casefold() not in map(str.casefold, values)
    ]
    if problems:
        raise InvalidFieldsError(problems)
    return fields


def _text(fields: Mapping[str, Any], name: str) -> str:
    """A field's text; names of the sender's own are the same in any spelling."""
    if name in fields:
        return str(fields[name])
    extra: Mapping[str, str] = fields.get("extra", {})
    return next((text for known, text in extra.items() if fold(known) == fold(name)), "")


def _warning(reported: Reported, fields: Mapping[str, Any]) -> str | None:
    """What a person should know about a lead that is otherwise fine; it stands in the decision."""
    code = fields.get("postal_code")
    if code and any(reported.said[name] == code for name in reported.numbers if _is_zip(name)):
        return "postal_code came as a number: zeros at its start may be missing"
    return None


def _is_zip(name: str) -> bool:
    return any(part in fold(name) for part in ("zip", "postal", "postcode", "plz"))
