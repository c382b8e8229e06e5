"""What is to reach a chat, a phone or a system is sent."""

from typing import Any

from functions import loaded
from shared.domain.deliveries import State
from shared.errors import LeadwheelError
from shared.flows.deliver import deliver
from shared.surroundings import real
from shared.telemetry import logger


class DeliveryDeadError(LeadwheelError):
    """A delivery has been given up: a run that fails is what rings the alarm."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The bus's event DeliveryDue → one attempt; answers what came of it."""
    delivery_id = event["detail"]["id"]
    outcome = deliver(delivery_id, real())
    done = {"delivery_id": delivery_id, "outcome": outcome}
    logger.info("delivered", **done)
    if outcome == State.DEAD:
        raise DeliveryDeadError(delivery_id)
    return done


loaded()
