"""Lambda, the table's stream, the event bus, the schedule and HTTP: late, doubled, out of order."""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple

from tests.aws_events import api_request
from tests.simulation.kernel import DiedError, Kernel, Task, Wait
from tests.simulation.processes import HANDLERS, Process
from tests.simulation.story import Story

# Seconds, as template.yaml has them.
TIMEOUTS = {
    "capture": 10,
    "routing": 60,
    "alerts": 60,
    "deliver": 30,
    "fetch": 60,
    "deadlines": 50,
    "desk": 15,
}
SHARDS = 3
ON_THE_BUS = {"DeliveryDue": "deliver", "DigestDue": "deliver", "LeadAnnounced": "fetch"}
STREAM_KEEPS = 24 * 3600.0
WRONG_BY = 600.0  # seconds, at most, of a clock and of each jump


class Outcome(NamedTuple):
    """What came of an invocation."""

    worked: bool
    answer: Any = None

    @property
    def failures(self) -> list[dict[str, str]]:
        """The records of a batch that are to come again."""
        found: list[dict[str, str]] = (self.answer or {}).get("batchItemFailures", [])
        return found


Done = Callable[[Outcome], None]


@dataclass(frozen=True)
class Hostility:
    """How badly the platform behaves: shares of what happens, from 0 to 1."""

    doubled: float = 0.0  # batches and events that come again
    delayed: float = 0.0  # batches that come minutes late
    silent: float = 0.0  # runs of the schedule that do not happen
    twice: float = 0.0  # runs of the schedule that happen twice at once
    clocks: float = 0.0  # processes whose clock is wrong, by up to ten minutes
    jumps: float = 0.0  # invocations during which the clock jumps


@dataclass
class Mapping:
    """An event source mapping: what it lets through, and how it tries again."""

    function: str
    lets_through: Callable[[dict[str, Any]], bool]
    batch: int
    retries: int
    oldest: float  # seconds


@dataclass
class Reader:
    """One mapping at one shard: one batch at a time, in order."""

    mapping: Mapping
    shard: int
    position: int = 0
    tries: int = 0
    most: int = 0  # records in the next batch, after a failure; 0: as many as there are
    busy: bool = False


