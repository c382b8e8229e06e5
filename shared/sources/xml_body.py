"""XML as flat pairs of text, and as the elements of a format that nests.

XML can make a small body expand without end, or fetch files (`defusedxml`, "XML bombs"). So a
document type declaration is refused, and with it every entity of the sender's own.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from shared.errors import UnreadableBodyError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_DEPTH = 30
"""How deep elements may nest; an ADF lead has seven levels."""

MAX_ELEMENTS = 5_000

# Senders put processing instructions or line breaks in front of the XML declaration, which nothing
# may precede, or write it in capitals, as the ADF specification itself does. All of this goes, and
# only the encoding that it names comes back.
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?.*?\?>\s*)*", re.DOTALL)
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([A-Za-z][\w.-]*)["']""", re.IGNORECASE)

_NAMES_ITSELF = frozenset({"name", "value"})


def xml_pairs(body: bytes, *, encoding: str | None = None) -> list[tuple[str, str]]:
    """Read every element without children as its name and text, in order.

    Names are local, without their namespace, and attributes do not count, but for elements that
    have no others than `name` and `value`: `<field name="email" value="ada@example.com"/>` is the
    pair it means. An element with both text and children is one text. `encoding` (from the content
    type) goes before what the body declares. Raises UnreadableBodyError.
    """
    return list(_pairs(xml_root(body, encoding=encoding)))


def xml_root(body: bytes, *, encoding: str | None = None) -> "Element":
    """Read a document; raises UnreadableBodyError, also beyond MAX_DEPTH or MAX_ELEMENTS."""
    # Only imported when the first XML arrives; see the package's docstring.
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException

    try:
        return _parse(_with_plain_prolog(body, encoding))
    except DefusedXmlException:
        raise UnreadableBodyError("the XML has a document type or entities of its own") from None
    except ParseError as error:
        line, column = error.position
        raise UnreadableBodyError(f"the XML is broken at line {line}, column {column}") from None
    except (ValueError, LookupError):
        raise UnreadableBodyError("the XML's encoding is unknown here; send UTF-8") from None


def local_name(element: "Element") -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def element_text(element: "Element") -> str:
    """Return all text in an element, without the white space around it."""
    return "".join(element.itertext()).strip()


def _with_plain_prolog(body: bytes, encoding: str | None) -> bytes:
    prolog = _PROLOG.match(body)
    end = prolog.end() if prolog else 0
    declared = _ENCODING.search(body, 0, end)
    name = encoding.encode() if encoding else declared and declared.group(1)
    return (b'<?xml version="1.0" encoding="%s"?>' % name if name else b"") + body[end:]


def _parse(body: bytes) -> "Element":
    from defusedxml.ElementTree import iterparse

    elements: list[Element] = []
    depth = 0
    # Counted while it is read, so that a bomb of elements ends early.
    for event, element in iterparse(BytesIO(body), events=("start", "end"), forbid_dtd=True):
        depth += 1 if event == "start" else -1
        if event == "start":
            elements.append(element)
        if depth > MAX_DEPTH:
            raise UnreadableBodyError("the XML is nested too deeply")
        if len(elements) > MAX_ELEMENTS:
            raise UnreadableBodyError(f"the XML has more than {MAX_ELEMENTS} elements")
    return elements[0]


def _pairs(element: "Element") -> Iterator[tuple[str, str]]:
    if len(element) and not (element.text or "").strip():
        for child in element:
            yield from _pairs(child)
    else:
        yield _pair(element)


def _pair(element: "Element") -> tuple[str, str]:
    name, text = local_name(element), element_text(element)
    if set(element.attrib) <= _NAMES_ITSELF:
        return element.get("name") or name, text or element.get("value") or ""
    return name, text
