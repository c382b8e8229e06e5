"""Clients as good ones are: each asks again, in the same words, until it is answered."""

import http.client
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlsplit

TRIES = 14
LONGEST = 3.0  # seconds between two tries
IDLE = 2.0  # seconds after which a connection is not used again: the server may be closing it
PATIENCE = 40.0  # seconds for one answer
AGAIN = frozenset({0, 409, 429, *range(500, 600)})  # what senders ask again after; 0: no answer


class Request(NamedTuple):
    """What is sent; a try more sends the very same."""

    method: str
    path: str  # below the API's address, or the whole address
    body: bytes | None = None
    headers: Mapping[str, str] = {}


class Try(NamedTuple):
    """One try: when (seconds since 1970), and the status; 0 where no answer came."""

    began: float
    ended: float
    status: int


class Answer(NamedTuple):
    """The last answer, and all tries."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    tries: tuple[Try, ...]

    def json(self) -> Any:
        """The body; an empty object when it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}


@dataclass
class Trouble:
    """A try that got no answer, or one that says it is the server's fault."""

    door: str  # the function that answers there
    began: float
    ended: float
    status: int
    said: str


@dataclass
class Http:
    """The stack's API, as many threads ask it; each keeps its connection."""

    api_url: str
    trouble: list[Trouble] = field(default_factory=list)
    asked: int = 0
    sending: threading.Event = field(default_factory=threading.Event)  # somebody sends just now
    _local: threading.local = field(default_factory=threading.local)

    def ask(self, request: Request, *, again: frozenset[int] = AGAIN) -> Answer:
        """The answer, after as many tries as it takes; after the last one, what it was."""
        tries: list[Try] = []
        chance = Random(hash(request.body))
        while True:
            began = time.time()
            status, headers, body = self._once(request)
            tries.append(Try(began, time.time(), status))
            if status == 0 or status >= 500:
                self._note(request, tries[-1], body)
            if status not in again or len(tries) == TRIES:
                self.asked += 1
                return Answer(status, headers, body, tuple(tries))
            time.sleep(min(LONGEST, 0.15 * 2 ** len(tries)) * (0.5 + chance.random()))

    def _note(self, request: Request, one: Try, body: bytes) -> None:
        door = "desk"
        if request.method == "POST" and request.path.startswith("/v1/"):
            last = request.path.rpartition("/")[2]
            sends = request.path.startswith(("/v1/forms/", "/v1/hooks/"))
            door = "capture" if sends or last in ("pings", "leads") else "desk"
        said = body.decode(errors="replace")[:200]
        self.trouble.append(Trouble(door, one.began, one.ended, one.status, said))

    def _once(self, request: Request) -> tuple[int, Mapping[str, str], bytes]:
        url = request.path if request.path.startswith("http") else self.api_url + request.path
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection = self._connection(parts.hostname or "", parts.port or 80)
        try:
            self.sending.set()
            connection.request(request.method, path, request.body, dict(request.headers))
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return 0, {}, repr(error).encode()
        finally:
            self._local.used_at = time.monotonic()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, body

    def _connection(self, host: str, port: int) -> http.client.HTTPConnection:
        kept: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if kept is None:
            kept = http.client.HTTPConnection(host, port, timeout=PATIENCE)
            self._local.connection = kept
        elif time.monotonic() - self._local.used_at > IDLE:
            kept.close()  # it opens again by itself
        self._local.used_at = time.monotonic()
        return kept
