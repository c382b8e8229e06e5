"""`leadwheel export`."""

import json

from infra.cli.person import PersonArgument, all_known
from infra.cli.stack import StackOption, find_stack
from infra.terminal import out


def export(person: PersonArgument, *, stack: StackOption = None) -> None:
    """Show all that is known of a person, as JSON: their leads with all that lies beside them."""
    out.print(json.dumps(all_known(find_stack(stack).api, person), indent=2))
