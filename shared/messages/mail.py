"""The mails that reps get."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.config import Rep
from shared.domain.leads import Lead
from shared.messages.card import card
from shared.messages.display import headline, one_line
from shared.messages.rendering import render, render_line, render_text
from shared.messages.times import until_for

SUBJECT = 100  # characters; phones show about forty of them


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in both its forms; `subject` is one line that any mail library takes."""

    subject: str
    text: str
    html: str


def assigned_mail(
    lead: Lead,
    rep: Rep,
    *,
    reason: str,
    until: datetime | None,
    accept_url: str,
    repeated: bool = False,
) -> Mail:
    """The mail to the rep who just got the lead: who, what, how to reach them, and why this rep.

    `reason` is the decision's sentence. `until` ends the protection (None: it does not end); it is
    shown in the rep's time zone. `accept_url` is the mail's only web link. `repeated` says
    that another rep had the lead before and did not take it up.
    """
    return _mail("assigned_mail", lead, rep, until, accept_url, reason=reason, repeated=repeated)


def reminder_mail(lead: Lead, rep: Rep, *, until: datetime | None, accept_url: str) -> Mail:
    """The short mail to a rep who has not accepted the lead yet; as `assigned_mail`."""
    return _mail("reminder_mail", lead, rep, until, accept_url)


def again_mail(
    again: Lead,
    first: Lead,
    rep: Rep,
    *,
    until: datetime | None,
    accept_url: str,
    accepted: bool,
) -> Mail:
    """The mail to the rep who has a person's `first` lead, when the same person comes `again`.

    It says what they wrote this time. `accepted`: the rep has taken the lead up already, and the
    link only shows it; otherwise as `assigned_mail`.
    """
    return _mail("again_mail", again, rep, until, accept_url, first=card(first), accepted=accepted)


def returned_mail(lead: Lead, rep: Rep, *, reason: str) -> Mail:
    """The mail to the rep who was at work on a lead that its seller has taken back.

    There is nothing to do, and no link. `reason` is a few words.
    """
    return _mail("returned_mail", lead, rep, None, "", reason=reason)


def _mail(
    template: str,
    lead: Lead,
    rep: Rep,
    until: datetime | None,
    accept_url: str,
    *,
    reason: str = "",
    **more: object,
) -> Mail:
    values = {
        "lead": card(lead),
        "rep": headline(rep.name, 80),
        "until": until_for(lead, rep, until),
        "accept_url": accept_url,
        "reason": one_line(reason, 500).rstrip("."),
        **more,
    }
    subject = one_line(render_line(f"{template}.subject.txt", **values), SUBJECT)
    return Mail(
        subject=subject,
        text=render_text(f"{template}.txt", **values),
        html=render(f"{template}.html", subject=subject, **values),
    )
