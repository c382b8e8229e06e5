"""`leadwheel partner`."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from infra.cli.ids import require_name
from infra.cli.stack import StackOption, find_stack
from infra.terminal import BAD, BOLD, DIM, out, say

_MODES = {
    "live": "live",
    "test": "in test: nothing is bought",
    "paused": "paused: nothing is bought",
}


def partner(
    partner_id: Annotated[
        str, typer.Argument(metavar="PARTNER_ID", help="As in the configuration.")
    ],
    *,
    stack: StackOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The partner as the API gives it.")
    ] = False,
) -> None:
    """Show what a partner may sell, for how much, and how full its caps are."""
    require_name(partner_id, "partner")
    shown = find_stack(stack).api.partner(partner_id)
    if as_json:
        out.print(json.dumps(shown, indent=2))
        return
    show(shown)


def show(shown: dict[str, Any]) -> None:
    """A partner for people."""
    closed = shown["mode"] == "live" and not shown["buying_now"]
    hours = "; nothing is bought at this hour" if closed else ""
    say((f"Partner {shown['partner_id']}", BOLD), f" is {_MODES[shown['mode']]}{hours}.")
    say(f"A lead costs {shown['price']} {shown['currency']}{_exceptions(shown)}.")
    say(_returns(shown["returns"]))
    say()
    if not shown["caps"]:
        say("No cap limits it.")
        return
    out.print(_caps(shown["caps"]), soft_wrap=False)


def _exceptions(shown: dict[str, Any]) -> str:
    return "".join(
        f"; {rule['price']} {shown['currency']} when {_conditions(rule['when']) or 'anything else'}"
        for rule in shown["prices"]
    )


def _conditions(when: dict[str, Any]) -> str:
    """`country is SE or NO, score from 50 below 80, not (product is solar)`."""
    return ", ".join(_condition(name, said) for name, said in when.items())


def _condition(name: str, said: Any) -> str:
    match name:
        case "not":
            return f"not ({_conditions(said)})"
        case "any" | "all":
            joined = " or " if name == "any" else " and "
            return joined.join(f"({_conditions(group)})" for group in said)
        case _ if isinstance(said, dict):
            tests = (f"{test} {_values(wanted)}" for test, wanted in said.items())
            return f"{name} {' '.join(tests)}"
        case _:
            return f"{name} is {_values(said)}"


def _values(said: Any) -> str:
    if isinstance(said, list):
        return " or ".join(said)
    return str(said).lower() if isinstance(said, bool) else str(said)


def _returns(terms: dict[str, Any]) -> str:
    if terms["policy"] == "none":
        return "It takes no leads back."
    how = "if a manager agrees" if terms["policy"] == "approve" else "at its word"
    days = terms["within"] / 86400
    return f"It takes leads back within {days:g} days, {how}: {', '.join(terms['reasons'])}."


def _caps(caps: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style=DIM)
    for heading in ("cap", "of", "period"):
        table.add_column(heading)
    for heading in ("leads", "money", "used"):
        table.add_column(heading, justify="right")
    table.add_column("only")
    for cap in caps:
        only = _conditions(cap["when"])
        hours = "" if cap["counts_now"] else "not at this hour"
        table.add_row(
            Text(cap["cap"]),
            Text(cap["owner"].replace("#", " ")),
            Text(f"{cap['per']} {cap['period']} ({cap['time_zone']})"),
            Text(_of(str(cap["leads"]), cap["most_leads"])),
            Text(f"{_of(cap['money'], cap['most_money'])} {cap['currency']}"),
            Text(f"{cap['share']:.0%}", BAD if cap["level"] == "reached" else ""),
            Text(", ".join(filter(None, (only, hours)))),
            style="" if cap["counts_now"] else DIM,
        )
    return table


def _of(count: str, most: object) -> str:
    return count if most is None else f"{count} of {most}"
