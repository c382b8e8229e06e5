"""The functions, run in this process against real services; for some tests, until they die."""

import json
import os
import re
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aws_lambda_powertools.utilities import parameters
from botocore.client import BaseClient

import functions.alerts.handler as alerts
import functions.capture.handler as capture
import functions.deadlines.handler as deadlines
import functions.desk.handler as desk
import functions.routing.handler as routing
import shared.surroundings
from shared import credentials
from shared.store import routing as routing_store
from tests.aws_events import api_request, context
from tests.pressing import pressed
from tests.table import Clock, client, items_of, new_table

# What the mapping's filter lets through to the alerts; see template.yaml.
TOLD_OF = ("lead", "cap", "return", "sign_in")


class DiedError(BaseException):
    """The process is gone: nothing catches this, as nothing catches a kill."""


@dataclass
class Death:
    """Lets every call to AWS through, until the one at which the process dies."""

    calls: list[str] = field(default_factory=list)  # so far, without those of the test itself
    at: int | None = None
    after: bool = False
    done: str = ""  # the last call that was carried out before the death

    def arm(self, at: int | None, *, after: bool = False) -> None:
        self.calls, self.at, self.after = [], at, after


@pytest.fixture
def death(monkeypatch: pytest.MonkeyPatch) -> Death:
    death = Death()
    call = BaseClient._make_api_call

    def counted(client: Any, operation: str, arguments: Any) -> Any:
        if client.meta.service_model.service_name == "dynamodbstreams":
            return call(client, operation, arguments)
        death.calls.append(operation)
        now = death.at == len(death.calls)
        if now and not death.after:
            death.done = death.calls[-2] if len(death.calls) > 1 else ""
            raise DiedError
        answer = call(client, operation, arguments)
        if now:
            death.done = operation
            raise DiedError
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", counted)
    return death


def as_kept(by_source: dict[str, Any]) -> dict[str, Any]:
    """What partners and hooks prove themselves with, as the secret holds it: keys are hashed."""
    return {
        source: {
            **{name: values for name, values in secrets.items() if name != "key"},
            **(
                {"keys": [{"sha256": credentials.key_hash(secrets["key"])}]}
                if "key" in secrets
                else {}
            ),
        }
        for source, secrets in by_source.items()
    }


@dataclass
class World:
    """One table with everything around it, and the functions to work on it."""

    cloud: str
    table: str
    clock: Clock
    found: list[dict[str, Any]] = field(default_factory=list)
    position: str | None = None  # in the stream
    seen_mails: int = 0

    def begin_again(self) -> None:
        """An empty table, nine in the morning, and nothing sent or streamed yet."""
        dynamodb = client("dynamodb", self.cloud)
        for item in items_of(self.cloud, self.table):
            dynamodb.delete_item(TableName=self.table, Key={k: item[k] for k in ("pk", "sk")})
        routing_store.forget()
        self.clock.at = Clock().at
        self.records()
        self.found = []
        self.seen_mails += len(self.mails())

    def post(self, body: bytes, key: str | None) -> dict[str, Any]:
        headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
        path = "/v1/forms/website/leads"
        return capture.handler(api_request("POST", path, body=body, headers=headers), context())

    def give_secrets(self, by_source: dict[str, Any]) -> None:
        """What partners and hooks prove themselves with; of a partner, its key in plain text."""
        client("secretsmanager", self.cloud).put_secret_value(
            SecretId=os.environ["SOURCE_SECRETS_ARN"], SecretString=json.dumps(as_kept(by_source))
        )
        parameters.clear_caches()

    def items(self) -> list[dict[str, Any]]:
        return items_of(self.cloud, self.table)

    def records(self) -> list[dict[str, Any]]:
        """Everything in the table's stream since the beginning, as Lambda would get it."""
        streams = client("dynamodbstreams", self.cloud)
        if self.position is None:
            (stream,) = streams.list_streams(TableName=self.table)["Streams"]
            about = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
            (shard,) = about["Shards"]
            self.position = streams.get_shard_iterator(
                StreamArn=stream["StreamArn"],
                ShardId=shard["ShardId"],
                ShardIteratorType="TRIM_HORIZON",
            )["ShardIterator"]
        while True:
            page = streams.get_records(ShardIterator=self.position, Limit=1000)
            self.position = page["NextShardIterator"]
            if not page["Records"]:
                return list(self.found)
            self.found += page["Records"]

    def for_routing(self) -> list[dict[str, Any]]:
        return [record for record in self.records() if _matters_to_routing(record)]

    def for_alerts(self) -> list[dict[str, Any]]:
        return [record for record in self.records() if _kind(record) in TOLD_OF]

    def route(self, records: list[dict[str, Any]] | None = None) -> Any:
        batch = self.for_routing() if records is None else records
        return routing.handler({"Records": batch}, context()) if batch else None

    def alert(self, records: list[dict[str, Any]] | None = None) -> Any:
        batch = self.for_alerts() if records is None else records
        return alerts.handler({"Records": [_as_lambda_has_it(r) for r in batch]}, context())

    def sweep(self) -> dict[str, Any]:
        return deadlines.handler({}, context())

    def press_button(self, link: str) -> dict[str, Any]:
        """As a person does: look at the page behind a link, then press its button."""
        return pressed(desk.handler, link.removeprefix("https://leads.example.com"))

    def mails(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.cloud}/_ministack/ses/messages") as answer:
            messages = json.load(answer)["messages"]
        mails = [mail for account in messages.values() for mail in account]
        return [mail for mail in mails if mail["Source"] == self.sender][self.seen_mails :]

    @property
    def sender(self) -> str:
        return f"{self.table}@example.com"

    def links(self, address: str) -> list[str]:
        texts = [mail["BodyText"] for mail in self.mails() if mail["To"] == [address]]
        return [re.search(r"https://leads\.example\.com/a/\S+", text)[0] for text in texts]


