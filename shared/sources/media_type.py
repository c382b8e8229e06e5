"""What a Content-Type header says about a body."""

import re
from typing import Literal, NamedTuple, TypeAlias

from shared.errors import UnreadableBodyError, UnsupportedMediaTypeError

READABLE = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/xml",
)
"""The media types to name in answers; variants such as application/ld+json are read too.

So is text/plain, as what it looks like: a page's script that uses it (`navigator.sendBeacon` does)
needs no permission of ours to send.
"""

_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^;\s]*))')
_JSON = re.compile(r"application/(?:[\w.-]+\+)?json|text/json")
_XML = re.compile(r"application/(?:[\w.-]+\+)?xml|text/xml")

# Browsers label Windows-1252 as Latin-1, so the WHATWG Encoding Standard reads both, as we do, as
# the former. ASCII is read as UTF-8, its superset: who declares it and sends more most likely means
# that.
_ENCODINGS: dict[str, Literal["utf-8", "cp1252"]] = {
    "": "utf-8",
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
}


Format: TypeAlias = Literal["json", "form", "multipart", "xml", "plain"]

_NAMED: dict[str, Format] = {
    "application/x-www-form-urlencoded": "form",
    "multipart/form-data": "multipart",
    "text/plain": "plain",
}


class MediaType(NamedTuple):
    """A body's format, the encoding of its text, and for multipart what separates its parts."""

    format: Format
    encoding: Literal["utf-8", "cp1252"]
    boundary: str


def read_media_type(content_type: str | None) -> MediaType:
    """Read a Content-Type header.

    Raises UnsupportedMediaTypeError for a missing header or a format we do not read, and
    UnreadableBodyError for a charset we do not know.
    """
    essence, _, _ = (content_type or "").partition(";")
    format_ = _format(essence.strip().lower())
    listed = _PARAMETER.findall(content_type or "")
    parameters = {name.lower(): quoted or bare for name, quoted, bare in listed}
    charset = parameters.get("charset", "").strip("'").lower().replace("_", "-")
    if charset not in _ENCODINGS:
        raise UnreadableBodyError("the charset is unknown here; send UTF-8")
    return MediaType(format_, _ENCODINGS[charset], parameters.get("boundary", ""))


def _format(essence: str) -> Format:
    if _JSON.fullmatch(essence):
        return "json"
    if _XML.fullmatch(essence):
        return "xml"
    named = _NAMED.get(essence)
    if named is None:
        raise UnsupportedMediaTypeError(f"send the body as one of: {', '.join(READABLE)}")
    return named
