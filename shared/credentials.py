"""What partners, hooks and machines prove themselves with: hashed keys and shared secrets.

They are in one secret of Secrets Manager, a JSON object by who shows them:

    {"partner#acme": {"keys": [{"sha256": "…", "scopes": ["leads"]}], "secret": ["whsec_…"]},
     "hook#google": {"secret": ["…"]},
     "hook#meta": {"secret": ["…"], "verify_token": ["…"], "access_token": ["…"]},
     "machine#crm": {"keys": [{"sha256": "…", "scopes": ["read"]}]}}

The admin token has a secret of its own. Each may have two that are valid, so that one can be
exchanged for the next without a gap.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from shared.settings import secret

SCOPES = ("leads", "pings", "returns")  # of a partner's key
KEY_PREFIX = "lw_"
MACHINE = "machine#"

# A new key or secret is known everywhere within so many seconds of its first use: what is not known
# is looked up again, but not more often than that, whoever knocks how often.
LOOK_AGAIN_AFTER = 10.0

_looked: dict[str, float] = {}


class Machine(NamedTuple):
    """A system that uses the API: its name in the secret, `crm`, and what its key is for."""

    name: str
    scopes: frozenset[str]


def of_source(named: str, *, again: bool = False) -> Mapping[str, Any]:
    """The credentials of a source (`hook#google`); empty when it has none.

    `again`: look whether there are newer ones than this process knows.
    """
    credentials: Mapping[str, Any] = _all(again=again).get(named, {})
    return credentials


def machine_of(key: str, *, again: bool = False) -> Machine | None:
    """The machine whose key this is; None: it is no machine's. StoreBusyError: see `of_source`."""
    found = None
    for named, credentials in _all(again=again).items():
        if not named.startswith(MACHINE):
            continue
        scopes = scopes_of_key(credentials, key, unless_said=())
        if scopes is not None:
            found = Machine(named.removeprefix(MACHINE), scopes)
    return found


def is_admin_token(token: str, *, again: bool = False) -> bool:
    """Whether this is the admin token; its secret may hold two, one per line."""
    known = _secret("ADMIN_TOKEN_ARN", again=again).split()
    shown = token.encode(errors="replace")
    # All of them: time must not tell which one it was.
    return sum(hmac.compare_digest(shown, each.encode()) for each in known) > 0


def may_be_newer(arn_setting: str = "SOURCE_SECRETS_ARN") -> bool:
    """Whether it makes sense to look again."""
    return time.monotonic() - _looked.get(arn_setting, float("-inf")) >= LOOK_AGAIN_AFTER


def _all(*, again: bool) -> dict[str, Any]:
    known: dict[str, Any] = json.loads(_secret("SOURCE_SECRETS_ARN", again=again) or "{}")
    return known


def _secret(arn_setting: str, *, again: bool) -> str:
    if again:
        _looked[arn_setting] = time.monotonic()
    return secret(arn_setting, again=again)


def key_hash(key: str) -> str:
    """How a key is kept. Keys are long and random, so a plain hash is as good as a slow one."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


def scopes_of_key(
    credentials: Mapping[str, Any], key: str, *, unless_said: tuple[str, ...] = SCOPES
) -> frozenset[str] | None:
    """What a key allows, or `unless_said` if its record does not say; None: it is not theirs."""
    shown = key_hash(key)
    found = None
    for known in credentials.get("keys", ()):  # all of them: time must not tell which one it was
        if hmac.compare_digest(shown, str(known.get("sha256", ""))):
            found = frozenset(known.get("scopes", unless_said))
    return found
