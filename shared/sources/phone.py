"""Phone numbers. Imports its library, so import this module only when there is a number."""

from collections.abc import Iterator, Sequence

import phonenumbers
from phonenumbers import PhoneNumber, ValidationResult

from shared.sources.text import once, plain

_MAX_DIGITS = 15  # ITU-T E.164; some national plans that phonenumbers knows allow two more


def read_phone(text: str, countries: Sequence[str]) -> tuple[str, str] | None:
    """Return the number in E.164 and its extension or "", or None if nobody could dial it.

    `countries` (ISO 3166-1 alpha-2) are tried in order for numbers written without a country code.

    A number only has to be possible (a length that its country uses), not valid (in a range known
    to be in use): new ranges open every month and a library is always behind, while a lead turned
    away is gone. Where several countries fit, a valid number goes before a possible one.
    """
    possible = [number for number in _numbers(once(plain(text)), countries) if _is_possible(number)]
    if not possible:
        return None
    best = next(filter(phonenumbers.is_valid_number, possible), possible[0])
    return _e164(best), best.extension or ""


def read_home_phone(text: str, country: str) -> str | None:
    """A number as people write it in their own country, in E.164; None: it hardly is one.

    For digits of which nobody said that they are a number: it has to be one in use, and to begin
    with the zero that most countries dial before numbers of their own.
    """
    zero = phonenumbers.ndd_prefix_for_region(country, strip_non_digits=True)
    if zero == "0" and not text.lstrip("(").startswith("0"):
        return None
    read = read_phone(text, (country,))
    return read[0] if read and phonenumbers.is_valid_number(phonenumbers.parse(read[0])) else None


def home_of(number: str) -> str:
    """The country (alpha-2) of a number in E.164, or the largest of those that share its code."""
    code = phonenumbers.parse(number).country_code or 0
    return phonenumbers.region_code_for_country_code(code)


def _numbers(text: str, countries: Sequence[str]) -> Iterator[PhoneNumber]:
    attempts = [(text, country) for country in (*countries, None)]
    if text.startswith("00"):
        # The international prefix of most countries, and written by people in the others as well.
        attempts.append((f"+{text[2:]}", None))
    for number, country in attempts:
        try:
            yield phonenumbers.parse(number, country)
        except phonenumbers.NumberParseException:
            continue


def _is_possible(number: PhoneNumber) -> bool:
    written = _e164(number)
    # The plain is_possible_number also takes local numbers, which cannot be dialled from elsewhere.
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != ValidationResult.IS_POSSIBLE or len(written) > 1 + _MAX_DIGITS:
        return False
    # A row of zeros loses one as trunk prefix each time it is read: no number, and no stable key.
    return _e164(phonenumbers.parse(written)) == written


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
