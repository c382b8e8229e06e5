"""Tasks that stop at each call to AWS, and one clock that goes from event to event."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from greenlet import getcurrent, greenlet


class DiedError(BaseException):
    """The process is gone: nothing catches this, as nothing catches a kill."""


class StuckError(Exception):
    """The day does not come to an end."""


class Call(NamedTuple):
    """A call to AWS that a task is about to make."""

    client: Any
    operation: str
    arguments: dict[str, Any]


class Wait(NamedTuple):
    """A task wants to go on later, or when somebody wakes it (`seconds` is None)."""

    seconds: float | None


@dataclass(eq=False)
class Task:
    """Something that runs until its end, or until it dies."""

    name: str
    work: Callable[[], Any]
    process: Any = None  # whose memory and clock it uses; None: a person's, outside of AWS
    ended: Callable[[Any, BaseException | None], None] | None = None
    dead: bool = False
    over: bool = False
    calls: int = 0
    stalled: bool = False  # it has stood still for longer than claims hold
    sent: str = ""  # the mail it has sent and not noted yet
    thread: Any = field(default=None, repr=False)


@dataclass
class Kernel:
    """The scheduler. Whoever runs it is the hub: every task comes back here at each call."""

    chance: Random
    began: datetime
    on_call: Callable[[Task, Call], None]  # sees to a call; to end with `resume`
    now: float = 0.0  # seconds since the beginning
    running: Task | None = None
    events: int = 0
    _queue: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _number: int = 0

    @property
    def at(self) -> datetime:
        """The time by a clock that is right."""
        return self.began + timedelta(seconds=self.now)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Have something happen in so many seconds."""
        self._number += 1
        heapq.heappush(self._queue, (self.now + max(0.0, seconds), self._number, action))

    def spawn(self, task: Task, after: float = 0.0) -> Task:
        """Start a task; one that has died before is never started."""

        def run(_: Any) -> None:
            result, error = None, None
            try:
                result = task.work()
            except BaseException as raised:  # noqa: BLE001 (whoever started it hears of it)
                error = raised
            task.over = True
            if task.ended:
                task.ended(result, error)

        def begin() -> None:
            if not task.dead:
                task.thread = greenlet(run, parent=getcurrent())
                self._switch(task, None)

        self.later(after, begin)
        return task

    def resume(self, task: Task, answer: Any = None, error: BaseException | None = None) -> None:
        """Let a waiting task go on with an answer or an error; one that is over stays so."""
        if not (task.over or task.dead):
            self._switch(task, answer, error)

    def kill(self, task: Task) -> None:
        """End a task where it is. What it would still do on its way out, it does not."""
        if task.over or task.dead:
            return
        task.dead = True
        if task.thread is None:  # not begun yet
            task.over = True
            if task.ended:
                task.ended(None, DiedError())
            return
        self._switch(task, None, DiedError())

    def _switch(self, task: Task, answer: Any, error: BaseException | None = None) -> None:
        before, self.running = self.running, task
        if task.process:
            task.process.enter()
        try:
            wanted = task.thread.throw(error) if error else task.thread.switch(answer)
        finally:
            if task.process:
                task.process.leave()
            self.running = before
        if task.over or task.dead:
            return
        match wanted:
            case Call():
                task.calls += 1
                self.on_call(task, wanted)
            case Wait(seconds) if seconds is not None:
                self.later(seconds, lambda: self.resume(task))

    def pause(self, wanted: Call | Wait) -> Any:
        """Within a task: stop here until the hub goes on with it."""
        task = self.running
        if task is None or task.dead:
            raise DiedError
        return task.thread.parent.switch(wanted)

    def sleep(self, seconds: float) -> None:
        """Within a task: wait."""
        self.pause(Wait(seconds))

    def run(self, until: float, most: int) -> None:
        """Go from event to event until that time. StuckError after so many events."""
        while self._queue and self._queue[0][0] <= until:
            at, _, action = heapq.heappop(self._queue)
            self.now = max(self.now, at)
            self.events += 1
            if self.events > most:
                raise StuckError(f"{most:,} events, and it goes on")
            action()
        self.now = max(self.now, until)
