"""Personal data, hidden from who may see a lead before it is theirs.

What is left tells one lead from the next, and reaches nobody.
"""

import re
import unicodedata
from collections.abc import Iterable

HIDDEN = "•••"
MOST_INITIALS = 4
_SHOWN_DIGITS = 2  # at a number's end
_SHORTEST_PHONE = 8  # digits; of a shorter number, the rest could be guessed

_WORD = re.compile(r"\S+")
_LINK = re.compile(r"://|www\.", re.IGNORECASE)
# As people write numbers: "070-174 06 05", "+46 (0)70 1740605".
_NUMBER = re.compile(r"(?<!\w)\+?(?:[\s().\-/]{0,3}\d){6,}")
_SHORTEST_WORD = 2  # of a name, to be hidden in a text


def masked_name(name: str) -> str:
    """`A. B.` of `Ada Byron`; "" of a name that shows nothing."""
    firsts = (_first_letter(word) for word in name.split())
    return " ".join(f"{letter}." for letter in list(filter(None, firsts))[:MOST_INITIALS])


def _first_letter(word: str) -> str:
    return next((char for char in word if unicodedata.category(char)[0] in "LN"), "")


def masked_email(email: str) -> str:
    """`a•••@e•••.com` of `ada@example.com`; "" stays."""
    if not email:
        return ""
    local, at, domain = email.rpartition("@")
    host, dot, top = domain.rpartition(".")
    if not (at and dot and host and top.isalnum()):
        return HIDDEN
    return f"{_first_letter(local)}{HIDDEN}@{_first_letter(host)}{HIDDEN}.{top}"


def masked_phone(phone: str) -> str:
    """`+46 ••• 05` of `+46701740605`; "" stays."""
    if not phone:
        return ""
    digits = [char for char in phone if char.isdecimal()]
    if len(digits) < _SHORTEST_PHONE or not phone.startswith("+"):
        return HIDDEN
    return f"+{''.join(digits[:2])} {HIDDEN} {''.join(digits[-_SHOWN_DIGITS:])}"


def masked_text(text: str, names: Iterable[str] = ()) -> str:
    """A stranger's own words without e-mail addresses, links, long numbers, and these names."""
    text = _WORD.sub(lambda word: HIDDEN if _is_address(word[0]) else word[0], text)
    text = _NUMBER.sub(lambda found: f"{' ' * found[0][0].isspace()}{HIDDEN}", text)
    words = {word for name in names for word in re.findall(r"\w+", name)}
    hidden = sorted((word for word in words if len(word) >= _SHORTEST_WORD), key=len, reverse=True)
    if not hidden:
        return text
    either = "|".join(map(re.escape, hidden))
    return re.sub(rf"(?<!\w)(?:{either})(?!\w)", HIDDEN, text, flags=re.IGNORECASE)


def _is_address(word: str) -> bool:
    return "@" in word or bool(_LINK.search(word))
