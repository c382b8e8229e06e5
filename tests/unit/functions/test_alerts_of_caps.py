"""A cap that is nearly full, or full, is told once in its period."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from pynamodb.transactions import TransactWrite

from shared.domain.caps import CapUse
from shared.domain.leads import Change, Step, replay
from shared.errors import StoreBusyError
from shared.flows.alert_caps import alert_of_cap
from shared.flows.apply_config import apply_config
from shared.messages import senders
from shared.store import capturing
from shared.store.capturing import Capture, Kind
from shared.store.images import cap_from_image
from shared.store.pings import give_back
from shared.store.table import CapItem, connection
from shared.surroundings import real
from tests.ears import Ears, records_for_people
from tests.team import config

DAY = "2026-03-02"
EURO = 10_000

Sell = Callable[[CapUse], None]


def use(
    most_leads: int | None = None,
    most_money: int | None = None,
    price: int = 0,
    *,
    owner: str = "partner#acme",
    period: str = DAY,
) -> CapUse:
    return CapUse(owner, "daily", period, price, most_leads, most_money)


@pytest.fixture
def ears(world: Any, around: Any) -> Ears:
    apply_config(config({"anna": 1}), around)
    return Ears(world)


@pytest.fixture
def sell(world: Any, around: Any) -> Sell:
    """Sells one lead, which one cap counts."""

    def sell(cap: CapUse) -> None:
        captured = [Change(Step.CAPTURED, around.now())]
        lead = replay(around.new_id(), "partner#acme", {"email": "a@example.com"}, captured)
        outcome = capturing.capture(Capture(lead, (), (cap,)), around.now())
        assert outcome.kind is Kind.STORED

    return sell


def return_one(cap: CapUse) -> None:
    with TransactWrite(connection=connection()) as transaction:
        give_back(transaction, cap.cap, cap.period, cap.price)


def sold(cap: CapUse, leads: int, money: int = 0) -> None:
    """So much was sold before, whatever was told of it."""
    CapItem(f"cap#{cap.cap}", cap.period, kind="cap", leads=leads, money=money).save()


def of_caps(world: Any) -> list[dict[str, Any]]:
    """The stream's records of caps."""
    records = records_for_people(world)
    return [r for r in records if r["dynamodb"]["NewImage"]["kind"]["S"] == "cap"]


def levels(world: Any, ears: Ears) -> list[str]:
    """What was told so far; managers and systems hear the same."""
    assert world.alert(of_caps(world)) == {"batchItemFailures": []}
    told = [kind for kind, _ in ears.events]
    full = ["CapReached" if subject.endswith("is full") else "CapNear" for subject in ears.subjects]
    assert told == full
    return told


def test_eighty_of_a_hundred_leads_is_near_and_all_of_them_is_reached(
    world: Any, ears: Ears, sell: Sell
) -> None:
    cap = use(most_leads=100)
    sold(cap, 78)
    sell(cap)
    assert levels(world, ears) == []
    sell(cap)
    assert levels(world, ears) == ["CapNear"]
    for _ in range(19):
        sell(cap)
    assert levels(world, ears) == ["CapNear"]
    sell(cap)
    assert levels(world, ears) == ["CapNear", "CapReached"]


def test_four_of_five_is_near(world: Any, ears: Ears, sell: Sell) -> None:
    for expected in ([], [], [], ["CapNear"], ["CapNear", "CapReached"]):
        sell(use(most_leads=5))
        assert levels(world, ears) == expected


@pytest.mark.parametrize(
    "cap", [use(most_leads=1), use(most_money=100 * EURO, price=100 * EURO)], ids=["leads", "money"]
)
def test_a_jump_over_the_last_fifth_is_told_as_reached_only(
    world: Any, ears: Ears, sell: Sell, cap: CapUse
) -> None:
    sell(cap)
    assert levels(world, ears) == ["CapReached"]


def test_money_counts_as_leads_do_and_the_further_of_both_is_told(
    world: Any, ears: Ears, sell: Sell
) -> None:
    cap = use(most_leads=10, most_money=100 * EURO, price=25 * EURO)
    for expected in ([], [], [], ["CapReached"]):
        sell(cap)
        assert levels(world, ears) == expected
    other = use(most_leads=10, most_money=100 * EURO, price=20 * EURO, owner="group#sellers")
    for expected in ([], [], [], ["CapNear"], ["CapNear", "CapReached"]):
        sell(other)
        assert levels(world, ears)[1:] == expected


def test_what_is_told_of_a_cap(world: Any, ears: Ears, sell: Sell) -> None:
    """Its owner, how much of it is used, and nothing of any lead."""
    for _ in range(4):
        sell(use(most_leads=5, most_money=100 * EURO, price=20 * EURO + 2500))
    levels(world, ears)
    assert ears.heard("CapNear") == [
        {
            "id": f"partner#acme#daily:{DAY}:near:5/100.00",
            "owner": "partner#acme",
            "cap": "daily",
            "period": DAY,
            "level": "near",
            "leads": 4,
            "most_leads": 5,
            "money": "81.00",
            "most_money": "100.00",
        }
    ]
    ((subject, text),) = ears.notices
    assert subject == "leadwheel: the cap daily of partner acme is nearly full"
    for fact in (DAY, "Leads: 4 of 5", "Money: 81.00 of 100.00"):
        assert fact in text


