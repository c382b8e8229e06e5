"""Gravity Forms with its Webhooks Add-On: names of the owner's choice, or numbers.

With "Select Fields" the owner types the names. With "All Fields" the entry comes as it is stored,
where a field is only a number and a part of one has a decimal: `{"id": "311", "form_id": "4",
"1.3": "Ada", "1.6": "Example", "2": "ada@solar.example", "5.1": "1", "5.2": "I agree to …"}`. Sites
often add the labels by a filter, and then each answer comes twice.

Sources: Gravity Forms, "Triggering Webhooks on Form Submissions", "Entry Object", "Name Field" and
"Consent Field"; the add-on's source.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._flat import KEY_IN_HEADER, lead, nested_object
from shared.sources.formats._tree import identifier, say
from shared.sources.signatures import SHARED_KEY

TITLE = "Gravity Forms"
SECRET = KEY_IN_HEADER.format(where="form → Settings → Webhooks → Request Headers")
SCHEME = SHARED_KEY
ALIASES = {
    "first_name": ("Name (First)",),
    "last_name": ("Name (Last)",),
    "region": ("Address (State / Province)", "Address (County / State / Region)"),
    "postal_code": ("Address (ZIP / Postal Code)", "Address (ZIP Code)"),
    "country": ("Address (Country)",),
}

# What the entry says about its own storage.
_STORAGE = frozenset(
    {
        "is_starred",
        "is_read",
        "is_fulfilled",
        "status",
        "currency",
        "date_updated",
        "created_by",
        "source_id",
        "post_id",
        "transaction_type",
    }
)

# What it says about the visit. These are no labels, though "id" may be equal to an answer.
_ENTRY = frozenset({"id", "form_id", "date_created", "ip", "source_url", "user_agent"})

_NUMBER = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,3}))?")
_STANDARD_PHONE = re.compile(r"\([0-9]{3}\) [0-9]{3}-[0-9]{4}")  # its default phone format


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """Read one lead; see `shared.sources.formats`."""
    entry = nested_object(delivery)
    everything: dict[str, str] = {}
    for name, value in entry.items():
        if name not in _STORAGE:
            say(everything, name, value)
    guesses = _meant(everything, _parts(entry))
    said = _without_twins(everything, kept=set(guesses.values()))
    return [lead(said, ALIASES, guesses=guesses, external_id=_id(entry))]


def _id(entry: Mapping[str, Any]) -> str | None:
    """Return form and entry: without the form, one may stand for another site's."""
    form, number = identifier(entry.get("form_id")), identifier(entry.get("id"))
    return f"{form}-{number}" if form and number else None


def _without_twins(said: Mapping[str, str], kept: Collection[str]) -> dict[str, str]:
    """Leave out a number whose text also comes under a label, one number for each label."""
    labelled = Counter(
        text for name, text in said.items() if name not in _ENTRY and not _NUMBER.fullmatch(name)
    )
    left: dict[str, str] = {}
    for name, text in said.items():
        if name not in kept and _NUMBER.fullmatch(name) and labelled[text]:
            labelled[text] -= 1
        else:
            left[name] = text
    return left


def _parts(entry: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the parts that each field has in the entry, empty ones too: they tell its kind."""
    parts: dict[str, set[str]] = defaultdict(set)
    for name in entry:
        match = _NUMBER.fullmatch(name)
        if match and match[2]:
            parts[match[1]].add(match[2])
    return parts


def _meant(said: Mapping[str, str], parts: Mapping[str, set[str]]) -> dict[str, str]:
    """Return field → number where the parts of a field, or how it is written, tell what it is."""
    meant: dict[str, str] = {}
    for number, its in parts.items():
        # Prefix .2, first .3, middle .4, last .6, suffix .8. Addresses also have .1 and .5.
        if {"3", "6"} <= its <= {"2", "3", "4", "6", "8"}:
            meant = {"first_name": f"{number}.3", "last_name": f"{number}.6", **meant}
        # Ticked .1, its text .2, the text's revision .3.
        revision = said.get(f"{number}.3", "")
        if its == {"1", "2", "3"} and said.get(f"{number}.1") == "1" and revision.isdigit():
            meant = {"consent": f"{number}.1", "consent_text": f"{number}.2", **meant}
    phones = [
        name
        for name, text in said.items()
        if _NUMBER.fullmatch(name) and _STANDARD_PHONE.fullmatch(text)
    ]
    if len(phones) == 1:
        meant["phone"] = phones[0]
    return meant
