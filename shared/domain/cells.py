"""What a table's cell asks of its field.

(empty)               anything, or nothing
SE                    is this
112*                  begins with this
10..49, 50.., ..9     is a number in this range, both ends included
@example.com          is an address of this domain, or of one below it
SE|NO|11*             is any of these
"""

from decimal import Decimal
from typing import NamedTuple

from shared.domain.by_identity import by_identity
from shared.domain.facts import Facts, bare
from shared.domain.index import Index
from shared.domain.matching import (
    Keys,
    Range,
    Test,
    any_of,
    is_between,
    is_of_domain,
    is_one_of,
    starts_with,
)
from shared.domain.numbers import number_of
from shared.domain.spelling import fold
from shared.domain.tables import Table

MOST_TABLES = 16  # kept ready in one process

_SPECIAL = frozenset("|.*@")  # a cell without any of these asks for its text


class Cell(NamedTuple):
    """What is asked; any of it is enough."""

    values: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    ranges: frozenset[Range] = frozenset()


class TableIndex:
    """A table's rows, ready to be asked. A row is looked into when a lead comes to it."""

    def __init__(self, table: Table) -> None:
        self._columns = [fold(column) for column in table.columns]
        self._cells = table.cells()
        self._tests: dict[tuple[str, str], Test] = {}
        known: list[dict[str, Keys]] = [{} for _ in table.columns]
        choices = []
        for cells in self._cells:
            row = []
            for field, keys, cell in zip(self._columns, known, cells, strict=False):
                if cell:
                    if cell not in keys:
                        keys[cell] = keys_of(field, cell)
                    row.append(keys[cell])
            choices.append(row)
        self._index = Index(choices, self._fits)

    def find(self, facts: Facts) -> tuple[int, str] | None:
        """The number of the first row that fits a lead, from 1, and its pool; None: none fits."""
        row = next(self._index.fitting(facts), None)
        return None if row is None else (row + 1, self._cells[row][-1])

    def _fits(self, row: int, facts: Facts) -> bool:
        cells = zip(self._columns, self._cells[row], strict=False)  # the pool is asked nothing
        return all(self._test(field, cell).fits(facts) for field, cell in cells if cell)

    def _test(self, field: str, cell: str) -> Test:
        known = self._tests.get((field, cell))
        if known is None:
            known = self._tests[field, cell] = test_of(field, cell)
        return known


@by_identity(MOST_TABLES)
def indexed(table: Table) -> TableIndex:
    """A table, ready to be asked."""
    return TableIndex(table)


def keys_of(field: str, cell: str) -> Keys:
    """The keys of the cell's test; of the plain cells, which are most, told sooner."""
    text = cell.strip().casefold()
    if _SPECIAL.isdisjoint(text):
        return ((field, "is", text),)
    if text.endswith("*") and _SPECIAL.isdisjoint(text[:-1]):
        return ((field, "starts", bare(field, text[:-1])),)
    return test_of(field, cell).keys or ()


def test_of(field: str, cell: str) -> Test:
    """A cell that is not empty, as a condition on its field; ValueError as `read_cell`."""
    asked = read_cell(cell)
    tests = [is_between(field, wanted) for wanted in sorted(asked.ranges, key=str)]
    if asked.values:
        tests.append(is_one_of(field, asked.values))
    if asked.prefixes:
        tests.append(starts_with(field, asked.prefixes))
    if asked.domains:
        tests.append(is_of_domain(field, asked.domains))
    return tests[0] if len(tests) == 1 else any_of([(test,) for test in tests])


def read_cell(cell: str) -> Cell:
    """What a cell asks; ValueError says why it cannot be read."""
    if not cell.isprintable():
        raise ValueError("it must stand on one line, without tabs")
    said: tuple[set[str], set[str], set[str], set[Range]] = set(), set(), set(), set()
    values, prefixes, domains, ranges = said
    for part in cell.casefold().split("|"):
        text = part.strip()
        if not text:
            raise ValueError("there is nothing between two |, or before or after one")
        if ".." in text:
            ranges.add(_range(text))
        elif "*" in text:
            prefixes.add(_prefix(text))
        elif text.startswith("@"):
            domains.add(_domain(text))
        else:
            values.add(text)
    return Cell(*(frozenset(each) for each in said))  # type: ignore[arg-type]


def _range(text: str) -> Range:
    start, _, end = text.partition("..")
    low, high = _end(start.strip()), _end(end.strip())
    if low is None and high is None:
        raise ValueError("a range needs a number at one end at least, as in 10..49")
    if low is not None and high is not None and low > high:
        raise ValueError("the range ends before it begins")
    return Range(low, high)


def _end(text: str) -> Decimal | None:
    if not text:
        return None
    number = number_of(text)
    if number is None:
        raise ValueError("write a range of numbers as 10..49, 50.. or ..9")
    return number


def _prefix(text: str) -> str:
    if text.index("*") != len(text) - 1 or text == "*":
        raise ValueError("a * stands for any end: 112*; an empty cell for anything at all")
    return text[:-1]


def _domain(text: str) -> str:
    domain = text[1:]
    if not domain or "@" in domain or " " in domain:
        raise ValueError("write a domain as @example.com")
    return domain
