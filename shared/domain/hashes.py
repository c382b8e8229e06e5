"""Hashes that stand for what is personal: fit for a key, and short, as every byte is paid for."""

import base64
import hashlib
import hmac

LENGTH = 18  # bytes: 24 characters


def keyed_hash(pepper: bytes, text: str) -> str:
    """A hash that nobody can test who does not know this table's own secret."""
    digest = hmac.new(pepper, text.encode(errors="replace"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:LENGTH]).decode()
