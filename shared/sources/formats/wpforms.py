"""WPForms with its Webhooks addon: names that the site's owner typed, as JSON or as a form.

`{"name": "Ada Example", "visit": {"value": "12/05/2026", "unix": 1796428800}}`; an answer of
several lines (an address, ticked boxes) has "||" between them.

Sources: WPForms, "How to Install and Use the Webhooks Addon"; the addon's source, for the signature
`X-WPForms-Webhook-Signature: t=…,v=…`, which only covers the bytes sent when the format is JSON.
"""

from collections.abc import Mapping
from typing import Any

from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._flat import KEY_IN_HEADER, lead, nested_object
from shared.sources.formats._tree import say
from shared.sources.signatures import SHARED_KEY, either, timestamped_header

TITLE = "WPForms"
SECRET = (
    "The webhook's own Secret (form → Settings → Webhooks, Request Format JSON). Or: "
    + KEY_IN_HEADER.format(where="Request Headers, same place")
)
SCHEME = either(SHARED_KEY, timestamped_header("x-wpforms-webhook-signature", "t", "v"))
ALIASES: dict[str, tuple[str, ...]] = {}

_DATE = {"value", "unix"}


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """Read one lead; see `shared.sources.formats`."""
    said: dict[str, str] = {}
    for name, value in nested_object(delivery).items():
        is_date = isinstance(value, dict) and value.keys() == _DATE
        say(said, name, value["value"] if is_date else value)
    return [lead(said, ALIASES)]
