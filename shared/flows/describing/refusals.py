"""The ways in which a request is refused, told to whoever sent it."""

from shared.domain.description import Refusal
from shared.domain.sources import Form, Hook, Partner, Source

_UNREADABLE = Refusal(400, "unreadable-body", "The body is not what its content type says.")
_NO_KEY = Refusal(401, "unauthorised", "The key is missing or wrong.")
_NO_SIGNATURE = Refusal(401, "unauthorised", "The signature is missing, wrong or too old.")
_NO_PROOF = Refusal(401, "unauthorised", "What proves the platform is missing or wrong.")
_NOT_FOR_THIS = Refusal(403, "forbidden", "The key is right, but not for this address.")
_IN_FLIGHT = Refusal(
    409, "key-in-flight", "The same is being stored at this instant. Send it again in a second."
)
_MEDIA_TYPE = Refusal(415, "unsupported-media-type", "The content type is none that is read.")
_FIELDS = Refusal(422, "invalid-fields", "Fields are missing or wrong; the answer names each.")
_KEY_REUSED = Refusal(
    422, "key-reused", "The same Idempotency-Key, or id, came before with something else."
)
_TOO_MANY = Refusal(429, "", "Too many requests at once. Send it again after a pause.")
_DEFECT = Refusal(500, "defect", "Our mistake. Nothing you could do better.")
_BUSY = Refusal(503, "busy", "Nobody knows whether it was stored. Sending it again is safe.")


def _too_large(size: str) -> Refusal:
    return Refusal(413, "body-too-large", f"The body is larger than {size}.")


_LARGE, _LARGE_DELIVERY = _too_large("64 KB"), _too_large("256 KB")


def refusals_of(source: Source) -> tuple[Refusal, ...]:
    """What can be answered to a sender in place of success, by status."""
    at_any_time = (_IN_FLIGHT, _TOO_MANY, _DEFECT, _BUSY)
    wrong = (_MEDIA_TYPE, _FIELDS, _KEY_REUSED)
    refusals: tuple[Refusal, ...] = ()
    match source:
        case Partner():
            key = (_NO_KEY, _NOT_FOR_THIS)
            proof = key if source.trust == "key" else (_NO_SIGNATURE,)
            refusals = (_UNREADABLE, *proof, _LARGE, *wrong, *at_any_time)
        case Form():
            refusals = (_LARGE, *wrong, *at_any_time)
        case Hook():
            unproven = () if source.trust == "public" else (_NO_PROOF,)
            refusals = (*unproven, _LARGE_DELIVERY, *at_any_time)
    return tuple(sorted(refusals, key=lambda refusal: refusal.status))
