"""Many hands at once: claims, assignments, pauses and news of the same leads and reps."""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.leads import OPEN_STATUSES, Lead, Status, Step
from shared.domain.planning import assign
from shared.errors import (
    ConflictError,
    IllegalTransitionError,
    ImpossibleForRepError,
    LeadwheelError,
    NotYoursError,
)
from shared.flows.apply_config import apply_config
from shared.flows.assign_lead import Assigning, assign_lead
from shared.flows.claim_lead import claim_lead, claim_next
from shared.flows.enrich_lead import enrich_lead
from shared.flows.pause_rep import pause_rep
from shared.flows.route_leads import route_leads, rule_on
from shared.flows.unassign_lead import unassign_lead
from shared.flows.work_lead import work_lead
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from shared.surroundings import real
from tests.audit import Books, problems
from tests.races.test_routing import capture
from tests.team import ALL_TO_SALES, config

TEAM = dict.fromkeys(("anna", "bo", "cy", "dan", "eva"), 1)


def at_once(threads: int, work: list[Callable[[], Any]]) -> list[Any]:
    """What each gave or raised."""

    def outcome(one: Callable[[], Any]) -> Any:
        try:
            return one()
        except LeadwheelError as error:
            return error

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(outcome, work))


def kinds(outcomes: list[Any]) -> Counter[type]:
    return Counter(type(outcome) for outcome in outcomes)


def given(books: Books) -> list[Lead]:
    return [lead for lead in books.leads if lead.status in OPEN_STATUSES]


@pytest.mark.parametrize("unseen", [True, False], ids=["unseen", "seen"])
def test_of_fifty_who_claim_one_lead_one_has_it_and_the_others_are_told(
    table: str, around: Any, stored: Any, *, unseen: bool
) -> None:
    team = config(TEAM, strategy="open")
    apply_config(team, around)
    (lead,) = capture(around, 1)
    route_leads([lead], around)
    reps = [rep for rep in TEAM for _ in range(10)]

    def claim(rep: str) -> Lead:
        if unseen:
            return claim_next("sales", rep, real(), by="api")
        return claim_lead(lead.lead_id, rep, real(), by="api")

    outcomes = at_once(32, [lambda rep=rep: claim(rep) for rep in reps])

    books = Books(stored())
    assert problems(books, team) == []
    (owner,) = books.owned().elements()
    for rep, outcome in zip(reps, outcomes, strict=True):
        if unseen:
            told = "is open right now" in str(outcome)
        else:  # whoever claims again what they have claimed hears the same again
            told = rep != owner and f"{owner.capitalize()} was faster" in str(outcome)
        assert told or outcome.owner == rep == owner
    assert len(books.leads[0].log) == 3


def test_a_hundred_claims_by_five_reps_exceed_neither_day_nor_holding(
    table: str, around: Any, stored: Any
) -> None:
    """3 a day each, and bo may hold only 2: 14 leads in all, however they are claimed."""
    team = config(TEAM, limits={"bo": {"holding_limit": 2}}, strategy="open", claims={"per_day": 3})
    apply_config(team, around)
    leads = capture(around, 40)
    route_leads(leads, around)
    chance = random.Random(3)

    def claim(rep: str, number: int) -> Lead:
        if number % 2:
            return claim_next("sales", rep, real(), by="api")
        return claim_lead(chance.choice(leads).lead_id, rep, real(), by="api")

    claims = [lambda rep=rep, n=n: claim(rep, n) for rep in TEAM for n in range(20)]
    chance.shuffle(claims)
    at_once(16, claims)
    for rep in TEAM:  # whoever was busy with others until then takes the rest of their day
        at_once(1, [lambda rep=rep: claim_next("sales", rep, real(), by="api")] * 3)

    books = Books(stored())
    assert problems(books, team) == []
    assert books.owned() == {"anna": 3, "bo": 2, "cy": 3, "dan": 3, "eva": 3}


