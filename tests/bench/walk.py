"""A lead's whole way through the functions themselves, and all that AWS would charge on it.

The handlers run in this process on a table of the emulator's, and get the stream's records in runs
of one or of many, as Lambda would hand them over. What they call besides the table is answered here
and counted. Clock, ids and chance are the same each time, and so is each count.
"""

import json
import logging
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from statistics import median
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from aws_lambda_powertools.utilities import parameters
from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.httpsession import URLLib3Session

import functions.alerts.handler as alerts
import functions.capture.handler as capture
import functions.deadlines.handler as deadlines
import functions.desk.handler as desk
import functions.routing.handler as routing
import shared.surroundings
from shared import credentials
from shared.domain.config import Config
from shared.domain.ids import ENTROPY_BYTES, new_id
from shared.flows import turns
from shared.flows.apply_config import apply_config
from shared.messages import senders
from shared.store import bounces as bounce_store
from shared.store import config as config_store
from shared.store import routing as routing_store
from shared.surroundings import Surroundings
from shared.telemetry import logger
from tests.aws_events import api_request, context
from tests.bench.backlog import form_fields, team
from tests.bench.meter import Bill, metered
from tests.bench.units import INDEXES, item_size
from tests.pressing import FORM, filled_in
from tests.table import Clock, client, items_of, new_table
from tests.world import TOLD_OF, World, _as_lambda_has_it, _matters_to_routing

DOORS = ("form", "partner", "hook")
STEPS = ("capture", "routing", "alert", "accept", "reminder", "reclaim", "idle sweep")
BATCHES = (1, 25)
HANDLERS = {
    "capture": capture.handler,
    "routing": routing.handler,
    "alerts": alerts.handler,
    "desk": desk.handler,
    "deadlines": deadlines.handler,
}
MOST_RECORDS = {"routing": 100, "alerts": 10}  # of one run: the template's BatchSize

LINE = 26  # bytes that CloudWatch adds to each line
ITEM = 100  # bytes that DynamoDB adds to each item, and to each entry of an index
EVENT = 64 * 1024  # bytes of an event that are one event to the bill
YEAR = 365 * 24 * 3600

_KEY = "k" * 48
_SECRETS = {
    "partner#acme": {"keys": [{"sha256": credentials.key_hash(_KEY)}]},
    "hook#google-ads": {"secret": [_KEY]},
}
_PARTNER: dict[str, Any] = {
    "mode": "live",
    "currency": "EUR",
    "price": "12.50",
    "caps": [
        {"name": "daily", "per": "day", "leads": 1_000_000},
        {"name": "budget", "per": "month", "money": "100000000"},
    ],
    "duplicates": {"within": "30d", "keys": ["email", "phone"]},
}


@dataclass
class Spent:
    """What one step has cost, for all its leads together; counts only."""

    write_units: float = 0
    read_units: float = 0
    requests: int = 0  # to the API
    bytes_out: int = 0  # of the answers' bodies
    log_bytes: int = 0
    events: int = 0
    mails: int = 0
    publishes: int = 0
    secrets: int = 0  # asked for
    runs: Counter[str] = field(default_factory=Counter)  # by function
    calls: dict[str, Counter[str]] = field(default_factory=dict)  # by function and operation
    seconds: Counter[str] = field(default_factory=Counter)  # of the processor, by function

    def as_counts(self) -> dict[str, Any]:
        """What is not zero, as JSON has it; without the processor's time, which is no count."""
        whole = {**vars(self), "runs": dict(self.runs), "seconds": None}
        whole["calls"] = {name: dict(sorted(made.items())) for name, made in self.calls.items()}
        return {name: value for name, value in whole.items() if value}


