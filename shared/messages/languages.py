"""What we say, in the language of whom we say it to.

Templates and sentences are written in English. What each of their phrases is in another language
stands in `templates/<language>.toml`; one that is missing there is said in English, since a message
must go out.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from shared.domain.languages import Language

TEMPLATES = Path(__file__).parent / "templates"

# In these, a number's fraction stands behind a comma.
_COMMA = frozenset({Language.SV, Language.PT})

# How many make the singular.
_SINGULAR: Mapping[Language, tuple[int, ...]] = {Language.PT: (0, 1)}

# One of what a browser asks for: `sv`, `zh-Hans-CN;q=0.8`.
_ASKED = re.compile(
    r"\s*([a-z]{2,8})(?:-[a-z0-9]{1,8})*\s*(?:;\s*q=(1(?:\.0{0,3})?|0(?:\.[0-9]{0,3})?)\s*)?",
    re.ASCII | re.IGNORECASE,
)


def language_asked_for(accept_language: str) -> Language:
    """Which of our languages a browser's `Accept-Language` puts first; English, if it names none.

    Of those asked for alike, the first one; what cannot be read is not asked for.
    """
    best, most = Language.EN, 0.0
    for asked in filter(None, map(_ASKED.fullmatch, accept_language.split(","))):
        code, weight = asked[1].lower(), float(asked[2] or 1)
        if weight > most and code in set(Language):
            best, most = Language(code), weight
    return best


def phrase(language: Language, english: str) -> str:
    """What the English phrase is in a language, with the same placeholders, as in `%(name)s`."""
    known = catalog(language).get(english, english)
    return known if isinstance(known, str) else known[0]


def counted(language: Language, singular: str, plural: str, number: int) -> str:
    """As `phrase`, of something that is counted: the form that goes with the number.

    In the catalog stand a list of both forms by the English plural, or one form where a language
    has no other.
    """
    known = catalog(language).get(plural, [singular, plural])
    if isinstance(known, str):
        return known
    return known[0 if number in _SINGULAR.get(language, (1,)) else 1]


def decimal(language: Language, number: str) -> str:
    """A number like `0.83` as people write it."""
    return number.replace(".", ",") if language in _COMMA else number


@cache
def catalog(language: Language) -> Mapping[str, str | list[str]]:
    """English phrase → the phrase in the language; a list of two where it is counted."""
    if language is Language.EN:
        return {}
    import tomllib  # most teams read one language

    return tomllib.loads((TEMPLATES / f"{language}.toml").read_text("utf-8"))