def _kind(record: dict[str, Any]) -> str | None:
    return record["dynamodb"].get("NewImage", {}).get("kind", {}).get("S")


def _matters_to_routing(record: dict[str, Any]) -> bool:
    """What the mapping's filter lets through; see template.yaml."""
    image = record["dynamodb"].get("NewImage", {})
    is_new = _kind(record) == "lead" and image["status"]["S"] == "new"
    return is_new or (_kind(record) == "rep" and "freed_at" in image)


def _as_lambda_has_it(record: dict[str, Any]) -> dict[str, Any]:
    """The stream API has a datetime where Lambda's event has seconds."""
    body = dict(record["dynamodb"])
    body["ApproximateCreationDateTime"] = body["ApproximateCreationDateTime"].timestamp()
    return {**record, "dynamodb": body}


@pytest.fixture
def world(cloud: str, monkeypatch: pytest.MonkeyPatch) -> World:
    """A table with all that the functions need around it, at nine in the morning."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud)
    clock = Clock()
    world = World(cloud, new_table(cloud), clock)
    client("sesv2", cloud).create_email_identity(EmailIdentity=world.sender)
    client("events", cloud).create_event_bus(Name=world.table)
    secrets = client("secretsmanager", cloud)
    settings = {
        "SENDER": world.sender,
        "CONFIGURATION_SET": "SentMails",
        "MANAGER_TOPIC_ARN": client("sns", cloud).create_topic(Name=world.table)["TopicArn"],
        "EVENT_BUS": world.table,
        "PUBLIC_URL": "https://leads.example.com",
    }
    texts = {"LINK_SECRET": "k" * 48, "ADMIN_TOKEN": "k" * 48, "SOURCE_SECRETS": "{}"}
    for name, text in texts.items():
        secret = secrets.create_secret(Name=f"{world.table}-{name}", SecretString=text)
        settings[f"{name}_ARN"] = secret["ARN"]
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for module in (shared.surroundings, desk):
        monkeypatch.setattr(module, "now", clock)
    return world


@pytest.fixture
def survive() -> Callable[[Callable[[], Any]], bool]:
    """Runs a step; answers whether the process lived to its end."""

    def run(step: Callable[[], Any]) -> bool:
        try:
            step()
        except DiedError:
            return False
        return True

    return run
