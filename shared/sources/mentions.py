"""Whom a body is about that nobody could or would read: the addresses and numbers that stand in it.

Imports its libraries when there is something to read.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote_plus

MOST = 20  # of each: a body with more is about nobody in particular

_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# With its country: of any other nobody knows whose it is.
_NUMBER = re.compile(r"(?:\+|\b00)[1-9](?:[ ()./-]{0,2}[0-9]){6,14}")


def mentioned(body: bytes) -> Iterator[tuple[str, str]]:
    """The e-mail addresses and phone numbers in a body, as ("email" or "phone", normal text)."""
    written = body.decode("utf-8", errors="replace")
    texts = (written, unquote_plus(written))
    yield from (("email", address) for address in _read(_ADDRESS, texts, _email))
    yield from (("phone", number) for number in _read(_NUMBER, texts, _phone))


def _read(
    pattern: re.Pattern[str], texts: Iterable[str], read: Callable[[str], str | None]
) -> Iterable[str]:
    found = dict.fromkeys(match[0] for text in texts for match in pattern.finditer(text))
    return dict.fromkeys(filter(None, map(read, list(found)[:MOST])))


def _email(text: str) -> str | None:
    from shared.sources.email_address import read_email

    return read_email(text)


def _phone(text: str) -> str | None:
    from shared.sources.phone import read_phone

    read = read_phone(text, ())
    return read and read[0]
