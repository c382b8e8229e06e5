"""`leadwheel forget`."""

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated

import typer

from infra.cli.person import PersonArgument, all_known, named
from infra.cli.stack import StackOption, find_stack
from infra.local.mailbox import empty_mails
from infra.terminal import BOLD, DIM, say

WHAT = {
    "leads": "leads emptied",
    "taken_from_owners": "of them taken from their owners",
    "bodies": "bodies as they came",
    "consents": "records of consent, of which the bare fact is left",
    "returns": "returns, without what was said",
    "pings": "pings",
    "guards": "marks of a person who came before",
    "ties": "ties to a rep",
    "mails": "mails in this machine’s mailbox",
}


def forget(
    person: PersonArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether you are sure.")] = False,
    stack: StackOption = None,
) -> None:
    """Erase all that is known of a person, for good. The bare steps of their leads stay."""
    found = find_stack(stack)
    api = found.api
    if not yes:
        typer.confirm("This cannot be undone. Erase all that is known of this person?", abort=True)
    began = datetime.now(UTC)
    known = all_known(api, person)["leads"] if found.endpoint_url else []
    done: Counter[str] = Counter()
    finished, asked = False, named(person)
    while not finished:
        answer = api.forget_person(asked)
        done.update(answer["done"])
        finished = answer["finished"]
        asked = {**named(person), **({"after": answer["next"]} if answer["next"] else {})}
    if found.endpoint_url:
        done["mails"] = empty_mails(found.endpoint_url, [one["lead_id"] for one in known], began)
    if not +done:
        say(("Nothing is known of this person.", BOLD))
        return
    say(("Erased.", BOLD))
    for kind, words in WHAT.items():
        if done[kind]:
            say((f"  {done[kind]} {words}", DIM))
