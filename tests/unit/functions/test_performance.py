"""A pool's performance, measured by the sweep from the ledger and the leads' logs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.config import Config
from shared.domain.leads import Change, Lead, Step
from shared.domain.performance import kinds_of
from shared.errors import StoreBusyError
from shared.flows.apply_config import apply_config
from shared.flows.measure_performance import measure_performance
from shared.flows.route_leads import route_leads
from shared.flows.sweep_deadlines import sweep_deadlines
from shared.store import capturing, table
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import performance as performance_store
from shared.store import routing as routing_store
from shared.store.performance import Measured
from shared.surroundings import real
from tests.audit import Books, problems
from tests.team import config, new_lead

DAY = timedelta(days=1)
RULE = {"at_least": 2, "by": "product"}


def team(**pool: Any) -> Config:
    deadlines = {"remind_after": [], "reclaim_after": "2d"}
    about = {"strategy": "performance", "performance": RULE, "deadlines": deadlines}
    return config({"anna": 1, "bo": 1}, **{**about, **pool})


def give(world: Any, count: int, first: int = 0, product: str = "Press") -> list[Lead]:
    """So many new leads, routed one by one."""
    given = []
    for number in range(first, first + count):
        lead = new_lead(f"{number:026}", world.clock(), product=product)
        capturing.capture(capturing.Capture(lead, ()), world.clock())
        route_leads([lead], real())
        given.append(lead_store.get(lead.lead_id))
    return given


def work(lead: Lead, at: datetime) -> None:
    """Anna accepts and wins; Bo leaves it."""
    if lead.owner == "anna":
        changes = (Change(step, at, "anna") for step in (Step.ACCEPTED, Step.CONVERTED))
    else:
        changes = iter([Change(Step.DECLINED, at, lead.owner)])
    lead_store.change(lead, *changes)


def begin(world: Any, around: Any, count: int = 8) -> None:
    apply_config(team(), around)
    for lead in give(world, count):
        work(lead, world.clock())


def rates(world: Any) -> Any:
    """What is kept of the pool."""
    (kept,) = [item for item in world.items() if item["kind"]["S"] == "rate"]
    return kept


def factors() -> Any:
    return routing_store.read("sales", ["anna", "bo"]).known.factors


def test_a_sweep_measures_and_routing_shares_by_it(world: Any, around: Any) -> None:
    begin(world, around)
    assert world.sweep()["measured"] == 1
    found = factors()
    assert found.keys() == {"", *kinds_of("product", {"product": "Press"})}
    assert found[""]["anna"] > 1000 > found[""]["bo"]
    books = Books(world.items())
    before = books.entries["sales"][-1].rotation
    give(world, 1, first=100, product="Saw")
    after = Books(world.items()).entries["sales"][-1]
    assert {rep: one.weight for rep, one in after.rotation.standings.items()} == found[""]
    assert sum(one.credit for one in after.rotation.standings.values()) == 0
    assert after.rotation.leads == before.leads + 1
    assert problems(Books(world.items()), team()) == []


def test_the_weights_of_a_value_stand_in_the_decision(
    world: Any, around: Any, monkeypatch: Any
) -> None:
    begin(world, around)
    for lead in give(world, 8, first=50, product="Saw"):
        lead_store.change(lead, Change(Step.ACCEPTED, world.clock(), lead.owner))
    world.sweep()
    (saw,) = kinds_of("product", {"product": "Saw"})
    assert factors()[saw] != factors()[""]
    give(world, 1, first=100, product="Saw")
    entry = Books(world.items()).entries["sales"][-1]
    assert entry.weightings == (tuple(factors()[saw].values()),)
    assert entry.lines[0].weighting == 0
    assert problems(Books(world.items()), team()) == []


def test_it_is_measured_again_when_it_is_time_and_not_before(world: Any, around: Any) -> None:
    begin(world, around)
    assert [world.sweep()["measured"] for _ in range(2)] == [1, 0]
    world.clock.turn(hours=23, minutes=59)
    assert world.sweep()["measured"] == 0
    world.clock.turn(minutes=1)
    assert world.sweep()["measured"] == 1
    assert rates(world)["at"]["S"] == "2026-03-03T09:00:00.000Z"


def test_it_is_measured_again_when_the_configuration_has_changed(world: Any, around: Any) -> None:
    """A floor that rises counts at once."""
    begin(world, around)
    world.sweep()
    assert factors()[""]["bo"] < 990
    apply_config(team(performance={**RULE, "floor": "0.99"}), around)
    assert world.sweep()["measured"] == 1
    assert factors()[""]["bo"] == 990


def test_what_a_clock_that_ran_ahead_has_measured_is_measured_again(
    world: Any, around: Any
) -> None:
    begin(world, around)
    ahead = Measured(world.clock() + 300 * DAY, 1)
    performance_store.store("sales", {"": {"anna": 1, "bo": 1}}, ahead, None)
    assert world.sweep()["measured"] == 1
    assert factors()[""]["anna"] > 1000


def test_of_two_who_measure_at_once_one_is_kept(world: Any, around: Any) -> None:
    begin(world, around)
    with ThreadPoolExecutor(4) as pool:
        active = config_store.active()
        done = list(pool.map(lambda _: measure_performance(active, "sales", real()), range(4)))
    assert done.count(True) == 1
    assert factors()[""]["anna"] > 1000
    one, other = Measured(world.clock() + DAY, 1), Measured(world.clock() + 2 * DAY, 1)
    seen = performance_store.last_measured("sales")
    assert performance_store.store("sales", {"": {"anna": 1}}, other, seen)
    assert not performance_store.store("sales", {"": {"anna": 2}}, one, seen)
    assert factors() == {"": {"anna": 1}}


def test_pools_that_do_not_ask_for_it_are_not_measured(world: Any, around: Any) -> None:
    apply_config(config({"anna": 1, "bo": 1}), around)
    give(world, 3)
    assert world.sweep()["measured"] == 0
    assert not [item for item in world.items() if item["kind"]["S"] == "rate"]


def test_a_pool_that_splits_its_leads_is_measured(world: Any, around: Any) -> None:
    split = {"percent": 50, "strategy": "performance"}
    apply_config(team(strategy="weighted", split=split), around)
    assert world.sweep()["measured"] == 1
    assert factors() == {"": {"anna": 1000, "bo": 1000}}


def test_it_waits_for_the_next_sweep_when_time_is_up(world: Any, around: Any) -> None:
    begin(world, around)
    budget = iter([True, False])  # the parked leads of the pool, and no more
    swept = sweep_deadlines(real(), lambda: next(budget))
    assert (swept.measured, swept.finished) == (0, False)
    assert sweep_deadlines(real(), lambda: True).measured == 1


def test_a_pool_that_cannot_be_measured_is_tried_again(
    world: Any, around: Any, monkeypatch: Any
) -> None:
    begin(world, around)

    def busy(_: Any) -> Any:
        raise StoreBusyError("throttled")

    with monkeypatch.context() as patched:
        patched.setattr(performance_store, "leads", busy)
        swept = world.sweep()
    assert (swept["measured"], swept["failed"], swept["finished"]) == (0, 1, True)
    assert world.sweep()["measured"] == 1


def test_a_lead_that_is_gone_or_broken_keeps_nothing_from_being_measured(
    world: Any, around: Any
) -> None:
    begin(world, around)
    table.LeadItem(f"lead#{0:026}", "lead").delete()
    table.LeadItem(f"lead#{1:026}", "lead").update([table.LeadItem.log.set(["?"])])
    assert world.sweep()["measured"] == 1
    assert factors()[""]["anna"] > 1000


# ── What is read ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def busy_month(world: Any, around: Any, monkeypatch: Any) -> list[datetime]:
    """Two leads a day for forty days, and a limit of five per half of the window."""
    monkeypatch.setattr(performance_store, "AT_MOST", 5)
    apply_config(team(), around)
    given = []
    for day in range(40):
        given += [lead.assigned_at for lead in give(world, 2, first=2 * day)]
        world.clock.turn(days=1)
    return given


def read_leads(monkeypatch: Any, world: Any) -> list[int]:
    """The numbers of the leads that a measurement reads."""
    read: list[str] = []
    leads = performance_store.leads
    monkeypatch.setattr(performance_store, "leads", lambda ids: (read.extend(ids), leads(ids))[1])
    assert world.sweep()["measured"] == 1
    return [int(lead_id) for lead_id in read]


def test_however_many_leads_there_are_so_many_are_read(
    world: Any, busy_month: Any, monkeypatch: Any
) -> None:
    """The latest of each half of the window, which is thirty days."""
    numbers = read_leads(monkeypatch, world)
    ripe = world.clock() - 15 * DAY
    last_ripe = max(n for n, at in enumerate(busy_month) if at < ripe)
    assert numbers == [79, 78, 77, 76, 75, *range(last_ripe, last_ripe - 5, -1)]


def test_the_middle_of_the_window_is_found_by_halving(
    world: Any, busy_month: Any, death: Any
) -> None:
    world.sweep()  # reads the configuration
    world.clock.turn(days=1)
    death.calls.clear()
    assert measure_performance(config_store.active(), "sales", real())
    halvings = death.calls.count("GetItem") - 2  # the configuration's head; when last measured
    assert 1 <= halvings <= 7
    assert death.calls.count("BatchGetItem") == 1


def test_of_a_quiet_pool_everything_in_the_window_is_read_at_once(
    world: Any, around: Any, monkeypatch: Any, death: Any
) -> None:
    apply_config(team(), around)
    for day in range(8):
        give(world, 1, first=day)
        world.clock.turn(days=5)
    assert sorted(read_leads(monkeypatch, world)) == [2, 3, 4, 5, 6, 7]
    world.clock.turn(days=1)
    death.calls.clear()
    assert measure_performance(config_store.active(), "sales", real())
    assert death.calls == [
        "GetItem",  # the configuration's head
        "GetItem",  # when it was last measured
        "Query",
        "Query",
        "BatchGetItem",
        "PutItem",
    ]


def test_refunds_and_parked_leads_are_no_leads_given(world: Any, around: Any) -> None:
    apply_config(team(), around)
    give(world, 2)
    far = world.clock() - 100 * DAY
    assert len(performance_store.given("sales", far).lead_ids) == 2
    apply_config(config({"anna": 1}, limits={"anna": {"holding_limit": 0}}), around)
    give(world, 1, first=10)
    stretch = performance_store.given("sales", far)
    assert stretch.lead_ids == (f"{1:026}", f"{0:026}")
    assert (stretch.reached, stretch.whole) == (1, True)


def test_of_batches_no_more_entries_are_looked_at_than_needed(
    world: Any, around: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(performance_store, "AT_MOST", 5)
    apply_config(team(), around)
    for batch in range(3):
        leads = [new_lead(f"{4 * batch + n:026}", world.clock()) for n in range(4)]
        for lead in leads:
            capturing.capture(capturing.Capture(lead, ()), world.clock())
        route_leads(leads, real())
    newest = routing_store.current("sales").turn
    stretch = performance_store.given("sales", world.clock() - DAY)
    assert (len(stretch.lead_ids), stretch.reached) == (5, newest - 1)
