"""Requests go to the internet and nowhere else, and take a few seconds at most."""

import ipaddress
import pkgutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.messages import outbound
from shared.messages.outbound import UndeliveredError, is_outside, post
from tests.authority import Authority
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


# ── By TLS ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def hook(
    authority: Authority, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Receiver]:
    """Who is `hook.example`, as we are told and as it proves."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    resolving(monkeypatch, "127.0.0.1")
    with receiving(authority.serving("hook.example")) as hook:
        hook.url = hook.url.replace("127.0.0.1", "hook.example")
        yield hook


def test_a_request_arrives_by_tls(hook: Receiver) -> None:
    post(f"{hook.url}/a?b=c", b'{"a": 1}', {})
    (got,) = hook.got
    assert (got.path, got.body) == ("/a?b=c", b'{"a": 1}')
    assert got.headers["host"] == hook.url.removeprefix("https://")


def test_a_certificate_must_be_of_that_name(hook: Receiver) -> None:
    assert refused(hook.url.replace("hook.", "other.")).code.startswith("network_")
    assert refused(hook.url.replace("hook.example", "127.0.0.1")).code.startswith("network_")
    assert hook.got == []


def test_and_of_an_authority_that_is_known(
    hook: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path).file))
    assert refused(hook.url).code.startswith("network_")
    assert hook.got == []


@pytest.mark.parametrize("status", [404, 503])
def test_what_is_said_by_tls_counts_likewise(hook: Receiver, status: int) -> None:
    hook.answers = [status]
    assert refused(hook.url).code == f"http_{status}"


def test_nor_is_a_redirect_followed_by_tls(hook: Receiver) -> None:
    hook.answers = [redirecting(f"{hook.url}/elsewhere")]
    assert refused(hook.url).code == "http_307"
    assert len(hook.got) == 1


def test_who_answers_by_tls_too_late_is_not_waited_for(
    hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "SECONDS", 0.3)
    hook.answers = [hook.hang]
    assert refused(hook.url).code == "timeout"


# ── Nothing goes out after its time ──────────────────────────────────────────────────────────────


def worked_out() -> None:
    """Once whoever is still at a request is done with it."""
    for thread in threading.enumerate():
        if thread.name == "outbound":
            thread.join(5)
            assert not thread.is_alive()


@pytest.mark.parametrize(
    "slow", ["socket.getaddrinfo", "urllib3.connection.connection.create_connection"]
)
def test_who_has_been_given_up_sends_nothing_later(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    """The attempt has failed, and the next one is not to be the second that arrives."""
    goes_on = threading.Event()
    module, _, name = slow.rpartition(".")
    real = getattr(pkgutil.resolve_name(module), name)

    def slowly(*arguments: Any, **named: Any) -> Any:
        goes_on.wait(10)
        return real(*arguments, **named)

    monkeypatch.setattr(slow, slowly)
    monkeypatch.setattr(outbound, "SECONDS", 0.2)
    assert refused(receiver.url).code == "timeout"
    goes_on.set()
    worked_out()
    assert receiver.got == []


def test_nor_does_who_greets_too_slowly_get_it_later(
    receiver: Receiver, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connected, and no word of TLS for a while."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    monkeypatch.setattr(outbound, "SECONDS", 0.5)
    resolving(monkeypatch, "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        url = f"https://hook.example:{server.getsockname()[1]}"
        assert refused(url).code == "timeout"
        connected, _ = server.accept()
        worked_out()
        tls = authority.serving("hook.example")
        with connected, pytest.raises(OSError, match=r"."):
            tls.wrap_socket(connected, server_side=True).recv(1)
