"""How senders prove who they are: shared keys, and signatures over the bytes they sent.

Every comparison takes the same time wherever the first difference lies, and all secrets of a hook
are tried, so that one can follow another. What is malformed is simply not genuine. A scheme can
also sign, so that `leadwheel send` and the tests send what a platform would.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from shared.errors import UnreadableBodyError
from shared.sources.delivery import Delivery
from shared.sources.json_object import json_value
from shared.sources.text import decode

TOLERANCE = timedelta(minutes=5)
"""How old, or how far ahead, a signature's time may be; a replay within it meets its guard."""

_MILLISECONDS = 1_000  # in a second
_LONGEST_HEADER = 4_096  # beyond it a list of signatures is no platform's
_TIME = re.compile(r"[0-9]{1,15}")  # not \d, which takes the digits of every script


@dataclass(frozen=True, slots=True)
class Scheme:
    """A way to prove it: whether a delivery was made with one of these secrets, and making one."""

    name: str
    is_genuine: Callable[[Delivery, Sequence[str]], bool]
    signed: Callable[[Delivery, str], Delivery]


def same(shown: str | None, expected: str) -> bool:
    """Whether two texts are equal; nothing shown equals nothing."""
    if not shown:
        return False
    texts = (shown, expected)
    return hmac.compare_digest(*(text.encode(errors="surrogatepass") for text in texts))


# ── What schemes are made of ─────────────────────────────────────────────────────────────────────


def either(first: Scheme, *others: Scheme) -> Scheme:
    """Any of several schemes will do, of a platform that has more than one; the first signs."""
    schemes = (first, *others)
    return Scheme(
        first.name,
        lambda delivery, secrets: _any(each.is_genuine(delivery, secrets) for each in schemes),
        first.signed,
    )


def _scheme(
    name: str,
    proves: Callable[[Delivery, str], bool],
    signed: Callable[[Delivery, str], Delivery],
) -> Scheme:
    # Anybody could sign with an empty secret, so it proves nothing.
    return Scheme(
        name,
        lambda delivery, secrets: _any(proves(delivery, secret) for secret in secrets if secret),
        signed,
    )


def _any(proofs: Iterable[bool]) -> bool:
    """`any`, without an early end that would tell which of them it was."""
    return True in list(proofs)


def hex_hmac(secret: str, message: bytes) -> str:
    """The hexadecimal HMAC-SHA256, as handshakes ask for it."""
    return _hmac(secret, message)


def _hmac(secret: str, message: bytes, encoding: str = "hex", algorithm: str = "sha256") -> str:
    digest = _digest(secret, message, algorithm)
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def _digest(secret: str, message: bytes, algorithm: str = "sha256") -> bytes:
    return hmac.digest(secret.encode(errors="surrogatepass"), message, algorithm)


def _is_current(shown: str, at: datetime, per_second: int = 1) -> bool:
    if not _TIME.fullmatch(shown):
        return False
    return abs(at.timestamp() - int(shown) / per_second) <= TOLERANCE.total_seconds()


def _time(at: datetime, per_second: int = 1) -> str:
    return str(int(at.timestamp() * per_second))


def _with(delivery: Delivery, headers: Mapping[str, str]) -> Delivery:
    return replace(delivery, headers={**delivery.headers, **headers})


# ── Signatures in headers ────────────────────────────────────────────────────────────────────────


def _body(delivery: Delivery) -> bytes:
    return delivery.body


def hmac_header(
    header: str,
    prefix: str = "",
    encoding: Literal["hex", "base64"] = "hex",
    algorithm: str = "sha256",
    message: Callable[[Delivery], bytes] = _body,
) -> Scheme:
    """A header (in lower case) that holds `prefix` and the HMAC of the body, or of `message`.

    Such a signature has no time: the lead's own id is what tells a replay.
    """

    def signature(delivery: Delivery, secret: str) -> str:
        return prefix + _hmac(secret, message(delivery), encoding, algorithm)

    return _scheme(
        header,
        lambda delivery, secret: same(delivery.headers.get(header), signature(delivery, secret)),
        lambda delivery, secret: _with(delivery, {header: signature(delivery, secret)}),
    )


