"""What partners and hooks prove themselves with: hashed keys and shared secrets.

They are in one secret of Secrets Manager, a JSON object by source:

    {"partner#acme": {"keys": [{"sha256": "…", "scopes": ["leads"]}], "secret": ["whsec_…"]},
     "hook#google": {"secret": ["…"]},
     "hook#meta": {"secret": ["…"], "verify_token": ["…"], "access_token": ["…"]}}

Each may have two that are valid, so that one can be exchanged for the next without a gap.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from shared.errors import StoreBusyError
from shared.settings import secret

SCOPES = ("leads", "pings", "returns")

# A new key or secret is known everywhere within so many seconds of its first use: what is not known
# is looked up again, but not more often than that, whoever knocks how often.
LOOK_AGAIN_AFTER = 10.0

_looked: dict[str, float] = {}


def of_source(named: str, *, again: bool = False) -> Mapping[str, Any]:
    """The credentials of a source (`hook#google`); empty when it has none.

    `again`: look whether there are newer ones than this process knows.
    """
    credentials: Mapping[str, Any] = json.loads(_text(again=again)).get(named, {})
    return credentials


def may_be_newer() -> bool:
    """Whether it makes sense to look again."""
    return time.monotonic() - _looked.get("at", float("-inf")) >= LOOK_AGAIN_AFTER


def _text(*, again: bool) -> str:
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

    if again:
        _looked["at"] = time.monotonic()
    try:
        return secret("SOURCE_SECRETS_ARN", again=again) or "{}"
    except GetParameterError as error:
        raise StoreBusyError("the secrets could not be read") from error


def key_hash(key: str) -> str:
    """How a key is kept. Keys are long and random, so a plain hash is as good as a slow one."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


def scopes_of_key(credentials: Mapping[str, Any], key: str) -> frozenset[str] | None:
    """What a partner's key allows; None: it is none of theirs."""
    shown = key_hash(key)
    found = None
    for known in credentials.get("keys", ()):  # all of them: time must not tell which one it was
        if hmac.compare_digest(shown, str(known.get("sha256", ""))):
            found = frozenset(known.get("scopes", SCOPES))
    return found
