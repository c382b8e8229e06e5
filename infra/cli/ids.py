"""Ids as people type or paste them, checked before anybody is asked about them."""

import re

from shared.domain.config import Config
from shared.errors import LeadwheelError, NotFoundError

_LEAD_ID = re.compile(r"[0-9a-z]{26}")
_SOURCE = re.compile(r"(hook|partner|channel)s?[#/.]([a-z0-9][a-z0-9_-]{0,63})")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def require_lead_id(text: str) -> None:
    """LeadwheelError unless it has the shape of one."""
    if not _LEAD_ID.fullmatch(text):
        raise LeadwheelError(
            f"{_quoted(text)} is no lead's id: that has 26 characters, lower-case letters and"
            " digits, as `leadwheel send` and the API show it"
        )


def require_name(text: str, what: str) -> None:
    """LeadwheelError unless it could be the id of a pool or form; `what` says of which."""
    if not _NAME.fullmatch(text):
        raise LeadwheelError(
            f"{_quoted(text)} is no {what}'s id: that is made of lower-case letters, digits, - and"
            " _, as in the configuration"
        )


def require_rep(rep_id: str, config: Config) -> None:
    """NotFoundError unless the configuration has a rep of this id."""
    if rep_id not in config.reps:
        there = ", ".join(config.reps) or "none"
        raise NotFoundError(
            f"no rep of the active configuration has the id {rep_id} (there: {there})"
        )


def source_name(text: str) -> str:
    """A partner, hook or channel as it is named, `hook#google`, of what people type for it.

    That may be the address, `hooks/google`, or the place in the configuration, `hooks.google`.
    LeadwheelError: it is none of these.
    """
    match = _SOURCE.fullmatch(text.removeprefix("/").removeprefix("v1/"))
    if not match:
        raise LeadwheelError(
            f"{_quoted(text)} is no source with a secret, and no channel; write hook#ID, partner#ID"
            " or channel#ID, as in hook#google"
        )
    return f"{match[1]}#{match[2]}"


def _quoted(text: str) -> str:
    """In quotes, and so that every terminal can show it."""
    return ascii(text if len(text) <= 40 else f"{text[:40]}...")
