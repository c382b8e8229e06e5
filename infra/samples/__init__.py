"""What each platform sends, as an example: one file per format, of people who do not exist.

Besides, `generic-1` and `generic-2` come from two platforms that do not exist either, and
`meta-graph-lead` is what Meta answers when asked for the lead that `meta` announces.

A sample can be made unique by a number, so that each sending is another lead: it goes where the
file has `{{N}}`, and in files without it behind the ids listed here and into the e-mail addresses.
"""

import re
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent
_TOKEN = b"{{N}}"
_CONTENT_TYPES = {
    ".json": "application/json",
    ".xml": "application/xml",
    ".txt": "application/x-www-form-urlencoded",
}
_MULTIPART = ".multipart"

_IDS = {
    "calendly": ("LWSAMPLEINVITEE1",),
    "google-ads": ("CjwKCAiA-leadwheel-sample-0001",),
    "linkedin": ("5f0a8c22-91c4-4d1e-b7aa-30be0e7d9f11-3",),
    "meta": ("1184200917533046", "1184200917533047"),
    "meta-graph-lead": ("1184200917533046",),
    "tiktok": ("7431990284417001483", "7431990284417001490"),
    "typeform": ("e2c9a40b7d5f4816b3a0c1d2e3f40516",),
    "webflow": ("672740b5c0ffee0000000001",),
}
_ADDRESS = re.compile(rb"([A-Za-z0-9._]+)@([a-z0-9.-]+\.example)\b")


@dataclass(frozen=True, slots=True)
class Sample:
    """A body, and what its sender calls it."""

    content_type: str
    body: bytes


def names() -> list[str]:
    """Every sample's name, sorted."""
    return sorted(_files())


def sample(name: str) -> Sample:
    """The sample of this name, number 1; KeyError when there is none."""
    return fresh(name, 1)


def fresh(name: str, number: int) -> Sample:
    """The sample with this number (0 or more) in its ids and e-mail addresses; errors as above."""
    file = _files()[name]
    body = _numbered(name, file.read_bytes().replace(b"\r\n", b"\n"), str(number).encode())
    if _MULTIPART in file.suffixes:
        # Kept with plain line feeds, which no editor or checkout changes.
        boundary = body.partition(b"\n")[0].removeprefix(b"--").decode()
        return Sample(f"multipart/form-data; boundary={boundary}", body.replace(b"\n", b"\r\n"))
    return Sample(_CONTENT_TYPES[file.suffix], body.removesuffix(b"\n"))


def _numbered(name: str, body: bytes, number: bytes) -> bytes:
    if _TOKEN in body:
        return body.replace(_TOKEN, number)
    for id_ in _IDS.get(name, ()):
        body = body.replace(id_.encode(), id_.encode() + number)
    return _ADDRESS.sub(rb"\g<1>+%s@\g<2>" % number, body)


def _files() -> dict[str, Path]:
    return {
        file.name.partition(".")[0]: file
        for file in _FOLDER.iterdir()
        if file.suffix in _CONTENT_TYPES
    }
