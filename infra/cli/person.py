"""Whom `leadwheel export` and `leadwheel forget` are about."""

import re
from typing import Annotated, Any

import typer

from infra.api import Api

PersonArgument = Annotated[
    str,
    typer.Argument(
        metavar="EMAIL|PHONE|LEAD_ID",
        help="An e-mail address, a phone number with its country, or the id of one lead.",
        show_default=False,
    ),
]

_LEAD_ID = re.compile(r"[0-9a-z]{26}")


def named(person: str) -> dict[str, str]:
    """The same, as the API wants to be told."""
    text = person.strip()
    if _LEAD_ID.fullmatch(text):
        return {"lead_id": text}
    return {"email" if "@" in text else "phone": text}


def all_known(api: Api, person: str) -> dict[str, list[Any]]:
    """All that is known of them, in as many answers as it takes: `leads`, and `mentioned`."""
    asked = named(person)
    known = page = api.export_person(asked)
    while page["next"]:
        page = api.export_person({**asked, "after": page["next"]})
        known = {name: known[name] + page[name] for name in ("leads", "mentioned")}
    return {name: known[name] for name in ("leads", "mentioned")}
