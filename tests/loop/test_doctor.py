"""`leadwheel doctor` on a whole stack: well, and with one fault after the other.

A stack of its own, as some faults cannot be undone: those come last.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import pytest

from infra.local.aws import client
from infra.local.deployment import SENDER, STACK
from shared.domain.moments import to_text
from tests.loop.conftest import Stack, running_stack
from tests.loop.test_doors import COMMANDS, ROOT

pytestmark = pytest.mark.loop

Undo = Callable[[], Any]
Known = set[tuple[str, str]]  # of a finding: which check, which code


@dataclass
class Patient:
    """The stack, and an interpreter that runs the command: starting one takes longer than it."""

    stack: Stack
    process: "subprocess.Popen[str]"

    def client(self, service: str) -> Any:
        return client(service, self.stack.described["endpoint_url"])

    @cached_property
    def resources(self) -> dict[str, str]:
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        listed = pages.paginate(StackName=STACK).build_full_result()["StackResourceSummaries"]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in listed}

    @property
    def table(self) -> str:
        return str(self.stack.described["table"])

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit code of a command, and what it said; it complained of nothing."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        code, said, complained = json.loads(self.process.stdout.readline())
        assert complained == "", complained
        return code, said

    def examine(self) -> tuple[int, list[dict[str, str]]]:
        """Exit code, and what is wrong."""
        code, said = self.run("doctor", "--json")
        return code, [one for one in json.loads(said) if one["level"] in ("warning", "fault")]


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patient]:
    home = tmp_path_factory.mktemp("doctor")
    with (
        running_stack(home) as stack,
        subprocess.Popen(
            [sys.executable, "-c", COMMANDS],
            cwd=ROOT,
            env={**os.environ, "LEADWHEEL_HOME": str(home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        yield Patient(stack, process)
        assert process.stdin
        process.stdin.close()


def test_a_healthy_stack_has_nothing_wrong(patient: Patient) -> None:
    """Nor does it after it has worked; and what the emulator does not show is no fault."""
    patient.run("send", "--name", "Kim", "--email", "kim@example.com", "--country", "NO")
    assert patient.examine() == (0, [])
    status, said = patient.run("doctor")
    assert status == 0
    assert said.startswith("Stack leadwheel on this machine\n✓ stack")
    assert "· table      time to live cannot be seen here" in said
    assert said.endswith("Nothing is wrong.\n")


# ── Faults that can be undone ────────────────────────────────────────────────────────────────────


def mapping_disabled(patient: Patient) -> Undo:
    lambdas, uuid = patient.client("lambda"), patient.resources["AlertsFunctionChanges"]
    lambdas.update_event_source_mapping(UUID=uuid, Enabled=False)
    return lambda: lambdas.update_event_source_mapping(UUID=uuid, Enabled=True)


def schedule_disabled(patient: Patient) -> Undo:
    scheduler = patient.client("scheduler")
    name = patient.resources["DeadlinesFunctionEveryMinute"]
    found = scheduler.get_schedule(Name=name)
    kept = ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target", "Description")
    same = {key: found[key] for key in kept}
    scheduler.update_schedule(**same, State="DISABLED")
    return lambda: scheduler.update_schedule(**same, State="ENABLED")


def rule_disabled(patient: Patient) -> Undo:
    events = patient.client("events")
    rule = {
        "Name": patient.resources["DeliverFunctionDue"].split("|")[-1],
        "EventBusName": patient.resources["EventBus"],
    }
    events.disable_rule(**rule)
    return lambda: events.enable_rule(**rule)


def dead_letters(patient: Patient) -> Undo:
    sqs, url = patient.client("sqs"), patient.resources["AlertsFailures"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    return lambda: sqs.purge_queue(QueueUrl=url)


def sender_unknown(patient: Patient) -> Undo:
    mail = patient.client("sesv2")
    mail.delete_email_identity(EmailIdentity=SENDER)
    return lambda: mail.create_email_identity(EmailIdentity=SENDER)


def in_sandbox(patient: Patient) -> Undo:
    mail = patient.client("sesv2")
    said = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://leadwheel.example"}
    mail.put_account_details(**said, ProductionAccessEnabled=False)
    return lambda: mail.put_account_details(**said, ProductionAccessEnabled=True)


def no_configuration(patient: Patient) -> Undo:
    dynamodb, key = patient.client("dynamodb"), {"pk": {"S": "config"}, "sk": {"S": "head"}}
    head = dynamodb.get_item(TableName=patient.table, Key=key)["Item"]
    dynamodb.delete_item(TableName=patient.table, Key=key)
    return lambda: dynamodb.put_item(TableName=patient.table, Item=head)


def another_table(patient: Patient) -> Undo:
    lambdas, name = patient.client("lambda"), patient.resources["FetchFunction"]
    found = lambdas.get_function_configuration(FunctionName=name)["Environment"]
    other = {"Variables": {**found["Variables"], "TABLE_NAME": "another"}}

    def change(environment: Any) -> None:
        lambdas.update_function_configuration(FunctionName=name, Environment=environment)
        lambdas.get_waiter("function_updated_v2").wait(FunctionName=name)
        lambdas.get_waiter("function_active_v2").wait(FunctionName=name)

    change(other)
    return lambda: change(found)


def function_stopped(patient: Patient) -> Undo:
    lambdas, name = patient.client("lambda"), patient.resources["FetchFunction"]
    lambdas.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    return lambda: lambdas.delete_function_concurrency(FunctionName=name)


def secret_deleted(patient: Patient) -> Undo:
    secrets, name = patient.client("secretsmanager"), patient.resources["LinkSecret"]
    secrets.delete_secret(SecretId=name)
    return lambda: secrets.restore_secret(SecretId=name)


def secret_short(patient: Patient) -> Undo:
    secrets, name = patient.client("secretsmanager"), patient.resources["LinkSecret"]
    good = secrets.get_secret_value(SecretId=name)["SecretString"]
    secrets.put_secret_value(SecretId=name, SecretString="changeme")
    return lambda: secrets.put_secret_value(SecretId=name, SecretString=good)


def topic_missing(patient: Patient) -> Undo:
    sns, arn = patient.client("sns"), patient.resources["ManagerTopic"]
    sns.delete_topic(TopicArn=arn)
    return lambda: sns.create_topic(Name=arn.rpartition(":")[2])


def stored(patient: Patient, **attributes: str) -> Undo:
    """An item that no function can do anything with, so that it stays."""
    dynamodb, table = patient.client("dynamodb"), patient.table
    item = {name: {"S": value} for name, value in {**attributes, "sk": "doctor"}.items()}
    dynamodb.put_item(TableName=table, Item=item)
    key = {"pk": item["pk"], "sk": item["sk"]}
    return lambda: dynamodb.delete_item(TableName=table, Key=key)


def ago(**time: float) -> str:
    return to_text(datetime.now(UTC) - timedelta(**time))


def new_lead_stuck(patient: Patient) -> Undo:
    lead = "lead#01m7zvjhbcykm0b2c1ph3vnmeg"
    return stored(patient, pk=lead, status="new", due="due#0", due_at=ago(minutes=9))


def overdue(patient: Patient) -> Undo:
    return stored(patient, pk="delivery#x:1:crm", due="deliver#0", due_at=ago(minutes=14))


def parked_long(patient: Patient) -> Undo:
    return stored(patient, pk="lead#x", place="parked#nordic", placed_at=ago(days=3))


UNDONE = [
    (mapping_disabled, "streams", "mapping-state", "update-event-source-mapping"),
    (schedule_disabled, "schedule", "schedule-disabled", "enable it"),
    (rule_disabled, "rules", "rule-disabled", "aws events enable-rule"),
    (dead_letters, "queues", "dead-letters", "/aws/lambda/leadwheel-alerts"),
    (sender_unknown, "mail", "sender", "aws sesv2 create-email-identity"),
    (in_sandbox, "mail", "sandbox", "ask for production access"),
    (no_configuration, "team", "no-configuration", "apply my-team.yaml"),
    (another_table, "functions", "function-environment", "put it back"),
    (function_stopped, "functions", "function-stopped", "delete-function-concurrency"),
    (secret_deleted, "secrets", "secret-missing", "restore-secret"),
    (secret_short, "secrets", "secret-weak", "put-secret-value"),
    (topic_missing, "topics", "topic-missing", "docs/doctor.md"),
    (new_lead_stuck, "work", "new-leads-wait", "why 01m7zvjhbcykm0b2c1ph3vnmeg"),
    (overdue, "work", "overdue", "aws lambda invoke"),
    (parked_long, "waiting", "parked-long", "rotation nordic"),
]


@pytest.mark.parametrize(
    ("seed", "check", "code", "advice"), UNDONE, ids=[one[0].__name__ for one in UNDONE]
)
def test_a_fault_is_found_and_nothing_else(
    patient: Patient, seed: Callable[[Patient], Undo], check: str, code: str, advice: str
) -> None:
    undo = seed(patient)
    try:
        status, wrong = patient.examine()
    finally:
        undo()
    assert [(one["check"], one["code"]) for one in wrong] == [(check, code)], wrong
    (found,) = wrong
    assert found["means"]
    assert advice in found["do"]
    assert status == (1 if found["level"] == "fault" else 0)


def test_all_is_well_again_and_it_has_changed_nothing(patient: Patient) -> None:
    assert patient.examine() == (0, [])


# ── Faults that cannot ───────────────────────────────────────────────────────────────────────────


def test_what_is_deleted_or_read_no_more_is_found(patient: Patient) -> None:
    """One after the other; each stays, and the next one comes on top."""
    dynamodb, lambdas = patient.client("dynamodb"), patient.client("lambda")
    events, table = patient.client("events"), patient.table
    found: Known = set()

    def new() -> Known:
        """What was not wrong before."""
        before = set(found)
        status, wrong = patient.examine()
        assert status == 1
        found.clear()
        found.update((one["check"], one["code"]) for one in wrong)
        return found - before

    lambdas.delete_event_source_mapping(UUID=patient.resources["AlertsFunctionChanges"])
    assert new() == {("streams", "mapping-missing")}
    lambdas.delete_function(FunctionName=patient.resources["BouncesFunction"])
    assert new() == {("functions", "function-missing")}
    events.remove_targets(
        Rule=patient.resources["FetchFunctionAnnounced"].split("|")[-1],
        EventBusName=patient.resources["EventBus"],
        Ids=["FetchFunctionAnnouncedLambdaTarget"],
    )
    assert new() == {("rules", "rule-target")}
    dynamodb.update_table(TableName=table, StreamSpecification={"StreamEnabled": False})
    assert new() == {("table", "stream-disabled")}
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    dynamodb.update_table(TableName=table, StreamSpecification=stream)
    assert new() == {("streams", "mapping-stale")}
