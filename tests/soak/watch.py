"""What can be seen of a running stack from outside: memory, and what is overdue."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.moments import to_text
from shared.store.table import shards
from tests.bench.cloud import bare_client
from tests.soak.cloud import Cloud
from tests.soak.figures import Point
from tests.soak.kills import kilobytes, workers

EVERY = 2.0  # seconds
GRACE = timedelta(seconds=7)  # the sweep comes every five


@dataclass
class Watched:
    """Samples over the day: seconds since it began, and what was found."""

    emulator: list[Point] = field(default_factory=list)  # megabytes
    workers: dict[str, list[Point]] = field(default_factory=dict)  # likewise; "function pid"
    overdue: list[Point] = field(default_factory=list)  # entries of the due index
    late: list[Point] = field(default_factory=list)  # of our own people's work


def overdue(cloud: Cloud, grace: timedelta = GRACE) -> int:
    """How many leads are due for longer than the sweep's interval."""
    before = to_text(datetime.now(UTC) - grace)
    return sum(_due(cloud, shard, before) for shard in shards())


def still_due(cloud: Cloud) -> int:
    """How many leads the clock will do something about, now or ever."""
    return sum(_due(cloud, shard, "9") for shard in shards())


def _due(cloud: Cloud, shard: str, before: str) -> int:
    asked: dict[str, Any] = {
        "TableName": cloud.table,
        "IndexName": "due",
        "KeyConditionExpression": "due = :shard AND due_at <= :before",
        "ExpressionAttributeValues": {":shard": {"S": shard}, ":before": {"S": before}},
        "Select": "COUNT",
    }
    return int(bare_client(cloud.endpoint_url).query(**asked)["Count"])


@contextmanager
def watching(cloud: Cloud, began: float, late: Callable[[], int]) -> Iterator[Watched]:
    """Sample every two seconds, until this is left; `began` in seconds since 1970."""
    stopped, watched = threading.Event(), Watched()

    def look() -> None:
        now = time.time() - began
        watched.emulator.append((now, kilobytes(cloud.pid) / 1000))
        for worker in workers(cloud):
            name = f"{worker.function} {worker.pid}"
            if worker.kilobytes:  # not one that has just been killed
                watched.workers.setdefault(name, []).append((now, worker.kilobytes / 1000))
        watched.overdue.append((now, float(overdue(cloud))))
        watched.late.append((now, float(late())))

    def go_on() -> None:
        while not stopped.wait(EVERY):
            try:
                look()
            except Exception:  # noqa: BLE001, S112  (too busy to answer: the next look)
                continue

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield watched
    finally:
        stopped.set()
        thread.join(20)
