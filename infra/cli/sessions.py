"""`leadwheel sessions`."""

import json
from typing import Annotated, Any

import typer

from infra.cli.moments import local
from infra.cli.stack import StackOption, find_stack
from infra.terminal import BOLD, DIM, command, out, say


def sessions(
    *,
    of: Annotated[
        str,
        typer.Option(
            "--of",
            metavar="EMAIL",
            help="Whose: the address with which somebody signs in.",
            show_default=False,
        ),
    ],
    end: Annotated[
        bool, typer.Option("--end", help="End all of them, on every device, at once.")
    ] = False,
    stack: StackOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The answer as the API gives it.")
    ] = False,
) -> None:
    """Show where somebody is signed in, or sign them out everywhere.

    Whoever leaves the configuration is signed out by that, and need not be looked for here.
    """
    api = find_stack(stack).api
    answer = api.end_sessions(of) if end else api.sessions(of)
    if as_json:
        out.print(json.dumps(answer, indent=2))
    elif end:
        say((f"{_so_many(answer['ended'])} ended.", BOLD))
    else:
        show(answer, f"{command()} sessions{f' --stack {stack}' if stack else ''} --of {of} --end")


def show(answer: dict[str, Any], how_to_end: str) -> None:
    """The sessions, newest first, and how to end them."""
    listed = answer["sessions"]
    say((f"{_so_many(len(listed))}{':' if listed else '.'}", BOLD))
    for one in listed:
        say(f"  since {local(one['created_at'])}, in use {local(one['seen_at'])}")
    if listed:
        say((f"To end them: {how_to_end}", DIM))


def _so_many(number: int) -> str:
    return "1 session" if number == 1 else f"{number or 'No'} sessions"
