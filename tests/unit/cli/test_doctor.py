"""What `leadwheel doctor` makes of facts; tests/loop/test_doctor.py has it look at a real stack."""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from pynamodb.exceptions import GetError
from samtranslator.yaml_helper import yaml_parse
from typer.testing import CliRunner

from infra.cli import doctor
from infra.cli.doctoring import every, expected, gather, work
from infra.cli.doctoring.every import examined
from infra.cli.doctoring.facts import Absent, Answer, Facts, Key, Read, Unread
from infra.cli.doctoring.finding import Level
from infra.cli.doctoring.work import CONFIGURATION, Active, Due, Lying, age
from infra.cli.main import app
from infra.cli.stack import Reach
from infra.local.demo import demo_config
from shared.errors import NotFoundError, StoreBusyError

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "doctor.md").read_text()
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SENDER = "leads@example.com"
CONFIG = demo_config("https://shop.example.com")

PARAMETERS = {
    "Stage": "prod",
    "SenderAddress": SENDER,
    "ManagerEmail": "mei@example.com",
    "OperationsEmail": "ops@example.com",
}
WIRING = {
    "TABLE_NAME": "out-TableName",
    "EVENT_BUS": "out-EventBusName",
    "MANAGER_TOPIC_ARN": "out-ManagerTopicArn",
    "SENDER": SENDER,
    "CONFIGURATION_SET": "id-SentMails",
    "PUBLIC_URL": "out-ApiUrl",
    "LINK_SECRET_ARN": "out-LinkSecretArn",
    "ADMIN_TOKEN_ARN": "out-AdminTokenArn",
    "SOURCE_SECRETS_ARN": "out-SourceSecretsArn",
}
RESOURCES = (
    *(*expected.FUNCTIONS, *expected.MAPPINGS, *expected.SCHEDULES, *expected.RULES),
    *(*expected.QUEUES, *expected.TOPICS, *expected.GENERATED, "SourceSecrets", "EventBus"),
    *("Table", "SentMails", "RoutingLagAlarm"),
)


def function(name: str) -> dict[str, Any]:
    variables = {key: WIRING[key] for key in ("TABLE_NAME", *expected.FUNCTIONS[name])}
    configuration = {
        "FunctionName": f"id-{name}",
        "FunctionArn": f"arn-{name}",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "Runtime": expected.RUNTIME,
        "Environment": {"Variables": variables},
    }
    return {"Configuration": configuration}


def mapping(name: str) -> dict[str, Any]:
    meant = expected.MAPPINGS[name]
    return {
        **meant.settings,
        "UUID": f"id-{name}",
        "State": "Enabled",
        "EventSourceArn": "arn-stream",
        "LastProcessingResult": "OK",
        "DestinationConfig": {"OnFailure": {"Destination": f"arn-{meant.queue}"}},
    }


