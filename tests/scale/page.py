"""The tables in docs/scale.md, from docs/figures/scale.json."""

import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from tests.bench import dollars, pages
from tests.bench.dollars import MEGABYTES_OF_A_CORE, TO_ACCEPTANCE
from tests.scale import contention
from tests.scale.contention import Result

PAGE = pages.ROOT / "docs" / "scale.md"
FIGURES = pages.FIGURES / "scale.json"
CROWDS = (1, 2, 4, 8, 16, 32, 64)
REFUSED = ("refused: another transaction was there", "refused: a condition")

Row = dict[str, Any]

# Part → the arguments of each of its rows, and what simulates one.
PARTS: dict[str, tuple[list[tuple[int, ...]], Callable[..., Result]]] = {
    "backlog": ([(crowd, 1600, 25) for crowd in CROWDS], contention.backlog_of_one_pool),
    "batches": ([(crowd, 1600, 100) for crowd in (1, 4, 16)], contention.backlog_of_one_pool),
    "arrivals": (
        [(10, 5, 4), (100, 5, 4), (200, 5, 4), (400, 5, 4), (100, 5, 16), (400, 5, 16)],
        contention.arrivals_at_one_pool,
    ),
    "scattered": (
        [(10, 5, 64), (30, 5, 64), (100, 5, 64), (100, 10, 64)],
        contention.arrivals_at_one_pool,
    ),
    "gathered": (
        [(100, 5, 4, 1), (100, 5, 16, 1), (400, 5, 16, 1), (100, 5, 64, 1)],
        contention.arrivals_at_one_pool,
    ),
    "shared": ([(crowd, 640, 25) for crowd in CROWDS], contention.pools_that_share_reps),
    "cap": ([(crowd, 10) for crowd in CROWDS], contention.posts_to_one_cap),
    "sweep": ([(500,)], contention.reminders_in_one_sweep),
}


def simulated(part: str, say: Callable[[str], Any]) -> list[Row]:
    """Each row of a part: its arguments, and what came of them."""
    rows = []
    cases, simulate = PARTS[part]
    for case in cases:
        say(f"{part} {case}")
        rows.append(row_of(case, simulate(*case)))
    return rows


def row_of(case: tuple[int, ...], result: Result) -> Row:
    """A row as it is kept."""
    return {"case": list(case), **asdict(result)}


def keep(part: str, rows: list[Row]) -> None:
    """Put a part's rows into the data file."""
    held = pages.data("scale") if FIGURES.exists() else {}
    FIGURES.write_text(pages.as_json({**held, part: rows}), "utf-8")


# ── Tables ───────────────────────────────────────────────────────────────────────────────────────


def _backlog() -> str:
    """A pool's backlog and more and more routers."""
    head = ["routers", "in batches of", "leads a second", "commits", "plans refused", "batons"]
    return _table(
        [*head, "half had waited", "the last had waited"],
        [
            [
                f"{row['case'][0]}",
                f"{row['case'][2]}",
                _rate(row),
                _count(row, "committed"),
                _refused(row),
                _count(row, "batons taken"),
                _seconds(row["median"]),
                _seconds(row["worst"]),
            ]
            for part in ("backlog", "batches")
            for row in pages.data("scale")[part]
        ],
    )


def _arrivals() -> str:
    """Leads that come at random moments, at random shards."""
    head = [
        "leads come, a second",
        "for",
        "shards",
        "window",
        "settled, a second",
        "leads a commit",
    ]
    more = ["plans refused, for each commit", "half waited", "the longest", "handed back"]
    return _table(
        [*head, *more],
        [
            [
                f"{row['case'][0]}",
                f"{row['case'][1]} s",
                f"{row['case'][2]}",
                f"{(*row['case'], 0)[3]} s",
                _rate(row),
                f"{row['done'] / row['counted']['committed']:.1f}",
                f"{int(_refused(row)) / row['counted']['committed']:.1f}",
                _seconds(row["median"]),
                _seconds(row["worst"]),
                _count(row, "leads handed back"),
            ]
            for part in ("arrivals", "scattered", "gathered")
            for row in pages.data("scale")[part]
        ],
    )


