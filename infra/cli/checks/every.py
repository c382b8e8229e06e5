"""All checks, in the order in which their findings are looked for."""

from collections.abc import Iterator
from datetime import date

from infra.cli.checks import (
    days,
    fields,
    limits,
    options,
    order,
    people,
    rows,
    size,
    staffing,
    stages,
)
from infra.cli.checks.finding import Finding
from shared.domain.config import Config


def findings(config: Config, today: date) -> Iterator[Finding]:
    """Everything that looks wrong in a valid configuration on a day."""
    yield from order.findings(config)
    yield from rows.findings(config)
    yield from fields.findings(config)
    yield from people.findings(config)
    yield from staffing.findings(config, today)
    yield from limits.findings(config)
    yield from options.findings(config)
    yield from stages.findings(config)
    yield from size.findings(config)
    yield from days.findings(config, today)