def answers() -> dict[Key, Any]:
    """All answers of a stack in AWS that is well."""
    held = {
        "partner#acme": ["keys"],
        **{f"hook#{hook}": ["secret"] for hook in CONFIG.hooks},
    }
    strong = {"lines": 1, "weak": 0, "held": None}
    table = {
        "TableName": "out-TableName",
        "TableStatus": "ACTIVE",
        "LatestStreamArn": "arn-stream",
        "DeletionProtectionEnabled": True,
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": expected.STREAM_VIEW},
        "GlobalSecondaryIndexes": [
            {
                "IndexName": name,
                "IndexStatus": "ACTIVE",
                "KeySchema": [{"AttributeName": key} for key in keys],
            }
            for name, keys in expected.INDEXES.items()
        ],
    }
    schedule = {
        "Name": "leadwheel-deadlines",
        "State": "ENABLED",
        "ScheduleExpression": expected.EVERY_MINUTE,
        "Target": {"Arn": "arn-DeadlinesFunction"},
    }
    destination = {
        "Enabled": True,
        "MatchingEventTypes": ["BOUNCE", "COMPLAINT"],
        "EventBridgeDestination": {},
    }
    account = {
        "SendingEnabled": True,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": True,
        "SendQuota": {"Max24HourSend": 50_000.0, "SentLast24Hours": 12.0},
    }
    return {
        ("resources", "all"): {},
        ("table", "Table"): table,
        ("ttl", "Table"): {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"},
        ("backups", "Table"): {"PointInTimeRecoveryStatus": "ENABLED"},
        **{("function", name): function(name) for name in expected.FUNCTIONS},
        **{
            ("invoking", name): {"DestinationConfig": {"OnFailure": {"Destination": f"arn-{to}"}}}
            for name, to in expected.INVOKED.items()
        },
        **{("mapping", name): mapping(name) for name in expected.MAPPINGS},
        ("schedule", "DeadlinesFunctionEveryMinute"): schedule,
        **{
            ("rule", name): {"State": "ENABLED", "Targets": [f"arn-{starts}"]}
            for name, (starts, _) in expected.RULES.items()
        },
        ("bus", "EventBus"): {"Name": "leadwheel"},
        **{("queue", name): {"messages": 0, "arn": f"arn-{name}"} for name in expected.QUEUES},
        **{("topic", name): {"Attributes": {}} for name in expected.TOPICS},
        **{
            ("subscriptions", name): [
                {"Endpoint": PARAMETERS[parameter], "SubscriptionArn": "arn:aws:sns:x"}
            ]
            for name, parameter in expected.TOPICS.items()
        },
        **{("secret", name): dict(strong) for name in expected.GENERATED},
        ("secret", "SourceSecrets"): {"lines": 1, "weak": 0, "held": held},
        ("alarms", "all"): [],
        ("account", "SES"): account,
        ("identity", SENDER): {"seen": [("example.com", True)]},
        ("set", "SentMails"): {"SendingOptions": {"SendingEnabled": True}},
        ("destinations", "SentMails"): {"EventDestinations": [destination]},
        ("refusals", "mail"): [],
        ("api", "out-ApiUrl"): {"status": 200, "paths": 60},
        CONFIGURATION: Active(3, CONFIG),
        ("due", "due#0"): [],
        ("place", "parked#nordic"): Lying(2, more=False, oldest=NOW - timedelta(hours=1)),
        ("place", "quarantine"): Lying(0, more=False, oldest=None),
    }


def facts_with(read: Mapping[Key, Any], **more: Any) -> Facts:
    """A healthy stack's facts, but for these."""
    well: dict[Key, Read] = {
        key: value if isinstance(value, Absent | Unread) else Answer(value)
        for key, value in {**answers(), **read}.items()
    }
    stack = {
        "StackStatus": "UPDATE_COMPLETE",
        "Outputs": [{"OutputKey": k, "OutputValue": f"out-{k}"} for k in expected.OUTPUTS],
        "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in PARAMETERS.items()],
    }
    facts = Facts(
        name="leadwheel",
        region="eu-north-1",
        now=NOW,
        emulated=False,
        stack=stack,
        resources={name: f"id-{name}" for name in RESOURCES},
        read=well,
        ahead=0.2,
        on_it=" --stack leadwheel",
    )
    return replace(facts, **more)


def wrong(facts: Facts) -> list[tuple[str, str, str]]:
    """What is wrong: which check, how bad, which code."""
    found = [one for one in examined(facts) if one.level in (Level.WARNING, Level.FAULT)]
    for one in found:
        assert one.says
        assert one.means
        assert one.do
    return [(one.check, str(one.level), one.code) for one in found]


def test_a_healthy_stack_has_nothing_wrong_and_each_check_says_so() -> None:
    told = list(examined(facts_with({})))
    assert {one.level for one in told} == {Level.OK}
    assert [one.check for one in told] == [check.name for check in every.CHECKS]


# ── One fault at a time ──────────────────────────────────────────────────────────────────────────

FUNCTION, MAPPING = ("function", "AlertsFunction"), ("mapping", "RoutingFunctionChanges")
TABLE, SCHEDULE = ("table", "Table"), ("schedule", "DeadlinesFunctionEveryMinute")
ACCOUNT, RULE = ("account", "SES"), ("rule", "DeliverFunctionDue")
LINK, SOURCES = ("secret", "LinkSecret"), ("secret", "SourceSecrets")


def but(key: Key, **changed: Any) -> dict[Key, Any]:
    """An answer with something changed in it; of a function, in its configuration."""
    answer = deepcopy(answers()[key])
    part = answer["Configuration"] if key[0] == "function" else answer
    part.update(changed)
    return {key: answer}


def due(status: str, **late: float) -> dict[Key, Any]:
    return {("due", "due#0"): [Due("lead#01m7zvjhbcykm0b2c1ph3vnmeg", status, NOW - _of(late))]}


def _of(time: Mapping[str, float]) -> timedelta:
    return timedelta(**time)


def lying(place: str, **since: float) -> dict[Key, Any]:
    return {("place", place): Lying(4, more=False, oldest=NOW - _of(since))}


def without_index(name: str) -> list[dict[str, Any]]:
    return [i for i in answers()[TABLE]["GlobalSecondaryIndexes"] if i["IndexName"] != name]


ENVIRONMENT = function("AlertsFunction")["Configuration"]["Environment"]["Variables"]
OTHER_TABLE = {"Variables": {**ENVIRONMENT, "TABLE_NAME": "another"}}
NO_SENDER = {"Variables": {k: v for k, v in ENVIRONMENT.items() if k != "SENDER"}}
ON = {"AlarmName": "id-RoutingLagAlarm", "AlarmDescription": "New leads wait."}
OTHERS = {"AlarmName": "leadwheel-test-RoutingLagAlarm", "AlarmDescription": "Of another stack."}
PENDING = [{"Endpoint": "mei@example.com", "SubscriptionArn": "PendingConfirmation"}]

FAULTS: list[tuple[str, dict[Key, Any], tuple[str, str, str]]] = [
    ("no table", {TABLE: Absent()}, ("table", "fault", "table-missing")),
    (
        "key disabled",
        but(TABLE, TableStatus="INACCESSIBLE_ENCRYPTION_CREDENTIALS"),
        ("table", "fault", "table-not-active"),
    ),
    (
        "no index",
        but(TABLE, GlobalSecondaryIndexes=without_index("due")),
        ("table", "fault", "index"),
    ),
    (
        "stream disabled",
        but(TABLE, StreamSpecification={"StreamEnabled": False}),
        ("table", "fault", "stream-disabled"),
    ),
    (
        "stream without old images",
        but(TABLE, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}),
        ("table", "fault", "stream-view"),
    ),
    (
        "not protected",
        but(TABLE, DeletionProtectionEnabled=False),
        ("table", "warning", "table-unprotected"),
    ),
    (
        "no time to live",
        {("ttl", "Table"): {"TimeToLiveStatus": "DISABLED"}},
        ("table", "fault", "ttl"),
    ),
    (
        "no backups",
        {("backups", "Table"): {"PointInTimeRecoveryStatus": "DISABLED"}},
        ("table", "fault", "backups"),
    ),
    ("no function", {FUNCTION: Absent()}, ("functions", "fault", "function-missing")),
    (
        "function broken",
        but(FUNCTION, State="Failed", StateReason="x"),
        ("functions", "fault", "function-state"),
    ),
    (
        "function being made",
        but(FUNCTION, State="Pending"),
        ("functions", "warning", "function-state"),
    ),
    (
        "function stopped",
        {
            FUNCTION: {
                **function("AlertsFunction"),
                "Concurrency": {"ReservedConcurrentExecutions": 0},
            }
        },
        ("functions", "fault", "function-stopped"),
    ),
    (
        "another runtime",
        but(FUNCTION, Runtime="python3.9"),
        ("functions", "warning", "function-runtime"),
    ),
    (
        "another table",
        but(FUNCTION, Environment=OTHER_TABLE),
        ("functions", "fault", "function-environment"),
    ),
    (
        "a setting lost",
        but(FUNCTION, Environment=NO_SENDER),
        ("functions", "fault", "function-environment"),
    ),
    (
        "failed runs go nowhere",
        {("invoking", "FetchFunction"): {}},
        ("functions", "fault", "no-destination"),
    ),
    ("no mapping", {MAPPING: Absent()}, ("streams", "fault", "mapping-missing")),
    ("mapping off", but(MAPPING, State="Disabled"), ("streams", "fault", "mapping-state")),
    ("mapping coming", but(MAPPING, State="Enabling"), ("streams", "warning", "mapping-state")),
    (
        "an older stream",
        but(MAPPING, EventSourceArn="arn-old"),
        ("streams", "fault", "mapping-stale"),
    ),
    (
        "records in trouble",
        but(MAPPING, LastProcessingResult="PROBLEM: Function call failed"),
        ("streams", "fault", "mapping-result"),
    ),
    (
        "for ever again",
        but(MAPPING, MaximumRetryAttempts=-1),
        ("streams", "warning", "mapping-settings"),
    ),
    (
        "given up to nowhere",
        but(MAPPING, DestinationConfig={}),
        ("streams", "fault", "no-destination"),
    ),
    ("no schedule", {SCHEDULE: Absent()}, ("schedule", "fault", "schedule-missing")),
    (
        "schedule off",
        but(SCHEDULE, State="DISABLED"),
        ("schedule", "fault", "schedule-disabled"),
    ),
    (
        "seldom",
        but(SCHEDULE, ScheduleExpression="rate(1 hour)"),
        ("schedule", "warning", "schedule-rate"),
    ),
    (
        "starts another",
        but(SCHEDULE, Target={"Arn": "arn-x"}),
        ("schedule", "fault", "schedule-target"),
    ),
    ("no rule", {RULE: Absent()}, ("rules", "fault", "rule-missing")),
    ("rule off", but(RULE, State="DISABLED"), ("rules", "fault", "rule-disabled")),
    ("rule for nobody", but(RULE, Targets=[]), ("rules", "fault", "rule-target")),
    ("no bus", {("bus", "EventBus"): Absent()}, ("rules", "fault", "bus-missing")),
    (
        "dead letters",
        but(("queue", "DeliverFailures"), messages=7),
        ("queues", "fault", "dead-letters"),
    ),
    (
        "no queue",
        {("queue", "FetchFailures"): Absent()},
        ("queues", "fault", "queue-missing"),
    ),
    (
        "no topic",
        {("topic", "ManagerTopic"): Absent(), ("subscriptions", "ManagerTopic"): []},
        ("topics", "fault", "topic-missing"),
    ),
    (
        "not confirmed",
        {("subscriptions", "ManagerTopic"): PENDING},
        ("topics", "fault", "subscription"),
    ),
    ("alarm", {("alarms", "all"): [ON, OTHERS]}, ("alarms", "warning", "alarm")),
    ("sending paused", but(ACCOUNT, SendingEnabled=False), ("mail", "fault", "sending-paused")),
    (
        "under review",
        but(ACCOUNT, EnforcementStatus="PROBATION"),
        ("mail", "warning", "sending-reviewed"),
    ),
    ("sandbox", but(ACCOUNT, ProductionAccessEnabled=False), ("mail", "warning", "sandbox")),
    (
        "quota nearly used",
        but(ACCOUNT, SendQuota={"Max24HourSend": 200.0, "SentLast24Hours": 190.0}),
        ("mail", "warning", "quota"),
    ),
    (
        "quota used",
        but(ACCOUNT, SendQuota={"Max24HourSend": 200.0, "SentLast24Hours": 200.0}),
        ("mail", "fault", "quota"),
    ),
    ("sender unknown", {("identity", SENDER): {"seen": []}}, ("mail", "fault", "sender")),
    (
        "sender not verified",
        {("identity", SENDER): {"seen": [(SENDER, False)]}},
        ("mail", "fault", "sender"),
    ),
    ("no set", {("set", "SentMails"): Absent()}, ("mail", "fault", "set-missing")),
    (
        "set paused",
        {("set", "SentMails"): {"SendingOptions": {"SendingEnabled": False}}},
        ("mail", "fault", "set-paused"),
    ),
    (
        "bounces not told",
        {("destinations", "SentMails"): {"EventDestinations": []}},
        ("mail", "fault", "bounces-untold"),
    ),
    ("mail paused", {("refusals", "mail"): ["anna"]}, ("mail", "warning", "mail-paused")),
    ("no secret", {LINK: Absent()}, ("secrets", "fault", "secret-missing")),
    ("secret going", {LINK: {"deleted": True}}, ("secrets", "fault", "secret-missing")),
    ("placeholder", but(LINK, weak=1), ("secrets", "fault", "secret-weak")),
    ("empty secret", but(LINK, lines=0), ("secrets", "fault", "secret-weak")),
    ("no JSON", but(SOURCES, held=None), ("secrets", "fault", "secret-damaged")),
    (
        "no key",
        but(SOURCES, held={f"hook#{hook}": ["secret"] for hook in CONFIG.hooks}),
        ("secrets", "warning", "no-credentials"),
    ),
    ("nothing applied", {CONFIGURATION: Absent()}, ("team", "fault", "no-configuration")),
    (
        "configuration unreadable",
        {CONFIGURATION: Active(problem="x")},
        ("team", "fault", "configuration-damaged"),
    ),
    ("new leads wait", due("new", minutes=4), ("work", "fault", "new-leads-wait")),
    ("overdue", due("assigned", minutes=4), ("work", "fault", "overdue")),
    ("parked long", lying("parked#nordic", days=2), ("waiting", "warning", "parked-long")),
    ("held long", lying("quarantine", days=8), ("waiting", "warning", "held-long")),
    ("not fetched", lying("announced", days=2), ("waiting", "warning", "announced-long")),
    ("given up", lying("dead#crm", minutes=1), ("waiting", "warning", "deliveries-dead")),
    (
        "the API fails",
        {("api", "out-ApiUrl"): {"status": 500, "paths": 0}},
        ("api", "fault", "api-not-well"),
    ),
    (
        "the API is silent",
        {("api", "out-ApiUrl"): Unread("nobody answers")},
        ("api", "fault", "api-silent"),
    ),
]


