"""Devices ring for a rep: they are set up by the rep, and rung when there is something to tell."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime

from shared import credentials
from shared.domain.push import MOST_DEVICES, Device, subscription_in
from shared.domain.sessions import Session
from shared.errors import StoreBusyError
from shared.messages import outbound, push
from shared.messages.brief import Brief
from shared.messages.outbound import UndeliveredError
from shared.messages.push import Keys
from shared.store import config as config_store
from shared.store import people as people_store
from shared.store import pushes as push_store
from shared.surroundings import Surroundings
from shared.telemetry import logger

# By which a push service says that there is no such device any more; and what never was one.
_GONE = frozenset({"http_404", "http_410", "malformed_device"})


def keys_of(channel: str) -> Keys:
    """The keys of a channel, newest first; none if it has no secret yet, or one that is no key."""
    named = f"channel#{channel}"
    known = credentials.of_source(named).get("secret")
    if not known and credentials.may_be_newer():
        known = credentials.of_source(named, again=True).get("secret")
    try:
        return push.keys_of(map(str, known or ()))
    except ValueError:
        return {}


def set_up(session: Session, sent: Mapping[str, str], keys: Keys, around: Surroundings) -> None:
    """Let the browser of a session ring, by what it `sent`.

    InvalidFieldsError names what is wrong with that; ConflictError: the session has ended.
    """
    subscription = subscription_in(sent, keys)
    push_store.set_up(session.person, session.session_id, subscription, around.now())


def ring(
    email: str, told: Brief, lead_id: str, secrets: Sequence[str], around: Surroundings
) -> None:
    """Ring all devices of whoever has this address; UndeliveredError: none of them was reached.

    Which of them is no more is forgotten.
    """
    try:
        keys = push.keys_of(secrets)
    except ValueError:
        raise UndeliveredError("malformed_secret") from None
    now, text = around.now(), push.message(told, lead_id)
    person = people_store.person_of(config_store.active().pepper, email)
    devices = push_store.devices_of(person, now)

    def failure(device: Device) -> str | None:
        return _failure(device, text, lead_id, keys, now)

    # At once: together they take no longer than one may.
    with ThreadPoolExecutor(MOST_DEVICES) as at_once:
        failures = list(at_once.map(failure, devices))
    for device, code in zip(devices, failures, strict=True):
        if code in _GONE:
            with suppress(StoreBusyError):  # it will be found gone again
                push_store.forget(device)
    if None not in failures:
        waiting = (code for code in failures if code and code not in _GONE)
        raise UndeliveredError(next(waiting, "no_device"))


def _failure(device: Device, text: bytes, topic: str, keys: Keys, now: datetime) -> str | None:
    """Why a device was not reached; None: it was."""
    to = device.subscription
    if to.key not in keys:
        return "other_key"
    try:
        sealed, headers = push.encrypted(text, to), push.headers(to, keys[to.key], now, topic)
    except Exception as error:  # noqa: BLE001 - what one browser handed us silences no other
        logger.warning("a device cannot be rung", error=type(error).__name__)
        return "malformed_device"
    try:
        outbound.post(to.endpoint, sealed, headers)
    except UndeliveredError as error:
        return error.code
    return None
