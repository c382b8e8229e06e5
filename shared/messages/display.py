"""Text from strangers, made safe to show. It is still text: escaping is the templates' work."""

import re
import unicodedata
from urllib.parse import quote

# Beyond the ends of its own text, each of these turns the direction of what follows, so that a name
# could rewrite the sentence it stands in. The plain marks (U+200E, U+200F) cannot and stay.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_UNPRINTABLE = ("Cc", "Cs", "Zl", "Zp")  # controls, lone surrogates, line and paragraph separators
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_PHONE = re.compile(r"\+[0-9]{1,15}")
_SCHEME = re.compile(r"^https?://", re.IGNORECASE)


def one_line(text: object, limit: int) -> str:
    """At most `limit` characters on one line, which a mail header takes; "" when nothing shows.

    A longer text ends in "…". White space becomes single spaces.
    """
    spaced = "".join(
        " " if unicodedata.category(char) in _UNPRINTABLE else char for char in str(text)
    )
    line = " ".join(_DIRECTION.sub("", spaced).split())
    return shortened(line, limit) if _shows(line) else ""


def headline(text: object, limit: int) -> str:
    """As `one_line`, for what stands where people expect names: nothing in it works as a web link.

    Mail programs make links of whatever looks like one, also in a subject.
    """
    return shortened(one_line(text, limit).replace("://", ": //"), limit)


def lines(text: object, limit: int) -> tuple[str, ...]:
    """At most about `limit` characters of a longer text, as lines; never two blank in a row."""
    broken = shortened(_BREAKS.sub("\n", str(text)), limit).split("\n")
    kept: list[str] = []
    for line in (one_line(line, limit) for line in broken):
        if line or (kept and kept[-1]):
            kept.append(line)
    return tuple(kept[:-1] if kept and not kept[-1] else kept)


def shortened(text: str, limit: int) -> str:
    """The text, cut at `limit` characters with an ellipsis as the last of them."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rstrip(" \n\u200d") + "…"


def ascii_line(text: object, limit: int) -> str:
    """As `one_line`, in printable ASCII: accents go, what else is not ASCII becomes "?"."""
    decomposed = unicodedata.normalize("NFKD", one_line(text, len(str(text)) + 1))
    kept = "".join(char for char in decomposed if not unicodedata.combining(char))
    line = kept.encode("ascii", "replace").decode()
    return line if len(line) <= limit else line[: limit - 3].rstrip() + "..."


def without_scheme(address: object, limit: int) -> str:
    """A web address to read, not to follow: a stranger chose where it leads."""
    return headline(_SCHEME.sub("", one_line(address, 10_000)), limit)


def mailto(address: str) -> str:
    """A link that opens a mail to the address; "" when it is not one address."""
    return f"mailto:{quote(address, safe='@')}" if _EMAIL.fullmatch(address) else ""


def tel(number: str) -> str:
    """A link that dials the number, E.164; "" when it is not one."""
    return f"tel:{number}" if _PHONE.fullmatch(number) else ""


def _shows(line: str) -> bool:
    return any(unicodedata.category(char)[0] not in "CZ" for char in line)
