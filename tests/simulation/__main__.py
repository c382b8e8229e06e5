"""`make simulate`: any number of hostile days, on all cores.

make simulate SEEDS=10000         # the days of the seeds 1 to 10,000
make simulate SEEDS=500 FROM=9001
make simulate SEED=4711           # one day, with its story
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

AT_ONCE = 10
ALONE = {
    "AWS_ACCESS_KEY_ID": "000000000000",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
}


def main() -> int:
    """Play them; exit code 1 when a promise was broken."""
    os.environ.update(ALONE)
    if one := os.environ.get("SEED"):
        return _one(int(one))
    first, count = int(os.environ.get("FROM") or 1), int(os.environ.get("SEEDS") or 500)
    return _many(first, count)


def _one(seed: int) -> int:
    from tests.simulation.days import play

    day = play(seed, whole=True)
    say = Console(highlight=False, markup=False, soft_wrap=True).print
    say("\n".join(day.story))
    say(f"\nseed {seed}: {day.leads} leads, {day.calls:,} calls to AWS, {day.lived:,.0f} s")
    say(", ".join(f"{count} × {fate}" for fate, count in sorted(day.faults.items())))
    say(day.problem or "every promise was kept")
    return 1 if day.problem else 0


def _many(first: int, count: int) -> int:
    out = Console(highlight=False, markup=False, soft_wrap=True)
    faults: Counter[str] = Counter()
    total: Counter[str] = Counter()
    began = time.monotonic()
    columns = (
        TextColumn("hostile days"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=out) as progress, ProcessPoolExecutor(os.cpu_count()) as pool:
        bar = progress.add_task("", total=count, rate="")
        for days in pool.map(_play, _portions(first, count)):
            for day in days:
                faults.update(day.faults)
                total += Counter(days=1, leads=day.leads, calls=day.calls, writes=day.writes)
                total["seconds"] += int(day.lived)
                if day.problem:
                    total["broken"] += 1
                    out.print(f"seed {day.seed}: {day.problem}", style="bold red")
            rate = f"{total['days'] / (time.monotonic() - began):.1f} a second"
            progress.update(bar, completed=total["days"], rate=rate)
            if not out.is_terminal and total["days"] % 500 == 0:
                out.print(f"{total['days']:,} days, {total['broken']} broken, {rate}")
    _sum_up(out, f"the seeds {first} to {first + count - 1}", total, faults, began)
    return 1 if total["broken"] else 0


def _sum_up(
    out: Console, which: str, total: Counter[str], faults: Counter[str], began: float
) -> None:
    took = (time.monotonic() - began) / 60
    out.print(
        f"{total['days']:,} hostile days, of {which}: {total['broken']} broke a promise.\n"
        f"{total['leads']:,} leads, {total['calls']:,} calls to AWS, {total['writes']:,} writes,"
        f" each looked at; {total['seconds'] / 86400:,.0f} days of simulated time"
        f" in {took:.1f} minutes. What was met:"
    )
    for fate, met in sorted(faults.items()):
        out.print(f"  {met:>9,} × {fate}")
    if total["broken"]:
        out.print("Read one: make simulate SEED=…; then keep it: tests/simulation/kept_seeds.txt")


def _portions(first: int, count: int) -> Iterator[range]:
    for start in range(first, first + count, AT_ONCE):
        yield range(start, min(start + AT_ONCE, first + count))


def _play(seeds: range) -> list[Any]:
    from tests.simulation.days import play

    return [play(seed) for seed in seeds]


if __name__ == "__main__":
    sys.exit(main())
