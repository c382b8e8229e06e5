"""What routing makes of a batch of the stream."""

import json
from typing import Any

from shared.domain.leads import Step
from shared.domain.plans import Plan
from shared.flows.apply_config import apply_config
from shared.flows.work_lead import work_lead
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from tests.team import ALL_TO_SALES, config


def posted(world: Any, number: int, company: str = "Small") -> str:
    world.clock.turn(seconds=1)
    body = json.dumps({"email": f"a{number}@example.com", "company": company}).encode()
    answer = world.post(body, str(number))
    return json.loads(answer["body"])["lead_id"]


def test_who_waits_for_room_is_not_overtaken_by_who_has_just_come(world: Any, around: Any) -> None:
    """Also where the stream brings both at once: a rep with room, and a new lead."""
    apply_config(config({"anna": 1}, limits={"anna": {"holding_limit": 1}}), around)
    has, waits = posted(world, 1), posted(world, 2)
    world.route()
    assert lead_store.get(waits).place == "parked#sales"
    work_lead(has, Step.ACCEPTED, around, rep="anna")
    seen = len(world.for_routing())  # who waits is not in the stream any more
    work_lead(has, Step.LOST, around, rep="anna")
    new = posted(world, 3)
    world.route(world.for_routing()[seen:])
    assert lead_store.get(waits).owner == "anna"
    assert lead_store.get(new).place == "parked#sales"


def test_nor_does_who_waits_keep_leads_of_other_pools(
    world: Any, around: Any, monkeypatch: Any
) -> None:
    """Whoever else is always at the pool with the room: the others' leads are settled meanwhile."""
    pools = {"sales": {"members": {"anna": 1}}, "big": {"members": {"bo": 1}}}
    big = {"name": "big ones", "when": {"company": "Big"}, "pool": "big"}
    more = {"pools": pools, "rules": [big, *ALL_TO_SALES]}
    team = config({"anna": 1, "bo": 1}, limits={"anna": {"holding_limit": 1}}, more=more)
    apply_config(team, around)
    has, _waits = posted(world, 1), posted(world, 2)
    world.route()
    work_lead(has, Step.ACCEPTED, around, rep="anna")
    work_lead(has, Step.LOST, around, rep="anna")
    new = posted(world, 3, "Big")
    commit, refused = routing_store.commit, []

    def always_contended(plan: Plan, attempt: str) -> routing_store.Refused | None:
        if plan.entry.pool_id == "big":
            return commit(plan, attempt)
        refused.append(lead_store.get(new).owner)
        return routing_store.Refused(frozenset())

    monkeypatch.setattr(routing_store, "commit", always_contended)
    world.route()
    assert refused[:2] == [None, "bo"]
