"""The mails that reps get."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from shared.domain.config import Rep
from shared.domain.languages import Language
from shared.domain.leads import Lead
from shared.domain.mail_templates import MailKind
from shared.domain.people import A_MANAGER
from shared.messages.card import card, masked_card
from shared.messages.display import headline, one_line
from shared.messages.languages import phrase
from shared.messages.reasons import in_language
from shared.messages.rendering import render, render_line, render_text
from shared.messages.times import until_for

SUBJECT = 100  # characters; phones show about forty of them


class MadeOf(NamedTuple):
    """What a mail says, for who words it otherwise; see `own_words`."""

    kind: MailKind
    language: Language
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in both its forms; `subject` is one line that any mail library takes."""

    subject: str
    text: str
    html: str
    made_of: MadeOf | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Given:
    """Who gave a lead to its rep by hand, and what they said; "": nothing.

    `by` is a name; "": a manager whom nobody names.
    """

    by: str
    words: str = ""


def assigned_mail(
    lead: Lead,
    rep: Rep,
    *,
    reason: str,
    until: datetime | None,
    accept_url: str,
    repeated: bool = False,
    begins: datetime | None = None,
    given: Given | None = None,
    masked: bool = False,
) -> Mail:
    """The mail to the rep who just got the lead: who, what, how to reach them, and why this rep.

    `reason` is the decision's sentence, which is said in the rep's language. `until` ends the
    protection (None: it does not end); it is shown in the rep's time zone, with what the lead's own
    deadlines do then. `accept_url` is the mail's only web link. `repeated` says that another rep
    had the lead before and did not take it up. `begins` is when the rep's shift does, if the lead
    is for then; `given` says which manager gave it, if one did. `masked`: who it is, and how to
    reach them, shows once they have accepted.
    """
    return _mail(
        MailKind.ASSIGNED,
        lead,
        rep,
        until,
        accept_url,
        reason=reason,
        then=lead.then_becomes,
        repeated=repeated,
        begins=until_for(lead, rep, begins),
        given=given and _shown(given),
        masked=masked,
    )


def _shown(given: Given) -> Given:
    by = "" if given.by == A_MANAGER else headline(given.by, 80)
    return Given(by, one_line(given.words, 500).rstrip("."))


def reminder_mail(
    lead: Lead,
    rep: Rep,
    *,
    until: datetime | None,
    accept_url: str,
    accepted: bool = False,
    masked: bool = False,
) -> Mail:
    """The short mail to a rep who has done nothing about the lead yet; as `assigned_mail`.

    `accepted`: they have accepted it, and the link only shows it.
    """
    return _mail(
        MailKind.REMINDER,
        lead,
        rep,
        until,
        accept_url,
        then=lead.then_becomes,
        accepted=accepted,
        masked=masked,
    )


def again_mail(
    again: Lead,
    first: Lead,
    rep: Rep,
    *,
    until: datetime | None,
    accept_url: str,
    accepted: bool,
    masked: bool = False,
) -> Mail:
    """The mail to the rep who has a person's `first` lead, when the same person comes `again`.

    It says what they wrote this time. `accepted`: the rep has taken the lead up already, and the
    link only shows it; otherwise as `assigned_mail`.
    """
    known = masked_card(first) if masked else card(first)
    return _mail(
        MailKind.AGAIN,
        again,
        rep,
        until,
        accept_url,
        first=known,
        then=first.then_becomes,
        accepted=accepted,
        masked=masked,
    )


def returned_mail(lead: Lead, rep: Rep, *, reason: str, masked: bool = False) -> Mail:
    """The mail to the rep who was at work on a lead that its seller has taken back.

    There is nothing to do, and no link. `reason` is a few words; those of the usual reasons are
    said in the rep's language.
    """
    reason = phrase(rep.language or Language.EN, reason)
    return _mail(MailKind.RETURNED, lead, rep, None, "", reason=reason, masked=masked)


def offer_mail(
    lead: Lead, rep: Rep, *, others: int, until: datetime | None, accept_url: str
) -> Mail:
    """The mail to one of those whom a lead is offered: the first to take it has it.

    Nothing in it reaches the person. `others` is how many others it is offered to; who they are is
    not said. `until` and `accept_url` as in `assigned_mail`.
    """
    return _mail(MailKind.OFFER, lead, rep, until, accept_url, masked=True, others=others)


def claimed_mail(lead: Lead, rep: Rep, *, accept_url: str) -> Mail:
    """The mail to the rep who was first to take an offered lead: who it is, and how to reach them.

    `accept_url` leads to the lead; there is nothing left to accept.
    """
    return _mail(MailKind.CLAIMED, lead, rep, None, accept_url)


def snoozed_mail(lead: Lead, rep: Rep, *, accept_url: str, note: str) -> Mail:
    """The mail to the rep who asked to be reminded of a lead now; `note` is what they said then.

    `accept_url` leads to the lead; there is nothing left to accept.
    """
    return _mail(MailKind.SNOOZED, lead, rep, None, accept_url, reason=note)


def late_mail(lead: Lead, rep: Rep, *, faster: bool) -> Mail:
    """The mail to those whom a lead was offered and who did not get it; there is nothing to do.

    `faster`: a colleague took it; otherwise a colleague was given it.
    """
    return _mail(MailKind.LATE, lead, rep, None, "", masked=True, faster=faster)


def moved_mail(
    lead: Lead, rep: Rep, *, where: str, reason: str, late: str = "", masked: bool = False
) -> Mail:
    """The mail to the rep from whom a lead was taken; nothing to do.

    `where`: a "colleague" has it, "somebody" will get it, it is another "pool"'s, it is "open" for
    whoever claims it, or it is a "manager"'s to decide about. `reason` is what was said about it;
    "": nothing. `late`: what they had not done in time when the clock took it; "": it did not.
    `masked`: they never knew who it is.
    """
    return _mail(
        MailKind.MOVED, lead, rep, None, "", reason=reason, where=where, late=late, masked=masked
    )


def _mail(
    kind: MailKind,
    lead: Lead,
    rep: Rep,
    until: datetime | None,
    accept_url: str,
    *,
    reason: str = "",
    masked: bool = False,
    **more: object,
) -> Mail:
    language = rep.language or Language.EN
    values = {
        "lead": masked_card(lead) if masked else card(lead),
        "rep": headline(rep.name, 80),
        "until": until_for(lead, rep, until),
        "accept_url": accept_url,
        "reason": one_line(in_language(reason, language), 500).rstrip("."),
        **more,
    }
    subject = subject_of(render_line(f"{kind}_mail.subject.txt", language, **values))
    return Mail(
        subject=subject,
        text=render_text(f"{kind}_mail.txt", language, **values),
        html=render(f"{kind}_mail.html", language, subject=subject, **values),
        made_of=MadeOf(kind, language, values),
    )


def subject_of(text: str) -> str:
    """One line that mail headers take, short enough to be read."""
    return one_line(text, SUBJECT)
