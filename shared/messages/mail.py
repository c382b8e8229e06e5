"""The mails that reps get."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.config import Rep
from shared.domain.leads import Lead
from shared.messages.card import card, masked_card
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


@dataclass(frozen=True, slots=True)
class Given:
    """Who gave a lead to its rep by hand, and what they said; "": nothing."""

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
) -> Mail:
    """The mail to the rep who just got the lead: who, what, how to reach them, and why this rep.

    `reason` is the decision's sentence. `until` ends the protection (None: it does not end); it is
    shown in the rep's time zone. `accept_url` is the mail's only web link. `repeated` says
    that another rep had the lead before and did not take it up. `begins` is when the rep's shift
    does, if the lead is for then; `given` says which manager gave it, if one did.
    """
    return _mail(
        "assigned_mail",
        lead,
        rep,
        until,
        accept_url,
        reason=reason,
        repeated=repeated,
        begins=until_for(lead, rep, begins),
        given=given and Given(headline(given.by, 80), one_line(given.words, 500).rstrip(".")),
    )


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


def offer_mail(
    lead: Lead, rep: Rep, *, others: int, until: datetime | None, accept_url: str
) -> Mail:
    """The mail to one of those whom a lead is offered: the first to take it has it.

    Nothing in it reaches the person. `others` is how many others it is offered to; who they are is
    not said. `until` and `accept_url` as in `assigned_mail`.
    """
    return _mail("offer_mail", lead, rep, until, accept_url, masked=True, others=others)


def claimed_mail(lead: Lead, rep: Rep, *, accept_url: str) -> Mail:
    """The mail to the rep who was first to take an offered lead: who it is, and how to reach them.

    `accept_url` leads to the lead; there is nothing left to accept.
    """
    return _mail("claimed_mail", lead, rep, None, accept_url)


def snoozed_mail(lead: Lead, rep: Rep, *, accept_url: str, note: str) -> Mail:
    """The mail to the rep who asked to be reminded of a lead now; `note` is what they said then.

    `accept_url` leads to the lead; there is nothing left to accept.
    """
    return _mail("snoozed_mail", lead, rep, None, accept_url, reason=note)


def late_mail(lead: Lead, rep: Rep, *, faster: bool) -> Mail:
    """The mail to those whom a lead was offered and who did not get it; there is nothing to do.

    `faster`: a colleague took it; otherwise a colleague was given it.
    """
    return _mail("late_mail", lead, rep, None, "", masked=True, faster=faster)


def moved_mail(lead: Lead, rep: Rep, *, where: str, reason: str) -> Mail:
    """The mail to the rep from whom a lead was taken, other than by the clock; nothing to do.

    `where`: a "colleague" has it, "somebody" will get it, or it is another "pool"'s. `reason` is
    what was said about it; "": nothing.
    """
    return _mail("moved_mail", lead, rep, None, "", reason=reason, where=where)


def _mail(
    template: str,
    lead: Lead,
    rep: Rep,
    until: datetime | None,
    accept_url: str,
    *,
    reason: str = "",
    masked: bool = False,
    **more: object,
) -> Mail:
    values = {
        "lead": masked_card(lead) if masked else card(lead),
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
