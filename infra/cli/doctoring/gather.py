"""Reads everything about a stack, and changes nothing. What cannot be read stops nothing else."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from infra.cli.doctoring import expected, work
from infra.cli.doctoring.facts import Absent, Answer, Facts, Key, Read, Unread
from infra.cli.stack import Reach
from infra.web import fetch
from shared.errors import LeadwheelError, NotFoundError
from shared.store import table as store_table

Question = Callable[[], Any]

AT_ONCE = 8  # requests
TABLE: Key = ("table", "Table")
SERVICES = (
    *("dynamodb", "lambda", "scheduler", "events", "sqs", "sesv2", "sns", "secretsmanager"),
    "cloudwatch",
)
_SHORTEST_LINE = 32  # characters of a generated secret; the template asks for 64

_ABSENT = {
    *("ResourceNotFoundException", "NotFound", "NotFoundException", "QueueDoesNotExist"),
    "AWS.SimpleQueueService.NonExistentQueue",
}
_DENIED = {
    *("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"),
    "AuthorizationErrorException",
}
# Where the name in a policy differs from the client's.
_PREFIX = {"sesv2": "ses"}


def gather(reach: Reach, typed: str) -> Facts:
    """All facts. LeadwheelError, ClientError: not even the stack itself can be looked at."""
    began = time.time()
    cloudformation = reach.client("cloudformation")
    answer = cloudformation.describe_stacks(StackName=reach.name)
    ahead = _ahead(answer, (began + time.time()) / 2)
    listed = attempt("cloudformation", partial(_resources, cloudformation, reach.name))
    facts = Facts(
        name=reach.name,
        region=reach.region,
        now=datetime.now(UTC),
        emulated="amazonaws.com" not in str(urlsplit(cloudformation.meta.endpoint_url).hostname),
        stack=answer["Stacks"][0],
        resources=listed.value if isinstance(listed, Answer) else {},
        read={},
        ahead=ahead,
        typed=typed,
        on_it=reach.on_it,
    )
    clients = {service: reach.client(service) for service in SERVICES}
    read: dict[Key, Read] = {("resources", "all"): listed}
    questions = {
        **dict(_of_resources(facts, clients)),
        **dict(_of_mail(facts, clients)),
        **dict(_of_api(facts)),
    }
    if table := facts.outputs.get("TableName"):
        describe = partial(clients["dynamodb"].describe_table, TableName=table)
        read[TABLE] = attempt("dynamodb", lambda: describe()["Table"])
        if not isinstance(read[TABLE], Absent):
            store_table.connect(table, region=reach.region, host=reach.endpoint_url)
            read[work.CONFIGURATION] = attempt("dynamodb", work.configuration)
            questions |= work.questions(facts, clients["dynamodb"], read[work.CONFIGURATION])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = pool.map(lambda asked: attempt(_service(asked[0]), asked[1]), questions.items())
        read.update(zip(questions, answers, strict=True))
    return replace(facts, read=read)


def _resources(cloudformation: Any, name: str) -> dict[str, str]:
    """Physical ids by logical ones. Of what is still to be made there is none yet."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in pages
        for one in page["StackResourceSummaries"]
        if one.get("PhysicalResourceId") and one.get("ResourceStatus") != "DELETE_COMPLETE"
    }


def _ahead(answer: Mapping[str, Any], here: float) -> float | None:
    """By how much this machine is ahead of who answered; their header has whole seconds."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    try:
        return here - parsedate_to_datetime(headers["date"]).timestamp() - 0.5
    except (KeyError, TypeError, ValueError):
        return None


# ── One question ─────────────────────────────────────────────────────────────────────────────────

_SERVICES_OF = {
    "function": "lambda",
    "invoking": "lambda",
    "mapping": "lambda",
    "schedule": "scheduler",
    "rule": "events",
    "bus": "events",
    "queue": "sqs",
    "topic": "sns",
    "subscriptions": "sns",
    "secret": "secretsmanager",
    "account": "sesv2",
    "identity": "sesv2",
    "set": "sesv2",
    "destinations": "sesv2",
    "alarms": "cloudwatch",
}


def _service(key: Key) -> str:
    return _SERVICES_OF.get(key[0], "dynamodb")


def attempt(service: str, ask: Question) -> Read:
    """What comes of one question. No error gets through, and none that is told names a person."""
    try:
        return Answer(ask())
    except NotFoundError:
        return Absent()
    except (LeadwheelError, BotoCoreError) as error:
        return Unread(str(error))
    except Exception as error:  # noqa: BLE001 (one question must not stop the others)
        known = _client_error(error)
        return _refused(service, known) if known else Unread(f"{type(error).__name__}, a mistake")


def _refused(service: str, error: ClientError) -> Read:
    code = error.response.get("Error", {}).get("Code", "")
    operation = f"{_PREFIX.get(service, service)}:{error.operation_name}"
    if code in _ABSENT:
        return Absent()
    if code in _DENIED:
        return Unread(f"you may not {operation}", operation)
    return Unread(f"{operation} was answered {code}")


def _client_error(error: BaseException | None) -> ClientError | None:
    """Botocore's error, in whatever it was wrapped on its way."""
    seen = set()  # pynamodb's errors may be their causes' causes
    while error is not None and id(error) not in seen:
        if isinstance(error, ClientError):
            return error
        seen.add(id(error))
        error = error.__cause__ or getattr(error, "cause", None)
    return None


# ── What is asked ────────────────────────────────────────────────────────────────────────────────


