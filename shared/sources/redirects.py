"""Where a plain HTML form may send its visitor after it was stored."""

from collections.abc import Sequence
from urllib.parse import quote, urlsplit

# The field of a form that says so; it is not part of the lead.
REDIRECT_FIELD = "redirect_to"

# What an address is made of; "%" among it, so that what is encoded already stays as it is.
_ADDRESS_CHARACTERS = "%:/?#[]@!$&'()*+,;=~"


def allowed_redirect(wanted: str | None, allowed: Sequence[str]) -> str | None:
    """The wanted address when the form's list allows it, else None.

    An entry that is only an origin (`https://example.com`) allows every page there; one with a path
    allows that page, percent-encoded or not, whatever its query. Everything that browsers read
    differently than we do (control characters, backslashes, user names) is refused.
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
        if same_origin and (
            entry.path in ("", "/") or ascii_address(entry.path) == ascii_address(target.path)
        ):
            return wanted
    return None


def ascii_address(address: str) -> str:
    """The address as a header takes it: what is not ASCII percent-encoded, as browsers send it."""
    return quote(address, safe=_ADDRESS_CHARACTERS, errors="replace")