def test_a_cap_without_a_limit_of_money_says_so(world: Any, ears: Ears, sell: Sell) -> None:
    sell(use(most_leads=1, price=20 * EURO))
    levels(world, ears)
    (detail,) = ears.heard("CapReached")
    assert (detail["money"], detail["most_money"]) == ("20.00", None)


def test_what_crosses_nothing_costs_nothing(world: Any, ears: Ears, sell: Sell, death: Any) -> None:
    """Most leads of a cap are no news: for them the table is not even asked."""
    cap = use(most_leads=100)
    for leads in (0, 50, 85):
        sold(cap, leads)
        sell(cap)
        sell(cap)
        records = of_caps(world)[-1:]
        death.arm(None)
        assert world.alert(records) == {"batchItemFailures": []}
        assert death.calls == []
    return_one(cap)
    records = of_caps(world)[-1:]
    death.arm(None)
    assert world.alert(records) == {"batchItemFailures": []}
    assert death.calls == []


def test_down_and_up_again_is_no_news(world: Any, ears: Ears, sell: Sell) -> None:
    cap = use(most_leads=5)
    for _ in range(5):
        sell(cap)
    assert levels(world, ears) == ["CapNear", "CapReached"]
    for down in (1, 2, 5):
        for _ in range(down):
            return_one(cap)
        for _ in range(down):
            sell(cap)
        assert levels(world, ears) == ["CapNear", "CapReached"]


def test_near_is_no_news_after_reached(world: Any, ears: Ears, sell: Sell) -> None:
    """It was full at once, and is filling up again after a return."""
    dear = use(most_money=100 * EURO, price=60 * EURO)
    cheap = use(most_money=100 * EURO, price=20 * EURO)
    sold(dear, 1, 40 * EURO)
    sell(dear)
    return_one(dear)
    for _ in range(3):
        sell(cheap)
        assert levels(world, ears) == ["CapReached"]


def test_it_is_told_again_in_the_next_period_and_when_the_cap_was_raised(
    world: Any, ears: Ears, sell: Sell
) -> None:
    sell(use(most_leads=1))
    assert levels(world, ears) == ["CapReached"]
    sell(use(most_leads=1, period="2026-03-03"))
    assert levels(world, ears) == ["CapReached"] * 2
    sell(use(most_leads=2))
    assert levels(world, ears) == ["CapReached"] * 3


def test_a_cap_that_was_lowered_tells_where_it_stands_now(
    world: Any, ears: Ears, sell: Sell
) -> None:
    """Fifty of a hundred were nothing to tell; fifty-one of sixty are."""
    sold(use(most_leads=100), 49)
    sell(use(most_leads=100))
    assert levels(world, ears) == []
    sell(use(most_leads=60))
    assert levels(world, ears) == ["CapNear"]
    sell(use(most_leads=60))
    assert levels(world, ears) == ["CapNear"]


def test_it_is_remembered_longer_than_a_month(world: Any, ears: Ears, sell: Sell) -> None:
    """A month's cap may go down and up again on its last day."""
    sell(use(most_leads=1))
    levels(world, ears)
    (alert,) = (item for item in world.items() if item["kind"]["S"] == "alert")
    kept = int(alert["expires_at"]["N"]) - world.clock.at.timestamp()
    assert kept > 31 * 86400


def test_delivered_twice_and_in_reverse_each_is_told_once(
    world: Any, ears: Ears, sell: Sell
) -> None:
    """In reverse, `near` comes when the cap is known to be full, and says nothing new."""
    for _ in range(5):
        sell(use(most_leads=5))
    records = of_caps(world)
    for record in [*reversed(records), *records]:
        assert world.alert([record]) == {"batchItemFailures": []}
    assert ears.subjects == ["leadwheel: the cap daily of partner acme is full"]
    assert [kind for kind, _ in ears.events] == ["CapReached"]


def test_many_processes_at_once_tell_it_once(
    world: Any, ears: Ears, sell: Sell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who finds another at work reports the record, and it comes again."""
    sell(use(most_leads=1))
    (record,) = of_caps(world)
    tell, start = senders.tell_managers, threading.Barrier(6)
    outcomes: list[str] = []

    def slowly(subject: str, text: str) -> None:
        time.sleep(0.2)
        tell(subject, text)

    def process() -> None:
        start.wait()
        try:
            alert_of_cap(None, cap_from_image(record["dynamodb"]["NewImage"]), real())
            outcomes.append("told")
        except StoreBusyError:
            outcomes.append("busy")

    monkeypatch.setattr(senders, "tell_managers", slowly)
    threads = [threading.Thread(target=process) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(outcomes) == {"told": 1, "busy": 5}
    assert levels(world, ears) == ["CapReached"]
