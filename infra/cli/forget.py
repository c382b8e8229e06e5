"""`leadwheel forget`."""

from collections import Counter
from typing import Annotated

import typer

from infra.cli.person import PersonArgument, named
from infra.cli.stack import StackOption, find_stack
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
}


def forget(
    person: PersonArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether you are sure.")] = False,
    stack: StackOption = None,
) -> None:
    """Erase all that is known of a person, for good. The bare steps of their leads stay."""
    api = find_stack(stack).api
    if not yes:
        typer.confirm("This cannot be undone. Erase all that is known of this person?", abort=True)
    done: Counter[str] = Counter()
    finished, asked = False, named(person)
    while not finished:
        answer = api.forget_person(asked)
        done.update(answer["done"])
        finished = answer["finished"]
        asked = {**named(person), **({"after": answer["next"]} if answer["next"] else {})}
    if not done:
        say(("Nothing is known of this person.", BOLD))
        return
    say(("Erased.", BOLD))
    for kind, words in WHAT.items():
        if done[kind]:
            say((f"  {done[kind]} {words}", DIM))
