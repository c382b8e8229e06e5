"""Whom a body is about, or who is named in it: the addresses and numbers that stand in it.

Imports its libraries when there is something to read.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from urllib.parse import unquote_plus

_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# With its country, as it is known whichever that is.
_NUMBER = re.compile(r"(?:\+|\b00)[1-9](?:[ ()./-]{0,2}[0-9]){6,14}")
_HOME_NUMBER = re.compile(r"(?<![\w.-])\(?[0-9](?:[ ()./-]{0,2}[0-9]){6,14}(?![-.:]?\w)")
_MOST_AT_HOME = 500  # such runs of digits in a body: most are none, and each is read
_JSON_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_LAST_DIGITS = 6


def mentioned(body: bytes, country: str | None = None) -> Iterator[tuple[str, str]]:
    """The e-mail addresses and phone numbers in a body, as ("email" or "phone", normal text).

    They are read one by one: who has seen enough stops. `country` (alpha-2): where numbers without
    one belong; without, only those count that are written with theirs.
    """
    texts = _texts(body)
    yield from (("email", address) for address in _read(_ADDRESS, texts, _email))
    yield from (("phone", number) for number in _read(_NUMBER, texts, _phone))
    if country:
        yield from (("phone", number) for number in _at_home(texts, country))


def may_mention(body: bytes, field: str, text: str) -> bool:
    """Whether a body can hold this address or number at all: most cannot, and that is soon seen."""
    if field == "email":
        start = text.partition("@")[0].casefold()
        return not start.isascii() or any(start in one.casefold() for one in _texts(body))
    end = "".join(filter(str.isdigit, text))[-_LAST_DIGITS:]
    return any(end in re.sub(r"\D", "", one) for one in _texts(body))


def mentions_at_home(body: bytes, number: str) -> bool:
    """Whether this number stands in a body as people write it in its own country."""
    from shared.sources.phone import home_of, read_phone

    end, home = number[-_LAST_DIGITS:], home_of(number)
    runs = (run for run in _home_runs(_texts(body)) if re.sub(r"\D", "", run).endswith(end))
    return any((read_phone(run, (home,)) or ("",))[0] == number for run in runs)


def _at_home(texts: Iterable[str], country: str) -> Iterator[str]:
    from shared.sources.phone import read_home_phone

    for run in islice(_home_runs(texts), _MOST_AT_HOME):
        if number := read_home_phone(run, country):
            yield number


def _home_runs(texts: Iterable[str]) -> Iterator[str]:
    """What may be a number without its country, each once."""
    seen: set[str] = set()
    for text in texts:
        others = _NUMBER.sub("|", _ADDRESS.sub("|", text))
        for match in _HOME_NUMBER.finditer(others):
            if match[0] not in seen:
                seen.add(match[0])
                yield match[0]


def _texts(body: bytes) -> list[str]:
    """A body as it is written, and as its escapes mean it. Of wider encodings, half is zeros."""
    written = body.replace(b"\0", b"").decode("utf-8", errors="replace")
    meant = html.unescape(_JSON_ESCAPE.sub(lambda found: chr(int(found[1], 16)), written))
    return list(dict.fromkeys((written, unquote_plus(written), meant)))


def _read(
    pattern: re.Pattern[str], texts: Iterable[str], read: Callable[[str], str | None]
) -> Iterator[str]:
    found = dict.fromkeys(match[0] for text in texts for match in pattern.finditer(text))
    seen: set[str] = set()
    for text in found:
        normal = read(text)
        if normal and normal not in seen:
            seen.add(normal)
            yield normal


def _email(text: str) -> str | None:
    from shared.sources.email_address import read_email

    return read_email(text)


def _phone(text: str) -> str | None:
    from shared.sources.phone import read_phone

    read = read_phone(text, ())
    return read and read[0]