@dataclass
class Platform:
    """What starts the functions."""

    kernel: Kernel
    story: Story
    hostile: Hostility
    mappings: list[Mapping]
    on_kill: Callable[[Task], None] = lambda _: None
    shards: list[list[tuple[float, dict[str, Any]]]] = field(
        default_factory=lambda: [[] for _ in range(SHARDS)]
    )
    processes: dict[str, list[Process]] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)  # functions that cannot be started now
    given_up: list[tuple[str, float, list[dict[str, Any]]]] = field(default_factory=list)
    lost: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # forgotten by the stream
    under_way: int = 0
    readers: list[Reader] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.readers = [
            Reader(mapping, shard) for mapping in self.mappings for shard in range(SHARDS)
        ]

    @property
    def all_processes(self) -> list[Process]:
        """Every process there is."""
        return [process for warm in self.processes.values() for process in warm]

    # ── Functions ────────────────────────────────────────────────────────────────────────────────

    def invoke(self, function: str, event: Any, done: Done, *, what: str = "") -> None:
        """Start a function; `done` hears what came of it, also when it dies or runs too long."""
        if function in self.down:
            self.kernel.later(0.1, lambda: done(Outcome(worked=False)))
            return
        process = self._process_for(function)
        process.busy = True
        self.under_way += 1
        ends_at = self.kernel.now + TIMEOUTS[function]
        context = SimpleNamespace(
            aws_request_id="r1",
            function_name=function,
            memory_limit_in_mb=512,
            invoked_function_arn=f"arn:aws:lambda:us-east-1:000000000000:function:{function}",
            get_remaining_time_in_millis=lambda: int(1000 * max(0, ends_at - self.kernel.now)),
        )

        def ended(answer: Any, error: BaseException | None) -> None:
            self.under_way -= 1
            process.busy = False
            if isinstance(error, DiedError):
                self.processes[function].remove(process)
            elif error is not None:
                self.story.raised(process.name, error)
            self.kernel.later(0, lambda: done(Outcome(error is None, answer)))

        if self.kernel.chance.random() < self.hostile.jumps:
            process.off = self.kernel.chance.uniform(-WRONG_BY, WRONG_BY)
            self.story.tell(f"{process.name}'s clock jumps: {process.off:+.0f} s")
        task = Task(process.name, lambda: HANDLERS[function](event, context), process, ended)
        self.story.tell(f"{process.name} starts {what}")
        self.kernel.spawn(task, self.kernel.chance.uniform(0, 0.02))
        self.kernel.later(TIMEOUTS[function], lambda: self._too_long(task))

    def _too_long(self, task: Task) -> None:
        if not task.over:
            self.story.tell(f"{task.name} is ended: it took too long")
            self.on_kill(task)
            self.kernel.kill(task)

    def _process_for(self, function: str) -> Process:
        warm = self.processes.setdefault(function, [])
        idle = [process for process in warm if not process.busy]
        if idle and self.kernel.chance.random() < 0.9:
            return self.kernel.chance.choice(idle)
        wrong = self.kernel.chance.random() < self.hostile.clocks
        off = self.kernel.chance.uniform(-WRONG_BY, WRONG_BY) if wrong else 0.0
        self.story.processes += 1
        process = Process(f"{function}-{self.story.processes}", off)
        warm.append(process)
        return process

    # ── HTTP ─────────────────────────────────────────────────────────────────────────────────────

    def request(
        self, function: str, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, str]:
        """Within a person's task: ask the API; 503 when the function died or took too long."""
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if raw is not None:
            named.setdefault("content-type", "application/json")
        event = api_request(method, path, body=raw, headers=named)
        task = self.kernel.running

        def answered(outcome: Outcome) -> None:
            self.kernel.resume(task, outcome.answer)  # type: ignore[arg-type]

        self.invoke(function, event, answered, what=f"{method} {path}")
        answer = self.kernel.pause(Wait(None))
        if answer is None:
            return 503, ""
        return answer["statusCode"], answer.get("body") or ""

    # ── The stream ───────────────────────────────────────────────────────────────────────────────

    def streamed(self, record: dict[str, Any]) -> None:
        """A change has been written: whoever follows the stream hears of it some time later."""
        key = record["dynamodb"]["Keys"]["pk"]["S"]
        self.shards[zlib.crc32(key.encode()) % SHARDS].append((self.kernel.now, record))
        self.kernel.later(self.kernel.chance.uniform(0.02, 0.3), self.poll)

    def poll(self) -> None:
        """Let every reader begin its next batch that has none under way."""
        for reader in self.readers:
            if not reader.busy:
                self._read_on(reader)

    def _read_on(self, reader: Reader) -> None:
        batch, end = self._next(reader)
        if not batch:
            return
        reader.busy = True
        late = self.kernel.chance.random() < self.hostile.delayed
        wait = self.kernel.chance.uniform(5, 200) if late else 0.0
        self.kernel.later(wait, lambda: self._deliver(reader, batch, end))

    def _next(self, reader: Reader) -> tuple[list[dict[str, Any]], int]:
        """The next batch and where it ends, past what the filter keeps out or is too old."""
        mapping, records = reader.mapping, self.shards[reader.shard]
        most = reader.most or self.kernel.chance.randint(1, mapping.batch)
        batch: list[dict[str, Any]] = []
        while reader.position < len(records) and not batch:
            at, record = records[reader.position]
            wanted = mapping.lets_through(record)
            if wanted and self.kernel.now - at <= mapping.oldest:
                break
            if wanted and self.kernel.now - at > STREAM_KEEPS:
                self.lost.append((mapping.function, record))
            elif wanted:
                self.given_up.append((mapping.function, at, [record]))
            reader.position, reader.tries = reader.position + 1, 0
        end = reader.position
        while end < len(records) and len(batch) < most:
            if mapping.lets_through(records[end][1]):
                batch.append(records[end][1])
            end += 1
        return batch, end

    def _deliver(self, reader: Reader, batch: list[dict[str, Any]], end: int) -> None:
        function = reader.mapping.function

        def done(outcome: Outcome) -> None:
            reader.busy = False
            if outcome.worked and not outcome.failures:
                reader.position, reader.tries, reader.most = end, 0, 0
                if self.kernel.chance.random() < self.hostile.doubled:
                    self.story.tell(f"a batch comes to {function} again")
                    self._again(function, batch)
                self.kernel.later(0, self.poll)
                return
            reader.tries += 1
            if outcome.worked:
                self._up_to_failure(reader, outcome.failures, batch)
            else:
                reader.most = max(1, len(batch) // 2)
            if reader.tries > reader.mapping.retries:
                at, _ = self.shards[reader.shard][reader.position]
                self.given_up.append((function, at, batch))
                reader.position, reader.tries, reader.most = end, 0, 0
            wait = min(60.0, 0.5 * 2 ** min(reader.tries, 7)) * self.kernel.chance.uniform(0.5, 1)
            reader.busy = True

            def on() -> None:
                reader.busy = False
                self.poll()

            self.kernel.later(wait, on)

        what = f"a batch of {len(batch)}"
        self.invoke(function, {"Records": _as_delivered(batch)}, done, what=what)

    def _up_to_failure(
        self, reader: Reader, failures: list[dict[str, str]], batch: list[dict[str, Any]]
    ) -> None:
        """Go on at the first record that failed; what came after it comes again."""
        failed = {failure["itemIdentifier"] for failure in failures}
        records = self.shards[reader.shard]
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        first = next(number for number in numbers if number in failed)
        if first != numbers[0]:
            reader.tries = 1
        while records[reader.position][1]["dynamodb"]["SequenceNumber"] != first:
            reader.position += 1

    def _again(self, function: str, batch: list[dict[str, Any]]) -> None:
        wait = self.kernel.chance.uniform(0, 30)
        event = {"Records": _as_delivered(batch)}
        again = lambda: self.invoke(function, event, _nothing, what="a batch again")  # noqa: E731
        self.kernel.later(wait, again)

    # ── Bus and schedule ─────────────────────────────────────────────────────────────────────────

    def event(self, event: dict[str, Any]) -> None:
        """An event has been put on the bus."""
        function = ON_THE_BUS.get(event["detail-type"])
        if function is None:
            return
        times = 2 if self.kernel.chance.random() < self.hostile.doubled else 1
        for _ in range(times):
            self.kernel.later(
                self.kernel.chance.uniform(0.05, 2), lambda: self._start(function, event, 0)
            )

    def redrive(self) -> None:
        """Bring what was given up once more, as long as the stream has it."""
        again, self.given_up = self.given_up, []
        for function, at, batch in again:
            if self.kernel.now - at > STREAM_KEEPS:
                self.lost += [(function, record) for record in batch]
                continue

            def done(outcome: Outcome, what: Any = (function, at, batch)) -> None:
                if not outcome.worked or outcome.failures:
                    self.given_up.append(what)

            self.invoke(function, {"Records": _as_delivered(batch)}, done, what="a redrive")

    def _start(self, function: str, event: dict[str, Any], tries: int) -> None:
        def done(outcome: Outcome) -> None:
            if not outcome.worked and function in self.down and tries < 2:
                self.kernel.later(20, lambda: self._start(function, event, tries + 1))

        self.invoke(function, event, done, what=event["detail-type"])

    def tick(self) -> None:
        """The schedule's turn."""
        if self.kernel.chance.random() < self.hostile.silent:
            self.story.tell("the schedule does not run")
            return
        times = 2 if self.kernel.chance.random() < self.hostile.twice else 1
        for _ in range(times):
            self.invoke("deadlines", {}, _nothing, what="a sweep")


def _nothing(outcome: Outcome) -> None:
    """Nobody waits for it."""


def _as_delivered(batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each invocation gets records of its own, as they come out of JSON."""
    copied: list[dict[str, Any]] = json.loads(json.dumps(batch))
    return copied
