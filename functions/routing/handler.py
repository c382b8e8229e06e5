"""The stream's new leads and freed reps become assignments."""

from collections.abc import Iterable
from typing import Any

from functions import loaded
from shared.domain.leads import Lead, Step
from shared.errors import LeadwheelError
from shared.flows.retry_waiting import first_parked
from shared.flows.route_leads import route_leads
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store.codec import UNREADABLE, lead_from_image
from shared.surroundings import Surroundings, real
from shared.telemetry import logger


def _waiting_for(freed: set[str], around: Surroundings) -> list[Lead]:
    """Parked leads of all pools in which these reps are; of each the oldest.

    The sweep sees to the others, and to all when they cannot be read now.
    """
    try:
        pools = config_store.active().config.pools if freed else {}
        theirs = [pool_id for pool_id, pool in pools.items() if not freed.isdisjoint(pool.members)]
        return [lead for pool_id in theirs for lead in first_parked(pool_id, around)]
    except LeadwheelError as error:
        logger.warning("parked leads were not offered", error_type=type(error).__name__)
        return []


def _as_they_are(leads: Iterable[Lead]) -> list[Lead]:
    """The leads; those passed on are read anew, as who did that has settled them since."""
    passed = [lead.lead_id for lead in leads if lead.log[-1].step is Step.PASSED]
    fresh = {lead.lead_id: lead for lead in lead_store.get_many(passed)} if passed else {}
    return [fresh.get(lead.lead_id, lead) for lead in leads]


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """DynamoDB stream → routing; answers the records to deliver again."""
    leads: dict[str, Lead] = {}
    records: dict[str, str] = {}  # lead → the record that brought it
    freed: set[str] = set()
    for record in event["Records"]:
        image = record["dynamodb"].get("NewImage") or {}
        match image.get("kind", {}).get("S"):
            case "lead":
                try:
                    lead = lead_from_image(image)
                except UNREADABLE as error:
                    # It will not become readable; it stays in the table, and the sweep names it
                    # each minute.
                    logger.error(
                        "a lead's record cannot be read",
                        event_id=record.get("eventID"),
                        error_type=type(error).__name__,
                    )
                    continue
                leads[lead.lead_id] = lead
                records.setdefault(lead.lead_id, record["dynamodb"]["SequenceNumber"])
            case "rep":
                freed.add(image["pk"]["S"].partition("#")[2])
    around = real()
    # First who waits for a rep's room: they are not overtaken by who has just come.
    waiting = _waiting_for(freed, around)
    routed = route_leads([*waiting, *_as_they_are(leads.values())], around)
    failed = [records[lead_id] for lead_id in routed.unsettled if lead_id in records]
    logger.info(
        "routed",
        assigned=routed.assigned,
        parked=routed.parked,
        opened=routed.opened,
        moved_on=routed.moved_on,
        conflicts=routed.conflicts,
        unsettled=len(routed.unsettled),
    )
    return {"batchItemFailures": [{"itemIdentifier": record} for record in failed]}


loaded()
