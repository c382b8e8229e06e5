"""Holidays that run out."""

from collections.abc import Iterator
from datetime import date, timedelta

from infra.cli.checks.finding import Finding
from shared.domain.config import Config

AHEAD = timedelta(days=90)


def findings(config: Config, today: date) -> Iterator[Finding]:
    """Sets of which no day is known for long. Those of a country are, for years."""
    for set_id, said in config.holidays.items():
        last = max([*said.dates, *said.days], default=None)
        if last is None or said.country or last >= today + AHEAD:
            continue
        message = f"the last day known is {last}, so everybody works on those after it"
        where = f"export {said.calendar} again" if said.calendar else "add the next ones to `dates`"
        place = "holidays", set_id
        yield Finding("holidays-run-out", place, message, f"{where}, or say which `country`")
