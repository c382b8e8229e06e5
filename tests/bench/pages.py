"""The blocks of README.md and docs/ that are made from docs/figures/*.json.

    python -m tests.bench.pages        put them into the pages

A block stands between `<!-- made: name -->` and `<!-- /made: name -->`; what is between is never
written by hand. `tests/bench/test_pages.py` fails when a page is behind its data.
"""

import json
import re
import sys
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from tests.bench import dollars
from tests.bench.dollars import COMPONENTS, MILLION, ONCE_NEGLECTED, TO_ACCEPTANCE

ROOT = Path(__file__).parents[2]
FIGURES = ROOT / "docs" / "figures"
NAMES = {
    "form": "a form's lead",
    "partner": "a partner's lead, with two caps",
    "hook": "a hook's lead",
}


IN_SHORT = (
    "assignment of one lead (",
    "assignment in batches of 85",
    "accept of one lead",
    "a sweep, nothing due",
    "one router ÷ one naive router",
    "8 routers ÷ 8 naive routers",
    "POST to owner, p50",
    "assigned to the mail about it",
)
"""What the README shows of the benchmark, by how its lines begin."""


def as_json(value: Any) -> str:
    """A data file's text."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def data(name: str) -> dict[str, Any]:
    """What one data file holds."""
    held: dict[str, Any] = json.loads((FIGURES / f"{name}.json").read_text("utf-8"))
    return held


# ── Cost ─────────────────────────────────────────────────────────────────────────────────────────


def cost_in_short() -> str:
    """The README's: a million leads, and what others charge for them."""
    held = data("cost")
    rows = [
        [NAMES[door], *(_whole(_million(_way(held, door, leads))) for leads in held["batches"])]
        for door in NAMES
    ]
    compared = dollars.prices()["compared"]
    others = compared["transaction"]["dollars"] * MILLION
    mail = _cents(dollars.of_way(_way(held, "form", 1), TO_ACCEPTANCE)["mail"] * MILLION)
    head = ["a million leads, from the POST to the rep's acceptance", "one by one", "25 at a time"]
    return (
        f"{_table(head, rows)}\n\n"
        f"Prices of AWS as of {dollars.prices()['as_of']}; the mail that each lead's rep gets is"
        f" ${mail} a million more. Lead Prosper\ncharges ${others:,.0f} for a million transactions."
        " [What it is made of](docs/cost.md); `make cost` counts it."
    )


def cost_by_component() -> str:
    """What a million leads cost by component, each door one by one and 25 at a time."""
    held = data("cost")
    ways = [(door, leads) for door in NAMES for leads in held["batches"]]
    bills = [dollars.of_way(_way(held, *way), TO_ACCEPTANCE) for way in ways]
    head = ["$ a million leads", *(f"{door}, {_together(leads)}" for door, leads in ways)]
    rows = [
        [title, *(_cents(bill[name] * MILLION) for bill in bills)]
        for name, title in COMPONENTS.items()
        if any(bill[name] for bill in bills)
    ]
    rows.append(["**together**", *(f"**{_million(_way(held, *way))}**" for way in ways)])
    rows.append(["the mail", *(_cents(bill["mail"] * MILLION) for bill in bills)])
    return _table(head, rows)


def cost_by_step() -> str:
    """What each step costs a million times, for a form's lead."""
    held = data("cost")
    head = ["$ a million times", "writes", "reads", "Lambda", "the rest", "together", "mail"]
    rows = []
    for leads in held["batches"]:
        for step in (*TO_ACCEPTANCE, "reminder", "reclaim", "idle sweep"):
            if step == "idle sweep" and leads != 1:
                continue
            bill = dollars.of_way(_way(held, "form", leads), (step,))
            rest = {"requests", "events", "logs", "traces", "out", "other"}
            parts = (("writes",), ("reads",), ("runs", "time"), rest, COMPONENTS, ("mail",))
            sums = [sum((bill[name] for name in part), Decimal(0)) for part in parts]
            title = step if step == "idle sweep" else f"{step}, {_together(leads)}"
            rows.append([title, *(_cents(each * MILLION) for each in sums)])
    return _table(head, rows)


