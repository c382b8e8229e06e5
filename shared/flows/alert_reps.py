"""What reps are told by mail about leads: those they have, are offered, or have no more.

Alerts may come late, and a lead moves on: each mail is sent only while what it says is still so.
"""

from dataclasses import replace
from datetime import datetime

from shared.domain.channels import MAIL
from shared.domain.config import Config, Rep
from shared.domain.deadlines import Action, IfStill
from shared.domain.decision_record import Decision
from shared.domain.decisions import decision_of, told_to_the_rep
from shared.domain.leads import (
    GIVING,
    OPEN_STATUSES,
    OVERDUE,
    WORKED_ON,
    Change,
    Lead,
    Status,
    Step,
    has_acted_since,
    replay,
)
from shared.domain.ledger import Entry
from shared.domain.mine import is_masked
from shared.domain.people import SAYS_NOBODY, called
from shared.domain.working_time import begins_for
from shared.errors import NotFoundError
from shared.flows.notify import fail_over
from shared.flows.own_words import KNOWN_FOR, in_own_words
from shared.flows.paused_mail import refusal_of
from shared.links import VALID_FOR, AcceptLink, accept_url, link_keys
from shared.messages import mail as mails
from shared.messages import senders
from shared.messages.mail import Given, Mail
from shared.messages.reasons import words_of
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from shared.surroundings import Surroundings
from shared.telemetry import logger

# ── Whose lead it is ─────────────────────────────────────────────────────────────────────────────


def mail_owner(lead: Lead, around: Surroundings) -> bool:
    """Tell the owner about a new lead, or that one still waits.

    False: it is no longer so, or the owner has left, or is switched off.
    """
    if not _still_so(lead):
        return False
    if lead.log[-1].step is Step.REMINDED:
        return _mail_waiting(lead, around)
    return _mail_new(lead, around)


def _mail_waiting(lead: Lead, around: Surroundings) -> bool:
    config, owner = config_store.active().config, lead.owner or ""
    rep = _reader(config, owner, lead.pool)
    if rep is None:
        return False
    until = lead.yours_until
    url = link_of(lead, until)
    if _is_as_asked(lead):
        note = words_of(lead.latest(Step.SNOOZED))
        message = mails.snoozed_mail(lead, rep, accept_url=url, note=note)
    else:
        accepted = lead.status in WORKED_ON
        message = mails.reminder_mail(
            lead,
            rep,
            until=until,
            accept_url=url,
            accepted=accepted,
            masked=is_masked(lead, config),
        )
    _send(lead, owner, rep, message, around)
    return True


def _mail_new(lead: Lead, around: Surroundings) -> bool:
    """Why it is theirs is told by the configuration of then; all else by that of now."""
    assigned, owner = lead.latest(*GIVING), lead.owner or ""
    entry = routing_store.entry(assigned.pool or "", assigned.turn or 0)
    config, now = config_store.version(entry.config_version), _config_since(entry.config_version)
    rep = _reader(now, owner, lead.pool)
    if rep is None:
        return False
    until = lead.yours_until
    begins = begins_for(config, entry.pool_id, owner, assigned.at)
    message = mails.assigned_mail(
        lead,
        rep,
        reason=told_to_the_rep(_decision(lead, assigned, entry, config)),
        until=until,
        accept_url=link_of(lead, until),
        repeated=lead.assignment > 1,
        begins=begins if begins > assigned.at else None,
        given=_given(assigned, config),
        masked=is_masked(lead, now),
    )
    _send(lead, owner, rep, message, around)
    return True


def _config_since(version: int) -> Config:
    """The configuration in force, not long ago; never one before this version."""
    active = config_store.active(KNOWN_FOR)
    return (active if active.version >= version else config_store.active()).config


def _decision(lead: Lead, assigned: Change, entry: Entry, config: Config) -> Decision:
    """Why it is theirs. Which limits a manager has overridden is between them and the log."""
    told = replace(assigned, over=())
    log = tuple(told if change is assigned else change for change in lead.log)
    return decision_of(replace(lead, log=log), told, entry, config)


def mail_claimer(lead: Lead, around: Surroundings) -> None:
    """Tell who was first to take an offered lead how to reach the person."""
    rep = rep_of(lead.owner, lead.pool)
    if rep and _still_so(lead):
        url = link_of(lead, None)
        _send(lead, lead.owner or "", rep, mails.claimed_mail(lead, rep, accept_url=url), around)


