"""One field's text: its value for the lead, or what is to be done instead."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from shared.sources.consent import consent_given
from shared.sources.country import country_code
from shared.sources.names import FIELDS
from shared.sources.text import one_line

MAX_CHARACTERS = {
    **dict.fromkeys(FIELDS, 200),
    "first_name": 99,  # so that both and a space make a name
    "last_name": 99,
    "email": 254,  # RFC 5321 with its erratum 1690
    "message": 10_000,
    "page_url": 2_048,
}

# What is odd in these was not typed by the person, or a rep can make sense of it. So it is set
# aside in `extra`, and the lead lives.
_NEVER_A_PROBLEM = frozenset(
    {
        "country",
        "consent",
        "page_url",
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "utm_term",
        "utm_content",
    }
)

_WEB_ADDRESS = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)


class Reading(NamedTuple):
    """What became of a text.

    `value` is None when the lead goes without it. `extra` maps names to texts to keep beside the
    lead's fields. `problem` is "" or advice that never quotes what was sent: it ends up in answers.
    """

    value: str | bool | None = None
    extra: Mapping[str, str] = MappingProxyType({})
    problem: str = ""


def read_field(field: str, text: str, countries: Sequence[str]) -> Reading:
    """Read the text (cleaned, not empty) of one of FIELDS.

    `countries` (alpha-2) is where a phone number without country code may belong.
    """
    line = text if field == "message" else one_line(text)
    if field in _NEVER_A_PROBLEM:
        return _read_or_set_aside(field, text, line)
    if len(line) > MAX_CHARACTERS[field]:
        return Reading(problem=f"must not be longer than {MAX_CHARACTERS[field]} characters")
    if field == "email":
        return _email(line)
    return _phone(line, countries) if field == "phone" else Reading(line)


def _read_or_set_aside(field: str, text: str, line: str) -> Reading:
    value = _understood(field, line)
    if value is not None:
        return Reading(value)
    # An unclear consent counts as none, while what the person saw and sent stays readable.
    return Reading(False if field == "consent" else None, {field: text})


def _understood(field: str, line: str) -> str | bool | None:
    if field == "country":
        return country_code(line)
    if field == "consent":
        return consent_given(line)
    if len(line) > MAX_CHARACTERS[field]:
        return None
    return line if field != "page_url" or _WEB_ADDRESS.fullmatch(line) else None


def _email(text: str) -> Reading:
    # Imported with the first address; see the package's docstring.
    from shared.sources.email_address import read_email

    address = read_email(text)
    if address is None:
        return Reading(problem="must be one e-mail address, such as ada@example.com")
    return Reading(address)


def _phone(text: str, countries: Sequence[str]) -> Reading:
    # Imported with the first number; see the package's docstring.
    from shared.sources.phone import read_phone

    read = read_phone(text, countries)
    if read is None and countries:
        return Reading(problem="must be one whole phone number, with its area code")
    if read is None:
        return Reading(problem="must be one phone number; add the country code, as in +44 20 …")
    number, extension = read
    return Reading(number, {"phone_extension": extension} if extension else {})
