"""A stand-in for Slack, Teams and whoever receives webhooks, on this machine."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

Answer = int | Callable[[BaseHTTPRequestHandler], None]


class Request(NamedTuple):
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Answers with `answers`, one after the other, and then with `then`."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    then: Answer = 204
    got: list[Request] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)  # who hangs may go

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append(Request(request.path, headers, body))
        answer = self.answers.pop(0) if self.answers else self.then
        if callable(answer):
            answer(request)
        else:
            request.send_response(answer)
            request.send_header("Content-Length", "0")
            request.end_headers()

    def hang(self, request: BaseHTTPRequestHandler) -> None:
        self.ended.wait(30)

    def drip(self, request: BaseHTTPRequestHandler) -> None:
        """Never silent for long, and never done."""
        for char in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 300:
            request.wfile.write(bytes([char]))
            request.wfile.flush()
            if self.ended.wait(0.1):
                return


def redirecting(to: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(307)
        request.send_header("Location", to)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver on this machine, by TLS as whom that context says."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass  # who does not wait hangs up

    server = Server(("127.0.0.1", 0), Handler)
    if tls:  # each in its own thread
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    receiver.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    try:
        yield receiver
    finally:
        receiver.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
