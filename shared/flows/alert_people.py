"""Tell people and systems what changed: each change once, whoever delivers it how often.

The stream is the outbox, and may bring a record twice, late, or to two processes at once. So each
change has a claim: who holds it sends what has not gone out yet, and notes each kind when it has.
Dying between sending and noting is the one way to send twice.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from shared.domain.decisions import decision_of, told_to_the_rep
from shared.domain.leads import Change, Lead, Status, Step, replay
from shared.domain.moments import to_text
from shared.errors import StoreBusyError
from shared.links import VALID_FOR, AcceptLink, accept_url, link_keys
from shared.messages import mail as mails
from shared.messages import senders, topic
from shared.settings import setting
from shared.store import alerts as alert_store
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from shared.surroundings import Surroundings
from shared.telemetry import logger

# Longer than sending takes, shorter than anybody should wait for the alert of a sender that died.
HOLD = timedelta(seconds=20)


def alert_people(lead: Lead, before: int, around: Surroundings) -> None:
    """Send what the changes after number `before` call for.

    StoreBusyError, or what the sender raised: not everything is out; deliver the record again.
    """
    for number in range(before + 1, lead.rev + 1):
        then = replay(lead.lead_id, lead.source, lead.fields, lead.log[:number])
        _alert_once(then, around)


def _alert_once(lead: Lead, around: Surroundings) -> None:
    number = lead.rev
    messages = _messages(lead)
    claim_id = around.new_id()
    done = alert_store.claim(lead.lead_id, number, claim_id, around.now(), HOLD)
    if done is None:
        if alert_store.sent(lead.lead_id, number) >= messages.keys():
            return
        raise StoreBusyError("another process is sending this alert; come back when it has")
    try:
        for kind, send in messages.items():
            if kind not in done:
                send(lead)
                alert_store.note(lead.lead_id, number, kind)
    except Exception:
        alert_store.release(lead.lead_id, number, claim_id)
        raise


def _messages(lead: Lead) -> Mapping[str, Callable[[Lead], None]]:
    """What one change calls for, in the order it is sent: people first."""
    match lead.log[-1].step:
        case Step.ASSIGNED | Step.REMINDED:
            return {"mail": _mail_rep, "event": _put_event}
        case Step.PARKED:
            return {"topic": _tell_managers, "event": _put_event}
        case _:
            return {"event": _put_event}


def _mail_rep(lead: Lead) -> None:
    """Tell the owner about a new lead, or that one still waits; unless that is over by now."""
    if not _still_so(lead):
        return
    assigned = _assigned_change(lead)
    entry = routing_store.entry(lead.pool or "", assigned.turn or 0)
    rep = config_store.version(entry.config_version).reps[lead.owner or ""]
    until = assigned.at + timedelta(seconds=lead.deadlines[-1].after)
    link = AcceptLink(lead.lead_id, lead.owner or "", lead.assignment, until + VALID_FOR)
    url = accept_url(link, link_keys())
    if lead.log[-1].step is Step.ASSIGNED:
        reason = told_to_the_rep(decision_of(lead, assigned, entry))
        message = mails.assigned_mail(
            lead, rep, reason=reason, until=until, accept_url=url, repeated=lead.assignment > 1
        )
    else:
        message = mails.reminder_mail(lead, rep, until=until, accept_url=url)
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


def _still_so(lead: Lead) -> bool:
    """Whether the newest change still holds: alerts may come late, after the lead has moved on."""
    now = lead_store.get(lead.lead_id)
    theirs = (now.owner, now.assignment) == (lead.owner, lead.assignment)
    return theirs and (lead.log[-1].step is Step.ASSIGNED or now.status is Status.ASSIGNED)


def _assigned_change(lead: Lead) -> Change:
    return next(change for change in reversed(lead.log) if change.step is Step.ASSIGNED)


def _tell_managers(lead: Lead) -> None:
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


def _put_event(lead: Lead) -> None:
    change = lead.log[-1]
    senders.put_event(f"Lead{change.step.capitalize()}", event_detail(lead))


def event_detail(lead: Lead) -> dict[str, Any]:
    """The newest change as an event: ids and states, nothing personal; ask the API for the rest."""
    change = lead.log[-1]
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
    }
