"""The buttons of pages, as people press them: after they have seen the page."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from shared.tokens import page_nonce
from tests.aws_events import api_request, context

FORM = {"content-type": "application/x-www-form-urlencoded"}


def nonce_on(page: str) -> str:
    """What the page's forms carry; "" when it has none."""
    found = re.search(r'name="nonce" value="([^"]+)"', page)
    return found[1] if found else ""


def filled_in(page: str, **fields: str) -> bytes:
    """A form of the page, filled in, as a browser sends it."""
    return urlencode({"nonce": nonce_on(page), **fields}).encode()


def button_behind(path: str, key: str = "k" * 48) -> bytes:
    """What the button of the page behind a link posts, whether the page shows it or not."""
    return urlencode({"nonce": page_nonce(path.rpartition("/")[2], [key])}).encode()


def pressed(handler: Callable[[Any, Any], dict[str, Any]], path: str) -> dict[str, Any]:
    """What a function answers when somebody has looked at a page and presses its button."""
    page = handler(api_request("GET", path), context())["body"]
    return handler(api_request("POST", path, body=filled_in(page), headers=FORM), context())
