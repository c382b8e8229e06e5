"""Several managers at one quarantine, and answers that get lost: nothing is released twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.domain.leads import Lead, Status, Step
from shared.errors import IllegalTransitionError
from shared.flows.apply_config import apply_config
from shared.flows.capture_lead import Submission, capture_lead
from shared.flows.release_lead import discard_lead, release_lead
from shared.flows.route_leads import route_leads
from shared.sources.delivery import Delivery
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.surroundings import Surroundings, real
from tests.audit import Books, problems, received
from tests.races.test_faults import break_calls, cancelled, lost, refused
from tests.team import config

__all__ = ["break_calls"]

SOURCES: dict[str, Any] = {
    "forms": {"website": {"duplicates": {"within": "30d", "keys": ["email"]}}},
    "partners": {
        "acme": {
            "mode": "live",
            "price": "20",
            "caps": [{"name": "all", "per": "month", "leads": 100}],
        }
    },
}
TEAM = config({"anna": 1, "bo": 1}, more=SOURCES)
ADA = {"email": "ada@factory.example"}


def held(around: Surroundings, source: str = "form#website", number: int = 0) -> Lead:
    """A lead in quarantine, which could not be read."""
    delivery = Delivery(b"{%d" % number, around.now())
    submission = Submission(source, delivery, unreadable="broken")
    captured = capture_lead(config_store.active(), submission, {}, around)
    return lead_store.get(captured.lead_id)


def at_once(works: list[Any]) -> Counter[str]:
    """How often each answer came: the status of the lead, or that it was refused."""

    def answer(work: Any) -> str:
        try:
            return str(work().status)
        except IllegalTransitionError as refusal:
            return str(refusal).split("cannot be")[0].strip()

    with ThreadPoolExecutor(len(works)) as pool:
        return Counter(pool.map(answer, works))


def test_twenty_who_release_the_same_lead_release_it_once(
    table: str, around: Any, stored: Any
) -> None:
    """One clock for all of them, so that their records are the same word for word."""
    apply_config(TEAM, around)
    for number in range(5):
        lead = held(around, "partner#acme", number)
        said = {"email": f"ada{number}@factory.example"}
        answers = at_once([lambda: release_lead(lead.lead_id, said, around, by="maria")] * 20)  # noqa: B023
        assert answers == {"new": 1, "a lead that is new": 19}
    books = Books(stored())
    route_leads(books.leads, real())
    route_leads(books.leads, real())
    books = Books(stored())
    assert problems(books, TEAM) == []
    assert sum(received(books.leads).values()) == 5
    for lead in books.leads:
        steps = [change.step for change in lead.log]
        assert steps == [Step.QUARANTINED, Step.RELEASED, Step.ASSIGNED]
    (cap,) = (item for item in stored() if item["kind"]["S"] == "cap")
    assert cap["leads"]["N"] == "5"


def test_releasing_against_discarding_exactly_one_wins(
    table: str, around: Any, stored: Any
) -> None:
    apply_config(TEAM, around)
    for number in range(10):
        lead_id = held(around, number=number).lead_id
        said = {"email": f"ada{number}@factory.example"}
        release = lambda: release_lead(lead_id, said, real(), by="maria")  # noqa: B023, E731
        discard = lambda: discard_lead(lead_id, None, real(), by="otto")  # noqa: B023, E731
        answers = at_once([release, discard, release, discard])
        lead = lead_store.get(lead_id)
        assert lead.rev == 2
        if lead.status is Status.NEW:
            assert answers == {"new": 1, "a lead that is new": 3}
        else:
            # Discarding twice is discarding once.
            assert answers == {"rejected": 2, "a lead that is rejected": 2}


def test_one_person_who_lies_there_twenty_times_is_released_once(
    table: str, around: Any, stored: Any
) -> None:
    apply_config(TEAM, around)
    leads = [held(around, number=number) for number in range(20)]
    works = [lambda lead=lead: release_lead(lead.lead_id, ADA, real(), by=None) for lead in leads]
    answers = at_once(works)
    assert answers["new"] == 1
    released = [lead for lead in Books(stored()).leads if lead.status is Status.NEW]
    assert len(released) == 1


@pytest.mark.parametrize(
    ("fault", "carried_out"),
    [
        (lost, True),
        (lost, False),
        (refused("InternalServerError"), True),
        (refused("TransactionInProgressException"), False),
        (cancelled("TransactionConflict"), False),
        (cancelled("ThrottlingError"), False),
    ],
)
def test_a_release_whose_answer_is_lost_is_made_and_counted_once(
    table: str, around: Any, stored: Any, break_calls: Any, fault: Any, *, carried_out: bool
) -> None:
    apply_config(TEAM, around)
    lead_id = held(around, "partner#acme").lead_id
    break_calls("TransactWriteItems", fault, 3, carried_out=carried_out)
    lead = release_lead(lead_id, ADA, around, by="maria")
    assert lead == lead_store.get(lead_id)
    assert [change.step for change in lead.log] == [Step.QUARANTINED, Step.RELEASED]
    (cap,) = (item for item in stored() if item["kind"]["S"] == "cap")
    assert cap["leads"]["N"] == "1"


def test_who_loses_to_another_is_not_told_that_they_won(
    table: str, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when both say the same at the same instant, and nobody's answer is lost."""
    apply_config(TEAM, around)
    lead_id = held(around).lead_id
    before = lead_store.get(lead_id)
    release_lead(lead_id, ADA, around, by="maria")
    reads = iter([before])
    read = lead_store.get
    monkeypatch.setattr(
        "shared.flows.release_lead.lead_store.get", lambda id_: next(reads, None) or read(id_)
    )
    with pytest.raises(IllegalTransitionError, match="a lead that is new cannot be released"):
        release_lead(lead_id, ADA, around, by="maria")
