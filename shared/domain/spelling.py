"""When two names mean the same."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """Reduce a name to what matters in comparing: "E-Mail *", "e_mail" and "EMAIL" are one.

    Case, spaces, punctuation, invisible and full-width forms go. Letters, digits and marks of any
    script stay: without its vowel marks a Hindi word is another word.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in folded if unicodedata.category(char)[0] not in "PZC")
