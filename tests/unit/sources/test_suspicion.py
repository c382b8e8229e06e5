"""Programs that fill in forms give themselves away; people are not suspected by mistake."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.sources.spam import suspicion, without_controls

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def judge(started: str | None, *, trap: str = "", min_seconds: float = 3) -> str | None:
    raw = {"email": "ada@example.com", "website": trap}
    if started is not None:
        raw["started_at"] = started
    return suspicion(
        raw, honeypot="website", started_field="started_at", min_seconds=min_seconds, now=NOW
    )


def milliseconds(seconds_ago: float) -> str:
    return str(int((NOW.timestamp() - seconds_ago) * 1000))


def test_a_filled_honeypot_is_suspicious() -> None:
    """People do not see the field. The reason has a stable code, and not the content."""
    reason = judge(milliseconds(60), trap="http://spam.example")
    assert reason is not None
    assert reason.startswith("honeypot_filled: ")
    assert "spam" not in reason


@pytest.mark.parametrize("trap", ["", "  \n"])
def test_an_empty_honeypot_is_not(trap: str) -> None:
    """Every browser sends the hidden field, empty."""
    assert judge(milliseconds(60), trap=trap) is None


@pytest.mark.parametrize(
    "started",
    [
        milliseconds(0),
        milliseconds(2.9),
        milliseconds(2.9) + ".125",
        "2026-11-20T11:59:58Z",
        "2026-11-20T12:59:58.5+01:00",
    ],
)
def test_too_fast_is_suspicious(started: str) -> None:
    """The time can come as epoch milliseconds or RFC 3339."""
    reason = judge(started)
    assert reason == "filled_too_fast: the form was sent less than 3 s after it was shown"


@pytest.mark.parametrize(
    "started",
    [
        None,
        "",
        milliseconds(3),
        milliseconds(86_400),
        milliseconds(-5),
        "2026-11-20T12:00:05Z",
        "2026-11-20T11:59:58",
        "2026-11-20",
        "1",
        "-1",
        "NaN",
        "1e400",
        "1e12",
        "9" * 14,
        "9" * 4_301,
        "\uff11\uff17" + "\uff10" * 11,
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "yesterday",
        "{}",
        "\ufffd",
    ],
)
def test_slow_missing_unreadable_or_future_is_not(started: str | None) -> None:
    """Scripts get blocked and clocks are wrong: only a good time can accuse."""
    assert judge(started) is None


def test_each_check_can_be_off() -> None:
    """A form without the fields, or with no minimum, suspects nobody."""
    raw = {"website": "x", "started_at": milliseconds(0)}
    assert suspicion(raw, honeypot=None, started_field=None, min_seconds=3, now=NOW) is None
    assert judge(milliseconds(0), min_seconds=0) is None
    later = NOW + timedelta(seconds=3)
    assert (
        suspicion(raw, honeypot=None, started_field="started_at", min_seconds=3, now=later) is None
    )


def test_names_match_in_any_spelling_and_do_not_reach_the_lead() -> None:
    """The configuration need not repeat a page's capitals and dashes."""
    raw = {"Web-Site": "x", "email": "ada@example.com", "startedAt": "1"}
    assert suspicion(raw, honeypot="website", started_field=None, min_seconds=0, now=NOW)
    kept = without_controls(raw, honeypot="website", started_field="started_at")
    assert kept == {"email": "ada@example.com"}
    assert without_controls(raw, honeypot=None, started_field=None) == raw
