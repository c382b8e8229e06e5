"""What a lead costs in dollars: counts, times a dated table of prices.

Everything is a Decimal. The counts are those of `tests/bench/walk.py`; memory, alarms and secrets
are the template's. Two things are no counts: the processor's milliseconds, which are measured, and
how long services let a function wait, which is a model (`prices.toml`).
"""

import json
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
PRICES = Path(__file__).parent / "prices.toml"

MILLION = Decimal(1_000_000)
BILLED_GB = Decimal(1_000_000_000)  # of logs, storage and traffic
MINUTES_A_MONTH = Decimal(43_800)
MEGABYTES_OF_A_CORE = Decimal(1769)  # memory at which Lambda gives a whole one
LINE = 26  # bytes that CloudWatch adds to each line

# What Lambda itself writes of each run, in JSON, while the template lets it.
_RUN = {"time": "2026-11-22T14:00:00.000Z", "record": {"requestId": "0" * 36}}
_REPORT = {"durationMs": 12.345, "billedDurationMs": 13, "memorySizeMB": 1024}
RUN_LINES = (
    json.dumps({**_RUN, "type": "platform.start", "version": "$LATEST"}),
    json.dumps({**_RUN, "type": "platform.report", "metrics": _REPORT, "status": "success"}),
)

COMPONENTS = {
    "writes": "DynamoDB writes",
    "reads": "DynamoDB reads",
    "runs": "Lambda runs",
    "time": "Lambda time",
    "requests": "API requests",
    "events": "Events",
    "logs": "Logs",
    "traces": "Traces",
    "out": "Traffic out",
    "other": "SNS, secrets",
}
TO_ACCEPTANCE = ("capture", "routing", "alert", "accept")
ONCE_NEGLECTED = ("reminder", "reminder", "reclaim")

Dollars = dict[str, Decimal]


class Deployed(NamedTuple):
    """What the template says that costs money."""

    memory: Mapping[str, int]  # MB, by function
    traced: bool
    runs_logged: bool  # by Lambda itself, besides what the function logs
    access_line: str
    alarms: int
    secrets: int
    dashboards: int


@cache
def prices() -> dict[str, Any]:
    """The table of prices."""
    whole: dict[str, Any] = tomllib.loads(PRICES.read_text("utf-8"), parse_float=Decimal)
    return whole


@cache
def deployed() -> Deployed:
    """What template.yaml deploys."""
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    made = template["Resources"]
    everywhere = template["Globals"]["Function"]

    def number(kind: str) -> int:
        return sum(resource["Type"] == kind for resource in made.values())

    return Deployed(
        memory={
            name.removesuffix("Function").lower(): resource["Properties"]["MemorySize"]
            for name, resource in made.items()
            if resource["Type"] == "AWS::Serverless::Function"
        },
        traced=everywhere.get("Tracing") == "Active",
        runs_logged=everywhere["LoggingConfig"].get("SystemLogLevel") != "WARN",
        access_line=made["ApiStage"]["Properties"]["AccessLogSettings"]["Format"],
        alarms=number("AWS::CloudWatch::Alarm"),
        secrets=number("AWS::SecretsManager::Secret"),
        dashboards=number("AWS::CloudWatch::Dashboard"),
    )


def price(name: str) -> Decimal:
    """Dollars for one of these."""
    entry = prices()["price"][name]
    return Decimal(entry["dollars"]) / entry["per"]


