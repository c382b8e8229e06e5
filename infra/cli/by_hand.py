"""What the commands share that give and take leads by hand."""

from typing import Annotated, Any

import typer

from infra.cli.moments import local
from infra.terminal import BOLD, DIM, command, say

RepArgument = Annotated[str, typer.Argument(metavar="REP_ID", show_default=False)]


def show_given(lead: dict[str, Any], stack: str | None) -> None:
    """Where a lead is now, the last record of its log, and how to see more."""
    whose = f" by {lead['owner']}" if lead["status"] == "accepted" else f" to {lead['owner']}"
    has_owner = lead["owner"] is not None and lead["status"] in ("assigned", "accepted")
    say((f"Lead {lead['lead_id']} is {lead['status']}{whose if has_owner else ''}.", BOLD))
    newest = lead["history"][-1]
    say((local(newest["at"]), DIM), f"  {newest['sentence']}")
    on_it = f" --stack {stack}" if stack else ""
    say((f"More: {command()} why{on_it} {lead['lead_id']}", DIM))
