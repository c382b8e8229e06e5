"""The stream may bring records twice, in parts, in any order; the end is the same."""

import json
import random
from collections import Counter
from typing import Any

import pytest

from shared.domain.leads import Status
from shared.flows.apply_config import apply_config
from shared.store import config as config_store
from tests.audit import Books, problems
from tests.team import config

TEAM = config({"anna": 2, "bo": 1})


def in_parts(records: list[Any], size: int) -> list[list[Any]]:
    return [records[start : start + size] for start in range(0, len(records), size)]


DELIVERIES = {
    "once": lambda records: [records],
    "twice": lambda records: [records, records],
    "one by one": lambda records: in_parts(records, 1),
    "split, each part twice": lambda records: [p for p in in_parts(records, 4) for _ in "12"],
    "in reverse": lambda records: [list(reversed(records))],
    "in reverse, one by one, twice": lambda records: in_parts(list(reversed(records)), 1) * 2,
    "shuffled": lambda records: in_parts(random.Random(1).sample(records, len(records)), 3),
}


@pytest.mark.parametrize("delivery", DELIVERIES)
def test_one_assignment_and_one_mail_per_lead(world: Any, around: Any, delivery: str) -> None:
    apply_config(TEAM, around)
    for number in range(10):
        body = json.dumps({"name": f"Lead {number}", "email": f"lead{number}@example.com"})
        assert world.post(body.encode(), f"key-{number}")["statusCode"] == 201

    for batch in DELIVERIES[delivery](world.for_routing()):
        assert world.route(batch) == {"batchItemFailures": []}
    for batch in DELIVERIES[delivery](world.for_alerts()):
        assert world.alert(batch) == {"batchItemFailures": []}

    books = Books(world.items())
    assert problems(books, TEAM) == []
    assert [lead.assignment for lead in books.leads] == [1] * 10
    subjects = Counter(mail["Subject"] for mail in world.mails())
    assert len(subjects) == 10
    assert set(subjects.values()) == {1}


def test_a_record_that_cannot_be_read_delays_only_itself(world: Any, around: Any) -> None:
    apply_config(TEAM, around)
    world.post(b'{"email": "a@example.com"}', "1")
    world.post(b'{"email": "b@example.com"}', "2")
    records = world.for_routing()
    broken = json.loads(json.dumps(records[0], default=str))
    broken["dynamodb"]["NewImage"]["fields"] = {"S": "{"}
    world.route([broken, records[1]])
    world.sweep()
    statuses = Counter(lead.status for lead in Books(world.items()).leads)
    assert statuses == {Status.NEW: 1, Status.ASSIGNED: 1}
    world.clock.turn(minutes=2)
    world.sweep()
    assert {lead.status for lead in Books(world.items()).leads} == {Status.ASSIGNED}


def test_a_lead_that_the_stream_lost_is_found_within_two_minutes(world: Any, around: Any) -> None:
    """The stream forgets after a day; the watchdog reads the table."""
    apply_config(TEAM, around)
    world.post(b'{"email": "a@example.com"}', "1")
    world.clock.turn(seconds=59)
    assert world.sweep()["rescued"] == 0
    world.clock.turn(seconds=61)
    assert world.sweep()["rescued"] == 1
    assert problems(Books(world.items()), TEAM) == []


def test_an_alert_claimed_by_a_sender_that_died_goes_out_later(
    world: Any, around: Any, death: Any, survive: Any
) -> None:
    """Nobody may send while another might be; a claim ends by itself."""
    apply_config(TEAM, around)
    world.post(b'{"email": "a@example.com"}', "1")
    world.route()
    records = world.for_alerts()
    config_store.active()  # for a while nobody reads it again
    death.arm(4)  # whom it is about, noted and looked at; the claim; then the lead is looked at
    assert not survive(lambda: world.alert(records))
    assert death.done == "UpdateItem"
    death.arm(None)
    again = world.alert(records)
    assert len(again["batchItemFailures"]) >= 1
    world.clock.turn(seconds=21)
    assert world.alert(records) == {"batchItemFailures": []}
    assert len(world.mails()) == 1
