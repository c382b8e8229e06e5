"""What each function is and is told: platform, logs, variables."""

import json
from datetime import UTC, datetime

import pytest

from shared import graph
from shared.domain import deliveries
from shared.domain.leads import Change, Lead, Step, evolve
from shared.messages import outbound

AT = datetime(2026, 3, 2, tzinfo=UTC)

FUNCTIONS = {"capture", "routing", "alerts", "deliver", "bounces", "fetch", "desk", "deadlines"}

EVERYWHERE = {"TABLE_NAME", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL"}
LINKS = {"PUBLIC_URL", "LINK_SECRET_ARN"}
SENDERS = {"SOURCE_SECRETS_ARN"}
VARIABLES = {
    "CaptureFunction": EVERYWHERE | SENDERS,
    "RoutingFunction": EVERYWHERE,
    "AlertsFunction": EVERYWHERE
    | LINKS
    | {"EVENT_BUS", "MANAGER_TOPIC_ARN", "SENDER", "CONFIGURATION_SET"},
    "DeliverFunction": EVERYWHERE
    | LINKS
    | SENDERS
    | {"EVENT_BUS", "MANAGER_TOPIC_ARN", "OUTBOUND_LOOPBACK", "SENDER", "CONFIGURATION_SET"},
    "BouncesFunction": EVERYWHERE | {"EVENT_BUS", "MANAGER_TOPIC_ARN"},
    "FetchFunction": EVERYWHERE | SENDERS,
    "DeskFunction": EVERYWHERE | LINKS | SENDERS | {"ADMIN_TOKEN_ARN"},
    "DeadlinesFunction": EVERYWHERE | {"EVENT_BUS"},
}


def test_each_function_runs_its_own_handler(find):
    """The handler's module follows from the function's name, as the build recipe assumes."""
    handlers = {name: made["Handler"] for name, made in find("AWS::Lambda::Function").items()}
    assert handlers == {
        f"{name.capitalize()}Function": f"functions.{name}.handler.handler" for name in FUNCTIONS
    }


def test_each_function_runs_on_what_the_build_compiles_for(find):
    """Python 3.13 on ARM: another runtime or machine would not load the packed libraries."""
    for name, made in find("AWS::Lambda::Function").items():
        assert made["Runtime"] == "python3.13", name
        assert made["Architectures"] == ["arm64"], name


def test_each_function_writes_to_a_log_group_that_expires(find):
    """Logs that Lambda creates by itself would be kept, and paid for, for ever."""
    groups = find("AWS::Logs::LogGroup")
    for name, made in find("AWS::Lambda::Function").items():
        logging = made["LoggingConfig"]
        assert logging["LogFormat"] == "JSON", name
        assert logging["SystemLogLevel"] == "WARN", name
        assert groups[logging["LogGroup"]["Ref"]]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_no_log_group_stays_when_the_stack_goes(resources):
    """A group that stayed would block the next stack of the same name, as its name is fixed."""
    groups = [made for made in resources.values() if made["Type"] == "AWS::Logs::LogGroup"]
    assert {made["DeletionPolicy"] for made in groups} == {"Delete"}
    assert all("RetentionInDays" in made["Properties"] for made in groups)


@pytest.mark.parametrize(("function", "names"), VARIABLES.items())
def test_each_function_is_told_what_it_needs_and_no_more(find, function, names):
    """A variable that nobody reads misleads, one that is missing breaks the first request."""
    assert set(find("AWS::Lambda::Function")[function]["Environment"]["Variables"]) == names


def test_no_variable_holds_a_secret(find, template):
    """Secrets are read at run time: variables and parameters can be read by too many people."""
    for name, made in find("AWS::Lambda::Function").items():
        variables = made["Environment"]["Variables"]
        assert "resolve:" not in json.dumps(variables), name
        for variable, value in variables.items():
            if "SECRET" in variable or "TOKEN" in variable:
                assert variable.endswith("_ARN"), (name, variable)
                assert value["Fn::GetAtt"][1] == "Id", (name, variable)
    assert not [name for name in template["Parameters"] if "Secret" in name or "Token" in name]


def test_the_code_is_named_once(template, template_path):
    """Whoever deploys without `sam` replaces one line and gets all functions."""
    assert template_path.read_text("utf-8").count("CodeUri:") == 1
    assert template["Globals"]["Function"]["CodeUri"] == "."


def test_a_run_of_deadlines_ends_before_the_next_begins(find):
    """Overlapping runs would do no harm, only twice the work."""
    assert find("AWS::Lambda::Function")["DeadlinesFunction"]["Timeout"] < 60


def test_a_fetch_has_ended_when_its_lead_is_announced_again(find):
    """Two fetches of one lead would do no harm either, but the first would have been in vain."""
    soonest = evolve(Lead("l", "hook#meta", {}), Change(Step.ANNOUNCED, AT)).due_at - AT
    timeout = find("AWS::Lambda::Function")["FetchFunction"]["Timeout"]
    assert timeout <= soonest.total_seconds()
    assert timeout > 2 * graph.LONGEST_SECONDS  # with two access tokens, an old one and a new one


def test_an_attempt_has_ended_when_the_next_one_may_begin(find):
    """Two at once would send twice."""
    timeout = find("AWS::Lambda::Function")["DeliverFunction"]["Timeout"]
    assert outbound.SECONDS < timeout <= min(deliveries.DELAYS).total_seconds()


def test_in_aws_nothing_is_sent_to_the_function_itself(find, template):
    """On its loopback is the service that gives it events; only a local stack has receivers there.

    The test of what is inside a network: tests/unit/messages/test_outbound.py.
    """
    variables = find("AWS::Lambda::Function")["DeliverFunction"]["Environment"]["Variables"]
    assert variables[outbound.LOOPBACK] == {"Ref": "LoopbackReceivers"}
    assert template["Parameters"]["LoopbackReceivers"]["Default"] == ""
