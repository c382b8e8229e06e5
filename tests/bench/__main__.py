"""`python -m tests.bench [part …]`: measure, print one table, exit 1 when a bound is not met.

A whole run also puts its figures into docs/bench.md.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from importlib import import_module

os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"

from rich.console import Console

from infra.local.aws import act_locally
from tests.bench import pages
from tests.bench.figures import Figure, as_table, machine, today

# Counting comes first: routers that have met others, as in the throughput part, may remember it and
# take precautions that cost units.
PARTS = ("cost", "planning", "throughput", "posting", "latency", "imports")

LONGEST = 600  # seconds for one part


def main(wanted: list[str]) -> int:
    """Measure these parts, or all of them; answers the exit code."""
    if unknown := set(wanted) - set(PARTS):
        sys.stderr.write(f"there is no {', '.join(sorted(unknown))}; parts: {', '.join(PARTS)}\n")
        return 2
    act_locally()
    progress = Console(stderr=True, highlight=False)
    parts = {}
    for part in [part for part in PARTS if part in wanted or not wanted]:
        began = time.monotonic()
        signal.alarm(LONGEST)  # what hangs ends here, and the emulator ends with us
        with progress.status(part) as status:
            parts[part] = _measure(part, _told(progress, status.update, part))
        progress.print(f"{part}: {time.monotonic() - began:.0f} s")
    _console().print(as_table(parts))
    if set(parts) == set(PARTS):
        _keep(parts)
    missed = [figure.what for figures in parts.values() for figure in figures if not figure.met]
    for what in missed:
        progress.print(f"not within its bound: {what}")
    return 1 if missed else 0


def _keep(parts: dict[str, list[Figure]]) -> None:
    """The figures of a whole run are what docs/bench.md shows from now on."""
    kept = {part: [figure.as_texts() for figure in figures] for part, figures in parts.items()}
    held = {"measured": today(), "machine": machine(), "parts": kept}
    (pages.FIGURES / "bench.json").write_text(pages.as_json(held), "utf-8")
    pages.write()


def _measure(part: str, say: Callable[[str], None]) -> list[Figure]:
    figures: list[Figure] = import_module(f"tests.bench.{part}").measure(say)
    return figures


def _told(progress: Console, update: Callable[[str], None], part: str) -> Callable[[str], None]:
    """Shows what is being done: in place on a terminal, as lines in a file."""
    if progress.is_terminal:
        return lambda doing: update(f"{part}: {doing}")
    return lambda doing: progress.print(f"{part}: {doing}")


def _console() -> Console:
    """A table in a file need not fit a screen."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=150)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
