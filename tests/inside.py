"""The local cloud inside this process: the same engine as elsewhere, without a server between.

A call takes a tenth of what it takes over HTTP, and happens at one instant, so a scheduler can put
calls in any order. Only what needs a server needs the other one: requests of other processes,
functions that are deployed, and races between threads.
"""

import asyncio
import base64
import io
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.httpsession import URLLib3Session

ADDRESS = "http://cloud.inside"
"""The endpoint of all services; nothing ever connects to it."""

Answer = tuple[int, dict[str, str], bytes]

_one_at_a_time = threading.RLock()
_call, _send, _open = BaseClient._make_api_call, URLLib3Session.send, urllib.request.urlopen


@pytest.fixture(scope="session")
def cloud() -> Iterator[str]:
    """The address of a local cloud within this process; takes the place of the one of the root."""
    install()
    yield ADDRESS
    uninstall()


_wanted: list[None] = []  # by how many: a test run within a test run has a cloud of its own


def install() -> None:
    """From now on, clients of `ADDRESS` are answered in this process; all others as before."""
    _wanted.append(None)
    BaseClient._make_api_call = _called
    URLLib3Session.send = _sent
    urllib.request.urlopen = _opened


def uninstall() -> None:
    """Everything as it was before, when nobody wants it any more."""
    _wanted.pop()
    if not _wanted:
        BaseClient._make_api_call, URLLib3Session.send = _call, _send
        urllib.request.urlopen = _open


def begin_again() -> None:
    """An empty cloud."""
    _table_engine().reset()


def create_table(name: str, settings: dict[str, Any]) -> None:
    """A table, past any client."""
    _table_engine()._create_table({"TableName": name, **settings})


def all_items(table: str) -> list[dict[str, Any]]:
    """Every item of a table, as an auditor reads them."""
    held = [item for collection in items(table).values() for item in collection.values()]
    found: list[dict[str, Any]] = json.loads(json.dumps(held), object_hook=_bytes)
    return found


def is_in_other_thread() -> bool:
    """Whether somebody has started a thread to make several calls at once."""
    return threading.current_thread() is not threading.main_thread()


def changes_since(table: str, seen: int) -> list[dict[str, Any]]:
    """The records of a table's stream after the first so many."""
    records: list[dict[str, Any]] = _table_engine()._stream_records.get(table, [])[seen:]
    return records


def put_back(table: str, held: dict[str, Any], changes: list[dict[str, Any]]) -> None:
    """A table holds this again, as `items` told it, and its stream these records."""
    engine = _table_engine()
    kept = engine._tables[table]
    kept["items"].clear()
    kept["items"].update(held)
    kept.pop("_index_members", None)  # which the engine makes anew
    engine._stream_records[table] = list(changes)


def items(table: str) -> dict[str, dict[str, dict[str, Any]]]:
    """What a table holds, by pk and sk, in the engine's own JSON; not to be changed."""
    held: dict[str, dict[str, dict[str, Any]]] = _table_engine()._tables[table]["items"]
    return held


@cache
def _table_engine() -> Any:
    from ministack.services import dynamodb

    # It reads every expression anew each time; a process has a few hundred different ones.
    tokens = lru_cache(4096)(dynamodb._tokenize)
    dynamodb._tokenize = lambda text: list(tokens(text))
    return dynamodb


@cache
def _operations() -> dict[str, Callable[[Any], Any]]:
    engine = _table_engine()
    return {
        "CreateTable": engine._create_table,
        "PutItem": engine._put_item,
        "GetItem": engine._get_item,
        "UpdateItem": engine._update_item,
        "DeleteItem": engine._delete_item,
        "Query": engine._query,
        "Scan": engine._scan,
        "BatchGetItem": engine._batch_get_item,
        "TransactWriteItems": engine._transact_write_items,
    }


# ── DynamoDB, past botocore's serialisers ────────────────────────────────────────────────────────


def _called(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
    if client.meta.endpoint_url != ADDRESS or client.meta.service_model.service_name != "dynamodb":
        return _call(client, operation, arguments)
    return answer(client, operation, arguments)


def answer(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
    """What DynamoDB answers to a call, or raises."""
    with _one_at_a_time:
        # Copied both ways: what the engine keeps and what the caller has must not be one thing.
        status, _, body = _operations()[operation](json.loads(json.dumps(arguments, default=_text)))
    found = json.loads(body, object_hook=_bytes)
    found["ResponseMetadata"] = {"HTTPStatusCode": status, "RequestId": "r", "RetryAttempts": 0}
    if status < 300:
        return found
    code = found["__type"].rpartition("#")[2]
    found["Error"] = {"Code": code, "Message": found.get("message") or found.get("Message", "")}
    raise client.exceptions.from_code(code)(found, operation)


def _text(value: Any) -> str:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    raise TypeError(f"no JSON for {type(value).__name__}")


def _bytes(value: dict[str, Any]) -> dict[str, Any]:
    if len(value) == 1 and isinstance(content := value.get("B"), str):
        return {"B": base64.b64decode(content)}
    return value


# ── All other services, past the network ─────────────────────────────────────────────────────────


class _Body(io.BytesIO):
    """An answer's body, as botocore reads it."""

    def stream(self, **_: Any) -> Any:
        """All of it, in one piece."""
        if content := self.read():
            yield content


def _sent(session: Any, request: Any) -> Any:
    if not request.url.startswith(ADDRESS):
        return _send(session, request)
    status, headers, body = _asked(request.method, request.url, dict(request.headers), request.body)
    return AWSResponse(request.url, status, headers, _Body(body))


def _opened(url: Any, *rest: Any, **more: Any) -> Any:
    if not (isinstance(url, str) and url.startswith(ADDRESS)):
        return _open(url, *rest, **more)
    _, _, body = _asked("GET", url, {}, b"")
    return _Body(body)


def _asked(method: str, url: str, headers: dict[str, Any], body: Any) -> Answer:
    content = body.encode() if isinstance(body, str) else bytes(body or b"")
    with _one_at_a_time:
        return _loop().run_until_complete(_application(method, url, headers, content))


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


async def _application(method: str, url: str, headers: dict[str, Any], body: bytes) -> Answer:
    from ministack.app import app

    parts = urlsplit(url)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": parts.scheme,
        "path": parts.path or "/",
        "raw_path": (parts.path or "/").encode(),
        "query_string": parts.query.encode(),
        "headers": [(b"host", parts.netloc.encode()), *map(_header, headers.items())],
        "client": ("127.0.0.1", 1),
        "server": (parts.netloc, 80),
    }
    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    whole = b"".join(message.get("body", b"") for message in sent[1:])
    named = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return start["status"], named, whole


def _header(item: tuple[str, Any]) -> tuple[bytes, bytes]:
    name, value = item
    return name.lower().encode(), value if isinstance(value, bytes) else str(value).encode()
