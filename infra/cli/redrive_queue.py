"""`leadwheel redrive --queue`: what a function finally could not do goes to that function again.

Every function does a thing once, however often it is asked: so a message may be brought again, and
whoever dies between the call and the deletion has done no harm.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.cli.stack import Reach
from shared.errors import LeadwheelError

# Each function that has a queue; in the template `<Name>Function` and `<Name>Failures`.
QUEUES = ("routing", "alerts", "deliver", "bounces", "fetch", "deadlines")
HIDDEN_FOR = 900  # seconds; a message that failed again shows after that
LOOKS_FOR = 5  # seconds: SQS asks all of its servers only when it may take its time
LONGEST_RUN = 90  # seconds: more than any function may take
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
    # Sent again by the SDK, a run that takes its time would run beside itself.
    patient = Config(read_timeout=LONGEST_RUN, retries={"total_max_attempts": 1})
    functions = stack.client("lambda", config=patient)
    sqs = stack.client("sqs")
    came = Redriven()
    for message in _messages(sqs, queue):
        try:
            events = list(_events(json.loads(message["Body"]), function, functions, stack))
        except _GoneError:
            came.gone += 1
            continue
        # All of them, also after one that fails: the stream has them for a day only.
        if sum(_does(functions, function, event) for event in events) == len(events):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            came.done += 1
        else:
            came.failed += 1
    return came


class _GoneError(Exception):
    """The stream has these records no more."""


def _physical(stack: Reach, logical: str) -> str:
    """What CloudFormation made of a resource: a function's name, a queue's address."""
    answer = stack.client("cloudformation").describe_stack_resource(
        StackName=stack.name, LogicalResourceId=logical
    )
    return str(answer["StackResourceDetail"]["PhysicalResourceId"])


def _messages(sqs: Any, queue: str) -> Iterator[dict[str, Any]]:
    """Each message once, one after the other, as each may take minutes; those that stay are hidden.

    What shows for the second time has been hidden for long: all have been looked at by then.
    """
    seen: set[str] = set()
    while found := sqs.receive_message(
        QueueUrl=queue,
        MaxNumberOfMessages=1,
        VisibilityTimeout=HIDDEN_FOR,
        WaitTimeSeconds=LOOKS_FOR,
    ).get("Messages"):
        (message,) = found
        if message["MessageId"] in seen:
            return
        seen.add(message["MessageId"])
        yield message


def _events(
    body: dict[str, Any], function: str, functions: Any, stack: Reach
) -> Iterator[dict[str, Any]]:
    """What the function was asked: by the stream, by a run that failed, or by what never began."""
    if "DDBStreamBatchInfo" in body:
        batch = body["DDBStreamBatchInfo"]
        patterns = _patterns(functions, function, batch["streamArn"])
        for record in _records(batch, patterns, stack.client("dynamodbstreams")):
            yield {"Records": [record]}  # one by one: together they may be too large for a call
    elif "requestContext" in body:
        yield body.get("requestPayload") or {}
    else:
        yield body


def _records(
    batch: Mapping[str, Any], patterns: list[Any], streams: Any
) -> Iterator[dict[str, Any]]:
    """The batch's records that the function would have been given; _GoneError: they have left."""
    last = int(batch["endSequenceNumber"])
    for record in _streamed(batch, streams):
        if any(fits(pattern, record) for pattern in patterns):
            yield {**record, "eventSourceARN": batch["streamArn"]}
        if int(record["dynamodb"]["SequenceNumber"]) >= last:
            return


def _streamed(batch: Mapping[str, Any], streams: Any) -> Iterator[dict[str, Any]]:
    """The stream from the batch's first record on."""
    try:
        iterator = streams.get_shard_iterator(
            StreamArn=batch["streamArn"],
            ShardId=batch["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=batch["startSequenceNumber"],
        )["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            yield from page["Records"]
            if not page["Records"] and page.get("NextShardIterator") == iterator:
                return
            iterator = page.get("NextShardIterator")
    except ClientError as error:
        if error.response["Error"]["Code"] not in GONE:
            raise
        raise _GoneError from error


def _patterns(functions: Any, function: str, stream: str) -> list[Any]:
    """What the function wants of this stream, as its mapping says."""
    mappings = functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    for mapping in mappings:
        if mapping["EventSourceArn"] == stream:
            return [json.loads(one["Pattern"]) for one in mapping["FilterCriteria"]["Filters"]]
    raise LeadwheelError(
        f"{function} is not started by the stream these records are of; leadwheel doctor says more"
    )


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
    payload = json.dumps(event, default=_as_lambda_has_it).encode()
    try:
        answer = functions.invoke(FunctionName=function, Payload=payload)
    except (ClientError, BotoCoreError):
        return False  # too many at once, or it takes too long: the message stays
    if "FunctionError" in answer:
        return False
    told = json.loads(answer["Payload"].read() or b"null")
    return not (isinstance(told, dict) and told.get("batchItemFailures"))


def _as_lambda_has_it(value: Any) -> Any:
    """Bytes and moments of the stream's API, as Lambda's events have them."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.timestamp()
