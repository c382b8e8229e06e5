"""Returns while everybody else is at work: one order of things wins, and the money moves once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.domain.leads import Change, Lead, Status, Step
from shared.domain.returns import State
from shared.errors import ConflictError, IllegalTransitionError, StoreBusyError
from shared.flows.return_lead import approve_return, refuse_return, request_return
from shared.flows.route_leads import route_leads
from shared.flows.work_lead import work_lead
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import returns as return_store
from shared.store import routing as routing_store
from shared.surroundings import Surroundings, real
from tests.audit import Books, problems
from tests.races.test_faults import Fault, break_calls, cancelled, lost, refused
from tests.selling import RETURNED, market, sell

__all__ = ["break_calls"]

pytestmark = pytest.mark.usefixtures("table")

Work = Callable[[], Any]


@pytest.fixture
def now(around: Surroundings) -> Surroundings:
    """The real world, at the time of the test's clock: threads must not share its chance."""
    here = real()
    return Surroundings(around.now, here.new_id, here.chance, here.wait)


def at_once(works: list[Work]) -> list[Any]:
    with ThreadPoolExecutor(len(works)) as threads:
        return [future.result() for future in [threads.submit(work) for work in works]]


def give_back(lead: Lead, now: Surroundings) -> State | str:
    try:
        active = config_store.active()
        return request_return(active, "acme", lead.lead_id, "fraud", None, now).state
    except IllegalTransitionError:
        return "too late"


def step(lead: Lead, made: Step, now: Surroundings) -> Step | str:
    try:
        work_lead(lead.lead_id, made, now)
    except IllegalTransitionError:
        return "too late"
    return made


@pytest.mark.parametrize("policy", ["automatic", "approve"])
def test_the_same_return_fifty_times_at_once_reverses_the_money_once(
    around: Any, now: Any, stored: Any, policy: str
) -> None:
    team = market(around, returns={"policy": policy}, refund=RETURNED)
    lead, *others = sell(around, 4)
    route_leads([lead, *others], around)
    answers = at_once([lambda: give_back(lead, now)] * 50)
    if policy == "approve":
        assert set(answers) == {State.REQUESTED}
        answers = at_once([lambda: approve_return(lead.lead_id, now, "api").state] * 50)
    assert set(answers) == {State.APPROVED}
    books = Books(stored())
    assert problems(books, team) == []
    assert set(books.caps.values()) == {(3, 375_000)}
    assert sum(load.open for load in books.loads.values()) == 3
    assert sum(s.credit != 0 for s in books.entries["sales"][-1].rotation.standings.values()) == 2


@pytest.mark.parametrize("other", [Step.ACCEPTED, Step.DECLINED, Step.RECLAIMED, Step.REMINDED])
def test_a_return_against_what_its_owner_or_the_sweep_does(
    around: Any, now: Any, stored: Any, other: Step
) -> None:
    """The lead goes back in any case; the other step comes before it, or not at all."""
    team = market(around, {"anna": 1, "bo": 1}, refund=RETURNED)
    leads = sell(around, 25)
    route_leads(leads, around)

    def sweep(lead: Lead) -> Step | str:
        lead = lead_store.get(lead.lead_id)
        try:
            lead_store.change(lead, Change(other, now.now(), rep=lead.owner))
        except (ConflictError, IllegalTransitionError):
            return "too late"
        return other

    act = step if other in (Step.ACCEPTED, Step.DECLINED) else lambda lead, *_: sweep(lead)
    seen: Counter[str] = Counter()
    for lead in leads:
        done, returned = at_once(
            [lambda lead=lead: act(lead, other, now), lambda lead=lead: give_back(lead, now)]
        )
        assert returned is State.APPROVED
        steps = [change.step for change in lead_store.get(lead.lead_id).log[2:]]
        assert steps == ([Step.RETURNED] if done == "too late" else [other, Step.RETURNED])
        seen[done] += 1
    assert seen[other], "the other side never came first: this proves nothing"
    books = Books(stored())
    assert problems(books, team) == []
    assert set(books.caps.values()) == {(0, 0)}
    assert {load.open for load in books.loads.values()} == {0}


def test_a_return_against_winning_the_lead(around: Any, now: Any, stored: Any) -> None:
    """Either it is won, and stays, and is paid for; or it goes back, and cannot be won."""
    team = market(around)
    leads = sell(around, 40)
    route_leads(leads, around)
    for lead in leads:
        step(lead, Step.ACCEPTED, now)
    outcomes = Counter(
        tuple(
            at_once(
                [
                    lambda lead=lead: step(lead, Step.CONVERTED, now),
                    lambda lead=lead: give_back(lead, now),
                ]
            )
        )
        for lead in leads
    )
    won, gone = (Step.CONVERTED, "too late"), ("too late", State.APPROVED)
    assert outcomes.keys() <= {won, gone}
    books = Books(stored())
    assert problems(books, team) == []
    assert set(books.caps.values()) == {(outcomes[won], outcomes[won] * 125_000)}


