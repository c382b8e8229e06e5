"""What is described alike of every source."""

from typing import Any

from shared.domain.description import Recognition
from shared.domain.sources import Source

EXAMPLE_ID = "01kt7y5q8v3m9x2c4b6n8p0r1s"

_KEYS = {"email": "e-mail address", "phone": "phone number", "external_id": "own id"}


def in_common(source: Source) -> dict[str, Any]:
    """The members of a Description that every source fills in the same way."""
    terms = source.consent
    return {
        "needs_contact": {"email", "phone"}.isdisjoint(source.required),
        "recognition": _recognition(source),
        "consent_text": terms.text if terms else "",
        "consent_version": (terms and terms.version) or "",
    }


def _recognition(source: Source) -> Recognition | None:
    policy = source.duplicates
    if policy is None:
        return None
    return Recognition(
        within=policy.within,
        keys=tuple(_KEYS[key] for key in policy.keys),
        all_of_them=policy.match == "all",
        elsewhere=policy.scope != "source",
    )
