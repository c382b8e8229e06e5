"""Many posts at once: caps, duplicates and pings are exact, and answers agree with each other."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.domain.config import Config
from shared.domain.leads import Status
from shared.flows.apply_config import apply_config
from shared.flows.doors.form import take_form_post
from shared.flows.doors.partner import take_partner_post, take_ping
from shared.sources.delivery import Delivery
from shared.store import config as config_store
from shared.surroundings import real
from tests.audit import Books, problems
from tests.team import config

KEYS = {f"partner#p{n}": {"key": f"lw_p{n}"} for n in range(4)}
JSON = "application/json"


class Market:
    """Partners who all sell at the same instant."""

    def __init__(self, world: Any, around: Any) -> None:
        self.world, self.around = world, around
        world.give_secrets(KEYS)

    def open(self, groups: Any = None, **partner: Any) -> None:
        settings = {"mode": "live", "currency": "EUR", "price": "12.34", "pings": True, **partner}
        more = {
            "partners": {f"p{n}": settings for n in range(4)},
            "groups": groups or {},
            "forms": {"website": {"duplicates": {"within": "1d", "keys": ["email"]}}},
        }
        self.team = config({"anna": 1}, more=more)
        apply_config(self.team, self.around)
        self.active = config_store.active()

    def _delivery(self, said: Any, partner: int = 0) -> Delivery:
        headers = {"content-type": JSON, "authorization": f"Bearer lw_p{partner}"}
        return Delivery(json.dumps(said).encode(), self.world.clock(), headers=headers)

    def post(self, said: Any, partner: int = 0, key: str | None = None) -> Any:
        delivery = self._delivery(said, partner)
        return take_partner_post(self.active, f"p{partner}", delivery, key, real())

    def ping(self, said: Any, partner: int = 0, key: str | None = None) -> Any:
        delivery = self._delivery(said, partner)
        return take_ping(self.active, f"p{partner}", delivery, key, real())

    def submit(self, said: Any) -> Any:
        return take_form_post(self.active, "website", self._delivery(said), None, real())

    def books(self) -> Books:
        books = Books(self.world.items())
        assert problems(books, self.team) == []
        return books

    def counted(self) -> dict[str, tuple[int, int]]:
        return {
            item["pk"]["S"]: (int(item["leads"]["N"]), int(item["money"]["N"]))
            for item in self.world.items()
            if item["kind"]["S"] == "cap"
        }


@pytest.fixture
def market(world: Any, around: Any) -> Market:
    return Market(world, around)


def at_once(work: Any, portions: Any, threads: int = 32) -> list[Any]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, portions))


def person(number: int) -> dict[str, str]:
    return {"name": f"Person {number}", "email": f"p{number}@factory.example"}


def test_two_hundred_posts_against_a_cap_of_fifty_buy_fifty_and_spend_exactly_that(
    market: Any,
) -> None:
    market.open(
        caps=[
            {"name": "daily", "per": "day", "leads": 50},
            {"name": "budget", "per": "month", "money": "10000"},
        ]
    )
    answers = at_once(lambda n: market.post(person(n)), range(200))
    assert Counter((a.outcome, a.code) for a in answers) == {
        ("success", "accepted"): 50,
        ("failure", "cap_reached"): 150,
    }
    assert market.counted() == {
        "cap#partner#p0#daily": (50, 50 * 123_400),
        "cap#partner#p0#budget": (50, 50 * 123_400),
    }
    leads = market.books().leads
    assert Counter(lead.status for lead in leads) == {Status.NEW: 50, Status.REJECTED: 150}
    assert sum(lead.sale.price for lead in leads if lead.sale) == 50 * 123_400


def test_a_budget_is_never_overspent_by_a_cent(market: Any) -> None:
    market.open(caps=[{"name": "budget", "per": "day", "money": "100"}])
    answers = at_once(lambda n: market.post(person(n)), range(40))
    assert sum(a.outcome == "success" for a in answers) == 8  # 8 × 12.34 = 98.72
    assert market.counted() == {"cap#partner#p0#budget": (8, 8 * 123_400)}


def test_a_groups_cap_is_one_for_all_its_partners(market: Any) -> None:
    caps = [{"name": "all", "per": "day", "leads": 20}]
    market.open(groups={"sellers": {"currency": "EUR", "caps": caps}}, group="sellers")
    answers = at_once(lambda n: market.post(person(n), partner=n % 4), range(80))
    assert sum(a.outcome == "success" for a in answers) == 20
    assert market.counted() == {"cap#group#sellers#all": (20, 20 * 123_400)}


@pytest.mark.parametrize("key", ["the-same", None])
def test_a_hundred_identical_posts_are_one_lead_and_one_answer(
    market: Any, key: str | None
) -> None:
    market.open(
        caps=[{"name": "daily", "per": "day", "leads": 50}],
        duplicates={"within": "30d", "keys": ["email", "phone"]},
    )
    answers = at_once(lambda _: market.post(person(1), key=key), range(100))
    assert len(set(answers)) == 1
    assert answers[0].outcome == "success"
    assert len(market.books().leads) == 1
    assert market.counted() == {"cap#partner#p0#daily": (1, 123_400)}


def test_one_person_sold_under_a_hundred_keys_is_bought_once(market: Any) -> None:
    market.open(duplicates={"within": "30d", "keys": ["email"]})
    answers = at_once(lambda n: market.post(person(1), key=str(n)), range(100))
    outcomes = Counter((a.outcome, a.code) for a in answers)
    assert outcomes == {("success", "accepted"): 1, ("failure", "duplicate"): 99}


def test_one_person_sold_by_four_partners_is_bought_once(market: Any) -> None:
    market.open(duplicates={"within": "30d", "keys": ["email"], "scope": "everywhere"})
    answers = at_once(lambda n: market.post(person(n // 4), partner=n % 4), range(80))
    assert sum(a.outcome == "success" for a in answers) == 20


def test_one_visitor_who_fills_in_twice_is_one_lead_with_its_duplicates(market: Any) -> None:
    market.open()
    at_once(lambda n: market.submit({**person(1), "message": str(n)}), range(40))
    leads = market.books().leads
    assert Counter(lead.status for lead in leads) == {Status.NEW: 1, Status.DUPLICATE: 39}
    (first,) = (lead.lead_id for lead in leads if lead.status is Status.NEW)
    assert {lead.log[0].first for lead in leads if lead.lead_id != first} == {first}


def test_a_ping_used_by_many_at_once_is_one_sale(market: Any) -> None:
    market.open(caps=[{"name": "daily", "per": "day", "leads": 50}])
    ping = market.ping({"country": "SE"}).ping_id
    answers = at_once(
        lambda n: market.post({**person(n), "country": "SE", "ping_id": ping}), range(50)
    )
    outcomes = Counter((a.outcome, a.code) for a in answers)
    assert outcomes == {("success", "accepted"): 1, ("failure", "ping_gone"): 49}
    assert market.counted() == {"cap#partner#p0#daily": (1, 123_400)}


def test_pings_and_posts_share_a_cap_exactly(market: Any) -> None:
    market.open(caps=[{"name": "daily", "per": "day", "leads": 30}])

    def either(n: int) -> Any:
        return market.ping({"country": "SE"}) if n % 2 else market.post(person(n))

    answers = at_once(either, range(120))
    assert sum(a.outcome == "success" for a in answers) == 30
    assert market.counted() == {"cap#partner#p0#daily": (30, 30 * 123_400)}


def test_what_pings_held_is_given_back_once_however_many_ask(market: Any) -> None:
    market.open(caps=[{"name": "daily", "per": "day", "leads": 20}])
    assert all(a.ping_id for a in at_once(lambda _: market.ping({"country": "SE"}), range(20)))
    market.world.clock.turn(minutes=3)
    answers = at_once(lambda n: market.post(person(n)), range(60))
    assert sum(a.outcome == "success" for a in answers) == 20
    assert market.counted() == {"cap#partner#p0#daily": (20, 20 * 123_400)}


def test_the_same_ping_at_once_is_one_ping(market: Any) -> None:
    market.open(caps=[{"name": "daily", "per": "day", "leads": 20}])
    answers = at_once(lambda _: market.ping({"country": "SE"}, key="k"), range(40))
    assert len(set(answers)) == 1
    assert market.counted() == {"cap#partner#p0#daily": (1, 123_400)}


def test_what_a_partners_pings_held_is_free_again_when_the_partner_is_gone(market: Any) -> None:
    """It may be room that others share."""
    caps = [{"name": "all", "per": "month", "leads": 5}]
    groups = {"sellers": {"currency": "EUR", "caps": caps}}
    market.open(groups=groups, group="sellers")
    for _ in range(5):
        market.ping({"country": "SE"}, partner=3)
    settings = market.team.model_dump(mode="json")
    del settings["partners"]["p3"]
    apply_config(Config.model_validate(settings), market.around)
    market.world.clock.turn(minutes=3)
    market.world.sweep()
    assert market.counted() == {"cap#group#sellers#all": (0, 0)}