@pytest.mark.parametrize(("read", "found"), [one[1:] for one in FAULTS], ids=[f[0] for f in FAULTS])
def test_each_fault_is_found_and_nothing_else(
    read: dict[Key, Any], found: tuple[str, str, str]
) -> None:
    assert wrong(facts_with(read)) == [found]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"ahead": 9.0}, ("clock", "warning", "clock")),
        ({"ahead": -400.0}, ("clock", "fault", "clock")),
        (
            {"resources": {name: f"id-{name}" for name in RESOURCES if name != "FetchFunction"}},
            ("stack", "fault", "resources-missing"),
        ),
    ],
)
def test_so_are_those_of_the_clock_and_of_an_older_stack(
    changed: dict[str, Any], found: tuple[str, str, str]
) -> None:
    assert wrong(facts_with({}, **changed)) == [found]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("UPDATE_IN_PROGRESS", ("stack", "warning", "stack-changing")),
        ("UPDATE_ROLLBACK_COMPLETE", ("stack", "warning", "stack-status")),
        ("UPDATE_ROLLBACK_FAILED", ("stack", "fault", "stack-status")),
    ],
)
def test_a_deployment_that_did_not_work_out_shows(status: str, found: tuple[str, str, str]) -> None:
    stack = {**facts_with({}).stack, "StackStatus": status}
    assert wrong(facts_with({}, stack=stack)) == [found]


