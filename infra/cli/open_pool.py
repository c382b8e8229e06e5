"""`leadwheel open`."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from infra.cli.ids import require_name
from infra.cli.moments import local
from infra.cli.stack import StackOption, find_stack
from infra.terminal import BOLD, DIM, out, say

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def open_pool(
    pool: Annotated[
        str, typer.Argument(metavar="POOL", help="A pool's id, as in the configuration.")
    ],
    *,
    stack: StackOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The leads as the API gives them.")
    ] = False,
) -> None:
    """Show the leads of a pool that wait to be claimed, as who may claim them is to see them."""
    require_name(pool, "pool")
    waiting = find_stack(stack).api.open_leads(pool)
    if as_json:
        out.print(json.dumps(waiting, indent=2))
        return
    show(waiting)


def show(waiting: dict[str, Any]) -> None:
    """A pool's open leads for people."""
    say((f"Pool {waiting['pool_id']}", BOLD), f": {_how_many(waiting)}")
    if waiting["leads"]:
        say()
        out.print(_leads(waiting["leads"]), soft_wrap=False)
    if not waiting["preview"]:
        say(("Its leads are claimed unseen, the oldest first.", DIM))


def _how_many(waiting: dict[str, Any]) -> str:
    if not waiting["count"]:
        return "no lead waits to be claimed"
    more = "more than " if waiting["more"] else ""
    several = "lead waits" if waiting["count"] == 1 and not more else "leads wait"
    oldest = age(waiting["oldest_age"])
    return f"{more}{waiting['count']} {several} to be claimed, the oldest for {oldest}"


def age(seconds: int) -> str:
    """`3 h`: in the largest unit that it has one of."""
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= size), (1, "s"))
    return f"{seconds // size} {unit}"


def _leads(leads: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style=DIM)
    for name in ("lead", "since", "until"):
        table.add_column(name, no_wrap=True)
    table.add_column("score", justify="right")
    for name in ("name", "company", "e-mail", "phone"):
        table.add_column(name, overflow="fold")
    table.add_column("offered to", justify="right")
    for lead in leads:
        score = lead["score"]
        called = (lead[field] or "" for field in ("name", "company", "email", "phone"))
        table.add_row(
            Text(lead["lead_id"]),
            Text(local(lead["since"])),
            Text(local(lead["until"]) if lead["until"] else ""),
            Text("" if score is None else f"{score:g}"),
            *map(Text, called),
            Text(str(lead["offered_to"]) if lead["offered_to"] else "all"),
        )
    return table
