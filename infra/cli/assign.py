"""`leadwheel assign`."""

import json
from typing import Annotated

import typer

from infra.cli.by_hand import RepArgument, show_given
from infra.cli.ids import require_lead_id, require_name
from infra.cli.stack import StackOption, find_stack
from infra.terminal import out


def assign(
    lead_id: Annotated[str, typer.Argument(metavar="LEAD_ID", show_default=False)],
    rep_id: RepArgument,
    *,
    override: Annotated[
        bool,
        typer.Option(
            "--override",
            help="Whatever would keep the rep from it (limits, hours, a pause) is recorded, and"
            " does not.",
        ),
    ] = False,
    pool: Annotated[
        str | None,
        typer.Option(
            metavar="POOL_ID",
            help="As a lead of this pool; of the one it is in, if left out.",
            show_default=False,
        ),
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why; it stands in the lead's log.", show_default=False)
    ] = None,
    stack: StackOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The answer as the API gives it.")
    ] = False,
) -> None:
    """Give a lead to a rep by hand, one that waits or one that somebody else has.

    The rep's limits, hours and pauses count, unless you override them.
    """
    require_lead_id(lead_id)
    require_name(rep_id, "rep")
    if pool is not None:
        require_name(pool, "pool")
    api = find_stack(stack).api
    lead = api.assign(lead_id, rep_id, pool_id=pool, override=override, reason=reason)
    if as_json:
        out.print(json.dumps(lead, indent=2))
    else:
        show_given(lead, stack)
