"""What each step in a lead's life costs in DynamoDB, counted from the sizes of its items."""

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Any
from unittest.mock import patch

import functions.capture.handler as capture
from shared import credentials
from shared.domain.config import Config
from shared.domain.ids import ENTROPY_BYTES, new_id
from shared.domain.leads import Change, Lead, Step, evolve
from shared.domain.ledger import Entry, Line
from shared.domain.moments import to_text
from shared.domain.planning import plan
from shared.domain.plans import Ruled
from shared.domain.rotation import Rotation, Standing
from shared.flows import alert_people as alerts
from shared.flows import alert_reps
from shared.flows.apply_config import apply_config
from shared.flows.measure_performance import measure_performance
from shared.flows.note_persons import note_persons
from shared.flows.route_leads import route_leads
from shared.flows.show import leads_in
from shared.flows.sweep_deadlines import sweep_deadlines
from shared.flows.work_lead import accept_lead
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from shared.store.codec import entry_to_item, lead_from_image
from shared.store.performance import AT_MOST
from shared.surroundings import Surroundings, now, real
from tests.aws_events import api_request, context
from tests.bench.backlog import WEIGHTS, assigned, form_fields, new_leads, stored, team
from tests.bench.cloud import bare_client, cloud, connect, fresh_table, load
from tests.bench.figures import Figure, at_most, same_as
from tests.bench.meter import Bill, metered
from tests.bench.units import item_size

BATCHES = (25, 50, 85)
FEW, MANY = 100, 10_000
CROWD = 100_000  # leads that a sweep has before it
LARGE = 500  # reps in one pool
DUE = (10, 1_000)  # leads, by turns
HELD, LISTED = 20, "lena"  # leads of the rep whose list is looked at
POOL = "sales"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """A table to work in, and a client that is not counted."""

    client: Any
    table: str

    def bill(self, work: Callable[[], Any]) -> Bill:
        """What some work costs."""
        with metered(self.client) as bill:
            work()
        return bill


def measure(say: Say) -> list[Figure]:
    """One lead's way through a small table, then routing again in a large one."""
    with cloud() as endpoint_url:
        say("a lead's way, step by step")
        with _stage(endpoint_url, FEW) as stage:
            few_idle = _idle(stage)  # before there are partners, whose pings it looks for as well
            figures = [*_captures(stage), *_sales(stage), *_assignments(stage), *_steps(stage)]
            few = _route(stage, 1)
            few_listed = _listed(stage)
        say(f"routing, listing and sweeping among {MANY:,} leads")
        with _stage(endpoint_url, MANY) as stage:
            many = _route(stage, 1)
            figures += _lists(few_listed, _listed(stage))
            figures.append(_measuring(stage))
            say(f"sweeping among {CROWD:,} leads")
            _crowd(endpoint_url, stage)
            figures += _sweeps(stage, few_idle)
        say(f"a pool of {LARGE} reps")
        with _stage(endpoint_url, FEW, _large_team()) as stage:
            figures += _large(stage)
    return [*figures, *_growth(few, many)]


@contextmanager
def _stage(endpoint_url: str, leads: int, whole: Config | None = None) -> Iterator[Stage]:
    """A table in which so many leads have been assigned, one by one; every rep has counters."""
    with fresh_table(endpoint_url) as table:
        old = new_leads(leads)
        standings = {rep: Standing(weight * 1000) for rep, weight in WEIGHTS.items()}
        entries = (
            Entry(POOL, Rotation(turn, turn, standings), 1, now(), (_line(lead),))
            for turn, lead in enumerate(old, 1)
        )
        connect(endpoint_url, table)
        load(endpoint_url, table, (stored(assigned(lead)) for lead in old))
        load(endpoint_url, table, (entry_to_item(entry, "x" * 26).serialize() for entry in entries))
        apply_config(whole or team(), real())
        config_store._read.clear()
        stage = Stage(bare_client(endpoint_url), table)
        _route(stage, 85)
        _route(stage, 1)  # the newest entry is a small one, as routing is to read it
        yield stage


def _line(lead: Lead) -> Line:
    return Line(lead.lead_id, "rep1", "." * len(WEIGHTS))


# ── Capture ──────────────────────────────────────────────────────────────────────────────────────