def test_an_output_that_is_missing_shows() -> None:
    whole = facts_with({}).stack
    outputs = [one for one in whole["Outputs"] if one["OutputKey"] != "SourceSecretsArn"]
    found = wrong(facts_with({}, stack={**whole, "Outputs": outputs}))
    assert found == [("stack", "fault", "outputs-missing")]


def test_nobody_subscribed_is_a_warning_in_aws_and_nothing_here() -> None:
    stack = {**facts_with({}).stack, "Parameters": []}
    none: dict[Key, Any] = {("subscriptions", name): [] for name in expected.TOPICS}
    facts = facts_with(none, stack=stack)
    assert wrong(facts) == [("topics", "warning", "nobody-subscribed")] * 2
    assert wrong(replace(facts, emulated=True)) == []


def test_what_an_emulator_does_not_show_is_no_fault() -> None:
    off: dict[Key, Any] = {
        ("ttl", "Table"): {"TimeToLiveStatus": "DISABLED"},
        ("backups", "Table"): {"PointInTimeRecoveryStatus": "DISABLED"},
    }
    told = list(examined(facts_with(off, emulated=True)))
    unseen = [one.says for one in told if one.level is Level.UNSEEN]
    assert [says.endswith("cannot be seen here") for says in unseen] == [True, True]
    assert wrong(facts_with(off, emulated=True)) == []


