"""Workers of our own emulator, killed: between requests, and under one."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.soak.clients import Http
from tests.soak.cloud import Cloud

PROCESSES = Path("/proc")
# A worker that is killed while it starts makes the emulator end all of that function's, also those
# that start in their place, and so on for minutes: only who has started is killed.
STARTED = 10.0  # seconds, on a busy machine
# Whom it meets, and how often of ten.
VICTIMS = {"capture": 4, "routing": 2, "alerts": 2, "desk": 1.5, "deadlines": 0.3, "deliver": 0.2}


class Kill(NamedTuple):
    """A worker that was killed: when (seconds since 1970), whose it was, and its process."""

    at: float
    function: str
    pid: int
    under_a_request: bool  # somebody was sending at that moment


class Worker(NamedTuple):
    """A process in which a function runs."""

    pid: int
    function: str
    ticks: int  # of processor time, so far
    kilobytes: int  # in memory
    age: float  # seconds


def workers(cloud: Cloud) -> list[Worker]:
    """The children of the emulator that are a function's."""
    found = []
    up = float((PROCESSES / "uptime").read_text().split()[0])
    a_second = os.sysconf("SC_CLK_TCK")
    for folder in PROCESSES.iterdir():
        if folder.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                fields = _stat(int(folder.name))
                if int(fields[1]) == cloud.pid:
                    function = cloud.function_of(str((folder / "cwd").readlink()))
                    ticks = int(fields[11]) + int(fields[12])
                    age = up - int(fields[19]) / a_second
                    memory = kilobytes(folder.name)
                    found.append(Worker(int(folder.name), function, ticks, memory, age))
    return [worker for worker in found if worker.function]


def kilobytes(pid: int | str) -> int:
    """What a process has in memory; 0 when there is none."""
    with suppress(OSError):
        for line in (PROCESSES / str(pid) / "status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def processor_seconds(cloud: Cloud) -> float:
    """What the emulator and its workers have used so far, those that have ended too."""
    spent = sum(int(ticks) for ticks in _stat(cloud.pid)[11:15])
    living = sum(worker.ticks for worker in workers(cloud))
    return (spent + living) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """The fields of a process behind its name: its state, its parent, …"""
    return (PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()


@contextmanager
def killing(
    cloud: Cloud, http: Http, every: float, seed: int, is_peace: Callable[[], bool]
) -> Iterator[list[Kill]]:
    """Kill a worker now and then, every so many seconds on average, until this is left."""
    stopped, kills = threading.Event(), list[Kill]()
    chance = Random(seed)

    def go_on() -> None:
        before: dict[int, int] = {}
        while not stopped.wait(chance.uniform(0.4, 1.6) * every):
            if is_peace():
                continue
            under = chance.random() < 0.7
            if under:
                http.sending.clear()
                http.sending.wait(5)
                time.sleep(chance.uniform(0, 0.08))
            now = [worker for worker in workers(cloud) if worker.age >= STARTED]
            kill = _kill(now, before, chance, under=under)
            before = {worker.pid: worker.ticks for worker in now}
            if kill:
                kills.append(kill)

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield kills
    finally:
        stopped.set()
        thread.join(20)


def _kill(now: list[Worker], before: dict[int, int], chance: Random, *, under: bool) -> Kill | None:
    """Kill that worker of one function which has worked most since the last time."""
    functions = [name for name in VICTIMS if any(worker.function == name for worker in now)]
    if not functions:
        return None
    (function,) = chance.choices(functions, [VICTIMS[name] for name in functions])
    its = [worker for worker in now if worker.function == function]
    victim = max(its, key=lambda worker: worker.ticks - before.get(worker.pid, 0))
    with suppress(ProcessLookupError):
        at = time.time()
        os.kill(victim.pid, signal.SIGKILL)
        return Kill(at, function, victim.pid, under)
    return None