def test_a_claim_against_the_end_of_an_offer(
    table: str, around: Any, clock: Any, stored: Any
) -> None:
    """Either the rep has it, or it has gone on to the next pool: never both, never neither."""
    pools = {
        "sales": {"members": {"anna": 1}, "strategy": "open", "offer_for": "10m"},
        "rest": {"members": {"bo": 1}},
    }
    pools["sales"]["then"] = {"pool": "rest"}
    team = config({"anna": 1, "bo": 1}, more={"pools": pools})
    apply_config(team, around)
    route_leads(capture(around, 30), around)
    clock.turn(minutes=10)
    waiting = Books(stored()).leads
    assert {lead.status for lead in waiting} == {Status.OPEN}

    for lead in waiting:
        claimed, _ = at_once(
            2,
            [
                lambda lead=lead: claim_lead(lead.lead_id, "anna", around, by="api"),
                lambda lead=lead: route_leads([lead], around),
            ],
        )
        now = lead_store.get(lead.lead_id)
        if isinstance(claimed, Lead):
            assert (now.owner, now.status) == ("anna", Status.ACCEPTED)
        else:
            assert type(claimed) in (NotYoursError, IllegalTransitionError)
            assert now.owner in ("bo", None)
    books = Books(stored())
    assert problems(books, team) == []


def test_two_managers_give_the_same_leads_to_two_reps(table: str, around: Any, stored: Any) -> None:
    """Each lead ends with one owner, the one whose assignment its log says last."""
    team = config(TEAM, strategy="manual")
    apply_config(team, around)
    leads = capture(around, 16)
    route_leads(leads, around)

    outcomes = at_once(
        16,
        [
            lambda lead=lead, rep=rep: assign_lead(lead.lead_id, Assigning(rep, by=rep), real())
            for lead in leads
            for rep in ("anna", "bo")
        ],
    )

    books = Books(stored())
    assert problems(books, team) == []
    assert kinds(outcomes) == {Lead: 32}
    assert sum(books.owned().values()) == 16
    assert all(len([c for c in lead.log if c.step is Step.ASSIGNED]) == 2 for lead in books.leads)


def test_assignments_and_releases_while_routers_route(table: str, around: Any, stored: Any) -> None:
    """Limits of reps in two pools hold, and counters are exact, whoever gives and takes."""
    pools = {name: {"members": TEAM} for name in ("sales", "nordic")}
    rules = [{"name": "north", "when": {"country": "NO"}, "pool": "nordic"}, *ALL_TO_SALES]
    limits = {rep: {"holding_limit": 10} for rep in TEAM}
    team = config(TEAM, limits=limits, more={"pools": pools, "rules": rules})
    apply_config(team, around)
    leads = [*capture(around, 30), *capture(around, 30, country="NO")]
    chance = random.Random(7)

    def by_hand(lead: Lead) -> Any:
        if chance.random() < 0.3:
            return unassign_lead(lead.lead_id, real(), by="api")
        wanted = Assigning(chance.choice(list(TEAM)), by="api")
        return assign_lead(lead.lead_id, wanted, real())

    routes = [lambda part=leads[n::6]: route_leads(part, real()) for n in range(6)]
    hands = [lambda lead=lead: by_hand(lead) for lead in chance.choices(leads, k=60)]
    outcomes = at_once(16, [job for pair in zip(routes * 10, hands, strict=True) for job in pair])

    known = {Lead, ImpossibleForRepError, IllegalTransitionError, ConflictError}
    assert kinds(outcomes).keys() - known == {type(outcomes[0])}  # what routing answers
    books = Books(stored())
    assert problems(books, team) == []
    assert max(books.owned().values()) <= 10


def test_no_lead_comes_after_a_pause(table: str, around: Any, stored: Any) -> None:
    """Whatever was planned before it is not written after it, by routers or by hand."""
    team = config(TEAM)
    apply_config(team, around)
    leads = capture(around, 120)
    held: dict[str, int] = {}

    def pause() -> None:
        pause_rep("anna", real(), paused=True)
        held["anna"] = routing_store.workloads(["anna"])["anna"].open

    def assign_to_anna(lead: Lead) -> Lead:
        return assign_lead(lead.lead_id, Assigning("anna", by="api"), real())

    jobs: list[Callable[[], Any]] = [
        lambda part=leads[n:100:20]: route_leads(part, real()) for n in range(20)
    ]
    jobs[10:10] = [pause]
    jobs += [lambda lead=lead: assign_to_anna(lead) for lead in leads[100:]]
    random.Random(5).shuffle(jobs)
    at_once(16, jobs)

    books = Books(stored())
    assert problems(books, team) == []
    assert books.owned()["anna"] == held["anna"]


