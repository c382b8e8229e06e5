"""`make cost`: count a lead's way through the functions, price it, and put it into the pages.

python -m tests.bench.bill          count anew; the processor's time as it was last measured
python -m tests.bench.bill --time   measure the processor's time too (half a minute)
"""

import logging
import os
import sys
from typing import Any

os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"

from rich.console import Console

from infra.local.aws import act_locally
from tests import inside
from tests.bench import pages, walk
from tests.bench.cloud import cloud
from tests.bench.figures import machine, today
from tests.bench.pages import as_json

TIMES = 5  # of which the median is kept


def main(wanted: list[str]) -> int:
    """Count, keep, render and print."""
    if unknown := set(wanted) - {"--time"}:
        sys.stderr.write(f"there is no {', '.join(sorted(unknown))}; there is --time\n")
        return 2
    act_locally()
    logging.basicConfig(handlers=[logging.NullHandler()])  # what the emulator says is no figure
    path = pages.FIGURES / "cost.json"
    before = pages.data("cost") if path.exists() else {}
    held = {**before, "counted": today(), "batches": list(walk.BATCHES)}
    counted = counts_now()
    if "--time" in wanted or set(counted) != set(before.get("ways", {})):
        held |= {"measured": today(), "machine": machine()}
        times = processor()
    else:
        times = {key: way["processor_ms"] for key, way in before["ways"].items()}
    held["ways"] = {key: {**way, "processor_ms": times[key]} for key, way in counted.items()}
    path.parent.mkdir(exist_ok=True)
    path.write_text(as_json(held), "utf-8")
    pages.write()
    console = Console(highlight=False, markup=False)
    for table in (pages.cost_by_component, pages.cost_by_step, pages.cost_more, pages.cost_stamp):
        console.print(table(), soft_wrap=True)
        console.print()
    return 0


def counts_now() -> dict[str, Any]:
    """What the code costs as it is, by door and by how many leads go together."""
    inside.install()
    return {
        f"{door}/{leads}": walk.counted(inside.ADDRESS, door, leads)
        for door in walk.DOORS
        for leads in walk.BATCHES
    }


def processor() -> dict[str, Any]:
    """The processor's milliseconds, with a table that is in another process."""
    with cloud() as address:
        return {
            f"{door}/{leads}": walk.processor_milliseconds(
                address, door, leads, TIMES if leads == 1 else 1
            )
            for door in walk.DOORS
            for leads in walk.BATCHES
        }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
