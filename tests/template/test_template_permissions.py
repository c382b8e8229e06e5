"""Who may do what. The table below is the whole truth; the template must match it exactly."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

TABLE = '{"Fn::GetAtt": ["Table", "Arn"]}'
DUE = '{"Fn::Sub": "${Table.Arn}/index/due"}'
PLACE = '{"Fn::Sub": "${Table.Arn}/index/place"}'
LINK_SECRET = '{"Fn::GetAtt": ["LinkSecret", "Id"]}'
ADMIN_TOKEN = '{"Fn::GetAtt": ["AdminToken", "Id"]}'
SOURCE_SECRETS = '{"Fn::GetAtt": ["SourceSecrets", "Id"]}'
SES = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:"
MAIL = (f'{{"Fn::Sub": "{SES}identity/*"}}', f'{{"Fn::Sub": "{SES}configuration-set/*"}}')
# Those that are named after the stack.
SNS = "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:"
TOPICS = f'{{"Fn::Sub": "{SNS}${{AWS::StackName}}-*"}}'

READ = ("GetItem", "BatchGetItem", "Query")
WRITE = ("PutItem", "UpdateItem")
ALLOWED = {
    "CaptureFunction": {
        TABLE: {f"dynamodb:{name}" for name in ("GetItem", *WRITE)},
        DUE: {"dynamodb:Query"},
        SOURCE_SECRETS: {"secretsmanager:GetSecretValue"},
    },
    "RoutingFunction": {
        TABLE: {f"dynamodb:{name}" for name in (*READ, *WRITE)},
        PLACE: {"dynamodb:Query"},
        '{"Fn::GetAtt": ["RoutingFailures", "Arn"]}': {"sqs:SendMessage"},
    },
    "AlertsFunction": {
        TABLE: {"dynamodb:GetItem", "dynamodb:UpdateItem"},
        MAIL[0]: {"ses:SendEmail"},
        MAIL[1]: {"ses:SendEmail"},
        '{"Ref": "ManagerTopic"}': {"sns:Publish"},
        '{"Fn::GetAtt": ["EventBus", "Arn"]}': {"events:PutEvents"},
        LINK_SECRET: {"secretsmanager:GetSecretValue"},
        '{"Fn::GetAtt": ["AlertsFailures", "Arn"]}': {"sqs:SendMessage"},
    },
    "DeliverFunction": {
        TABLE: {f"dynamodb:{name}" for name in (*READ, "UpdateItem")},
        PLACE: {"dynamodb:Query"},
        MAIL[0]: {"ses:SendEmail"},
        MAIL[1]: {"ses:SendEmail"},
        '{"Ref": "ManagerTopic"}': {"sns:Publish"},
        TOPICS: {"sns:Publish"},
        '{"Fn::GetAtt": ["EventBus", "Arn"]}': {"events:PutEvents"},
        LINK_SECRET: {"secretsmanager:GetSecretValue"},
        SOURCE_SECRETS: {"secretsmanager:GetSecretValue"},
        '{"Fn::GetAtt": ["DeliverFailures", "Arn"]}': {"sqs:SendMessage"},
    },
    "BouncesFunction": {
        TABLE: {"dynamodb:GetItem", "dynamodb:UpdateItem"},
        '{"Ref": "ManagerTopic"}': {"sns:Publish"},
        '{"Fn::GetAtt": ["EventBus", "Arn"]}': {"events:PutEvents"},
        '{"Fn::GetAtt": ["BouncesFailures", "Arn"]}': {"sqs:SendMessage"},
    },
    "FetchFunction": {
        TABLE: {f"dynamodb:{name}" for name in ("GetItem", *WRITE)},
        SOURCE_SECRETS: {"secretsmanager:GetSecretValue"},
        '{"Fn::GetAtt": ["FetchFailures", "Arn"]}': {"sqs:SendMessage"},
    },
    "DeskFunction": {
        TABLE: {f"dynamodb:{name}" for name in (*READ, *WRITE, "ConditionCheckItem")},
        PLACE: {"dynamodb:Query"},
        DUE: {"dynamodb:Query"},
        LINK_SECRET: {"secretsmanager:GetSecretValue"},
        ADMIN_TOKEN: {"secretsmanager:GetSecretValue"},
        SOURCE_SECRETS: {"secretsmanager:GetSecretValue"},
    },
    "DeadlinesFunction": {
        TABLE: {f"dynamodb:{name}" for name in (*READ, *WRITE)},
        DUE: {"dynamodb:Query"},
        PLACE: {"dynamodb:Query"},
        '{"Fn::GetAtt": ["EventBus", "Arn"]}': {"events:PutEvents"},
        '{"Fn::GetAtt": ["DeadlinesFailures", "Arn"]}': {"sqs:SendMessage"},
    },
}

# SAM attaches AWS's own policies for logs and stream reading. The stream policy reads every stream
# of the account, and is SAM's price for its mappings.
LOGS = {"AWSLambdaBasicExecutionRole"}
STREAM = {"AWSLambdaDynamoDBExecutionRole"}
MANAGED = {
    "CaptureFunctionRole": LOGS,
    "RoutingFunctionRole": LOGS | STREAM,
    "AlertsFunctionRole": LOGS | STREAM,
    "DeliverFunctionRole": LOGS,
    "BouncesFunctionRole": LOGS,
    "FetchFunctionRole": LOGS,
    "DeskFunctionRole": LOGS,
    "DeadlinesFunctionRole": LOGS,
    "DeadlinesFunctionEveryMinuteRole": set(),
}


def as_list(one_or_more: Any) -> list[Any]:
    """IAM takes one thing where it takes a list."""
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]


def statements(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every statement written into a role."""
    for policy in role.get("Policies", []):
        yield from as_list(policy["PolicyDocument"]["Statement"])


