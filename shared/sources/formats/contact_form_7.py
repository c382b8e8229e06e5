"""Contact Form 7 with the plugin "CF7 to Webhook": the form's tags as JSON.

`{"your-name": "Ada Example", "menu-1": ["Roofing"], "acceptance-1": "1"}`; what was left open is
an empty text, and what may be ticked more than once is a list. With a body of the site's own, which
the plugin allows, anything flat may come, also as text/plain.

Sources: Contact Form 7, "Text fields", "Acceptance checkbox" and "Special mail tags"; "CF7 to
Webhook" (cf7-to-zapier), its readme and source.
"""

import re
from collections.abc import Mapping
from typing import Any

from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._flat import KEY_IN_HEADER, lead, nested_object
from shared.sources.formats._tree import say
from shared.sources.signatures import SHARED_KEY

TITLE = "Contact Form 7"
SECRET = KEY_IN_HEADER.format(where="Contact form → Webhook → Headers")
SCHEME = SHARED_KEY
ALIASES = {"consent": ("your-consent", "acceptance")}

# The names that its form editor gives to fields nobody names: "email-482".
_GENERATED = re.compile(r"(email|tel|textarea|acceptance)-[0-9]+")
_MEANT = {"email": "email", "tel": "phone", "textarea": "message", "acceptance": "consent"}

# Which form it was, its version and its check against forgery: for the plugin, not for us.
_TECHNICAL = "_wpcf7"


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """Read one lead; see `shared.sources.formats`."""
    said: dict[str, str] = {}
    guesses: dict[str, str] = {}
    for name, value in nested_object(delivery).items():
        if name.startswith(_TECHNICAL):
            continue
        say(said, name, value)
        generated = _GENERATED.fullmatch(name)
        if generated:
            guesses.setdefault(_MEANT[generated[1]], name)
    return [lead(said, ALIASES, guesses=guesses)]
