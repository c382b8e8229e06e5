"""Many routers at once on one table: what must hold at every instant, and whatever the order."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.leads import Change, Lead, Status, Step
from shared.domain.planning import plan
from shared.domain.plans import Ruled
from shared.flows.apply_config import apply_config
from shared.flows.route_leads import route_leads
from shared.store import capturing
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from shared.store.capturing import Capture, Guard
from shared.surroundings import real
from tests.audit import Books, problems, received
from tests.team import active, config, new_lead

WEIGHTS = {f"rep{n}": n for n in range(1, 11)}


def capture(around: Any, count: int, **fields: Any) -> list[Lead]:
    """So many new leads in the table."""
    leads = []
    for _ in range(count):
        lead = new_lead(around.new_id(), around.now(), **fields)
        guard = Guard(lead.lead_id, "x", around.now() + timedelta(minutes=1))
        capturing.capture(Capture(lead, (guard,)), around.now())
        leads.append(lead)
    return leads


def at_once(threads: int, work: Any, portions: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, portions))


def test_sixteen_routers_give_four_hundred_leads_exactly_and_fairly(
    table: str, around: Any, stored: Any
) -> None:
    """Every lead one owner, no limit exceeded, credits sum to 0, nobody off by 1.3 leads."""
    team = config(
        WEIGHTS, limits={rep: {"holding_limit": 90, "daily_limit": 80} for rep in WEIGHTS}
    )
    apply_config(team, around)
    leads = capture(around, 400)
    # Each lead comes to two routers: the stream may deliver twice.
    portions = [leads[n::16] + leads[(n + 1) % 16 :: 16] for n in range(16)]
    for portion in portions:
        random.Random(len(portion)).shuffle(portion)

    results = at_once(16, lambda portion: route_leads(portion, real()), portions)

    books = Books(stored())
    assert problems(books, team) == []
    assert sum(result.assigned for result in results) == 400
    assert all(lead.status is Status.ASSIGNED and lead.assignment == 1 for lead in books.leads)
    total = sum(WEIGHTS.values())
    ideal = {rep: 400 * weight / total for rep, weight in WEIGHTS.items()}
    got = received(books.leads)
    assert all(abs(got[rep] - ideal[rep]) < 1.3 for rep in WEIGHTS), (got, ideal)


def test_limits_hold_when_everybody_is_almost_full(table: str, around: Any, stored: Any) -> None:
    """120 leads for 100 free places: 100 get an owner, 20 are parked, nobody has one too many."""
    team = config(WEIGHTS, limits={rep: {"holding_limit": 10} for rep in WEIGHTS})
    apply_config(team, around)
    leads = capture(around, 120)

    at_once(16, lambda portion: route_leads(portion, real()), [leads[n::16] for n in range(16)])

    books = Books(stored())
    assert problems(books, team) == []
    statuses = [lead.status for lead in books.leads]
    assert (statuses.count(Status.ASSIGNED), statuses.count(Status.PARKED)) == (100, 20)


@pytest.mark.parametrize("limit", ["holding_limit", "daily_limit"])
def test_a_rep_in_two_pools_stays_within_one_limit(
    table: str, around: Any, stored: Any, limit: str
) -> None:
    """Two pools have two ledgers; the limit of a rep in both is kept by the rep's own condition."""
    members = {"anna": 1, "bo": 1}
    team = config(
        members,
        limits={rep: {limit: 15} for rep in members},
        more={
            "pools": {"sales": {"members": members}, "nordic": {"members": members}},
            "rules": [
                {"name": "the north", "when": {"country": "SE"}, "pool": "nordic"},
                {"name": "everything else", "pool": "sales"},
            ],
        },
    )
    apply_config(team, around)
    leads = [
        lead
        for pair in zip(capture(around, 40, country="SE"), capture(around, 40), strict=True)
        for lead in pair
    ]

    at_once(8, lambda portion: route_leads(portion, real()), [leads[n::8] for n in range(8)])

    books = Books(stored())
    assert problems(books, team) == []
    assert sum(received(books.leads).values()) == 30


