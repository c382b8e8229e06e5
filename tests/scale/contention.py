"""Many at once at the same items, with the functions' own code, by a clock that is simulated.

A router is one shard of the table's stream: it hands its records to the routing function, one
batch after the other, and again from the first that was not settled, as Lambda does.
"""

import json
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.utilities import parameters
from botocore.client import BaseClient

from shared.credentials import key_hash
from shared.domain.config import Config
from shared.domain.leads import replay
from shared.flows.apply_config import apply_config
from shared.store import routing as routing_store
from shared.store import table as store_table
from shared.surroundings import real
from tests import inside
from tests.audit import Books, problems
from tests.aws_events import api_request, context
from tests.bench import backlog
from tests.scale.dynamo import Dynamo
from tests.simulation.kernel import Call, Kernel, Task
from tests.simulation.processes import HANDLERS, Process, take_over
from tests.table import table_in_template

TABLE = "at-scale"
BEGINS = datetime(2026, 3, 2, 9, tzinfo=UTC)
LONGEST = 3600.0  # simulated seconds; what is not done then is told as left
MOST_EVENTS = 2_000_000
STREAM_BATCH = 100  # the template's BatchSize for routing
DELIVERIES = 21  # of one batch: the template's MaximumRetryAttempts, and the first
LOOKS_EVERY = 0.25  # seconds: how often Lambda asks a shard that had nothing
# Seconds of each run, warm, before its first call and after its last: what docs/figures/cost.json
# has for the processor of one run, at its memory's share of a core.
ROUTING_RUN = 0.012
CAPTURE_RUN = 0.009
SWEEP_LASTS = 50.0  # seconds: the template's Timeout for deadlines
SLOWEST_AGAIN = 30.0  # seconds between two deliveries of one batch, at most

Record = dict[str, Any]


@dataclass
class Result:
    """What came of it; times are simulated."""

    done: int = 0  # leads that have an owner, or posts that were taken
    seconds: float = 0.0  # from the first to the last of them
    worst: float = 0.0  # seconds that one of them waited
    median: float = 0.0
    counted: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """How many a second."""
        return self.done / self.seconds if self.seconds else 0.0


