"""The demo's web pages: a website with a form, and the reps' mailbox."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from infra.local.ports import LOOPBACK
from shared.errors import LeadwheelError

# What a page shows, made when it is asked for.
Pages = Mapping[str, Callable[[], str]]


@contextmanager
def served(port: int, pages: Pages) -> Iterator[None]:
    """Serve pages by their path, on this machine only."""
    server = ThreadingHTTPServer((LOOPBACK, port), _handler(pages))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.server_close()


def _handler(pages: Pages) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "leadwheel"
        sys_version = ""

        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0])
            if page is None:
                self._answer(404, "There is no such page.")
                return
            try:
                self._answer(200, page())
            except LeadwheelError as error:
                self._answer(503, str(error))

        do_HEAD = do_GET  # noqa: N815  (the base class looks for this name)

        def _answer(self, status: int, text: str) -> None:
            body = text.encode(errors="replace")
            kind = "text/html" if status == 200 else "text/plain"
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """The terminal belongs to the leads' journeys."""

    return Handler
