"""The page on which a rep lets a device ring, and the scripts that it takes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from shared.domain.config import Rep
from shared.domain.languages import Language
from shared.domain.push import Device
from shared.messages.rendering import render
from shared.messages.times import Until, until_as_seen

_SCRIPTS = Path(__file__).parent / "scripts"


class _Device(NamedTuple):
    session_id: str
    is_own: bool
    rings: bool  # its key is valid
    since: Until


class PushKey(NamedTuple):
    """What a browser is told of our newest key, and by which name it comes back."""

    public: str
    fingerprint: str


def push_page(
    devices: Sequence[Device],
    rep: Rep,
    *,
    own: str,
    key: PushKey | None,
    valid: Collection[str],
    now: datetime,
    nonce: str,
    script_nonce: str,
    root: str,
) -> str:
    """A rep's devices that ring; `own` is the id of the session they look with.

    `valid` are the fingerprints of our keys; with no `key`, no further device can be set up.
    `script_nonce` is what lets the page's own script run.
    """
    shown = [
        _Device(
            one.session_id,
            one.session_id == own,
            one.subscription.key in valid,
            until_as_seen(one.since, rep.time_zone, now),
        )
        for one in devices
    ]
    return render(
        "push_page.html",
        rep.language or Language.EN,
        devices=shown,
        rings=any(device.is_own and device.rings for device in shown),
        key=key,
        nonce=nonce,
        script_nonce=script_nonce,
        root=root,
    )


@cache
def script(name: str) -> str:
    """A file of the folder `scripts`, by its name."""
    return (_SCRIPTS / name).read_text("utf-8")
