"""A lead that was only announced is asked for."""

from typing import Any

from functions import loaded
from shared.flows.fetch_lead import fetch_lead
from shared.surroundings import real
from shared.telemetry import logger


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The bus's event LeadAnnounced → the lead whole; answers what came of it."""
    announced = event["detail"]
    outcome = fetch_lead(announced["lead_id"], announced["n"], real())
    done = {"lead_id": announced["lead_id"], "outcome": outcome}
    logger.info("fetched", **done)
    return done


loaded()
