"""`leadwheel export`."""

import json

from infra.cli.person import PersonArgument, named
from infra.cli.stack import StackOption, find_stack
from infra.terminal import out


def export(person: PersonArgument, *, stack: StackOption = None) -> None:
    """Show all that is known of a person, as JSON: their leads with all that lies beside them."""
    out.print(json.dumps(find_stack(stack).api.export_person(named(person)), indent=2))
