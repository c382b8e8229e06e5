"""`leadwheel redrive`."""

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from infra.api import Api
from infra.cli.ids import require_name
from infra.cli.moments import local
from infra.cli.redrive_queue import QUEUES, Redriven, redrive_queue
from infra.cli.stack import StackOption, find_stack, reach
from infra.terminal import BOLD, DIM, command, out, say
from shared.errors import LeadwheelError

MORE = "There are more, which do not show yet; run it again in a minute."


def redrive(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID]...",
            help="Which to send again; all that were given up are listed if left out.",
            show_default=False,
        ),
    ] = None,
    *,
    channel: Annotated[
        str | None, typer.Option(metavar="ID", help="Only of this channel.", show_default=False)
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Send all of them again.")] = False,
    queue: Annotated[
        str | None,
        typer.Option(
            metavar="FUNCTION",
            help=f"What a function gave up, from its queue: {', '.join(QUEUES)}.",
            show_default=False,
        ),
    ] = None,
    stack: StackOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The answer as the API gives it.")
    ] = False,
) -> None:
    """List what did not reach its channel within three days, and send it again.

    Each goes out with the id it had, and only if what it says is still so; the next minute. With
    --queue, bring what a function finally could not do to that function again.
    """
    if queue is not None:
        if ids or every or channel:
            raise LeadwheelError("--queue stands alone; ids, --all and --channel are of deliveries")
        _show_queue(redrive_queue(queue, reach(stack)), as_json=as_json)
        return
    if ids and (every or channel):
        raise LeadwheelError("name some by their ids, or take --all or a --channel; not both")
    if channel is not None:
        require_name(channel, "channel")
    api = find_stack(stack).api
    if ids:
        answer = api.redrive(ids)
    elif every:
        answer = _all(api, channel)
    else:
        answer = api.dead_deliveries(channel)
    if as_json:
        out.print(json.dumps(answer, indent=2))
    elif ids or every:
        count = len(answer["redriven"])
        say((f"{count} {'goes' if count == 1 else 'go'} out again within a minute.", BOLD))
        if answer["more"]:
            say((MORE, DIM))
    else:
        show_list(answer, f" --stack {stack}" if stack else "")


def _show_queue(came: Redriven, *, as_json: bool) -> None:
    if as_json:
        out.print(json.dumps(asdict(came), indent=2))
        return
    say((f"{came.done} done, {came.failed} failed again.", BOLD))
    if came.failed:
        say(("Those stay in the queue; its function's log says why.", DIM))
    if came.gone:
        say(f"{came.gone} name records that have left the stream; see docs/operations.md.")


def _all(api: Api, channel: str | None) -> dict[str, Any]:
    """Page by page, as the API takes them; the index may still show some that are on their way."""
    redriven: list[str] = []
    while True:
        answer = api.redrive_all(channel)
        redriven += answer["redriven"]
        if not (answer["more"] and answer["redriven"]):
            return {"redriven": redriven, "more": answer["more"]}


def show_list(answer: dict[str, Any], on_it: str = "") -> None:
    """What was given up."""
    if not answer["deliveries"]:
        say(MORE if answer["more"] else "Nothing has been given up.")
        return
    table = Table(box=None, pad_edge=False, header_style=DIM)
    for heading in ("delivery", "given up", "tried", "the last time"):
        table.add_column(heading)
    for one in answer["deliveries"]:
        tried = f"{one['attempts']} times"
        texts = (one["id"], local(one["died_at"]), tried, one["code"] or "")
        table.add_row(*map(Text, texts))
    out.print(table, soft_wrap=False)
    if answer["more"]:
        say(("There are more; they show when some of these are sent.", DIM))
    say((f"Send them again: {command()} redrive{on_it} ID…, or --all", DIM))
