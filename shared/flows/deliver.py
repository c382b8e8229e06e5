"""One attempt to send a delivery.

Each attempt is claimed by its number, and the claim says when the next one is due: so two at once
send once, and one that dies is followed by another. Between sending and noting it, that one sends
again, with the same id: the receiver of a webhook can tell, and a chat shows it twice.

The first attempt that fails starts what the rep named for that, before the failure is noted: one
that dies before it could is made good by the next.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from shared import credentials
from shared.domain.channels import Channel
from shared.domain.config import Config
from shared.domain.deliveries import MOST_ATTEMPTS, Delivery, State, next_at
from shared.domain.languages import Language
from shared.domain.leads import OPEN_STATUSES, Lead, Step, has_acted_since, replay
from shared.domain.mine import is_masked
from shared.domain.notices import (
    Manner,
    Told,
    is_concerned,
    is_own,
    is_still_so,
    stand_ins,
    still_waits,
    stood_in_for,
    told_at,
    told_of,
)
from shared.errors import ConflictError
from shared.flows import push
from shared.flows.alert_once import BeingSentError, send_once
from shared.flows.alert_people import event_of
from shared.flows.alert_reps import found, late_link_of, link_of_offer
from shared.flows.notify import before, fail_over, instead_of
from shared.messages import outbound, senders, slack, teams, text_message, topic, webhook
from shared.messages.brief import Brief, brief
from shared.messages.outbound import UndeliveredError
from shared.messages.senders import Event
from shared.store import alerts as alert_store
from shared.store import config as config_store
from shared.store import deliveries as delivery_store
from shared.surroundings import Surroundings
from shared.telemetry import logger

OVER = "over"
LATER = "later"

# What is told of a new lead so long after the change is no news to who has been at work on it.
LATE_AFTER = timedelta(minutes=1)

_JSON = {"Content-Type": "application/json"}
_CHATS: Mapping[str, Callable[[Brief], bytes]] = {"slack": slack.message, "teams": teams.message}


class _Matter(NamedTuple):
    """What a delivery is about, as configured now."""

    then: Lead  # with the change as its newest
    lead: Lead  # as it is now
    config: Config
    channel: Channel
    manner: Manner
    every: Mapping[Told, Manner]  # who is told of the change, and when


def deliver(delivery_id: str, around: Surroundings) -> str:
    """Make the next attempt at a delivery, if it is time for it; answers what came of it.

    `sent`; `needless`: it would not be true any more, or nobody is to hear of it; `later`: it did
    not arrive this time, or may not go out yet; `dead`: nor will it by itself; `over`: somebody
    else is at it, or has been. Whatever else goes wrong raises, and counts as an attempt that
    failed.
    """
    delivery, now = delivery_store.get(delivery_id), around.now()
    if delivery is None or not delivery.may_begin(now):
        return OVER
    if delivery.attempts >= MOST_ATTEMPTS:
        return _give_up(delivery, delivery.code or "died", around)
    try:
        claimed = delivery_store.claim(delivery, next_at(delivery, now, around.chance()))
    except ConflictError:
        return OVER
    return _attempt(claimed, around)


def _attempt(delivery: Delivery, around: Surroundings) -> str:
    """Make the attempt that has been claimed."""
    matter = _matter(delivery)
    if matter is None or not _is_wanted(delivery, matter, around.now()):
        delivery_store.settle(delivery, State.NEEDLESS)
        return State.NEEDLESS
    if later := _not_before(delivery, matter, around.now()):
        delivery_store.postpone(delivery, later)
        return LATER
    if delivery.attempts > 1 and delivery.code is None:  # the one before has died
        _fail_over(delivery, matter, around)
    try:
        _send(delivery, matter, around)
    except UndeliveredError as error:
        return _failed(delivery, matter, error, around)
    delivery_store.settle(delivery, State.SENT)
    return State.SENT


def _failed(
    delivery: Delivery, matter: _Matter, error: UndeliveredError, around: Surroundings
) -> str:
    logger.warning(
        "a delivery did not arrive",
        delivery_id=delivery.id,
        attempt=delivery.attempts,
        code=error.code,
    )
    if delivery.code is None or delivery.attempts == 1:  # again the first, when tried anew
        _fail_over(delivery, matter, around)
        _say_that_it_fails(delivery, matter, error.code, around)
    if error.lasting or delivery.attempts == MOST_ATTEMPTS:
        return _give_up(delivery, error.code, around)
    delivery_store.note_failure(delivery, error.code)
    return LATER


def _give_up(delivery: Delivery, code: str, around: Surroundings) -> str:
    """Tell, and then note: dying between tells twice, the other way round it would tell nobody."""
    detail = {
        "id": delivery.id,
        "lead_id": delivery.lead_id,
        "n": delivery.n,
        "channel": delivery.channel,
        "rep": delivery.rep,
        "attempts": delivery.attempts,
        "code": code,
    }
    senders.put_events([Event("DeliveryDead", detail)])
    now = around.now()
    alert = alert_store.of_channel(delivery.channel, f"{now:%Y-%m-%d}")
    # When a channel is down, hundreds die in a day, and managers hear of the first. Another process
    # may be telling them just now.
    with suppress(BeingSentError):
        send_once(alert, {"topic": partial(_tell_managers, delivery, code)}, around)
    delivery_store.bury(delivery, code, now)
    return State.DEAD


def _tell_managers(delivery: Delivery, code: str) -> None:
    subject, text = topic.dead_notice(
        channel=delivery.channel, lead_id=delivery.lead_id, attempts=delivery.attempts, code=code
    )
    senders.tell_managers(subject, text)


# ── What else tells it ───────────────────────────────────────────────────────────────────────────


def _fail_over(delivery: Delivery, matter: _Matter, around: Surroundings) -> None:
    """Start what tells the rep instead."""
    if delivery.rep is not None:
        senders.put_events(fail_over(matter.then, delivery.channel, delivery.rep, around))


def _say_that_it_fails(
    delivery: Delivery, matter: _Matter, code: str, around: Surroundings
) -> None:
    """Tell the managers, once a day, that others tell what a channel should."""
    now = around.now()
    others = _others(delivery, matter, now)
    if not others:
        return
    alert = alert_store.of_failing(delivery.channel, f"{now:%Y-%m-%d}")
    with suppress(BeingSentError):
        send_once(alert, {"topic": partial(_tell_of_failing, delivery, code, others)}, around)


def _others(delivery: Delivery, matter: _Matter, now: datetime) -> list[str]:
    """The channels that tell the rep where this one does not."""
    found = instead_of(delivery.channel, delivery.rep or "", matter.then, matter.config, now)
    return [told.channel for told, _ in found]


def _is_told_otherwise(delivery: Delivery, matter: _Matter) -> bool:
    """Whether what stands in for a delivery has been sent, or what it stands in for."""
    told, others = Told(delivery.channel, delivery.rep), set[str]()
    if delivery.attempts > 1 or delivery.code is not None:  # tried anew, it begins at 1
        others |= stand_ins(matter.every, told)
    others |= stood_in_for(matter.every, told)
    ids = [replace(delivery, channel=channel).id for channel in sorted(others)]
    return any(one and one.state is State.SENT for one in map(delivery_store.get, ids))


def _tell_of_failing(delivery: Delivery, code: str, others: Sequence[str]) -> None:
    subject, text = topic.failing_notice(
        channel=delivery.channel, lead_id=delivery.lead_id, code=code, others=others
    )
    senders.tell_managers(subject, text)


# ── Whether, and when ────────────────────────────────────────────────────────────────────────────


def _matter(delivery: Delivery) -> _Matter | None:
    """None: it is gone, or nobody is to hear of it there any more."""
    lead, config = found(delivery.lead_id), config_store.active().config
    channel = config.channels.get(delivery.channel)
    if lead is None or channel is None:
        return None
    then = _as_of(lead, delivery.n)
    every = told_of(config, before(then), then, mailed=delivery.rep)
    manner = every.get(Told(delivery.channel, delivery.rep))
    return _Matter(then, lead, config, channel, manner, every) if manner else None


def _as_of(lead: Lead, number: int) -> Lead:
    return replay(lead.lead_id, lead.source, lead.fields, lead.log[:number])


def _is_wanted(delivery: Delivery, matter: _Matter, at: datetime) -> bool:
    """Whether it is still so, and not told otherwise.

    Systems hear of every change, also of what is over: their books shall have no gaps. What is told
    late, or in place of another channel, is for reps who have done nothing about the lead yet.
    """
    then, now, manner = matter.then, matter.lead, matter.manner
    is_for_people = matter.channel.kind not in ("webhook", "topic")
    if is_for_people and not is_still_so(then, now, delivery.rep):
        return False
    if manner.after and not still_waits(delivery.rep or "", then, now):
        return False
    has_acted = then.owner == delivery.rep and has_acted_since(then, now)
    is_no_news = manner.after is None or _is_late_for_new(delivery, then, at)
    if is_for_people and has_acted and is_no_news:
        return False
    return not _is_told_otherwise(delivery, matter)


def _is_late_for_new(delivery: Delivery, then: Lead, at: datetime) -> bool:
    """Whether it says that a lead is new some time after it was: put off, or tried again."""
    change = then.log[-1]
    is_late = delivery.attempts > 1 or at - change.at >= LATE_AFTER
    return change.step is Step.ASSIGNED and is_late


def _not_before(delivery: Delivery, matter: _Matter, now: datetime) -> datetime | None:
    """When it may go out; None: now."""
    told = Told(delivery.channel, delivery.rep)
    moment = told_at(matter.config, told, matter.manner, matter.then, now)
    return moment if moment > now else None


# ── What is sent ─────────────────────────────────────────────────────────────────────────────────


def _send(delivery: Delivery, matter: _Matter, around: Surroundings) -> None:
    """Send what is true now. UndeliveredError."""
    then, lead, channel = matter.then, matter.lead, matter.channel
    if channel.kind in ("webhook", "topic"):
        _tell_system(delivery, channel, then, lead, around)
        return
    told = _brief(delivery, matter.config, then, lead, around.now())
    _tell_people(delivery, channel, told, matter.config, around)


def _tell_system(
    delivery: Delivery, channel: Channel, then: Lead, lead: Lead, around: Surroundings
) -> None:
    event = event_of(then)
    body = webhook.body_of(event, lead, contact=channel.include_contact)
    if channel.kind == "topic":
        senders.publish(channel.topic_arn or "", body.decode(), event.kind)
        return
    secrets = _secrets(delivery, "secret")
    try:
        headers = webhook.signed_headers(delivery.id, around.now(), body, secrets)
    except ValueError:
        raise UndeliveredError("malformed_secret") from None
    outbound.post(channel.url or "", body, headers)


def _tell_people(
    delivery: Delivery, channel: Channel, told: Brief, config: Config, around: Surroundings
) -> None:
    if channel.kind == "push":
        rep, keys = config.reps[delivery.rep or ""], _secrets(delivery, "secret")
        push.ring(rep.email, told, delivery.lead_id, keys, around)
        return
    if channel.kind == "sms":
        rep = config.reps[delivery.rep or ""]
        senders.send_sms(rep.phone or "", text_message.message(told))
        return
    newest, *_ = _secrets(delivery, "url")
    outbound.post(newest, _CHATS[channel.kind](told), _JSON)


def _secrets(delivery: Delivery, name: str) -> list[str]:
    """The channel's secrets, newest first; after a failure, those that are new as well."""
    again = delivery.attempts > 1 and credentials.may_be_newer()
    known = credentials.of_source(f"channel#{delivery.channel}", again=again).get(name)
    if not isinstance(known, list) or not known:
        raise UndeliveredError(f"no_{name}")
    return [str(value) for value in known]


