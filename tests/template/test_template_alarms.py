"""Alarms, the dashboard and the runbook: each alarm is seen, explained, and has something to watch.

What the deadlines function tells in its log is what the alarms of its figures ask for.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import functions.deadlines.handler as deadlines
from shared.flows.sweep_deadlines import Swept
from tests.aws_events import context

RUNBOOK = Path(__file__).parents[2] / "docs" / "operations.md"
ENTRY = ("Means", "Felt", "Look", "Do")  # what stands in each entry, in this order
OWN = "leadwheel"  # the namespace of our own figures


def alarms(find: Any) -> dict[str, Any]:
    return find("AWS::CloudWatch::Alarm")


def entries() -> dict[str, str]:
    """What the runbook says of each alarm, by its heading."""
    parts = re.split(r"^### (\w+)$", RUNBOOK.read_text("utf-8"), flags=re.MULTILINE)
    return {
        name: re.split(r"^##? ", text, flags=re.MULTILINE)[0]
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def body(find: Any) -> dict[str, Any]:
    """The dashboard, its references left as they are written."""
    (dashboard,) = find("AWS::CloudWatch::Dashboard").values()
    return json.loads(dashboard["DashboardBody"]["Fn::Sub"])


def drawn(find: Any) -> set[tuple[str, ...]]:
    """What the dashboard draws: namespace, metric, and its dimensions by name."""
    return {
        tuple(part for part in metric if isinstance(part, str))
        for widget in body(find)["widgets"]
        for metric in widget["properties"].get("metrics", ())
    }


def written(value: Any) -> str:
    """A dimension's value as a text of the dashboard writes it."""
    match value:
        case {"Ref": name}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name}.{attribute}}}"
    return str(value)


def test_each_alarm_is_in_the_runbook_and_nothing_else(find: Any) -> None:
    """Who is woken by one finds it by its name."""
    assert sorted(entries()) == sorted(alarms(find))


def test_the_runbook_says_of_each_what_somebody_woken_wants_to_know() -> None:
    for name, text in entries().items():
        said = re.findall(r"^- \*\*(\w+):\*\* \S", text, flags=re.MULTILINE)
        assert tuple(said) == ENTRY, name


def test_the_runbook_names_only_commands_that_exist() -> None:
    from infra.cli.main import app

    there = {command.name or command.callback.__name__ for command in app.registered_commands}
    there |= {group.name for group in app.registered_groups}
    named = set(re.findall(r"`(?:\.venv/bin/)?leadwheel ([a-z-]+)", RUNBOOK.read_text("utf-8")))
    assert named
    assert named <= there


def test_each_alarm_shows_its_state_on_the_dashboard(find: Any) -> None:
    (shown,) = [w["properties"] for w in body(find)["widgets"] if w["type"] == "alarm"]
    assert sorted(shown["alarms"]) == sorted(f"${{{name}.Arn}}" for name in alarms(find))


def test_what_an_alarm_watches_is_drawn_on_the_dashboard(find: Any) -> None:
    """Nobody should have to look for the figure behind an alarm."""
    for name, alarm in alarms(find).items():
        dimensions = [
            part
            for dimension in alarm.get("Dimensions", ())
            for part in (dimension["Name"], written(dimension["Value"]))
        ]
        assert (alarm["Namespace"], alarm["MetricName"], *dimensions) in drawn(find), name


def test_the_dashboard_names_only_what_there_is(find: Any, resources: Any) -> None:
    """A name that is misspelt would show as an empty widget."""
    (dashboard,) = find("AWS::CloudWatch::Dashboard").values()
    named = set(re.findall(r"\$\{(\w+)(?:\.\w+)?\}", dashboard["DashboardBody"]["Fn::Sub"]))
    assert named <= resources.keys()


def test_each_alarm_says_what_it_means(find: Any) -> None:
    """The mail of an alarm holds the description, and little else that a person can read."""
    descriptions = [alarm["AlarmDescription"] for alarm in alarms(find).values()]
    assert all(len(text) > 15 and text.endswith(".") for text in descriptions)
    assert len(set(descriptions)) == len(descriptions)


def told_of(swept: Swept, monkeypatch: Any, capsys: Any) -> dict[str, Any]:
    """What a sweep tells CloudWatch."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "leadwheel")  # as in the template
    monkeypatch.setattr(deadlines, "sweep_deadlines", lambda *_: swept)
    deadlines.handler({}, context())
    (line,) = [line for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return json.loads(line)


@pytest.fixture
def told(monkeypatch: Any, capsys: Any) -> dict[str, Any]:
    swept = Swept(oldest_new=61, oldest_due=62, parked=3, counted=True, finished=False)
    return told_of(swept, monkeypatch, capsys)


@pytest.mark.parametrize("cut_short", [{"counted": False}, {"counted": True, "failed": 1}])
def test_who_has_not_seen_all_pools_counts_no_parked_leads(
    cut_short: dict[str, Any], monkeypatch: Any, capsys: Any
) -> None:
    """The alarm takes the least of a quarter of an hour: a part would silence it."""
    figures = told_of(Swept(oldest_new=61, parked=3, **cut_short), monkeypatch, capsys)
    assert "ParkedLeads" not in figures
    assert figures["OldestNewLead"] == [61.0]


def test_a_sweep_tells_what_our_own_alarms_ask_for(find: Any, told: dict[str, Any]) -> None:
    """By exactly these dimensions: CloudWatch takes others for another figure."""
    (about,) = told["_aws"]["CloudWatchMetrics"]
    asked = [alarm for alarm in alarms(find).values() if alarm["Namespace"] == OWN]
    assert about["Namespace"] == OWN
    assert {metric["Name"] for metric in about["Metrics"]} == {a["MetricName"] for a in asked}
    (dimensions,) = about["Dimensions"]
    own = {"service": "leadwheel", "FunctionName": {"Ref": "DeadlinesFunction"}}
    for alarm in asked:
        assert {d["Name"]: d["Value"] for d in alarm["Dimensions"]} == own
    assert sorted(dimensions) == sorted(own)
    assert (told["service"], told["FunctionName"]) == ("leadwheel", context().function_name)


def test_a_sweep_tells_numbers_and_nothing_else(told: dict[str, Any]) -> None:
    """Three figures, each paid for; and no word that could be about a person."""
    figures = {k: v for k, v in told.items() if k not in ("_aws", "service", "FunctionName")}
    assert figures == {"OldestNewLead": [61.0], "OldestDue": [62.0], "ParkedLeads": [3.0]}


def test_no_log_level_hides_what_alarms_ask_for(find: Any, template: Any) -> None:
    """Lambda takes lines without a level for INFO, and would keep these back: no data, no alarm."""
    logging = find("AWS::Lambda::Function")["DeadlinesFunction"]["LoggingConfig"]
    level = {"Fn::If": ["HidesInfo", "INFO", {"Ref": "LogLevel"}]}
    assert logging["ApplicationLogLevel"] == level
    hidden = [{"Fn::Equals": [{"Ref": "LogLevel"}, made]} for made in ("WARN", "ERROR")]
    assert template["Conditions"]["HidesInfo"] == {"Fn::Or": hidden}
    assert template["Parameters"]["LogLevel"]["AllowedValues"] == ["DEBUG", "INFO", "WARN", "ERROR"]
