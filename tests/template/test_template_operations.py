"""Schedule, queues, alarms, topics, names: what runs by itself must speak up when it stops."""

import json

import pytest

FOURTEEN_DAYS = 14 * 24 * 60 * 60  # seconds, the longest SQS keeps a message
WATCHED = {
    "CaptureFunction",
    "RoutingFunction",
    "AlertsFunction",
    "DeliverFunction",
    "BouncesFunction",
    "FetchFunction",
    "DeskFunction",
    "DeadlinesFunction",
}

# Where a name is given to a thing, by type; everything else lets CloudFormation choose.
NAMES = {
    "AWS::ApiGatewayV2::Api": "Name",
    "AWS::ApiGatewayV2::Authorizer": "Name",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Policy": "PolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::SecretsManager::Secret": "Name",
}
NAMELESS = {
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::SES::ConfigurationSetEventDestination",  # its name is one of its set's
    "AWS::SQS::QueuePolicy",
    "AWS::SNS::Subscription",
}


def alarms_on(find, metric, dimension):
    """What the alarms on one metric watch: the dimension's reference to its alarm."""
    watching = {}
    for alarm in find("AWS::CloudWatch::Alarm").values():
        if alarm["MetricName"] == metric:
            (watched,) = alarm["Dimensions"]
            assert watched["Name"] == dimension
            reference = watched["Value"]
            watching[reference.get("Ref") or reference["Fn::GetAtt"][0]] = alarm
    return watching


def test_the_schedule_runs_each_minute_and_reports_what_it_could_not_start(find):
    """A late run is of no use, since the next one finds the same; a missing one must show."""
    (schedule,) = find("AWS::Scheduler::Schedule").values()
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    target = schedule["Target"]
    assert target["Arn"] == {"Fn::GetAtt": ["DeadlinesFunction", "Arn"]}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["DeadlinesFailures", "Arn"]}}
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60}


STARTED = [
    pytest.param(
        "Fetch", "Announced", ["LeadAnnounced"], id="what a platform announces is fetched"
    ),
    pytest.param("Deliver", "Due", ["DeliveryDue", "DigestDue"], id="what is due goes out"),
]


@pytest.mark.parametrize(("function", "name", "events"), STARTED)
def test_an_event_of_our_own_starts_a_function(find, function, name, events):
    """The events that the alerts function or the sweep puts on the bus; and only our own."""
    rule = find("AWS::Events::Rule")[f"{function}Function{name}"]
    assert rule["EventBusName"] == {"Ref": "EventBus"}
    assert rule["EventPattern"] == {"source": ["leadwheel"], "detail-type": events}
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": [f"{function}Function", "Arn"]}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [f"{function}Failures", "Arn"]}}
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}


def test_what_ses_tells_of_this_stacks_mails_starts_a_function(find):
    """Every mail goes out with the set; its events come by the account's own bus, and are kept
    apart from those of other stacks by the set's name.
    """
    (name,) = find("AWS::SES::ConfigurationSet")
    told = [made["Environment"]["Variables"] for made in find("AWS::Lambda::Function").values()]
    mailing = [variables for variables in told if "SENDER" in variables]
    assert mailing
    assert all(variables["CONFIGURATION_SET"] == {"Ref": name} for variables in mailing)
    (told,) = find("AWS::SES::ConfigurationSetEventDestination").values()
    assert told["ConfigurationSetName"] == {"Ref": name}
    destination = told["EventDestination"]
    assert destination["Enabled"] is True
    assert destination["MatchingEventTypes"] == ["bounce", "complaint"]
    bus = destination["EventBridgeDestination"]["EventBusArn"]["Fn::Sub"]
    assert bus.endswith(":${AWS::AccountId}:event-bus/default")
    rule = find("AWS::Events::Rule")["BouncesFunctionTold"]
    assert "EventBusName" not in rule
    assert rule["EventPattern"] == {
        "source": ["aws.ses"],
        "detail-type": ["Email Bounced", "Email Complaint Received"],
        "detail": {"mail": {"tags": {"ses:configuration-set": [{"Ref": name}]}}},
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": ["BouncesFunction", "Arn"]}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["BouncesFailures", "Arn"]}}


def test_what_ses_tells_is_tried_again(find):
    """No sweep looks for it, as for what the other functions failed to do."""
    (config,) = [
        config
        for config in find("AWS::Lambda::EventInvokeConfig").values()
        if config["FunctionName"] == {"Ref": "BouncesFunction"}
    ]
    assert config["MaximumRetryAttempts"] == 2
    destination = config["DestinationConfig"]["OnFailure"]["Destination"]
    assert destination == {"Fn::GetAtt": ["BouncesFailures", "Arn"]}


REPORTING = [("Fetch", "Announced"), ("Deliver", "Due"), ("Bounces", "Told")]


@pytest.mark.parametrize(("function", "name"), REPORTING)
def test_only_that_rule_may_report_to_the_queue_what_it_could_not_start(find, function, name):
    """A bus has no role of its own, so the queue must say whom it believes."""
    policy = find("AWS::SQS::QueuePolicy")[f"{function}FailuresPolicy"]
    assert policy["Queues"] == [{"Ref": f"{function}Failures"}]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Action"] == "sqs:SendMessage"
    assert statement["Resource"] == {"Fn::GetAtt": [f"{function}Failures", "Arn"]}
    rule = f"{function}Function{name}"
    assert rule in find("AWS::Events::Rule")
    from_the_rule = {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [rule, "Arn"]}}}
    assert statement["Condition"] == from_the_rule


