"""Tell people and systems what changed about leads."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from shared.domain.decisions import decision_of
from shared.domain.leads import OPEN_STATUSES, Change, Lead, Status, Step, replay
from shared.domain.moments import to_text
from shared.domain.money import to_text as amount
from shared.flows import alert_reps as reps
from shared.flows.alert_once import Messages, send_once
from shared.flows.notify import notify
from shared.messages import senders, topic
from shared.messages.reasons import code_of
from shared.messages.senders import Event
from shared.settings import setting
from shared.store import alerts as alert_store
from shared.store import routing as routing_store
from shared.store.images import AskedReturn
from shared.surroundings import Surroundings

NOT_FETCHED = "not_fetched"
ANNOUNCEMENT = "event"


def alert_people(lead: Lead, before: int, around: Surroundings) -> list[Event]:
    """Tell people of the changes after number `before`; answers what systems are to be told then.

    Errors as of `send_once`. An event may come again, as on any bus, and is known by its id: most
    changes concern systems only, and nothing need be written to tell them.
    """
    events = []
    for number in range(before + 1, lead.rev + 1):
        then = replay(lead.lead_id, lead.source, lead.fields, lead.log[:number])
        events += notify(then, around)  # first: who cannot be mailed is reached another way
        if messages := _messages(then, around):
            send_once(alert_store.of_change(lead.lead_id, number), messages, around)
        if ANNOUNCEMENT not in messages:
            events.append(event_of(then))
    return events


def _messages(lead: Lead, around: Surroundings) -> Messages:
    """What is sent once of a lead's newest change, in order."""
    if lead.log[-1].step is Step.ANNOUNCED:  # a fetch starts with it
        return {ANNOUNCEMENT: lambda: senders.put_events([event_of(lead)])}
    return _to_people(lead, around)


def _to_people(lead: Lead, around: Surroundings) -> Messages:
    change = lead.log[-1]
    before = replay(lead.lead_id, lead.source, lead.fields, lead.log[:-1])
    told: Messages = {}
    match change.step:
        case Step.ASSIGNED:
            told = {
                "mail": partial(reps.mail_owner, lead, around),
                **_to_others(before, lead, around),
            }
        case Step.REMINDED:
            told = {"mail": partial(reps.mail_owner, lead, around)}
        case Step.OPENED:
            # Each by itself: who has been told is not told again when the next one cannot be.
            offer = partial(reps.mail_offer, lead, around)
            told = {f"offer:{rep}": partial(offer, rep) for rep in change.offered}
        case Step.CLAIMED if before.offered:
            told = {
                "mail": partial(reps.mail_claimer, lead, around),
                **_to_others(before, lead, around),
            }
        case Step.UNASSIGNED | Step.REROUTED | Step.LAPSED | Step.ERASED:
            told = _to_others(before, lead, around)
        case Step.RECLAIMED if change.then:
            told = _to_others(before, lead, around)
        case Step.DUPLICATED if not lead.source.startswith("partner#"):
            told = {"again": partial(_tell_of_coming_again, lead, around)}
        case Step.RETURNED:
            told = {"mail": partial(reps.mail_returned, lead, before, around)}
        case _:
            told = _to_managers(lead)
    return told


def _to_managers(lead: Lead) -> Messages:
    change = lead.log[-1]
    match change.step:
        case Step.ESCALATED:
            return {"topic": partial(_tell_of_overdue, lead)}
        case Step.PARKED if _is_for_managers(change):
            return {"topic": partial(_tell_of_parked, lead)}
        case Step.QUARANTINED if code_of(change) == NOT_FETCHED:
            return {"topic": partial(_tell_of_not_fetched, lead)}
    return {}


def _to_others(before: Lead, lead: Lead, around: Surroundings) -> Messages:
    """To whom the lead was offered, or whose it was, when somebody else has it or will.

    Who did it themselves knows; who never heard of it need not know. Who did not accept a lead that
    the next one gets has been reminded, and whose offer has ended was told when it would.
    """
    others: dict[str, Callable[[], bool | None]] = {}
    if lead.owner:
        late = [rep for rep in before.offered if rep != lead.owner]
        others = {f"late:{rep}": partial(reps.mail_late, lead, around, rep) for rep in late}
    owner = before.owner if before.status in OPEN_STATUSES else None
    if owner and owner not in (lead.owner, lead.log[-1].by):
        others["moved"] = partial(_tell_former_owner, before, lead, around)
    return others


def _tell_former_owner(before: Lead, lead: Lead, around: Surroundings) -> bool:
    """Tell whose lead it was, if they know; False: they do not."""
    if not _knows(before, lead.log[-1].at):
        return False
    reps.mail_former_owner(lead, before.owner or "", around)
    return True


def _knows(lead: Lead, now: datetime) -> bool:
    """Whether its owner has heard of a lead: it has been accepted, or a mail has gone out."""
    if lead.status is not Status.ASSIGNED:
        return True
    given = lead.latest(Step.ASSIGNED)
    if now - given.at >= alert_store.KEPT:
        return True  # what has gone out is not known any more
    since = lead.log.index(given)
    mailed = (
        alert_store.went_out(alert_store.of_change(lead.lead_id, number), "mail")
        for number, change in enumerate(lead.log[since:], since + 1)
        if change.step in (Step.ASSIGNED, Step.REMINDED)
    )
    return any(mailed)


def _is_for_managers(parked: Change) -> bool:
    """Whether managers are to hear of a parked lead at once.

    Not when it waits for the next shift: that is every evening's lot, it ends by itself, and who is
    woken each night turns the topic off. Nor when nobody has claimed it, and it is to be offered
    again or to go on to another pool in its time.
    """
    code = code_of(parked)
    return not (code == "off_hours" or (code == "nobody_claimed" and parked.retry))


def _tell_of_coming_again(lead: Lead, around: Surroundings) -> None:
    """Tell who has the person's first lead; the managers, when nobody does."""
    first = reps.found(lead.log[-1].first or "")
    rep = reps.rep_who_holds(first) if first else None
    if first and rep:
        reps.mail_again(lead, first, rep, around)
    else:
        _tell_of_ownerless(lead, first)


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


def _tell_of_overdue(lead: Lead) -> None:
    """Tell the managers that somebody has had a lead for too long, and whether they are paused."""
    subject, text = topic.overdue_notice(lead, api_url=setting("PUBLIC_URL"))
    senders.tell_managers(subject, text)


def _tell_of_ownerless(lead: Lead, first: Lead | None) -> None:
    subject, text = topic.again_notice(lead, first, api_url=setting("PUBLIC_URL"))
    senders.tell_managers(subject, text)


def _tell_of_not_fetched(lead: Lead) -> None:
    subject, text = topic.not_fetched_notice(lead, api_url=setting("PUBLIC_URL"))
    senders.tell_managers(subject, text)


# ── To systems ───────────────────────────────────────────────────────────────────────────────────


def event_of(lead: Lead) -> Event:
    """The newest change as an event: ids and states, nothing personal; ask the API for the rest."""
    return Event(f"Lead{lead.log[-1].step.capitalize()}", _detail(lead))


def _detail(lead: Lead) -> dict[str, Any]:
    change, sale, won = lead.log[-1], lead.sale, lead.won
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
        "offered": list(change.offered),
        "until": to_text(change.until) if change.until else None,
        "price": amount(sale.price) if sale else None,
        "currency": sale.currency if sale else None,
        "won": {"value": amount(won.amount), "currency": won.currency} if won else None,
    }
