"""How fast a backlog is routed: beside the same transactions sent bare, and a naive router."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median
from typing import Any

from shared.domain.leads import Lead
from shared.flows.apply_config import apply_config
from shared.flows.route_leads import route_leads
from shared.store.table import connection
from shared.surroundings import real
from tests.bench import naive
from tests.bench.backlog import new_leads, stored, team
from tests.bench.cloud import bare_client, cloud, fresh_table, load
from tests.bench.figures import Figure, at_least

BACKLOG = 5000
NAIVE_BACKLOG = 300  # it is the slow one, and as fast with few leads as with many
STREAM_BATCH = 100  # the template's BatchSize for routing
MANY = 8  # routers at once
ROUNDS = 3

Transactions = list[list[dict[str, Any]]]
Say = Callable[[str], None]


def measure(say: Say) -> list[Figure]:
    """Run everything by turns, ROUNDS times, and compare the medians."""
    leads = new_leads(BACKLOG)
    rates: dict[str, list[float]] = {}
    lost: list[float] = []
    with cloud() as endpoint_url:
        say("recording the transactions")
        transactions = _recorded(endpoint_url, leads)
        for number in range(1, ROUNDS + 1):
            runs: dict[str, Callable[[], float]] = {
                "one router": lambda: _ours(endpoint_url, leads, 1),
                "bare": lambda: _bare(endpoint_url, leads, transactions),
                "one naive router": lambda: _naive(endpoint_url, leads, 1, []),
                f"{MANY} routers": lambda: _ours(endpoint_url, leads, MANY),
                f"{MANY} naive routers": lambda: _naive(endpoint_url, leads, MANY, lost),
            }
            for name, run in runs.items():
                say(f"round {number} of {ROUNDS}: {name}")
                rates.setdefault(name, []).append(run())
    return _figures({name: median(values) for name, values in rates.items()}, median(lost))


def _figures(rates: dict[str, float], lost: float) -> list[Figure]:
    def ratio(what: str, ours: str, theirs: str, bound: float) -> Figure:
        made_of = f"{rates[ours]:,.0f} ÷ {rates[theirs]:,.0f} leads/s"
        return Figure(what, rates[ours] / rates[theirs], "×", at_least(bound), made_of)

    many = f"{MANY} routers"
    naive_many = f"{MANY} naive routers"
    return [
        ratio("one router ÷ its own transactions sent bare", "one router", "bare", 0.6),
        ratio("one router ÷ one naive router", "one router", "one naive router", 6),
        ratio(f"{many} ÷ {naive_many}", many, naive_many, 12),
        Figure("races lost per lead by 8 naive routers", lost, "races"),
    ]


@contextmanager
def _backlog(endpoint_url: str, leads: Sequence[Lead]) -> Iterator[str]:
    """A fresh table with the team's configuration and these leads in it."""
    with fresh_table(endpoint_url) as table:
        apply_config(team(), real())
        load(endpoint_url, table, map(stored, leads))
        yield table


def _ours(endpoint_url: str, leads: Sequence[Lead], routers: int) -> float:
    with _backlog(endpoint_url, leads):
        began = time.perf_counter()
        _route(leads, routers)
        return len(leads) / (time.perf_counter() - began)


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
    while batch:
        routed = route_leads(batch, real())
        assigned += routed.assigned
        batch = [lead for lead in batch if lead.lead_id in routed.unsettled]
    return assigned


def _recorded(endpoint_url: str, leads: Sequence[Lead]) -> Transactions:
    """What one router writes for these leads, transaction by transaction."""
    with _backlog(endpoint_url, leads):
        return _recording(lambda: _route(leads, 1))


def _recording(work: Callable[[], None]) -> Transactions:
    client = connection().client
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


def _bare(endpoint_url: str, leads: Sequence[Lead], transactions: Transactions) -> float:
    """The recorded transactions again: no reading, no planning, no library but botocore."""
    client = bare_client(endpoint_url)
    with _backlog(endpoint_url, leads) as table:
        here = [[_in_table(action, table) for action in actions] for actions in transactions]
        began = time.perf_counter()
        for actions in here:
            client.transact_write_items(TransactItems=actions)
        return len(leads) / (time.perf_counter() - began)


def _in_table(action: dict[str, Any], table: str) -> dict[str, Any]:
    return {verb: {**arguments, "TableName": table} for verb, arguments in action.items()}


def _naive(endpoint_url: str, leads: Sequence[Lead], routers: int, lost: list[float]) -> float:
    few = leads[:NAIVE_BACKLOG]
    with _backlog(endpoint_url, few) as name:
        table = naive.Table(bare_client(endpoint_url), name)
        naive.start(table)
        began = time.perf_counter()
        races = naive.route(table, few, routers)
        took = time.perf_counter() - began
    lost.append(races / len(few))
    return len(few) / took
