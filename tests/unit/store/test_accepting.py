"""Accepting unseen leaves what accepting after a look leaves, byte by byte; or it does nothing."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.deadlines import Action, Deadline, IfStill, Protection
from shared.domain.leads import Change, Lead, Status, Step, evolve, replay
from shared.domain.reps import Workload
from shared.errors import NotFoundError
from shared.flows.work_lead import accept_lead
from shared.store import leads as lead_store
from shared.store.codec import lead_from_item, lead_to_item
from shared.store.table import LeadItem, RepItem, lead_key
from tests.team import new_lead

REMIND, RECLAIM = Deadline(Action.REMIND, 300), Deadline(Action.RECLAIM, 600)
CALLED = Deadline(Action.TELL_MANAGER, 3600, IfStill.NOT_CONTACTED)
ASSIGNED: dict[str, Any] = {
    "rep": "anna",
    "pool": "sales",
    "turn": 1,
    "deadlines": (REMIND, RECLAIM),
}

# How a lead was assigned, and whether accepting it is more than a change of status.
PLAIN: dict[str, dict[str, Any]] = {
    "as usual": ASSIGNED,
    "without deadlines": {**ASSIGNED, "deadlines": ()},
    "weighing the same": {**ASSIGNED, "points": (2000, 2000, 500)},
}
MORE: dict[str, dict[str, Any]] = {
    "lighter then": {**ASSIGNED, "points": (2000, 1000, 500)},
    "still to be called": {**ASSIGNED, "deadlines": (RECLAIM, CALLED)},
    "protected": {**ASSIGNED, "protection": Protection(3600, 7200, Action.RECLAIM, 3600)},
}
CASES = [*((case, True) for case in PLAIN.items()), *((case, False) for case in MORE.items())]


def given(around: Any, case: dict[str, Any]) -> Lead:
    lead = evolve(
        new_lead(around.new_id(), around.now()), Change(Step.ASSIGNED, around.now(), **case)
    )
    store(lead)
    return lead


def store(lead: Lead) -> None:
    """The lead, and what its owner carries."""
    lead_to_item(lead).save()
    carried = Workload()
    carried.add(lead.burden)
    RepItem(
        "rep#anna",
        "rep",
        kind="rep",
        seq=1,
        open=carried.open,
        load=carried.load,
        value=carried.value,
        held=dict(carried.held),
    ).save()


def change_of(around: Any) -> Change:
    return Change(Step.ACCEPTED, around.now(), "anna", by="link")


@pytest.mark.parametrize(("case", "plain"), CASES, ids=lambda case: str(case)[:24])
def test_as_after_a_look(
    table: str, around: Any, clock: Any, stored: Any, case: Any, *, plain: bool
) -> None:
    lead = given(around, case[1])
    for step in (Step.REMINDED, Step.ENRICHED):  # and at any time of its waiting
        before = sorted(map(str, stored()))
        change = change_of(around)
        now = lead_store.accept(lead.lead_id, 1, change)
        assert (now.log[-1] == change) is plain
        assert plain or sorted(map(str, stored())) == before

        store(lead)
        unseen = accept_lead(lead.lead_id, "anna", 1, around, by="link")
        left = stored()
        store(lead)
        looked = lead_store.change(lead, change)
        assert sorted(map(str, stored())) == sorted(map(str, left))
        assert unseen == looked == evolve(lead, change)

        clock.turn(minutes=2)
        lead = evolve(lead, Change(step, around.now(), "anna"))
        store(lead)


@pytest.mark.parametrize(
    ("rep", "assignment"), [("bo", 1), ("anna", 2), ("anna", 0)], ids=["rep", "later", "earlier"]
)
def test_nobody_else_accepts_it(
    table: str, around: Any, stored: Any, rep: str, assignment: int
) -> None:
    """By any of the three: the status, whose it is, and by which assignment."""
    lead = given(around, ASSIGNED)
    before = stored()
    change = replace(change_of(around), rep=rep)
    assert lead_store.accept(lead.lead_id, assignment, change) == lead
    assert stored() == before


def test_what_has_been_accepted_is_not_accepted_again(
    table: str, around: Any, clock: Any, stored: Any
) -> None:
    lead = given(around, ASSIGNED)
    first = lead_store.accept(lead.lead_id, 1, change_of(around))
    before = stored()
    clock.turn(minutes=1)
    assert lead_store.accept(lead.lead_id, 1, change_of(around)) == first
    assert stored() == before


def test_a_lead_of_an_older_version_is_accepted_after_a_look(
    table: str, around: Any, stored: Any
) -> None:
    """What may be accepted unseen says so; an item that says nothing may not."""
    lead = given(around, ASSIGNED)
    LeadItem(lead_key(lead.lead_id), "lead").update([LeadItem.acceptable.remove()])
    assert lead_store.accept(lead.lead_id, 1, change_of(around)) == lead
    assert accept_lead(lead.lead_id, "anna", 1, around, by="link").status is Status.ACCEPTED
    item = LeadItem.get(lead_key(lead.lead_id), "lead")
    assert lead_from_item(item) == replay(
        lead.lead_id, lead.source, lead.fields, [*lead.log, change_of(around)]
    )


def test_what_is_not_there_is_not_made(table: str, around: Any, stored: Any) -> None:
    with pytest.raises(NotFoundError):
        lead_store.accept(around.new_id(), 1, change_of(around))
    assert stored() == []
