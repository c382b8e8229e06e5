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
from infra.terminal import BOLD, DIM, GOOD, out, say, say_wrapped
from shared.errors import NotFoundError
from shared.messages.display import one_line, shortened
from shared.messages.visible import visible

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

    First in plain prose. Then each member of the pool: what they were owed before, what this lead
    added to it, what they were owed after, and what they held; or why they could not take it.
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
    steps = [record.get("step") for record in lead["history"]]
    match lead["status"]:
        case "duplicate":
            return f"is a duplicate of lead {lead['first']}, so it goes to nobody"
        case "rejected":
            return "is rejected, so it goes to nobody"
        case _ if steps[-1] == "announced":
            return "is only announced: its platform is asked for it"
        case "lost" if "returned" in steps:
            return "was taken back by its seller, so it goes to nobody"
        case status:
            return f"is {status}; nothing has been decided about it"


def _show_beside(shown: dict[str, Any]) -> None:
    """What a lead or a decision says besides: what was paid, and what to be wary of."""
    if sale := shown.get("sale"):
        say(f"Bought for {sale['price']} {sale['currency']}.")
    for warning in shown.get("warnings", ()):
        say((f"Note: {warning}.", BOLD))


def _show_kept(quarantine: dict[str, Any]) -> None:
    """What came in, as far as it can be shown."""
    kind = quarantine["content_type"] or "something unnamed"
    until = local(quarantine["expires_at"])
    say()
    say((f"It came as {one_line(kind, 100)} and is kept until {until}:", DIM))
    raw = quarantine.get("raw")
    sent = "(not text; the API gives it in base64)" if raw is None else shortened(raw, MOST_SHOWN)
    for line in visible(sent).lines:
        say(f"  {line}")


def show(decision: dict[str, Any]) -> None:
    """A decision for people: a paragraph, the candidates, and what came before."""
    say_wrapped(decision["paragraph"], BOLD)
    say((local(decision["at"]), DIM))
    _show_beside(decision)
    say()
    _show_candidates(decision["candidates"])
    for earlier in reversed(decision.get("earlier", [])):
        say_wrapped(f"Before that, {local(earlier['at'])}: {_outcome(earlier)}.", DIM)
        if refund := earlier.get("refund"):
            say_wrapped(f"  Undone since: {refund['sentence']}.", DIM)


def _outcome(decision: dict[str, Any]) -> str:
    chosen, reason, pool = decision["chosen"], decision["reason"], decision["pool"]
    if chosen is None:
        became = {"open": "open", "pass": "passed on"}.get(decision["way"], "parked")
        return f"{became} by pool {pool}, as {reason}"
    why_them = reason.removeprefix(f"{chosen} ")  # "anna was owed …"
    return f"assignment {decision['assignment']} went to {chosen}, who {why_them}"


KEPT_FROM_IT = frozenset({"excluded", "owed"})


def _show_candidates(candidates: list[dict[str, Any]]) -> None:
    """Who could take it, with what it did to their credit; then who could not, and why."""
    compared = [one for one in candidates if one["status"] not in KEPT_FROM_IT]
    kept = [one for one in candidates if one["status"] in KEPT_FROM_IT]
    if compared:
        out.print(_compared(compared), soft_wrap=False)
    if compared and kept:
        say()
    if kept:
        out.print(_kept_from_it(kept), soft_wrap=False)


def _compared(candidates: list[dict[str, Any]]) -> Table:
    """One row each; credits in leads."""
    table = _table("rep", "status")
    for name in ("weight", "owed", "share", "after", "open", "here", "today"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in candidates:
        table.add_row(
            Text(one["rep_id"]),
            Text(one["status"].replace("_", " ")),
            Text(f"{one['weight']:g}"),
            Text(leads(one["credit_before"])),
            Text(signed(one["share"]) if one["share"] else ""),
            Text(leads(one["credit_after"])),
            *_counters(one),
            style=GOOD if one["status"] == "chosen" else "",
        )
    return table


def _kept_from_it(candidates: list[dict[str, Any]]) -> Table:
    table = _table("rep", "could not, as the rep")
    for name in ("owed", "open", "here", "today"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in candidates:
        table.add_row(
            Text(one["rep_id"]),
            Text(one["reason"]),
            Text(leads(one["credit_after"])),
            *_counters(one),
            style=DIM,
        )
    return table


def _counters(candidate: dict[str, Any]) -> list[Text]:
    """Open leads, those of this pool, and received today, each with its limit."""
    limits = {bound["limit"]: f"{bound['most']:g}" for bound in candidate["limits"]}
    counted = (
        ("open", "holding_limit"),
        ("open_in_pool", "pool_holding_limit"),
        ("received_today", "daily_limit"),
    )
    return [Text(_of(candidate[count], limits.get(limit))) for count, limit in counted]


def _of(count: int | None, most: str | None) -> str:
    if count is None:
        return ""
    return f"{count}/{most}" if most else str(count)


def _table(*names: str) -> Table:
    """A table that fits 80 columns, with rep ids of a usual length."""
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style=DIM, collapse_padding=True)
    for name in names:
        table.add_column(name, overflow="fold")
    return table