def test_what_is_due_for_a_moment_only_is_no_backlog() -> None:
    assert wrong(facts_with(due("new", minutes=2))) == []
    (told,) = [one for one in examined(facts_with(due("new", seconds=-20))) if one.check == "work"]
    assert told.says == "the oldest new lead is 40 s old, nothing is overdue"


# ── What cannot be looked at ─────────────────────────────────────────────────────────────────────


def test_what_the_caller_may_not_see_is_a_line_and_the_rest_is_judged() -> None:
    denied = Unread("you may not lambda:GetFunction", "lambda:GetFunction")
    read: dict[Key, Any] = {("function", name): denied for name in expected.FUNCTIONS}
    told = list(examined(facts_with({**read, **due("assigned", hours=1)})))
    (line,) = [one for one in told if one.check == "functions"]
    assert (line.level, line.code) == (Level.WARNING, "not-read")
    assert "let somebody allow you lambda:GetFunction" in line.do
    assert "overdue" in {one.code for one in told}


def test_nothing_that_is_not_read_breaks_a_check() -> None:
    """Each fact alone, and all of them."""
    why = Unread("dynamodb:Query was answered InternalServerError")
    for key in answers():
        assert all(
            code.startswith(("not-read", "api")) for _, _, code in wrong(facts_with({key: why}))
        )
    codes = {code for _, _, code in wrong(facts_with(dict.fromkeys(answers(), why)))}
    assert codes == {"not-read", "api-silent"}
    gone = wrong(facts_with(dict.fromkeys(answers(), Absent())))
    assert "not-judged" not in {code for _, _, code in gone}


