"""A stand-in for Meta's Graph API, on this machine, and its webhook."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shared.sources.delivery import Delivery
from shared.sources.formats import meta
from tests.table import ROOT

LEAD = json.loads((ROOT / "infra" / "samples" / "meta-graph-lead.json").read_text())


@dataclass
class Platform:
    """Answers with `answers`, one after the other, and then with good ones."""

    url: str = ""
    answers: list[Any] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # path, headers

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Status, body and headers; or a function that does something with the connection."""
        self.asked.append((request.path, dict(request.headers)))
        answer = self.answers.pop(0) if self.answers else lead_of(request.path)
        if callable(answer):
            answer(request)
            return
        status, body, *headers = answer
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.send_response(status)
        for name, value in headers:
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(raw)))
        request.end_headers()
        request.wfile.write(raw)

    @property
    def tokens(self) -> list[str]:
        return [headers["Authorization"].removeprefix("Bearer ") for _, headers in self.asked]


def lead_of(path: str) -> tuple[int, dict[str, Any]]:
    """The sample, for the id that was asked for, with an e-mail address of its own."""
    id_ = path.rpartition("/")[2].partition("?")[0]
    others = [one for one in LEAD["field_data"] if one.get("name") not in ("email", "phone_number")]
    email = {"name": "email", "values": [f"lead{id_}@example.com"]}
    return 200, {**LEAD, "id": id_, "field_data": [*others, email]}


@contextmanager
def serving() -> Iterator[Platform]:
    platform = Platform()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            platform.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True  # some answers take longer than anybody waits

        def handle_error(self, *_: Any) -> None:
            pass  # who does not wait hangs up

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    platform.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def webhook(*ids: Any, secret: str, at: datetime) -> tuple[bytes, dict[str, str]]:
    """Body and headers with which Meta announces these leads."""
    changes = [
        {"field": "leadgen", "value": {"leadgen_id": id_, "page_id": "77", "form_id": 5}}
        for id_ in ids
    ]
    body = json.dumps({"object": "page", "entry": [{"id": "77", "changes": changes}]}).encode()
    delivery = Delivery(body, at, headers={"content-type": "application/json"})
    return body, dict(meta.SCHEME.signed(delivery, secret).headers)
