"""`leadwheel redrive --queue`: what was given up is done in the end, and once."""

import io
import json
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import ANY

import pytest
from botocore.exceptions import ReadTimeoutError
from samtranslator.yaml_helper import yaml_parse
from typer.testing import CliRunner

import functions.alerts.handler as alerts
import functions.routing.handler as routing
from infra.cli import redrive
from infra.cli import redrive_queue as redrive_queue_module
from infra.cli.main import app
from infra.cli.redrive_queue import QUEUES, Redriven, fits, redrive_queue
from infra.cli.stack import Reach
from shared.errors import LeadwheelError
from shared.flows.apply_config import apply_config
from tests.aws_events import context
from tests.table import ROOT, client
from tests.team import config

TEMPLATE = yaml_parse((ROOT / "template.yaml").read_text())["Resources"]
HANDLERS = {"AlertsFunction": alerts.handler, "RoutingFunction": routing.handler}
TEAM = config({"anna": 1}, deadlines={})


@dataclass
class Functions:
    """Lambda, as far as it is asked: runs the handlers here, or breaks off."""

    broken: bool = False
    given: list[Any] = field(default_factory=list)

    def list_event_source_mappings(self, **asked: str) -> Any:
        function = TEMPLATE[asked["FunctionName"]]["Properties"]
        mapping = function["Events"]["Changes"]["Properties"]
        found = {"EventSourceArn": ANY, "FilterCriteria": mapping["FilterCriteria"]}
        return {"EventSourceMappings": [found]}

    def invoke(self, **asked: Any) -> Any:
        self.given.append(json.loads(asked["Payload"]))
        if self.broken:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b"{}")}
        handler = HANDLERS.get(asked["FunctionName"], lambda *_: None)
        answer = handler(self.given[-1], context())
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@dataclass
class Made:
    """A stack that was deployed: one queue, and functions known by their logical names."""

    cloud: str
    functions: Functions
    queue: str

    def describe_stack_resource(self, **asked: str) -> Any:
        logical = asked["LogicalResourceId"]
        made = self.queue if logical.endswith("Failures") else logical
        return {"StackResourceDetail": {"PhysicalResourceId": made}}

    def client(self, service: str, **_: Any) -> Any:
        if service == "lambda":
            return self.functions
        return self if service == "cloudformation" else client(service, self.cloud)

    @property
    def reached(self) -> Reach:
        return Reach("leadwheel", "us-east-1", self.cloud, self.client)

    def give_up(self, body: Any) -> None:
        client("sqs", self.cloud).send_message(QueueUrl=self.queue, MessageBody=json.dumps(body))

    def left(self) -> int:
        """How many messages the queue has, hidden ones too."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        found = client("sqs", self.cloud).get_queue_attributes(
            QueueUrl=self.queue, AttributeNames=list(names)
        )
        return sum(int(found["Attributes"][name]) for name in names)


@pytest.fixture
def made(cloud: str, request: Any, monkeypatch: pytest.MonkeyPatch) -> Made:
    monkeypatch.setattr(redrive_queue_module, "LOOKS_FOR", 0)
    name = f"failures-{abs(hash(request.node.name))}"
    queue = client("sqs", cloud).create_queue(QueueName=name)["QueueUrl"]
    return Made(cloud, Functions(), queue)


def batch(world: Any) -> dict[str, Any]:
    """What Lambda puts into a queue when a mapping gives up all that the stream has."""
    numbers = [record["dynamodb"]["SequenceNumber"] for record in world.records()]
    streams = client("dynamodbstreams", world.cloud)
    (stream,) = streams.list_streams(TableName=world.table)["Streams"]
    about = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
    return {
        "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 101},
        "DDBStreamBatchInfo": {
            "shardId": about["Shards"][0]["ShardId"],
            "startSequenceNumber": numbers[0],
            "endSequenceNumber": numbers[-1],
            "batchSize": len(numbers),
            "streamArn": stream["StreamArn"],
        },
    }


def test_every_queue_of_the_template_can_be_redriven() -> None:
    queues = {name for name, made in TEMPLATE.items() if made["Type"] == "AWS::SQS::Queue"}
    assert queues == {f"{name.capitalize()}Failures" for name in QUEUES}
    assert {f"{name.capitalize()}Function" for name in QUEUES} <= TEMPLATE.keys()


def test_whoever_was_not_told_is_told_and_once(world: Any, around: Any, made: Made) -> None:
    apply_config(TEAM, around)
    world.post(b'{"email": "kim@example.org"}', "k")
    world.route()
    made.give_up(batch(world))
    assert redrive_queue("alerts", made.reached) == Redriven(done=1)
    assert [mail["To"] for mail in world.mails()] == [["anna@example.com"]]
    assert made.left() == 0
    made.give_up(batch(world))  # and again: somebody died before it left the queue
    redrive_queue("alerts", made.reached)
    assert len(world.mails()) == 1


def test_routing_is_given_what_its_mapping_asks_for(world: Any, around: Any, made: Made) -> None:
    apply_config(TEAM, around)
    world.post(b'{"email": "kim@example.org"}', "k")
    made.give_up(batch(world))
    assert redrive_queue("routing", made.reached).done == 1
    images = [event["Records"][0]["dynamodb"]["NewImage"] for event in made.functions.given]
    assert [(image["kind"]["S"], image["status"]["S"]) for image in images] == [("lead", "new")]
    (lead,) = [item for item in world.items() if item.get("kind", {}).get("S") == "lead"]
    assert lead["owner"]["S"] == "anna"


@pytest.mark.parametrize("name", ["deliver", "bounces", "fetch", "deadlines"])
@pytest.mark.parametrize(
    ("body", "event"),
    [
        pytest.param(
            {"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": {"id": "e"}},
            {"id": "e"},
            id="a run that failed",
        ),
        pytest.param({"id": "e"}, {"id": "e"}, id="what a rule could not start"),
        pytest.param({"requestContext": {}, "requestPayload": None}, {}, id="without an event"),
    ],
)
def test_an_event_comes_again_as_it_was(made: Made, name: str, body: Any, event: Any) -> None:
    made.give_up(body)
    assert redrive_queue(name, made.reached) == Redriven(done=1)
    assert made.functions.given == [event]


def test_what_fails_again_stays_and_stops_no_other(made: Made) -> None:
    made.functions.broken = True
    for number in range(12):
        made.give_up({"id": number})
    assert redrive_queue("fetch", made.reached) == Redriven(failed=12)
    assert made.left() == 12


def test_a_record_that_is_reported_as_failed_stays(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = {"batchItemFailures": [{"itemIdentifier": "1"}]}
    monkeypatch.setitem(HANDLERS, "AlertsFunction", lambda *_: refused)
    made.give_up({"Records": []})
    assert redrive_queue("alerts", made.reached) == Redriven(failed=1)


def test_after_a_record_that_fails_the_others_come_all_the_same(
    world: Any, around: Any, made: Made
) -> None:
    """The stream has them for a day only."""
    apply_config(TEAM, around)
    for number in range(3):
        world.post(b'{"email": "kim%d@example.org"}' % number, f"k{number}")
    made.give_up(batch(world))
    made.functions.broken = True
    assert redrive_queue("routing", made.reached) == Redriven(failed=1)
    assert len(made.functions.given) == 3


def test_a_run_that_takes_too_long_is_a_failure_and_stops_no_other(made: Made) -> None:
    def too_long(**_: Any) -> Any:
        raise ReadTimeoutError(endpoint_url="x")

    made.functions.invoke = too_long  # type: ignore[method-assign]
    made.give_up({"id": 1})
    made.give_up({"id": 2})
    assert redrive_queue("fetch", made.reached) == Redriven(failed=2)


def test_records_of_a_stream_that_starts_nothing_are_said(
    made: Made, world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply_config(TEAM, around)
    made.give_up(batch(world))
    nothing = {"EventSourceMappings": []}
    monkeypatch.setattr(made.functions, "list_event_source_mappings", lambda **_: nothing)
    with pytest.raises(LeadwheelError, match="leadwheel doctor says more"):
        redrive_queue("alerts", made.reached)


def test_records_that_have_left_the_stream_are_said(made: Made, world: Any, around: Any) -> None:
    apply_config(TEAM, around)
    given_up = batch(world)
    given_up["DDBStreamBatchInfo"]["streamArn"] += "-gone"
    made.give_up(given_up)
    assert redrive_queue("alerts", made.reached) == Redriven(gone=1)
    assert made.left() == 1


@pytest.mark.parametrize(
    ("pattern", "fit"),
    [
        ({"kind": ["lead", "cap"]}, True),
        ({"kind": ["rep"]}, False),
        ({"kind": [{"exists": True}]}, True),
        ({"freed_at": [{"exists": True}]}, False),
        ({"kind": {"S": ["lead"]}}, False),
    ],
)
def test_filters_are_read_as_lambda_reads_them(pattern: Any, *, fit: bool) -> None:
    assert fits(pattern, {"kind": "lead"}) is fit


def test_the_command_says_what_came_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redrive, "reach", lambda _: None)
    monkeypatch.setattr(redrive, "redrive_queue", lambda *_: Redriven(3, 1, 2))
    said = CliRunner().invoke(app, ["redrive", "--queue", "alerts"], env={"COLUMNS": "200"})
    assert said.exit_code == 0
    assert "3 done, 1 failed again" in said.output
    assert "2 name records" in said.output


def test_a_queue_that_is_not_there_is_named(made: Made) -> None:
    with pytest.raises(LeadwheelError, match="no queue 'desk'; there: routing, alerts"):
        redrive_queue("desk", made.reached)


def test_a_queue_stands_alone() -> None:
    said = CliRunner().invoke(app, ["redrive", "--queue", "alerts", "--all"])
    assert said.exit_code == 1
    assert "stands alone" in said.output
