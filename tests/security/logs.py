"""No log line of any test holds a secret or an address: a pytest plugin of every run.

What the functions log goes to standard output, one JSON object per line. The tests' own secrets are
known, and so is what keys, sessions, links and addresses look like.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

# The secrets of tests/world.py; then keys and sessions, what webhooks are signed with, what links
# are made of, and whatever is an address.
TELLING = re.compile(
    r"k{48}|\blws?_[\w.-]{8,}|\bwhsec_\w+|/[as]/[\w-]{20,}|Bearer \S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
)


def told(output: str) -> list[str]:
    """What log lines among the output say that they must not."""
    lines = (line for line in output.splitlines() if line.startswith("{"))
    return [found[0] for line in lines for found in TELLING.finditer(line)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Iterator[None]:
    """Fail a test in which something was logged that belongs in no log."""
    report: Any = yield
    if report.when == "call" and report.passed and (found := told(report.capstdout)):
        report.outcome = "failed"
        report.longrepr = f"in a log line: {', '.join(sorted(set(found)))}"
    return report
