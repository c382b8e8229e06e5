"""Every minute: reminders, reclamation, and whatever else is due."""

from dataclasses import asdict
from typing import Any

from functions import loaded
from shared.flows.sweep_deadlines import sweep_deadlines
from shared.surroundings import real
from shared.telemetry import level, logger

# What one page of work may take; the next sweep goes on where this one stops.
RESERVE_MILLISECONDS = 8_000


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """EventBridge schedule → one sweep; answers what it did."""
    swept = sweep_deadlines(
        real(), lambda: context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS
    )
    logger.info("swept", **asdict(swept))
    level(
        context.function_name,
        seconds={"OldestNewLead": swept.oldest_new, "OldestDue": swept.oldest_due},
        # Of a sweep that did not see all pools it would be too few, and an alarm would fall silent.
        counts={"ParkedLeads": swept.parked} if swept.counted and not swept.failed else {},
    )
    return asdict(swept)


loaded()
