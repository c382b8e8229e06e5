"""Signs that a program, not a person, filled in a public form.

A sign never drops a submission: it goes to quarantine, where a manager can let it through.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from shared.sources.names import fold

_EPOCH_MILLISECONDS = re.compile(r"[0-9]{12,14}(?:\.[0-9]+)?")


def suspicion(
    raw: Mapping[str, str],
    *,
    honeypot: str | None,
    started_field: str | None,
    min_seconds: float,
    now: datetime,
) -> str | None:
    """Return why the submission looks automatic, as "code: sentence" with a stable code, or None.

    `honeypot_filled`: the field named `honeypot`, which the page hides from people, has content.
    `filled_too_fast`: fewer than `min_seconds` seconds lie between `now` (with a time zone) and the
    time in `started_field`, which the page's script sets to when the form was shown, as epoch
    milliseconds or RFC 3339.

    A missing, unreadable or future start time proves nothing, since scripts get blocked and
    visitors' clocks are wrong, and so is no reason for suspicion. Names match as in `normalise`.
    """
    if _text(raw, honeypot):
        return "honeypot_filled: a field that people cannot see was filled in"
    started = _time(_text(raw, started_field))
    if started and 0 <= (now - started).total_seconds() < min_seconds:
        return f"filled_too_fast: the form was sent less than {min_seconds:g} s after it was shown"
    return None


def without_controls(
    raw: Mapping[str, str], *, honeypot: str | None, started_field: str | None
) -> dict[str, str]:
    """Return the fields without the two that only serve to tell people from programs."""
    controls = {fold(name) for name in (honeypot, started_field) if name}
    return {name: text for name, text in raw.items() if fold(name) not in controls}


def _text(raw: Mapping[str, str], field: str | None) -> str:
    if not field:
        return ""
    return "".join(text.strip() for name, text in raw.items() if fold(name) == fold(field))


def _time(text: str) -> datetime | None:
    if _EPOCH_MILLISECONDS.fullmatch(text):
        return datetime.fromtimestamp(float(text) / 1000, UTC)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else None
