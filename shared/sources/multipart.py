"""The fields of a multipart/form-data body (RFC 7578)."""

import logging
from typing import TYPE_CHECKING

from shared.errors import UnreadableBodyError
from shared.sources.text import decode

if TYPE_CHECKING:
    from python_multipart.multipart import Field, File

_NAME_ESCAPES = ((b"%22", b'"'), (b"%0D%0A", b"\n"))


def multipart_pairs(body: bytes, *, boundary: str, encoding: str) -> list[tuple[str, str]]:
    """Read the parts in order. Of a file only its name is kept: a lead is no place for uploads.

    Raises UnreadableBodyError, also when the closing boundary is missing: then the body was cut
    short, and the lead would be incomplete without anyone noticing.
    """
    # Only imported when the first multipart body arrives; see the package's docstring.
    from python_multipart import FormParser
    from python_multipart.exceptions import FormParserError

    # Its warnings quote bytes of the body, and logs must not hold personal data.
    logging.getLogger("python_multipart.multipart").disabled = True

    if not boundary:
        raise UnreadableBodyError("the content type names no multipart boundary")
    pairs: list[tuple[str, str]] = []
    closed: list[bool] = []

    def keep_field(field: "Field") -> None:
        pairs.append((_name(field.field_name, encoding), decode(field.value or b"", encoding)))

    def keep_file_name(file: "File") -> None:
        pairs.append((_name(file.field_name, encoding), decode(file.file_name or b"", encoding)))

    try:
        parser = FormParser(
            "multipart/form-data",
            on_field=keep_field,
            on_file=keep_file_name,
            on_end=lambda: closed.append(True),
            boundary=boundary.encode("utf-8", "replace"),
        )
        parser.write(body)
        parser.finalize()
    except FormParserError:
        raise UnreadableBodyError("the multipart body is broken") from None
    if not closed:
        raise UnreadableBodyError("the multipart body ends before its closing boundary")
    return pairs


def _name(raw: bytes | None, encoding: str) -> str:
    """Undo the escapes that browsers put into names (WHATWG HTML, multipart/form-data)."""
    name = raw or b""
    for escape, meant in _NAME_ESCAPES:
        name = name.replace(escape, meant)
    return decode(name, encoding)
