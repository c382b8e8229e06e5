"""Does what is due every few seconds, since the demo's deadlines are short.

The template's own schedule runs beside it, once a minute, as in AWS; a sweep too many is harmless.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.aws import client

EVERY = 5.0  # seconds


@contextmanager
def swept_often(endpoint_url: str, function: str) -> Iterator[None]:
    """Start the deadlines function every five seconds."""
    stopped = threading.Event()
    lambda_client = client("lambda", endpoint_url)

    def sweep() -> None:
        while not stopped.wait(EVERY):
            with suppress(BotoCoreError, ClientError):  # the next one does what this one did not
                lambda_client.invoke(FunctionName=function, Payload=b"{}")

    threading.Thread(target=sweep, daemon=True).start()
    try:
        yield
    finally:
        stopped.set()