def timestamped_header(header: str, time_key: str, signature_key: str) -> Scheme:
    """A header such as `t=1633174587,v1=5f0c…`: the hexadecimal HMAC of time, "." and body.

    The time is in seconds and comes once; several signatures may come while a platform changes its
    secret.
    """

    def signature(delivery: Delivery, secret: str, time: str) -> str:
        return _hmac(secret, f"{time}.".encode() + delivery.body)

    def proves(delivery: Delivery, secret: str) -> bool:
        shown = delivery.headers.get(header, "")
        pairs = [part.strip().partition("=") for part in shown[:_LONGEST_HEADER].split(",")]
        times = [text for key, _, text in pairs if key == time_key]
        if len(times) != 1 or not _is_current(times[0], delivery.at):
            return False
        expected = signature(delivery, secret, times[0])
        return _any(same(text, expected) for key, _, text in pairs if key == signature_key)

    def signed(delivery: Delivery, secret: str) -> Delivery:
        time = _time(delivery.at)
        made = signature(delivery, secret, time)
        return _with(delivery, {header: f"{time_key}={time},{signature_key}={made}"})

    return _scheme(header, proves, signed)


def timed_headers(
    header: str,
    time_header: str,
    message: Callable[[Delivery, str], bytes],
    encoding: Literal["hex", "base64"] = "hex",
) -> Scheme:
    """A signature in one header over what `message` makes of the delivery and of another's time.

    The time is in milliseconds.
    """

    def signature(delivery: Delivery, secret: str, time: str) -> str:
        return _hmac(secret, message(delivery, time), encoding)

    def proves(delivery: Delivery, secret: str) -> bool:
        time = delivery.headers.get(time_header, "")
        if not _is_current(time, delivery.at, _MILLISECONDS):
            return False
        return same(delivery.headers.get(header), signature(delivery, secret, time))

    def signed(delivery: Delivery, secret: str) -> Delivery:
        time = _time(delivery.at, _MILLISECONDS)
        return _with(delivery, {time_header: time, header: signature(delivery, secret, time)})

    return _scheme(header, proves, signed)


# Webflow, "Working with webhooks" and "Verifying Requests".
WEBFLOW = timed_headers(
    "x-webflow-signature",
    "x-webflow-timestamp",
    lambda delivery, time: f"{time}:".encode() + delivery.body,
)

