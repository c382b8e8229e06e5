"""Every mechanism is needed: without it, a test falls."""

from collections import Counter

import pytest

from tests.mechanisms.page import PAGE, page
from tests.mechanisms.removing import run
from tests.mechanisms.rows import CHECKS, CONDITIONS, REVIEWED, UNCONDITIONAL, Row, rows
from tests.mechanisms.sites import functions_of, sites, unconditional

ROWS = {row.mechanism.name: row for row in rows()}
SECOND = {name: row for name, row in ROWS.items() if row.behind}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_it_falls(row: Row, cloud: str) -> None:
    """By what it asserts, or by an error of ours; never because a request is malformed."""
    out = [row.mechanism, *([row.behind] if row.behind else [])]
    runs, trace = run(row.test, *out)
    assert runs.count, f"{row.test} did not run: {runs.broke}"
    assert trace.taken, "it was never asked for"
    assert trace.malformed == []
    assert runs.fell, f"{row.test} passes without it; {runs.broke}"


@pytest.mark.parametrize("row", SECOND.values(), ids=SECOND)
def test_a_second_line_holds_alone(row: Row, cloud: str) -> None:
    runs, trace = run(row.test, row.mechanism)
    assert (runs.count > 0, runs.fell, runs.broke) == (True, [], [])
    assert trace.taken


def test_every_condition_of_the_store_has_a_row() -> None:
    """And every row is about one that is there. Add it to `rows`, with a test that falls."""
    assert set(sites()) == {one.written for one in CONDITIONS}


def test_every_other_write_of_the_store_has_its_reason() -> None:
    assert unconditional() == list(UNCONDITIONAL)


@pytest.mark.parametrize("module", REVIEWED)
def test_every_function_that_may_let_somebody_in_was_looked_through(module: str) -> None:
    checked = {one.function.removesuffix(".<lambda>") for one, *_ in CHECKS if one.module == module}
    assert checked | REVIEWED[module] == set(functions_of(module))


def test_rows_have_names_of_their_own() -> None:
    names = Counter(row.mechanism.name for row in rows())
    assert [name for name, count in names.items() if count > 1] == []


def test_the_page_is_what_the_rows_say() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.mechanisms"
