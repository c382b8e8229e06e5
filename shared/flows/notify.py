"""A lead's change becomes deliveries: one for each channel that the configuration names for it.

They are written once, whoever brings the change how often; an event starts each, and the sweep
starts it again until it has arrived.
"""

from shared.domain.config import Config
from shared.domain.deliveries import Delivery
from shared.domain.leads import Lead, replay
from shared.domain.notices import told_of
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
    before = replay(lead.lead_id, lead.source, lead.fields, lead.log[:-1])
    events = []
    for told in told_of(config, before, lead):
        delivery = Delivery(lead.lead_id, lead.rev, told.channel, told.rep)
        delivery_store.announce(delivery, around.now())
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
