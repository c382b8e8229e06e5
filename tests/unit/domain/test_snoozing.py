"""When a rep is reminded who puts a lead off by one tap."""

from datetime import UTC, datetime

import pytest

from shared.domain.snoozing import Later, later


@pytest.mark.parametrize(
    ("choice", "zone", "now", "then"),
    [
        (Later.HOUR, "Europe/Stockholm", "2026-03-02T09:00", "2026-03-02T10:00"),
        (Later.TOMORROW, "UTC", "2026-03-02T23:59", "2026-03-03T09:00"),
        # It is tomorrow there already.
        (Later.TOMORROW, "Asia/Tokyo", "2026-03-02T23:59", "2026-03-04T00:00"),
        (Later.TOMORROW, "America/New_York", "2026-03-02T03:00", "2026-03-02T14:00"),
        # At nine on the wall, also when clocks go forward in between.
        (Later.THREE_DAYS, "Europe/Stockholm", "2026-03-27T20:00", "2026-03-30T07:00"),
        (Later.TOMORROW, "Europe/Stockholm", "2026-03-27T20:00", "2026-03-28T08:00"),
    ],
)
def test_days_end_at_nine_where_the_rep_is(choice: Later, zone: str, now: str, then: str) -> None:
    at, expected = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, then))
    assert later(choice, zone, at) == expected