@dataclass
class Walk:
    """One table, one door, and how many leads go together."""

    world: World
    door: str
    leads: int
    clock: Clock
    lines: list[str] = field(default_factory=list)  # that were logged
    operations: Counter[str] = field(default_factory=Counter)  # since the run began
    entries: int = 0  # put on the bus
    links: list[str] = field(default_factory=list)  # mailed
    told: Counter[str] = field(default_factory=Counter)  # records that each function has had
    number: int = 0  # of the last lead
    series: set[str] = field(default_factory=set)  # metrics that were written
    measured: bool = False  # the processor's time, rather than units

    # ── A run of a function ──────────────────────────────────────────────────────────────────────

    def run(self, spent: Spent, function: str, event: dict[str, Any]) -> Any:
        """Start a function once."""
        if self.leads == 1:
            self.clock.turn(seconds=20)  # so few leads that nothing read before is fresh enough
        self.operations.clear()
        self.lines.clear()
        self.entries = 0
        printed = StringIO()
        with redirect_stdout(printed):  # metrics are lines as well
            if self.measured:
                began = time.thread_time()
                answer = HANDLERS[function](event, context())
                spent.seconds[function] += time.thread_time() - began
            else:
                with metered(client("dynamodb", self.world.cloud)) as bill:
                    answer = HANDLERS[function](event, context())
                self._charge(spent, function, bill, printed.getvalue().splitlines())
        if failed := (answer or {}).get("batchItemFailures"):
            raise RuntimeError(f"{function} failed with {failed}")
        return answer

    def _charge(self, spent: Spent, function: str, bill: Bill, printed: list[str]) -> None:
        others, lines = self.operations, [*self.lines, *printed]
        spent.runs[function] += 1
        spent.calls.setdefault(function, Counter()).update([*bill.calls, *others.elements()])
        spent.write_units += bill.written
        spent.read_units += bill.reads
        spent.events += self.entries
        spent.mails += others["SendEmail"]
        spent.publishes += others["Publish"]
        spent.secrets += others["GetSecretValue"]
        self.series.update(name for line in printed for name in _metrics_in(line))
        spent.log_bytes += sum(len(line.encode()) + LINE for line in lines)

    def request(self, spent: Spent, function: str, event: dict[str, Any], *status: int) -> Any:
        """Start a function by a request to the API."""
        answer = self.run(spent, function, event)
        if answer["statusCode"] not in status:
            raise RuntimeError(f"{function} answered {answer['statusCode']}: {answer['body']}")
        spent.requests += 1
        spent.bytes_out += len((answer.get("body") or "").encode())
        return answer

    def stream(self, spent: Spent, function: str) -> None:
        """Hand the stream's new records over to a function."""
        records = self.world.records()
        new, self.told[function] = records[self.told[function] :], len(records)
        wanted = [_as_lambda_has_it(record) for record in new if _WANTED[function](record)]
        most = min(self.leads, MOST_RECORDS[function])
        for start in range(0, len(wanted), most):
            self.run(spent, function, {"Records": wanted[start : start + most]})

    # ── The steps ────────────────────────────────────────────────────────────────────────────────

    def take(self) -> tuple[Spent, Spent, Spent]:
        """Leads come in, are given out, and their reps hear of it."""
        captured, routed, told = Spent(), Spent(), Spent()
        for _ in range(self.leads):
            self.number += 1
            self.request(captured, "capture", _post(self.door, self.number), 200, 201)
        self.stream(captured, "alerts")
        self.stream(routed, "routing")
        self.links.clear()
        self.stream(told, "alerts")
        return captured, routed, told

    def accept(self) -> Spent:
        """Each rep opens the link, looks at the page and presses its button."""
        spent = Spent()
        for link in self.links:
            page = self.request(spent, "desk", api_request("GET", link), 200)["body"]
            button = api_request("POST", link, body=filled_in(page), headers=FORM)
            self.request(spent, "desk", button, 200)
        self.stream(spent, "routing")
        self.stream(spent, "alerts")
        return spent

    def sweep(self, minutes: float) -> Spent:
        """Time passes, the sweep does what is due, and everybody hears of it."""
        self.clock.turn(minutes=minutes)
        spent = Spent()
        self.run(spent, "deadlines", {})
        self.stream(spent, "routing")
        self.stream(spent, "alerts")
        return spent

    def stored(self, known: set[tuple[str, str]]) -> float:
        """Bytes, for a year, of all items but those known; what expires counts for its time."""
        now = self.clock.at.timestamp()
        return sum(
            _bytes_stored(item) * min(1, (float(item["expires_at"]["N"]) - now) / YEAR)
            if "expires_at" in item
            else _bytes_stored(item)
            for item in items_of(self.world.cloud, self.world.table)
            if (item["pk"]["S"], item["sk"]["S"]) not in known
        )

    def keys(self) -> set[tuple[str, str]]:
        """The keys of all items there are."""
        items = items_of(self.world.cloud, self.world.table)
        return {(item["pk"]["S"], item["sk"]["S"]) for item in items}


Steps = dict[str, Spent]


def counted(cloud: str, door: str, leads: int) -> dict[str, Any]:
    """What each step costs for so many leads of a door that go together, as JSON."""
    with _walking(cloud, door, leads) as walk:
        known = walk.keys()
        first = _to_acceptance(walk)
        kept = walk.stored(known)
        steps = first | _left_alone(walk)
    counts = {step: steps[step].as_counts() for step in STEPS}
    series = sorted(walk.series)
    return {
        "leads": leads,
        "bytes_kept_a_year": round(kept),
        "steps": counts,
        "metrics": series,
    }


def processor_milliseconds(
    cloud: str, door: str, leads: int, times: int
) -> dict[str, dict[str, float]]:
    """The processor's milliseconds for each step and function, per lead: the median of so many."""
    ways = []
    for _ in range(times):
        with _walking(cloud, door, leads, measured=True) as walk:
            ways.append(_to_acceptance(walk) | _left_alone(walk))
    return {
        step: {
            function: round(median(way[step].seconds[function] for way in ways) * 1e3 / leads, 3)
            for function in sorted(ways[0][step].seconds)
        }
        for step in STEPS
    }


