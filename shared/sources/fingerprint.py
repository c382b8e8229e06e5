"""Recognising the same submission when it comes again: a double click, a retry, a reload."""

import hashlib
import hmac
import json
from collections.abc import Mapping


def body_fingerprint(
    source_id: str, content: Mapping[str, str] | bytes, *, key: bytes = b""
) -> str:
    """Return 64 hexadecimal digits that are equal when the same source sends the same content.

    `content` is what `read_body` returned, so that the order of fields and the multipart boundary,
    which browsers draw anew for each attempt, do not matter. Give the raw bytes when they were
    unreadable. All fields count, also the hidden start time: a second click sends the same one
    again, while a person who fills in the form anew sends another.

    The result goes into keys and logs, which must not hold personal data. So only whole content is
    ever hashed, never one field: an address alone is guessed from its hash. Where a form asks for
    so little that its whole content can be guessed (a newsletter's address), only a secret `key`
    protects it; with a `key` the result is an HMAC-SHA-256, which cannot be tested without that
    key.
    """
    digest = hmac.new(key, digestmod=hashlib.sha256)
    digest.update(json.dumps(source_id).encode())
    if isinstance(content, bytes):
        digest.update(b"\nbytes\n" + content)
    else:
        digest.update(b"\nfields\n" + json.dumps(sorted(content.items())).encode())
    return digest.hexdigest()
