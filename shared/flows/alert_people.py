"""Tell people and systems what changed about leads."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared.domain.config import Rep
from shared.domain.decisions import decision_of, told_to_the_rep
from shared.domain.leads import OPEN_STATUSES, Change, Lead, Status, Step, replay
from shared.domain.moments import to_text
from shared.domain.money import to_text as amount
from shared.errors import NotFoundError
from shared.flows.alert_once import Messages, send_once
from shared.links import VALID_FOR, AcceptLink, accept_url, link_keys
from shared.messages import mail as mails
from shared.messages import senders, topic
from shared.messages.mail import Mail
from shared.messages.reasons import code_of, words_of
from shared.settings import setting
from shared.store import alerts as alert_store
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from shared.store.images import AskedReturn
from shared.surroundings import Surroundings
from shared.telemetry import logger

NOT_FETCHED = "not_fetched"


def alert_people(lead: Lead, before: int, around: Surroundings) -> None:
    """Send what the changes after number `before` call for; errors as of `send_once`."""
    for number in range(before + 1, lead.rev + 1):
        then = replay(lead.lead_id, lead.source, lead.fields, lead.log[:number])
        send_once(alert_store.of_change(lead.lead_id, number), _messages(then), around)


def _messages(lead: Lead) -> Messages:
    """What a lead's newest change calls for, in the order it is sent: people first."""
    event = {"event": partial(_put_event, lead)}
    change = lead.log[-1]
    match change.step:
        case Step.ASSIGNED | Step.REMINDED:
            return {"mail": partial(_mail_owner, lead), **event}
        case Step.PARKED:
            return {"topic": partial(_tell_of_parked, lead), **event}
        case Step.DUPLICATED if not lead.source.startswith("partner#"):
            return {"again": partial(_tell_of_coming_again, lead), **event}
        case Step.RETURNED:
            return {"mail": partial(_mail_returned, lead), **event}
        case Step.QUARANTINED if code_of(change) == NOT_FETCHED:
            return {"topic": partial(_tell_of_not_fetched, lead), **event}
        case _:
            return event


# ── To reps ──────────────────────────────────────────────────────────────────────────────────────


def _mail_owner(lead: Lead) -> None:
    """Tell the owner about a new lead, or that one still waits; unless that is over by now."""
    if not _still_so(lead):
        return
    assigned = _assigned_change(lead)
    entry = routing_store.entry(lead.pool or "", assigned.turn or 0)
    rep = config_store.version(entry.config_version).reps[lead.owner or ""]
    until = _protected_until(lead)
    url = _accept_url(lead, until + VALID_FOR)
    if lead.log[-1].step is Step.ASSIGNED:
        reason = told_to_the_rep(decision_of(lead, assigned, entry))
        message = mails.assigned_mail(
            lead, rep, reason=reason, until=until, accept_url=url, repeated=lead.assignment > 1
        )
    else:
        message = mails.reminder_mail(lead, rep, until=until, accept_url=url)
    _send_mail(lead, rep, message)


def _still_so(lead: Lead) -> bool:
    """Whether the newest change still holds: alerts may come late, after the lead has moved on."""
    now = _found(lead.lead_id)
    if now is None or (now.owner, now.assignment) != (lead.owner, lead.assignment):
        return False
    is_new = lead.log[-1].step is Step.ASSIGNED
    return now.status in (OPEN_STATUSES if is_new else (Status.ASSIGNED,))


def _assigned_change(lead: Lead) -> Change:
    return next(change for change in reversed(lead.log) if change.step is Step.ASSIGNED)


def _protected_until(lead: Lead) -> datetime:
    """Until when the owner has to take up the lead, which was assigned."""
    return _assigned_change(lead).at + timedelta(seconds=lead.deadlines[-1].after)


def _accept_url(lead: Lead, expires_at: datetime) -> str:
    link = AcceptLink(lead.lead_id, lead.owner or "", lead.assignment, expires_at)
    return accept_url(link, link_keys())


def _tell_of_coming_again(lead: Lead) -> None:
    """Tell who has the person's first lead; the managers, when nobody does."""
    first = _found(lead.log[-1].first or "")
    rep = _rep_who_holds(first) if first else None
    if first is None or rep is None:
        _tell_of_ownerless(lead, first)
        return
    until = _protected_until(first)
    # The link in the first mail may have expired by now: a lead is worked on for months.
    url = _accept_url(first, max(until, lead.log[-1].at) + VALID_FOR)
    waits = first.status is Status.ASSIGNED
    message = mails.again_mail(
        lead, first, rep, until=until if waits else None, accept_url=url, accepted=not waits
    )
    _send_mail(first, rep, message)


