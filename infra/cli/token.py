"""`leadwheel token`."""

from infra.cli.stack import StackOption, find_stack
from infra.terminal import say


def token(*, stack: StackOption = None) -> None:
    """Show the admin token, for requests of your own.

    curl -H "Authorization: Bearer $(leadwheel token)" API_URL/v1/parked
    """
    say(find_stack(stack).api.admin_token())
