"""One hostile day: a team, what it is configured to, who comes, and all that goes wrong."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from botocore.client import BaseClient

from shared.credentials import key_hash
from shared.domain.config import Config
from shared.domain.leads import Step
from shared.flows.apply_config import apply_config
from shared.store import table as store_table
from shared.surroundings import real
from shared.telemetry import logger
from tests import inside
from tests.pool_days import any_config
from tests.simulation.faults import Fate, Faults, error_of
from tests.simulation.index import LaggingIndex
from tests.simulation.kernel import Call, DiedError, Kernel, Task
from tests.simulation.people import People
from tests.simulation.platform import WRONG_BY, Hostility, Mapping, Platform
from tests.simulation.processes import Process, take_over
from tests.simulation.services import ADMIN, Services
from tests.simulation.story import Story
from tests.simulation.watch import BrokenError, Watch, changes_in
from tests.table import table_in_template, turn_to

TABLE = "a-hostile-day"
MOST_EVENTS = 60_000
BEGINS = datetime(2026, 3, 27, 9, tzinfo=UTC)
LEADS = (4, 16)
SETTINGS = {
    "SENDER": "leads@example.com",
    "MANAGER_TOPIC_ARN": "topic",
    "EVENT_BUS": "bus",
    "PUBLIC_URL": "https://leads.example.com",
    "LINK_SECRET_ARN": "links",
    "ADMIN_TOKEN_ARN": "admin",
    "SOURCE_SECRETS_ARN": "sources",
    "CONFIGURATION_SET": "watched",
    "POWERTOOLS_METRICS_DISABLED": "true",
    "AWS_ENDPOINT_URL": inside.ADDRESS,
}


@dataclass
class Day:
    """What came of a day."""

    seed: int
    problem: str = ""  # empty: every promise was kept
    story: list[str] = field(default_factory=list)
    calls: int = 0
    writes: int = 0
    leads: int = 0
    faults: dict[Fate, int] = field(default_factory=dict)
    steps: Counter[Step] = field(default_factory=Counter)
    took: float = 0.0  # seconds, really
    lived: float = 0.0  # seconds, simulated


def play(seed: int, *, hostile: bool = True, whole: bool = False) -> Day:
    """Play the day of a seed. `whole`: tell its story also when nothing breaks."""
    began = time.process_time()
    day = Day(seed)
    level = logger.log_level
    logger.setLevel("CRITICAL")
    with pytest.MonkeyPatch.context() as patch:
        stage = _Stage(Random(seed), patch, hostile=hostile)
        try:
            problems = stage.play()
        except BrokenError as error:
            problems = [str(error)]
        except Exception as error:  # noqa: BLE001 (whatever it is, it is to be read with its story)
            stage.story.raised("the simulation", error)
            problems = [f"{type(error).__name__}: {error}"]
        day.problem = "\n".join(problems[:12])
        if problems or whole:
            day.story = stage.story.about(*re.findall("…[0-9a-z]{6}", day.problem))
        day.calls, day.writes = stage.calls, stage.watch.writes
        day.leads, day.faults = len(stage.watch.leads), stage.faults.met
        day.steps = Counter(
            change.step for lead in stage.watch.leads.values() for change in lead.log
        )
        day.lived = stage.kernel.now
    logger.setLevel(level)
    day.took = time.process_time() - began
    return day


class _Stage:
    """Everything that a day needs, put together."""

    def __init__(self, chance: Random, patch: pytest.MonkeyPatch, *, hostile: bool) -> None:
        self.chance, self.hostile, self.calls, self.seen = chance, hostile, 0, 0
        self.story = Story()
        self.kernel = Kernel(chance, BEGINS, self.on_call)
        self.story.kernel = self.kernel
        self.watch = Watch(self.story)
        self.index = LaggingIndex(chance)
        self.faults = Faults(chance, chance.choice([0.01, 0.04, 0.1, 0.2]) if hostile else 0.0)
        mappings = [
            Mapping("routing", _for_routing, 100, 20, 900),
            Mapping("alerts", _for_alerts, 10, 100, 3600),
        ]
        self.platform = Platform(
            self.kernel, self.story, self._hostility(), mappings, on_kill=self._excuse
        )
        self.services = Services(_secrets(), self.platform.event, now=lambda: self.kernel.now)
        self.config = _config(chance)
        self.watch.caps = {
            cap.name: (cap.leads, cap.money and int(10_000 * cap.money))
            for cap in self.config.partners["acme"].caps
        }
        self.index.lags = chance.choice([0.0, 0.3, 3.0]) if hostile else 0.0
        self.people = People(
            self.kernel, self.platform, self.services, self.story, self.watch, chance, self.config
        )
        self.outage_ends = 0.0
        self.services.listen = self.people.mailed
        self._begin(patch)

    def _hostility(self) -> Hostility:
        if not self.hostile:
            return Hostility()
        often = self.chance.choice([0.0, 0.02, 0.1, 0.25])
        return Hostility(
            doubled=often,
            delayed=often,
            silent=self.chance.choice([0.0, 0.1, 0.5, 0.9]),
            twice=often,
            clocks=self.chance.choice([0.0, 0.0, 0.1, 0.5]),
            jumps=self.chance.choice([0.0, 0.0, 0.02, 0.1]),
        )

    def _begin(self, patch: pytest.MonkeyPatch) -> None:
        for name, value in SETTINGS.items():
            patch.setenv(name, value)

        def called(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
            return self._called(client, operation, arguments)

        patch.setattr(BaseClient, "_make_api_call", called)
        inside.begin_again()
        turn_to("a day")
        inside.create_table(TABLE, table_in_template())
        if store_table.table_name() != TABLE:
            store_table.connect(TABLE, region="us-east-1", host=inside.ADDRESS)
        take_over(self.kernel, patch)

    # ── Calls ────────────────────────────────────────────────────────────────────────────────────

    def _called(self, client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        """A function calls AWS: it stops here until the scheduler goes on with it."""
        if inside.is_in_other_thread():  # of a task that waits for all of its threads
            return self._carry_out(Call(client, operation, arguments))
        return self.kernel.pause(Call(client, operation, arguments))

    def on_call(self, task: Task, call: Call) -> None:
        """Decide what a call meets, and when."""
        fate = self.faults.fate(call)
        if fate is not Fate.FINE:
            self._excuse(task)
            self.story.tell(f"{task.name}: {call.operation}: {fate}")
        wait = self.chance.uniform(0.001, 0.03)
        if fate is Fate.STALLED:
            wait = self.chance.choice([3.0, 25.0, 70.0]) * self.chance.random()
            task.stalled = True
        self.kernel.later(wait, lambda: self._arrive(task, call, fate))

    def _arrive(self, task: Task, call: Call, fate: Fate) -> None:
        if task.over or task.dead:
            return
        self.calls += 1
        if fate is Fate.DIES_BEFORE:
            self.kernel.kill(task)
            return
        if fate in (Fate.THROTTLED, Fate.CONFLICT, Fate.UNREACHED):
            self.kernel.resume(task, error=error_of(fate, call))
            return
        answer, error = self._outcome(call, task.name)
        task.sent = ""
        if about := _about(call):
            task.sent = about
            self.watch.mails[task.sent] += 2 if fate is Fate.TWICE else 1
            self.watch.clocks.setdefault(task.sent, []).append(task.process.off)
            if fate is not Fate.FINE or task.stalled:
                self._excuse(task)
        if fate is Fate.TWICE:
            answer, error = self._outcome(call, task.name)
        if fate is Fate.DIES_AFTER:
            self.kernel.kill(task)
        elif fate in (Fate.LOST, Fate.FAILED):
            self.kernel.resume(task, error=error_of(fate, call))
        else:
            self.kernel.resume(task, answer, error)

    def _excuse(self, task: Task) -> None:
        """What this task has sent may be sent again: it is not noted, or somebody else began."""
        if task.sent:
            self.watch.excused[task.sent] += 1

    def _outcome(self, call: Call, by: str) -> tuple[Any, Exception | None]:
        try:
            return self._carry_out(call, by), None
        except BrokenError:
            raise
        except Exception as error:  # noqa: BLE001 (it goes to whoever has called)
            return None, error

    def _carry_out(self, call: Call, by: str = "") -> Any:
        if call.operation == "Scan":
            raise BrokenError(f"{by} scans the table")
        if call.client.meta.service_model.service_name != "dynamodb":
            return self.services.call(call.operation, call.arguments)
        try:
            found = inside.answer(call.client, call.operation, call.arguments)
            return self.index.seen_late(call, found, self.kernel.now)
        finally:
            records = inside.changes_since(TABLE, self.seen)
            self.seen += len(records)
            for record in records:
                self.platform.streamed(record)
                self.index.written(record, self.kernel.now)
            if records:
                self.watch.written(records, by)

    # ── The day ──────────────────────────────────────────────────────────────────────────────────

    def play(self) -> list[str]:
        """All of it; answers what is wrong at the end."""
        self._apply(self.config)
        length = self.chance.choice([600.0, 2400.0, 7200.0])
        self._plan(length)
        self.kernel.run(max(length, self.outage_ends + 1), MOST_EVENTS)
        self._calm_down()
        lost = {
            change
            for function, record in self.platform.lost
            if function == "alerts"
            for change in changes_in(record)
        }
        return self.watch.end(inside.all_items(TABLE), lost)

    def _plan(self, length: float) -> None:
        chance = self.chance
        together = chance.random() < 0.4
        for number in range(chance.randint(*LEADS)):
            at = chance.uniform(0, 0.5 if together else 2 if number % 2 else length)
            self.people.go("sender", lambda number=number: self.people.post(number), at)
        for _ in range(chance.randint(0, 4)):
            self.people.go("manager", self.people.manage, chance.uniform(0, length))
        for pool_id, pool in self.config.pools.items():
            if pool.strategy in ("open", "shotgun"):
                for _ in range(chance.randint(1, 5)):
                    rep = chance.choice(sorted(pool.members))
                    claim = lambda rep=rep, pool_id=pool_id: self.people.claim(rep, pool_id)  # noqa: E731
                    self.people.go(rep, claim, chance.uniform(0, length))
        for _ in range(chance.choice([0, 0, 1, 2])):
            self.kernel.later(chance.uniform(0, length), self._reconfigure)
        at = 0.0
        while at < length:
            at += chance.choice([60.0, 60.0, length / 10, length / 4])
            self.kernel.later(at, self.platform.tick)
        if self.hostile and chance.random() < 0.3:
            self._outage(length)
        self._forget_some(length)

    def _forget_some(self, length: float) -> None:
        own = Random(self.config.model_dump_json())  # other days stay what they are
        for number in range(1, 10):
            if own.random() < 0.05:
                forget = lambda number=number: self.people.forget(number)  # noqa: E731
                self.people.go("manager", forget, own.uniform(0, length))

    def _outage(self, length: float) -> None:
        function = self.chance.choice(
            ["routing", "alerts", "deadlines", "deliver", "desk", "capture"]
        )
        begins = self.chance.uniform(0, length / 2)
        lasts = self.chance.choice([60.0, 1200.0, 6 * 3600.0, 26 * 3600.0])
        self.kernel.later(begins, lambda: self._switch(function, off=True))
        self.kernel.later(begins + lasts, lambda: self._switch(function, off=False))
        for hour in range(int(lasts / 7200)):  # the schedule goes on meanwhile
            self.kernel.later(begins + 7200.0 * hour, self.platform.tick)
        self.outage_ends = begins + lasts

    def _switch(self, function: str, *, off: bool) -> None:
        self.story.tell(f"{function} is {'down' if off else 'up again'}")
        (self.platform.down.add if off else self.platform.down.discard)(function)
        self.platform.poll()

    def _apply(self, config: Config) -> None:
        """Apply a configuration to begin with: nothing disturbs it."""
        kept, self.faults.share = self.faults.share, 0.0
        self._reconfigure(config)
        self.kernel.run(self.kernel.now + 60, MOST_EVENTS)
        self.faults.share = kept

    def _reconfigure(self, config: Config | None = None) -> None:
        """An engineer runs `leadwheel apply`, perhaps again when it dies."""
        whole = config or _changed(self.chance, self.config)
        self.story.processes += 1
        process = Process(f"apply-{self.story.processes}", 0.0)

        def ended(_: Any, error: BaseException | None) -> None:
            if isinstance(error, DiedError):
                self.kernel.later(5, lambda: self._reconfigure(whole))
            elif error is not None:
                self.story.raised(process.name, error)

        def work() -> None:
            applied = apply_config(whole, real())
            self.story.tell(f"version {applied.version} is applied")

        self.kernel.spawn(Task(process.name, work, process, ended))

    def _calm_down(self) -> None:
        """Nothing goes wrong any more, nobody does anything more: what is left is to be done."""
        self.story.tell("all is calm")
        self.faults.share, self.platform.hostile = 0.0, Hostility()
        self.index.lags = 0.0
        self.people.active = False
        self.platform.down.clear()
        for reader in self.platform.readers:
            reader.tries = 0
        for process in self.platform.all_processes:
            process.off = 0.0
        quiet, since = 0, self.kernel.now
        for pause in _UNTIL_QUIET:
            before = self.watch.writes
            self.kernel.later(0, self.platform.tick)
            self.platform.poll()
            self.platform.redrive()
            self.kernel.run(self.kernel.now + pause, 2 * MOST_EVENTS)
            quiet = 0 if self.watch.writes > before else quiet + 1
            if quiet >= _QUIET and self.kernel.now - since > WRONG_BY:
                return
        raise BrokenError("it does not become quiet")


# Seconds between the sweeps at the end: past every claim, watchdog, deadline and retry.
_UNTIL_QUIET = [90.0, 90.0, 400.0, 400.0, 700.0, 700.0, 1300.0, 1300.0] + 30 * [3700.0]
_QUIET = 2


def _about(call: Call) -> str:
    """What is told to whom, which must not come twice; "" when nothing is told."""
    asked = call.arguments
    if call.operation == "Publish" and asked.get("TopicArn") == _TOPIC:
        return str(asked["Message"])
    if call.operation != "SendEmail":
        return ""
    tags = sorted(tag["Value"] for tag in asked.get("EmailTags", ()))
    subject = asked["Content"]["Simple"]["Subject"]["Data"]
    return f"{tags} {subject!r} to {asked['Destination']['ToAddresses'][0]}"


def _for_routing(record: dict[str, Any]) -> bool:
    """What the mapping's filter lets through; see template.yaml."""
    image = record["dynamodb"].get("NewImage", {})
    kind = image.get("kind", {}).get("S")
    return (kind == "lead" and image["status"]["S"] == "new") or (
        kind == "rep" and "freed_at" in image
    )


