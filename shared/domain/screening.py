"""Which leads a source lets in: screens, read in order, the first that fits decides."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from shared.domain.conditions import Subject
from shared.domain.facts import text_of
from shared.domain.matching import holds
from shared.domain.sources import Screen, Words

# Whether an e-mail domain is of a kind ("free", "disposable"): lists too long to be here.
DomainIs = Callable[[str, str], bool]


def first_screen(
    screens: Sequence[Screen], source: str, fields: Mapping[str, Any], domain_is: DomainIs
) -> Screen | None:
    """The first screen of which everything holds for this lead; None when it passes them all."""
    return next((s for s in screens if _fits(s, source, fields, domain_is)), None)


def _fits(screen: Screen, source: str, fields: Mapping[str, Any], domain_is: DomainIs) -> bool:
    def text(field: str) -> str:
        return text_of(field, source, fields)

    country = text("country")
    return (
        holds(screen.when, Subject(source, fields))
        and (screen.countries is None or country in screen.countries)
        and (screen.other_countries is None or country not in screen.other_countries)
        and _domain_fits(screen.email_domains, text("email"), domain_is)
        and (screen.contains is None or _contains(screen.contains, fields, text))
        and (screen.missing is None or any(not text(field) for field in screen.missing))
        and (screen.score_below is None or _is_below(text("score"), screen.score_below))
    )


def _domain_fits(wanted: str | list[str] | None, email: str, domain_is: DomainIs) -> bool:
    if wanted is None:
        return True
    domain = email.rpartition("@")[2].casefold()
    if not domain:
        return False
    if isinstance(wanted, str):
        return domain_is(domain, wanted)
    listed = {name.casefold().removeprefix("@") for name in wanted}
    return any(domain == name or domain.endswith(f".{name}") for name in listed)


def _contains(words: Words, fields: Mapping[str, Any], text: Callable[[str], str]) -> bool:
    if words.fields:
        texts = [text(field) for field in words.fields]
    else:
        texts = [str(value) for value in fields.values() if isinstance(value, str)]
        texts += fields.get("extra", {}).values()
    pattern = _pattern(tuple(words.words))
    return any(pattern.search(text) for text in texts)


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Whole words, where words have borders: scripts without capitals often do not part them."""
    parts = []
    for word in words:
        start = r"(?<!\w)" if _has_border(word[0]) else ""
        end = r"(?!\w)" if _has_border(word[-1]) else ""
        parts.append(f"{start}{re.escape(word)}{end}")
    return re.compile("|".join(parts), re.IGNORECASE)


def _has_border(letter: str) -> bool:
    return letter.isdigit() or letter.lower() != letter.upper()


def _is_below(score: str, floor: Decimal) -> bool:
    try:
        number = Decimal(score)
    except InvalidOperation:
        return True
    return not number.is_finite() or number < floor
