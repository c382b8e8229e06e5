"""What routing makes of a batch of the stream."""

import json
from typing import Any

from shared.domain.leads import Step
from shared.flows.apply_config import apply_config
from shared.flows.work_lead import work_lead
from shared.store import leads as lead_store
from tests.team import config


def posted(world: Any, number: int) -> str:
    world.clock.turn(seconds=1)
    answer = world.post(b'{"email": "a%d@example.com"}' % number, str(number))
    return json.loads(answer["body"])["lead_id"]


def test_who_waits_for_room_is_not_overtaken_by_who_has_just_come(world: Any, around: Any) -> None:
    """Also where the stream brings both at once: a rep with room, and a new lead."""
    apply_config(config({"anna": 1}, limits={"anna": {"holding_limit": 1}}), around)
    has, waits = posted(world, 1), posted(world, 2)
    world.route()
    assert lead_store.get(waits).place == "parked#sales"
    work_lead(has, Step.ACCEPTED, around, rep="anna")
    work_lead(has, Step.LOST, around, rep="anna")
    new = posted(world, 3)
    world.route()
    assert lead_store.get(waits).owner == "anna"
    assert lead_store.get(new).place == "parked#sales"
