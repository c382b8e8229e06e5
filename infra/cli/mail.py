"""`leadwheel mail`."""

import json
from typing import Annotated, Any

import typer

from infra.cli.ids import require_name, require_rep
from infra.cli.moments import local
from infra.cli.stack import StackOption, find_stack
from infra.terminal import BOLD, DIM, command, out, say
from shared.errors import LeadwheelError
from shared.store import config as config_store

_WHY = {"bounced": "their server refuses it", "complained": "they call it spam"}


def mail(
    rep: Annotated[
        str | None,
        typer.Argument(metavar="REP", help="Only of this rep.", show_default=False),
    ] = None,
    *,
    resume: Annotated[
        bool, typer.Option("--resume", help="Let mail to the rep be tried again.")
    ] = False,
    stack: StackOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The answer as the API gives it.")
    ] = False,
) -> None:
    """List whose mail is paused since their address takes none, and let it be tried again.

    A new address in the configuration is tried by itself.
    """
    if rep is not None:
        require_name(rep, "rep")
    if resume and rep is None:
        raise LeadwheelError("say to whom: leadwheel mail REP --resume")
    found = find_stack(stack)
    if rep is not None:
        found.connect_store()
        require_rep(rep, config_store.active().config)
    before = answer = _listed(found.api.paused_mail(), rep)
    if resume and rep:
        answer = found.api.resume_mail(rep)
    if as_json:
        out.print(json.dumps(answer, indent=2))
    elif resume and not before["paused"]:
        say(f"Mail to {rep} was not paused.")
    elif resume:
        say((f"Mail to {rep} is sent again, within half a minute.", BOLD))
    else:
        _show(answer["paused"], f" --stack {stack}" if stack else "")


def _listed(answer: dict[str, Any], rep: str | None) -> dict[str, Any]:
    return {"paused": [one for one in answer["paused"] if rep in (None, one["rep_id"])]}


def _show(paused: list[dict[str, Any]], on_it: str) -> None:
    if not paused:
        say("No mail is paused.")
        return
    for one in paused:
        state = "paused" if one["rep_id"] else "may not arrive"
        say(
            (one["who"], BOLD),
            f"  mail: {state} since {local(one['since'])}, {one['code']}: {_WHY[one['code']]}",
        )
    say((f"Once it is mended: {command()} mail{on_it} REP --resume", DIM))
