"""Who is at the door: partners and hooks prove themselves before a word of theirs is read."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from shared import credentials
from shared.domain.sources import Hook, Partner
from shared.errors import ForbiddenError, UnauthorisedError
from shared.sources.delivery import Delivery
from shared.sources.formats import format_of
from shared.sources.signatures import SHARED_KEY, STANDARD_WEBHOOKS, Scheme

T = TypeVar("T")

KEY_HEADER = "x-api-key"


def require_partner(
    partner_id: str, partner: Partner | None, delivery: Delivery, scope: str
) -> Partner:
    """The partner, who it is indeed: UnauthorisedError otherwise.

    ForbiddenError: it is, but the key is for other things.
    A partner that does not exist is answered like a wrong key, in the same words and after the same
    work: nobody learns who sells to whom.
    """
    refusal = UnauthorisedError(
        "show this partner's key: Authorization: Bearer <key>, or X-Api-Key; or sign the request as"
        " Standard Webhooks says, with this partner's secret, if that is what was agreed"
    )
    named = f"partner#{partner_id}"
    if partner is not None and partner.trust == "signature":
        if not _proven(named, lambda known: _is_signed(STANDARD_WEBHOOKS, delivery, known)):
            raise refusal
        return partner
    key = shown_key(delivery.headers)
    scopes = _proven(named, lambda known: credentials.scopes_of_key(known, key)) if key else None
    if partner is None or scopes is None:
        raise refusal
    if scope not in scopes:
        raise ForbiddenError(f"this key is not for {scope}")
    return partner


def shown_key(headers: Mapping[str, str]) -> str:
    """The key in a request's headers; empty when there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get(KEY_HEADER, "").strip()


def require_hook(hook_id: str, hook: Hook, delivery: Delivery) -> None:
    """UnauthorisedError unless the delivery is from the hook's platform."""
    if hook.trust == "public":
        return
    scheme = SHARED_KEY if hook.trust == "key" else format_of(hook.format).SCHEME
    if not _proven(f"hook#{hook_id}", lambda known: _is_signed(scheme, delivery, known)):
        raise UnauthorisedError(f"the delivery is not signed as expected here ({scheme.name})")


def secrets_of(hook_id: str) -> Mapping[str, list[str]]:
    """A hook's secrets, for its platform's handshake.

    Handshakes are rare, and what an old secret answers to one looks no different: so the newest.
    """
    known = credentials.of_source(f"hook#{hook_id}", again=credentials.may_be_newer())
    return {name: list(values) for name, values in known.items() if isinstance(values, list)}


def _is_signed(scheme: Scheme, delivery: Delivery, known: Mapping[str, Any]) -> bool | None:
    secrets = known.get("secret")
    # A text in its place would be a list of letters, each of them a secret.
    return (isinstance(secrets, list) and scheme.is_genuine(delivery, secrets)) or None


def _proven(named: str, proof: Callable[[Mapping[str, Any]], T | None]) -> T | None:
    """What the credentials we know prove; or newer ones, when they prove nothing."""
    found = proof(credentials.of_source(named))
    if found is None and credentials.may_be_newer():
        found = proof(credentials.of_source(named, again=True))
    return found
