"""One attempt to send a delivery.

Each attempt is claimed by its number, and the claim says when the next one is due: so two at once
send once, and one that dies is followed by another. Between sending and noting it, that one sends
again, with the same id: the receiver of a webhook can tell, and a chat shows it twice.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

from shared import credentials
from shared.domain.channels import Channel
from shared.domain.config import Config
from shared.domain.deliveries import MOST_ATTEMPTS, Delivery, State, next_at
from shared.domain.leads import OPEN_STATUSES, Lead, Step, replay
from shared.domain.mine import is_masked
from shared.domain.notices import Told, is_own, is_still_so, told_of
from shared.errors import ConflictError, StoreBusyError
from shared.flows.alert_once import send_once
from shared.flows.alert_people import event_of
from shared.flows.alert_reps import found, link_of, link_of_offer
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

_JSON = {"Content-Type": "application/json"}
_CHATS: Mapping[str, Callable[[Brief], bytes]] = {"slack": slack.message, "teams": teams.message}


def deliver(delivery_id: str, around: Surroundings) -> str:
    """Make the next attempt at a delivery, if it is time for it; answers what came of it.

    `sent`; `needless`: it would not be true any more, or nobody is to hear of it; `later`: it did
    not arrive this time; `dead`: nor will it by itself; `over`: somebody else is at it, or has
    been. Whatever else goes wrong raises, and counts as an attempt that failed.
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
    try:
        state = State.SENT if _send(claimed, around) else State.NEEDLESS
    except UndeliveredError as error:
        return _failed(claimed, error, around)
    delivery_store.settle(claimed, state)
    return state


def _failed(delivery: Delivery, error: UndeliveredError, around: Surroundings) -> str:
    logger.warning(
        "a delivery did not arrive",
        delivery_id=delivery.id,
        attempt=delivery.attempts,
        code=error.code,
    )
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
    with suppress(StoreBusyError):
        send_once(alert, {"topic": partial(_tell_managers, delivery, code)}, around)
    delivery_store.bury(delivery, code, now)
    return State.DEAD


def _tell_managers(delivery: Delivery, code: str) -> None:
    subject, text = topic.dead_notice(
        channel=delivery.channel, lead_id=delivery.lead_id, attempts=delivery.attempts, code=code
    )
    senders.tell_managers(subject, text)


# ── What is sent ─────────────────────────────────────────────────────────────────────────────────


def _send(delivery: Delivery, around: Surroundings) -> bool:
    """Send what is true now; False: nobody is to hear it any more. UndeliveredError."""
    lead, config = found(delivery.lead_id), config_store.active().config
    channel = config.channels.get(delivery.channel)
    if lead is None or channel is None:
        return False
    then, before = _as_of(lead, delivery.n), _as_of(lead, delivery.n - 1)
    if Told(delivery.channel, delivery.rep) not in told_of(config, before, then):
        return False
    if channel.kind in ("webhook", "topic"):
        _tell_system(delivery, channel, then, lead, around)
        return True
    if not is_still_so(then, lead):
        return False
    _tell_people(delivery, channel, _brief(delivery, config, then, lead), config)
    return True


def _as_of(lead: Lead, number: int) -> Lead:
    return replay(lead.lead_id, lead.source, lead.fields, lead.log[:number])


def _tell_system(
    delivery: Delivery, channel: Channel, then: Lead, lead: Lead, around: Surroundings
) -> None:
    """Systems hear of every change, also of what is over: their books shall have no gaps."""
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


def _tell_people(delivery: Delivery, channel: Channel, told: Brief, config: Config) -> None:
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


def _brief(delivery: Delivery, config: Config, then: Lead, lead: Lead) -> Brief:
    about = then.log[-1].rep or then.owner or ""
    rep = config.reps.get(about)
    return brief(
        then,
        rep=rep.name if rep else about,
        pool=then.pool or "",
        to_the_rep=delivery.rep is not None and is_own(config, delivery.channel, delivery.rep),
        masked=is_masked(lead, config),
        link=_link(delivery, config, then, lead),
    )


def _link(delivery: Delivery, config: Config, then: Lead, lead: Lead) -> str:
    """Where the rep finds the lead; "" if nowhere.

    Whoever has the link may accept: so it goes only where nobody else reads.
    """
    rep = delivery.rep
    if rep is None or not is_own(config, delivery.channel, rep):
        return ""
    if then.log[-1].step is Step.OPENED:
        return link_of_offer(then, rep)
    if lead.owner != rep or lead.status not in OPEN_STATUSES:
        return ""
    return link_of(lead, None)
