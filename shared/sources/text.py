"""Text as people, browsers and broken programs send it, made safe to store, show and send on."""

import re
import unicodedata

from shared.errors import UnreadableBodyError

_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def decode(raw: bytes, encoding: str) -> str:
    """Turn bytes into text, without a byte order mark.

    `encoding` is "utf-8" or "cp1252". UTF-8 can be wrong, and then raises UnreadableBodyError.
    Windows-1252 leaves five bytes undefined; those become U+FFFD.
    """
    try:
        text = raw.decode(encoding, "replace" if encoding == "cp1252" else "strict")
    except UnicodeDecodeError as error:
        # "from None" throughout these modules: the original error holds the body.
        raise UnreadableBodyError(f"byte {error.start} is not valid {encoding}") from None
    return text.removeprefix("\ufeff")


def clean(text: str) -> str:
    """Return text that encodes to UTF-8, breaks lines with line feeds and is in Unicode form NFC.

    A lone surrogate becomes U+FFFD (DynamoDB, e-mail and JSON encoders all raise on it). Every kind
    of line break becomes a line feed, also U+0085 and U+2028, which would split a mail header.
    Other control characters except the tab go. Marks of writing direction and emoji joiners stay:
    they are part of how people write.
    """
    text = _SURROGATES.sub("\ufffd", text)
    text = _LINE_BREAKS.sub("\n", text)
    return unicodedata.normalize("NFC", _CONTROLS.sub("", text))


def one_line(text: str) -> str:
    """Join all runs of white space, line breaks among them, into single spaces."""
    return " ".join(text.split())


def clean_name(name: str) -> str:
    """Return a field's name cleaned, on one line, and never empty: DynamoDB refuses empty names."""
    return one_line(clean(name)) or "unnamed"


def plain(text: str) -> str:
    """Undo what input methods and copying leave in addresses and numbers.

    Full-width letters and digits become ordinary ones (Unicode form NFKC), and invisible format
    characters, such as the direction marks that phones wrap around copied numbers, go.
    """
    compatible = unicodedata.normalize("NFKC", text)
    return "".join(char for char in compatible if unicodedata.category(char) != "Cf").strip()


def once(text: str) -> str:
    """Undo the joining of equal texts: pages with a layout per screen size send a field twice."""
    parts = {part.strip() for part in text.split(",")}
    return parts.pop() if len(parts) == 1 else text