def test_a_check_that_breaks_stops_no_other() -> None:
    told = list(examined(facts_with({("queue", "FetchFailures"): {"nonsense": 1}})))
    assert ("queues", "not-judged") in {(one.check, one.code) for one in told}
    assert [one.check for one in told][-1] == "waiting"


def refused(code: str, operation: str = "DescribeTable") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "x"}}, operation)


@pytest.mark.parametrize(
    ("service", "error", "read"),
    [
        (
            "dynamodb",
            refused("AccessDeniedException"),
            Unread("you may not dynamodb:DescribeTable", "dynamodb:DescribeTable"),
        ),
        (
            "sesv2",
            refused("AccessDeniedException", "GetAccount"),
            Unread("you may not ses:GetAccount", "ses:GetAccount"),
        ),
        (
            "dynamodb",
            GetError("no", refused("AccessDeniedException", "GetItem")),
            Unread("you may not dynamodb:GetItem", "dynamodb:GetItem"),
        ),
        (
            "dynamodb",
            refused("Throttling"),
            Unread("dynamodb:DescribeTable was answered Throttling"),
        ),
        ("dynamodb", refused("ResourceNotFoundException"), Absent()),
        ("dynamodb", NotFoundError("none"), Absent()),
        (
            "dynamodb",
            StoreBusyError("the table did not answer"),
            Unread("the table did not answer"),
        ),
        ("dynamodb", KeyError("Anna Berg"), Unread("KeyError, a mistake")),
        (
            "dynamodb",
            EndpointConnectionError(endpoint_url="https://x"),
            Unread('Could not connect to the endpoint URL: "https://x"'),
        ),
    ],
)
def test_no_error_of_a_question_gets_through(service: str, error: Exception, read: Read) -> None:
    def ask() -> None:
        raise error

    assert gather.attempt(service, ask) == read


class Service:
    """A client of somebody who may describe the stack, and no more; `table`: there is one."""

    def __init__(self, name: str, *, table: bool) -> None:
        self._name, self._table = name, table
        self.meta = SimpleNamespace(endpoint_url=f"https://{name}.eu-north-1.amazonaws.com")

    def describe_stacks(self, **_: str) -> dict[str, Any]:
        outputs = [{"OutputKey": k, "OutputValue": f"out-{k}"} for k in expected.OUTPUTS]
        outputs[0]["OutputValue"] = "http://127.0.0.1:1"  # where nobody answers
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE", "Outputs": outputs}]}

    def get_paginator(self, operation: str) -> Any:
        if operation != "list_stack_resources":
            return SimpleNamespace(paginate=getattr(self, operation))
        names = ("LogicalResourceId", "PhysicalResourceId")
        pages = [{"StackResourceSummaries": [dict.fromkeys(names, name)]} for name in RESOURCES]
        return SimpleNamespace(paginate=lambda **_: pages)

    def describe_table(self, **_: str) -> Any:
        raise refused("AccessDeniedException" if self._table else "ResourceNotFoundException")

    def __getattr__(self, operation: str) -> Any:
        def call(**_: Any) -> None:
            raise refused("AccessDeniedException", operation)

        return call


