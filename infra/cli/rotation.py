"""`leadwheel rotation`."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from infra.cli.credit import leads
from infra.cli.ids import require_name
from infra.cli.moments import local
from infra.cli.stack import StackOption, find_stack
from infra.terminal import BOLD, DIM, out, say


def rotation(
    pool: Annotated[
        str, typer.Argument(metavar="POOL", help="A pool's id, as in the configuration.")
    ],
    *,
    stack: StackOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The rotation as the API gives it.")
    ] = False,
) -> None:
    """Show what each member of a pool is owed, holds, and may still take."""
    require_name(pool, "pool")
    standing = find_stack(stack).api.rotation(pool)
    if as_json:
        out.print(json.dumps(standing, indent=2))
        return
    show(standing)


def show(standing: dict[str, Any]) -> None:
    """A pool's accounts for people."""
    say(
        (f"Pool {standing['pool_id']}", BOLD),
        f": {standing['leads']} leads given, last change {local(standing['at'])},"
        f" version {standing['config_version']} of the configuration",
    )
    say()
    out.print(_members(standing["members"]), soft_wrap=False)
    say((f"All that is owed sums to {leads(standing['credit_sum'])}.", DIM))


def _members(members: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style=DIM)
    table.add_column("rep")
    table.add_column("name")
    for name in ("weight", "is owed", "open leads", "today"):
        table.add_column(name, justify="right")
    table.add_column("status")
    for member in members:
        table.add_row(
            Text(member["rep_id"]),
            Text(member["name"]),
            Text(f"{member['weight']:g}"),
            Text(leads(member["credit"])),
            Text(_of(member["open"], member["holding_limit"])),
            Text(_of(member["received_today"], member["daily_limit"])),
            Text(member["status"].replace("_", " ")),
            style="" if member["status"] == "available" else DIM,
        )
    return table


def _of(count: int, limit: int | None) -> str:
    return str(count) if limit is None else f"{count} of {limit}"
