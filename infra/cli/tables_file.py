"""The CSV files of data tables: read, checked whole, and every problem told with its line."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from infra.cli.beside import UnreadableError, not_utf8, text_beside
from infra.cli.readable import mapping
from infra.cli.yaml_file import Place
from shared.domain.cells import Cell, read_cell
from shared.domain.tables import MOST_ROWS

MAX_BYTES = 20_000_000
MOST_CHARACTERS = 200  # of a field's name
MOST_TOLD = 100  # problems of one file

POOL = "pool"

_READ = {"columns", "rows"}  # what is read here, and nobody writes


class Problem(NamedTuple):
    """What is wrong in a file, and on which line; the column, where it is one."""

    line: int
    message: str
    column: str = ""


class Findings(NamedTuple):
    """What is wrong: at places of the configuration, and in lines about the files themselves."""

    places: list[tuple[Place, str]]
    lines: list[str]


def read_tables(document: object, folder: Path) -> Findings:
    """Fill in `columns` and `rows` of all tables from their files, which lie in `folder`."""
    found = Findings([], [])
    for table_id, said in mapping(mapping(document).get("tables")).items():
        if not isinstance(said, dict):
            continue  # `Config` says so
        place: Place = ("tables", table_id)
        for key in _READ & said.keys():
            del said[key]
            found.places.append(((*place, key), "is read from the file; leave it out"))
        name = said.get("file")
        if not isinstance(name, str) or not name:
            continue  # likewise
        try:
            text = text_beside(folder, name, MAX_BYTES)
        except UnreadableError as error:
            found.places.append(((*place, "file"), str(error)))
        except UnicodeDecodeError as error:
            found.lines.append(not_utf8(folder / name, error))
        else:
            columns, rows, problems = table_of(text, _pools(mapping(document)))
            # Of rows that are told here, `Config` has no need to tell as well.
            said.update({"columns": columns, "rows": "" if problems else rows})
            found.lines.extend(_told(problems, folder / name))
    return found


def _pools(document: Mapping[str, Any]) -> frozenset[str] | None:
    """The ids of all pools; None when they cannot be read, which is told already."""
    pools = document.get("pools")
    return frozenset(pools) if isinstance(pools, dict) else None


def lines_of_rows(folder: Path, name: str) -> list[int]:
    """The lines on which the rows of a file begin that could be read."""
    lines = _lines(text_beside(folder, name, MAX_BYTES))
    next(lines, None)
    return [line for line, _ in lines]


def _told(problems: Sequence[Problem], file: Path) -> Iterator[str]:
    for line, message, column in problems[:MOST_TOLD]:
        yield f"{file}:{line}: {column}: {message}" if column else f"{file}:{line}: {message}"
    if len(problems) > MOST_TOLD:
        yield f"{file}: and {len(problems) - MOST_TOLD} more problems"


# ── A file ───────────────────────────────────────────────────────────────────────────────────────


def table_of(text: str, pools: frozenset[str] | None) -> tuple[list[str], str, list[Problem]]:
    """The fields that a table asks, its rows as they are stored, and every problem.

    `pools` are those that there are; None: nobody knows.
    """
    lines = _lines(text)
    try:
        line, header = next(lines, (1, []))
        columns = [cell.strip() for cell in header]
        if problems := list(_header_problems(line, columns)):
            return [], "", problems
    except _CsvError as error:
        return [], "", [error.problem]
    return _rows(lines, columns[:-1], pools)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that has anything in it, after the line on which it begins."""
    header = text.lstrip("\r\n").partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _CsvError(Problem(line, f"is no valid CSV: {error}")) from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


class _CsvError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _header_problems(line: int, columns: Sequence[str]) -> Iterator[Problem]:
    if not columns:
        yield Problem(line, f"is empty; its first line names the fields, and {POOL} at the end")
        return
    for number, column in enumerate(columns):
        if not column:
            yield Problem(line, f"column {number + 1} of the first line has no name")
        elif len(column) > MOST_CHARACTERS or not column.isprintable():
            yield Problem(line, f"column {number + 1} has a name that no field has")
        elif column in columns[:number]:
            yield Problem(line, "is a column already", column)
    if POOL not in columns:
        yield Problem(line, f"has no column {POOL}; the first line names it at the end")
    elif columns[-1] != POOL:
        yield Problem(line, "must be the last column", POOL)
    elif len(columns) == 1:
        yield Problem(line, f"names no field; put those that decide before {POOL}")


def _rows(
    lines: Iterator[tuple[int, list[str]]], columns: list[str], pools: frozenset[str] | None
) -> tuple[list[str], str, list[Problem]]:
    checks = _Checks(columns, pools)
    rows: list[str] = []
    try:
        for line, cells in lines:
            if len(rows) == MOST_ROWS:
                message = f"has more than {MOST_ROWS} rows; make several tables of it"
                checks.problems.append(Problem(line, message))
                break
            plain = [cell.strip() for cell in cells]
            checks.check(line, plain)
            rows.append("\t".join(plain))
    except _CsvError as error:
        checks.problems.append(error.problem)
    if not rows and not checks.problems:
        checks.problems.append(Problem(1, "has no rows below its first line"))
    return columns, "\n".join(rows), checks.problems


class _Checks:
    """Looks at one row after the other."""

    def __init__(self, columns: Sequence[str], pools: frozenset[str] | None) -> None:
        self.problems: list[Problem] = []
        self._columns = columns
        self._pools = pools
        self._read: dict[str, Cell | None] = {"": Cell()}
        self._seen: dict[tuple[Cell, ...], int] = {}

    def check(self, line: int, cells: Sequence[str]) -> None:
        """Note what is wrong with a row."""
        if len(cells) != len(self._columns) + 1:
            message = f"has {len(cells)} cells; the first line has {len(self._columns) + 1}"
            self.problems.append(Problem(line, message))
            return
        *conditions, pool = cells
        if not pool:
            self.problems.append(Problem(line, "is missing", POOL))
        elif self._pools is not None and pool not in self._pools:
            message = f"there is no pool {pool!r} under pools"
            self.problems.append(Problem(line, message, POOL))
        asked = [
            self._cell(line, column, cell)
            for column, cell in zip(self._columns, conditions, strict=True)
        ]
        whole = [cell for cell in asked if cell is not None]
        if len(whole) == len(asked):
            self._compare(line, tuple(whole))

    def _cell(self, line: int, column: str, cell: str) -> Cell | None:
        """What a cell asks; None, and a problem, when it cannot be read."""
        try:
            if cell not in self._read:
                self._read[cell] = read_cell(cell)
        except ValueError as error:
            self.problems.append(Problem(line, f"{cell!r} cannot be read: {error}", column))
            return None
        return self._read[cell]

    def _compare(self, line: int, asked: tuple[Cell, ...]) -> None:
        """The first row that fits wins, so that some can never be it."""
        everything = self._seen.get((Cell(),) * len(asked))
        first = self._seen.setdefault(asked, line)
        if first != line:
            self.problems.append(Problem(line, f"asks the same as line {first}, which is first"))
        elif everything is not None:
            message = f"never fits: line {everything} asks nothing, so it takes every lead before"
            self.problems.append(Problem(line, message))
