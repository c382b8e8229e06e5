"""What partners and hooks prove themselves with, in the stack's secret (`shared.credentials`).

Two people who change it at once must not undo each other's change: a version that nobody sees is
written first, and then takes the place of the one that was read, or nothing's place at all.
"""

import base64
import json
import secrets
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from shared.credentials import KEY_PREFIX, key_hash
from shared.domain.moments import to_text
from shared.errors import ConflictError, LeadwheelError

KEPT = 2  # valid at once: the one in use, and the next
STANDARD_PREFIX = "whsec_"  # of the secrets of Standard Webhooks

_RANDOM_BYTES = 32
_SHOWN = len(KEY_PREFIX) + 4  # of a key, to know it by: the rest is still beyond guessing
MOST_BYTES = 65_536  # of a secret
ATTEMPTS = 20

_DRAFT = "leadwheel-draft"  # a version without any label may be deleted
_CURRENT = "AWSCURRENT"

Credentials = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SourceSecrets:
    """The secret of one stack; `client` is Secrets Manager's."""

    client: Any
    arn: str
    wait: Callable[[float], None] = field(default=time.sleep)

    def all(self) -> Mapping[str, Credentials]:
        """Every source's credentials, by name (`hook#google`)."""
        return self._read()[1]

    def of(self, named: str) -> Credentials:
        """The credentials of one source; empty when it has none."""
        return self.all().get(named, {})

    def change(self, edit: Callable[[dict[str, Credentials]], None]) -> None:
        """Let `edit` change all credentials in place; it runs again when somebody else was faster.

        Any error that it raises leaves everything as it was. LeadwheelError: too many others, or
        more than a secret holds.
        """
        for attempt in range(ATTEMPTS):
            version, known = self._read()
            edit(known)
            try:
                self._replace(version, known)
            except ConflictError:
                self.wait(0.1 * (attempt + 1))
            else:
                return
        raise LeadwheelError("others keep changing the secrets just now; try again")

    def _read(self) -> tuple[str, dict[str, Credentials]]:
        answer = self.client.get_secret_value(SecretId=self.arn)
        try:
            known = json.loads(answer["SecretString"] or "{}")
        except ValueError:
            known = None
        if not isinstance(known, dict):
            raise LeadwheelError(f"the secret {self.arn} holds no JSON object; put {{}} into it")
        return answer["VersionId"], known

    def _replace(self, version: str, known: Mapping[str, Credentials]) -> None:
        """ConflictError: the version is not the current one any more."""
        text = json.dumps(known, separators=(",", ":"))
        if len(text) > MOST_BYTES:
            raise LeadwheelError(
                f"all credentials together would have {len(text)} bytes; a secret of AWS holds"
                f" {MOST_BYTES}"
            )
        ours = str(uuid.uuid4())
        self.client.put_secret_value(
            SecretId=self.arn, SecretString=text, ClientRequestToken=ours, VersionStages=[_DRAFT]
        )
        try:
            self.client.update_secret_version_stage(
                SecretId=self.arn,
                VersionStage=_CURRENT,
                MoveToVersionId=ours,
                RemoveFromVersionId=version,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidParameterException":
                raise
            # An answer that got lost makes a client ask again, and lose to itself.
            if self._read()[0] != ours:
                raise ConflictError("somebody else has changed the secrets") from error


# ── What is in it ────────────────────────────────────────────────────────────────────────────────


def new_key() -> str:
    """A partner's key."""
    return KEY_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


def new_secret() -> str:
    """A hook's shared secret; platforms take no more than 50 characters."""
    return secrets.token_urlsafe(24)


def new_standard_secret() -> str:
    """What a partner signs with, as Standard Webhooks has it."""
    return STANDARD_PREFIX + base64.b64encode(secrets.token_bytes(_RANDOM_BYTES)).decode()


def add_key(
    known: dict[str, Credentials], named: str, key: str, scopes: Iterable[str], at: datetime
) -> None:
    """Let a partner's key be valid from now on; a third one takes the place of the oldest."""
    record = {
        "sha256": key_hash(key),
        "scopes": list(scopes),
        "begins": key[:_SHOWN],
        "made": to_text(at),
    }
    credentials = known.setdefault(named, {})
    credentials["keys"] = [record, *credentials.get("keys", [])][:KEPT]


def add_value(
    known: dict[str, Credentials], named: str, name: str, value: str, *, only: bool = False
) -> None:
    """Let a secret be valid from now on, or it only; the same one again is not another."""
    credentials = known.setdefault(named, {})
    others = [] if only else [other for other in credentials.get(name, []) if other != value]
    credentials[name] = [value, *others][:KEPT]
