"""Each function may do what it does, and nothing else: grants against calls, both ways.

What it does is in calls.json, against which every test of the suite is held (`recording.py`).
"""

import json
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.security import recording
from tests.security.recording import CALLS, as_file, asked, known, never_made
from tests.template.test_template_permissions import as_list, statements

# What the template calls each resource, and what the recorder does.
NAMES = {
    '{"Fn::GetAtt": ["Table", "Arn"]}': "Table",
    '{"Fn::Sub": "${Table.Arn}/index/due"}': "Table/index/due",
    '{"Fn::Sub": "${Table.Arn}/index/place"}': "Table/index/place",
    '{"Fn::GetAtt": ["LinkSecret", "Id"]}': "LinkSecret",
    '{"Fn::GetAtt": ["AdminToken", "Id"]}': "AdminToken",
    '{"Fn::GetAtt": ["SourceSecrets", "Id"]}': "SourceSecrets",
    '{"Fn::GetAtt": ["EventBus", "Arn"]}': "EventBus",
    '{"Ref": "ManagerTopic"}': "ManagerTopic",
}
ARNS = {
    ":identity/*": "identity",
    ":configuration-set/*": "configuration-set",
    ":${AWS::StackName}-*": "named topic",
}

# What Lambda itself does in a function's name, so that no code of ours calls it: what was given up
# goes to the function's own queue. Streams, logs and traces are in AWS's own policies, which
# tests/template/test_template_permissions.py lists.
BY_LAMBDA = {"sqs:SendMessage"}

# A condition on a grant, and where the recorder holds calls against it: mail has our sender.
CONDITIONS = {"ses:SendEmail": {"StringEquals": {"ses:FromAddress": {"Ref": "SenderAddress"}}}}


def name_of(resource: Any) -> str:
    """As the recorder calls a resource; `*` is a phone, which no policy can name."""
    text = json.dumps(resource)
    if resource == "*":
        return "phone"
    by_end = (name for end, name in ARNS.items() if text.rstrip('"}').endswith(end))
    return NAMES.get(text) or next(by_end, text)


def granted(find: Any) -> Iterator[tuple[str, str, str]]:
    """Every action that is granted to a function, with its resource."""
    for role, made in find("AWS::IAM::Role").items():
        if role.endswith("FunctionRole"):
            yield from _of(role.removesuffix("Role"), statements(made))
    for made in find("AWS::IAM::Policy").values():
        for role in made["Roles"]:
            listed = as_list(made["PolicyDocument"]["Statement"])
            yield from _of(role["Ref"].removesuffix("Role"), listed)


def _of(function: str, listed: Any) -> Iterator[tuple[str, str, str]]:
    for statement in listed:
        for action in as_list(statement["Action"]):
            if action not in BY_LAMBDA:
                for resource in as_list(statement["Resource"]):
                    yield function, action, name_of(resource)


def test_what_is_granted_is_called(find):
    """A right that no test makes use of is one that nobody needs."""
    assert sorted(set(granted(find)) - known()) == []


def test_what_is_called_is_granted(find):
    """A call that IAM refuses shows first in the cloud, where it may cost a lead."""
    assert sorted(known() - set(granted(find))) == []


def test_conditions_are_those_that_calls_are_held_against(find):
    for role, made in find("AWS::IAM::Role").items():
        for statement in statements(made) if role.endswith("FunctionRole") else ():
            expected = CONDITIONS.get(statement["Action"]) if "Condition" in statement else None
            assert statement.get("Condition") == expected, (role, statement.get("Sid"))


def test_what_lambda_does_itself_is_of_the_functions_own_queue(find):
    for role, made in find("AWS::IAM::Role").items():
        name = role.removesuffix("FunctionRole")
        for statement in statements(made):
            if as_list(statement["Action"]) == ["sqs:SendMessage"] and name != role:
                assert statement["Resource"] == {"Fn::GetAtt": [f"{name}Failures", "Arn"]}


# ── The recorder ─────────────────────────────────────────────────────────────────────────────────


def test_the_file_is_as_it_is_written():
    """Otherwise: python -m tests.security.record."""
    assert CALLS.read_text("utf-8") == as_file(known())


def test_a_call_that_is_not_written_down_is_noticed(world, monkeypatch):
    """As if the sweep read a secret: its own test fails, which is told from here."""
    noticed: list[tuple[str, str, str]] = []
    monkeypatch.setattr(recording, "note", noticed.append)
    world.sweep()
    assert ("DeadlinesFunction", "dynamodb:Query", "Table/index/due") in noticed
    assert {function for function, _, _ in noticed} == {"DeadlinesFunction"}
    assert set(noticed) <= known()


def test_a_call_of_the_tests_own_is_nobodys(world, monkeypatch):
    """Also in the middle of a function's run: as when another process is at work there."""
    noticed: list[tuple[str, str, str]] = []
    monkeypatch.setattr(recording, "note", noticed.append)
    world.items()
    sweep = sys.modules["functions.deadlines.handler"]
    scanned = lambda *_: world.items() and SimpleNamespace()  # noqa: E731
    monkeypatch.setattr(sweep, "sweep_deadlines", scanned)
    with pytest.raises(TypeError):
        world.sweep()
    assert noticed == []


def test_an_unknown_call_fails_its_test(monkeypatch):
    monkeypatch.delenv(recording.TO, raising=False)
    monkeypatch.setattr(recording, "_seen", set())
    monkeypatch.setattr(recording, "_unexpected", set())
    recording.note(("CaptureFunction", "dynamodb:Scan", "Table"))
    with pytest.raises(pytest.fail.Exception, match="CaptureFunction dynamodb:Scan Table"):
        recording._require_known()


def test_a_call_that_is_never_made_fails_the_whole_suite():
    assert never_made(known()) is None
    missing = ("CaptureFunction", "dynamodb:GetItem", "Table")
    assert "CaptureFunction dynamodb:GetItem" in str(never_made(known() - {missing}))


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "expected"),
    [
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {}}, {"Update": {}}, {"ConditionCheck": {}}]},
            [(f"dynamodb:{n}", "Table") for n in ("PutItem", "UpdateItem", "ConditionCheckItem")],
        ),
        ("dynamodb", "Query", {"IndexName": "due"}, [("dynamodb:Query", "Table/index/due")]),
        ("dynamodb", "Scan", {}, [("dynamodb:Scan", "Table")]),
        ("sns", "Publish", {"PhoneNumber": "+1"}, [("sns:Publish", "phone")]),
        ("sns", "Publish", {"TopicArn": "other"}, [("sns:Publish", "named topic")]),
        ("events", "PutEvents", {"Entries": [{}]}, [("events:PutEvents", "another bus")]),
        (
            "sesv2",
            "SendEmail",
            {"FromEmailAddress": "boss@example.com"},
            [("ses:SendEmail", "identity of another sender")],
        ),
        ("s3", "GetObject", {}, [("s3:GetObject", "unknown")]),
    ],
)
def test_iam_checks_what_a_call_is_made_of(monkeypatch, service, operation, arguments, expected):
    for name in ("SENDER", "EVENT_BUS", "MANAGER_TOPIC_ARN"):
        monkeypatch.setenv(name, "ours")
    assert list(asked(service, operation, arguments)) == expected


def test_the_recorder_knows_every_client_that_a_function_has(find):
    """A service that it does not know would be `unknown`, which nobody grants."""
    assert {action.partition(":")[0] for _, action, _ in granted(find)} == {
        "dynamodb",
        "events",
        "secretsmanager",
        "ses",
        "sns",
    }