def found_by_nearly_nobody(monkeypatch: pytest.MonkeyPatch, *, table: bool) -> list[every.Told]:
    def denied() -> None:
        raise refused("AccessDeniedException", "GetItem")

    monkeypatch.setattr(gather.store_table, "connect", lambda *_, **__: None)
    monkeypatch.setattr(work.config_store, "active", denied)
    monkeypatch.setattr(work.bounce_store, "refusals", denied)
    reach = Reach("leadwheel", "eu-north-1", None, lambda name: Service(name, table=table))
    told = list(examined(gather.gather(reach, "leadwheel")))
    return [one for one in told if one.level in (Level.WARNING, Level.FAULT)]


def test_somebody_who_may_see_nearly_nothing_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    told = found_by_nearly_nobody(monkeypatch, table=True)
    assert {one.code for one in told} == {"not-read", "api-silent"}
    assert {one.check for one in told if one.code == "not-read"} == {
        check.name for check in every.CHECKS if check.name not in ("stack", "api", "clock")
    }
    assert "you may not secretsmanager:" in str(told)


def test_nothing_is_asked_of_a_table_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    told = found_by_nearly_nobody(monkeypatch, table=False)
    assert ("table", "table-missing") in {(one.check, one.code) for one in told}
    assert not [one for one in told if one.check in ("team", "work", "waiting")]


def test_an_error_that_is_its_own_cause_ends() -> None:
    """The one of pynamodb is, when the table is gone."""
    error = GetError("no", None)
    error.cause = error
    assert gather._client_error(error) is None


