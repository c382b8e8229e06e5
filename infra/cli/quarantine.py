"""`leadwheel quarantine`."""

import base64
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
from shared.messages.visible import shown

MOST_OF_A_REASON = 100  # characters, in the list


def quarantine(
    lead_id: Annotated[
        str | None,
        typer.Argument(
            metavar="LEAD_ID",
            help="Which one to look at or settle; all are listed if left out.",
            show_default=False,
        ),
    ] = None,
    *,
    release: Annotated[bool, typer.Option("--release", help="Let the lead out.")] = False,
    field: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=TEXT",
            help="What you put right, for --release; may be given often. An empty TEXT takes the"
            " field away.",
            show_default=False,
        ),
    ] = None,
    even_if_duplicate: Annotated[
        bool,
        typer.Option(
            "--even-if-duplicate", help="--release also when the same person came before."
        ),
    ] = False,
    discard: Annotated[
        bool, typer.Option("--discard", help="Put the lead aside for good; its record stays.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option(help="Why, for --discard.", show_default=False)
    ] = None,
    stack: StackOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The answer as the API gives it.")
    ] = False,
) -> None:
    """List what could not be read or trusted, look at one of them, let it out or put it aside.

    What is let out goes the way of any other lead, read as the configuration says now.
    """
    settles = release or discard
    for nonsense, sentence in (
        (settles and lead_id is None, "say which lead: leadwheel quarantine LEAD_ID …"),
        (release and discard, "--release and --discard exclude each other"),
        (
            (field or even_if_duplicate) and not release,
            "--field and --even-if-duplicate are for --release",
        ),
        (reason is not None and not discard, "--reason is for --discard"),
    ):
        if nonsense:
            raise LeadwheelError(sentence)
    corrections = _corrections(field or [])
    if lead_id is not None:
        require_lead_id(lead_id)
    found = find_stack(stack)
    if lead_id is None:
        answer = found.api.quarantine()
    elif release:
        answer = found.api.release(lead_id, corrections, even_if_duplicate=even_if_duplicate)
    elif discard:
        answer = found.api.discard(lead_id, reason)
    else:
        answer = found.api.held(lead_id)
    if as_json:
        out.print(json.dumps(answer, indent=2))
        return
    on_it = f" --stack {stack}" if stack else ""
    if lead_id is None:
        show_list(answer, on_it)
    elif settles:
        show_settled(answer, on_it)
    else:
        show_held(answer, on_it)


def _corrections(texts: list[str]) -> dict[str, str]:
    """Fields by their names. LeadwheelError: not written as NAME=TEXT, or no text in UTF-8."""
    corrections: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise LeadwheelError(f"--field {text!a}: write it as NAME=TEXT")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise LeadwheelError(f"the field {name!a} must be text in UTF-8") from error
        corrections[name] = value
    return corrections


def show_list(answer: dict[str, Any], on_it: str) -> None:
    """Those that are held, the ones for a person to settle first."""
    leads = answer["leads"]
    if not leads:
        say("Nothing is in quarantine.")
        return
    table = Table(box=None, pad_edge=False, header_style=DIM)
    for heading in ("lead", "since", "source", "name", "reason"):
        table.add_column(heading)
    for lead in leads:
        reason = one_line(lead["reason"] or "", MOST_OF_A_REASON)
        texts = (lead["lead_id"], local(lead["created_at"]), lead["source"], lead["name"], reason)
        table.add_row(*(Text(text or "") for text in texts))
    out.print(table, soft_wrap=False)
    if answer["more"]:
        say(("There are more; they show when some of these are settled.", DIM))
    say((f"Look at one: {command()} quarantine{on_it} LEAD_ID", DIM))


def show_held(lead: dict[str, Any], on_it: str) -> None:
    """One lead: its history, and what was sent, harmless for every terminal."""
    say((f"Lead {lead['lead_id']} is {lead['status']}, from {lead['source']}.", BOLD))
    for record in lead["history"]:
        _tell(record)
    say()
    _show_sent(lead["quarantine"])
    if lead["status"] == "quarantined":
        this = f"{command()} quarantine{on_it} {lead['lead_id']}"
        say()
        say((f"Let it out:    {this} --release --field NAME=TEXT …", DIM))
        say((f"Put it aside:  {this} --discard", DIM))


def _show_sent(kept: dict[str, Any] | None) -> None:
    if kept is None:
        say(("What was sent is not kept any more.", DIM))
        return
    kind = one_line(kept["content_type"] or "", 100) or "something unnamed"
    which = f" (this is lead number {kept['part']} in it)" if kept["part"] > 1 else ""
    say((f"It came as {kind}{which} and is kept until {local(kept['expires_at'])}:", DIM))
    text = kept.get("raw")
    body = base64.b64decode(kept["raw_base64"]) if text is None else str(text).encode()
    sent = shown(body)
    for line in sent.lines:
        say(f"  {line}")
    if sent.left_out:
        say((f"  … and {sent.left_out} {sent.unit}s more; --json has all of it", DIM))


def show_settled(lead: dict[str, Any], on_it: str) -> None:
    """What became of a lead."""
    say((f"Lead {lead['lead_id']} is {lead['status']}.", BOLD))
    _tell(lead["history"][-1])
    if lead["status"] == "new":
        say((f"Who gets it: {command()} why{on_it} {lead['lead_id']}", DIM))


def _tell(record: dict[str, Any]) -> None:
    say((local(record["at"]), DIM), f"  {record['sentence']}")