@pytest.mark.parametrize("function", ["Deadlines", "Deliver", "Fetch"])
def test_a_run_that_failed_is_reported_and_not_repeated(find, function):
    """Who starts it hears only that it was started; Lambda itself must tell how it ended."""
    (config,) = [
        config
        for config in find("AWS::Lambda::EventInvokeConfig").values()
        if config["FunctionName"] == {"Ref": f"{function}Function"}
    ]
    assert config["MaximumRetryAttempts"] == 0
    destination = config["DestinationConfig"]["OnFailure"]["Destination"]
    assert destination == {"Fn::GetAtt": [f"{function}Failures", "Arn"]}


def test_each_queue_keeps_its_messages_as_long_as_can_be_and_encrypted(find):
    """Whoever looks after a long weekend must still find them."""
    for name, queue in find("AWS::SQS::Queue").items():
        assert queue["MessageRetentionPeriod"] == FOURTEEN_DAYS, name
        assert queue["SqsManagedSseEnabled"] is True, name


def test_each_queue_has_an_alarm(find):
    """A queue that nobody watches is a place to lose things."""
    alarms = alarms_on(find, "ApproximateNumberOfMessagesVisible", "QueueName")
    assert set(alarms) == set(find("AWS::SQS::Queue"))
    assert {alarm["Threshold"] for alarm in alarms.values()} == {0}


def test_each_function_has_an_alarm_on_its_errors(find):
    """One error is one too many: browsers do not retry."""
    alarms = alarms_on(find, "Errors", "FunctionName")
    assert set(alarms) == WATCHED == set(find("AWS::Lambda::Function"))


def test_each_mapping_has_an_alarm_on_its_lag(find):
    """A blocked stream shows nowhere else."""
    mapped = {
        mapping["FunctionName"]["Ref"]
        for mapping in find("AWS::Lambda::EventSourceMapping").values()
    }
    assert set(alarms_on(find, "IteratorAge", "FunctionName")) == mapped


def test_silence_of_the_schedule_is_an_alarm(find):
    """No run means no metric at all, so missing data must count as bad here, and only here."""
    (silent,) = alarms_on(find, "Invocations", "FunctionName").items()
    assert silent[0] == "DeadlinesFunction"
    assert silent[1]["TreatMissingData"] == "breaching"
    others = [made for made in find("AWS::CloudWatch::Alarm").values() if made != silent[1]]
    assert {alarm["TreatMissingData"] for alarm in others} == {"notBreaching"}


def test_the_api_has_an_alarm_on_5xx(find):
    """Timeouts and refused invocations are no function's error."""
    assert set(alarms_on(find, "5xx", "ApiId")) == {"Api"}


def test_alarms_reach_the_people_who_run_the_system(find):
    """An encrypted topic would refuse them: AWS's own key for SNS does not admit CloudWatch."""
    for name, alarm in find("AWS::CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == [{"Ref": "OperationsTopic"}], name
    assert "KmsMasterKeyId" not in find("AWS::SNS::Topic")["OperationsTopic"]


def test_mail_addresses_are_optional(resources):
    """A stack without them must deploy; an empty address would fail."""
    for name in ("Manager", "Operations"):
        subscription = resources[f"{name}Subscription"]
        assert subscription["Condition"] == f"Has{name}Email"
        assert subscription["Properties"]["Endpoint"] == {"Ref": f"{name}Email"}


def test_secrets_are_generated_and_survive_headers_and_links(find):
    """Letters and digits, enough of them that guessing is hopeless."""
    secrets = find("AWS::SecretsManager::Secret")
    assert set(secrets) == {"LinkSecret", "AdminToken", "SourceSecrets"}
    for name in ("LinkSecret", "AdminToken"):
        assert "SecretString" not in secrets[name]
        assert secrets[name]["GenerateSecretString"]["PasswordLength"] >= 48
        assert secrets[name]["GenerateSecretString"]["ExcludePunctuation"] is True


def test_no_deployment_writes_over_the_credentials_of_partners_and_hooks(find):
    """CloudFormation writes this text again when it changes: so it never does."""
    secret = find("AWS::SecretsManager::Secret")["SourceSecrets"]
    assert secret["SecretString"] == "{}"
    assert "GenerateSecretString" not in secret
    assert "Name" not in secret  # a new name would be a new secret, and empty


def test_two_stacks_can_live_in_one_account(resources, template):
    """Every name is generated or starts with the stack's; nothing is exported by a fixed name."""
    for logical, resource in resources.items():
        kind = resource["Type"]
        assert kind in NAMES.keys() | NAMELESS, f"{kind} is new: add it to NAMES or NAMELESS"
        name = resource.get("Properties", {}).get(NAMES.get(kind, ""))
        assert name is None or "AWS::StackName" in json.dumps(name), logical
    assert not [name for name, output in template["Outputs"].items() if "Export" in output]


def test_outputs(template):
    """What scripts and people read after a deployment."""
    assert set(template["Outputs"]) == {
        "ApiUrl",
        "ApiId",
        "TableName",
        "EventBusName",
        "ManagerTopicArn",
        "OperationsTopicArn",
        "LinkSecretArn",
        "AdminTokenArn",
        "SourceSecretsArn",
        "DeadlinesFunctionName",
        "RoutingFailuresUrl",
        "AlertsFailuresUrl",
        "FetchFailuresUrl",
        "DeliverFailuresUrl",
        "BouncesFailuresUrl",
        "DeadlinesFailuresUrl",
    }
