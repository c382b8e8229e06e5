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
    """Show what each member of a pool is owed, holds, may still take, and when they are back."""
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
    if standing["limits"]:
        say(f"All together: {_used(standing['limits'])}")
    say()
    out.print(_members(standing["members"]), soft_wrap=False)
    _show_further_limits(standing["members"])
    say((f"All that is owed sums to {leads(standing['credit_sum'])}.", DIM))


def _members(members: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style=DIM, collapse_padding=True)
    table.add_column("rep", overflow="fold")
    table.add_column("name", overflow="fold")
    for name in ("weight", "is owed", "open", "here", "today"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("status", overflow="fold")
    for member in members:
        table.add_row(
            Text(member["rep_id"]),
            Text(member["name"]),
            Text(f"{member['weight']:g}"),
            Text(leads(member["credit"])),
            Text(_of(member["open"], member["holding_limit"])),
            Text(str(member["open_in_pool"])),
            Text(_of(member["received_today"], member["daily_limit"])),
            Text(_status(member)),
            style="" if member["status"] == "available" else DIM,
        )
    return table


def _status(member: dict[str, Any]) -> str:
    """What keeps them from a lead, and until when: `off shift until 2026-11-23 08:00:00`."""
    status = _plain(member["status"])
    return f"{status} until {local(member['until'])}" if member["until"] else status


# These stand in the table.
_IN_TABLE = frozenset({"holding_limit", "daily_limit"})


def _show_further_limits(members: list[dict[str, Any]]) -> None:
    for member in members:
        further = [bound for bound in member["limits"] if bound["limit"] not in _IN_TABLE]
        if further:
            say((f"{member['rep_id']}: {_used(further)}", DIM))


def _used(bounds: list[dict[str, Any]]) -> str:
    """`holding points 12.5 of 30, rolling weekly limit 3 of 10`."""
    return ", ".join(
        f"{'rolling ' if bound['rolling'] else ''}{_plain(bound['limit'])}"
        f" {bound['used']:g} of {bound['most']:g}"
        for bound in bounds
    )


def _plain(code: str) -> str:
    return code.replace("_", " ")


def _of(count: int, limit: int | None) -> str:
    return str(count) if limit is None else f"{count} of {limit}"
