"""What tests share: a real local cloud, a table of their own in it, and a clock they turn."""

import itertools
import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

os.environ.update(
    AWS_ACCESS_KEY_ID="000000000000",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="us-east-1",
    POWERTOOLS_LOG_LEVEL="ERROR",
)

import boto3
from samtranslator.yaml_helper import yaml_parse

from shared.domain.ids import new_id
from shared.store import table as store_table
from shared.surroundings import Surroundings

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def cloud() -> Iterator[str]:
    """The address of a local cloud of this test run's own."""
    port = free_port()
    settings = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "ERROR",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "ministack"],
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"{address}/_ministack/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            pytest.fail("the local cloud did not start within 15 s")
        yield address
    finally:
        process.terminate()
        process.wait(10)


_numbers = itertools.count(1)


@cache
def client(service: str, cloud: str) -> Any:
    """A client of the local cloud; making one takes longer than most tests."""
    return boto3.client(service, endpoint_url=cloud)


@cache
def table_in_template() -> dict[str, Any]:
    """The table of template.yaml, as the API wants it."""
    template = yaml_parse((ROOT / "template.yaml").read_text())
    (properties,) = (
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::DynamoDB::Table"
    )
    names = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    # CloudFormation leaves out what the API wants said.
    stream = {"StreamEnabled": True, **properties["StreamSpecification"]}
    return {**{name: properties[name] for name in names}, "StreamSpecification": stream}


def new_table(cloud: str) -> str:
    """A fresh table as template.yaml has it; the store is connected to it from now on."""
    name = f"leads-{os.getpid()}-{next(_numbers)}"
    client("dynamodb", cloud).create_table(TableName=name, **table_in_template())
    store_table.connect(name, region="us-east-1", host=cloud)
    return name


@pytest.fixture
def table(cloud: str) -> str:
    """The table of this test."""
    return new_table(cloud)


@dataclass
class Clock:
    """A clock that stands still until it is turned."""

    at: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def turn(self, **ahead: float) -> datetime:
        self.at += timedelta(**ahead)
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def around(clock: Clock) -> Surroundings:
    """The world with that clock; chance and ids are the same in every run."""
    chance = random.Random(1)
    return Surroundings(
        now=clock,
        new_id=lambda: new_id(clock.at, chance.randbytes(10)),
        chance=chance.random,
        wait=lambda seconds: time.sleep(min(seconds, 0.05)),
    )


def items_of(cloud: str, table: str) -> list[dict[str, Any]]:
    """Every item of a table, as an auditor reads them."""
    pages = (
        client("dynamodb", cloud)
        .get_paginator("scan")
        .paginate(TableName=table, ConsistentRead=True)
    )
    return [item for page in pages for item in page["Items"]]


@pytest.fixture
def stored(table: str, cloud: str) -> Callable[[], list[dict[str, Any]]]:
    """Reads every item of the test's table."""
    return lambda: items_of(cloud, table)