def _captures(stage: Stage) -> list[Figure]:
    _capture(0, None)  # reads the configuration, which is kept for a while
    with_key = stage.bill(lambda: _capture(1, "a-key"))
    again = stage.bill(lambda: _capture(1, "a-key"))
    without = stage.bill(lambda: _capture(2, None))
    return [
        _written("capture, with an Idempotency-Key", with_key, 6),
        _written("capture, without one (its content is the key)", without, 6),
        _written("the same submission again", again),
    ]


def _capture(number: int, key: str | None) -> None:
    body = json.dumps(form_fields(number), ensure_ascii=False).encode()
    headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
    event = api_request("POST", "/v1/forms/website/leads", body=body, headers=headers)
    answer = capture.handler(event, context())
    if answer["statusCode"] != 201:
        raise RuntimeError(f"capture answered {answer['statusCode']}")


def _sales(stage: Stage) -> list[Figure]:
    """What a partner's lead costs: known by its key, two caps, duplicates by e-mail and phone."""
    partner = {**_PARTNER, "consent": {"text": "I agree to be called about this."}}
    with _selling(partner={"acme": _PARTNER}):
        _sell(0)
        plain = stage.bill(lambda: _sell(1))
        again = stage.bill(lambda: _sell(1))
        by_content = stage.bill(lambda: _sell(2, key=False))
        ping = stage.bill(lambda: _sell(3, path="pings"))
    with _selling(partner={"acme": partner}):
        evidence = stage.bill(lambda: _sell(4))
    with _selling(partner={"acme": {**_PARTNER, "caps": [{**_CAP, "leads": 0}]}}):
        refused = stage.bill(lambda: _sell(5))
    return [
        _written("a partner's lead with two caps, by key", plain, 14),
        _written("the same, without a key", by_content, 14),
        _written("the same again", again),
        _written("with the evidence of consent on record", evidence),
        _written("refused by a cap", refused),
        _written("a ping that holds two caps", ping),
    ]


_CAP = {"name": "daily", "per": "day", "leads": 1_000_000}
_PARTNER: dict[str, Any] = {
    "mode": "live",
    "currency": "EUR",
    "price": "12.50",
    "pings": True,
    "caps": [_CAP, {"name": "budget", "per": "month", "money": "100000000"}],
    "duplicates": {"within": "30d", "keys": ["email", "phone"]},
}
_KNOWS_NOBODY = ("country", "product")


@contextmanager
def _selling(**sources: Any) -> Iterator[None]:
    """The team, with these partners, who need no secret of the cloud's to be known."""
    more = {f"{kind}s": settings for kind, settings in sources.items()}
    whole = Config.model_validate({**team().model_dump(mode="json"), **more})
    apply_config(whole, real())
    config_store._read.clear()
    known = {"keys": [{"sha256": credentials.key_hash("k")}]}
    with patch.object(credentials, "of_source", return_value=known):
        yield
    apply_config(team(), real())
    config_store._read.clear()


def _sell(number: int, *, path: str = "leads", key: bool = True) -> None:
    fields = {**form_fields(number + 50_000), "phone": f"+46 70 175 {number:04d}"}
    if path == "pings":
        fields = {name: fields[name] for name in _KNOWS_NOBODY}
    headers = {"content-type": "application/json", "x-api-key": "k"}
    if key:
        headers["idempotency-key"] = f"{path} {number}"
    event = api_request(
        "POST", f"/v1/partners/acme/{path}", body=json.dumps(fields).encode(), headers=headers
    )
    answer = capture.handler(event, context())
    if answer["statusCode"] not in (200, 201):
        raise RuntimeError(f"the partner was answered {answer['statusCode']}: {answer['body']}")


# ── Assignment ───────────────────────────────────────────────────────────────────────────────────


def _assignments(stage: Stage) -> list[Figure]:
    lead = _new(stage, 1)
    single = stage.bill(lambda: route_leads(lead, real()))
    size = item_size(_stored(stage, lead[0].lead_id))
    figures = [_written(f"assignment of one lead ({size} bytes then)", single, 10)]
    for count in BATCHES:
        bill = _route(stage, count)
        figures.append(_written(f"assignment in batches of {count}, per lead", bill, 6, count))
    return figures


def _new(stage: Stage, count: int) -> list[Lead]:
    """So many new leads, in the table as capture leaves them."""
    leads = new_leads(count)
    for lead in leads:
        stage.client.put_item(TableName=stage.table, Item=stored(lead))
    return [lead_from_image(stored(lead)) for lead in leads]