def _to_acceptance(walk: Walk) -> Steps:
    captured, routed, told = walk.take()
    accepted = walk.accept()
    return dict(zip(STEPS, (captured, routed, told, accepted), strict=False))


def _left_alone(walk: Walk) -> Steps:
    """Leads that their reps do not look at."""
    idle = walk.sweep(1)
    walk.take()
    reminded = walk.sweep(6)
    walk.sweep(5)  # the second reminder, which costs the same
    reclaimed = walk.sweep(5)
    return {
        "reminder": _less(reminded, idle),
        "reclaim": _less(reclaimed, idle),
        "idle sweep": idle,
    }


def _less(whole: Spent, part: Spent) -> Spent:
    """What a sweep costs beyond one that finds nothing."""
    numbers = {name: it for name, it in vars(whole).items() if isinstance(it, int | float)}
    less = Spent(**{name: it - getattr(part, name) for name, it in numbers.items()})
    less.seconds = whole.seconds - part.seconds
    less.runs = whole.runs - part.runs
    for function, made in whole.calls.items():
        if rest := made - part.calls.get(function, Counter()):
            less.calls[function] = rest
    return less


def _metrics_in(line: str) -> Iterator[str]:
    """The names of the metrics that a line of the log writes; each is one series here."""
    if '"_aws"' in line:
        for group in json.loads(line)["_aws"]["CloudWatchMetrics"]:
            yield from (metric["Name"] for metric in group["Metrics"])


def _bytes_stored(item: dict[str, Any]) -> int:
    """Of an item and its entries in the indexes."""
    entries = [keys for keys in INDEXES.values() if all(key in item for key in keys)]
    inner = sum(
        item_size({name: item[name] for name in ("pk", "sk", *keys)}) + ITEM for keys in entries
    )
    return item_size(item) + ITEM + inner


def _kind(record: dict[str, Any]) -> str | None:
    return record["dynamodb"].get("NewImage", {}).get("kind", {}).get("S")


_WANTED: dict[str, Callable[[dict[str, Any]], bool]] = {
    "routing": _matters_to_routing,
    "alerts": lambda record: _kind(record) in TOLD_OF,
}


# ── What is sent ─────────────────────────────────────────────────────────────────────────────────


def _post(door: str, number: int) -> dict[str, Any]:
    """The same lead, as each kind of sender posts it."""
    fields = {**form_fields(number), "phone": f"+46 70 174 {number % 10_000:04d}"}
    headers = {"content-type": "application/json"}
    if door == "form":
        path, body = "/v1/forms/website/leads", fields
        headers["idempotency-key"] = f"a-visitor-{number:06d}"
    elif door == "partner":
        path, body = "/v1/partners/acme/leads", fields
        headers |= {"idempotency-key": f"acme-{number:06d}", "x-api-key": _KEY}
    else:
        path, body = "/v1/hooks/google-ads", _as_google_sends(fields, number)
    encoded = json.dumps(body, ensure_ascii=False).encode()
    return api_request("POST", path, body=encoded, headers=headers)


def _as_google_sends(fields: dict[str, str], number: int) -> dict[str, Any]:
    columns = {
        "FULL_NAME": "name",
        "WORK_EMAIL": "email",
        "PHONE_NUMBER": "phone",
        "COMPANY_NAME": "company",
        "COUNTRY": "country",
        "q_product": "product",
        "q_message": "message",
    }
    return {
        "lead_id": f"CjwKCAiA-{number:08d}",
        "user_column_data": [
            {"column_id": column, "string_value": fields[name]} for column, name in columns.items()
        ],
        "api_version": "1.0",
        "form_id": 40731900612,
        "campaign_id": 20187345521,
        "gcl_id": f"CjwKCAiA-click-{number:08d}",
        "google_key": _KEY,
        "is_test": False,
    }


# ── Where it walks ───────────────────────────────────────────────────────────────────────────────


@contextmanager
def _walking(cloud: str, door: str, leads: int, *, measured: bool = False) -> Iterator[Walk]:
    """A table with a team, in which one lead has gone the way before, so that all is loaded."""
    clock = Clock()
    with _settings(cloud), _standing_still(clock, door, leads):
        walk = Walk(World(cloud, new_table(cloud), clock), door, 1, clock, measured=measured)
        with _answered_here(walk), _logged(walk):
            more = {
                "partners": {"acme": _PARTNER},
                "hooks": {"google-ads": {"format": "google-ads"}},
            }
            whole = {**team().model_dump(mode="json"), **more}
            apply_config(Config.model_validate(whole), shared.surroundings.real())
            walk.take()
            walk.accept()
            walk.leads = leads
            yield walk


