"""Push channels as configured: a rep's own, and one only; and what a browser hands us."""

import base64
from typing import Any

import pytest
from pydantic import ValidationError

from shared.domain.notices import is_own
from shared.domain.push import push_channel, subscription_in
from shared.errors import InvalidFieldsError
from tests.team import config

CHANNELS = {"channels": {"ring": {"kind": "push"}, "bell": {"kind": "push"}}}


def on(channel: str, **more: Any) -> dict[str, Any]:
    return {"channel": channel, "on": ["assigned"], **more}


def team(*alerts: dict[str, Any], **pool: Any) -> Any:
    limits = {"anna": {"alerts": list(alerts)}}
    return config({"anna": 1, "bo": 1}, limits=limits, more=CHANNELS, **pool)


def test_a_device_rings_through_what_the_reps_alerts_name() -> None:
    taken = team(on("ring"), on("ring", after="5m"))
    assert push_channel(taken, taken.reps["anna"]) == "ring"
    assert push_channel(taken, taken.reps["bo"]) is None


def test_it_is_everybodys_own_whoever_else_has_it() -> None:
    taken = team(on("ring"))
    assert is_own(taken, "ring", "anna")
    assert is_own(taken, "ring", "bo")


def test_a_pool_has_no_device() -> None:
    with pytest.raises(ValidationError, match="rings a rep's own devices; name it under"):
        team(notify=[on("ring")])


def test_two_channels_would_fight_for_one_device() -> None:
    with pytest.raises(ValidationError, match="one channel only; there are: bell, ring"):
        team(on("bell"), on("ring"))


@pytest.mark.parametrize("key", ["url", "topic_arn"])
def test_it_has_no_keys_of_other_kinds(key: str) -> None:
    with pytest.raises(ValidationError, match="a channel of the kind push has none"):
        config({"anna": 1}, more={"channels": {"ring": {"kind": "push", key: "https://x.example"}}})


# ── What a browser hands us ──────────────────────────────────────────────────────────────────────


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


FINE = {
    "endpoint": "https://push.example.com/wake/1?x=y",
    "p256dh": base64url(b"\x04" + b"x" * 64),
    "auth": base64url(b"a" * 16),
    "key": "0123456789abcdef",
}


def test_what_a_browser_hands_us_is_taken_with_and_without_padding() -> None:
    for auth in (FINE["auth"], FINE["auth"] + "=="):
        sent = {**FINE, "auth": auth, "nonce": "x"}
        assert subscription_in(sent, [FINE["key"]])._asdict() == {**FINE, "auth": auth}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("endpoint", "http://push.example.com/1", "must begin with https://"),
        ("endpoint", "", "must be an address"),
        ("endpoint", "https://me@push.example.com/", "must be an address"),
        ("endpoint", "https://push.example.com/#1", "must be an address"),
        ("endpoint", "https://[2606:4700::1111]/1", "must be at a host's name"),
        ("endpoint", "https://push.example.com:/1", "must be at a host's name"),
        ("endpoint", "https://push.example.com/" + "1" * 2_000, "must be an address"),
        ("p256dh", "", "must be a public key"),
        ("p256dh", base64url(b"\x02" + b"x" * 64), "must be a public key"),
        ("p256dh", base64url(b"\x04" + b"x" * 63), "must be a public key"),
        ("p256dh", "å" * 87, "must be a public key"),
        ("auth", "YWJj", "must be 16 bytes"),
        ("auth", "abcde", "must be 16 bytes"),
        ("auth", "a" * 9_999, "must be 16 bytes"),
        ("key", "0" * 16, "is none of ours any more"),
        ("key", "", "is none of ours any more"),
    ],
)
def test_what_is_wrong_with_it_is_named(field: str, value: str, told: str) -> None:
    with pytest.raises(InvalidFieldsError) as raised:
        subscription_in({**FINE, field: value}, [FINE["key"]])
    (problem,) = raised.value.problems
    assert problem.field == field
    assert told in problem.message


def test_all_that_is_missing_is_named() -> None:
    with pytest.raises(InvalidFieldsError) as raised:
        subscription_in({}, [])
    assert [problem.field for problem in raised.value.problems] == list(FINE)
