"""A lead costs the same however many there are, and a sweep what is due."""

from typing import Any

from shared.domain.leads import Status
from shared.flows.apply_config import apply_config
from shared.store import config as config_store
from tests.audit import Books
from tests.bench.meter import Bill, metered
from tests.table import client
from tests.team import config

FEW, MANY = 3, 70


def spent(world: Any, work: Any) -> Bill:
    config_store.active(0)  # for a while nobody reads it again
    with metered(client("dynamodb", world.cloud)) as bill:
        work()
    return bill


def came(world: Any, first: int, leads: int) -> None:
    """So many leads come, and find a rep together."""
    for number in range(first, first + leads):
        world.post(b'{"email": "p%d@example.com"}' % number, str(number))
    world.route()
    world.found.clear()  # what has been streamed so far


def test_a_lead_reads_and_writes_no_more_among_many(world: Any, around: Any) -> None:
    apply_config(config({"anna": 1, "bo": 1}), around)
    came(world, 0, FEW)
    few = spent(world, lambda: came(world, 1_000, 1))
    for number in range(FEW, MANY):  # each by itself, so that the ledger grows as well
        came(world, number, 1)
    many = spent(world, lambda: came(world, 2_000, 1))
    assert {lead.status for lead in Books(world.items()).leads} == {Status.ASSIGNED}
    assert (many.calls, many.reads, many.written) == (few.calls, few.reads, few.written)


def test_a_sweep_reads_what_is_due_and_no_more(world: Any, around: Any) -> None:
    apply_config(config({"anna": 1}, deadlines={"reclaim_after": "1h"}), around)
    came(world, 0, FEW)
    world.sweep()
    few = spent(world, world.sweep)
    came(world, FEW, MANY)
    many = spent(world, world.sweep)
    assert (many.calls, many.reads, many.written) == (few.calls, few.reads, 0)
    world.clock.turn(minutes=61)
    assert spent(world, world.sweep).reads > few.reads + MANY / 2  # half a unit for each, and more