def _found(lead_id: str) -> Lead | None:
    """The lead as it is now; None when it has been deleted."""
    try:
        return lead_store.get(lead_id)
    except NotFoundError:
        return None


def _rep_who_holds(lead: Lead) -> Rep | None:
    """Who works on the lead now, as configured now; None: nobody, or somebody who has left."""
    if lead.status not in OPEN_STATUSES:
        return None
    return config_store.active().config.reps.get(lead.owner or "")


def _mail_returned(lead: Lead) -> None:
    """Tell the rep who was at work on a lead that its seller has taken it back."""
    before = replay(lead.lead_id, lead.source, lead.fields, lead.log[:-1])
    if rep := _rep_who_holds(before):
        _send_mail(before, rep, mails.returned_mail(lead, rep, reason=words_of(lead.log[-1])))


def _send_mail(lead: Lead, rep: Rep, message: Mail) -> None:
    """Mail the rep who owns the lead; when that can never be, the managers hear of it."""
    try:
        senders.send_mail(rep.email, message)
    except senders.RefusedError as error:
        logger.error(
            "the mail to a rep was refused", lead_id=lead.lead_id, rep=lead.owner, code=str(error)
        )
        senders.tell_managers(
            f"leadwheel: the mail to {lead.owner} was refused",
            f"SES refused the alert for lead {lead.lead_id} to rep {lead.owner} ({error}).\n"
            "Check the rep's e-mail address in the configuration, and that the sender address and,"
            " in the SES sandbox, the receiver are verified.",
        )


# ── To managers ──────────────────────────────────────────────────────────────────────────────────


def alert_of_return(asked: AskedReturn, around: Surroundings) -> None:
    """Tell the managers that a return waits for their approval; errors as of `send_once`."""
    if asked.state != "requested":
        return
    messages = {"topic": partial(_tell_of_return, asked)}
    send_once(alert_store.of_return(asked.lead_id), messages, around)


def _tell_of_return(asked: AskedReturn) -> None:
    subject, text = topic.return_notice(
        lead_id=asked.lead_id,
        partner=asked.partner,
        reason=asked.reason,
        at=asked.at,
        api_url=setting("PUBLIC_URL"),
    )
    senders.tell_managers(subject, text)


def _tell_of_parked(lead: Lead) -> None:
    """Tell the managers that a lead is parked, and why."""
    change = lead.log[-1]
    entry = routing_store.entry(change.pool or "", change.turn or 0)
    decision = decision_of(lead, change, entry)
    subject, text = topic.parked_notice(
        lead,
        reason=decision.reason,
        candidates=[(c.rep_id, c.reason) for c in decision.candidates],
        api_url=setting("PUBLIC_URL"),
    )
    senders.tell_managers(subject, text)


def _tell_of_ownerless(lead: Lead, first: Lead | None) -> None:
    subject, text = topic.again_notice(lead, first, api_url=setting("PUBLIC_URL"))
    senders.tell_managers(subject, text)


def _tell_of_not_fetched(lead: Lead) -> None:
    subject, text = topic.not_fetched_notice(lead, api_url=setting("PUBLIC_URL"))
    senders.tell_managers(subject, text)


# ── To systems ───────────────────────────────────────────────────────────────────────────────────


def _put_event(lead: Lead) -> None:
    senders.put_event(f"Lead{lead.log[-1].step.capitalize()}", event_detail(lead))


def event_detail(lead: Lead) -> dict[str, Any]:
    """The newest change as an event: ids and states, nothing personal; ask the API for the rest."""
    change, sale = lead.log[-1], lead.sale
    return {
        "id": f"{lead.lead_id}:{lead.rev}",
        "lead_id": lead.lead_id,
        "n": lead.rev,
        "step": change.step,
        "at": to_text(change.at),
        "status": lead.status,
        "source": lead.source,
        "pool": lead.pool,
        "owner": lead.owner,
        "assignment": lead.assignment,
        "rep": change.rep,
        "code": code_of(change),
        "first": change.first,
        "price": amount(sale.price) if sale else None,
        "currency": sale.currency if sale else None,
    }