def _still_so(lead: Lead) -> bool:
    """Whether the newest change still holds: the lead is its owner's, and to be worked on."""
    now = found(lead.lead_id)
    if now is None or (now.owner, now.assignment) != (lead.owner, lead.assignment):
        return False
    if lead.log[-1].step is Step.REMINDED and not _is_as_asked(lead):
        return now.status in OPEN_STATUSES and not has_acted_since(lead, now)
    return now.status in OPEN_STATUSES


def _is_as_asked(lead: Lead) -> bool:
    """Whether its owner is reminded because they have snoozed the lead until then."""
    change = lead.log[-1]
    asleep = replay(lead.lead_id, lead.source, lead.fields, lead.log[:-1]).hold.snoozed_until
    return change.step is Step.REMINDED and asleep is not None and asleep <= change.at


def _given(assigned: Change, config: Config) -> Given | None:
    """Who gave the lead by hand, as colleagues call them; None: nobody, or none says so."""
    by, words = assigned.by, assigned.reason or ""
    if by is None or (by in SAYS_NOBODY and not words):
        return None
    return Given(called(config, by), words)


# ── Whom it is offered to ────────────────────────────────────────────────────────────────────────


def mail_offer(lead: Lead, around: Surroundings, rep_id: str) -> None:
    """Offer a lead, which was opened just now, to one of several reps."""
    rep, now = rep_of(rep_id, lead.pool), found(lead.lead_id)
    if rep is None or now is None or not _is_this_offer(now, lead):
        return
    opened = lead.log[-1]
    message = mails.offer_mail(
        lead,
        rep,
        others=len(opened.offered) - 1,
        until=opened.until,
        accept_url=link_of_offer(lead, rep_id, opened.at),
    )
    _send(lead, rep_id, rep, message, around)


def link_of_offer(lead: Lead, rep_id: str, at: datetime) -> str:
    """The address, sent at this time, of a lead whose newest change has opened it for several."""
    opened = lead.log[-1]
    expires_at = max(opened.until or at, at) + VALID_FOR
    link = AcceptLink(lead.lead_id, rep_id, lead.assignment + 1, expires_at)
    return accept_url(link, link_keys())


def _is_this_offer(now: Lead, lead: Lead) -> bool:
    return now.status is Status.OPEN and now.latest(Step.OPENED) == lead.log[-1]


def mail_late(lead: Lead, around: Surroundings, rep_id: str) -> None:
    """Tell one of those whom the lead was offered that a colleague has it."""
    rep, now = rep_of(rep_id, lead.pool), known(lead)
    if rep is None or now is None or rep_id in (now.owner, *now.offered):
        return
    faster = lead.log[-1].step is Step.CLAIMED
    message = mails.late_mail(lead, rep, faster=faster)
    _send(lead, rep_id, rep, message, around)


# ── Whose it was ─────────────────────────────────────────────────────────────────────────────────

_WHERE_NOW = {
    Step.ASSIGNED: "colleague",
    Step.UNASSIGNED: "somebody",
    Step.REROUTED: "pool",
    Step.ERASED: "erased",
}
_WHERE_THEN = {None: "somebody", Action.OPEN: "open", Action.PARK: "manager"}


def mail_former_owner(lead: Lead, rep_id: str, around: Surroundings) -> None:
    """Tell a rep that a lead is not theirs any more: it was moved on, or their time is up."""
    rep, now = rep_of(rep_id, lead.pool), known(lead)
    if rep is None or now is None or now.owner == rep_id:
        return
    change = lead.log[-1]
    before = replay(lead.lead_id, lead.source, lead.fields, lead.log[:-1])
    masked = _is_masked_now(before)
    if change.step in OVERDUE:
        where, late = _WHERE_THEN[change.then], change.reason or IfStill.UNACCEPTED
        message = mails.moved_mail(lead, rep, where=where, reason="", late=late, masked=masked)
    else:
        where = _WHERE_NOW[change.step]
        message = mails.moved_mail(lead, rep, where=where, reason=words_of(change), masked=masked)
    _send(lead, rep_id, rep, message, around)


def mail_returned(lead: Lead, before: Lead, around: Surroundings) -> None:
    """Tell the rep who was at work on a lead that its seller has taken it back."""
    rep = rep_who_holds(before)
    if rep and known(lead):
        masked = _is_masked_now(before)
        message = mails.returned_mail(lead, rep, reason=words_of(lead.log[-1]), masked=masked)
        _send(before, before.owner or "", rep, message, around, told=lead)


