"""Moments, which the API gives in UTC, as the clock on the wall shows them."""

from datetime import datetime


def local(moment: str) -> str:
    """`2026-11-21 19:02:11` in this machine's zone; a text that is no moment as it is."""
    try:
        return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return moment
