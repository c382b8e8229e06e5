"""Accepting by a mail's link asks the table once: whoever presses, and whatever came of it."""

from typing import Any

import pytest

import functions.desk.handler as desk
from shared.domain.leads import Change, Step
from shared.flows.apply_config import apply_config
from shared.store import leads as lead_store
from tests.audit import Books
from tests.aws_events import api_request, context
from tests.pressing import FORM, filled_in
from tests.team import config

TEAM = config({"anna": 1}, deadlines={"remind_after": ["5m"], "reclaim_after": "10m"})


@pytest.fixture
def link(world: Any, around: Any) -> str:
    """The link in anna's mail."""
    apply_config(TEAM, around)
    world.post(b'{"name": "Ada Byron", "email": "ada@example.com"}', "1")
    world.route()
    world.alert()
    (link,) = world.links("anna@example.com")
    return str(link.removeprefix("https://leads.example.com"))


def test_the_button_is_one_call(world: Any, link: str, death: Any) -> None:
    page = desk.handler(api_request("GET", link), context())["body"]
    button = api_request("POST", link, body=filled_in(page), headers=FORM)
    for _ in range(2):  # and who presses it again is told the same, by one
        death.arm(None)
        answer = desk.handler(button, context())
        assert (answer["statusCode"], death.calls) == (200, ["UpdateItem"])
    (lead,) = Books(world.items()).leads
    assert [change.step for change in lead.log] == ["captured", "assigned", "accepted"]


def test_so_is_hearing_that_it_is_gone(world: Any, link: str, death: Any, around: Any) -> None:
    page = desk.handler(api_request("GET", link), context())["body"]
    (lead,) = Books(world.items()).leads
    lead_store.change(lead, Change(Step.RECLAIMED, around.now(), "anna"))
    death.arm(None)
    answer = desk.handler(api_request("POST", link, body=filled_in(page), headers=FORM), context())
    assert (answer["statusCode"], death.calls) == (409, ["UpdateItem"])
    assert "It was not taken up in time" in answer["body"]
