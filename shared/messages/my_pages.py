"""The pages of somebody who signs in, and a rep's own: made for a phone, without any script.

As those of `shared.messages.pages`: whole documents that need nothing else. `nonce` is what their
forms post, `root` the way from the page to where all paths begin. A rep's are in their language,
which `Config.reader` says; the others in the one that is named.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from shared.domain.config import Config, Rep
from shared.domain.languages import Language
from shared.domain.leads import Change, Lead, Status, Step
from shared.domain.mine import Mine, is_masked, possible, snoozed_until
from shared.domain.push import push_channel
from shared.domain.sessions import Session
from shared.messages.card import Card, card, masked_card
from shared.messages.display import headline, one_line
from shared.messages.reasons import words_of
from shared.messages.rendering import render
from shared.messages.times import Until, until_as_seen

_GIVING_BACK = (Step.DECLINED, Step.UNASSIGNED)
SHOWN_STEPS = 10  # of what was done, the newest


# ── Signing in ───────────────────────────────────────────────────────────────────────────────────


def sign_in_page(language: Language, *, asked: bool) -> str:
    """Asks for an address; `asked`: one was given, and whether it is known is not said."""
    return render("sign_in_page.html", language, asked=asked)


def sign_in_link_page(language: Language, *, action_url: str, nonce: str) -> str:
    """The page behind a mailed link: one button, which signs in."""
    return render("sign_in_link_page.html", language, action_url=action_url, nonce=nonce)


def sign_in_refused_page(language: Language, *, root: str) -> str:
    """The link is none of ours, has been used, or its time is over."""
    return render("sign_in_refused_page.html", language, root=root)


class _Session(NamedTuple):
    session_id: str
    is_own: bool
    created: Until
    seen: Until


def sessions_page(
    language: Language,
    sessions: Sequence[Session],
    *,
    own: str,
    time_zone: str,
    now: datetime,
    nonce: str,
    root: str,
) -> str:
    """Where somebody is signed in; `own` is the id of the session they look with."""
    shown = [
        _Session(
            one.session_id,
            one.session_id == own,
            until_as_seen(one.created_at, time_zone, now),
            until_as_seen(one.seen_at, time_zone, now),
        )
        for one in sessions
    ]
    return render("sessions_page.html", language, sessions=shown, nonce=nonce, root=root)


def token_page(language: Language, token: str, *, nonce: str, root: str) -> str:
    """The token of a session for a program, which is shown this once."""
    return render("token_page.html", language, token=token, nonce=nonce, root=root)


# ── A rep's leads ────────────────────────────────────────────────────────────────────────────────


class Row(NamedTuple):
    """A lead in a list."""

    lead: Card
    until: Until | None = None  # then it is not theirs any more, or wanted again
    reached: bool = False


class OpenRows(NamedTuple):
    """What a pool has to claim: leads, and so many unseen ones."""

    pool_id: str
    rows: list[Row]
    unseen: int


def no_leads_page(language: Language, *, nonce: str, root: str) -> str:
    """For who is signed in and no rep: leads are worked by reps."""
    return render("no_leads_page.html", language, nonce=nonce, root=root)


def no_such_lead_page(language: Language, *, nonce: str, root: str) -> str:
    """In place of a lead that is not the reader's, or is not there: which of these is not said."""
    return render("no_such_lead_page.html", language, nonce=nonce, root=root)


def my_leads_page(
    mine: Mine, rep: Rep, config: Config, *, now: datetime, said: str, nonce: str, root: str
) -> str:
    """A rep's leads, what waits first. `said` is what they have just done, as a step's name."""

    def row(lead: Lead, until: datetime | None = None) -> Row:
        reached = lead.status is Status.CONTACTED
        return Row(_card(lead, config), _seen(until, rep, now), reached)

    pools = [
        OpenRows(
            pool.pool_id,
            [row(lead, lead.latest(Step.OPENED).until) for lead in pool.leads],
            pool.unseen,
        )
        for pool in mine.pools
    ]
    return render(
        "my_leads_page.html",
        rep.language or Language.EN,
        rep=headline(rep.name, 80),
        waiting=[row(lead, lead.yours_until) for lead in mine.waiting],
        working=[row(lead) for lead in mine.working],
        snoozed=[row(lead, snoozed_until(lead, now)) for lead in mine.snoozed],
        pools=pools,
        may_ring=push_channel(config, rep) is not None,
        more=mine.more,
        said=said,
        nonce=nonce,
        root=root,
    )


class Done(NamedTuple):
    """Something that the rep did with a lead."""

    step: Step
    at: Until
    until: Until | None
    words: str


def my_lead_page(
    lead: Lead,
    rep: Rep,
    config: Config,
    *,
    now: datetime,
    said: str,
    problem: str,
    nonce: str,
    root: str,
    ends: datetime | None = None,
    sent: Mapping[str, str] | None = None,
) -> str:
    """A lead of the rep's, with a form for all that is possible with it now.

    `said` as in `my_leads_page`; `problem` is why a button did not work, as a code: "not_possible",
    "too_old", "at_once", or the field that was wrong; with `ends`, it cannot be put off so long, as
    it is taken from the rep then. What was `sent` by that button stands in its form again.
    """
    done = [change for change in lead.log if change.rep == lead.owner and change.step in _BY_REP]
    return render(
        "my_lead_page.html",
        rep.language or Language.EN,
        lead=_card(lead, config),
        masked=is_masked(lead, config),
        status=lead.status,
        assignment=lead.assignment,
        steps=possible(lead),
        until=_seen(lead.yours_until, rep, now),
        snoozed=_seen(snoozed_until(lead, now), rep, now),
        done=[_done(change, rep, now) for change in done[-SHOWN_STEPS:]],
        said=said,
        problem=problem,
        ends=_seen(ends, rep, now),
        sent=_for_now(sent or {}, possible(lead)),
        nonce=nonce,
        root=root,
    )


def _for_now(sent: Mapping[str, str], steps: Collection[Step]) -> Mapping[str, str]:
    """What was sent; giving the lead back is another step once it is accepted, and one form."""
    now = [step for step in _GIVING_BACK if step in steps]
    return {**sent, "step": now[0]} if sent.get("step") in _GIVING_BACK and now else sent


def open_lead_page(
    lead: Lead,
    rep: Rep,
    config: Config,
    *,
    now: datetime,
    problem: str,
    nonce: str,
    root: str,
) -> str:
    """A lead that the rep may take; `problem` as in `my_lead_page`."""
    opened = lead.latest(Step.OPENED)
    return render(
        "open_lead_page.html",
        rep.language or Language.EN,
        lead=_card(lead, config),
        masked=is_masked(lead, config),
        others=len(opened.offered) - 1,
        until=_seen(opened.until, rep, now),
        problem=problem,
        nonce=nonce,
        root=root,
    )


_BY_REP = frozenset(
    {Step.ACCEPTED, Step.CLAIMED, Step.CONTACTED, Step.ATTEMPTED, Step.NOTED, Step.SNOOZED}
)


def _done(change: Change, rep: Rep, now: datetime) -> Done:
    return Done(
        change.step,
        until_as_seen(change.at, rep.time_zone, now),
        _seen(change.until, rep, now) if change.step is Step.SNOOZED else None,
        one_line(words_of(change), 500),
    )


def _card(lead: Lead, config: Config) -> Card:
    return masked_card(lead) if is_masked(lead, config) else card(lead)


def _seen(moment: datetime | None, rep: Rep, now: datetime) -> Until | None:
    return until_as_seen(moment, rep.time_zone, now) if moment else None