def test_new_rules_and_members_during_traffic(table: str, around: Any, stored: Any) -> None:
    """Configurations change while leads are routed: each decision follows one version, whole."""
    both = config({"anna": 1, "bo": 1, "cy": 1})
    without_cy = config({"anna": 3, "bo": 1}, more={"reps": both.model_dump()["reps"]})
    apply_config(both, around)
    leads = capture(around, 120)

    def work(portion: Any) -> None:
        if isinstance(portion, list):
            route_leads(portion, real())
        else:
            apply_config(portion, real())

    at_once(8, work, [leads[0:40], without_cy, leads[40:80], both, leads[80:120], without_cy])

    books = Books(stored())
    assert problems(books, both) == []
    assert len(books.owned()) >= 2
    assert sum(received(books.leads).values()) == 120


@pytest.mark.usefixtures("table")
class TestTheConditions:
    """Each condition of the commit, alone: a plan made on an old reading must not be written."""

    @pytest.fixture
    def two_plans(self, around: Any) -> Any:
        def make(team: Any, first: list[Lead], second: list[Lead]) -> Any:
            planned = []
            for leads in (first, second):
                ruled = [Ruled(lead, "all") for lead in leads]
                known = routing_store.read("sales", team.reps).known
                planned.append(plan(active(team), "sales", known, ruled, around.now()))
            return planned

        return make

    def test_two_routers_cannot_write_the_same_turn(
        self, two_plans: Any, around: Any, stored: Any
    ) -> None:
        team = config({"anna": 1, "bo": 1})
        one, two = capture(around, 2)
        first, second = two_plans(team, [one], [two])
        assert routing_store.commit(first, "a") is None
        assert routing_store.commit(second, "b") is not None
        assert problems(Books(stored()), team) == []

    def test_our_own_write_is_recognised_when_its_answer_was_lost(
        self, two_plans: Any, around: Any, stored: Any
    ) -> None:
        team = config({"anna": 1, "bo": 1})
        (lead,) = capture(around, 1)
        (first, _) = two_plans(team, [lead], [])
        assert routing_store.commit(first, "a") is None
        assert routing_store.commit(first, "a") is None
        assert Books(stored()).loads["anna"].open == 1

    def test_a_lead_that_moved_on_is_not_given_again(self, around: Any, stored: Any) -> None:
        """The second plan has a fresh turn and free reps; only the lead's condition stops it."""
        team = config({"anna": 1, "bo": 1})
        (lead,) = capture(around, 1)
        ruled = [Ruled(lead, "all")]
        for attempt in ("a", "b"):
            known = routing_store.read("sales", team.reps).known
            planned = plan(active(team), "sales", known, ruled, around.now())
            refused = routing_store.commit(planned, attempt)
        assert refused is not None
        assert refused.moved == {lead.lead_id}
        assert problems(Books(stored()), team) == []

    @pytest.mark.parametrize("room", [1, 2], ids=["first of the day", "later"])
    @pytest.mark.parametrize("limit", ["holding_limit", "daily_limit"])
    def test_a_rep_who_filled_up_meanwhile_gets_nothing(
        self, around: Any, stored: Any, limit: str, room: int
    ) -> None:
        """Two pools: neither the turn nor the lead is in the way, only the rep's condition."""
        members = {"anna": 1}
        pools = {"sales": {"members": members}, "nordic": {"members": members}}
        team = config(members, limits={"anna": {limit: room}}, more={"pools": pools})
        apply_config(team, around)
        route_leads(capture(around, room - 1), around)
        one, two = capture(around, 2)
        plans = [
            plan(
                active(team),
                pool,
                routing_store.read(pool, ["anna"]).known,
                [Ruled(lead, "r")],
                around.now(),
            )
            for pool, lead in (("sales", one), ("nordic", two))
        ]
        assert routing_store.commit(plans[0], "a") is None
        assert routing_store.commit(plans[1], "b") is not None
        assert problems(Books(stored()), team) == []

    def test_a_rep_who_paused_meanwhile_gets_nothing(
        self, two_plans: Any, around: Any, stored: Any
    ) -> None:
        team = config({"anna": 1})
        (lead,) = capture(around, 1)
        (planned, _) = two_plans(team, [lead], [])
        routing_store.set_paused("anna", paused=True, now=around.now())
        assert routing_store.commit(planned, "a") is not None
        assert Books(stored()).leads[0].status is Status.NEW

    def test_a_plan_made_before_a_new_configuration_is_not_committed_after_it(
        self, around: Any, stored: Any
    ) -> None:
        """`apply` takes the turn: a member who was just removed gets nothing any more."""
        both = config({"anna": 1, "bo": 1})
        apply_config(both, around)
        (lead,) = capture(around, 1)
        known = routing_store.read("sales", both.reps).known
        planned = plan(active(both), "sales", known, [Ruled(lead, "all")], around.now())
        apply_config(config({"bo": 1}, more={"reps": both.model_dump()["reps"]}), around)
        assert routing_store.commit(planned, "a") is not None
        route_leads([lead], around)
        assert Books(stored()).leads[0].owner == "bo"

    def test_a_configuration_that_comes_between_two_reads_starts_the_plan_again(
        self, around: Any, stored: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The ledger was read after `apply`, the configuration before it: a mixed decision."""
        both = config({"anna": 1, "bo": 1})
        only_bo = config({"bo": 1}, more={"reps": both.model_dump()["reps"]})
        apply_config(both, around)
        leads = capture(around, 2)
        read = routing_store.rotation

        def read_late(pool_id: str) -> Any:
            monkeypatch.setattr(routing_store, "rotation", read)
            apply_config(only_bo, around)
            return read(pool_id)

        monkeypatch.setattr(routing_store, "rotation", read_late)
        route_leads(leads, around)
        books = Books(stored())
        assert {lead.owner for lead in books.leads} == {"bo"}
        versions = [entry.config_version for entry in books.entries["sales"]]
        assert versions == [1, 2, 2]


def test_accept_against_reclaim(table: str, around: Any, stored: Any) -> None:
    """A hundred times at the same instant: exactly one wins, and the counters agree."""
    from shared.errors import ConflictError, IllegalTransitionError, NotYoursError
    from shared.flows.work_lead import work_lead

    team = config({"anna": 1})
    apply_config(team, around)
    leads = capture(around, 100)
    route_leads(leads, around)

    def accept(lead_id: str) -> str:
        try:
            work_lead(lead_id, Step.ACCEPTED, around, rep="anna", assignment=1)
        except (NotYoursError, IllegalTransitionError):
            return "too late"
        return "accepted"

    def reclaim(lead_id: str) -> str:
        lead = lead_store.get(lead_id)
        try:
            lead_store.change(lead, Change(Step.RECLAIMED, around.now(), rep=lead.owner))
        except (ConflictError, IllegalTransitionError):
            return "taken"
        return "reclaimed"

    for lead in leads:
        outcomes = at_once(2, lambda work, lead=lead: work(lead.lead_id), [accept, reclaim])
        assert outcomes in (["accepted", "taken"], ["too late", "reclaimed"])
    assert problems(Books(stored()), team) == []


@pytest.mark.parametrize("behind", range(6))
def test_a_router_finds_the_newest_entry_whatever_others_have_written_since(
    table: str, around: Any, behind: int
) -> None:
    """One that has seen an entry, and slept while others wrote, plans upon theirs, not its own."""
    apply_config(config({"rep1": 1, "rep2": 1}), around)
    seen = routing_store.rotation("sales")
    for lead in capture(around, behind):
        route_leads([lead], around)
    newest = routing_store.rotation("sales")
    assert seen
    assert newest
    assert newest.rotation.turn == seen.rotation.turn + behind

    routing_store.forget()
    routing_store.note_newest(seen)

    assert routing_store.rotation("sales") == newest
