"""Leads that end for their rep, and then have cost nothing: where the pool says so, and once."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient

from shared.domain.config import Config
from shared.domain.leads import Change, Lead, Status, Step, replay
from shared.flows import refunds, sweep_deadlines
from shared.flows.apply_config import apply_config
from shared.flows.claim_lead import claim_lead
from shared.flows.return_lead import request_return
from shared.flows.route_leads import route_leads
from shared.flows.show_decision import decision_view
from shared.flows.work_lead import work_lead
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from tests.audit import Books, problems
from tests.races.test_routing import capture
from tests.selling import market, sell
from tests.team import config

pytestmark = pytest.mark.usefixtures("table")

ALL = ["returned", "declined", "lapsed", "reclaimed", "lost"]
THREE = {"anna": 3, "bo": 1, "cy": 2}
PROTECTION = {"activity": "1h", "at_most": "1d"}
WAYS = ["declined", "lost", "reclaimed", "lapsed"]


def team(refund: list[str], **pool: Any) -> Config:
    return config(THREE, refund=refund, protection=PROTECTION, **pool)


def credits_now() -> dict[str, int]:
    standings = routing_store.current("sales").standings
    return {rep: standing.credit for rep, standing in standings.items()}


def sweep(around: Any) -> Any:
    return sweep_deadlines.sweep_deadlines(around, lambda: True)


def given(around: Any, count: int = 1) -> list[Lead]:
    leads = capture(around, count)
    route_leads(leads, around)
    return [lead_store.get(lead.lead_id) for lead in leads]


def end(lead: Lead, way: str, around: Any, clock: Any) -> Lead:
    """End a lead for its rep; answers it after that."""
    if way in ("lost", "lapsed"):
        work_lead(lead.lead_id, Step.ACCEPTED, around, rep=lead.owner)
    if way in ("declined", "lost"):
        work_lead(lead.lead_id, Step(way), around, rep=lead.owner)
    else:
        clock.turn(minutes=16 if way == "reclaimed" else 61)
        sweep(around)
    after = lead_store.get(lead.lead_id)
    assert way in [change.step for change in after.log]
    return after


def ended(lead: Lead, way: str) -> Any:
    return next(change for change in lead.log if change.step == way)


@pytest.mark.parametrize("way", ["declined", "reclaimed"])
def test_a_lead_that_cost_nothing_has_been_given_out_all_the_same(
    around: Any, clock: Any, way: str
) -> None:
    """Else a pool that gives back what declining cost would never come to the end of its tries."""
    apply_config(team([way], deadlines={"max_assignments": 2}), around)
    (lead,) = given(around)
    for _ in range(2):
        lead = end(lead, way, around, clock)
        if lead.status is Status.NEW:
            route_leads([lead], around)
        lead = lead_store.get(lead.lead_id)
    assert (lead.status, lead.assignment) == (Status.PARKED, 2)
    assert lead.log[-1].reason == "too_many_assignments"


# ── What is given back ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", WAYS)
def test_everybody_is_owed_as_if_the_lead_had_not_been_given(
    around: Any, clock: Any, stored: Any, way: str
) -> None:
    whole = team([way])
    apply_config(whole, around)
    given(around, 2)
    for lead in Books(stored()).leads:  # else they end as well
        work_lead(lead.lead_id, Step.ACCEPTED, around)
        work_lead(lead.lead_id, Step.CONVERTED, around)
    before = credits_now()
    (lead,) = given(around)
    tallies = routing_store.workloads([lead.owner or ""])[lead.owner or ""].tallies
    assert credits_now() != before

    after = end(lead, way, around, clock)

    assert credits_now() == before
    books = Books(stored())
    entry = books.entries["sales"][-1]
    change = ended(after, way)
    assert (change.pool, change.turn) == ("sales", entry.rotation.turn)
    assert [(line.lead_id, line.refunds) for line in entry.lines] == [
        (lead.lead_id, lead.log[-1].turn)
    ]
    assert books.loads[lead.owner or ""].open == 0
    assert books.loads[lead.owner or ""].tallies == tallies  # they have received it, all the same
    assert problems(books, whole) == []


@pytest.mark.parametrize("way", WAYS)
def test_what_the_pool_does_not_list_has_its_price(
    around: Any, clock: Any, stored: Any, way: str
) -> None:
    whole = team([other for other in ALL if other != way])
    apply_config(whole, around)
    (lead,) = given(around)
    before = credits_now()
    turns = routing_store.current("sales").turn
    after = end(lead, way, around, clock)
    assert (credits_now(), routing_store.current("sales").turn) == (before, turns)
    assert ended(after, way).turn is None
    assert decision_view(lead.lead_id)["refund"] is None
    assert problems(Books(stored()), whole) == []


def test_what_cost_no_credit_gives_none_back(around: Any, stored: Any) -> None:
    whole = team(ALL, strategy="open")
    apply_config(whole, around)
    (lead,) = given(around)
    claim_lead(lead.lead_id, "bo", around, by="bo")
    turns = routing_store.current("sales").turn
    work_lead(lead.lead_id, Step.LOST, around, rep="bo")
    assert routing_store.current("sales").turn == turns
    assert problems(Books(stored()), whole) == []


def test_what_a_claim_cost_is_given_back(around: Any, stored: Any) -> None:
    whole = team(["lost"], strategy="open", charges=["claim"])
    apply_config(whole, around)
    (lead,) = given(around)
    claim_lead(lead.lead_id, "bo", around, by="bo")
    assert credits_now()["bo"] < 0
    work_lead(lead.lead_id, Step.LOST, around, rep="bo")
    assert credits_now() == {"anna": 0, "bo": 0, "cy": 0}
    assert problems(Books(stored()), whole) == []


def test_who_declines_is_next_again_for_another_lead(around: Any, stored: Any) -> None:
    """And not for the same one."""
    whole = config({"anna": 4, "bo": 1, "cy": 2}, refund=["declined"])
    apply_config(whole, around)
    (lead,) = given(around)
    assert lead.owner == "anna"
    work_lead(lead.lead_id, Step.DECLINED, around, rep="anna")
    route_leads([lead_store.get(lead.lead_id)], around)
    assert lead_store.get(lead.lead_id).owner == "cy"
    (other,) = given(around)
    assert other.owner == "anna"
    assert problems(Books(stored()), whole) == []


# ── Once ─────────────────────────────────────────────────────────────────────────────────────────


def give_back(lead: Lead, around: Any) -> None:
    request_return(config_store.active(), "acme", lead.lead_id, "fraud", None, around)


def test_a_lost_lead_that_is_returned_later_is_not_refunded_again(around: Any, stored: Any) -> None:
    whole = market(around, THREE, refund=ALL)
    (lead,) = sell(around)
    route_leads([lead], around)
    work_lead(lead.lead_id, Step.ACCEPTED, around)
    work_lead(lead.lead_id, Step.LOST, around)
    assert credits_now() == {"anna": 0, "bo": 0, "cy": 0}
    turns = routing_store.current("sales").turn
    give_back(lead, around)
    assert credits_now() == {"anna": 0, "bo": 0, "cy": 0}
    assert routing_store.current("sales").turn == turns
    assert decision_view(lead.lead_id)["refund"]["step"] == "lost"
    assert problems(Books(stored()), whole) == []


def test_a_declined_lead_that_waits_and_is_returned_is_not_refunded_again(
    around: Any, stored: Any
) -> None:
    whole = market(around, {"anna": 2, "bo": 1}, refund=ALL)
    (lead,) = sell(around)
    route_leads([lead], around)
    work_lead(lead.lead_id, Step.DECLINED, around)
    give_back(lead, around)
    assert credits_now() == {"anna": 0, "bo": 0}
    assert lead_store.get(lead.lead_id).log[-1].turn is None
    assert problems(Books(stored()), whole) == []


@pytest.mark.parametrize("listed", [["returned"], ["declined"], ["returned", "declined"]])
def test_each_assignment_is_refunded_for_itself(
    around: Any, stored: Any, listed: list[str]
) -> None:
    """Declined, given to somebody else, and then returned."""
    whole = market(around, THREE, refund=listed)
    (lead,) = sell(around)
    route_leads([lead], around)
    at_first = credits_now()
    work_lead(lead.lead_id, Step.DECLINED, around)
    declined = credits_now()
    assert declined == (dict.fromkeys(THREE, 0) if "declined" in listed else at_first)
    route_leads([lead_store.get(lead.lead_id)], around)
    second = credits_now()
    give_back(lead, around)
    assert credits_now() == (declined if "returned" in listed else second)
    refunded = [line.refunds for line in lines_of(stored) if line.refunds]
    turns = [change.turn for change in lead_store.get(lead.lead_id).log if change.rule]
    assert refunded == [
        turn for turn, step in zip(turns, ["declined", "returned"], strict=True) if step in listed
    ]
    assert problems(Books(stored()), whole) == []


def lines_of(stored: Any) -> list[Any]:
    return [line for entry in Books(stored()).entries["sales"] for line in entry.lines]


# ── What it costs ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls to AWS from here on."""
    made: list[str] = []
    call = BaseClient._make_api_call

    def counted(client: Any, operation: str, arguments: Any) -> Any:
        made.append(operation)
        return call(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", counted)
    return made


def test_declining_is_as_dear_as_ever_where_it_gives_nothing_back(
    around: Any, calls: list[str]
) -> None:
    apply_config(config(THREE, refund=["lost"]), around)
    (lead,) = given(around)
    calls.clear()
    work_lead(lead.lead_id, Step.DECLINED, around, rep=lead.owner)
    assert calls == ["GetItem", "TransactWriteItems"]


def test_accepting_is_one_call_whatever_the_pool_gives_back(around: Any, calls: list[str]) -> None:
    apply_config(config(THREE, refund=ALL), around)
    (lead,) = given(around)
    calls.clear()
    work_lead(lead.lead_id, Step.ACCEPTED, around, rep=lead.owner)
    assert calls == ["UpdateItem"]


def test_the_sweep_asks_nothing_more_where_nothing_is_given_back(
    around: Any, clock: Any, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    apply_config(config(THREE, refund=["declined"]), around)
    given(around, 2)
    clock.turn(minutes=16)
    once, made = sweep_deadlines._do, []

    def counted(*arguments: Any) -> None:
        calls.clear()
        once(*arguments)
        made.append(list(calls))

    monkeypatch.setattr(sweep_deadlines, "_do", counted)
    assert sweep(around).reclaimed == 2
    assert made == [["TransactWriteItems"]] * 2


# ── Routing in between ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Does something the first times that a refund has been prepared, before it is written."""

    def arrange(work: Callable[[], Any], times: int) -> list[int]:
        write, tries = lead_store._write, [0]

        def late(*arguments: Any) -> None:
            if len(arguments) > 4 and arguments[4] is not None:
                tries[0] += 1
                if tries[0] <= times:
                    work()
            write(*arguments)

        monkeypatch.setattr(lead_store, "_write", late)
        return tries

    return arrange


def test_declining_goes_through_among_many_routers(around: Any, stored: Any, between: Any) -> None:
    whole = team(["declined"])
    apply_config(whole, around)
    (lead,) = given(around)
    tries = between(lambda: given(around), 10)
    work_lead(lead.lead_id, Step.DECLINED, around, rep=lead.owner)
    assert tries == [11]
    assert problems(Books(stored()), whole) == []


def test_the_sweep_tries_again_at_once(around: Any, clock: Any, stored: Any, between: Any) -> None:
    whole = team(["reclaimed"])
    apply_config(whole, around)
    given(around)
    clock.turn(minutes=16)
    tries = between(lambda: given(around), 5)
    assert sweep(around).reclaimed == 1
    assert tries == [6]
    assert problems(Books(stored()), whole) == []


def test_a_sweep_that_never_gets_its_turn_goes_on_and_leaves_it_to_the_next(
    around: Any, clock: Any, stored: Any, between: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No lead and no page is tried for ever: others wait behind them."""
    monkeypatch.setattr(sweep_deadlines, "TRIES_AGAIN", 2)
    monkeypatch.setattr(sweep_deadlines, "TRIES_AGAIN_IN_A_PAGE", 4)
    whole = team(["reclaimed"])
    apply_config(whole, around)
    leads = given(around, 4)
    clock.turn(minutes=16)
    tries = between(lambda: given(around), 7)
    assert sweep(around).reclaimed == 0
    assert tries == [3 + 2 + 1 + 1]
    assert all(lead_store.get(lead.lead_id).status is Status.ASSIGNED for lead in leads)
    assert sweep(around).reclaimed == 4
    assert problems(Books(stored()), whole) == []


def test_a_rep_who_is_faster_than_the_sweep_keeps_the_lead(
    around: Any, clock: Any, stored: Any, between: Any
) -> None:
    whole = team(["reclaimed"])
    apply_config(whole, around)
    (lead,) = given(around)
    clock.turn(minutes=16)
    tries = between(lambda: work_lead(lead.lead_id, Step.ACCEPTED, around), 1)
    assert sweep(around).reclaimed == 0
    assert tries == [1]
    assert lead_store.get(lead.lead_id).status is Status.ACCEPTED
    assert problems(Books(stored()), whole) == []


def test_a_pool_that_lists_it_no_more_takes_the_credit(
    around: Any, stored: Any, between: Any
) -> None:
    """The new configuration has taken the turn that was wanted."""
    apply_config(team(["declined"]), around)
    (lead,) = given(around)
    tries = between(lambda: apply_config(team([]), around), 1)
    work_lead(lead.lead_id, Step.DECLINED, around)
    assert tries == [1]
    assert lead_store.get(lead.lead_id).log[-1].turn is None
    assert problems(Books(stored()), team([])) == []


def test_a_router_notices_a_refund_that_another_process_has_made(around: Any, stored: Any) -> None:
    whole = team(["declined"])
    apply_config(whole, around)
    (lead,) = given(around)
    remembered = dict(routing_store._seen)
    work_lead(lead.lead_id, Step.DECLINED, around)
    routing_store.forget()
    routing_store._seen.update(remembered)
    (other,) = given(around)
    assert other.owner == "anna"  # who is owed as much as if she had not had the first
    assert problems(Books(stored()), whole) == []


def test_a_pool_that_is_gone_or_its_ledger_gives_nothing_back(
    around: Any, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply_config(team(ALL), around)
    one, other = given(around, 2)
    monkeypatch.setattr(config_store, "_read", {})
    entry = routing_store.entry

    def missing(pool_id: str, turn: int) -> Any:
        return entry(pool_id, 999)

    with monkeypatch.context() as patched:
        patched.setattr(routing_store, "entry", missing)
        work_lead(one.lead_id, Step.DECLINED, around)
    pools = {"others": {"members": THREE, "refund": ALL}}
    rules = [{"name": "all", "pool": "others"}]
    apply_config(config(THREE, more={"pools": pools, "rules": rules}), around)
    work_lead(other.lead_id, Step.DECLINED, around)
    for lead in (one, other):
        declined = ended(lead_store.get(lead.lead_id), "declined")
        assert declined.turn is None
    assert problems(Books(stored()), config_store.active().config) == []


# ── What is told ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("declined", "anna gave it back"),
        ("lost", "anna lost it"),
        ("reclaimed", "anna did not take it up in time"),
        ("lapsed", "anna did not work on it in time"),
    ],
)
def test_the_decision_says_which_refund_and_why(
    around: Any, clock: Any, way: str, words: str
) -> None:
    apply_config(team([way]), around)
    (lead,) = given(around)
    end(lead, way, around, clock)
    view = decision_view(lead.lead_id)
    of_the_first = next(one for one in [view, *view["earlier"]] if one["assignment"] == 1)
    refund = of_the_first["refund"]
    sentence = f"{words}; pool sales takes no credit for that, so anna has it again"
    assert (refund["rep_id"], refund["step"], refund["sentence"]) == ("anna", way, sentence)
    assert of_the_first["paragraph"].endswith(
        f"Undone since: {sentence}, by turn {refund['turn']}."
    )


def test_the_refund_of_an_earlier_assignment_stays_with_it(around: Any) -> None:
    apply_config(team(["declined"]), around)
    (lead,) = given(around)
    work_lead(lead.lead_id, Step.DECLINED, around)
    route_leads([lead_store.get(lead.lead_id)], around)
    view = decision_view(lead.lead_id)
    assert view["refund"] is None
    assert [one["refund"]["rep_id"] for one in view["earlier"]] == ["anna"]


def test_a_pool_is_asked_for_no_longer_than_the_sweep_reads_the_configuration() -> None:
    assert refunds.KNOWN_FOR > 60


def test_a_return_leaves_the_lead_in_the_pool_it_has_gone_to(clock: Any) -> None:
    """Its record names the pool that gives the credit back, which had given the lead before."""
    log = [
        Change(Step.CAPTURED, clock.at),
        Change(Step.ASSIGNED, clock.at, "anna", "sales", turn=1),
        Change(Step.UNASSIGNED, clock.at, "anna", to="service", by="manager"),
        Change(Step.RETURNED, clock.at, pool="sales", turn=2, reason="wrong_number"),
    ]
    assert replay("0" * 26, "partner#acme", {}, log).pool == "service"
