"""Bytes from strangers, shown as they came: nothing in them acts, and nothing hides."""

import unicodedata
from typing import NamedTuple

MOST_CHARACTERS = 20_000
MOST_BYTES = 4_096  # of what is no text
_IN_A_ROW = 16  # bytes

# Beside what these categories hold, all kinds of spaces but the plain one are marked.
_UNSEEN = ("C", "Zl", "Zp")  # controls, marks of direction and joining, line separators


class Shown(NamedTuple):
    """Lines to show, and how much is left out behind them, in `unit`s."""

    lines: tuple[str, ...]
    left_out: int
    unit: str  # "character", "byte"


def shown(body: bytes) -> Shown:
    """Text as text, with what cannot be seen as `⟨U+202E⟩`; anything else as a table of bytes."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return _table(body)
    if "\0" in text:
        return _table(body)
    return visible(text)


def visible(text: str) -> Shown:
    """A text's lines, with what cannot be seen in them made visible."""
    lines = text[:MOST_CHARACTERS].replace("\r\n", "\n").split("\n")
    left_out = max(0, len(text) - MOST_CHARACTERS)
    return Shown(tuple(map(_marked, lines)), left_out, "character")


def _marked(line: str) -> str:
    return "".join(f"⟨U+{ord(char):04X}⟩" if _is_unseen(char) else char for char in line)


def _is_unseen(char: str) -> bool:
    if char in " \t":
        return False
    category = unicodedata.category(char)
    return category.startswith(_UNSEEN) or category == "Zs"


def _table(body: bytes) -> Shown:
    """Sixteen bytes a row: where they begin, their values, and what of them is ASCII."""
    rows = []
    for start in range(0, min(len(body), MOST_BYTES), _IN_A_ROW):
        row = body[start : start + _IN_A_ROW]
        readable = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        rows.append(f"{start:08x}  {row.hex(' '):<{_IN_A_ROW * 3}} |{readable}|")
    return Shown(tuple(rows), max(0, len(body) - MOST_BYTES), "byte")