def test_returns_while_many_routers_are_at_work(around: Any, now: Any, stored: Any) -> None:
    """Refunds take turns of the ledger in the middle of it; no lead is given after it went back."""
    team = market(
        around,
        {"anna": 3, "bo": 2, "cy": 1},
        limits={"anna": {"holding_limit": 30}, "bo": {"holding_limit": 60}},
        refund=RETURNED,
    )
    given, waiting = sell(around, 40), sell(around, 80)
    route_leads(given, around)
    works: list[Work] = []
    for n in range(4):
        works.append(lambda n=n: route_leads(waiting[n::4], now))
        works.append(lambda n=n: [give_back(lead, now) for lead in given[n::4]])
        works.append(lambda n=n: [give_back(lead, now) for lead in waiting[n:40:4]])
    at_once(works)
    books = Books(stored())
    assert problems(books, team) == []
    assert set(books.caps.values()) == {(40, 40 * 125_000)}
    assert sum(lead.status is Status.LOST for lead in books.leads) == 80
    assert sum(lead.status is Status.ASSIGNED for lead in books.leads) == 40


def test_returns_while_the_same_partner_sells(around: Any, now: Any, stored: Any) -> None:
    """Both count in the same caps: the room that a return makes can be sold again, and no more."""
    caps = [{"name": "daily", "per": "day", "leads": 20}]
    team = market(around, caps=caps)
    leads = sell(around, 20)
    works: list[Work] = [
        lambda n=n: [give_back(lead, now) for lead in leads[n:20:4]] for n in range(4)
    ]
    works += [lambda: sell(now, 10) for _ in range(4)]
    at_once(works)
    books = Books(stored())
    assert problems(books, team) == []
    counted = books.caps["partner#acme#daily", "2026-03-02"][0]
    assert counted <= 20
    assert counted == sum(lead.status is Status.NEW for lead in books.leads)


def test_approving_against_refusing(around: Any, now: Any, stored: Any) -> None:
    team = market(around, returns={"policy": "approve"}, refund=RETURNED)
    leads = sell(around, 30)
    route_leads(leads, around)
    for lead in leads:
        give_back(lead, now)

    def decide(lead: Lead, *, approve: bool) -> bool:
        try:
            if approve:
                approve_return(lead.lead_id, now, "api")
            else:
                refuse_return(lead.lead_id, None, now, "api")
        except IllegalTransitionError:
            return False
        return True

    for lead in leads:
        approved, refused_it = at_once(
            [
                lambda lead=lead: decide(lead, approve=True),
                lambda lead=lead: decide(lead, approve=False),
            ]
        )
        assert approved != refused_it
        assert lead_store.get(lead.lead_id).status == (Status.LOST if approved else Status.ASSIGNED)
    assert problems(Books(stored()), team) == []


# ── The conditions, each alone ───────────────────────────────────────────────────────────────────