def cost_counts() -> str:
    """What was counted: per lead, at each step, for every door."""
    held = data("cost")
    head = ["per lead", "write units", "read units", "calls", "runs", "requests", "events", "log"]
    rows = []
    for key, way in held["ways"].items():
        door, leads = key.split("/")
        for step in (*TO_ACCEPTANCE, "reminder", "reclaim"):
            counts = way["steps"][step]
            calls = sum(sum(made.values()) for made in counts.get("calls", {}).values())
            numbers = (
                counts.get("write_units", 0),
                counts.get("read_units", 0),
                calls,
                sum(counts.get("runs", {}).values()),
                counts.get("requests", 0),
                counts.get("events", 0),
            )
            cells = [_number(Decimal(str(number)) / way["leads"]) for number in numbers]
            log = _number(Decimal(counts.get("log_bytes", 0)) / way["leads"], 0)
            rows.append([f"{door}, {_together(int(leads))}: {step}", *cells, f"{log} bytes"])
    return _table(head, rows)


def cost_more() -> str:
    """What does not come with a lead's first way."""
    held = data("cost")
    way = _way(held, "form", 1)
    month = dollars.of_month(way)
    total = sum(month.values(), Decimal(0))
    neglected = dollars.without_mail(dollars.of_way(way, ONCE_NEGLECTED))
    doubled = dollars.of_way(way, TO_ACCEPTANCE, Decimal(2))
    more = dollars.without_mail(doubled) - dollars.without_mail(dollars.of_way(way, TO_ACCEPTANCE))
    year = dollars.of_lead_year(way)
    kept = Decimal(way["bytes_kept_a_year"]) / 1000
    rows = [
        ["a stack in which no lead comes, a month", f"${_cents(total)}"],
        *([f"… of it {what}", f"${_cents(each)}"] for what, each in month.items() if each),
        [
            f"a million leads kept for a year, {_number(kept)} KB each, and a copy to go back to",
            f"${_cents(year * MILLION)}",
        ],
        [
            "a million leads reminded twice, taken back and given to another",
            f"${_cents(neglected * MILLION)}",
        ],
        ["if every service took twice as long to answer", f"${_cents(more * MILLION)} a million"],
    ]
    return _table(["beside that", "costs"], rows)


def cost_compared() -> str:
    """Beside what others charge, at three sizes."""
    held = data("cost")
    way = _way(held, "partner", 1)
    each = dollars.of_way(way, TO_ACCEPTANCE)
    lead = sum(each.values(), Decimal(0)) + dollars.of_lead_year(way)
    fixed = sum(dollars.of_month(way).values(), Decimal(0))
    compared = dollars.prices()["compared"]
    transaction, seat = (compared[name]["dollars"] for name in ("transaction", "seat"))
    rows = [
        [
            f"{leads:,} leads, {seats} reps",
            f"${_cents(fixed + lead * leads)}",
            f"${transaction * leads:,.2f}",
            f"${seat * seats:,.2f}",
        ]
        for leads, seats in ((1_000, 5), (30_000, 20), (1_000_000, 200))
    ]
    head = [
        "a month",
        "leadwheel: AWS's bill, mails included",
        f"${transaction} a transaction",
        f"${seat:.0f} a seat",
    ]
    return _table(head, rows)


def cost_stamp() -> str:
    """Of when the counts and the times are."""
    held = data("cost")
    return (
        f"Counted on {held['counted']}; the processor's time measured on {held['measured']} on"
        f" {held['machine']}. Prices as of\n{dollars.prices()['as_of']}, in"
        f" {dollars.prices()['region']}."
    )


def cost_prices() -> str:
    """The table of prices."""
    rows = [
        [
            entry["what"],
            f"${entry['dollars']:f}",
            f"{entry['per']:,}",
            f"[{_site(entry)}]({entry['source']})",
        ]
        for entry in dollars.prices()["price"].values()
    ]
    return _table(["what", "price", "for", "source"], rows)


def _site(entry: dict[str, Any]) -> str:
    return str(entry["source"].removeprefix("https://aws.amazon.com/").partition("/")[0])


def _way(held: dict[str, Any], door: str, leads: int) -> dict[str, Any]:
    way: dict[str, Any] = held["ways"][f"{door}/{leads}"]
    return way


