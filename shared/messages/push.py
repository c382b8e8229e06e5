"""Messages to devices: encrypted for one browser (RFC 8291), and signed by us (RFC 8292).

The push service that carries them reads neither. The libraries load with the first message: few of
those who come by here send one.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shared.domain.push import Subscription
from shared.messages.brief import Brief
from shared.messages.display import shortened
from shared.settings import setting

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

WAITS_FOR = timedelta(hours=1)  # with the push service, for a device that is off
SIGNED_FOR = timedelta(hours=12)  # push services take a day at most

_TITLE, _BODY = 120, 400  # characters, of at most four bytes: together far below what a push holds

Keys = Mapping[str, "EllipticCurvePrivateKey"]


# ── Our keys ─────────────────────────────────────────────────────────────────────────────────────


def new_key() -> str:
    """A key to sign with, as the secret keeps it: 32 bytes as base64url."""
    from cryptography.hazmat.primitives.asymmetric import ec

    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _base64(number.to_bytes(32, "big"))


def keys_of(secrets: Iterable[str]) -> Keys:
    """Keys by their fingerprints, in the secret's order; ValueError: one of them is no key."""
    found = map(_key, secrets)
    return {fingerprint(public_key(key)): key for key in found}


def _key(secret: str) -> "EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        raw = base64.b64decode(secret + "=" * (-len(secret) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 32:
        raise ValueError("a key has 32 bytes, as base64url")
    return ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())


def public_key(key: "EllipticCurvePrivateKey") -> str:
    """What a browser is told of a key, so that it takes messages by it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return _base64(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def fingerprint(public: str) -> str:
    """By which a device names the key that it takes messages by."""
    return hashlib.sha256(public.encode()).hexdigest()[:16]


# ── Messages ─────────────────────────────────────────────────────────────────────────────────────


def message(told: Brief, lead_id: str) -> bytes:
    """What the device is to show, and to open: never how to reach the person.

    Two about one lead have one `tag`: the later one takes the place of the one before.
    """
    about = "\n".join(f"{fact.label} {fact.text}" for fact in told.facts)
    shown = {
        "title": shortened(told.headline, _TITLE),
        "body": shortened(about, _BODY),
        "url": f"{setting('PUBLIC_URL')}/my/leads/{lead_id}",
        "tag": lead_id,
    }
    return json.dumps(shown, ensure_ascii=False).encode()


def encrypted(message: bytes, to: Subscription) -> bytes:
    """As only the browser reads it; ValueError: what it has handed us is no key."""
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec

    sealed: bytes = http_ece.encrypt(
        message,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_bytes(to.p256dh),
        auth_secret=_bytes(to.auth),
        version="aes128gcm",
    )
    return sealed


def headers(
    to: Subscription, key: "EllipticCurvePrivateKey", at: datetime, topic: str
) -> dict[str, str]:
    """Those of a request made at `at`. Of a `topic`, a device that is off gets the newest only."""
    from py_vapid import Vapid02

    target = urlsplit(to.endpoint)
    claims: dict[str, Any] = {
        "aud": f"{target.scheme}://{target.netloc}",
        "exp": int((at + SIGNED_FOR).timestamp()),
        "sub": _whose(setting("PUBLIC_URL")),
    }
    # The library would refuse a local stack's address.
    signed: dict[str, str] = Vapid02(key, conf={"no-strict": True}).sign(claims)
    return {
        **signed,
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(int(WAITS_FOR.total_seconds())),
        "Urgency": "high",
        "Topic": topic,
    }


def _whose(url: str) -> str:
    """Where a push service finds out who sends: our own host."""
    ours = urlsplit(url)
    return f"{ours.scheme}://{ours.netloc}"


def _bytes(text: str) -> bytes:
    bare = text.rstrip("=")
    return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
