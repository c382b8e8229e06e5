"""A partner takes a bad lead back: when that goes, and what it undoes."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.leads import Lead, Status, Step
from shared.domain.returns import State, return_answer
from shared.errors import (
    ForbiddenError,
    IllegalTransitionError,
    InvalidFieldsError,
    NotFoundError,
)
from shared.flows.apply_config import apply_config
from shared.flows.return_lead import approve_return, refuse_return, request_return, return_of
from shared.flows.route_leads import route_leads
from shared.flows.show_decision import decision_view
from shared.flows.show_rotation import rotation_view
from shared.flows.work_lead import work_lead
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import returns as return_store
from tests.audit import Books, problems
from tests.selling import RETURNED, market, sell
from tests.table import client
from tests.team import config

pytestmark = pytest.mark.usefixtures("table")


def give_back(
    lead: Lead, around: Any, reason: str = "wrong_number", note: str | None = None
) -> Any:
    return request_return(config_store.active(), "acme", lead.lead_id, reason, note, around)


def counts(stored: Any) -> dict[str, tuple[int, int]]:
    return {cap: count for (cap, _), count in Books(stored()).caps.items()}


def credits_of(around: Any) -> dict[str, int]:
    members = rotation_view("sales", around.now())["members"]
    return {member["rep_id"]: member["credit"] for member in members}


# ── Money ────────────────────────────────────────────────────────────────────────────────────────


def test_every_cap_that_counted_the_lead_gets_it_and_its_price_back(
    around: Any, stored: Any
) -> None:
    team = market(around)
    one, _ = sell(around, 2)
    assert counts(stored) == {
        "partner#acme#daily": (2, 250_000),
        "partner#acme#budget": (2, 250_000),
        "group#sellers#all": (2, 250_000),
    }
    returned = give_back(one, around)
    assert (returned.state, returned.given_back) == (State.APPROVED, "12.50")
    assert set(counts(stored).values()) == {(1, 125_000)}
    assert problems(Books(stored()), team) == []


def test_caps_of_another_period_are_left_alone(clock: Any, around: Any, stored: Any) -> None:
    """What is returned next month goes back to the month in which it was bought."""
    team = market(around, returns={"within": "90d"})
    (old,) = sell(around)
    clock.turn(days=40)
    sell(around, 3)
    give_back(old, around)
    caps = Books(stored()).caps
    assert caps["partner#acme#budget", "2026-03"] == (0, 0)
    assert caps["partner#acme#budget", "2026-04"] == (3, 375_000)
    assert problems(Books(stored()), team) == []


def test_a_cap_that_has_been_deleted_does_not_keep_the_lead_here(
    around: Any, stored: Any, cloud: str, table: str
) -> None:
    market(around)
    one, _ = sell(around, 2)
    key = {"pk": {"S": "cap#partner#acme#daily"}, "sk": {"S": "2026-03-02"}}
    client("dynamodb", cloud).delete_item(TableName=table, Key=key)
    assert give_back(one, around).state is State.APPROVED
    assert counts(stored) == {
        "partner#acme#budget": (1, 125_000),
        "group#sellers#all": (1, 125_000),
    }


def test_when_every_cap_has_been_deleted_the_lead_still_goes_back(
    around: Any, stored: Any, cloud: str, table: str
) -> None:
    market(around)
    (lead,) = sell(around)
    for cap, period in lead.sale.caps:
        key = {"pk": {"S": f"cap#{cap}"}, "sk": {"S": period}}
        client("dynamodb", cloud).delete_item(TableName=table, Key=key)
    assert give_back(lead, around).state is State.APPROVED
    assert counts(stored) == {}


def test_a_lead_without_caps_goes_back(around: Any, stored: Any) -> None:
    team = market(around, caps=[], group=None)
    (lead,) = sell(around)
    assert give_back(lead, around).given_back == "12.50"
    assert problems(Books(stored()), team) == []


# ── The lead and its rep ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("worked", [(), (Step.ACCEPTED,), (Step.ACCEPTED, Step.CONTACTED)])
def test_whoever_holds_the_lead_is_free_for_another(
    around: Any, stored: Any, worked: tuple[Step, ...]
) -> None:
    team = market(around, {"anna": 1}, limits={"anna": {"holding_limit": 1}})
    first, second = sell(around, 2)
    route_leads([first, second], around)
    for step in worked:
        work_lead(first.lead_id, step, around)
    give_back(first, around)
    books = Books(stored())
    assert books.loads["anna"].open == 0
    returned = lead_store.get(first.lead_id)
    assert returned.status is Status.LOST
    assert returned.log[-1].step is Step.RETURNED
    assert (returned.log[-1].rep, returned.log[-1].by) == ("anna", "partner#acme")
    assert returned.log[-1].reason == "wrong_number"
    assert problems(books, team) == []
    route_leads([lead_store.get(second.lead_id)], around)
    assert lead_store.get(second.lead_id).owner == "anna"


@pytest.mark.parametrize("state", ["new", "parked", "given back", "lost"])
def test_a_lead_that_nobody_works_on_goes_back_too(around: Any, stored: Any, state: str) -> None:
    team = market(around, {"anna": 1}, limits={"anna": {"active": state != "parked"}})
    (lead,) = sell(around)
    if state != "new":
        route_leads([lead], around)
    if state == "given back":
        work_lead(lead.lead_id, Step.DECLINED, around)
    if state == "lost":
        for step in (Step.ACCEPTED, Step.LOST):
            work_lead(lead.lead_id, step, around)
    assert give_back(lead, around).state is State.APPROVED
    returned = lead_store.get(lead.lead_id)
    assert (returned.status, returned.place, returned.due_at) == (Status.LOST, None, None)
    route_leads([returned, lead], around)
    assert lead_store.get(lead.lead_id).log == returned.log
    assert problems(Books(stored()), team) == []


# ── The rep's credit ─────────────────────────────────────────────────────────────────────────────


def test_the_pool_decides_whether_the_rep_has_their_credit_back(around: Any, stored: Any) -> None:
    team = market(around)
    (lead,) = sell(around)
    route_leads([lead], around)
    give_back(lead, around)
    assert credits_of(around) == {"anna": -500_000, "bo": 500_000}
    assert decision_view(lead.lead_id)["refund"] is None
    assert problems(Books(stored()), team) == []


def test_with_a_refund_everybody_is_owed_as_if_the_lead_had_not_come(
    around: Any, stored: Any
) -> None:
    team = market(around, {"anna": 3, "bo": 1, "cy": 2}, refund=RETURNED)
    leads = sell(around, 6)
    route_leads(leads[:2], around)
    before = credits_of(around)
    route_leads(leads[2:3], around)
    assert credits_of(around) != before
    give_back(leads[2], around)
    assert credits_of(around) == before
    books = Books(stored())
    entry = books.entries["sales"][-1]
    assert [(line.lead_id, line.refunds) for line in entry.lines] == [(leads[2].lead_id, 3)]
    assert problems(books, team) == []
    route_leads(leads[3:], around)
    assert problems(Books(stored()), team) == []


def test_the_decision_tells_of_the_refund(around: Any) -> None:
    market(around, refund=RETURNED)
    (lead,) = sell(around)
    route_leads([lead], around)
    told = decision_view(lead.lead_id)
    give_back(lead, around)
    refunded = decision_view(lead.lead_id)
    assert refunded.pop("refund") == {
        "rep_id": "anna",
        "turn": 3,
        "at": "2026-03-02T09:00:00.000Z",
        "step": "returned",
        "sentence": (
            "its seller took it back; pool sales takes no credit for that, so anna has it again"
        ),
    }
    assert told.pop("refund") is None
    told["paragraph"] += " Undone since: its seller took it back; pool sales takes no credit"
    told["paragraph"] += " for that, so anna has it again, by turn 3."
    assert refunded == told


def test_only_the_newest_assignment_is_refunded(around: Any, stored: Any) -> None:
    """Who declined it has paid for that; who had it last has not had a lead."""
    team = market(around, refund=RETURNED)
    (lead,) = sell(around)
    route_leads([lead], around)
    work_lead(lead.lead_id, Step.DECLINED, around)
    before = credits_of(around)
    route_leads([lead_store.get(lead.lead_id)], around)
    give_back(lead, around)
    assert credits_of(around) == before
    assert problems(Books(stored()), team) == []


def test_a_lead_nobody_was_given_has_nothing_to_refund(around: Any, stored: Any) -> None:
    team = market(around, {"anna": 1}, limits={"anna": {"active": False}}, refund=RETURNED)
    new, parked = sell(around, 2)
    route_leads([parked], around)
    turns = len(Books(stored()).entries["sales"])
    for lead in (new, parked):
        give_back(lead, around)
    assert len(Books(stored()).entries["sales"]) == turns
    assert problems(Books(stored()), team) == []


def test_a_pool_that_is_gone_refunds_nobody(around: Any, stored: Any) -> None:
    team = market(around, refund=RETURNED)
    (lead,) = sell(around)
    route_leads([lead], around)
    whole = team.model_dump(mode="json")
    pools = {"others": {"members": {"anna": 1, "bo": 1}, "refund": ["returned"]}}
    changed = {**whole, "pools": pools, "rules": [{"name": "all", "pool": "others"}]}
    apply_config(type(team).model_validate(changed), around)
    assert give_back(lead, around).state is State.APPROVED
    assert lead_store.get(lead.lead_id).log[-1].turn is None
    assert problems(Books(stored()), team) == []


def test_what_a_rep_who_left_would_have_back_goes_to_the_others(around: Any, stored: Any) -> None:
    market(around, {"anna": 2, "bo": 1, "cy": 1}, refund=RETURNED)
    (lead,) = sell(around)
    route_leads([lead], around)
    owner = lead_store.get(lead.lead_id).owner
    assert owner == "anna"
    whole = config_store.active().config.model_dump(mode="json")
    whole["pools"]["sales"]["members"] = {"bo": "1", "cy": "1"}
    team = type(config_store.active().config).model_validate(whole)
    apply_config(team, around)
    give_back(lead, around)
    assert credits_of(around) == {"bo": 0, "cy": 0}
    assert problems(Books(stored()), team) == []


# ── When it goes ─────────────────────────────────────────────────────────────────────────────────


def test_the_same_return_again_is_the_same_return(clock: Any, around: Any, stored: Any) -> None:
    """Whatever else it says, and however late: a lead goes back once."""
    team = market(around, refund=RETURNED)
    (lead,) = sell(around)
    route_leads([lead], around)
    first = give_back(lead, around, note="it rings, and nobody knows her")
    clock.turn(days=100)
    assert give_back(lead, around) == first
    assert give_back(lead, around, reason="no reason of the list") == first
    assert return_of("acme", lead.lead_id) == first
    assert problems(Books(stored()), team) == []


@pytest.mark.parametrize(("ahead", "is_late"), [(0, False), (1, True)])
def test_the_window_ends_to_the_second(
    clock: Any, around: Any, ahead: int, *, is_late: bool
) -> None:
    market(around, returns={"within": "3d"})
    (lead,) = sell(around)
    clock.at += timedelta(days=3, seconds=ahead)
    if is_late:
        with pytest.raises(IllegalTransitionError, match="time to return the lead is over: it was"):
            give_back(lead, around)
    else:
        assert give_back(lead, around).state is State.APPROVED


def test_a_reason_that_is_not_on_the_list_is_answered_with_the_list(around: Any) -> None:
    market(around, returns={"reasons": ["fraud", "too_far"]})
    (lead,) = sell(around)
    with pytest.raises(InvalidFieldsError, match="reason: must be one of: fraud, too_far"):
        give_back(lead, around, reason="wrong_number")
    assert give_back(lead, around, reason="too_far").reason == "too_far"


def test_without_an_agreement_nothing_goes_back(around: Any, stored: Any) -> None:
    team = market(around, returns={"policy": "none"})
    (lead,) = sell(around)
    with pytest.raises(ForbiddenError, match="no returns are agreed"):
        give_back(lead, around)
    assert Books(stored()).returns == {}
    assert problems(Books(stored()), team) == []


def test_a_partner_knows_only_its_own_leads(around: Any) -> None:
    """One of another partner, one of a form and one that never was are all the same to it."""
    market(around)
    (theirs,) = sell(around, partner="other")
    said = set()
    for lead_id in (theirs.lead_id, around.new_id()):
        for ask in (
            lambda lead_id=lead_id: request_return(
                config_store.active(), "acme", lead_id, "fraud", None, around
            ),
            lambda lead_id=lead_id: return_of("acme", lead_id),
        ):
            with pytest.raises(NotFoundError) as refused:
                ask()
            said.add(str(refused.value))
    assert said == {"there is no lead with this id"}


@pytest.mark.parametrize("policy", ["automatic", "approve"])
def test_a_won_lead_stays_and_no_manager_is_asked(around: Any, stored: Any, policy: str) -> None:
    team = market(around, returns={"policy": policy})
    (lead,) = sell(around)
    route_leads([lead], around)
    for step in (Step.ACCEPTED, Step.CONVERTED):
        work_lead(lead.lead_id, step, around)
    with pytest.raises(IllegalTransitionError, match="converted cannot be returned"):
        give_back(lead, around)
    assert Books(stored()).returns == {}
    assert problems(Books(stored()), team) == []


@pytest.mark.parametrize("state", ["test", "rejected", "duplicate", "held"])
def test_what_was_not_bought_cannot_go_back(around: Any, state: str) -> None:
    screen = {"name": "x", "when": {"company": "Acme"}, "then": "quarantine"}
    settings: dict[str, Any] = {
        "test": {"mode": "test"},
        "rejected": {"mode": "paused"},
        "duplicate": {"duplicates": {"within": "1d", "keys": ["phone"]}},
        "held": {"screening": [screen]},
    }
    market(around, **settings[state])
    lead = sell(around, 2, phone="+46701740605", company="Acme")[-1]
    with pytest.raises(IllegalTransitionError, match="was not bought"):
        give_back(lead, around)


def test_what_went_back_still_stands_as_the_first_for_duplicates(around: Any) -> None:
    market(around, duplicates={"within": "30d", "keys": ["phone"], "scope": "group"})
    (first,) = sell(around, phone="+46701740605")
    assert give_back(first, around).state is State.APPROVED
    (again,) = sell(around, partner="other", phone="+46701740605")
    assert (again.status, again.log[0].first) == (Status.DUPLICATE, first.lead_id)


# ── By a manager's word ──────────────────────────────────────────────────────────────────────────


def test_a_return_that_needs_approval_changes_nothing_until_then(
    clock: Any, around: Any, stored: Any
) -> None:
    team = market(around, returns={"policy": "approve"}, refund=RETURNED)
    (lead,) = sell(around)
    route_leads([lead], around)
    before = (counts(stored), lead_store.get(lead.lead_id))
    asked = give_back(lead, around, note="a child")
    assert return_answer(asked).status == "requested"
    assert return_answer(asked).price == "0.00"
    assert (counts(stored), lead_store.get(lead.lead_id)) == before
    assert return_store.waiting(10) == ([asked], False)
    assert give_back(lead, around) == asked

    clock.turn(days=30)  # a manager may take longer than the partner had
    approved = approve_return(lead.lead_id, around, by="api")
    assert return_answer(approved).price == "12.50"
    assert (approved.note, approved.at, approved.by) == ("a child", asked.at, "api")
    assert lead_store.get(lead.lead_id).log[-1].by == "api"
    assert return_store.waiting(10) == ([], False)
    assert credits_of(around) == {"anna": 0, "bo": 0}
    assert give_back(lead, around) == approved
    assert approve_return(lead.lead_id, around, by="somebody else") == approved
    assert problems(Books(stored()), team) == []


def test_a_refused_return_stays_refused(around: Any, stored: Any) -> None:
    team = market(around, returns={"policy": "approve"})
    (lead,) = sell(around)
    give_back(lead, around)
    refused = refuse_return(lead.lead_id, "we reached her", around, by="api")
    assert return_answer(refused).outcome == "failure"
    assert return_answer(refused).reason == "refused: we reached her"
    assert refuse_return(lead.lead_id, "another word", around, by="api") == refused
    assert give_back(lead, around) == refused
    assert return_store.waiting(10) == ([], False)
    with pytest.raises(IllegalTransitionError, match="refused already"):
        approve_return(lead.lead_id, around, by="api")
    assert lead_store.get(lead.lead_id).status is Status.NEW
    assert problems(Books(stored()), team) == []


def test_what_is_taken_back_cannot_be_refused_any_more(around: Any) -> None:
    market(around)
    (lead,) = sell(around)
    give_back(lead, around)
    with pytest.raises(IllegalTransitionError, match="taken back already"):
        refuse_return(lead.lead_id, None, around, by="api")


def test_a_lead_that_was_won_meanwhile_is_not_approved(around: Any, stored: Any) -> None:
    """And still waits, so that somebody says no."""
    team = market(around, returns={"policy": "approve"})
    (lead,) = sell(around)
    route_leads([lead], around)
    asked = give_back(lead, around)
    for step in (Step.ACCEPTED, Step.CONVERTED):
        work_lead(lead.lead_id, step, around)
    with pytest.raises(IllegalTransitionError, match="converted cannot be returned"):
        approve_return(lead.lead_id, around, by="api")
    assert return_store.waiting(10) == ([asked], False)
    assert problems(Books(stored()), team) == []


def test_nobody_decides_about_what_nobody_asked(around: Any) -> None:
    market(around)
    (lead,) = sell(around)
    for decide in (
        lambda: approve_return(lead.lead_id, around, by="api"),
        lambda: refuse_return(lead.lead_id, None, around, by="api"),
        lambda: return_of("acme", lead.lead_id),
    ):
        with pytest.raises(NotFoundError, match="nobody has asked"):
            decide()


def test_a_request_for_a_lead_that_was_erased_meanwhile_leaves_nothing(
    around: Any, stored: Any, cloud: str, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its note may be personal: it must not outlive the person's data."""
    market(around, returns={"policy": "approve"})
    (lead,) = sell(around)
    request = return_store.request

    def too_late(asked: Any) -> None:
        key = {"pk": {"S": f"lead#{lead.lead_id}"}, "sk": {"S": "lead"}}
        client("dynamodb", cloud).delete_item(TableName=table, Key=key)
        request(asked)

    monkeypatch.setattr(return_store, "request", too_late)
    with pytest.raises(NotFoundError):
        give_back(lead, around, note="Ada says no")
    assert Books(stored()).returns == {}


def test_the_waiting_returns_come_oldest_first_and_no_more_than_asked(
    clock: Any, around: Any
) -> None:
    market(around, returns={"policy": "approve"})
    asked = []
    for lead in sell(around, 5):
        clock.turn(seconds=1)
        asked.append(give_back(lead, around))
    assert return_store.waiting(3) == (asked[:3], True)
    assert return_store.waiting(5) == (asked, False)


def test_an_older_configuration_knows_nothing_of_refunds() -> None:
    assert config({"anna": 1}).pools["sales"].refund == []