def _stored(stage: Stage, lead_id: str) -> dict[str, Any]:
    key = {"pk": {"S": f"lead#{lead_id}"}, "sk": {"S": "lead"}}
    item: dict[str, Any] = stage.client.get_item(TableName=stage.table, Key=key)["Item"]
    return item


def _route(stage: Stage, count: int) -> Bill:
    leads = _new(stage, count)
    return stage.bill(lambda: route_leads(leads, real()))


# ── A large pool ─────────────────────────────────────────────────────────────────────────────────


def _large_team() -> Config:
    """One pool of very many reps, each as in the small one."""
    whole = team().model_dump(mode="json")
    reps = {f"rep{number}": whole["reps"]["rep1"] for number in range(1, LARGE + 1)}
    pools = {POOL: {"members": dict.fromkeys(reps, 1)}}
    return Config.model_validate({**whole, "reps": reps, "pools": pools})


def _large(stage: Stage) -> list[Figure]:
    """What so many accounts cost in each entry of the ledger, and so many counters to read."""
    single, batch = _route(stage, 1), _route(stage, 25)
    entry = routing_store.rotation(POOL)
    if entry is None:
        raise RuntimeError("nothing was routed")
    size = item_size(entry_to_item(entry, "x" * 26).serialize())
    known = routing_store.read(POOL, config_store.active().config.pools[POOL].members).known
    leads = [Ruled(lead, "everything else") for lead in new_leads(25)]
    took = min(
        _milliseconds(lambda: plan(config_store.active(), POOL, known, leads, now()))
        for _ in range(5)
    )
    among = f"among {LARGE} reps"
    return [
        _written(f"assignment of one lead {among}", single, 40),
        _written(f"assignment in batches of 25 {among}, per lead", batch, 10, 25),
        Figure(f"a ledger entry of 25 leads {among}", size, "bytes", at_most(32_768)),
        Figure(f"a plan of 25 leads {among}", took / 25, "ms a lead", made_of=f"{took:.0f} ms"),
    ]