def _brief(delivery: Delivery, config: Config, then: Lead, lead: Lead, at: datetime) -> Brief:
    about = then.log[-1].rep or then.owner or ""
    rep = config.reps.get(about)
    own = delivery.rep is not None and is_own(config, delivery.channel, delivery.rep)
    # Who reads alone has a language; of a channel that several read, it is the pool's.
    reader = config.reader(delivery.rep, then.pool) if own else config.pools.get(then.pool or "")
    return brief(
        then,
        rep=rep.name if rep else about,
        pool=then.pool or "",
        to_the_rep=own,
        gone=then.log[-1].step is Step.ASSIGNED and then.owner != delivery.rep,
        language=(reader and reader.language) or Language.EN,
        masked=is_masked(lead, config) or _is_anothers(delivery, then),
        link=_link(delivery, config, then, lead, at),
    )


def _is_anothers(delivery: Delivery, then: Lead) -> bool:
    """Whether it tells a rep of what is none of their leads, as the mail does that failed."""
    rep = delivery.rep
    return rep is not None and not is_concerned(before(then), then, rep)


def _link(delivery: Delivery, config: Config, then: Lead, lead: Lead, at: datetime) -> str:
    """Where the rep finds the lead, told at this time; "" if nowhere.

    Whoever has the link may accept: so it goes only where nobody else reads.
    """
    rep = delivery.rep
    if rep is None or not is_own(config, delivery.channel, rep):
        return ""
    if then.log[-1].step is Step.OPENED:
        return link_of_offer(then, rep, at)
    if lead.owner != rep or lead.status not in OPEN_STATUSES:
        return ""
    return late_link_of(lead, at)