def of_step(
    counts: Mapping[str, Any],
    processor: Mapping[str, float],
    leads: int,
    wait: Decimal = Decimal(1),
) -> Dollars:
    """What a step costs for one lead, by component, and "mail".

    `processor`: milliseconds per lead and function. `wait`: how many times the modelled waits.
    """
    here = deployed()
    runs = sum(counts.get("runs", {}).values())
    requests = counts.get("requests", 0)
    logged = Decimal(counts.get("log_bytes", 0)) + requests * _access_line_bytes()
    if here.runs_logged:
        logged += runs * sum(len(line) + 1 + LINE for line in RUN_LINES)
    whole = {
        "writes": Decimal(counts.get("write_units", 0)) * price("write_unit"),
        "reads": Decimal(counts.get("read_units", 0)) * price("read_unit"),
        "runs": runs * price("run"),
        "requests": requests * price("request"),
        "events": counts.get("events", 0) * price("event"),
        "logs": logged / BILLED_GB * price("log"),
        "traces": (runs if here.traced else 0) * price("trace"),
        "out": Decimal(counts.get("bytes_out", 0)) / BILLED_GB * price("out"),
        "other": counts.get("publishes", 0) * price("publish")
        + counts.get("secrets", 0) * price("secret_call"),
        "mail": counts.get("mails", 0) * price("mail"),
    }
    per_lead = {name: dollars / leads for name, dollars in whole.items()}
    per_lead["time"] = gb_seconds(counts, processor, leads, wait) * price("gb_second")
    return per_lead


def gb_seconds(
    counts: Mapping[str, Any], processor: Mapping[str, float], leads: int, wait: Decimal
) -> Decimal:
    """What Lambda bills for one lead: the processor's time at the share of a core that the memory
    brings, the waiting, and a millisecond of each run, for rounding up.
    """
    waits, total = prices()["waits"], Decimal(0)
    for function, memory in deployed().memory.items():
        calls = counts.get("calls", {}).get(function, {})
        waited = wait * sum(waits[operation] * times for operation, times in calls.items())
        rounding = counts.get("runs", {}).get(function, 0)
        busy = Decimal(str(processor.get(function, 0))) / min(
            Decimal(1), memory / MEGABYTES_OF_A_CORE
        )
        milliseconds = busy + Decimal(waited + rounding) / leads
        total += milliseconds / 1000 * memory / 1024
    return total


def _access_line_bytes() -> int:
    """The line of the API's own log: with an id, the longest route, a status and a latency."""
    line = deployed().access_line
    for name, value in {
        "$context.requestId": "0" * 16,
        "$context.routeKey": "ANY /v1/partners/{partner_id}/leads",
        "$context.status": "201",
        "$context.responseLatency": "123",
        "$context.integrationErrorMessage": "-",
    }.items():
        line = line.replace(name, value)
    return len(line) + 1 + LINE


def added(*parts: Dollars) -> Dollars:
    """Several steps together."""
    names = [*COMPONENTS, "mail"]
    return {name: sum((part.get(name, Decimal(0)) for part in parts), Decimal(0)) for name in names}


def without_mail(dollars: Dollars) -> Decimal:
    """The whole, mails apart."""
    return sum((dollars[name] for name in COMPONENTS), Decimal(0))


def of_way(way: Mapping[str, Any], steps: tuple[str, ...], wait: Decimal = Decimal(1)) -> Dollars:
    """What a lead costs that goes through these steps of a counted way."""
    return added(*(_of_one(way, step, wait) for step in steps))


def _of_one(way: Mapping[str, Any], step: str, wait: Decimal) -> Dollars:
    leads = 1 if step == "idle sweep" else way["leads"]  # nobody's, so it is not shared out
    processor = way["processor_ms"][step]
    if step == "idle sweep":
        processor = {name: value * way["leads"] for name, value in processor.items()}
    return of_step(way["steps"][step], processor, leads, wait)


def of_lead_year(way: Mapping[str, Any]) -> Decimal:
    """To keep a lead for a year, with all that is stored of it, and a copy to go back to."""
    kept = Decimal(way["bytes_kept_a_year"]) / way["leads"] / BILLED_GB
    return kept * 12 * (price("stored") + price("recoverable"))


def of_month(way: Mapping[str, Any]) -> Dollars:
    """What a stack costs in a month in which no lead comes."""
    here, metrics = deployed(), len(way["metrics"])
    sweep = of_way(way, ("idle sweep",))
    return {
        "a sweep each minute": MINUTES_A_MONTH * (without_mail(sweep) + price("schedule")),
        f"{here.alarms} alarms": here.alarms * price("alarm"),
        f"{here.secrets} secrets": here.secrets * price("secret"),
        f"{metrics} metrics of its own": metrics * price("metric"),
        f"{here.dashboards} dashboard": here.dashboards * price("dashboard"),
    }
