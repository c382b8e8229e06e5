"""Ids that sort by the time they were made."""

from datetime import datetime

# Crockford's alphabet: no i, l, o, u, so that an id survives being read aloud.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

ENTROPY_BYTES = 10


def new_id(now: datetime, entropy: bytes) -> str:
    """A 26-character id in ULID's layout: 48 bits of milliseconds, then 80 bits of chance.

    `entropy` must be 10 random bytes. Later ids compare greater, to the millisecond.
    """
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"an id needs {ENTROPY_BYTES} random bytes, not {len(entropy)}")
    milliseconds = int(now.timestamp() * 1000)
    number = (milliseconds << 80) | int.from_bytes(entropy)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
