"""Requests go to the internet and nowhere else, and take a few seconds at most."""

import ipaddress
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from shared.messages import outbound
from shared.messages.outbound import UndeliveredError, is_outside, post
from tests.receiver import Receiver, receiving, redirecting

INNER = (
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",  # noqa: S104
    "10.0.0.7",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",  # a provider's own network
    "169.254.169.254",  # who asks there gets a function's credentials
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",  # 127.0.0.1, by 6to4
    "2002:a9fe:a9fe::1",
    "2001:0:0:0:0:0:80ff:fefe",  # 127.0.1.1, by Teredo
)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv(outbound.LOOPBACK, "allowed")
    monkeypatch.setattr(outbound, "SECONDS", 1.0)
    with receiving() as receiver:
        yield receiver


def refused(url: str) -> UndeliveredError:
    with pytest.raises(UndeliveredError) as raised:
        post(url, b"{}", {})
    return raised.value


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """What is looked up from now on; each name leads to these addresses."""
    asked: list[str] = []

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


# ── Where it may go ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("address", INNER)
def test_no_inner_address_is_outside(address: str) -> None:
    assert not is_outside(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_the_internet_is_outside(address: str) -> None:
    assert is_outside(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", INNER)
def test_a_name_of_an_inner_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    resolving(monkeypatch, address)
    assert refused("https://hook.example/x").code == "inner_address"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "0177.0.0.1", "localhost"])
def test_so_is_the_address_itself_however_it_is_written(host: str) -> None:
    assert refused(f"https://{host}/x").code in ("inner_address", "unknown_host")


def test_one_inner_address_among_others_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "8.8.8.8", "10.0.0.1")
    assert refused("https://hook.example/x").code == "inner_address"


def test_nothing_goes_out_unencrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "8.8.8.8")
    assert refused("http://hook.example/x").code == "inner_address"


def test_the_connection_goes_to_the_address_that_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that leads elsewhere when asked again is not asked again."""
    asked = resolving(monkeypatch, "8.8.8.8")
    connected: list[Any] = []

    def connect(address: Any, *_: Any, **__: Any) -> None:
        connected.append(address)
        raise OSError

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    monkeypatch.setattr("urllib3.connection.connection.create_connection", connect)
    assert refused("https://hook.example/x").code.startswith("network_")
    assert asked == ["hook.example"]
    assert connected == [("8.8.8.8", 443)]


def test_a_name_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert refused("https://hook.example/x").code == "unknown_host"
    assert refused("https://user@hook.example/x").code == "malformed_address"
    assert refused("https:///x").code == "malformed_address"


# ── What comes back ──────────────────────────────────────────────────────────────────────────────


def test_a_request_arrives_whole(receiver: Receiver) -> None:
    post(f"{receiver.url}/a/b?c=d", b'{"a": 1}', {"Content-Type": "application/json"})
    (got,) = receiver.got
    assert (got.path, got.body) == ("/a/b?c=d", b'{"a": 1}')
    assert got.headers["content-type"] == "application/json"
    assert got.headers["host"] == receiver.url.removeprefix("http://")
    assert got.headers["user-agent"] == "leadwheel"


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_any_other_answer_is_a_failure(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    error = refused(receiver.url)
    assert (error.code, error.lasting) == (f"http_{status}", False)


def test_who_is_gone_stays_so(receiver: Receiver) -> None:
    receiver.answers = [410]
    assert refused(receiver.url).lasting


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    with receiving() as inner:
        receiver.answers = [redirecting(inner.url)]
        assert refused(receiver.url).code == "http_307"
        assert inner.got == []


@pytest.mark.parametrize("slowly", ["hang", "drip"])
def test_who_takes_too_long_is_not_waited_for(receiver: Receiver, slowly: str) -> None:
    """Also when a byte comes now and then."""
    receiver.answers = [getattr(receiver, slowly)]
    began = time.monotonic()
    assert refused(receiver.url).code == "timeout"
    assert time.monotonic() - began < 1.5


def test_nobody_there(receiver: Receiver) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert refused(url).code.startswith("network_")
    assert refused("https" + receiver.url.removeprefix("http")).code.startswith("network_")