@contextmanager
def _settings(cloud: str) -> Iterator[None]:
    """The environment of all functions together."""
    told = {
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_DYNAMODB": cloud,
        "SENDER": "leads@example.com",
        "CONFIGURATION_SET": "leadwheel-mails",
        "MANAGER_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:leadwheel-managers",
        "EVENT_BUS": "leadwheel",
        "PUBLIC_URL": "https://leads.example.com",
        "POWERTOOLS_SERVICE_NAME": "leadwheel",
        **{f"{name}_ARN": name for name in _SECRET_TEXTS},
    }
    with patch.dict(os.environ, told):
        yield
        for cache in (senders._client.cache_clear, parameters.clear_caches, routing_store.forget):
            cache()


@contextmanager
def _standing_still(clock: Clock, door: str, leads: int) -> Iterator[None]:
    """One clock, ids and chance that are the same each time; and nothing is known from before."""
    chance = random.Random(f"{door} {leads}")
    around = Surroundings(
        now=clock,
        new_id=lambda: new_id(clock.at, chance.randbytes(ENTROPY_BYTES)),
        chance=chance.random,
        wait=lambda _: None,
    )

    def seconds() -> float:
        return clock.at.timestamp()  # wherever the clock stands when somebody asks

    for cache in (config_store._read, config_store._versions, bounce_store._read):
        cache.clear()
    senders._client.cache_clear()
    parameters.clear_caches()
    routing_store.forget()
    with (
        patch.object(shared.surroundings, "now", clock),
        patch.object(shared.surroundings, "fresh_id", around.new_id),
        patch.object(shared.surroundings, "random", chance),
        patch.object(desk, "now", clock),
        patch.object(config_store, "time", SimpleNamespace(monotonic=seconds)),
        patch.object(bounce_store, "time", SimpleNamespace(monotonic=seconds)),
        patch.object(turns, "time", SimpleNamespace(monotonic=seconds)),
    ):
        yield


_SECRET_TEXTS = {
    "LINK_SECRET": _KEY,
    "ADMIN_TOKEN": _KEY,
    "SOURCE_SECRETS": json.dumps(_SECRETS),
}
_ANSWERS = {
    "sesv2": {"MessageId": "m" * 60},
    "events": {"FailedEntryCount": 0, "Entries": []},
}


@contextmanager
def _answered_here(walk: Walk) -> Iterator[None]:
    """All services but the table's say yes, and are counted; what they were asked is looked at.

    They are answered where the network would begin: what asking takes is the functions' own.
    """
    call, send = BaseClient._make_api_call, URLLib3Session.send

    def noted(caller: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if not caller.meta.service_model.service_name.startswith("dynamodb"):
            walk.operations[operation] += 1
        if operation == "PutEvents":
            walk.entries += sum(_as_billed(entry) for entry in arguments["Entries"])
        if operation == "SendEmail":
            text = arguments["Content"]["Simple"]["Body"]["Text"]["Data"]
            walk.links += re.findall(r"https://leads\.example\.com(/a/\S+)", text)[:1]
        return call(caller, operation, arguments)

    def answered(session: Any, request: Any) -> Any:
        host = urlsplit(request.url).hostname or ""
        if not host.endswith(".amazonaws.com"):
            return send(session, request)
        if host.startswith("secretsmanager."):
            asked = json.loads(request.body)["SecretId"]
            answer: Any = {"SecretString": _SECRET_TEXTS[asked]}
        else:
            answer = _ANSWERS["events" if host.startswith("events.") else "sesv2"]
        body = json.dumps(answer).encode()
        return AWSResponse(request.url, 200, {}, _Body(body))

    with (
        patch.object(BaseClient, "_make_api_call", noted),
        patch.object(URLLib3Session, "send", answered),
    ):
        yield


class _Body(BytesIO):
    """An answer's body, as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """All of it, in one piece."""
        yield self.read()


def _as_billed(entry: dict[str, str]) -> int:
    """How many events an entry is to the bill."""
    size = sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))
    return -(-size // EVENT)


@contextmanager
def _logged(walk: Walk) -> Iterator[None]:
    """What is logged, as it would be in Lambda at INFO, rather than on the screen."""

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            line = self.format(record)
            # A statement that moves in its file changes no count.
            walk.lines.append(re.sub(r'("location":\s*"\w+:)\d+', r"\g<1>100", line) + "\n")

    inner = logger._logger
    handlers, level = inner.handlers, inner.level
    kept = Kept()
    kept.setFormatter(logger.registered_formatter)
    inner.handlers = [kept]
    inner.setLevel(logging.INFO)
    try:
        yield
    finally:
        inner.handlers = handlers
        inner.setLevel(level)
