"""Sending: e-mail (SES), the managers' topic (SNS), the event bus (EventBridge).

Clients are made when first used: each costs 50 ms, and most invocations need one of them.
"""

import json
import os
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from shared.errors import LeadwheelError
from shared.messages.mail import Mail
from shared.messages.outbound import UndeliveredError
from shared.settings import setting

# What SES says about a message it will never take; anything else is worth another try.
_REFUSED = {
    "BadRequestException",
    "MailFromDomainNotVerifiedException",
    "MessageRejected",
    "NotFoundException",
}


EVENTS_AT_ONCE = 10  # what PutEvents takes


class RefusedError(LeadwheelError):
    """The service will never take this message; sending it again is of no use."""


@lru_cache
def _client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    quick = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})
    return boto3.client(service, config=quick)  # type: ignore[call-overload]


def send_mail(address: str, mail: Mail, **tags: str | int) -> None:
    """Send one e-mail; RefusedError when SES will never take it.

    `tags` come back with what SES tells of the mail later: ids, nothing personal.
    """
    client = _client("sesv2")

    def part(text: str) -> dict[str, str]:
        return {"Data": text, "Charset": "UTF-8"}

    content = {
        "Subject": part(mail.subject),
        "Body": {"Text": part(mail.text), "Html": part(mail.html)},
    }
    # By it SES tells what becomes of the mail; a stack on one's own machine need not have any.
    watched = os.environ.get("CONFIGURATION_SET")
    named = [{"Name": name, "Value": str(value)} for name, value in tags.items()]
    by_it = {"ConfigurationSetName": watched, "EmailTags": named} if watched else {}
    try:
        client.send_email(
            FromEmailAddress=setting("SENDER"),
            Destination={"ToAddresses": [address]},
            Content={"Simple": content},
            **by_it,
        )
    except client.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _REFUSED:
            raise RefusedError(code) from error
        raise


def tell_managers(subject: str, text: str) -> None:
    """Publish to the managers' topic."""
    _client("sns").publish(TopicArn=setting("MANAGER_TOPIC_ARN"), Subject=subject, Message=text)


def publish(topic_arn: str, text: str, kind: str) -> None:
    """Publish to a topic of the configuration; subscriptions may filter by `event`, the kind."""
    attributes = {"event": {"DataType": "String", "StringValue": kind}}
    _to_sns(TopicArn=topic_arn, Message=text, MessageAttributes=attributes)


def send_sms(number: str, text: str) -> None:
    """Send an SMS to a number, E.164."""
    kind = {"DataType": "String", "StringValue": "Transactional"}
    _to_sns(PhoneNumber=number, Message=text, MessageAttributes={"AWS.SNS.SMS.SMSType": kind})


def _to_sns(**message: Any) -> None:
    """UndeliveredError: SNS did not take it."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        _client("sns").publish(**message)
    except ClientError as error:
        raise UndeliveredError(f"sns_{error.response['Error']['Code']}") from error
    except BotoCoreError as error:
        raise UndeliveredError(f"network_{type(error).__name__}") from error


class Event(NamedTuple):
    """What systems are told. `detail["id"]` is the same when it is told again."""

    kind: str
    detail: dict[str, Any]


def put_events(events: Sequence[Event]) -> None:
    """Put events on the bus."""
    for start in range(0, len(events), EVENTS_AT_ONCE):
        answer = _client("events").put_events(
            Entries=[
                {
                    "Source": "leadwheel",
                    "DetailType": event.kind,
                    "Detail": json.dumps(event.detail),
                    "EventBusName": setting("EVENT_BUS"),
                }
                for event in events[start : start + EVENTS_AT_ONCE]
            ]
        )
        if answer["FailedEntryCount"]:
            codes = {entry.get("ErrorCode") for entry in answer["Entries"]} - {None}
            raise LeadwheelError(f"the event bus refused: {', '.join(sorted(codes))}")
