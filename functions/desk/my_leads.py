"""The pages a rep works with, on a phone mostly: their leads, and what they do with each."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.desk.app import app
from functions.desk.asked import MAX_REASON, lead_id_in, won_in
from functions.desk.visitors import Visitor, for_visitors, form, see_other
from shared.domain.access import Right
from shared.domain.config import Config, Rep
from shared.domain.languages import Language
from shared.domain.leads import GIVING, Lead, Step, Won
from shared.domain.mine import BUTTONS, Mine, may_claim
from shared.errors import (
    ConflictError,
    FieldProblem,
    IllegalTransitionError,
    ImpossibleForRepError,
    InvalidFieldsError,
    NotFoundError,
    NotYoursError,
    SnoozedTooLongError,
)
from shared.flows import show
from shared.http import html_answer
from shared.messages import pages
from shared.store import config as config_store
from shared.surroundings import real

# Why a button could not do what it says: a code for the page, which has the words.
NOT_POSSIBLE = "not_possible"
AT_ONCE = "at_once"
TOO_OLD = "too_old"

GIVES_UP = frozenset({Step.DECLINED, Step.UNASSIGNED})
SPACES = re.compile(r"\s+")
# `12500,50`, or with one sign between all thousands, and then another one before the decimals.
WRITTEN_AMOUNT = re.compile(
    r"([0-9]+|[0-9]{1,3}(?P<sign>[ .,])[0-9]{3}(?:(?P=sign)[0-9]{3})*)"
    r"(?:(?!(?P=sign))[.,]([0-9]{1,4}))?"
)
AMBIGUOUS = re.compile(r"[^.,]*[.,][0-9]{3}")  # `12,500` is 12500 to some, and 12.5 to others


# ── The list ─────────────────────────────────────────────────────────────────────────────────────


@for_visitors("/my/leads", "GET", "POST")
def my_leads(visitor: Visitor) -> Response[str]:
    """A rep's open leads, and what they may claim; POST claims the next one of a pool, unseen."""
    config = _config()
    rep_id = visitor.identity.rep
    if rep_id is None:
        here = {"nonce": visitor.nonce, "root": visitor.root}
        return html_answer(_module().no_leads_page(Language.EN, **here))
    if app.current_event.http_method == "POST":
        return _claim_unseen(visitor, rep_id, config)
    now = real().now()  # once: what is put off still now is put off on the page
    page = _module().my_leads_page(
        _mine(rep_id, config, now),
        _reader(rep_id),
        config,
        now=now,
        said=_said(),
        nonce=visitor.nonce,
        root=visitor.root,
    )
    return html_answer(page)


def _mine(rep_id: str, config: Config, now: datetime) -> Mine:
    from shared.flows.show_mine import mine

    return mine(rep_id, config, now)


def _claim_unseen(visitor: Visitor, rep_id: str, config: Config) -> Response[str]:
    from shared.flows.claim_lead import claim_next

    pool_id = (visitor.form or {}).get("pool", "")
    if visitor.form is None or pool_id not in config.pools:
        return see_other("leads")
    try:
        lead = claim_next(pool_id, rep_id, real(), by=visitor.identity.who)
    except ImpossibleForRepError as error:
        return _refused(visitor, pool_id, error)
    except (IllegalTransitionError, ConflictError):
        return see_other("leads?said=none_left")
    return see_other(f"leads/{lead.lead_id}?said={Step.CLAIMED}")


# ── One lead ─────────────────────────────────────────────────────────────────────────────────────


@for_visitors("/my/leads/<lead_id>", "GET", "POST")
def my_lead(visitor: Visitor, lead_id: str) -> Response[str]:
    """A lead as its rep may see it, with a button for all that is possible; POST presses one."""
    try:
        return _my_lead(visitor, lead_id_in(lead_id))
    except NotFoundError:
        rep_id = visitor.identity.rep
        language = (rep_id and _reader(rep_id).language) or Language.EN
        here = {"nonce": visitor.nonce, "root": visitor.root}
        return html_answer(_module().no_such_lead_page(language, **here), 404)


def _my_lead(visitor: Visitor, lead_id: str) -> Response[str]:
    lead = _theirs(visitor, lead_id)
    if app.current_event.http_method != "POST":
        return _page(visitor, lead, said=_said())
    if visitor.form is None:  # by a page of a session that is over: only shown again what it says
        return _page(visitor, lead, problem=TOO_OLD, sent=form(), status=409)
    sent = visitor.form
    try:
        step = _do(visitor, lead, sent)
    except ImpossibleForRepError as error:
        return _refused(visitor, lead.pool, error)
    except InvalidFieldsError as error:
        ends = error.ends if isinstance(error, SnoozedTooLongError) else None
        return _page(
            visitor, lead, problem=error.problems[0].field, ends=ends, sent=sent, status=422
        )
    except (ConflictError, IllegalTransitionError, NotYoursError) as error:
        problem = AT_ONCE if isinstance(error, ConflictError) else NOT_POSSIBLE
        return _page(visitor, _theirs(visitor, lead_id), problem=problem, sent=sent, status=409)
    return see_other(f"../leads?said={step}" if step in GIVES_UP else f"{lead_id}?said={step}")


def _theirs(visitor: Visitor, lead_id: str) -> Lead:
    """NotFoundError: it never was theirs, nor open to them: nor is it said that there is one."""
    from shared.flows.callers import Caller
    from shared.flows.show_mine import one_of_mine

    try:
        return one_of_mine(lead_id, visitor.identity, _config())
    except NotFoundError:
        # It writes down what is denied, as everywhere.
        Caller(visitor.identity, Right.SEE_LEAD, real()).require_lead(lead_id)
        raise