class TestTheConditions:
    """What another does between our reading and our writing is seen, and the return made anew."""

    @pytest.fixture
    def between(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Does something once, after a return has been prepared and before it is written."""

        def arrange(work: Work, write: str = "approve") -> list[int]:
            written, tries = getattr(return_store, write), [0]

            def late(*arguments: Any, **options: Any) -> None:
                tries[0] += 1
                if tries[0] == 1:
                    work()
                written(*arguments, **options)

            monkeypatch.setattr(return_store, write, late)
            return tries

        return arrange

    def test_a_lead_that_moved_on(self, around: Any, stored: Any, between: Any) -> None:
        team = market(around, refund=RETURNED)
        (lead,) = sell(around)
        route_leads([lead], around)
        tries = between(lambda: work_lead(lead.lead_id, Step.DECLINED, around))
        assert give_back(lead, around) is State.APPROVED
        assert tries == [2]
        assert problems(Books(stored()), team) == []

    def test_a_turn_that_was_taken(self, around: Any, stored: Any, between: Any) -> None:
        team = market(around, refund=RETURNED)
        lead, other = sell(around, 2)
        route_leads([lead], around)
        tries = between(lambda: route_leads([other], around))
        assert give_back(lead, around) is State.APPROVED
        assert tries == [2]
        assert problems(Books(stored()), team) == []

    def test_a_refund_that_was_switched_off(self, around: Any, stored: Any, between: Any) -> None:
        """The new configuration has taken the turn, so that nothing is refunded under it."""
        market(around, refund=RETURNED)
        (lead,) = sell(around)
        route_leads([lead], around)
        tries = between(lambda: market(around, refund=()))
        assert give_back(lead, around) is State.APPROVED
        assert tries == [2]
        assert lead_store.get(lead.lead_id).log[-1].turn is None
        assert problems(Books(stored()), config_store.active().config) == []

    def test_a_return_that_somebody_else_made(self, around: Any, stored: Any, between: Any) -> None:
        team = market(around, refund=RETURNED)
        (lead,) = sell(around)
        route_leads([lead], around)
        tries = between(lambda: give_back(lead, around))
        assert give_back(lead, around) is State.APPROVED
        assert tries == [2]  # theirs and ours: ours was refused, and then there was one
        assert problems(Books(stored()), team) == []

    def test_a_late_request_does_not_undo_what_has_been_decided(
        self, around: Any, stored: Any, between: Any
    ) -> None:
        """The same request came twice, and a manager was faster than its second half."""
        team = market(around, returns={"policy": "approve"})
        (lead,) = sell(around)

        def asked_and_approved() -> None:
            give_back(lead, around)
            approve_return(lead.lead_id, around, "api")

        between(asked_and_approved, "request")
        assert give_back(lead, around) is State.APPROVED
        assert problems(Books(stored()), team) == []

    def test_a_late_refusal_does_not_undo_an_approval(
        self, around: Any, stored: Any, between: Any
    ) -> None:
        team = market(around, returns={"policy": "approve"})
        (lead,) = sell(around)
        give_back(lead, around)
        tries = between(lambda: approve_return(lead.lead_id, around, "api"), "refuse")
        with pytest.raises(IllegalTransitionError, match="taken back already"):
            refuse_return(lead.lead_id, None, around, "api")
        assert tries == [1]
        assert problems(Books(stored()), team) == []

    def test_a_return_is_approved_once_even_when_the_lead_did_not_tell(
        self, around: Any, stored: Any, between: Any
    ) -> None:
        """A lead that is lost may be returned; that it was is said by its return alone."""
        team = market(around, returns={"policy": "approve"})
        (lead,) = sell(around)
        give_back(lead, around)
        asked = return_store.get(lead.lead_id)
        approve_return(lead.lead_id, around, "api")
        now = lead_store.get(lead.lead_id)
        change = Change(Step.RETURNED, around.now(), reason="fraud")
        for new in (True, False):
            with pytest.raises(ConflictError):
                return_store.approve(asked, now, change, None, "a", new=new)
        assert problems(Books(stored()), team) == []


# ── What the emulator never does ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fault", "carried_out"),
    [
        (cancelled("TransactionConflict"), False),
        (cancelled("ThrottlingError"), False),
        (refused("ProvisionedThroughputExceededException"), False),
        (lost, False),
        (lost, True),
        (refused("InternalServerError"), True),
    ],
)
@pytest.mark.parametrize("policy", ["automatic", "approve"])
def test_a_return_whose_answer_is_lost_is_made_once(
    around: Any, stored: Any, break_calls: Any, policy: str, fault: Fault, *, carried_out: bool
) -> None:
    team = market(around, returns={"policy": policy}, refund=RETURNED)
    lead, _ = sell(around, 2)
    route_leads([lead], around)
    break_calls("TransactWriteItems", fault, 2, carried_out=carried_out)
    assert give_back(lead, around) in (State.APPROVED, State.REQUESTED)
    if policy == "approve":
        break_calls("TransactWriteItems", fault, 2, carried_out=carried_out)
        assert approve_return(lead.lead_id, around, "api").state is State.APPROVED
    books = Books(stored())
    assert problems(books, team) == []
    assert set(books.caps.values()) == {(1, 125_000)}


@pytest.mark.parametrize("carried_out", [False, True])
def test_a_refusal_whose_answer_is_lost_is_made_once(
    around: Any, stored: Any, break_calls: Any, *, carried_out: bool
) -> None:
    team = market(around, returns={"policy": "approve"})
    (lead,) = sell(around)
    give_back(lead, around)
    break_calls("PutItem", lost, 1, carried_out=carried_out)
    assert refuse_return(lead.lead_id, "x", around, "api").why == "x"
    assert problems(Books(stored()), team) == []


def test_a_cap_at_which_another_transaction_is_at_work_is_not_forgotten(
    around: Any, stored: Any, break_calls: Any
) -> None:
    """A conflict at a cap is no cap that is gone: its money is reversed by the next try."""

    def conflict_at_the_caps(operation: str, arguments: Any) -> Exception:
        fault = cancelled("None")(operation, arguments)
        fault.response["CancellationReasons"][-1] = {"Code": "TransactionConflict"}
        return fault

    team = market(around)
    (lead,) = sell(around)
    break_calls("TransactWriteItems", conflict_at_the_caps, 3)
    assert give_back(lead, around) is State.APPROVED
    assert problems(Books(stored()), team) == []


def test_when_the_table_stays_away_nothing_is_half_done(
    around: Any, stored: Any, break_calls: Any
) -> None:
    team = market(around, refund=RETURNED)
    (lead,) = sell(around)
    route_leads([lead], around)
    break_calls("TransactWriteItems", lost, 1_000)
    quick = Surroundings(around.now, around.new_id, around.chance, lambda _: None)
    with pytest.raises(StoreBusyError):
        give_back(lead, quick)
    books = Books(stored())
    assert problems(books, team) == []
    assert books.returns == {}
    assert routing_store.current("sales").turn == 2
