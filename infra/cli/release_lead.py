"""`leadwheel release`."""

import json
from typing import Annotated

import typer

from infra.cli.by_hand import show_given
from infra.cli.ids import require_lead_id
from infra.cli.stack import StackOption, find_stack
from infra.terminal import out


def release(
    lead_id: Annotated[str, typer.Argument(metavar="LEAD_ID", show_default=False)],
    *,
    reason: Annotated[
        str | None, typer.Option(help="Why; it stands in the lead's log.", show_default=False)
    ] = None,
    stack: StackOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The answer as the API gives it.")
    ] = False,
) -> None:
    """Take a lead from its owner; routing gives it to somebody else.

    What lies in quarantine is let out by `leadwheel quarantine LEAD_ID --release`.
    """
    require_lead_id(lead_id)
    lead = find_stack(stack).api.unassign(lead_id, reason=reason)
    if as_json:
        out.print(json.dumps(lead, indent=2))
    else:
        show_given(lead, stack)
