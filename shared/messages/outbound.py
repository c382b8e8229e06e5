"""Posting to addresses that a configuration names: to the internet, and nowhere else.

Whoever may name an address could otherwise reach what only we can: this machine, the network it is
in, and the service that hands out its credentials. So a name is looked up once, each address must
be one of the internet, and the connection goes to the address that was looked at.
"""

import ipaddress
import os
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from shared.errors import LeadwheelError

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection

SECONDS = 5.0  # for all of it, however slowly the answer comes

# "allowed": a local stack and the tests have their receivers on the same machine. Never in AWS.
LOOPBACK = "OUTBOUND_LOOPBACK"

# What older Pythons take for the internet: kept for protocols, and so for some clouds' credentials.
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")

# Behind it stands an address of the older kind (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class UndeliveredError(LeadwheelError):
    """It did not arrive. `code` says why and is fit for logs; `lasting`: nor will it ever."""

    def __init__(self, code: str, *, lasting: bool = False) -> None:
        super().__init__(code)
        self.code, self.lasting = code, lasting


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Post it. UndeliveredError unless the receiver says 2xx within SECONDS.

    Redirects are not followed, and nothing of the answer but its status is read. What has not been
    sent by then is not sent later: it is somebody's to try again.
    """
    sending = _Sending(url, body, dict(headers))
    worker = threading.Thread(target=sending.run, name="outbound", daemon=True)
    worker.start()
    # One bound for everything: looking up, connecting, and an answer that comes byte by byte.
    worker.join(SECONDS)
    if worker.is_alive():
        sending.give_up()
        raise UndeliveredError("timeout")
    if sending.error:
        raise sending.error
    if sending.status == HTTPStatus.GONE:
        raise UndeliveredError("http_410", lasting=True)
    if not 200 <= sending.status < 300:
        raise UndeliveredError(f"http_{sending.status}")


@dataclass
class _Sending:
    """One request, made in a thread of its own.

    Looking up, connecting and TLS cannot be broken off from outside, and a function that is frozen
    goes on where it was, perhaps an hour later: so after each of them it asks whether to go on.
    """

    url: str
    body: bytes
    headers: dict[str, str]
    status: int = 0
    error: UndeliveredError | None = None
    given_up: threading.Event = field(default_factory=threading.Event)
    connection: "HTTPConnection | None" = None

    def give_up(self) -> None:
        """Send nothing any more; whoever waits for an answer waits no longer."""
        self.given_up.set()  # first: what connects only now sees it, what has connected is shut
        if self.connection:
            _shut(self.connection.sock)

    def _go_on(self) -> None:
        """UndeliveredError: nobody waits for it any more."""
        if self.given_up.is_set():
            raise UndeliveredError("timeout")

    def run(self) -> None:
        import urllib3  # boto3's; who sends nothing does not wait for it

        try:
            self.status = self._status()
        except UndeliveredError as error:
            self.error = error
        except urllib3.exceptions.NewConnectionError:  # which calls itself a time-out as well
            self.error = UndeliveredError("network_NewConnectionError")
        except (TimeoutError, urllib3.exceptions.TimeoutError):
            self.error = UndeliveredError("timeout")
        except (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError) as error:
            self.error = UndeliveredError(f"network_{type(error).__name__}")

    def _status(self) -> int:
        target = urlsplit(self.url)
        address = address_of(target)
        self._go_on()
        connection = self.connection = _connection(target, address)
        try:
            connection.connect()
            self._go_on()
            connection.request(
                "POST",
                f"{target.path or '/'}{f'?{target.query}' if target.query else ''}",
                body=self.body,
                headers={"Host": target.netloc, "User-Agent": "leadwheel", **self.headers},
                preload_content=False,
            )
            return connection.getresponse().status
        finally:
            connection.close()


def _connection(target: SplitResult, address: Address) -> "HTTPConnection":
    """To that address; by TLS, with a certificate of the name."""
    from urllib3.connection import HTTPConnection, HTTPSConnection

    port = target.port or _port(target)
    if target.scheme != "https":
        return HTTPConnection(str(address), port, timeout=SECONDS)
    host = target.hostname
    return HTTPSConnection(
        str(address), port, timeout=SECONDS, server_hostname=host, assert_hostname=host
    )


def _shut(connected: socket.socket | None) -> None:
    """Let whoever reads from it, in another thread, read the end."""
    with suppress(OSError):
        if connected:
            # The socket's own way: that of TLS would forget first that what is sent is encrypted.
            socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _port(target: SplitResult) -> int:
    return 443 if target.scheme == "https" else 80


# ── Where it may go ──────────────────────────────────────────────────────────────────────────────


def address_of(target: SplitResult) -> Address:
    """The address to connect to. UndeliveredError: there is none, or one that is not outside."""
    if not target.hostname or target.username is not None:
        raise UndeliveredError("malformed_address")
    try:
        found = socket.getaddrinfo(
            target.hostname, target.port or _port(target), type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError):
        raise UndeliveredError("unknown_host") from None
    addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    loopback = os.environ.get(LOOPBACK) == "allowed" and all(one.is_loopback for one in addresses)
    if not loopback and (target.scheme != "https" or not all(map(is_outside, addresses))):
        raise UndeliveredError("inner_address")
    return min(addresses, key=lambda one: one.version)  # not every network has the newer kind


def is_outside(address: Address) -> bool:
    """Whether it is an address of the internet: of nobody's inner network, in whatever notation."""
    if isinstance(address, ipaddress.IPv6Address) and (inner := _behind(address)):
        return is_outside(inner)
    return address.is_global and not (
        address in _PROTOCOLS
        or address.is_multicast
        or address.is_reserved
        or (isinstance(address, ipaddress.IPv6Address) and address.is_site_local)
    )


def _behind(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address of the older kind that this one leads to, if it does."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour
