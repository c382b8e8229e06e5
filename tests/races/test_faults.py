"""What the emulator never does, and DynamoDB does: conflicts, throttling, answers that get lost."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

from shared.domain.leads import Step
from shared.errors import StoreBusyError
from shared.flows.apply_config import apply_config
from shared.flows.route_leads import route_leads
from shared.flows.work_lead import work_lead
from tests.audit import Books, problems
from tests.races.test_routing import capture
from tests.team import config

TEAM = config({"anna": 1, "bo": 1})

Fault = Callable[[str, Any], Exception]


def cancelled(code: str) -> Fault:
    def fault(operation: str, arguments: Any) -> Exception:
        count = len(arguments.get("TransactItems", [0]))
        reasons = [{"Code": code}] + [{"Code": "None"}] * (count - 1)
        error = {"Code": "TransactionCanceledException", "Message": "x"}
        return ClientError({"Error": error, "CancellationReasons": reasons}, operation)

    return fault


def refused(code: str) -> Fault:
    return lambda operation, _: ClientError({"Error": {"Code": code, "Message": "x"}}, operation)


def lost(operation: str, arguments: Any) -> Exception:
    return ReadTimeoutError(endpoint_url="http://127.0.0.1")


@pytest.fixture
def break_calls(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the first calls of an operation fail, carried out or not."""

    def arrange(operation: str, fault: Fault, times: int, *, carried_out: bool = False) -> None:
        call, left = BaseClient._make_api_call, [times]

        def faulty(client: Any, name: str, arguments: Any) -> Any:
            if name != operation or not left[0]:
                return call(client, name, arguments)
            left[0] -= 1
            if carried_out:
                call(client, name, arguments)
            raise fault(name, arguments)

        monkeypatch.setattr(BaseClient, "_make_api_call", faulty)

    return arrange


@pytest.mark.parametrize(
    ("fault", "carried_out"),
    [
        (cancelled("TransactionConflict"), False),
        (cancelled("ThrottlingError"), False),
        (refused("ProvisionedThroughputExceededException"), False),
        (refused("TransactionInProgressException"), False),
        (lost, False),
        (lost, True),
        (refused("InternalServerError"), True),
    ],
)
def test_routing_tries_again_and_gives_each_lead_once(
    table: str, around: Any, stored: Any, break_calls: Any, fault: Fault, *, carried_out: bool
) -> None:
    apply_config(TEAM, around)
    leads = capture(around, 10)
    break_calls("TransactWriteItems", fault, 3, carried_out=carried_out)
    routed = route_leads(leads, around)
    assert routed.unsettled == []
    books = Books(stored())
    assert problems(books, TEAM) == []
    assert [lead.assignment for lead in books.leads] == [1] * 10


def test_what_routing_cannot_settle_it_hands_back(
    table: str, around: Any, stored: Any, break_calls: Any
) -> None:
    """The stream delivers it again; nothing is parked or given for lack of an answer."""
    apply_config(TEAM, around)
    leads = capture(around, 3)
    break_calls("TransactWriteItems", lost, 1000)
    assert sorted(route_leads(leads, around).unsettled) == sorted(lead.lead_id for lead in leads)
    assert {lead.status for lead in Books(stored()).leads} == {"new"}


@pytest.mark.parametrize("carried_out", [False, True])
def test_an_accept_whose_answer_is_lost_is_accepted_once(
    table: str, around: Any, stored: Any, break_calls: Any, *, carried_out: bool
) -> None:
    apply_config(TEAM, around)
    (lead,) = capture(around, 1)
    route_leads([lead], around)
    break_calls("UpdateItem", lost, 1, carried_out=carried_out)
    assert work_lead(lead.lead_id, Step.ACCEPTED, around, rep="anna").status == "accepted"
    steps = [change.step for change in Books(stored()).leads[0].log]
    assert steps == ["captured", "assigned", "accepted"]


@pytest.mark.parametrize("carried_out", [False, True])
def test_a_decline_whose_answer_is_lost_takes_the_counter_down_once(
    table: str, around: Any, stored: Any, break_calls: Any, *, carried_out: bool
) -> None:
    apply_config(TEAM, around)
    leads = capture(around, 3)
    route_leads(leads, around)
    break_calls("TransactWriteItems", lost, 1, carried_out=carried_out)
    after = work_lead(leads[0].lead_id, Step.DECLINED, around, assignment=1)
    assert after.status == "new"
    assert problems(Books(stored()), TEAM) == []


def test_a_table_that_stays_away_is_said_to_be_busy(
    table: str, around: Any, break_calls: Any
) -> None:
    apply_config(TEAM, around)
    (lead,) = capture(around, 1)
    route_leads([lead], around)
    break_calls("UpdateItem", refused("ThrottlingException"), 100)
    with pytest.raises(StoreBusyError):
        work_lead(lead.lead_id, Step.ACCEPTED, around)


def test_what_somebody_else_is_storing_at_this_instant_is_told_to_come_again(
    world: Any, around: Any, break_calls: Any
) -> None:
    """The same request twice at once: who meets the other inside DynamoDB knows nothing yet."""
    apply_config(TEAM, around)
    break_calls("TransactWriteItems", cancelled("TransactionConflict"), 1_000)
    answer = world.post(b'{"email": "a@example.com"}', "k1")
    assert (answer["statusCode"], ":key-in-flight" in answer["body"]) == (409, True)
    assert answer["headers"]["Retry-After"]
    assert Books(world.items()).leads == []
