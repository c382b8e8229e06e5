"""What is to reach a chat, a phone or a system is sent, and the mail in the morning."""

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
    """The bus's event DeliveryDue or DigestDue → one attempt; answers what came of it."""
    if event.get("detail-type") == "DigestDue":
        return _digest(event["detail"])
    delivery_id = event["detail"]["id"]
    outcome = deliver(delivery_id, real())
    done = {"delivery_id": delivery_id, "outcome": outcome}
    logger.info("delivered", **done)
    if outcome == State.DEAD:
        raise DeliveryDeadError(delivery_id)
    return done


def _digest(due: dict[str, Any]) -> dict[str, Any]:
    from shared.flows.digest import send_digest  # once a day

    rep_id, day = due["rep"], due["day"]
    done = {"rep": rep_id, "day": day, "outcome": send_digest(rep_id, day, real())}
    logger.info("digested", **done)
    return done


loaded()
