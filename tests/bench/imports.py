"""How long a fresh process takes to load each function, beside boto3 with one client.

Whole processes are measured, interpreter and exit included, since that is what a cold start waits
for; by the processor's time, as they do nothing but compute, and who else wants the processor is
none of theirs. Each also makes its DynamoDB client, as boto3's does.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from statistics import median

from infra.local.home import ROOT
from tests.bench.figures import Figure, at_most

FUNCTIONS = ("capture", "routing", "alerts", "deliver", "bounces", "fetch", "desk", "deadlines")
ROUNDS = 7
BOTO3 = "import boto3; boto3.client('dynamodb')"

Say = Callable[[str], None]


def measure(say: Say) -> list[Figure]:
    """Start all of them by turns, ROUNDS times; ratios within a round, then their median."""
    programs = {function: _program(function) for function in FUNCTIONS} | {"boto3": BOTO3}
    for program in programs.values():  # the first start compiles what has changed
        _seconds(program)
    took: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(1, ROUNDS + 1):
        say(f"round {number} of {ROUNDS}")
        for name, program in programs.items():
            took[name].append(_seconds(program))
    return [_figure(function, took[function], took["boto3"]) for function in FUNCTIONS]


def _program(function: str) -> str:
    return (
        f"import functions.{function}.handler\n"
        "from shared.store.table import connection\n"
        "connection().client"
    )


def _seconds(program: str) -> float:
    environment = {**os.environ, "TABLE_NAME": "leads", "AWS_REGION": "us-east-1"}
    environment |= {"AWS_DEFAULT_REGION": "us-east-1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # byte code is there in a deployment as well
    before = seconds_of_children()
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True)
    return seconds_of_children() - before


def seconds_of_children() -> float:
    """The processor's seconds that all children have taken so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _figure(function: str, ours: list[float], boto3: list[float]) -> Figure:
    ratio = median(first / second for first, second in zip(ours, boto3, strict=True))
    made_of = f"{median(ours) * 1000:.0f} ÷ {median(boto3) * 1000:.0f} ms"
    return Figure(f"{function} loaded ÷ boto3 with one client", ratio, "×", at_most(1.5), made_of)