def _for_alerts(record: dict[str, Any]) -> bool:
    kind = record["dynamodb"].get("NewImage", {}).get("kind", {}).get("S")
    return kind in ("lead", "cap", "return", "sign_in")


def _secrets() -> dict[str, str]:
    sources = {"partner#acme": {"keys": [{"sha256": key_hash("acme-key")}]}}
    return {"links": ADMIN, "admin": ADMIN, "sources": json.dumps(sources)}


# ── Any team ─────────────────────────────────────────────────────────────────────────────────────


def _config(chance: Random) -> Config:
    """Any team that sells what comes, by any mixture of options."""
    whole = any_config(chance, limited=chance.random() < 0.6).model_dump(mode="json")
    sales = whole["pools"]["sales"]
    sales["deadlines"] = chance.choice(_DEADLINES)(chance)
    if chance.random() < 0.5:
        sales["refund"] = chance.sample(["declined", "returned", "lost"], 1)
    members = sales["members"]
    if chance.random() < 0.4:
        whole["pools"]["west"] = {"members": members, "deadlines": sales["deadlines"]}
        for rep in whole["reps"].values():
            rep["holding_limit"] = chance.randint(1, 3)
    for name, strategy in (("north", "open"), ("east", "shotgun"), ("south", "manual")):
        if chance.random() < 0.4:
            whole["pools"][name] = {"members": members, "strategy": strategy}
    countries = {"NO": "north", "PL": "east", "ES": "south", "DE": "west"}
    whole["rules"] = [
        {"name": f"from {country}", "when": {"country": country}, "pool": pool}
        for country, pool in countries.items()
        if pool in whole["pools"]
    ] + [{"name": "everything else", "pool": "sales"}]
    if chance.random() < 0.3:
        whole["channels"] = {"feed": {"kind": "topic", "topic_arn": _TOPIC}}
        sales["notify"] = [{"channel": "feed", "on": ["assigned", "accepted", "reclaimed"]}]
    whole["forms"] = {"website": {"honeypot": "fax"}}
    whole["hooks"] = {"crm": {"format": "zapier", "trust": "public"}}
    whole["partners"] = {"acme": _PARTNER | {"caps": chance.choice(_CAPS)}}
    whole["partners"]["acme"]["returns"] = {"policy": chance.choice(["automatic", "approve"])}
    if chance.random() < 0.4:
        whole["partners"]["acme"]["duplicates"] = {"within": "30d", "keys": ["email"]}
    _pass_on(whole)
    return Config.model_validate(whole)


