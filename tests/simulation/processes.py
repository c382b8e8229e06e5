"""What a process remembers between two invocations, and the clock it goes by.

In this simulation all processes share one interpreter, so each one's memory is put in its place
whenever one of its tasks goes on, and taken out when the task stops.
"""

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.event_handler.api_gateway import BaseRouter
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.parameters import SecretsProvider, base

import functions.alerts.handler as alerts
import functions.capture.handler as capture
import functions.deadlines.handler as deadlines
import functions.deliver.handler as deliver
import functions.desk.handler as desk
import functions.fetch.handler as fetch
import functions.routing.handler as routing
import shared.surroundings
from shared import credentials
from shared.domain.ids import ENTROPY_BYTES, new_id
from shared.domain.moments import to_milliseconds
from shared.flows import digest_due, turns
from shared.store import bounces, config
from shared.store import routing as routing_store
from tests.simulation.kernel import Kernel

HANDLERS: dict[str, Callable[[Any, Any], Any]] = {
    "capture": capture.handler,
    "routing": routing.handler,
    "alerts": alerts.handler,
    "deliver": deliver.handler,
    "fetch": fetch.handler,
    "deadlines": deadlines.handler,
    "desk": desk.handler,
}


def _processor() -> BatchProcessor:
    return BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)


# All that the functions keep in their modules and change: where it is, and how it begins.
MEMORY: list[tuple[Any, str, Callable[[], Any]]] = [
    (config, "_read", dict),
    (routing_store, "_seen", dict),
    (turns, "_crowded_until", dict),
    (credentials, "_looked", dict),
    (bounces, "_read", dict),
    (digest_due, "_looked", dict),
    (alerts, "processor", _processor),
    (BaseRouter, "current_event", lambda: None),
    (BaseRouter, "lambda_context", lambda: None),
]
_kept = list(MEMORY)  # and what is made with the day


def _secrets() -> Any:
    """What keeps the secrets that have been read, in one process."""
    return base.DEFAULT_PROVIDERS.setdefault("secrets", SecretsProvider())


class Process:
    """A process of a function: warm as long as it lives, and doing one thing at a time."""

    inside: "Process | None" = None  # whose task is running

    def __init__(self, name: str, off: float) -> None:
        self.name, self.off = name, off  # off: how wrong its clock is, in seconds
        self.busy = False
        self._memory = [begin() for _, _, begin in _kept]

    def enter(self) -> None:
        """Put this process's memory in its place."""
        for (where, name, _), value in zip(_kept, self._memory, strict=True):
            setattr(where, name, value)
        Process.inside = self

    def leave(self) -> None:
        """Take it out again."""
        self._memory = [getattr(where, name) for where, name, _ in _kept]
        Process.inside = None


def take_over(kernel: Kernel, patch: pytest.MonkeyPatch) -> None:
    """Time, chance and ids of all that runs come from the kernel from now on."""
    chance = kernel.chance

    def now() -> datetime:
        off = Process.inside.off if Process.inside else 0.0
        return to_milliseconds(kernel.at + timedelta(seconds=off))

    def seconds() -> float:
        return kernel.now

    ours = {
        "time": SimpleNamespace(
            monotonic=seconds, perf_counter=seconds, sleep=kernel.sleep, time=seconds
        ),
        "random": SimpleNamespace(random=chance.random),
        "secrets": SimpleNamespace(
            token_bytes=chance.randbytes,
            token_urlsafe=lambda size: chance.randbytes(size).hex(),
            token_hex=lambda size: chance.randbytes(size).hex(),
        ),
    }
    theirs = {name: sys.modules[name] for name in ("time", "random", "secrets")}
    for module in list(sys.modules.values()):
        if module.__name__.partition(".")[0] not in ("shared", "functions"):
            continue
        for name, own in ours.items():
            if getattr(module, name, None) is theirs[name]:
                patch.setattr(module, name, own)
    patch.setattr(
        shared.surroundings, "fresh_id", lambda: new_id(now(), chance.randbytes(ENTROPY_BYTES))
    )
    for module in (shared.surroundings, desk):
        patch.setattr(module, "now", now)
    _kept[:] = [*MEMORY, (_secrets(), "store", dict)]
    for where, name, begin in _kept:
        patch.setattr(where, name, begin(), raising=False)
    routing_store.forget()
    config._versions.clear()
