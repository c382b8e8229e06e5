"""`leadwheel claim`."""

import json
from typing import Annotated

import typer

from infra.cli.by_hand import RepArgument, show_given
from infra.cli.ids import require_lead_id, require_name
from infra.cli.stack import StackOption, find_stack
from infra.terminal import out


def claim(
    pool_id: Annotated[str, typer.Argument(metavar="POOL_ID", show_default=False)],
    rep_id: RepArgument,
    *,
    lead: Annotated[
        str | None,
        typer.Option(
            metavar="LEAD_ID",
            help="This very lead, where the pool shows its leads; the oldest that the rep may"
            " take, if left out.",
            show_default=False,
        ),
    ] = None,
    stack: StackOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The answer as the API gives it.")
    ] = False,
) -> None:
    """Take an open lead of a pool for one of its reps, who has accepted it then."""
    require_name(pool_id, "pool")
    require_name(rep_id, "rep")
    if lead is not None:
        require_lead_id(lead)
    api = find_stack(stack).api
    claimed = api.claim_unseen(pool_id, rep_id) if lead is None else api.claim(lead, rep_id)
    if as_json:
        out.print(json.dumps(claimed, indent=2))
    else:
        show_given(claimed, stack)
