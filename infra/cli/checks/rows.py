"""Rows of data tables: those that are never reached, and pairs of which only the order decides.

Tables are large, so rows are not compared with each other: examples of each are looked up, and rows
that ask for the same things are matched by what they ask for.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations, islice, product

from infra.cli.checks.finding import Finding
from shared.domain.cells import Cell, indexed, read_cell
from shared.domain.conditions import Subject
from shared.domain.config import Config
from shared.domain.facts import Facts, bare
from shared.domain.matching import Range
from shared.domain.tables import Table

MOST_TOLD = 20  # of one table, of each kind
ENOUGH = 10 * MOST_TOLD  # found; of one row there may be several
MOST_EXAMPLES = 150_000  # looked up in one table
MOST_OF_A_ROW = 8  # examples
MOST_SHAPES = 24  # kinds of rows, by which of their cells are empty

_Pair = tuple[int, int, dict[str, str]]  # two rows, counted from 0, and a lead for both


def findings(config: Config) -> Iterator[Finding]:
    """Unreachable rows, and rows that overlap and lead to different pools."""
    for table_id, table in config.tables.items():
        yield from _Rows(table_id, table).findings()


class _Rows:
    """The rows of one table."""

    def __init__(self, table_id: str, table: Table) -> None:
        self._place = ("tables", table_id)
        self._table = table
        self._cells = table.cells()
        self._read: dict[str, Cell] = {"": Cell()}

    def findings(self) -> Iterator[Finding]:
        """The first of each kind."""
        never: list[tuple[int, int]] = []
        pairs: dict[tuple[int, int], dict[str, str]] = {}
        for first, second, lead in self._taken_examples():
            if max(len(never), len(pairs)) > ENOUGH:
                break
            if self._asks_less(first, second):
                never.append((first, second))
            elif self._differ(first, second):
                pairs.setdefault((first, second), lead)
        unreached = {second for _, second in never}
        for first, second, lead in self._crossing():
            if second not in unreached and self._first(lead) == first:
                pairs.setdefault((first, second), lead)
        yield from self._told(self._unreachable(*pair) for pair in dict.fromkeys(never))
        yield from self._told(
            self._overlap(first, second, lead)
            for (first, second), lead in sorted(pairs.items(), key=lambda pair: pair[0][::-1])
            if second not in unreached
        )

    def _told(self, found: Iterator[Finding]) -> Iterator[Finding]:
        yield from islice(found, MOST_TOLD)
        if one_more := next(found, None):
            message = f"and there are more than {MOST_TOLD} such rows"
            yield one_more._replace(message=message, row=0)

    def _unreachable(self, first: int, second: int) -> Finding:
        return Finding(
            "unreachable-row",
            self._place,
            f"never fits: row {first + 1} above it fits every such lead",
            "put the row that asks for more first, or leave it out",
            second + 1,
        )

    def _overlap(self, first: int, second: int, lead: Mapping[str, str]) -> Finding:
        said = ", ".join(f"{field}: {text}" for field, text in sorted(lead.items()))
        to, instead = self._cells[first][-1], self._cells[second][-1]
        return Finding(
            "overlapping-rows",
            self._place,
            f"fits a lead such as {{{said}}}, and so does row {first + 1}, which stands first;"
            f" it goes to {to}, not to {instead}",
            "add a row above both for what both fit",
            second + 1,
        )

    def _differ(self, first: int, second: int) -> bool:
        return self._cells[first][-1] != self._cells[second][-1]

    # ── By looking up examples of each row ───────────────────────────────────────────────────────

    def _taken_examples(self) -> Iterator[_Pair]:
        """Examples of a row that come to an earlier one."""
        left = MOST_EXAMPLES
        for row in range(len(self._cells)):
            for lead in islice(self._examples(row), MOST_OF_A_ROW):
                if left == 0:
                    return
                left -= 1
                first = self._first(lead)
                if first is not None and first < row:
                    yield first, row, lead

    def _first(self, lead: Mapping[str, str]) -> int | None:
        """The row that a lead comes to."""
        source = f"{lead.get('source_kind', '')}#{lead.get('source', '')}"
        found = indexed(self._table).find(Facts(Subject(source, lead)))
        return None if found is None else found[0] - 1

    def _examples(self, row: int) -> Iterator[dict[str, str]]:
        """Leads that fit a row: one, and others that each differ from it in one field."""
        values = {
            field: list(_values(self._cell(cell)))
            for field, cell in zip(self._table.columns, self._cells[row], strict=False)
            if cell
        }
        first = {field: texts[0] for field, texts in values.items()}
        yield first
        for field, texts in values.items():
            for text in texts[1:]:
                yield {**first, field: text}

    def _asks_less(self, first: int, second: int) -> bool:
        """Whether a row surely fits whatever another fits."""
        return all(
            _includes(field, self._cell(wide), self._cell(narrow))
            for field, wide, narrow in zip(
                self._table.columns, self._cells[first], self._cells[second], strict=False
            )
        )

    def _cell(self, text: str) -> Cell:
        if text not in self._read:
            plain = text.isalnum()  # as most are; to read them all takes its time
            known = Cell(frozenset({text.casefold()})) if plain else read_cell(text)
            self._read[text] = known
        return self._read[text]

    # ── By what rows of different shapes ask for in common ───────────────────────────────────────

    def _crossing(self) -> Iterator[_Pair]:
        """Pairs of rows of which each asks for something that the other does not."""
        shapes: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for row, cells in enumerate(self._cells):
            shapes[tuple(n for n, cell in enumerate(cells[:-1]) if cell)].append(row)
        most = sorted(shapes, key=lambda shape: -len(shapes[shape]))[:MOST_SHAPES]
        for one, other in combinations(most, 2):
            if set(one) <= set(other) or set(other) <= set(one):
                continue
            common = [column for column in one if column in other]
            yield from islice(self._matched(common, shapes[one], shapes[other]), MOST_TOLD)

    def _matched(
        self, common: list[int], ones: Sequence[int], others: Sequence[int]
    ) -> Iterator[_Pair]:
        """Of each two rows with the same values in common columns, the first pair."""
        filed: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
        for row in ones:
            for values in self._plain(row, common):
                filed[values].setdefault(self._cells[row][-1], row)
        told: set[tuple[str, ...]] = set()
        for row in others:
            for values in self._plain(row, common):
                pools = filed.get(values, {})
                other = next((pools[pool] for pool in pools if pool != self._cells[row][-1]), None)
                if other is None or values in told:
                    continue
                told.add(values)
                yield self._pair(other, row, dict(zip(common, values, strict=True)))

    def _plain(self, row: int, columns: list[int]) -> Iterator[tuple[str, ...]]:
        """The plain values that a row asks for in some columns, each with each."""
        cells = (sorted(self._cell(self._cells[row][column]).values) for column in columns)
        return islice(product(*cells), MOST_OF_A_ROW)

    def _pair(self, one: int, other: int, values: Mapping[int, str]) -> _Pair:
        leads = [next(self._examples(row)) for row in (one, other)]
        common = {self._table.columns[column]: text for column, text in values.items()}
        return min(one, other), max(one, other), {**leads[0], **leads[1], **common}


def _values(cell: Cell) -> Iterator[str]:
    """Some values that a cell fits: of each thing that it asks for, and of a range both ends."""
    yield from sorted(cell.values)
    yield from sorted(cell.prefixes)
    yield from (f"ada@{domain}" for domain in sorted(cell.domains))
    for said in sorted(cell.ranges, key=str):
        ends = [end for end in (said.low, said.high) if end is not None]
        yield from (f"{end.normalize():f}" for end in ends)
        if said.high is None:
            yield f"{(said.low or Decimal(0)) * 2 + 1:f}"


def _includes(field: str, wide: Cell, narrow: Cell) -> bool:
    """Whether one cell surely fits whatever another fits."""
    if wide == Cell():
        return True
    if narrow == Cell():
        return False
    starts = tuple(bare(field, prefix) for prefix in wide.prefixes)
    return (
        all(
            value in wide.values or bare(field, value).startswith(starts) for value in narrow.values
        )
        and all(bare(field, prefix).startswith(starts) for prefix in narrow.prefixes)
        and all(_is_below(domain, wide.domains) for domain in narrow.domains)
        and all(any(_within(one, other) for other in wide.ranges) for one in narrow.ranges)
    )


def _is_below(domain: str, others: frozenset[str]) -> bool:
    return any(domain == other or domain.endswith(f".{other}") for other in others)


def _within(one: Range, other: Range) -> bool:
    low = other.low is None or (one.low is not None and one.low >= other.low)
    return low and (other.high is None or (one.high is not None and one.high <= other.high))
