"""A lead's change becomes deliveries: one for each channel that the configuration names for it.

They are written once, whoever brings the change how often. An event starts what is due now; the
sweep starts the rest in its time, and each again until it has arrived.
"""

from collections.abc import Iterable
from datetime import datetime

from shared.domain.config import Config
from shared.domain.deliveries import Delivery
from shared.domain.leads import Lead, replay
from shared.domain.notices import Manner, Told, is_told_anyway, told_at, told_of, told_once
from shared.errors import NotFoundError
from shared.messages.senders import Event
from shared.store import config as config_store
from shared.store import deliveries as delivery_store
from shared.surroundings import Surroundings

KNOWN_FOR = 10.0  # seconds after which a new configuration is noticed: most changes tell nobody


def notify(lead: Lead, around: Surroundings) -> list[Event]:
    """Write the deliveries of the lead's newest change; answers the events that start them."""
    config = _config()
    if config is None or not config.channels:
        return []
    every = told_of(config, before(lead), lead)
    mine = [(told, every[told]) for told in told_once(config, every, lead)]
    return _announced(mine, lead, config, around.now())


def fail_over(lead: Lead, failed: str, rep_id: str, around: Surroundings) -> list[Event]:
    """Write what a rep is to hear of the lead's newest change now that a channel has failed.

    `failed` is what could not tell them: a channel, or `shared.domain.channels.MAIL`. Answers the
    events that start those deliveries; the same ones when it is said again.
    """
    config = _config()
    if config is None or not config.channels:
        return []
    now = around.now()
    return _announced(instead_of(failed, rep_id, lead, config, now), lead, config, now)


def instead_of(
    failed: str, rep_id: str, lead: Lead, config: Config, now: datetime
) -> list[tuple[Told, Manner]]:
    """What tells a rep of the lead's newest change where this channel, or `mail`, does not.

    Not what has heard of it anyway, as others are told there, too.
    """
    every = told_of(config, before(lead), lead, mailed=rep_id)
    return [
        (told, manner)
        for told, manner in every.items()
        if told.rep == rep_id and failed in manner.instead_of
        if not is_told_anyway(config, every, told, lead, now)
    ]


def before(lead: Lead) -> Lead:
    """The lead before its newest change."""
    return replay(lead.lead_id, lead.source, lead.fields, lead.log[:-1])


def _announced(
    chosen: Iterable[tuple[Told, Manner]], lead: Lead, config: Config, now: datetime
) -> list[Event]:
    """Write deliveries; answers the events that start those that are due now."""
    events = []
    for told, manner in chosen:
        due_at = told_at(config, told, manner, lead, now)
        delivery = Delivery(lead.lead_id, lead.rev, told.channel, told.rep, due_at=due_at)
        delivery_store.announce(delivery)
        if due_at <= now:
            events.append(start_of(delivery.id))
    return events


def start_of(delivery_id: str) -> Event:
    """The event that starts an attempt."""
    return Event("DeliveryDue", {"id": delivery_id})


def _config() -> Config | None:
    try:
        return config_store.active(KNOWN_FOR).config
    except NotFoundError:
        return None