def _of_resources(facts: Facts, clients: Mapping[str, Any]) -> Iterator[tuple[Key, Question]]:
    """What CloudFormation says it has made; what it does not know is told by its outputs."""
    here = facts.resources
    dynamodb, lambdas = clients["dynamodb"], clients["lambda"]
    if table := facts.outputs.get("TableName"):
        yield ("ttl", "Table"), partial(_ttl, dynamodb, table)
        yield ("backups", "Table"), partial(_backups, dynamodb, table)
    for name in _there(expected.FUNCTIONS, here):
        yield ("function", name), partial(lambdas.get_function, FunctionName=here[name])
    for name in _there(expected.INVOKED, here):
        ask = partial(
            lambdas.get_function_event_invoke_config,
            FunctionName=here[name],
            Qualifier="$LATEST",
        )
        yield ("invoking", name), ask
    for name in _there(expected.MAPPINGS, here):
        yield ("mapping", name), partial(lambdas.get_event_source_mapping, UUID=here[name])
    yield from _of_events(here, clients["scheduler"], clients["events"])
    for name in _there(expected.QUEUES, here):
        yield ("queue", name), partial(_queue, clients["sqs"], here[name])
    for name in _there(expected.TOPICS, here):
        topic = here[name]
        yield ("topic", name), partial(clients["sns"].get_topic_attributes, TopicArn=topic)
        yield ("subscriptions", name), partial(_subscriptions, clients["sns"], topic)
    for name in _there((*expected.GENERATED, "SourceSecrets"), here):
        yield ("secret", name), partial(_secret, clients["secretsmanager"], here[name])
    yield ("alarms", "all"), partial(_alarms, clients["cloudwatch"], facts.name)


def _of_events(
    here: Mapping[str, str], scheduler: Any, events: Any
) -> Iterator[tuple[Key, Question]]:
    for name in _there(expected.SCHEDULES, here):
        yield ("schedule", name), partial(scheduler.get_schedule, Name=here[name])
    for name in _there(expected.RULES, here):
        bus = here.get("EventBus", "") if expected.RULES[name][1] else "default"
        yield ("rule", name), partial(_rule, events, here[name].split("|")[-1], bus)
    for name in _there(("EventBus",), here):
        yield ("bus", name), partial(events.describe_event_bus, Name=here[name])


def _there(names: Any, resources: Mapping[str, str]) -> Iterator[str]:
    yield from (name for name in names if name in resources)


def _ttl(dynamodb: Any, table: str) -> Any:
    return dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]


def _backups(dynamodb: Any, table: str) -> Any:
    answer = dynamodb.describe_continuous_backups(TableName=table)
    return answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})


def _rule(events: Any, rule: str, bus: str) -> Any:
    state = events.describe_rule(Name=rule, EventBusName=bus)["State"]
    targets = events.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
    return {"State": state, "Targets": [target["Arn"] for target in targets]}


def _queue(sqs: Any, url: str) -> dict[str, Any]:
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    waiting = sum(
        int(answer.get(f"ApproximateNumberOfMessages{which}", 0))
        for which in ("", "NotVisible", "Delayed")
    )
    return {"messages": waiting, "arn": answer["QueueArn"]}


def _subscriptions(sns: Any, topic: str) -> list[Any]:
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    return [one for page in pages for one in page["Subscriptions"]]


def _secret(secrets: Any, secret: str) -> dict[str, Any]:
    """What can be said of a secret without saying it."""
    try:
        text = str(secrets.get_secret_value(SecretId=secret)["SecretString"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidRequestException":
            raise
        return {"deleted": True}  # it is marked for that, and can still be restored
    lines = text.split()
    weak = [line for line in lines if len(line) < _SHORTEST_LINE or len(set(line)) < 10]
    return {"lines": len(lines), "weak": len(weak), "held": work.names_in(text)}


def _alarms(cloudwatch: Any, name: str) -> list[Any]:
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        StateValue="ALARM", AlarmNamePrefix=f"{name}-"
    )
    return [one for page in pages for one in page["MetricAlarms"]]


def _of_mail(facts: Facts, clients: Mapping[str, Any]) -> Iterator[tuple[Key, Question]]:
    mail, sender = clients["sesv2"], facts.parameters.get("SenderAddress", "")
    yield ("account", "SES"), mail.get_account
    if sender:
        yield ("identity", sender), partial(_identity, mail, sender)
    if name := facts.resources.get("SentMails"):
        of_it = {"ConfigurationSetName": name}
        yield ("set", "SentMails"), partial(mail.get_configuration_set, **of_it)
        yield (
            ("destinations", "SentMails"),
            partial(mail.get_configuration_set_event_destinations, **of_it),
        )


def _identity(mail: Any, sender: str) -> dict[str, Any]:
    """The identity that lets mail go out as the sender: its own, or that of a domain above it."""
    domain = sender.rpartition("@")[2]
    labels = domain.split(".")
    domains = [".".join(labels[start:]) for start in range(max(1, len(labels) - 1))]
    seen = []
    for identity in (sender, *domains):
        try:
            answer = mail.get_email_identity(EmailIdentity=identity)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NotFoundException":
                raise
            continue
        seen.append((identity, bool(answer["VerifiedForSendingStatus"])))
    return {"seen": seen}


def _of_api(facts: Facts) -> Iterator[tuple[Key, Question]]:
    if url := facts.outputs.get("ApiUrl"):
        yield ("api", url), partial(_answer, f"{url.rstrip('/')}/openapi.json")


def _answer(url: str) -> dict[str, Any]:
    answer = fetch(url, headers={"Accept": "application/json"}, timeout=20)
    body = answer.json()
    paths = body.get("paths") if isinstance(body, dict) else None
    return {"status": answer.status, "paths": len(paths) if isinstance(paths, dict) else 0}