def mail_again(lead: Lead, first: Lead, rep: Rep, around: Surroundings) -> None:
    """Tell the rep who has a person's `first` lead that the person came again, with `lead`."""
    if not known(lead):
        return
    until = first.yours_until if first.status is Status.ASSIGNED else None
    url = late_link_of(first, lead.log[-1].at)
    message = mails.again_mail(
        lead,
        first,
        rep,
        until=until,
        accept_url=url,
        accepted=first.status is not Status.ASSIGNED,
        masked=_is_masked_now(first),
    )
    _send(first, first.owner or "", rep, message, around, told=lead)


# ── What they share ──────────────────────────────────────────────────────────────────────────────


def _is_masked_now(lead: Lead) -> bool:
    """Whether its owner is not shown whom the lead is about, as configured now."""
    return is_masked(lead, config_store.active().config)


def found(lead_id: str) -> Lead | None:
    """The lead as it is now; None when it has been deleted."""
    try:
        return lead_store.get(lead_id)
    except NotFoundError:
        return None


def known(lead: Lead) -> Lead | None:
    """The lead as it is now; None when it has been deleted, or erased since.

    Whose it was is not told of it then: what the record says of the person is not to be sent.
    """
    now = found(lead.lead_id)
    is_erased = now is not None and now.status is Status.ERASED
    return None if is_erased and lead.status is not Status.ERASED else now


def rep_of(rep_id: str | None, pool_id: str | None) -> Rep | None:
    """A rep as configured now, with their language for this pool's leads; None: as `_reader`."""
    return _reader(config_store.active().config, rep_id, pool_id)


def _reader(config: Config, rep_id: str | None, pool_id: str | None) -> Rep | None:
    """A rep who is written to; None: they have left, or are switched off, and are told nothing."""
    return config.reader(rep_id, pool_id) if config.is_active(rep_id or "") else None


def rep_who_holds(lead: Lead) -> Rep | None:
    """Who works on the lead now, as configured now; None: nobody, or somebody who has left."""
    return rep_of(lead.owner, lead.pool) if lead.status in OPEN_STATUSES else None


def link_of(lead: Lead, until: datetime | None) -> str:
    """The address behind which the owner finds the lead, for a good while after `until`."""
    expires_at = (until or lead.log[-1].at) + VALID_FOR
    link = AcceptLink(lead.lead_id, lead.owner or "", lead.assignment, expires_at)
    return accept_url(link, link_keys())


def late_link_of(lead: Lead, at: datetime) -> str:
    """The same in what is sent at this time, perhaps months after the lead's last change."""
    until = lead.yours_until if lead.status is Status.ASSIGNED else None
    return link_of(lead, max(until or at, at))


def _send(
    about: Lead,
    rep_id: str,
    rep: Rep,
    message: Mail,
    around: Surroundings,
    *,
    told: Lead | None = None,
) -> None:
    """Mail a rep, if they want mail of this change and their address takes any.

    What cannot be mailed goes out as they want it when mail fails; the managers hear why. `told` is
    the lead whose newest change it is, when that is another than it is `about`.
    """
    told = told or about
    # How they are reached counts as configured now: an address that was wrong may be right by now.
    rep = config_store.active(KNOWN_FOR).config.reps.get(rep_id, rep)
    if rep.mail_on is not None and told.log[-1].step not in rep.mail_on:
        return
    if refusal := refusal_of(rep_id, rep.email):
        logger.warning(
            "a mail was not sent, as mail to the rep is paused",
            lead_id=about.lead_id,
            rep=rep_id,
            code=refusal.code,
        )
        _fail_over(told, rep_id, around)
        return
    try:
        senders.send_mail(
            rep.email,
            in_own_words(message, about.pool or "", around),
            lead=told.lead_id,
            n=told.rev,
        )
    except senders.RefusedError as error:
        logger.error(
            "the mail to a rep was refused", lead_id=about.lead_id, rep=rep_id, code=str(error)
        )
        _fail_over(told, rep_id, around)
        senders.tell_managers(
            f"leadwheel: the mail to {rep_id} was refused",
            f"SES refused the alert for lead {about.lead_id} to rep {rep_id} ({error}).\n"
            "Check the rep's e-mail address in the configuration, and that the sender address and,"
            " in the SES sandbox, the receiver are verified.",
        )


def _fail_over(told: Lead, rep_id: str, around: Surroundings) -> None:
    """Let them hear of it as they want to when mail fails."""
    senders.put_events(fail_over(told, MAIL, rep_id, around))
