"""Devices that ring: what a browser hands us so that it takes messages for a rep (Web Push)."""

import base64
import re
from collections.abc import Container, Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from shared.domain.channels import problem_of
from shared.domain.config import Config, Rep
from shared.errors import FieldProblem, InvalidFieldsError

MOST_DEVICES = 10  # of a rep; of more, the newest ring

_POINT = 65  # bytes of a public key, uncompressed, which begins with 4
_AUTH = 16
# What messages are signed for: a name, and perhaps a port; no address of the newer kind.
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9_-]{1,200}={0,2}", re.ASCII)


class Subscription(NamedTuple):
    """Where a browser takes messages, and what they are encrypted with, as base64url."""

    endpoint: str
    p256dh: str  # its public key
    auth: str
    key: str  # the fingerprint of our key, which it takes messages by


class Device(NamedTuple):
    """A browser that rings, as long as its session goes on."""

    person: str  # a hash
    session_id: str
    subscription: Subscription
    since: datetime


def push_channel(config: Config, rep: Rep) -> str | None:
    """The channel through which a rep's devices ring; None: none of their alerts has one."""
    named = (alert.channel for alert in rep.alerts if alert.channel in config.channels)
    return next((one for one in named if config.channels[one].kind == "push"), None)


def subscription_in(sent: Mapping[str, str], keys: Container[str]) -> Subscription:
    """What a browser hands us; InvalidFieldsError names all that is wrong with it.

    `keys` are the fingerprints of ours that are valid.
    """
    found = Subscription(*(sent.get(name, "") for name in Subscription._fields))
    problems = []
    if problem := _problem_of(found.endpoint):
        problems.append(FieldProblem("endpoint", problem))
    public = _decoded(found.p256dh)
    if len(public) != _POINT or public[0] != 4:
        problems.append(FieldProblem("p256dh", "must be a public key of P-256, as base64url"))
    if len(_decoded(found.auth)) != _AUTH:
        problems.append(FieldProblem("auth", f"must be {_AUTH} bytes, as base64url"))
    if found.key not in keys:
        problems.append(FieldProblem("key", "is none of ours any more; load the page again"))
    if problems:
        raise InvalidFieldsError(problems)
    return found


def _problem_of(endpoint: str) -> str | None:
    if problem := problem_of(endpoint):
        return problem
    if not _HOST.fullmatch(urlsplit(endpoint).netloc):
        return "must be at a host's name, as https://push.example.com/1"
    return None


def _decoded(text: str) -> bytes:
    """The bytes; none of what is no base64url."""
    bare = text.rstrip("=")
    if not _BASE64.fullmatch(text) or len(bare) % 4 == 1:
        return b""
    return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
