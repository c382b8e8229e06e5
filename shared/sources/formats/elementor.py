"""Elementor Pro's form action "Webhook": a form, of labels or with "Advanced Data" of fields.

Labels: `Name=Ada+Example&No+Label+email=…&Page+URL=…&form_id=1a2b3c4&form_name=Contact`; a field
without a label is "No Label" and its id, and all of it in the site's language.

Advanced: `form[id]=…&fields[email][id]=email&fields[email][type]=email&fields[email][title]=E-Mail&
fields[email][value]=…&meta[page_url][title]=Page+URL&meta[page_url][value]=…`.

Sources: Elementor, "Form widget: actions after submit"; the plugin's source (`Form_Record`, and the
action `webhook`). It never retries, and shows the visitor an error unless the answer is 200.
"""

import re
from collections.abc import Mapping
from typing import Any

from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._flat import KEY_IN_ADDRESS, lead, nested_object
from shared.sources.formats._tree import say
from shared.sources.signatures import SHARED_KEY

TITLE = "Elementor"
SECRET = KEY_IN_ADDRESS.format(
    why="Elementor can neither sign nor send headers. Keep the address to yourself."
)
SCHEME = SHARED_KEY
ALIASES: dict[str, tuple[str, ...]] = {}

_NO_LABEL = "No Label "
_ADVERTISEMENT = frozenset({"Powered by", "credit"})
_GROUPS = ("fields", "meta", "form")
_BRACKETS = re.compile(r"(fields|meta|form)\[([^\]]+)\](?:\[([^\]]+)\])?(\[.*)?")
_MEANT = {"email": "email", "tel": "phone", "textarea": "message", "acceptance": "consent"}


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """Read one lead; see `shared.sources.formats`."""
    sent = nested_object(delivery)
    if isinstance(sent.get("fields"), dict):
        return [_advanced(sent)]
    groups = _groups(sent)
    return [_advanced(groups) if groups["fields"] else _labelled(sent)]


def _labelled(sent: Mapping[str, Any]) -> Reported:
    said: dict[str, str] = {}
    for name, value in sent.items():
        if name not in _ADVERTISEMENT:
            say(said, name.removeprefix(_NO_LABEL) or name, value)
    return lead(said, ALIASES)


def _groups(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Undo PHP's names for what was nested: `fields[email][value]`."""
    groups: dict[str, Any] = {group: {} for group in _GROUPS}
    for name, text in sent.items():
        match = _BRACKETS.fullmatch(name)
        if match is None:
            groups.setdefault(name, text)
        elif not match[4]:  # deeper is only the raw value of a list
            group, key, part = groups[match[1]], match[2], match[3] or "value"
            group.setdefault(key, {})[part] = text
    return groups


def _advanced(sent: Mapping[str, Any]) -> Reported:
    said: dict[str, str] = {}
    guesses: dict[str, str] = {}
    for id_, field in _fields(sent.get("fields")):
        name, kind = field.get("title") or id_, field.get("type")
        meant = _MEANT.get(kind) if isinstance(kind, str) else None
        before = set(said)
        say(said, str(name), field.get("value") or field.get("raw_value"))
        added = said.keys() - before
        if meant and added and meant not in guesses:
            guesses[meant] = added.pop()
            if meant == "consent":
                say(said, "consent_text", field.get("title"))
    for id_, field in _fields(sent.get("meta")):
        if id_ not in _ADVERTISEMENT:
            say(said, id_, field.get("value"))
    for id_, field in _fields(sent.get("form")):
        say(said, f"form_{id_}", field.get("value"))
    for name, value in sent.items():
        if name not in _GROUPS:
            say(said, name, value)
    return lead(said, ALIASES, guesses=guesses)


def _fields(group: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return id and parts of each field; what is plain text is its value."""
    members = group.items() if isinstance(group, dict) else ()
    return [(id_, parts if isinstance(parts, dict) else {"value": parts}) for id_, parts in members]
