"""Clients for the emulated cloud."""

import os
from typing import Any

import boto3
from botocore.config import Config

from infra.local.ports import LOOPBACK

REGION = "us-east-1"

# Any will do, as the emulator checks none. Real ones must not go where they are not needed.
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


def act_locally() -> None:
    """Make this process one that cannot reach a real account, nor a proxy on the way to itself."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(_CREDENTIALS, NO_PROXY=LOOPBACK, no_proxy=LOOPBACK)


def client(service: str, endpoint_url: str, config: Config | None = None) -> Any:
    """A boto3 client that speaks to the emulator; call `act_locally` first."""
    quick = Config(connect_timeout=2, read_timeout=60, retries={"total_max_attempts": 2})
    create: Any = boto3.client  # its type lists every service by name
    return create(service, region_name=REGION, endpoint_url=endpoint_url, config=config or quick)
