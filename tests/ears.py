"""Who listens to what goes out: the managers' topic and the event bus, into one queue."""

import json
import os
from typing import Any

from tests.table import client
from tests.world import World

# What the mapping's filter lets through; see template.yaml.
KINDS = ("lead", "cap", "return", "sign_in")


class Ears:
    """Everything that managers and systems were told so far, in order."""

    def __init__(self, world: World) -> None:
        self._sqs = client("sqs", world.cloud)
        self._queue = self._sqs.create_queue(QueueName=world.table)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(
            QueueUrl=self._queue, AttributeNames=["QueueArn"]
        )
        arn = attributes["Attributes"]["QueueArn"]
        client("sns", world.cloud).subscribe(
            TopicArn=os.environ["MANAGER_TOPIC_ARN"], Protocol="sqs", Endpoint=arn
        )
        events = client("events", world.cloud)
        everything = json.dumps({"source": ["leadwheel"]})
        events.put_rule(Name="all", EventBusName=world.table, EventPattern=everything)
        events.put_targets(
            Rule="all", EventBusName=world.table, Targets=[{"Id": "queue", "Arn": arn}]
        )
        self._notices: list[tuple[str, str]] = []
        self._events: list[tuple[str, dict[str, Any]]] = []

    @property
    def notices(self) -> list[tuple[str, str]]:
        """Subject and text of what managers were told."""
        self._listen()
        return self._notices

    @property
    def subjects(self) -> list[str]:
        return [subject for subject, _ in self.notices]

    @property
    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """Type and detail of what systems were told."""
        self._listen()
        return self._events

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """The details of the events of one type."""
        return [detail for name, detail in self.events if name == kind]

    def _listen(self) -> None:
        while True:
            answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
            for message in answer.get("Messages", ()):
                body = json.loads(message["Body"])
                if "detail-type" in body:
                    self._events.append((body["detail-type"], body["detail"]))
                else:
                    self._notices.append((body["Subject"], body["Message"]))
                self._sqs.delete_message(
                    QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"]
                )
            if not answer.get("Messages"):
                return


def records_for_people(world: World) -> list[dict[str, Any]]:
    """Every record of the stream that the alerts function gets."""
    return [
        record
        for record in world.records()
        if record["dynamodb"].get("NewImage", {}).get("kind", {}).get("S") in KINDS
    ]
