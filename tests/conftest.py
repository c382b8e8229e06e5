"""What tests share: a real local cloud, a table of their own in it, and a clock they turn."""

import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import settings

from shared.domain.ids import new_id
from shared.surroundings import Surroundings
from tests.security import logs, recording
from tests.table import Clock, items_of, new_table
from tests.world import death, survive, world

__all__ = ["death", "survive", "world"]

AWS = {
    "AWS_ACCESS_KEY_ID": "000000000000",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_LOG_LEVEL": "ERROR",
}
os.environ.update(AWS)

# How long an example takes says more about the machine than about what is tested.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_configure(config: pytest.Config) -> None:
    """In every run it is noted what the functions ask of AWS, and looked at what they log."""
    config.pluginmanager.register(recording)
    config.pluginmanager.register(logs)


@pytest.fixture(autouse=True)
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What every test may count on, whatever the one before did to the environment."""
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)


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


@pytest.fixture
def table(cloud: str) -> str:
    """The table of this test."""
    return new_table(cloud)


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


@pytest.fixture
def stored(table: str, cloud: str) -> Callable[[], list[dict[str, Any]]]:
    """Reads every item of the test's table."""
    return lambda: items_of(cloud, table)