def test_news_against_accepting(table: str, around: Any, stored: Any) -> None:
    """The rep has accepted it, and keeps it; or it has gone to the other pool, and they hear so."""
    pools = {"sales": {"members": {"anna": 1}}, "nordic": {"members": {"bo": 1}}}
    rules = [{"name": "north", "when": {"country": "NO"}, "pool": "nordic"}, *ALL_TO_SALES]
    team = config({"anna": 1, "bo": 1}, more={"pools": pools, "rules": rules})
    apply_config(team, around)
    leads = capture(around, 40)
    route_leads(leads, around)

    for lead in leads:
        accepted, told = at_once(
            2,
            [
                lambda lead=lead: work_lead(lead.lead_id, Step.ACCEPTED, around, rep="anna"),
                lambda lead=lead: enrich_lead(lead.lead_id, {"country": "NO"}, around, by="api"),
            ],
        )
        now = lead_store.get(lead.lead_id)
        assert isinstance(told, Lead)
        assert now.fields["country"] == "NO"
        if isinstance(accepted, Lead):
            assert (now.status, now.owner) == (Status.ACCEPTED, "anna")
        else:
            assert type(accepted) is NotYoursError
            assert (now.status, now.owner, now.log[-1].step) == (Status.NEW, None, Step.REROUTED)
    assert problems(Books(stored()), team) == []


@pytest.mark.usefixtures("table")
class TestTheConditions:
    """Each condition of the commit, alone, under a manager's hand."""

    @pytest.fixture
    def office(self, around: Any) -> Any:
        team = config(
            {"anna": 1, "bo": 1},
            limits={"anna": {"holding_limit": 2}},
            more={
                "pools": {
                    name: {"members": {"anna": 1, "bo": 1}, "strategy": "manual"}
                    for name in ("sales", "nordic")
                }
            },
        )
        apply_config(team, around)
        return team

    def _planned(self, lead: Lead, pool_id: str, rep: str, around: Any) -> Any:
        active = config_store.active()
        _, ruled = rule_on(active, lead, around.now(), pool_id)
        known = routing_store.read(pool_id, ["anna", "bo"]).known
        return assign(active, pool_id, known, ruled, rep, around.now(), by="api")

    def _give(self, leads: list[Lead], around: Any) -> None:
        for lead in leads:
            assign_lead(lead.lead_id, Assigning("anna", by="api"), around)

    def test_a_rep_who_filled_up_meanwhile_gets_nothing(
        self, office: Any, around: Any, stored: Any
    ) -> None:
        """Two pools, two leads: only the rep's fence is in the way."""
        self._give(capture(around, 1), around)
        one, two = capture(around, 2)
        plans = [
            self._planned(lead, pool, "anna", around)
            for lead, pool in ((one, "sales"), (two, "nordic"))
        ]
        refusals = [routing_store.commit(plan, around.new_id()) for plan in plans]
        assert [refused is None for refused in refusals] == [True, False]
        assert problems(Books(stored()), office) == []

    def test_nor_does_one_whose_very_first_lead_came_meanwhile(
        self, office: Any, around: Any, stored: Any
    ) -> None:
        first, second = capture(around, 2)
        plans = [
            self._planned(lead, pool, "anna", around)
            for lead, pool in ((first, "sales"), (second, "nordic"))
        ]
        refusals = [routing_store.commit(plan, around.new_id()) for plan in plans]
        assert [refused is None for refused in refusals] == [True, False]
        assert problems(Books(stored()), office) == []

    def test_a_lead_that_somebody_else_gave_away_is_not_given_again(
        self, office: Any, around: Any, stored: Any
    ) -> None:
        """Two pools, two reps: only the lead's own condition is in the way."""
        (lead,) = capture(around, 1)
        plans = [
            self._planned(lead, pool, rep, around)
            for pool, rep in (("sales", "anna"), ("nordic", "bo"))
        ]
        refusals = [routing_store.commit(plan, around.new_id()) for plan in plans]
        assert [refused is None for refused in refusals] == [True, False]
        assert problems(Books(stored()), office) == []

    @pytest.mark.parametrize("had", [0, 1])
    def test_a_rep_who_paused_meanwhile_gets_nothing(
        self, office: Any, around: Any, stored: Any, had: int
    ) -> None:
        self._give(capture(around, had), around)
        (lead,) = capture(around, 1)
        planned = self._planned(lead, "sales", "anna", around)
        until = around.now() + timedelta(hours=1)
        pause_rep("anna", around, paused=True, until=until)
        assert routing_store.commit(planned, around.new_id()) is not None
        assert sum(Books(stored()).owned().values()) == had
