"""`leadwheel send`."""

import time
from collections.abc import Mapping
from shlex import quote
from typing import Annotated, Any

import typer

from infra.cli.doors import FORM_KINDS, PARTNER_KINDS, Ids, find_door, find_hook, require_sense
from infra.cli.follow import follow as follow_lead
from infra.cli.follow import lead_ids, report
from infra.cli.handshake import shake_hands
from infra.cli.stack import Stack, StackOption, find_stack
from infra.terminal import DIM, command, say
from shared.errors import LeadwheelError
from shared.store import config as config_store

_Text = Annotated[str | None, typer.Option(show_default=False)]


def send(
    *,
    kind: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="KIND",
            help=(
                f"A form's {', '.join(FORM_KINDS)} (the usual: json); a partner's"
                f" {', '.join(PARTNER_KINDS)}; or a platform's format, as typeform or adf."
            ),
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(metavar="ID", help="To which form; website if left out.", show_default=False),
    ] = None,
    partner: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="As which partner, whose key is in LEADWHEEL_PARTNER_KEY.",
            show_default=False,
        ),
    ] = None,
    hook: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="To which hook, signed with its secret; the first of the format if left out.",
            show_default=False,
        ),
    ] = None,
    name: _Text = None,
    email: _Text = None,
    phone: _Text = None,
    company: _Text = None,
    country: _Text = None,
    message: _Text = None,
    field: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=TEXT", help="Any other field; may be given often.", show_default=False
        ),
    ] = None,
    challenge: Annotated[
        bool,
        typer.Option(
            "--challenge", help="Only ask, as meta and linkedin do, whether the address is ours."
        ),
    ] = False,
    count: Annotated[
        int, typer.Option(min=1, max=10_000, help="So many leads, told apart by a number.")
    ] = 1,
    follow: Annotated[bool, typer.Option(help="Show what happens to the lead.")] = True,
    stack: StackOption = None,
) -> None:
    """Send a lead as a website, a partner or a platform would, and follow it to its owner.

    Without any field, it is a person made up for the purpose; what platforms send is a sample.
    """
    given = {
        "name": name,
        "email": email,
        "phone": phone,
        "company": company,
        "country": country,
        "message": message,
    }
    fields = {key: text for key, text in given.items() if text is not None}
    fields |= dict(_pair(text) for text in field or [])
    _require_text(fields)
    ids = Ids(form, partner, hook)
    require_sense(kind, ids)
    found = find_stack(stack)
    if challenge:
        _ask(kind, hook, found)
        return
    door = find_door(kind, ids, found)
    first = time.time_ns() % 10**9
    for number in range(count):
        said = _numbered(fields, number) if fields and count > 1 else fields
        path, body, headers = door.make(said, first + number)
        answer = report(found.api.deliver(path, body, headers), door.called, door.if_unknown)
        if follow and count == 1:
            _say_what_next(answer, fields, found, "" if stack is None else f" --stack {stack}")


def _say_what_next(
    answer: Mapping[str, Any], fields: Mapping[str, str], stack: Stack, which: str
) -> None:
    """What becomes of the leads in an answer; of a ping, how the lead follows it."""
    for lead_id in lead_ids(answer):
        follow_lead(stack.api, lead_id, f"{command()} why{which} {lead_id}")
    if answer.get("ping_id"):
        said = {**fields, "ping_id": answer["ping_id"]}
        options = " ".join(f"--field {quote(f'{name}={text}')}" for name, text in said.items())
        say((f"{command()} send --as partner{which} {options}", DIM))


def _ask(kind: str | None, hook_id: str | None, stack: Stack) -> None:
    if kind is None and hook_id is None:
        raise LeadwheelError("say as which: --as meta or --as linkedin")
    stack.connect_store()
    found, hook = find_hook(kind, hook_id, config_store.active().config)
    shake_hands(stack.api, found, hook, stack.secrets.of(f"hook#{found}"))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise LeadwheelError(f"--field {text}: write it as NAME=TEXT")
    return name, value


def _require_text(fields: Mapping[str, str]) -> None:
    """LeadwheelError for bytes that are no text, which Python hands over as half characters."""
    for name, text in fields.items():
        try:
            f"{name}{text}".encode()
        except UnicodeEncodeError as error:
            raise LeadwheelError(f"the field {name!a} must be text in UTF-8") from error


def _numbered(fields: Mapping[str, str], number: int) -> dict[str, str]:
    """The same person would be one lead: a repeated submission is recognised."""
    return {**fields, "number": str(number + 1)}