def _pass_on(whole: dict[str, Any]) -> None:
    """Every other team passes leads on: while nobody is there, or when nobody can take them."""
    chance = Random(json.dumps(whole, sort_keys=True))  # its own: other teams stay what they are
    if chance.random() < 0.5:
        return
    sales = whole["pools"]["sales"]
    members = sorted(sales["members"])
    some = chance.sample(members, chance.randint(1, len(members)))
    whole["pools"]["duty"] = {
        "members": dict.fromkeys(some, 1),
        "member_limits": {"holding": chance.choice([None, 0, 1])},
        "deadlines": sales["deadlines"],
    }
    late = chance.choice([0.0, 0.5, 1.0])  # the share whose shift has not begun yet
    for rep in members:
        if chance.random() < late:
            whole["reps"][rep] |= {"hours": "office", "time_zone": "America/New_York"}
    if chance.random() < 0.5:  # on shift by the hours, and not there
        whole["reps"][chance.choice(members)] |= {"active": False, "hours": None, "away": []}
    if sales["off_hours"] == "assign":
        sales["then"] = {"pool": "duty", "after": chance.choice([None, 600])}
    else:
        sales["duty_pool"] = "duty"


_TOPIC = "arn:aws:sns:us-east-1:000000000000:feed"
_PARTNER: dict[str, Any] = {"mode": "live", "currency": "EUR", "price": "12.50", "pings": True}
_CAPS: list[list[dict[str, Any]]] = [
    [],
    [{"name": "daily", "per": "day", "leads": 3}],
    [
        {"name": "daily", "per": "day", "leads": 2},
        {"name": "budget", "per": "month", "money": "50"},
    ],
]


