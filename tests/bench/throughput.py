"""How fast a backlog is routed: beside the same transactions sent bare, and a naive router."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median
from typing import Any, NamedTuple

from shared.domain.leads import Lead
from shared.flows.apply_config import apply_config
from shared.flows.route_leads import route_leads
from shared.store import table as store_table
from shared.surroundings import real
from tests.bench import naive
from tests.bench.backlog import new_leads, stored, team
from tests.bench.cloud import bare_client, cloud, connect, fresh_table, load
from tests.bench.figures import Figure, at_least

BACKLOG = 5000
NAIVE_BACKLOG = 300  # it is the slow one, and as fast with few leads as with many
STREAM_BATCH = 100  # the template's BatchSize for routing
DELIVERIES = 20  # of one batch, at most, as the template has it
SLICES = 10  # the turns in which the three lone routers share a round
MANY = 8  # routers at once
ROUNDS = 5

Transactions = list[list[dict[str, Any]]]
Say = Callable[[str], None]


class Rates(NamedTuple):
    """Leads per second in one round, side by side: a noisy machine is noisy for all of them."""

    one: float
    bare: float
    one_naive: float
    many: float
    many_naive: float


def measure(say: Say) -> list[Figure]:
    """Everything by turns, ROUNDS times; ratios are taken within a round, then their median."""
    leads = new_leads(BACKLOG)
    with cloud() as endpoint_url:
        say("recording the transactions of one router")
        recorded = _recorded(endpoint_url, leads)
        rounds = []
        for number in range(1, ROUNDS + 1):
            say(f"round {number} of {ROUNDS}: one router, its transactions bare, one naive router")
            alone = _alone(endpoint_url, leads, recorded)
            say(f"round {number} of {ROUNDS}: {MANY} routers, {MANY} naive routers")
            rounds.append(Rates(*alone, *_crowd(endpoint_url, leads)))
    return [
        _figure("one router ÷ its own transactions sent bare", rounds, "one", "bare", 0.6),
        _figure("one router ÷ one naive router", rounds, "one", "one_naive", 6),
        _figure(f"{MANY} routers ÷ {MANY} naive routers", rounds, "many", "many_naive", 12),
    ]


def _figure(what: str, rounds: Sequence[Rates], ours: str, theirs: str, bound: float) -> Figure:
    pairs = [(getattr(rates, ours), getattr(rates, theirs)) for rates in rounds]
    ratio = median(first / second for first, second in pairs)
    first, second = (median(side) for side in zip(*pairs, strict=True))
    return Figure(what, ratio, "×", at_least(bound), f"{first:,.0f} ÷ {second:,.0f} leads/s")


# ── One round ────────────────────────────────────────────────────────────────────────────────────


def _alone(
    endpoint_url: str, leads: Sequence[Lead], recorded: Sequence[Transactions]
) -> tuple[float, float, float]:
    """One router, the same transactions bare, and one naive router: a slice of each by turns."""
    client = bare_client(endpoint_url)
    few = leads[:NAIVE_BACKLOG]
    with (
        _backlog(endpoint_url, leads) as ours,
        _backlog(endpoint_url, leads) as bare,
        _backlog(endpoint_url, few) as theirs,
    ):
        connect(endpoint_url, ours)
        apply_config(team(), real())
        naive.start(table := naive.Table(client, theirs))
        took = [0.0, 0.0, 0.0]
        for leads_, transactions, few_ in zip(_slices(leads), recorded, _slices(few), strict=True):
            here = [[_in_table(action, bare) for action in actions] for actions in transactions]
            took[0] += _seconds(lambda portion=leads_: _route(portion, 1))
            took[1] += _seconds(lambda portion=here: _send(client, portion))
            took[2] += _seconds(lambda portion=few_: naive.route(table, portion, 1))
    return len(leads) / took[0], len(leads) / took[1], len(few) / took[2]


def _crowd(endpoint_url: str, leads: Sequence[Lead]) -> tuple[float, float]:
    """Many routers on one backlog, between two halves of as many naive ones on another."""
    few = leads[:NAIVE_BACKLOG]
    half = len(few) // 2
    with _backlog(endpoint_url, leads) as ours, _backlog(endpoint_url, few) as theirs:
        connect(endpoint_url, ours)
        apply_config(team(), real())
        naive.start(table := naive.Table(bare_client(endpoint_url), theirs))
        before = _seconds(lambda: naive.route(table, few[:half], MANY))
        took = _seconds(lambda: _route(leads, MANY))
        after = _seconds(lambda: naive.route(table, few[half:], MANY))
    return len(leads) / took, len(few) / (before + after)


@contextmanager
def _backlog(endpoint_url: str, leads: Sequence[Lead]) -> Iterator[str]:
    """A fresh table with these leads in it."""
    with fresh_table(endpoint_url) as table:
        load(endpoint_url, table, map(stored, leads))
        yield table


def _slices(leads: Sequence[Lead]) -> list[Sequence[Lead]]:
    size = len(leads) // SLICES
    return [leads[n : n + size] for n in range(0, len(leads), size)]


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# ── Ours ─────────────────────────────────────────────────────────────────────────────────────────


def _route(leads: Sequence[Lead], routers: int) -> None:
    """Give the leads to the routers in the portions in which the stream would bring them."""
    batches = [leads[n : n + STREAM_BATCH] for n in range(0, len(leads), STREAM_BATCH)]
    with ThreadPoolExecutor(routers) as pool:
        assigned = sum(pool.map(_route_batch, batches))
    if assigned != len(leads):
        raise RuntimeError(f"{assigned} leads of {len(leads)} were assigned")


def _route_batch(batch: Sequence[Lead]) -> int:
    """Route a batch; what stays unsettled comes again, as it would from the stream."""
    assigned = 0
    for _ in range(DELIVERIES):
        routed = route_leads(batch, real())
        assigned += routed.assigned
        if not (batch := [lead for lead in batch if lead.lead_id in routed.unsettled]):
            break
    return assigned


# ── The same, bare ───────────────────────────────────────────────────────────────────────────────


def _recorded(endpoint_url: str, leads: Sequence[Lead]) -> list[Transactions]:
    """What one router writes for these leads, transaction by transaction, in slices."""
    with _backlog(endpoint_url, leads) as table:
        connect(endpoint_url, table)
        apply_config(team(), real())
        return [_recording(lambda portion=part: _route(portion, 1)) for part in _slices(leads)]


def _recording(work: Callable[[], None]) -> Transactions:
    client = store_table.connection().client
    send = client._make_api_call
    transactions: Transactions = []

    def record(operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "TransactWriteItems":
            transactions.append(arguments["TransactItems"])
        return send(operation, arguments)

    client._make_api_call = record
    try:
        work()
    finally:
        del client._make_api_call
    return transactions


def _in_table(action: dict[str, Any], table: str) -> dict[str, Any]:
    return {verb: {**arguments, "TableName": table} for verb, arguments in action.items()}


def _send(client: Any, transactions: Transactions) -> None:
    """No reading, no planning, no library but botocore."""
    for actions in transactions:
        client.transact_write_items(TransactItems=actions)
