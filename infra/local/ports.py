"""Which ports of this machine we take, and what to say when somebody else has them."""

import errno
import socket

from infra.local import home
from shared.errors import LeadwheelError

LOOPBACK = "127.0.0.1"


class PortTakenError(LeadwheelError):
    """The port cannot be had; the message says who may have it and how to choose another."""


def require_free(port: int, variable: str) -> None:
    """PortTakenError unless the port can be listened on; `variable` is what chooses another."""
    if not 0 < port < 2**16:
        raise PortTakenError(f"{port} is no port; choose one between 1024 and 65535 by {variable}")
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still fading away is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise PortTakenError(_advice(port, variable, error)) from error


def _advice(port: int, variable: str, error: OSError) -> str:
    if error.errno != errno.EADDRINUSE:
        why = "may not be opened here"
    elif _is_emulator(port):
        why = "is taken, probably by another leadwheel or ministack"
    else:
        why = "is taken by another program"
    again = f"{home.chosen()}{variable}={port + 100} make run"
    return f"port {port} {why}; stop it, or choose another: {again}"


def _is_emulator(port: int) -> bool:
    """Whether the one who has the port answers as the emulator does."""
    request = b"GET /_ministack/health HTTP/1.0\r\n\r\n"
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(request)
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
