"""Answers that get lost, conflicts and throttling, while leads are bought: exact all the same."""

from typing import Any

import pytest

from tests.races.test_faults import Fault, break_calls, cancelled, lost, refused
from tests.races.test_selling import Market, market, person

__all__ = ["break_calls", "market"]

CAPS = [{"name": "daily", "per": "day", "leads": 3}]
FAULTS = [
    (cancelled("TransactionConflict"), False),
    (cancelled("ThrottlingError"), False),
    (refused("TransactionInProgressException"), False),
    (lost, False),
    (lost, True),
    (refused("InternalServerError"), True),
]


@pytest.mark.parametrize(("fault", "carried_out"), FAULTS)
@pytest.mark.parametrize("key", ["a-key", None])
@pytest.mark.parametrize("duplicates", [None, {"within": "30d", "keys": ["email"]}])
def test_a_lead_is_bought_and_counted_once(
    market: Market, break_calls: Any, fault: Fault, key: Any, duplicates: Any, *, carried_out: bool
) -> None:
    """However a lead is recognised, its own write is not taken for somebody else's."""
    market.open(caps=CAPS, duplicates=duplicates)
    break_calls("TransactWriteItems", fault, 2, carried_out=carried_out)
    answer = market.post(person(1), key=key)
    assert (answer.outcome, answer.code, answer.price) == ("success", "accepted", "12.34")
    assert market.counted() == {"cap#partner#p0#daily": (1, 123_400)}
    assert len(market.books().leads) == 1


@pytest.mark.parametrize(("fault", "carried_out"), FAULTS)
def test_a_ping_holds_its_room_once(
    market: Market, break_calls: Any, fault: Fault, *, carried_out: bool
) -> None:
    market.open(caps=CAPS)
    break_calls("TransactWriteItems", fault, 2, carried_out=carried_out)
    assert market.ping({"country": "SE"}).outcome == "success"
    assert market.counted() == {"cap#partner#p0#daily": (1, 123_400)}


@pytest.mark.parametrize(("fault", "carried_out"), FAULTS)
def test_a_ping_is_used_once_and_its_user_hears_so(
    market: Market, break_calls: Any, fault: Fault, *, carried_out: bool
) -> None:
    market.open(caps=CAPS)
    ping = market.ping({"country": "SE"}).ping_id
    break_calls("TransactWriteItems", fault, 2, carried_out=carried_out)
    answer = market.post({**person(1), "country": "SE", "ping_id": ping})
    assert (answer.outcome, answer.price) == ("success", "12.34")
    assert market.counted() == {"cap#partner#p0#daily": (1, 123_400)}


@pytest.mark.parametrize("carried_out", [False, True])
def test_what_a_ping_held_is_given_back_once(
    market: Market, break_calls: Any, *, carried_out: bool
) -> None:
    """The release whose answer is lost is not done again, nor forgotten."""
    market.open(caps=[{"name": "daily", "per": "day", "leads": 1}])
    market.ping({"country": "SE"})
    market.world.clock.turn(minutes=3)
    # The post's own write, which the cap refuses, and then the release.
    break_calls("TransactWriteItems", lost, 2, carried_out=carried_out)
    outcomes = [market.post(person(number)).outcome for number in (1, 2)]
    assert outcomes == ["success", "failure"]
    (used,) = market.counted().values()
    assert used == (1, 123_400)
    market.books()
