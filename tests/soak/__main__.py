"""`python -m tests.soak [soak|load|page]`: exits with 1 when a promise is broken."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"

from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.local.aws import act_locally
from tests.soak import page
from tests.soak.verdict import Promise

MINUTES = 20
# Sendings a minute, on average: 3,000 in 20 minutes. At noon that is five a second, about as
# many as the emulator's one reader of the stream mails.
RATE = 150
SHOWN = 5  # of what is broken, by promise


def main(asked: list[str]) -> int:
    """Do one of them; answers the exit code."""
    what = asked[0] if asked else "soak"
    if what not in ("soak", "load", "page"):
        sys.stderr.write(f"there is no {what}; choose soak, load or page\n")
        return 2
    if what == "page":
        page.write("soak", "load")
        return 0
    act_locally()
    progress = Console(stderr=True, highlight=False)
    with progress.status(what) as status:
        promises, figures = _measured(what, _told(progress, status.update))
    told = [promise._asdict() for promise in promises]
    page.keep(what, json.loads(json.dumps({**figures, "promises": told})))
    page.write(what)
    console = Console(highlight=False)
    console.print(_table(what, promises))
    for promise in promises:
        for line in promise.broken[:SHOWN]:
            console.print(f"{promise.what}: {line}", markup=False, style="red")
    return 1 if any(promise.broken for promise in promises) else 0


def _measured(what: str, say: Callable[[str], None]) -> tuple[list[Promise], dict[str, Any]]:
    if what == "load":
        from tests.soak.load import load

        return load(say)
    from tests.soak.run import soak

    minutes = float(os.environ.get("SOAK_MINUTES") or MINUTES)
    seed = int(os.environ.get("SOAK_SEED") or 1)
    return soak(minutes, seed, int(os.environ.get("SOAK_RATE") or RATE), say)


def _told(progress: Console, update: Callable[[str], None]) -> Callable[[str], None]:
    """Shows what is being done: in place on a terminal, as lines in a file."""
    return update if progress.is_terminal else lambda doing: progress.print(doing, markup=False)


def _table(what: str, promises: list[Promise]) -> Table:
    table = Table(title=f"leadwheel, {what}", title_justify="left", title_style="bold")
    table.add_column("promise")
    table.add_column("checked", justify="right")
    table.add_column("broken", justify="right")
    for promise in promises:
        broken = Text(str(len(promise.broken)), style="bold red" if promise.broken else "green")
        table.add_row(promise.what, f"{promise.checked:,}", broken)
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
