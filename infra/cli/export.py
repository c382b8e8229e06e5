"""`leadwheel export`."""

import json

from infra.cli.person import PersonArgument, named
from infra.cli.stack import StackOption, find_stack
from infra.terminal import out


def export(person: PersonArgument, *, stack: StackOption = None) -> None:
    """Show all that is known of a person, as JSON: their leads with all that lies beside them."""
    api, asked = find_stack(stack).api, named(person)
    known = api.export_person(asked)
    page = known
    while page["next"]:
        page = api.export_person({**asked, "after": page["next"]})
        known = {name: known[name] + page[name] for name in ("leads", "mentioned")}
    out.print(json.dumps({name: known[name] for name in ("leads", "mentioned")}, indent=2))