_SIGNED_DECODED = re.compile("%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


def _hubspot_message(delivery: Delivery, time: str) -> bytes:
    address, _, _ = delivery.url.partition("#")
    # These characters, and no others, stand decoded in what HubSpot signs.
    uri = _SIGNED_DECODED.sub(lambda found: chr(int(found[1], 16)), address)
    return f"{delivery.method}{uri}".encode(errors="surrogatepass") + delivery.body + time.encode()


# HubSpot, "Validating requests", the v3 signature.
HUBSPOT = timed_headers(
    "x-hubspot-signature-v3", "x-hubspot-request-timestamp", _hubspot_message, "base64"
)


# ── Standard Webhooks ────────────────────────────────────────────────────────────────────────────


def _standard(delivery: Delivery, secret: str, id_: str, time: str) -> str:
    """The signature as the library makes it; "" when the secret is none, or the body no text."""
    from standardwebhooks import Webhook
    from standardwebhooks.webhooks import EmptyWebhookSecretError

    try:
        at = datetime.fromtimestamp(int(time), UTC)
        return Webhook(secret).sign(id_, at, delivery.body.decode())
    except (EmptyWebhookSecretError, ValueError):  # base64 and UTF-8 raise kinds of ValueError
        return ""


def _standard_proves(delivery: Delivery, secret: str) -> bool:
    # The library's `verify` goes by the clock of this machine, not by when the delivery came in.
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    id_, time, shown = (delivery.headers.get(name, "") for name in names)
    if not id_ or not _is_current(time, delivery.at):
        return False
    expected = _standard(delivery, secret, id_, time)
    listed = shown[:_LONGEST_HEADER].split(" ")
    return expected != "" and _any(same(signature, expected) for signature in listed)


def _standard_signed(delivery: Delivery, secret: str) -> Delivery:
    id_ = delivery.headers.get("webhook-id") or f"msg_{hashlib.sha256(delivery.body).hexdigest()}"
    time = _time(delivery.at)
    headers = {"webhook-id": id_, "webhook-timestamp": time}
    return _with(delivery, {**headers, "webhook-signature": _standard(delivery, secret, id_, time)})


# Standard Webhooks specification 1.0, symmetric signatures; secrets are `whsec_` and base64.
STANDARD_WEBHOOKS = _scheme("webhook-signature", _standard_proves, _standard_signed)


# ── Netlify ──────────────────────────────────────────────────────────────────────────────────────

_NETLIFY = "x-webhook-signature"


def _netlify_token(secret: str, head: str, claims: str) -> str:
    message = f"{head}.{claims}"
    return f"{message}.{_url64(_digest(secret, message.encode(errors='surrogatepass')))}"


def _netlify_proves(delivery: Delivery, secret: str) -> bool:
    """By hand, as a JSON Web Signature library is a dependency for these few lines.

    No algorithm is taken from the token: it is HS256, or the signature is wrong. There is no time.
    """
    shown = delivery.headers.get(_NETLIFY, "").rstrip("=")
    head, _, rest = shown.partition(".")
    claims, _, _ = rest.partition(".")
    if not same(shown, _netlify_token(secret, head, claims)):
        return False
    try:
        said = json_value(decode(base64.urlsafe_b64decode(f"{claims}=="), "utf-8"))
    except (UnreadableBodyError, ValueError):
        return False
    if not isinstance(said, dict) or said.get("iss") != "netlify":
        return False
    return same(str(said.get("sha256")), hashlib.sha256(delivery.body).hexdigest())


def _netlify_signed(delivery: Delivery, secret: str) -> Delivery:
    claims = {"iss": "netlify", "sha256": hashlib.sha256(delivery.body).hexdigest()}
    parts = ({"alg": "HS256"}, claims)
    head, body = (_url64(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return _with(delivery, {_NETLIFY: _netlify_token(secret, head, body)})


def _url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


# Netlify, "Deploy notifications", payload signature: claims `iss` and the body's `sha256`.
NETLIFY = _scheme(_NETLIFY, _netlify_proves, _netlify_signed)


# ── Keys that travel with the delivery ───────────────────────────────────────────────────────────


def body_member(name: str) -> Scheme:
    """A member of the JSON body that holds the secret itself, as Google Ads' `google_key`.

    Signing puts it in, and raises UnreadableBodyError when the body is no JSON object.
    """

    def members(delivery: Delivery) -> Any:
        value = json_value(decode(delivery.body, "utf-8"))
        if not isinstance(value, dict):
            raise UnreadableBodyError("the JSON is not an object")
        return value

    def proves(delivery: Delivery, secret: str) -> bool:
        try:
            shown = members(delivery).get(name)
        except UnreadableBodyError:
            return False
        return isinstance(shown, str) and same(shown, secret)

    def signed(delivery: Delivery, secret: str) -> Delivery:
        members(delivery)
        body = {**json.loads(delivery.body), name: secret}
        return replace(delivery, body=json.dumps(body).encode())

    return _scheme(name, proves, signed)


_KEY = "x-leadwheel-key"


def _shared_key_proves(delivery: Delivery, secret: str) -> bool:
    shown = (
        delivery.headers.get(_KEY),
        delivery.query.get("key"),
        _password(delivery.headers.get("authorization", "")),
    )
    return _any(same(text, secret) for text in shown)


def _password(authorization: str) -> str | None:
    """The password of HTTP Basic authentication (RFC 7617); its user may be anybody."""
    kind, _, coded = authorization.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        _, _, password = base64.b64decode(coded.strip(), validate=True).decode().partition(":")
    except ValueError:  # bad base64 and bad UTF-8 both are kinds of it
        return None
    return password


# For plugins that cannot sign: `X-Leadwheel-Key`, `?key=…`, or the password of HTTP Basic.
SHARED_KEY = _scheme(
    _KEY, _shared_key_proves, lambda delivery, secret: _with(delivery, {_KEY: secret})
)