def test_a_damaged_configuration_is_told_without_its_content(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> None:
        type(CONFIG).model_validate({"reps": {"anna": {"name": "Anna Berg", "emale": "x"}}})

    monkeypatch.setattr(work.config_store, "active", broken)
    problem = work.configuration().problem
    assert "reps.anna" in problem
    assert "Berg" not in problem


def test_a_secret_is_judged_without_being_kept() -> None:
    def read(text: str) -> dict[str, Any]:
        holds = SimpleNamespace(get_secret_value=lambda **_: {"SecretString": text})
        return gather._secret(holds, "x")

    good = "bUAKkC1kVY1ReC8qxiPq1Q86KUjgGrxkFj41iVCzv1VTPw4NaKjPV9gfKm1QlHb8"
    assert read(good) == {"lines": 1, "weak": 0, "held": None}
    assert read(f"{good}\nchangeme\n")["weak"] == 1
    assert read("x" * 64)["weak"] == 1
    assert read("")["lines"] == 0
    named = json.dumps({"hook#meta": {"secret": [good], "verify_token": []}})
    assert read(named)["held"] == {"hook#meta": ["secret"]}


@pytest.mark.parametrize(
    ("seconds", "text"), [(40, "40 s"), (130, "2 min"), (7300, "2 h"), (180_000, "2 days")]
)
def test_ages_are_short(seconds: int, text: str) -> None:
    assert age(NOW - timedelta(seconds=seconds), NOW) == text


# ── The command ──────────────────────────────────────────────────────────────────────────────────


def run(monkeypatch: pytest.MonkeyPatch, facts: Facts, *arguments: str) -> Any:
    monkeypatch.setattr(doctor, "reach", lambda name: name)
    monkeypatch.setattr(doctor, "gather", lambda *_: facts)
    return CliRunner().invoke(app, ["doctor", *arguments])


@pytest.mark.parametrize(
    ("read", "status", "summary"),
    [
        ({}, 0, "Nothing is wrong."),
        (but(ACCOUNT, ProductionAccessEnabled=False), 0, "1 warning."),
        (but(("queue", "FetchFailures"), messages=1), 1, "1 fault."),
        (
            {
                **but(ACCOUNT, ProductionAccessEnabled=False),
                **but(RULE, State="DISABLED"),
                **due("new", hours=1),
            },
            1,
            "2 faults, 1 warning.",
        ),
    ],
)
def test_only_faults_make_it_end_with_1(
    monkeypatch: pytest.MonkeyPatch, read: dict[Key, Any], status: int, summary: str
) -> None:
    done = run(monkeypatch, facts_with(read))
    assert (done.exit_code, done.output.splitlines()[-1]) == (status, summary)


def test_a_fault_is_told_with_what_it_means_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = facts_with(but(("queue", "DeliverFailures"), messages=7))
    said = run(monkeypatch, facts).output
    assert "✗ queues     7 messages lie in DeliverFailures\n" in said
    assert "→ leadwheel redrive --stack leadwheel lists what was given up" in said
    told = json.loads(run(monkeypatch, facts, "--json").output)
    (found,) = [one for one in told if one["level"] == "fault"]
    assert list(found) == ["check", "level", "code", "says", "means", "do"]


# ── It keeps up with the rest ────────────────────────────────────────────────────────────────────


def test_it_expects_what_the_template_makes() -> None:
    template = yaml_parse((ROOT / "template.yaml").read_text())
    resources = template["Resources"]
    functions = {
        name: one["Properties"]
        for name, one in resources.items()
        if one["Type"] == "AWS::Serverless::Function"
    }
    shared = template["Globals"]["Function"]
    assert shared["Runtime"] == expected.RUNTIME
    assert set(template["Outputs"]) == set(expected.OUTPUTS)
    assert set(functions) == set(expected.FUNCTIONS) == set(expected.WORK)
    mappings: set[str] = set()
    rules: set[str] = set()
    schedules: set[str] = set()
    for name, properties in functions.items():
        own = properties.get("Environment", {}).get("Variables", {})
        assert set(own) - {"OUTBOUND_LOOPBACK"} == set(expected.FUNCTIONS[name])
        invoked = properties.get("EventInvokeConfig", {}).get("DestinationConfig")
        assert (invoked is not None) == (name in expected.INVOKED)
        if invoked:
            queue = expected.INVOKED[name]
            assert invoked["OnFailure"]["Destination"]["Fn::GetAtt"][0] == queue
        for event, made in properties.get("Events", {}).items():
            logical, said = f"{name}{event}", made["Properties"]
            if made["Type"] == "DynamoDB":
                mappings.add(logical)
                meant = expected.MAPPINGS[logical]
                assert {key: said[key] for key in meant.settings} == meant.settings
                to = said["DestinationConfig"]["OnFailure"]["Destination"]
                assert (to["Fn::GetAtt"][0], name) == (meant.queue, meant.function)
            elif made["Type"] == "EventBridgeRule":
                rules.add(logical)
                assert expected.RULES[logical] == (name, "EventBusName" in said)
            else:
                schedules.add(logical)
                assert said["ScheduleExpression"] == expected.EVERY_MINUTE
    assert (mappings, rules, schedules) == (
        set(expected.MAPPINGS),
        set(expected.RULES),
        set(expected.SCHEDULES),
    )
    of_type = {
        kind: {name for name, one in resources.items() if one["Type"] == kind}
        for kind in ("AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::SecretsManager::Secret")
    }
    assert of_type["AWS::SQS::Queue"] == set(expected.QUEUES)
    assert of_type["AWS::SNS::Topic"] == set(expected.TOPICS)
    assert of_type["AWS::SecretsManager::Secret"] == {*expected.GENERATED, "SourceSecrets"}
    table = resources["Table"]["Properties"]
    assert table["StreamSpecification"]["StreamViewType"] == expected.STREAM_VIEW
    assert table["TimeToLiveSpecification"]["AttributeName"] == expected.TTL_ATTRIBUTE
    assert {
        index["IndexName"]: tuple(key["AttributeName"] for key in index["KeySchema"])
        for index in table["GlobalSecondaryIndexes"]
    } == expected.INDEXES


def codes() -> set[str]:
    modules = (ROOT / "infra" / "cli" / "doctoring").glob("*.py")
    literal = r'(?:fault|warning|unseen|told)\(\s*"([a-z-]+)"'
    found = {code for module in modules for code in re.findall(literal, module.read_text())}
    return found | {f"{kind}-missing" for kind in every._WHAT}


def test_every_finding_is_on_the_page() -> None:
    assert len(codes()) > 50
    assert [code for code in sorted(codes()) if f"`{code}`" not in PAGE] == []


def test_every_finding_has_been_seeded() -> None:
    """Here, one at a time."""
    text = Path(__file__).read_text()
    assert [code for code in sorted(codes()) if f'"{code}"' not in text] == []


def test_it_asks_only_and_changes_nothing() -> None:
    """By the names of what it calls: a client's, and a store's."""
    writes = re.compile(
        r"\.(put|create|delete|update|send|publish|invoke|start|tag|write|save|apply)_\w+\("
    )
    for module in (ROOT / "infra" / "cli" / "doctoring").glob("*.py"):
        assert not writes.search(module.read_text()), module.name
