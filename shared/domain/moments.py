"""Moments in time as text: RFC 3339, UTC, milliseconds, so that text order is time order."""

from datetime import UTC, datetime


def to_text(moment: datetime) -> str:
    """`2026-11-21T18:00:00.123Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + (
        f"{moment.microsecond // 1000:03d}Z"
    )


def from_text(text: str) -> datetime:
    """The moment that `to_text` wrote."""
    return datetime.fromisoformat(text)


def to_milliseconds(moment: datetime) -> datetime:
    """The same moment, cut to what `to_text` keeps."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