class _Stage:
    """A table, a configuration, and the clock."""

    def __init__(self, patch: pytest.MonkeyPatch, config: Config, seed: int) -> None:
        self.config = config
        self.chance = Random(seed)
        self.assigned: dict[str, float] = {}  # lead → when it got its owner
        self.dynamo = Dynamo(TABLE, self.chance, self._written)
        self.kernel = Kernel(self.chance, BEGINS, self.dynamo.on_call)
        self.dynamo.kernel = self.kernel
        self.counted: Counter[str] = self.dynamo.counted
        patch.setenv("AWS_ENDPOINT_URL", inside.ADDRESS)
        patch.setenv("SOURCE_SECRETS_ARN", "sources")

        def called(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
            return self._called(client, operation, arguments)

        patch.setattr(BaseClient, "_make_api_call", called)
        inside.begin_again()
        inside.create_table(TABLE, table_in_template())
        store_table.connect(TABLE, region="us-east-1", host=inside.ADDRESS)
        parameters.clear_caches()
        take_over(self.kernel, patch)
        # Each process is to read the ledger for itself.
        patch.setattr(routing_store, "_entry", routing_store._entry.__wrapped__)
        patch.setattr(routing_store, "forget", routing_store._seen.clear)
        apply_config(config, real())

    def _called(self, client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "GetSecretValue":
            return {"SecretString": json.dumps(_SECRETS)}
        call = Call(client, operation, arguments)
        if self.kernel.running:
            return self.kernel.pause(call)
        answer, error = self.dynamo.carry_out(call)
        if error:
            raise error
        return answer

    def _written(self, record: Record) -> None:
        image = record["dynamodb"].get("NewImage", {})
        if image.get("kind", {}).get("S") == "lead" and "owner" in image:
            self.assigned.setdefault(image["pk"]["S"], self.kernel.now)

    def put(self, leads: list[Any]) -> list[Record]:
        """Store leads as capture has left them; answers the stream's records of them."""
        client = store_table.connection().client
        before = len(inside.changes_since(TABLE, 0))
        for lead in leads:
            item = {"TableName": TABLE, "Item": backlog.stored(lead)}
            self.dynamo.carry_out(Call(client, "PutItem", item))
        return list(inside.changes_since(TABLE, before))

    def result(self, came: dict[str, float]) -> Result:
        """What came of leads that came at these moments."""
        waits = sorted(at - came[lead] for lead, at in self.assigned.items())
        last = max(self.assigned.values(), default=0.0)
        books = Books(_all_items())
        return Result(
            done=len(waits),
            seconds=round(last - min(came.values()), 3),
            worst=round(waits[-1], 3),
            median=round(waits[len(waits) // 2], 3),
            counted=dict(sorted(self.counted.items())),
            problems=problems(books, self.config),
        )


def _all_items() -> list[Record]:
    """The whole table; a scan would end at a page's end."""
    return [item for by_sk in inside.items(TABLE).values() for item in by_sk.values()]


@contextmanager
def _stage(config: Config, seed: int) -> Iterator[_Stage]:
    with pytest.MonkeyPatch.context() as patch:
        yield _Stage(patch, config, seed)


class _Router:
    """One shard, and the process of the routing function that reads it."""

    def __init__(self, stage: _Stage, name: str, most: int, window: float = 0.0) -> None:
        self.stage, self.most = stage, most
        self.window = window  # seconds for which Lambda gathers a batch
        self.process = Process(name, 0.0)
        self.waiting: deque[Record] = deque()
        self.tries = 0
        self.ends = False  # nothing comes any more

    def look(self) -> None:
        """Take the next batch, or look again some time later."""
        kernel = self.stage.kernel
        batch = [self.waiting[n] for n in range(min(self.most, len(self.waiting)))]
        if not batch:
            if not self.ends:
                kernel.later(max(LOOKS_EVERY, self.window), self.look)
            return
        event = {"Records": json.loads(json.dumps(batch))}
        answered: list[Any] = []
        self.stage.counted["invocations"] += 1

        def work() -> None:
            answered.append(HANDLERS["routing"](event, context()))

        def ended(_: Any, error: BaseException | None) -> None:
            if error:
                raise error
            self._settle(batch, answered[0]["batchItemFailures"])

        kernel.spawn(Task(self.process.name, work, self.process, ended), ROUTING_RUN)

    def _settle(self, batch: list[Record], failures: list[dict[str, str]]) -> None:
        """Go on after the batch, or at its first record that failed."""
        failed = {failure["itemIdentifier"] for failure in failures}
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        passed = next((n for n, number in enumerate(numbers) if number in failed), len(batch))
        self.tries = self.tries + 1 if failed and not passed else bool(failed)
        if self.tries >= DELIVERIES:
            self.stage.counted["batches given up"] += 1
            passed, self.tries = len(batch), 0
        for _ in range(passed):
            self.waiting.popleft()
        self.stage.counted["leads handed back"] += len(failed)
        longest = min(SLOWEST_AGAIN, 0.5 * 2**self.tries) if self.tries else 0.0
        wait = self.stage.chance.uniform(0.5, 1) * longest
        full = self.ends or len(self.waiting) >= self.most
        self.stage.kernel.later(wait if full else max(wait, self.window), self.look)


# ── Routers ──────────────────────────────────────────────────────────────────────────────────────


def backlog_of_one_pool(routers: int, leads: int, batch: int, seed: int = 1) -> Result:
    """A pool's leads are all there already; each router has its share, in batches."""
    with _stage(backlog.team(), seed) as stage:
        return _route(stage, _leads(leads), routers, batch)


def pools_that_share_reps(pools: int, leads: int, batch: int, seed: int = 1) -> Result:
    """As many routers as pools, each with its own pool's leads; all have the same ten reps."""
    with _stage(_pools(pools), seed) as stage:
        return _route(stage, _leads(leads, pools), pools, batch)


def _route(stage: _Stage, leads: list[Any], routers: int, batch: int) -> Result:
    records = stage.put(leads)
    for number in range(routers):
        router = _Router(stage, f"routing-{number}", batch)
        router.waiting.extend(records[number::routers])
        router.ends = True
        router.look()
    stage.kernel.run(LONGEST, MOST_EVENTS)
    return stage.result({f"lead#{lead.lead_id}": 0.0 for lead in leads})


def arrivals_at_one_pool(
    rate: int, seconds: int, routers: int, window: int = 0, seed: int = 1
) -> Result:
    """Leads of one pool come at random moments, so many a second, each at a random router.

    `window`: seconds for which Lambda gathers them, MaximumBatchingWindowInSeconds.
    """
    with _stage(backlog.team(), seed) as stage:
        crowd = [_Router(stage, f"routing-{n}", STREAM_BATCH, window) for n in range(routers)]
        leads = _leads(rate * seconds)
        moments = sorted(stage.chance.uniform(0, seconds) for _ in leads)
        came = {f"lead#{lead.lead_id}": at for lead, at in zip(leads, moments, strict=True)}

        def arrive(lead: Any, router: _Router) -> Callable[[], None]:
            return lambda: router.waiting.extend(stage.put([lead]))

        for lead, at in zip(leads, moments, strict=True):
            stage.kernel.later(at, arrive(lead, stage.chance.choice(crowd)))
        for router in crowd:
            stage.kernel.later(stage.chance.uniform(0, LOOKS_EVERY), router.look)

        def close() -> None:
            for router in crowd:
                router.ends = True

        stage.kernel.later(seconds + 0.001, close)
        stage.kernel.run(LONGEST, MOST_EVENTS)
        return stage.result(came)


def _leads(count: int, pools: int = 1) -> list[Any]:
    """So many leads, for the pools by turns; the same ones each time."""
    chance = Random(count)
    made = [
        backlog._new_lead(n, BEGINS - timedelta(milliseconds=count - n), chance)
        for n in range(count)
    ]
    if pools > 1:
        for number, lead in enumerate(made):
            lead.fields["product"] = f"p{number % pools}"
    return made


def _pools(count: int) -> Config:
    whole = backlog.team().model_dump(mode="json")
    members = whole["pools"]["sales"]["members"]
    if count > 1:
        whole["pools"] = {f"p{n}": {"members": members} for n in range(count)}
        named = [{"name": pool, "when": {"product": pool}, "pool": pool} for pool in whole["pools"]]
        whole["rules"] = [*named, {"name": "everything else", "pool": "p0"}]
    return Config.model_validate(whole)


# ── The sweep ────────────────────────────────────────────────────────────────────────────────────


def reminders_in_one_sweep(due: int, seed: int = 1) -> Result:
    """So many leads are to be reminded of; done: those that one sweep got through."""
    with _stage(backlog.team(), seed) as stage:
        earlier = timedelta(minutes=6)  # the first reminder is due after five
        stage.put([backlog.assigned(_earlier(lead, earlier)) for lead in _leads(due)])
        stage.assigned.clear()
        ended_at: list[float] = []
        left = lambda: int(1000 * (SWEEP_LASTS - stage.kernel.now))  # noqa: E731
        about = SimpleNamespace(function_name="deadlines", get_remaining_time_in_millis=left)

        def ended(answer: Any, error: BaseException | None) -> None:
            if error:
                raise error
            stage.counted["reminded"] = answer["reminded"]
            ended_at.append(stage.kernel.now)

        def work() -> Any:
            return HANDLERS["deadlines"]({}, about)

        stage.kernel.spawn(Task("deadlines", work, Process("deadlines", 0.0), ended))
        stage.kernel.run(LONGEST, MOST_EVENTS)
        return Result(
            done=stage.counted["reminded"],
            seconds=round(ended_at[0], 3),
            counted=dict(sorted(stage.counted.items())),
        )


def _earlier(lead: Any, by: timedelta) -> Any:
    change = replace(lead.log[0], at=lead.log[0].at - by)
    return replay(lead.lead_id, lead.source, lead.fields, [change])


# ── Posts ────────────────────────────────────────────────────────────────────────────────────────

_SECRETS = {"partner#acme": {"keys": [{"sha256": key_hash("acme-key")}]}}


def posts_to_one_cap(senders: int, posts: int, seed: int = 1) -> Result:
    """Each sender posts one lead after the other; all of them count in one cap."""
    whole = backlog.team().model_dump(mode="json")
    cap = {"name": "daily", "per": "day", "leads": 1_000_000}
    settings = {"mode": "live", "currency": "EUR", "price": "12.50", "caps": [cap]}
    whole["partners"] = {"acme": settings}
    with _stage(Config.model_validate(whole), seed) as stage:
        statuses: Counter[int] = Counter()
        waits: list[float] = []
        answered_at = [0.0]

        def sender(number: int) -> Callable[[], None]:
            def work() -> None:
                for n in range(posts):
                    began = stage.kernel.now
                    stage.kernel.sleep(CAPTURE_RUN)
                    answer = HANDLERS["capture"](_post(f"{number}-{n}"), context())
                    statuses[answer["statusCode"]] += 1
                    waits.append(stage.kernel.now - began)
                    answered_at.append(stage.kernel.now)

            return work

        def ended(_: Any, error: BaseException | None) -> None:
            if error:
                raise error

        for number in range(senders):
            process = Process(f"capture-{number}", 0.0)
            task = Task(process.name, sender(number), process, ended)
            stage.kernel.spawn(task, stage.chance.uniform(0, 0.02))
        stage.kernel.run(LONGEST, MOST_EVENTS)
        books = Books(_all_items())
        waits.sort()
        found = problems(books, stage.config)
        if len(books.leads) != statuses[201]:
            found.append(f"{statuses[201]} were told of a lead, there are {len(books.leads)}")
        answers = {f"answered {status}": count for status, count in statuses.items()}
        return Result(
            done=statuses[201],
            seconds=round(max(answered_at), 3),
            worst=round(waits[-1], 3),
            median=round(waits[len(waits) // 2], 3),
            counted=dict(sorted((stage.counted + Counter(answers)).items())),
            problems=found,
        )


def _post(name: str) -> Record:
    said = {"name": "Katarina Lindström", "email": f"k{name}@verkstad.example", "country": "SE"}
    headers = {
        "content-type": "application/json",
        "authorization": "Bearer acme-key",
        "idempotency-key": name,
    }
    body = json.dumps(said).encode()
    return api_request("POST", "/v1/partners/acme/leads", body=body, headers=headers)
