"""A request body, whatever its format, as one flat mapping from field name to text."""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from shared.errors import BodyTooLargeError, UnreadableBodyError
from shared.sources.json_object import json_pairs, json_value
from shared.sources.media_type import Format, MediaType, read_media_type
from shared.sources.multipart import multipart_pairs
from shared.sources.text import clean, clean_name, decode
from shared.sources.xml_body import xml_pairs

MAX_BODY_BYTES = 65_536
MAX_BODY_FIELDS = 500

# What no form could ever look like: browsers escape the brace, the quote and the angle bracket.
_NO_FORM_BUT_JSON = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*"')
_NO_FORM_BUT_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[?!A-Za-z_]")
_JSON_IN_PLAIN_TEXT = re.compile(rb"(?:\xef\xbb\xbf)?\s*[{\[]")


def read_body(
    content_type: str | None, body: bytes, *, limit: int = MAX_BODY_BYTES
) -> dict[str, str]:
    """Read JSON, XML, a URL-encoded or a multipart form into field name → text, in body order.

    Names and texts are cleaned (`shared.sources.text.clean`). A name that comes more than once, in
    any format, holds its texts joined with ", ", empty ones left out: so come the ticked boxes of a
    form, and a JSON key sent twice loses nothing either. An empty body has no fields, so that its
    sender hears which ones are missing. JSON values become text as `json_pairs` says and XML as
    `xml_pairs` says; of an uploaded file the file name is kept. Plain text is read as what it looks
    like: JSON, XML or else a URL-encoded form.

    `content_type` is the header as received, `body` at most `limit` bytes, already base64-decoded.

    Raises BodyTooLargeError, UnsupportedMediaTypeError (the content type is missing or none of
    ours) or UnreadableBodyError (the body is not what its content type says, or has over
    MAX_BODY_FIELDS fields). No message quotes the body.
    """
    media = _media(content_type, body, limit)
    return _gather(_pairs(media, body)) if body.strip() else {}


def read_json(
    content_type: str | None, body: bytes, *, limit: int = MAX_BODY_BYTES
) -> Any:  # what `json_value` returns
    """Read a body that is JSON, labelled so or not, with all that is nested in it.

    Returns None for every other kind of body, and for an empty one. Raises as `read_body` does.
    """
    media = _media(content_type, body, limit)
    is_json = media.format == "json" and body.strip()
    return json_value(decode(body, media.encoding)) if is_json else None


def _media(content_type: str | None, body: bytes, limit: int) -> MediaType:
    if len(body) > limit:
        raise BodyTooLargeError(f"the body is larger than {limit} bytes")
    media = read_media_type(content_type)
    return media._replace(format=_likely_format(media.format, body))


def _likely_format(labelled: Format, body: bytes) -> Format:
    """Return what a body is that scripts and tools label as a form unless told otherwise."""
    if labelled not in ("form", "plain"):
        return labelled
    opens_json = _JSON_IN_PLAIN_TEXT if labelled == "plain" else _NO_FORM_BUT_JSON
    if opens_json.match(body):
        return "json"
    return "xml" if _NO_FORM_BUT_XML.match(body) else "form"


def _pairs(media: MediaType, body: bytes) -> Iterable[tuple[str, str]]:
    if media.format == "multipart":
        return multipart_pairs(body, boundary=media.boundary, encoding=media.encoding)
    if media.format == "json":
        return json_pairs(decode(body, media.encoding))
    if media.format == "xml":
        # UTF-8 is also what no charset means here, and then the body may declare another one.
        return xml_pairs(body, encoding=media.encoding if media.encoding != "utf-8" else None)
    return _form_pairs(body, media.encoding)


def _form_pairs(body: bytes, encoding: str) -> Iterator[tuple[str, str]]:
    # By hand as the WHATWG URL Standard parses it, since parse_qsl replaces what it cannot decode.
    for part in body.replace(b"+", b" ").split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            yield (
                decode(unquote_to_bytes(name), encoding),
                decode(unquote_to_bytes(value), encoding),
            )


def _gather(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    texts: dict[str, list[str]] = {}
    for count, (name, text) in enumerate(pairs, 1):
        if count > MAX_BODY_FIELDS:
            raise UnreadableBodyError(f"the body has more than {MAX_BODY_FIELDS} fields")
        texts.setdefault(clean_name(name), []).append(clean(text))
    return {name: ", ".join(filter(None, several)) for name, several in texts.items()}
