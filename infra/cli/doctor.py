"""`leadwheel doctor`."""

import json
from typing import Annotated

import typer
from rich.style import Style

from infra.cli.doctoring.every import Told, examined
from infra.cli.doctoring.facts import Facts
from infra.cli.doctoring.finding import Level
from infra.cli.doctoring.gather import gather
from infra.cli.stack import StackOption, reach
from infra.terminal import BAD, BOLD, DIM, GOOD, command, out, say

_MARKS: dict[Level, tuple[str, Style]] = {
    Level.OK: ("✓", GOOD),
    Level.UNSEEN: ("·", DIM),
    Level.WARNING: ("!", Style(color="yellow", bold=True)),
    Level.FAULT: ("✗", BAD),
}
_WIDTH = 11  # of the longest name of a check, and a space


def doctor(
    *,
    stack: StackOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="For scripts: a list of objects.")
    ] = False,
) -> None:
    """Look whether a stack is well: what is wrong with it, what that means, and what to do.

    Ends with 1 when there is a fault, and with 0 when there are only warnings, or nothing. What
    you may not look at is a warning. Nothing is changed.
    """
    facts = gather(reach(stack), command())
    told = list(examined(facts))
    if as_json:
        out.print(json.dumps([one._asdict() for one in told], ensure_ascii=False, indent=2))
    else:
        _show(facts, told)
    raise typer.Exit(1 if any(one.level is Level.FAULT for one in told) else 0)


def _show(facts: Facts, told: list[Told]) -> None:
    where = "on this machine" if facts.emulated else f"in {facts.region}"
    say((f"Stack {facts.name} {where}", BOLD))
    for one in told:
        mark, style = _MARKS[one.level]
        dim = DIM if one.level is Level.UNSEEN else Style()
        say((f"{mark} ", style), (f"{one.check:<{_WIDTH}}", DIM), (one.says, dim))
        indent = " " * (_WIDTH + 2)
        if one.means:
            say(indent, one.means)
        if one.do:
            say(indent, ("→ ", BOLD), one.do)
    say(_summary(told))


def _summary(told: list[Told]) -> tuple[str, Style]:
    counts = [(level, sum(one.level is level for one in told)) for level in reversed(Level)]
    parts = [
        f"{count} {level}{'s' * (count > 1)}"
        for level, count in counts
        if count and level in (Level.FAULT, Level.WARNING)
    ]
    return (f"{', '.join(parts)}.", BOLD) if parts else ("Nothing is wrong.", GOOD)
