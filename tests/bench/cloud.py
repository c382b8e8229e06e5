"""A cloud of the benchmark's own: an emulator, fresh tables in it, and a bare client."""

import itertools
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import botocore.session
from botocore.config import Config

from infra.local import home
from infra.local.aws import REGION
from infra.local.emulator import emulator
from infra.local.ports import LOOPBACK
from shared.store import table as store_table
from tests.table import table_in_template

FIRST_PORT, LAST_PORT = 4800, 4830
AT_ONCE = 25  # what BatchWriteItem takes

_numbers = itertools.count(1)


@contextmanager
def cloud() -> Iterator[str]:
    """The address of a fresh emulator, which ends with the block or with this process."""
    with TemporaryDirectory(prefix="leadwheel-bench-") as folder:
        os.environ["LEADWHEEL_HOME"] = str(Path(folder) / "home")
        port = free_port()
        with home.kept_to_ourselves(), emulator(port):
            yield f"http://{LOOPBACK}:{port}"


def free_port() -> int:
    """The first port of ours that nobody listens on."""
    for port in range(FIRST_PORT, LAST_PORT + 1):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise SystemExit(f"bench: no port from {FIRST_PORT} to {LAST_PORT} is free")


@cache
def bare_client(endpoint_url: str) -> Any:
    """DynamoDB by botocore alone, set up as pynamodb sets up its own: nothing slows it down."""
    session = botocore.session.get_session()
    return session.create_client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=endpoint_url,
        config=Config(
            parameter_validation=False,
            connect_timeout=2,
            read_timeout=30,
            max_pool_connections=32,
        ),
    )


@contextmanager
def fresh_table(endpoint_url: str) -> Iterator[str]:
    """An empty table as the template has it, gone afterwards."""
    name = f"bench-{next(_numbers)}"
    dynamodb = bare_client(endpoint_url)
    dynamodb.create_table(TableName=name, **table_in_template())
    try:
        yield name
    finally:
        dynamodb.delete_table(TableName=name)


def connect(endpoint_url: str, table: str) -> None:
    """Let leadwheel's own code work on this table from now on."""
    store_table.connect(table, region=REGION, host=endpoint_url)


def load(endpoint_url: str, table: str, items: Iterable[dict[str, Any]]) -> None:
    """Put so many items into a table, quickly."""
    dynamodb = bare_client(endpoint_url)
    puts = [{"PutRequest": {"Item": item}} for item in items]
    for start in range(0, len(puts), AT_ONCE):
        dynamodb.batch_write_item(RequestItems={table: puts[start : start + AT_ONCE]})
