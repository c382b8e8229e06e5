"""Salesforce Web-to-Lead forms, pointed at leadwheel: URL-encoded, by a visitor's browser.

`oid=00D…&retURL=…&first_name=Ada&last_name=Example&email=…&00N5g00000ABCDE=Roofing`; custom fields
are ids of 15 characters that begin with 00N.

Source: Salesforce Help, "Generate Leads from Your Website for Your Sales Teams" and "Guidelines for
Setting Up Web-to-Lead", and the form that its Setup generates.
"""

from collections.abc import Mapping
from typing import Any

from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._flat import KEY_IN_ADDRESS, flat, lead
from shared.sources.names import fold
from shared.sources.signatures import SHARED_KEY

TITLE = "Salesforce Web-to-Lead"
SECRET = KEY_IN_ADDRESS.format(
    why="the form's `action`. Every visitor of your page can read it there, so it tells your form "
    "from others and proves no more."
)
SCHEME = SHARED_KEY
ALIASES = {
    "message": ("description",),
    "region": ("state_code",),
    # The company's site. Everywhere else "URL" is the page with the form.
    "website": ("URL",),
}

# Orders to Salesforce's server; nobody said them.
_ORDERS = frozenset(
    {
        "oid",
        "orgid",
        "returl",
        "encoding",
        "debug",
        "debugemail",
        "captchasettings",
        "grecaptcharesponse",
        "submit",
    }
)


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """Read one lead; see `shared.sources.formats`."""
    sent = flat(delivery).items()
    return [lead({name: text for name, text in sent if fold(name) not in _ORDERS}, ALIASES)]