def _milliseconds(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


# ── Performance ──────────────────────────────────────────────────────────────────────────────────


def _measuring(stage: Stage) -> Figure:
    """A pool that has given out more than is looked at, measured."""
    active = config_store.active()
    bill = stage.bill(lambda: measure_performance(active, POOL, real()))
    what = f"measuring performance, per lead read ({AT_MOST:,} of {MANY:,})"
    return Figure(what, bill.reads / AT_MOST, "read units", at_most(1), _made_of(bill))


# ── What follows ─────────────────────────────────────────────────────────────────────────────────


def _steps(stage: Stage) -> list[Figure]:
    first, second, third = (_owned(stage) for _ in range(3))
    at = now()
    owner, number = first.owner or "", first.assignment
    accept = stage.bill(lambda: accept_lead(first.lead_id, owner, number, real(), by="link"))
    reminder = Change(Step.REMINDED, at + timedelta(minutes=6), rep=second.owner)
    remind = stage.bill(lambda: lead_store.change(second, reminder))
    taken = Change(Step.RECLAIMED, at + timedelta(minutes=16), rep=second.owner)
    reminded = lead_store.get(second.lead_id)
    reclaim = stage.bill(lambda: lead_store.change(reminded, taken))
    with _silent_senders():
        alert = stage.bill(lambda: alerts.alert_people(third, 1, real()))
    noted = stage.bill(lambda: note_persons(third, 0))
    idle = _idle(stage)
    return [
        _written("accept of one lead", accept, 6),
        Figure("accept of one lead", len(accept.calls), "calls", same_as(1)),
        _written("reminder", remind),
        _written("reclaim after a reminder", reclaim),
        _written("alert of an assignment: mail and event", alert),
        _written("noting whom a captured lead is about: e-mail and phone", noted),
        Figure("a sweep when nothing is due", idle.reads, "read units", made_of=_made_of(idle)),
    ]


def _owned(stage: Stage) -> Lead:
    leads = _new(stage, 1)
    route_leads(leads, real())
    return lead_store.get(leads[0].lead_id)


@contextmanager
def _silent_senders() -> Iterator[None]:
    """Only DynamoDB's units are counted: mails and events go nowhere."""
    with (
        patch.object(alerts.senders, "send_mail"),
        patch.object(alerts.senders, "put_events"),
        patch.object(alert_reps, "accept_url", return_value="https://leads.example/a/x"),
        patch.object(alert_reps, "link_keys", return_value=["k"]),
    ):
        yield


def _around(at: datetime) -> Surroundings:
    world = real()
    return Surroundings(lambda: at, world.new_id, world.chance, world.wait)


# ── Lists and sweeps ─────────────────────────────────────────────────────────────────────────────


def _listed(stage: Stage) -> Bill:
    """The list of a rep who holds a few leads, whatever all the others hold."""
    for lead in new_leads(HELD):
        given = Change(Step.ASSIGNED, lead.created_at, LISTED, POOL, "everything else", 1)
        stage.client.put_item(TableName=stage.table, Item=stored(evolve(lead, given)))
    return stage.bill(lambda: leads_in(f"rep#{LISTED}"))


def _lists(few: Bill, many: Bill) -> list[Figure]:
    what = f"a rep's list of {HELD}, among {MANY:,} leads, not {FEW}"
    return [
        Figure(what, many.reads, "read units", same_as(few.reads), _made_of(many)),
        Figure(what, len(many.calls), "calls", same_as(len(few.calls))),
    ]


def _swept(stage: Stage, at: datetime) -> Bill:
    """By a process that has just begun, and knows no configuration yet."""
    config_store._read.clear()
    return stage.bill(lambda: sweep_deadlines(_around(at), lambda: True))


def _idle(stage: Stage) -> Bill:
    """A sweep before anything was due."""
    return _swept(stage, now() - timedelta(days=1))


def _crowd(endpoint_url: str, stage: Stage) -> None:
    """As many more leads as are missing, each like one that is there, and due later than all."""
    patterns = [stored(assigned(lead)) for lead in new_leads(FEW)]
    later = to_text(now() + timedelta(days=2))
    chance = random.Random(CROWD)
    ids = (new_id(now(), chance.randbytes(ENTROPY_BYTES)) for _ in range(CROWD - MANY))
    items = (
        {**pattern, "pk": {"S": f"lead#{lead_id}"}, "due_at": {"S": later}}
        for lead_id, pattern in zip(ids, cycle(patterns), strict=False)
    )
    while some := list(islice(items, 1_000)):
        load(endpoint_url, stage.table, some)


def _sweeps(stage: Stage, few: Bill) -> list[Figure]:
    """The loaded leads are due one after the other, and reminded once: a sweep finds the others."""
    none = _idle(stage)
    what = f"a sweep, nothing due of {CROWD:,} leads, not of {FEW}"
    figures = [
        Figure(what, none.reads, "read units", same_as(few.reads), _made_of(none)),
        Figure(what, len(none.calls), "calls", same_as(len(few.calls))),
    ]
    first = lead_store.get(min(lead_store.due(now() + timedelta(days=1))).id).due_at or now()
    passed = 0
    for due in DUE:
        passed += due
        bill = _swept(stage, first + timedelta(milliseconds=passed - 1))
        what = f"a sweep, {due:,} due of {CROWD:,}, per lead"
        figures.append(_written(what, bill, 3, due))
        per_lead = (bill.reads - none.reads) / due
        figures.append(Figure(what, per_lead, "read units", at_most(1.1)))
    return figures


# ── Growth ───────────────────────────────────────────────────────────────────────────────────────


def _growth(few: Bill, many: Bill) -> list[Figure]:
    among = f"routing among {MANY:,} leads, not {FEW}"
    return [
        Figure(among, many.reads, "read units", same_as(few.reads), _made_of(many)),
        Figure(among, len(many.calls), "calls", same_as(len(few.calls))),
    ]


# ── Figures ──────────────────────────────────────────────────────────────────────────────────────


def _written(what: str, bill: Bill, bound: float | None = None, leads: int = 1) -> Figure:
    limit = None if bound is None else at_most(bound)
    return Figure(what, bill.written / leads, "write units", limit, _made_of(bill, leads))


def _made_of(bill: Bill, leads: int = 1) -> str:
    table, indexes, reads, emulator = (
        f"{units / leads:.3g}" for units in (bill.writes, bill.indexed, bill.reads, bill.emulator)
    )
    calls = len(bill.calls)
    return f"table {table}, indexes {indexes}, reads {reads}, calls {calls}; emulator {emulator}"