def _quick(chance: Random) -> dict[str, Any]:
    return {
        "remind_after": ["2m"],
        "reclaim_after": "5m",
        "max_assignments": chance.randint(1, 4),
    }


def _staged(chance: Random) -> dict[str, Any]:
    last = chance.choice(["reclaim", "open", "park"])
    stages = [
        {"after": "2m", "do": "remind"},
        {"after": "4m", "do": "tell_manager", "if": "untouched"},
        {"after": "6m", "do": "pause_rep", "for": "20m"},
        {"after": "8m", "do": last, "if": chance.choice(["unaccepted", "not_contacted"])},
    ]
    return {"stages": stages, "max_assignments": chance.randint(1, 4)}


_DEADLINES: list[Callable[[Random], dict[str, Any]]] = [
    _quick,
    _staged,
    lambda chance: {"max_assignments": chance.randint(1, 3)},
]


def _changed(chance: Random, config: Config) -> Config:
    """The team with other weights and limits, as managers change them in the middle of a day."""
    whole = config.model_dump(mode="json")
    members = whole["pools"]["sales"]["members"]
    for rep in members:
        members[rep] = chance.choice([1, 2, "0.5"])
    if len(members) > 1 and chance.random() < 0.3:
        gone = chance.choice(sorted(members))
        members.pop(gone)
        for tier in whole["pools"]["sales"].get("tiers") or []:
            tier["reps"] = [rep for rep in tier["reps"] if rep != gone]
    for rep in whole["reps"].values():
        if rep.get("holding_limit") is not None:
            rep["holding_limit"] = chance.randint(0, 5)
    try:
        return Config.model_validate(whole)
    except ValueError:
        return config