def _shared() -> str:
    """Pools that have the same reps."""
    head = ["pools, and routers", "leads a second", "commits", "plans refused", "the last waited"]
    return _table(
        head,
        [
            [
                f"{row['case'][0]}",
                _rate(row),
                _count(row, "committed"),
                _refused(row),
                _seconds(row["worst"]),
            ]
            for row in pages.data("scale")["shared"]
        ],
    )


def _cap() -> str:
    """Posts that count in one cap."""
    head = ["senders at once", "posts", "taken a second", "tries for each", "half waited"]
    return _table(
        [*head, "the longest", "answered 409", "answered 503"],
        [
            [
                f"{row['case'][0]}",
                f"{row['case'][0] * row['case'][1]}",
                _rate(row),
                f"{(row['counted']['committed'] + int(_refused(row))) / row['done']:.1f}",
                _seconds(row["median"]),
                _seconds(row["worst"]),
                _count(row, "answered 409"),
                _count(row, "answered 503"),
            ]
            for row in pages.data("scale")["cap"]
        ],
    )


def _shard() -> str:
    """What one shard's readers get through, by docs/figures/cost.json."""
    held = pages.data("cost")["ways"]
    rows = []
    for function in ("routing", "alerts"):
        for key in ("form/1", "form/25"):
            each = milliseconds(held[key], function)
            together = "one by one" if key == "form/1" else "25 at a time"
            rows.append([f"{function}, {together}", f"{each:.0f} ms", f"{1000 / each:,.0f}"])
    return _table(["one shard's", "for a lead", "leads a second"], rows)


def milliseconds(way: Row, function: str) -> float:
    """How long a function is busy with a lead until it is accepted: waiting, and its processor."""
    waits = dollars.prices()["waits"]
    share = float(min(1, dollars.deployed().memory[function] / MEGABYTES_OF_A_CORE))
    waited = computed = 0.0
    for step in TO_ACCEPTANCE:
        calls = way["steps"][step].get("calls", {}).get(function, {})
        waited += sum(float(waits[name]) * times for name, times in calls.items())
        computed += way["processor_ms"][step].get(function, 0.0)
    return waited / way["leads"] + computed / share


def _sweep() -> str:
    """What a sweep gets through."""
    (row,) = pages.data("scale")["sweep"]
    left = contention.SWEEP_LASTS - 8
    return (
        f"{row['done']} reminders that were due took a sweep {row['seconds']:.1f} simulated"
        f" seconds: {_rate(row)} a second, so about\n{int(left * row['done'] / row['seconds']):,}"
        f" in the {left:.0f} s that it has."
    )


BLOCKS: dict[str, Callable[[], str]] = {
    "scale backlog": _backlog,
    "scale arrivals": _arrivals,
    "scale shared": _shared,
    "scale cap": _cap,
    "scale shard": _shard,
    "scale sweep": _sweep,
}
_BLOCK = re.compile(r"(<!-- made: ([\w ]+) -->).*?(<!-- /made: \2 -->)", re.DOTALL)


def rendered(text: str) -> str:
    """The page with its blocks as the data has them."""
    return _BLOCK.sub(lambda block: f"{block[1]}\n{BLOCKS[block[2]]()}\n{block[3]}", text)


def write() -> None:
    """Put the blocks into the page."""
    if PAGE.exists():
        PAGE.write_text(rendered(PAGE.read_text("utf-8")), "utf-8")


def _table(head: list[str], rows: list[list[str]]) -> str:
    return pages._table(head, rows).replace("| --- |", "| ---: |", 1)


def _rate(row: Row) -> str:
    return f"{row['done'] / row['seconds']:,.0f}"


def _count(row: Row, what: str) -> str:
    return f"{row['counted'].get(what, 0):,}"


def _refused(row: Row) -> str:
    return f"{sum(row['counted'].get(what, 0) for what in REFUSED)}"


def _seconds(value: float) -> str:
    return f"{value:.2f} s"
