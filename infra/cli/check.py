"""`leadwheel check`."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from infra.cli.checks.every import findings
from infra.cli.config_file import read_with_lines
from infra.cli.tables_file import lines_of_rows
from infra.cli.yaml_file import Document
from infra.terminal import GOOD, out, say
from shared.domain.config import Config
from shared.errors import ConfigError

INVALID = "invalid"  # the code of everything for which a file is refused

_PROBLEM = re.compile(
    r"(?P<file>.+?):(?P<line>\d+): (?:(?P<field>[^ :]+): )?(?P<message>.*)", re.DOTALL
)


class Told(NamedTuple):
    """A finding as it is told."""

    level: str  # error: the file cannot be applied; warning: it can
    code: str
    file: str
    line: int | None
    field: str
    message: str
    advice: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        field = f"{self.field}: " if self.field else ""
        advice = f" — {self.advice}" if self.advice else ""
        return f"{where}: {field}{self.message}{advice} [{self.code}]"


def check(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A configuration.", show_default=False)
    ],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="For scripts: a list of objects.")
    ] = False,
) -> None:
    """Look for what is wrong in a configuration, and for what only looks wrong.

    Errors are why it cannot be applied. Warnings are rules that are never reached, rules that
    overlap, pools with nobody at work, limits that are never met and the like. Ends with 1 when
    there is any of either, and with 0 when there is none. Nothing is changed.
    """
    told = list(everything_about(file, datetime.now(UTC).date()))
    if as_json:
        out.print(json.dumps([one._asdict() for one in told], ensure_ascii=False, indent=2))
    else:
        for one in told:
            say(str(one))
        say(*_summary(file, told))
    raise typer.Exit(1 if told else 0)


def _summary(file: Path, told: list[Told]) -> list[object]:
    if not told:
        return [(f"{file}: nothing found", GOOD)]
    counts = {level: sum(one.level == level for one in told) for level in ("error", "warning")}
    parts = [f"{count} {level}{'s' * (count > 1)}" for level, count in counts.items() if count]
    return [", ".join(parts)]


def everything_about(file: Path, today: date) -> Iterator[Told]:
    """Errors; what only looks wrong is looked for when there are none."""
    try:
        config, document = read_with_lines(file, today)
    except ConfigError as error:
        yield from map(_error, error.problems)
    else:
        yield from _warnings(file, config, document, today)


def _error(problem: str) -> Told:
    match = _PROBLEM.fullmatch(problem)
    if match is None:
        file, _, message = problem.partition(": ")
        return Told("error", INVALID, file, None, "", message, "")
    field = match["field"] or ""
    return Told("error", INVALID, match["file"], int(match["line"]), field, match["message"], "")


def lines_about(file: Path, config: Config, document: Document) -> Iterator[str]:
    """What only looks wrong, one line each."""
    yield from map(str, _warnings(file, config, document, datetime.now(UTC).date()))


def _warnings(file: Path, config: Config, document: Document, today: date) -> Iterator[Told]:
    """In the order of the file, and then of its tables."""
    rows: dict[str, list[int]] = {}
    found = []
    for finding in findings(config, today):
        code, place, message, advice, row = finding
        name, line, field = str(file), document.line(place), ".".join(map(str, place))
        if row:
            table = config.tables[str(place[1])].file
            lines = rows.get(table) or rows.setdefault(table, lines_of_rows(file.parent, table))
            name, line, field = str(file.parent / table), lines[row - 1], ""
        found.append(Told("warning", code, name, line, field, message, advice))
    yield from sorted(
        dict.fromkeys(found), key=lambda one: (one.file != str(file), one.file, one.line or 0)
    )
