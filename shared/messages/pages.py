"""The pages that people see: reps behind a mail's link, visitors of a plain form, and the demo.

Those for a rep are in the rep's language, those for who may be one in that of their browser, the
others in English.

Each function returns a whole HTML document that needs nothing else: no script, no remote resource.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.domain.config import Rep
from shared.domain.languages import Language
from shared.domain.leads import Lead, Status
from shared.domain.pools import Person
from shared.errors import FieldProblem
from shared.messages.card import card, masked_card
from shared.messages.display import headline, mailto, one_line
from shared.messages.rendering import render
from shared.messages.times import until_for


def accept_page(
    lead: Lead,
    rep: Rep,
    *,
    until: datetime | None,
    action_url: str,
    nonce: str,
    masked: bool = False,
) -> str:
    """The page behind a mail's link: one button, which posts `nonce` to `action_url`.

    Showing it changes nothing, since mail scanners open links too. `until` and `masked` as in
    `assigned_mail`.
    """
    return render(
        "accept_page.html",
        _language(rep),
        lead=masked_card(lead) if masked else card(lead),
        rep=headline(rep.name, 80),
        until=until_for(lead, rep, until),
        then=lead.then_becomes,
        action_url=action_url,
        nonce=nonce,
    )


def offer_page(
    lead: Lead, rep: Rep, *, until: datetime | None, others: int, action_url: str, nonce: str
) -> str:
    """The page behind an offer's link: one button, which posts `nonce` to `action_url`.

    As `accept_page`; nothing on it reaches the person. `others` as in `mail.offer_mail`.
    """
    return render(
        "offer_page.html",
        _language(rep),
        lead=masked_card(lead),
        rep=headline(rep.name, 80),
        until=until_for(lead, rep, until),
        others=others,
        action_url=action_url,
        nonce=nonce,
    )


def refused_page(rep: Rep | None, *, ask: Person, code: str) -> str:
    """The lead is still there, and the reader cannot take it now; `code` names the obstacle."""
    return render("refused_page.html", _language(rep), **_to_ask(ask), code=code)


def accepted_page(lead: Lead, rep: Rep) -> str:
    """The answer to the button: the lead is the rep's, and this is how to reach it."""
    name = headline(rep.name, 80)
    return render("accepted_page.html", _language(rep), lead=card(lead), rep=name)


def closed_page(lead: Lead, rep: Rep, *, masked: bool) -> str:
    """The lead is the rep's, and won or lost already: there is nothing left to do.

    `masked`: its seller took it back before the reader had accepted it.
    """
    won = lead.status is Status.CONVERTED
    shown = masked_card(lead) if masked else card(lead)
    name = headline(rep.name, 80)
    return render("closed_page.html", _language(rep), lead=shown, rep=name, won=won)


def gone_page(rep: Rep | None, *, ask: Person, ended: str, where: str) -> str:
    """The lead is not the reader's any more: what became of it, and whom to ask.

    `ended`: how the reader lost it: "declined", "reclaimed", "lapsed", "unassigned", "rerouted", a
    colleague was "faster", or "" when they never had it. `where`: "colleague" has it, or the reader
    "again", or it is on its way ("routing"), waits for a rep to be free ("parked"), for whoever
    claims it ("open") or for a "manager", or nobody is to have it any more ("closed").
    """
    return render("gone_page.html", _language(rep), **_to_ask(ask), ended=ended, where=where)


def useless_link_page(rep: Rep | None, *, ask: Person) -> str:
    """The link is one of ours and does nothing for its reader: it has expired.

    Or who it was made for has left, or is switched off; None: there is no such rep any more.
    """
    why = "expired" if rep and rep.active else "left"
    return render("useless_link_page.html", _language(rep), **_to_ask(ask), why=why)


def _language(rep: Rep | None) -> Language:
    """What the reader reads; of who has left, we do not know it any more."""
    return (rep and rep.language) or Language.EN


def _to_ask(person: Person) -> dict[str, str]:
    return {
        "ask": headline(person.name, 80),
        "ask_email": one_line(person.email, 254),
        "ask_mailto": mailto(person.email),
    }


def bad_link_page(language: Language = Language.EN) -> str:
    """The link is none of ours: cut off on its way, or made up."""
    return render("bad_link_page.html", language)


def thank_you_page() -> str:
    """For the visitor of a plain HTML form whose site has no page of its own for this."""
    return render("thank_you_page.html")


def form_problems_page(problems: Sequence[FieldProblem]) -> str:
    """For the visitor of a plain HTML form: every field to put right."""
    shown = [
        FieldProblem(headline(problem.field, 100), one_line(problem.message, 300))
        for problem in problems
    ]
    return render("form_problems_page.html", problems=shown)


def problem_page(kind: str, language: Language = Language.EN) -> str:
    """For people who would otherwise see raw JSON: why it did not work, and what to do now.

    `kind` is the last part of the problem's type ("busy").
    """
    return render("problem_page.html", language, kind=kind)


def demo_page(
    *,
    form_action: str,
    started_field: str,
    started: str,
    honeypot: str,
    redirect: str,
    mail_url: str,
) -> str:
    """A form to try leadwheel with; it posts to `form_action` as any website's would.

    `started` is when it was shown, in the field that the form's configuration names, and `honeypot`
    is the name of the field that people cannot see. `redirect` is where the visitor is sent
    afterwards ("": nowhere), `mail_url` where the mails that go out can be read.
    """
    return render(
        "demo_page.html",
        form_action=form_action,
        started_field=started_field,
        started=started,
        honeypot=honeypot,
        redirect=redirect,
        mail_url=mail_url,
    )


def mailbox_page(mails: Sequence[Mapping[str, str]]) -> str:
    """A local mailbox, newest mail first.

    Each mail has `to`, `subject`, `time` (RFC 3339, so that it sorts), `html` and `text`; any of
    them may be missing. A mail's HTML is shown in a frame that runs nothing.
    """
    keys = ("to", "subject", "time", "html", "text")
    whole = [{key: mail.get(key, "") for key in keys} for mail in mails]
    return render("mailbox_page.html", mails=sorted(whole, key=_time, reverse=True))


def _time(mail: Mapping[str, str]) -> str:
    return mail["time"]
