"""`leadwheel returns`."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from infra.cli.ids import require_lead_id
from infra.cli.moments import local
from infra.cli.stack import StackOption, find_stack
from infra.terminal import BOLD, DIM, command, out, say
from shared.errors import LeadwheelError
from shared.messages.display import one_line

MOST_OF_A_NOTE = 100  # characters, in the list


def returns(
    *,
    approve: Annotated[
        str | None,
        typer.Option(
            metavar="LEAD_ID", help="Take this lead back, and its price.", show_default=False
        ),
    ] = None,
    refuse: Annotated[
        str | None,
        typer.Option(metavar="LEAD_ID", help="Keep this lead, and pay for it.", show_default=False),
    ] = None,
    why: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What its seller hears, for --refuse."),
    ] = None,
    stack: StackOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The answer as the API gives it.")
    ] = False,
) -> None:
    """List the leads that their sellers want back, and say whether they may have them.

    Only those wait here whose partner's returns need approval.
    """
    if approve is not None and refuse is not None:
        raise LeadwheelError("--approve and --refuse are two decisions; give one of them")
    if (refuse is None) != (why is None):
        raise LeadwheelError("--refuse and --why go together: the lead's seller hears why")
    lead_id = approve if refuse is None else refuse
    if lead_id is not None:
        require_lead_id(lead_id)
    api = find_stack(stack).api
    if lead_id is None:
        answer = api.returns()
    elif why is None:
        answer = api.approve_return(lead_id)
    else:
        answer = api.refuse_return(lead_id, why)
    if as_json:
        out.print(json.dumps(answer, indent=2))
    elif lead_id is None:
        show_list(answer, f" --stack {stack}" if stack else "")
    else:
        show_decided(answer)


def show_list(answer: dict[str, Any], on_it: str = "") -> None:
    """Those that wait, oldest first."""
    if not answer["returns"]:
        say("No return waits for a decision.")
        return
    table = Table(box=None, pad_edge=False, header_style=DIM)
    for heading in ("lead", "since", "partner", "reason"):
        table.add_column(heading)
    table.add_column("price", justify="right")
    table.add_column("note")
    for one in answer["returns"]:
        texts = (
            one["lead_id"],
            local(one["at"]),
            one["partner_id"],
            one["reason"],
            _price(one),
            one_line(one["note"] or "", MOST_OF_A_NOTE),
        )
        table.add_row(*map(Text, texts))
    out.print(table, soft_wrap=False)
    if answer["more"]:
        say(("There are more; they show when some of these are decided.", DIM))
    say((f"Decide: {command()} returns{on_it} --approve LEAD_ID", DIM))


def show_decided(one: dict[str, Any]) -> None:
    """What became of a return."""
    if one["status"] == "approved":
        say((f"Lead {one['lead_id']} is taken back by {one['partner_id']}.", BOLD))
        say(f"{_price(one)} is given back ({one['reason']}).")
    else:
        say((f"Lead {one['lead_id']} stays; its return is {one['status']}.", BOLD))
        say(f"{one['partner_id']} hears: {one_line(one['why'] or 'nothing', 500)}")


def _price(one: dict[str, Any]) -> str:
    return f"{one['price']} {one['currency']}"
