"""`leadwheel send`."""

import time
from typing import Annotated, Any

import typer

from infra.api import Api, ApiError, Encoding, what_is_wrong
from infra.cli.ids import require_name
from infra.cli.moments import local
from infra.cli.stack import StackOption, find_stack
from infra.terminal import BOLD, DIM, command, say
from infra.web import Answer
from shared.errors import LeadwheelError

FOLLOWED_FOR = 5.0  # seconds
SETTLED = {"assigned", "parked", "quarantined"}

_Text = Annotated[str | None, typer.Option(show_default=False)]


def send(
    *,
    form: Annotated[str, typer.Option(help="The form's id.")] = "website",
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
    encoding: Annotated[
        Encoding, typer.Option("--as", help="How the form writes its fields.")
    ] = Encoding.JSON,
    count: Annotated[
        int, typer.Option(min=1, max=10_000, help="So many leads, told apart by a number.")
    ] = 1,
    follow: Annotated[bool, typer.Option(help="Show what happens to the lead.")] = True,
    stack: StackOption = None,
) -> None:
    """Send a lead as a website's form would, and follow it to its owner.

    Without any field, it is a person made up for the purpose.
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
    require_name(form, "form")
    api = find_stack(stack).api
    why = f"{command()} why" + (f" --stack {stack}" if stack else "")
    for number in range(count):
        whole = fields or _somebody(time.time_ns())
        lead_id = _report(
            api.submit(form, _numbered(whole, number) if count > 1 else whole, encoding)
        )
        if follow and count == 1:
            _follow(api, lead_id, f"{why} {lead_id}")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise LeadwheelError(f"--field {text}: write it as NAME=TEXT")
    return name, value


def _require_text(fields: dict[str, str]) -> None:
    """LeadwheelError for bytes that are no text, which Python hands over as half characters."""
    for name, text in fields.items():
        try:
            f"{name}{text}".encode()
        except UnicodeEncodeError as error:
            raise LeadwheelError(f"the field {name!a} must be text in UTF-8") from error


def _somebody(chance: int) -> dict[str, str]:
    return {
        "name": "Ada Lindgren",
        "email": f"ada+{chance % 10**9}@factory.example",
        "country": "SE",
        "message": "Sent by leadwheel send.",
    }


def _numbered(fields: dict[str, str], number: int) -> dict[str, str]:
    """The same person would be one lead: a repeated submission is recognised."""
    return {**fields, "number": str(number + 1)}


def _report(answer: Answer) -> str:
    """Say what came back; the lead's id. ApiError when there is none."""
    body = answer.json()
    if isinstance(body, dict) and "lead_id" in body:
        say((f"{answer.status} ", BOLD), f"lead {body['lead_id']}")
        return str(body["lead_id"])
    problems = body.get("errors", []) if isinstance(body, dict) else []
    told = "; ".join(f"{problem['field']}: {problem['message']}" for problem in problems)
    raise ApiError(f"the form answered {answer.status}: {told or what_is_wrong(answer)}")


def _follow(api: Api, lead_id: str, ask_why: str) -> None:
    """Show the lead's history until somebody has it, or a few seconds are over."""
    told, until = 0, time.monotonic() + FOLLOWED_FOR
    while time.monotonic() < until:
        lead = api.lead(lead_id)
        for record in lead["history"][told:]:
            _tell(record)
        told = len(lead["history"])
        if lead["status"] in SETTLED:
            say((ask_why, DIM))
            return
        time.sleep(0.1)
    say((f"it has no owner yet; look again with: {ask_why}", DIM))


def _tell(record: dict[str, Any]) -> None:
    say((local(record["at"]), DIM), f"  {record['sentence']}")
