"""`leadwheel why`."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from infra.cli.credit import leads, signed
from infra.cli.ids import require_lead_id
from infra.cli.moments import local
from infra.cli.stack import StackOption, find_stack
from infra.terminal import BOLD, DIM, GOOD, out, say
from shared.errors import NotFoundError
from shared.messages.display import lines, one_line

MOST_SHOWN = 2000  # characters of what was quarantined


def why(
    lead_id: Annotated[
        str, typer.Argument(metavar="LEAD_ID", help="As `leadwheel send` shows it.")
    ],
    *,
    stack: StackOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The decision as the API gives it.")
    ] = False,
) -> None:
    """Explain why a lead went to whom it went, or why it waits.

    Each member of the pool is there: what they were owed before, what this lead added to it, what
    they were owed after, or why they could not take it.
    """
    require_lead_id(lead_id)
    api = find_stack(stack).api
    try:
        decision = api.decision(lead_id)
    except NotFoundError:
        if as_json:
            raise  # there is none, and anything else would be read as one
        _explain_undecided(api.lead(lead_id))
        return
    if as_json:
        out.print(json.dumps(decision, indent=2))
        return
    show(decision)


def _explain_undecided(lead: dict[str, Any]) -> None:
    """A lead without a decision: it goes to nobody, waits in quarantine, or has just come."""
    say((f"Lead {lead['lead_id']} {_undecided(lead)}.", BOLD))
    _show_beside(lead)
    for record in lead["history"]:
        say((local(record["at"]), DIM), f"  {record['sentence']}")
    if quarantine := lead.get("quarantine"):
        _show_kept(quarantine)


def _undecided(lead: dict[str, Any]) -> str:
    """What became of a lead that is given to nobody, or not yet."""
    match lead["status"], lead["history"][-1].get("step"):
        case "duplicate", _:
            return f"is a duplicate of lead {lead['first']}, so it goes to nobody"
        case "rejected", _:
            return "is rejected, so it goes to nobody"
        case _, "announced":
            return "is only announced: its platform is asked for it"
        case _, "returned":
            return "was taken back by its seller, so it goes to nobody"
        case status, _:
            return f"is {status}; nothing has been decided about it"


def _show_beside(shown: dict[str, Any]) -> None:
    """What a lead or a decision says besides: what was paid, and what to be wary of."""
    if sale := shown.get("sale"):
        say(f"Bought for {sale['price']} {sale['currency']}.")
    for warning in shown.get("warnings", ()):
        say((f"Note: {warning}.", BOLD))
    if refund := shown.get("refund"):
        say(f"Its seller took it back: {refund['rep_id']} has the credit again.")


def _show_kept(quarantine: dict[str, Any]) -> None:
    """What came in, as far as it can be shown."""
    kind = quarantine["content_type"] or "something unnamed"
    until = local(quarantine["expires_at"])
    say()
    say((f"It came as {one_line(kind, 100)} and is kept until {until}:", DIM))
    raw = quarantine.get("raw")
    shown = ["(not text; the API gives it in base64)"] if raw is None else lines(raw, MOST_SHOWN)
    for line in shown:
        say(f"  {line}")


def show(decision: dict[str, Any]) -> None:
    """A decision for people: a paragraph, the candidates, and what came before."""
    say(_summary(decision))
    _show_beside(decision)
    say()
    out.print(_candidates(decision["candidates"]), soft_wrap=False)
    for earlier in reversed(decision.get("earlier", [])):
        say((f"Before that, {local(earlier['at'])}: {_outcome(earlier)}.", DIM))


def _summary(decision: dict[str, Any]) -> Text:
    return Text.assemble(
        (f"{_outcome(decision)}.", BOLD),
        f" Rule “{decision['rule']}” sent the lead to pool {decision['pool']},"
        f" {local(decision['at'])}, under version {decision['config_version']} of the"
        f" configuration (turn {decision['turn']} of the pool's ledger).",
    )


def _outcome(decision: dict[str, Any]) -> str:
    chosen, reason = decision["chosen"], decision["reason"]
    if chosen is None:
        return f"Parked: {reason}"
    why_them = reason.removeprefix(f"{chosen} ")  # "anna was owed …"
    return f"Assignment {decision['assignment']} went to {chosen}, who {why_them}"


def _candidates(candidates: list[dict[str, Any]]) -> Table:
    """One row per member; credits in leads."""
    table = Table(box=None, pad_edge=False, header_style=DIM)
    table.add_column("rep")
    table.add_column("status")
    for name in ("weight", "owed before", "this lead", "owed after"):
        table.add_column(name, justify="right")
    table.add_column("reason")
    for candidate in candidates:
        eligible = candidate["status"] != "excluded"
        table.add_row(
            *(Text(str(candidate[key])) for key in ("rep_id", "status")),
            Text(f"{candidate['weight']:g}"),
            Text(leads(candidate["credit_before"])),
            Text(signed(candidate["share"]) if eligible else ""),
            Text(leads(candidate["credit_after"])),
            Text(candidate["reason"]),
            style=GOOD if candidate["status"] == "chosen" else "" if eligible else DIM,
        )
    return table
