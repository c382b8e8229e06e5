"""Two people at one lead in the same instant: one has it, the other is told so in plain words."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

from shared.domain.leads import Change, Lead, Status, Step
from shared.errors import LeadwheelError
from shared.flows import show
from shared.flows.apply_config import apply_config
from shared.flows.assign_lead import Assigning, assign_lead
from shared.flows.claim_lead import claim_lead
from shared.flows.route_leads import route_leads
from shared.flows.work_lead import accept_lead, work_lead
from shared.http import problem_of
from shared.messages import pages
from shared.store import leads as lead_store
from shared.store.codec import lead_to_item
from shared.store.table import LeadItem
from shared.surroundings import Surroundings, real
from tests.audit import Books, problems
from tests.team import config, new_lead

TIMES = 200

Work = Callable[[], Any]


def waiting(around: Any, count: int = TIMES) -> list[Lead]:
    """So many new leads in the table, quickly."""
    leads = [new_lead(around.new_id(), around.now()) for _ in range(count)]
    with LeadItem.batch_write() as batch:
        for lead in leads:
            batch.save(lead_to_item(lead))
    return leads


def raced(pairs: Iterable[tuple[Work, Work]]) -> list[tuple[Any, Any]]:
    """What both of each pair gave or raised, begun in the same instant; one pair after the other.

    Pairs at once would meet at the same reps, which says nothing more, and takes longer.
    """
    barrier = Barrier(2)

    def outcome(work: Work) -> Any:
        barrier.wait(10)
        try:
            return work()
        except LeadwheelError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        return [tuple(pool.map(outcome, pair)) for pair in pairs]


def impatient() -> Surroundings:
    """The world, in which nobody waits long before they try again."""
    return replace(real(), wait=lambda seconds: time.sleep(seconds / 20))


def words(error: LeadwheelError) -> str:
    """What an answer of the API says to a person."""
    return str(problem_of(error).body)


def test_accept_against_reclaim(table: str, around: Any, clock: Any, stored: Any) -> None:
    """The rep has it, and the sweep's write is refused; or it is gone, and the page says so."""
    team = config({"anna": 1}, deadlines={"remind_after": ["5m"], "reclaim_after": "10m"})
    apply_config(team, around)
    route_leads(waiting(around), around)
    clock.turn(minutes=10)
    leads = Books(stored()).leads

    def accept(lead: Lead) -> Lead:
        return accept_lead(lead.lead_id, "anna", 1, around, by="link")

    def reclaim(lead: Lead) -> Lead:
        return lead_store.change(lead, Change(Step.RECLAIMED, around.now(), "anna"))

    outcomes = raced((lambda one=one: accept(one), lambda one=one: reclaim(one)) for one in leads)

    won = Counter[str]()
    for accepted, reclaimed in outcomes:
        assert isinstance(accepted, Lead)  # as it stands: nobody has to look once more
        if isinstance(reclaimed, LeadwheelError):
            won["accept"] += 1
            assert (accepted.status, accepted.owner) == (Status.ACCEPTED, "anna")
        else:
            won["reclaim"] += 1
            assert (accepted.status, accepted.owner) == (Status.NEW, None)
            ended, where = show.became_of(accepted, "anna", 1)
            page = pages.gone_page(team.reps["anna"], ask=team.manager, ended=ended, where=where)
            assert "It was not taken up in time and is being given to a colleague" in page
    books = Books(stored())
    assert problems(books, team) == []
    assert won.total() == TIMES
    assert [len(lead.log) for lead in books.leads] == [3] * TIMES
    assert books.owned()["anna"] == won["accept"]


def test_claim_against_claim(table: str, around: Any, stored: Any) -> None:
    """Whoever is first has it; the other hears who."""
    team = config({"anna": 1, "bo": 1}, strategy="open")
    apply_config(team, around)
    leads = waiting(around)
    route_leads(leads, around)

    def claim(lead: Lead, rep: str) -> Lead:
        return claim_lead(lead.lead_id, rep, impatient(), by=rep)

    outcomes = raced(
        (lambda one=one: claim(one, "anna"), lambda one=one: claim(one, "bo")) for one in leads
    )

    for lead, (annas, bos) in zip(leads, outcomes, strict=True):
        owner = lead_store.get(lead.lead_id).owner
        winner, loser = (annas, bos) if owner == "anna" else (bos, annas)
        assert isinstance(winner, Lead)
        assert winner.owner == owner
        assert f"{(owner or '').capitalize()} was faster" in words(loser)
    books = Books(stored())
    assert problems(books, team) == []
    assert sum(books.owned().values()) == TIMES


def test_convert_against_transfer(table: str, around: Any, stored: Any) -> None:
    """Won by the one, and not to be given away; or the other's, and no longer the one's to win."""
    apply_config(config({"anna": 1}), around)
    leads = waiting(around)
    route_leads(leads, around)
    for lead in leads:
        accept_lead(lead.lead_id, "anna", 1, around, by="link")
    team = config({"anna": 1, "bo": 1})
    apply_config(team, around)

    def convert(lead: Lead) -> Lead:
        return work_lead(
            lead.lead_id, Step.CONVERTED, impatient(), rep="anna", assignment=1, by="anna"
        )

    def transfer(lead: Lead) -> Lead:
        return assign_lead(lead.lead_id, Assigning("bo", by="manager"), impatient())

    outcomes = raced((lambda one=one: convert(one), lambda one=one: transfer(one)) for one in leads)

    for lead, (converted, transferred) in zip(leads, outcomes, strict=True):
        now = lead_store.get(lead.lead_id)
        if isinstance(converted, Lead):
            assert (now.status, now.owner) == (Status.CONVERTED, "anna")
            assert "converted" in words(transferred)
        else:
            assert (now.status, now.owner) == (Status.ASSIGNED, "bo")
            assert "the lead belongs to somebody else by now" in words(converted)
            assert isinstance(transferred, Lead)
    assert problems(Books(stored()), team) == []
