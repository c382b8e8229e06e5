"""Everything that moves leads, at the same time, on the same pools and reps: the audit holds."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from shared.domain.leads import OPEN_STATUSES, Lead, Status, Step
from shared.errors import (
    ConflictError,
    IllegalTransitionError,
    ImpossibleForRepError,
    NotYoursError,
    StoreBusyError,
)
from shared.flows.apply_config import apply_config
from shared.flows.assign_lead import Assigning, assign_lead
from shared.flows.claim_lead import claim_next
from shared.flows.pause_rep import pause_rep
from shared.flows.route_leads import route_leads
from shared.flows.work_lead import work_lead
from shared.store import leads as lead_store
from shared.surroundings import real
from tests.audit import Books, problems
from tests.races.test_routing import capture
from tests.team import config

LEADS = 2_000
ROUTERS = 8
REPS = {f"rep{n:02d}": n % 4 + 1 for n in range(12)}
# Each rep in two pools or three: limits are met from several sides at once.
POOLS = {
    "sales": {
        "members": dict(list(REPS.items())[:8]),
        "member_limits": {"holding": 60},
        "then": {"pool": "overflow"},
    },
    "named": {
        "members": dict(list(REPS.items())[4:]),
        "strategy": "least_loaded",
        "existing_owner": {"by": ["company_id"]},
        "team_limits": {"holding": 500},
    },
    "overflow": {
        "members": REPS,
        "strategy": "open",
        "claims": {"per_day": 40, "gap": None},
        "charges": ["claim"],
    },
}
LIMITS = {
    rep: {"holding_limit": 70, "daily_limit": 170, "pace": [{"per": "week", "leads": 400}]}
    for rep in REPS
}
TEAM = config(
    REPS,
    limits=LIMITS,
    more={
        "pools": POOLS,
        "rules": [
            {"name": "named", "when": {"company_id": {"exists": True}}, "pool": "named"},
            {"name": "for whoever wants it", "when": {"product": "spare"}, "pool": "overflow"},
            {"name": "everything else", "pool": "sales"},
        ],
        "grades": [{"name": "A", "when": {"product": "big"}, "points": 3, "contacted": 0.5}],
    },
)
TOLD = (
    ConflictError,
    IllegalTransitionError,
    ImpossibleForRepError,
    NotYoursError,
    StoreBusyError,
)


class Floor:
    """A day on which everybody is at everything; each at their own pace, until it is over."""

    def __init__(self, lead_ids: list[str]) -> None:
        self.over = threading.Event()
        self.lead_ids = lead_ids
        self.claimed: list[str] = []
        self.by_hand: list[str] = []
        self.told: list[str] = []

    def keep_on(self, step: Any, seed: int) -> None:
        chance = random.Random(seed)
        while not self.over.is_set():
            try:
                step(chance)
            except TOLD as error:
                self.told.append(type(error).__name__)
            self.over.wait(chance.random() * 0.05)  # people are quick, but people

    def claim(self, chance: random.Random) -> None:
        rep = chance.choice(list(REPS))
        self.claimed.append(claim_next("overflow", rep, real(), by=rep).lead_id)

    def pause(self, chance: random.Random) -> None:
        pause_rep(chance.choice(list(REPS)), real(), paused=chance.random() < 0.4)

    def assign(self, chance: random.Random) -> None:
        lead_id, rep = chance.choice(self.lead_ids), chance.choice(list(REPS))
        assign_lead(lead_id, Assigning(rep, by="maria", override=chance.random() < 0.1), real())
        self.by_hand.append(lead_id)

    def work(self, chance: random.Random) -> None:
        lead = lead_store.get(chance.choice(self.lead_ids))
        if lead.status not in OPEN_STATUSES:
            return
        steps = {
            Status.ASSIGNED: (Step.ACCEPTED, Step.ACCEPTED, Step.DECLINED),
            Status.ACCEPTED: (Step.CONTACTED, Step.LOST),
            Status.CONTACTED: (Step.CONVERTED, Step.LOST),
        }[lead.status]
        work_lead(lead.lead_id, chance.choice(steps), real(), rep=lead.owner)


def route_in_batches(leads: list[Lead]) -> None:
    for start in range(0, len(leads), 25):
        route_leads(leads[start : start + 25], real())


def about(number: int) -> dict[str, Any]:
    """Each third is of one of 90 companies; some weigh more, some are for whoever wants them."""
    fields: dict[str, Any] = {"product": ["big", "spare", None, None, None][number % 5]}
    if number % 3 == 0:
        fields["extra"] = {"company_id": f"c{number % 90}"}
    return fields


def test_routers_claims_pauses_managers_and_reps_at_once(
    table: str, around: Any, stored: Any
) -> None:
    """2,000 leads: 8 routers, 2 who claim, 1 who pauses, 2 managers, 2 reps at work."""
    apply_config(TEAM, around)
    leads = [capture(around, 1, **about(number))[0] for number in range(LEADS)]
    floor = Floor([lead.lead_id for lead in leads])
    others = [floor.claim, floor.claim, floor.pause, floor.assign, floor.assign]
    others += [floor.work, floor.work]
    with ThreadPoolExecutor(ROUTERS + len(others)) as threads:
        people = [threads.submit(floor.keep_on, step, n) for n, step in enumerate(others)]
        routers = [threads.submit(route_in_batches, leads[n::ROUTERS]) for n in range(ROUTERS)]
        for router in routers:
            router.result()
        floor.over.set()
        for one in people:
            one.result()

    for rep in REPS:
        pause_rep(rep, around, paused=False)
    route_leads(lead_store.get_many(floor.lead_ids), around)  # what was declined, or is left
    books = Books(stored())
    assert problems(books, TEAM) == []
    assert len(books.leads) == LEADS
    assert not [lead.lead_id for lead in books.leads if lead.status is Status.NEW]
    assert floor.claimed, "nobody ever claimed"
    assert floor.by_hand, "nobody ever assigned by hand"
    assert floor.told, "nobody ever met anybody"
