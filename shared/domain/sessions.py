"""Somebody who is signed in, on one device."""

from datetime import datetime, timedelta
from typing import NamedTuple

VALID_FOR = timedelta(days=30)  # after it was last in use
NOTED_EVERY = timedelta(days=1)  # that it is in use: one write a day, not one per page


class Session(NamedTuple):
    """A session that goes on."""

    person: str  # a hash
    session_id: str
    created_at: datetime
    seen_at: datetime  # to the day or so
    ends_at: datetime
