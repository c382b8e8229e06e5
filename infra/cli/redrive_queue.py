"""`leadwheel redrive --queue`: what a function finally could not do goes to that function again.

Every function does a thing once, however often it is asked: so a message may be brought again, and
whoever dies between the call and the deletion has done no harm.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra.cli.stack import Reach
from shared.errors import LeadwheelError

# Each function that has a queue; in the template `<Name>Function` and `<Name>Failures`.
QUEUES = ("routing", "alerts", "deliver", "bounces", "fetch", "deadlines")
AT_ONCE = 10  # messages, as SQS gives them
HIDDEN_FOR = 300  # seconds; a message that failed again shows after that
# What the stream answers about records that have left it, after 24 hours.
GONE = {"TrimmedDataAccessException", "ResourceNotFoundException"}


@dataclass(slots=True)
class Redriven:
    """What came of the messages of a queue."""

    done: int = 0  # their functions have done it, and they have left the queue
    failed: int = 0  # again: they stay
    gone: int = 0  # the stream has these records no more: they stay as well


def redrive_queue(name: str, stack: Reach) -> Redriven:
    """Bring each message of a function's queue to it again. LeadwheelError: there is none such."""
    if name not in QUEUES:
        raise LeadwheelError(f"there is no queue {name!r}; there: {', '.join(QUEUES)}")
    function = _physical(stack, f"{name.capitalize()}Function")
    queue = _physical(stack, f"{name.capitalize()}Failures")
    sqs = stack.client("sqs")
    came = Redriven()
    for message in _messages(sqs, queue):
        try:
            events = list(_events(json.loads(message["Body"]), function, stack))
        except ClientError as error:
            if error.response["Error"]["Code"] not in GONE:
                raise
            came.gone += 1
            continue
        if all(_does(stack.client("lambda"), function, event) for event in events):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            came.done += 1
        else:
            came.failed += 1
    return came


def _physical(stack: Reach, logical: str) -> str:
    """What CloudFormation made of a resource: a function's name, a queue's address."""
    answer = stack.client("cloudformation").describe_stack_resource(
        StackName=stack.name, LogicalResourceId=logical
    )
    return str(answer["StackResourceDetail"]["PhysicalResourceId"])


def _messages(sqs: Any, queue: str) -> Iterator[dict[str, Any]]:
    """Each message once: those that stay are hidden while we look."""
    while found := sqs.receive_message(
        QueueUrl=queue, MaxNumberOfMessages=AT_ONCE, VisibilityTimeout=HIDDEN_FOR
    ).get("Messages"):
        yield from found


def _events(body: dict[str, Any], function: str, stack: Reach) -> Iterator[dict[str, Any]]:
    """What the function was asked: by the stream, by a run that failed, or by what never began."""
    if "DDBStreamBatchInfo" in body:
        for record in _records(body["DDBStreamBatchInfo"], function, stack):
            yield {"Records": [record]}  # one by one: together they may be too large for a call
    elif "requestContext" in body:
        yield body.get("requestPayload") or {}
    else:
        yield body


def _records(batch: Mapping[str, Any], function: str, stack: Reach) -> Iterator[dict[str, Any]]:
    """The batch's records that the function would have been given, read from the stream."""
    patterns = _patterns(stack.client("lambda"), function)
    streams = stack.client("dynamodbstreams")
    iterator = streams.get_shard_iterator(
        StreamArn=batch["streamArn"],
        ShardId=batch["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=batch["startSequenceNumber"],
    )["ShardIterator"]
    last = int(batch["endSequenceNumber"])
    while iterator:
        page = streams.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            if any(fits(pattern, record) for pattern in patterns):
                yield {**record, "eventSourceARN": batch["streamArn"]}
            if int(record["dynamodb"]["SequenceNumber"]) >= last:
                return
        if not page["Records"] and page.get("NextShardIterator") == iterator:
            return
        iterator = page.get("NextShardIterator")


def _patterns(functions: Any, function: str) -> list[Any]:
    """What the function wants of the stream, as its mapping says."""
    (mapping,) = functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    return [json.loads(filter_["Pattern"]) for filter_ in mapping["FilterCriteria"]["Filters"]]


def fits(pattern: Any, value: Any) -> bool:
    """Whether a record is as a mapping's filter asks, as far as the template's filters go."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            fits(asked, value.get(name)) for name, asked in pattern.items()
        )
    return any(
        (value is not None) is asked["exists"] if isinstance(asked, dict) else value == asked
        for asked in pattern
    )


def _does(functions: Any, function: str, event: dict[str, Any]) -> bool:
    """Whether the function has done it now."""
    answer = functions.invoke(
        FunctionName=function, Payload=json.dumps(event, default=_as_lambda_has_it).encode()
    )
    if "FunctionError" in answer:
        return False
    told = json.loads(answer["Payload"].read() or b"null")
    return not (isinstance(told, dict) and told.get("batchItemFailures"))


def _as_lambda_has_it(value: Any) -> Any:
    """Bytes and moments of the stream's API, as Lambda's events have them."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.timestamp()