@pytest.mark.parametrize(("function", "allowed"), ALLOWED.items())
def test_a_function_may_do_exactly_this(find, function, allowed):
    """Nobody gets a right by accident, and nobody loses one unseen."""
    granted: dict[str, set[str]] = {}
    for statement in statements(find("AWS::IAM::Role")[f"{function}Role"]):
        assert statement["Effect"] == "Allow"
        for resource in as_list(statement["Resource"]):
            actions = granted.setdefault(json.dumps(resource), set())
            actions.update(as_list(statement["Action"]))
    assert granted == allowed


def test_nobody_scans_deletes_or_may_do_everything(find):
    """What a lead costs must not grow with the table, and nothing in it may be wiped."""
    for name, role in find("AWS::IAM::Role").items():
        for statement in statements(role):
            actions = as_list(statement["Action"])
            assert not [action for action in actions if "*" in action], name
            assert not {"dynamodb:Scan", "dynamodb:DeleteTable"} & set(actions), name
            assert "NotAction" not in statement, name
            assert "NotResource" not in statement, name


def test_a_wildcard_stands_only_where_a_condition_narrows_it(find):
    """SES asks for more resources than can be named; the sender's address is the limit there.

    Topics that channels name are not known here: those named after the stack are meant for it.
    """
    for name, role in find("AWS::IAM::Role").items():
        for statement in statements(role):
            open_ended = [
                made
                for made in as_list(statement["Resource"])
                if "*" in json.dumps(made) and json.dumps(made) != TOPICS
            ]
            if open_ended:
                assert statement["Action"] == "ses:SendEmail", name
                assert statement["Condition"] == {
                    "StringEquals": {"ses:FromAddress": {"Ref": "SenderAddress"}}
                }


def test_only_sams_own_policies_are_attached(find):
    """A managed policy brings rights that no reader of the template sees."""
    attached = {
        name: {arn.rpartition("/")[2] for arn in role.get("ManagedPolicyArns", [])}
        for name, role in find("AWS::IAM::Role").items()
    }
    assert attached == MANAGED


def test_the_schedule_may_start_its_function_and_report_that_it_could_not(find):
    """Its role is made by SAM; this says what we rely on."""
    role = find("AWS::IAM::Role")["DeadlinesFunctionEveryMinuteRole"]
    granted = {(made["Action"], made["Resource"]["Fn::GetAtt"][0]) for made in statements(role)}
    assert granted == {
        ("lambda:InvokeFunction", "DeadlinesFunction"),
        ("sqs:SendMessage", "DeadlinesFailures"),
    }


def test_nobody_sends_sms_who_was_not_asked_to(find, resources):
    """A phone is no resource, so who may send SMS may publish anywhere: if somebody says so."""
    ((name, policy),) = find("AWS::IAM::Policy").items()
    assert resources[name]["Condition"] == "SendsSms"
    assert policy["Roles"] == [{"Ref": "DeliverFunctionRole"}]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("sns:Publish", "*")