def _million(way: dict[str, Any]) -> str:
    return _cents(dollars.without_mail(dollars.of_way(way, TO_ACCEPTANCE)) * MILLION)


def _whole(cents: str) -> str:
    return f"${cents}"


def _together(leads: int) -> str:
    return "one by one" if leads == 1 else f"by {leads}"


# ── Measurements ─────────────────────────────────────────────────────────────────────────────────


def bench() -> str:
    """The last whole run of `make bench`."""
    held = data("bench")
    lines = []
    for part, figures in held["parts"].items():
        lines += ["", part] if lines else [part]
        lines += [_figure_line(figure) for figure in figures]
    body = "\n".join(lines)
    return f"Of {held['measured']}, on {held['machine']}.\n\n```text\n{body}\n```"


def _figure_line(figure: dict[str, str]) -> str:
    met = figure["met"]
    return (
        f"  {figure['what']:<59}{figure['measured']:>17}{figure['bound']:>11}{met:>5}"
        f"  {figure['made_of']}"
    ).rstrip()


def bench_in_short() -> str:
    """The README's: what counts to whoever chooses, out of the last whole run."""
    figures = [figure for part in data("bench")["parts"].values() for figure in part]
    rows = [
        [figure["what"], figure["measured"], figure["bound"], figure["made_of"].partition(";")[0]]
        for figure in figures
        if figure["what"].startswith(IN_SHORT) and figure["bound"]
    ]
    return _table(["measured", "is", "bound", "of"], rows)


def packages() -> str:
    """What is packed for each function, and what loading it takes."""
    held = data("packages")
    rows = [
        [
            name,
            *(_megabytes(function, part) for part in ("unpacked", "zipped")),
            f"{function['milliseconds']} ms",
            f"{function['ratio']:.2f} ×",
            f"{function['modules']}",
        ]
        for name, function in held["functions"].items()
    ]
    head = ["function", "unpacked", "zipped", "loaded", "÷ boto3 with one client", "modules"]
    return f"Of {held['measured']}, on {held['machine']}.\n\n{_table(head, rows)}"


def _megabytes(function: dict[str, Any], part: str) -> str:
    return f"{function[part] / 1_000_000:.1f} MB" if part in function else ""


def imports() -> str:
    """The packages that take most of a function's loading, and those that are largest."""
    rows = [
        [
            name,
            ", ".join(f"{package} {share}" for package, share in function["largest"].items()),
            ", ".join(
                f"{part} {size / 1_000_000:.1f}"
                for part, size in list(function.get("parts", {}).items())[:5]
            ),
        ]
        for name, function in data("packages")["functions"].items()
    ]
    return _table(["function", "loading, percent", "unpacked, MB"], rows).replace("---:", "---")


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────

BLOCKS: dict[str, Callable[[], str]] = {
    "cost in short": cost_in_short,
    "cost by component": cost_by_component,
    "cost by step": cost_by_step,
    "cost beside that": cost_more,
    "cost compared": cost_compared,
    "cost counts": cost_counts,
    "cost stamp": cost_stamp,
    "prices": cost_prices,
    "packages": packages,
    "imports": imports,
    "bench": bench,
    "bench in short": bench_in_short,
}
PAGES = ("README.md", "docs/cost.md", "docs/bench.md", "docs/cold-start.md")
_BLOCK = re.compile(r"(<!-- made: ([\w ]+) -->).*?(<!-- /made: \2 -->)", re.DOTALL)


def rendered(page: str) -> str:
    """A page's text with its blocks as the data has them."""

    def fresh(block: re.Match[str]) -> str:
        return f"{block[1]}\n{BLOCKS[block[2]]()}\n{block[3]}"

    return _BLOCK.sub(fresh, page)


def write() -> None:
    """Put the blocks into all pages."""
    for name in PAGES:
        path = ROOT / name
        text = path.read_text("utf-8")
        if (fresh := rendered(text)) != text:
            path.write_text(fresh, "utf-8")
            sys.stderr.write(f"{name} is as its data now\n")


def _table(head: list[str], rows: list[list[str]]) -> str:
    rules = ["---", *(["---:"] * (len(head) - 1))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rules, *rows))


def _cents(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def _number(value: Decimal, places: int = 2) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{rounded.normalize():,f}"


if __name__ == "__main__":
    write()
