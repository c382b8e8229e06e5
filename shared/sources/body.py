"""A request body, whatever its format, as one flat mapping from field name to text."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_to_bytes

from shared.errors import BodyTooLargeError, UnreadableBodyError
from shared.sources.json_object import json_pairs
from shared.sources.media_type import MediaType, read_media_type
from shared.sources.multipart import multipart_pairs
from shared.sources.text import clean, clean_name, decode

MAX_BODY_BYTES = 65_536
MAX_BODY_FIELDS = 500

_OPENS_JSON_OBJECT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"')


def read_body(content_type: str | None, body: bytes) -> dict[str, str]:
    """Read JSON, a URL-encoded form or a multipart form into field name → text, in body order.

    Names and texts are cleaned (`shared.sources.text.clean`). A name that comes more than once, in
    any format, holds its texts joined with ", ", empty ones left out: so come the ticked boxes of a
    form, and a JSON key sent twice loses nothing either. An empty body has no fields, so that its
    sender hears which ones are missing. JSON values become text as `json_pairs` says; of an
    uploaded file the file name is kept.

    `content_type` is the header as received, `body` at most MAX_BODY_BYTES bytes, already
    base64-decoded.

    Raises BodyTooLargeError, UnsupportedMediaTypeError (the content type is missing or none of
    ours) or UnreadableBodyError (the body is not what its content type says, or has over
    MAX_BODY_FIELDS fields). No message quotes the body.
    """
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLargeError(f"the body is larger than {MAX_BODY_BYTES} bytes")
    media = read_media_type(content_type)
    return _gather(_pairs(media, body)) if body.strip() else {}


def _pairs(media: MediaType, body: bytes) -> Iterable[tuple[str, str]]:
    if media.format == "multipart":
        return multipart_pairs(body, boundary=media.boundary, encoding=media.encoding)
    # A script that forgets to set the content type sends JSON labelled as a form, which no form
    # could ever look like: browsers escape both the brace and the quote.
    if media.format == "json" or _OPENS_JSON_OBJECT.match(body):
        return json_pairs(decode(body, media.encoding))
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
