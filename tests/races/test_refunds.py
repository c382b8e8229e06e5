"""Credit that is given back while routers are at work in the same pool, and answers get lost."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

from shared.domain.config import Config
from shared.domain.leads import Lead, Status, Step
from shared.flows.apply_config import apply_config
from shared.flows.route_leads import route_leads
from shared.flows.sweep_deadlines import sweep_deadlines
from shared.flows.work_lead import work_lead
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from shared.surroundings import Surroundings, real
from tests.audit import Books, problems
from tests.races.test_faults import Fault, break_calls, cancelled, lost, refused
from tests.races.test_routing import capture
from tests.team import config

__all__ = ["break_calls"]

pytestmark = pytest.mark.usefixtures("table")

Work = Callable[[], Any]
ROUNDS = 50
ROUTERS = 2


@pytest.fixture
def now(around: Surroundings) -> Surroundings:
    """The real world, at the time of the test's clock: threads must not share its chance."""
    here = real()
    return Surroundings(around.now, here.new_id, here.chance, here.wait)


def team(*refund: str) -> Config:
    return config({"anna": 3, "bo": 2, "cy": 1}, refund=list(refund))


def given(around: Surroundings, count: int) -> list[Lead]:
    leads = capture(around, count)
    route_leads(leads, around)
    return [lead_store.get(lead.lead_id) for lead in leads]


@contextmanager
def routing(leads: list[Lead], now: Surroundings) -> Iterator[None]:
    """Routers give out these leads, one at a time each, for as long as the block takes."""
    over = Event()

    def router(portion: list[Lead]) -> None:
        for lead in portion:
            if not over.is_set():
                route_leads([lead], now)

    with ThreadPoolExecutor(ROUTERS) as threads:
        routers = [threads.submit(router, leads[n::ROUTERS]) for n in range(ROUTERS)]
        try:
            yield
        finally:
            over.set()
        for one in routers:
            one.result()


def refunds_in(books: Books) -> int:
    return sum(line.refunds is not None for e in books.entries["sales"] for line in e.lines)


def test_declining_against_a_router_fifty_times(around: Any, now: Any, stored: Any) -> None:
    """Both want the ledger's next turn; both get one."""
    whole = team("declined")
    apply_config(whole, around)
    declined, waiting = given(around, ROUNDS), capture(around, ROUNDS)
    with ThreadPoolExecutor(2) as threads:
        for lead, other in zip(declined, waiting, strict=True):
            works: list[Work] = [
                lambda lead=lead: work_lead(lead.lead_id, Step.DECLINED, now, rep=lead.owner),
                lambda other=other: route_leads([other], now),
            ]
            for future in [threads.submit(work) for work in works]:
                future.result()
    books = Books(stored())
    assert problems(books, whole) == []
    assert refunds_in(books) == ROUNDS
    assert sum(lead.status is Status.ASSIGNED for lead in books.leads) == ROUNDS
    # One entry for the configuration and one for the leads to be declined come before.
    assert len(books.entries["sales"]) == 2 + 2 * ROUNDS


def test_steady_routing_does_not_keep_the_sweep_from_reclaiming(
    around: Any, clock: Any, now: Any, stored: Any
) -> None:
    """What one sweep did not get done, the next ones do."""
    whole = team("reclaimed")
    apply_config(whole, around)
    overdue = given(around, 10)
    clock.turn(minutes=16)
    with routing(capture(around, 90), now):
        sweeps = reclaimed = 0
        while reclaimed < len(overdue):
            sweeps += 1
            assert sweeps <= 10
            reclaimed += sweep_deadlines(now, lambda: True).reclaimed
    books = Books(stored())
    assert problems(books, whole) == []
    assert refunds_in(books) == len(overdue)


def test_two_sweeps_at_once_give_credit_back_once(around: Any, clock: Any, stored: Any) -> None:
    whole = team("reclaimed")
    apply_config(whole, around)
    given(around, 10)
    clock.turn(minutes=16)
    here = real()
    now = Surroundings(around.now, here.new_id, here.chance, here.wait)
    with ThreadPoolExecutor(2) as threads:
        sweeps = [threads.submit(sweep_deadlines, now, lambda: True) for _ in range(2)]
        reclaimed = [future.result().reclaimed for future in sweeps]
    while sum(reclaimed) < 10:  # what neither of them got through is due still
        reclaimed.append(sweep_deadlines(now, lambda: True).reclaimed)
        assert reclaimed[-1]
    books = Books(stored())
    assert problems(books, whole) == []
    assert refunds_in(books) == 10
    assert set(routing_store.current("sales").standings) == {"anna", "bo", "cy"}


@pytest.mark.parametrize(
    ("fault", "carried_out"),
    [
        (cancelled("TransactionConflict"), False),
        (refused("ProvisionedThroughputExceededException"), False),
        (lost, False),
        (lost, True),
        (refused("InternalServerError"), True),
    ],
)
@pytest.mark.parametrize("way", ["declined", "reclaimed"])
def test_a_refund_whose_answer_is_lost_is_made_once(
    around: Any,
    clock: Any,
    stored: Any,
    break_calls: Any,
    way: str,
    fault: Fault,
    *,
    carried_out: bool,
) -> None:
    whole = team(way)
    apply_config(whole, around)
    lead, _ = given(around, 2)
    before = len(Books(stored()).entries["sales"])
    break_calls("TransactWriteItems", fault, 2, carried_out=carried_out)
    if way == "declined":
        work_lead(lead.lead_id, Step.DECLINED, around, rep=lead.owner)
    else:
        clock.turn(minutes=16)
        for _ in range(3):
            sweep_deadlines(around, lambda: True)
    books = Books(stored())
    assert problems(books, whole) == []
    ended = sum(c.step == way for one in books.leads for c in one.log)
    assert ended == refunds_in(books) == (1 if way == "declined" else 2)
    assert before < len(books.entries["sales"])