def _page(
    visitor: Visitor,
    lead: Lead,
    *,
    said: str = "",
    problem: str = "",
    ends: datetime | None = None,
    sent: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    """How the lead stands; of one that somebody else has by now, that it is so."""
    config = _config()
    rep_id = visitor.identity.rep or ""
    rep = _reader(rep_id)
    usual: dict[str, Any] = {
        "now": real().now(),
        "problem": problem,
        "nonce": visitor.nonce,
        "root": visitor.root,
    }
    if lead.owner == rep_id:
        page = _module().my_lead_page(lead, rep, config, said=said, ends=ends, sent=sent, **usual)
        return html_answer(page, status)
    if may_claim(lead, rep_id, config):
        return html_answer(_module().open_lead_page(lead, rep, config, **usual), status)
    ended, where = show.became_of(lead, rep_id, _last_assignment(lead, rep_id))
    ask = config.manager_of(lead.pool)
    return html_answer(pages.gone_page(rep, ask=ask, ended=ended, where=where), 409)


def _refused(visitor: Visitor, pool_id: str | None, error: ImpossibleForRepError) -> Response[str]:
    """Why they cannot take a lead of the pool."""
    ask = _config().manager_of(pool_id)
    rep = _reader(visitor.identity.rep or "")
    return html_answer(pages.refused_page(rep, ask=ask, code=error.code), 409)


def _reader(rep_id: str) -> Rep:
    """A rep who is signed in, with the one language that all of their pages are in."""
    config = _config()
    return config.reader(rep_id) or config.reps[rep_id]


def _last_assignment(lead: Lead, rep_id: str) -> int:
    """The number of the rep's last assignment; of who never had the lead, of its last one."""
    givings = [change for change in lead.log if change.step in GIVING]
    theirs = [number for number, given in enumerate(givings, 1) if given.rep == rep_id]
    return theirs[-1] if theirs else lead.assignment


# ── What a button does ───────────────────────────────────────────────────────────────────────────


def _do(visitor: Visitor, lead: Lead, sent: Mapping[str, str]) -> Step:
    """Do what a form asks for; answers the step that was made.

    InvalidFieldsError, its first problem naming the field: something in it is wrong. Other errors
    as of the use cases.
    """
    from shared.flows.claim_lead import claim_lead
    from shared.flows.unassign_lead import unassign_lead
    from shared.flows.work_lead import work_lead

    rep_id, by = visitor.identity.rep or "", visitor.identity.who
    step = next((s for s in (*BUTTONS, Step.CLAIMED) if s == sent.get("step")), None)
    reason = _reason_in(sent)
    match step:
        case None:
            raise IllegalTransitionError("there is no such button")
        case Step.CLAIMED:
            claim_lead(lead.lead_id, rep_id, real(), by=by)
        case Step.UNASSIGNED:
            unassign_lead(
                lead.lead_id,
                real(),
                by=by,
                rep=rep_id,
                assignment=_assignment_in(sent),
                reason=reason,
            )
        case _:
            if step is Step.NOTED and reason is None:
                raise InvalidFieldsError([FieldProblem("reason", "is required")])
            work_lead(
                lead.lead_id,
                step,
                real(),
                rep=rep_id,
                assignment=_assignment_in(sent),
                by=by,
                reason=reason,
                until=_until_in(sent, rep_id) if step is Step.SNOOZED else None,
                won=_won_in(sent) if step is Step.CONVERTED else None,
            )
    return step


def _assignment_in(sent: Mapping[str, str]) -> int:
    """By which assignment the page showed the lead; another since then is somebody else's."""
    text = sent.get("assignment", "")
    return int(text) if re.fullmatch("[0-9]{1,9}", text, re.ASCII) else 0


def _reason_in(sent: Mapping[str, str]) -> str | None:
    reason = sent.get("reason", "")
    if len(reason) > MAX_REASON:
        raise InvalidFieldsError([FieldProblem("reason", "is too long")])
    return reason or None


def _until_in(sent: Mapping[str, str], rep_id: str) -> datetime:
    from shared.domain.snoozing import Later, later

    choice = next((one for one in Later if one == sent.get("later")), None)
    if choice is None:
        raise InvalidFieldsError([FieldProblem("later", "is none of the choices")])
    rep: Rep = _config().reps[rep_id]
    return later(choice, rep.time_zone, real().now())


def _won_in(sent: Mapping[str, str]) -> Won | None:
    """As people write amounts on a phone: `12 500,50`, `12,500.50`."""
    value = _amount_in(SPACES.sub(" ", sent.get("value", "")).strip())
    currency = sent.get("currency", "").upper() if value else ""
    return won_in({"value": value or None, "currency": currency or None})


def _amount_in(text: str) -> str:
    """An amount as the API has them; InvalidFieldsError: it is none, or might be one of two."""
    if not text:
        return ""
    written = WRITTEN_AMOUNT.fullmatch(text)
    if written is None or AMBIGUOUS.fullmatch(text):
        raise InvalidFieldsError([FieldProblem("value", "is not written as 12500 or 12500.00")])
    whole, _, decimals = written.groups()
    whole = re.sub("[ .,]", "", whole)
    return f"{whole}.{decimals}" if decimals else whole


def _config() -> Config:
    """The configuration in force, as it was read just now to see who the visitor is."""
    return config_store.active(max_age=1).config


def _said() -> str:
    """What the page before this one has done, to be said in words."""
    return str((app.current_event.query_string_parameters or {}).get("said") or "")


def _module() -> Any:
    """The pages, loaded with the first one: who calls the API does not need them."""
    from shared.messages import my_pages

    return my_pages
