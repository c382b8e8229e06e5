"""The stream's changes become messages to people and events for systems."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from functions import loaded
from shared.flows.alert_caps import alert_of_cap
from shared.flows.alert_people import alert_of_return, alert_people
from shared.flows.note_persons import note_persons
from shared.messages import senders
from shared.messages.senders import Event
from shared.store.codec import lead_from_image
from shared.store.images import cap_from_image, ends_at, link_from_image, return_from_image
from shared.surroundings import real
from shared.telemetry import logger

processor = BatchProcessor(
    event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False
)


def tell(record: DynamoDBRecord) -> list[Event]:
    """Send what one record's changes call for; answers what systems are to be told."""
    images = record.raw_event["dynamodb"]
    try:
        return _tell(images.get("OldImage", {}), images["NewImage"])
    except Exception as error:  # the batch processor reports the record, but says nothing
        logger.warning(
            "an alert will be tried again", event_id=record.event_id, reason=type(error).__name__
        )
        raise


def _tell(old: dict[str, Any], new: dict[str, Any]) -> list[Event]:
    match new["kind"]["S"]:
        case "lead":
            lead, before = lead_from_image(new), len(old.get("log", {}).get("L", ()))
            events = alert_people(lead, before, real())
            note_persons(lead, before, ends_at(new))
            return events
        case "cap":
            alert_of_cap(cap_from_image(old) if old else None, cap_from_image(new), real())
        case "return":
            alert_of_return(return_from_image(new), real())
        case "sign_in":
            from shared.flows.alert_sign_in import alert_of_link  # not on a lead's way

            alert_of_link(link_from_image(new), real())
    return []


def handler(event: dict[str, Any], context: Any) -> Any:
    """DynamoDB stream → alerts; answers the records to deliver again."""
    events: list[Event] = []

    def told(record: DynamoDBRecord) -> None:
        events.extend(tell(record))

    answer = process_partial_response(event, told, processor, context)
    senders.put_events(events)  # if that fails, all come again; people are told once all the same
    return answer


loaded()
