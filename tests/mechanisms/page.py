"""docs/mechanisms.md, made of the rows."""

from tests.mechanisms.removing import Condition
from tests.mechanisms.rows import UNCONDITIONAL, Row, rows
from tests.table import ROOT

PAGE = ROOT / "docs" / "mechanisms.md"

TEXT = """# Mechanisms

What keeps leadwheel's promises, piece by piece, and the proof that each piece is needed. The tests
of `tests/mechanisms` take every mechanism below out of the running program, one at a time, and run
the test beside it, which then fails by what it asserts. With the mechanism in place it passes.

Of a condition, a clause that must hold is not asked any more, a clause that lets somebody through
does not, or nothing is asked at all; the request stays well-formed. A check in code becomes what it
is for whoever passes it. {behind} rows are a second line: they fall together with what they name,
and hold where only one of the two is gone.

A condition in `shared/store` without a row here fails the tests, and so does one that reads
otherwise than here. `python -m tests.mechanisms` writes this page, from `tests/mechanisms/rows.py`.

```
.venv/bin/pytest -v tests/mechanisms
```

## Conditions of the table

`?` is a value. The function is one of `shared/store`.

| function, item, what is taken out | what it promises | test that falls |
|---|---|---|
{conditions}

## Checks in code

| function, what always passes | what it promises | test that falls |
|---|---|---|
{checks}

## Writes that ask nothing

Three functions of the store write whatever stands there. A fourth one fails the tests.

{unconditional}
"""


def page() -> str:
    """The whole page."""
    listed = list(rows())
    conditions = [row for row in listed if isinstance(row.mechanism, Condition)]
    checks = [row for row in listed if not isinstance(row.mechanism, Condition)]
    return TEXT.format(
        behind=sum(row.behind is not None for row in listed),
        conditions="\n".join(map(_line, conditions)),
        unconditional="\n".join(f"- `{name}`: {why}." for name, why in UNCONDITIONAL.items()),
        checks="\n".join(map(_line, checks)),
    )


def _line(row: Row) -> str:
    one = row.mechanism
    if isinstance(one, Condition):
        called = f"`{one.within}`, {one.of}: `{one.out}`"
    else:
        called = f"`{one.module.removeprefix('shared.')}.{one.function}`: `{one.code}`"
    called = called.replace("|", "\\|")
    behind = f" (second line, with `{row.behind.name}`)" if row.behind else ""
    file, _, test = row.test.partition("::")
    return f"| {called}{behind} | {row.promise} | `{test}` in `{file}` |"
