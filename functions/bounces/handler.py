"""What the mail service tells of mails that did not arrive is taken note of."""

from typing import Any

from functions import loaded
from shared.flows.note_bounce import note_bounce
from shared.surroundings import real
from shared.telemetry import logger


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The default bus's event of SES → a rep's mail paused; answers what came of it."""
    outcome = note_bounce(event, real())
    logger.info("noted", outcome=outcome)
    return {"outcome": outcome}


loaded()
