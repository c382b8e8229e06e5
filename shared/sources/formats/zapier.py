"""Zapier's "Webhooks by Zapier": whatever the zap's owner put together.

JSON, a form or XML; an object, or with "Wrap Request In Array" a list of them; nested, or with
"Unflatten" off as `contact__email`. Fields that the trigger left empty come as empty texts.

Source: Zapier, "Send webhooks in Zaps".
"""

from collections.abc import Mapping
from typing import Any

from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._flat import KEY_IN_HEADER, each_nested, lead, leaves
from shared.sources.formats._tree import identifier, say
from shared.sources.names import fold
from shared.sources.signatures import SHARED_KEY

TITLE = "Zapier"
SECRET = KEY_IN_HEADER.format(where="the action's Headers; or the password of its Basic Auth")
SCHEME = SHARED_KEY
ALIASES: dict[str, tuple[str, ...]] = {}

# What a person's answers are wrapped in: `contact__email` is the e-mail address, while
# `form__name` is nobody's name.
_WRAPPERS = frozenset(
    {"answers", "body", "contact", "customer", "data", "fields", "lead", "payload", "person"}
)

# A plain "id" may be the form's, the same for every lead.
_IDS = ("externalid", "leadid", "leadgenid", "submissionid")


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """Read the leads; see `shared.sources.formats`."""
    return each_nested(delivery, _one)


def _one(item: dict[str, Any]) -> Reported:
    said: dict[str, str] = {}
    for path, value in leaves(item):
        say(said, _name(path), value)
    folded = {fold(name): text for name, text in said.items()}
    ids = [identifier(folded[name]) for name in _IDS if name in folded]
    return lead(said, ALIASES, external_id=ids[0] if ids else None)


def _name(path: tuple[str, ...]) -> str:
    parts = [part for key in path for part in key.split("__")]
    while len(parts) > 1 and fold(parts[0]) in _WRAPPERS:
        del parts[0]
    return "__".join(parts)
