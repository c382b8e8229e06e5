"""Where a plain HTML form may send its visitor after it was stored."""

from collections.abc import Sequence
from urllib.parse import urlsplit

# The field of a form that says so; it is not part of the lead.
REDIRECT_FIELD = "redirect_to"


def allowed_redirect(wanted: str | None, allowed: Sequence[str]) -> str | None:
    """The wanted address when the form's list allows it, else None.

    An entry that is only an origin (`https://example.com`) allows every page there; one with a path
    allows that page, whatever its query. Everything that browsers read differently than we do
    (control characters, backslashes, user names) is refused.
    """
    if not wanted or any(c <= " " or c in "\\\x7f" for c in wanted):
        return None
    try:
        target = urlsplit(wanted)
        port = target.port
    except ValueError:
        return None
    if target.scheme not in ("http", "https") or "@" in target.netloc:
        return None
    for entry in map(urlsplit, allowed):
        same_origin = (entry.scheme, entry.hostname, entry.port) == (
            target.scheme,
            target.hostname,
            port,
        )
        if same_origin and (entry.path in ("", "/") or entry.path == target.path):
            return wanted
    return None
