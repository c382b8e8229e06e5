"""What deciding costs by itself: rules and plans, without a table.

Pure code in one thread, so a second here is a second of one core. Leads go in batches of 25 per
pool, each plan on what the one before left; so that nobody's limits fill up, reps finish their
oldest leads as new ones come.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

from shared.domain.config import ActiveConfig, Config
from shared.domain.leads import Burden, Lead, Status, evolve
from shared.domain.planning import plan
from shared.domain.plans import Known, Plan, Ruled
from shared.domain.rules import route
from shared.store.codec import lead_from_image, lead_to_image
from shared.surroundings import now
from tests.bench.backlog import new_leads
from tests.bench.figures import Figure, at_most, same_as

BATCH = 25
LEADS = 100_000
RULES, POOLS, REPS_OF_POOL = 200, 50, 10
HOLDING = 40  # a rep's limit; a pool's leads are finished before all of its reps reach it
FINISHED_AFTER = REPS_OF_POOL * HOLDING // 2  # leads of a pool
DISTINCT = 1_000  # leads that are made; each comes again and again, as another one
ROUNDS, LEADS_OF_ROUND = 10, 4_000
COUNTRIES = ("SE", "NO", "DK", "FI", "DE")

Say = Callable[[str], None]


def measure(say: Say) -> list[Figure]:
    """All leads through the whole team; then what more reps, and more rules, make of one lead's."""
    say(f"{LEADS:,} leads over {RULES} rules, {POOLS} pools and {POOLS * REPS_OF_POOL} reps")
    office, leads = Office(RULES, POOLS), leads_for(RULES)
    rounds = [
        (_read_and_written(leads), office.take(leads, LEADS // ROUNDS) * ROUNDS / LEADS)
        for _ in range(ROUNDS)
    ]
    office.close()
    say("more reps")
    reps = _growth([Office(RULES, pools) for pools in (1, POOLS)], say)
    say("more rules")
    rules = _growth([Office(rules, 1) for rules in (10, 1_000)], say)
    a_second = f"{1 / median(took for _, took in rounds):,.0f} leads/s of a core"
    return [
        _ratio("deciding a lead ÷ reading and writing its item", rounds, 5, a_second),
        Figure("of all leads, given to a rep", office.assigned / LEADS, "×", same_as(1)),
        _ratio("a lead among 500 reps ÷ among 10", reps, 1.5),
        _ratio("a lead by 1,000 rules ÷ by 10", rules, 1.5),
    ]


def _ratio(what: str, rounds: list[tuple[float, float]], bound: float, more: str = "") -> Figure:
    """The second of two times beside the first, within each round; seconds per lead."""
    first, second = (median(each) * 1e6 for each in zip(*rounds, strict=True))
    ratio = median(much / little for little, much in rounds)
    made_of = "; ".join(filter(None, (f"{second:.0f} ÷ {first:.0f} µs", more)))
    return Figure(what, ratio, "×", at_most(bound), made_of)


def _growth(offices: list["Office"], say: Say) -> list[tuple[float, float]]:
    """Seconds per lead in each of two offices, by turns."""
    leads = [leads_for(office.rules) for office in offices]
    for office, its in zip(offices, leads, strict=True):
        office.take(its, LEADS_OF_ROUND)  # fills the desks, and what is kept ready
    rounds = []
    for _ in range(ROUNDS):
        first, second = (
            office.take(its, LEADS_OF_ROUND) / LEADS_OF_ROUND
            for office, its in zip(offices, leads, strict=True)
        )
        rounds.append((first, second))
    return rounds


def _read_and_written(leads: list[Lead]) -> float:
    """Seconds to read a lead from the stream's image and to make the item that is written."""
    images = [lead_to_image(lead) for lead in leads]
    began = time.process_time()
    for image in images:
        lead_to_image(lead_from_image(image))
    return (time.process_time() - began) / len(leads)


# ── Who decides ──────────────────────────────────────────────────────────────────────────────────


@dataclass
class Office:
    """A team of so many pools by so many rules, at nine on a Monday, and what it holds."""

    rules: int
    pools: int
    known: dict[str, Known] = field(default_factory=dict)
    waiting: dict[str, list[Ruled]] = field(default_factory=dict)  # until there are enough
    held: dict[str, deque[Burden]] = field(default_factory=dict)
    assigned: int = 0

    def __post_init__(self) -> None:
        self.active = ActiveConfig(1, team_of(self.rules, self.pools))
        self.at = now()

    def take(self, leads: list[Lead], count: int) -> float:
        """Route and plan so many leads; the seconds of this core that took."""
        spent = 0.0
        for number in range(count):
            lead = leads[number % len(leads)]
            began = time.process_time()
            ruling = route(self.active.config, lead.source, lead.fields, self.at)
            batch = self.waiting.setdefault(ruling.pool, [])
            batch.append(Ruled(lead, ruling.rule, ruling.score))
            planned = self._plan(ruling.pool) if len(batch) == BATCH else None
            spent += time.process_time() - began
            if planned:
                self._finish(ruling.pool, planned)
        return spent

    def close(self) -> None:
        """Decide the leads that wait for their batch to fill."""
        for pool_id in [*self.waiting]:
            self._finish(pool_id, self._plan(pool_id))

    def _plan(self, pool_id: str) -> Plan:
        known = self.known.get(pool_id, Known())
        planned = plan(self.active, pool_id, known, self.waiting.pop(pool_id), self.at)
        self.known[pool_id] = planned.known
        return planned

    def _finish(self, pool_id: str, planned: Plan) -> None:
        """Note who has what now, and let them finish what they have had longest."""
        held = self.held.setdefault(pool_id, deque())
        for move in planned.moves:
            after = evolve(move.lead, move.change)
            if after.status is Status.ASSIGNED:
                self.assigned += 1
                held.append(after.burden)
        loads = planned.known.loads
        while len(held) > FINISHED_AFTER:
            done = held.popleft()
            less = Burden(done.rep, done.pool, -done.open, -done.load, -done.value)
            loads[done.rep or ""].add(less)


# ── Of what ──────────────────────────────────────────────────────────────────────────────────────


def leads_for(rules: int) -> list[Lead]:
    """Leads that spread over so many rules, and so over all pools."""
    made = new_leads(DISTINCT)
    return [_asking_for(lead, number * 7919 % rules) for number, lead in enumerate(made)]


def _asking_for(lead: Lead, rule: int) -> Lead:
    return replace(lead, fields={**lead.fields, **_condition(rule), "employees": 120})


def _condition(rule: int) -> dict[str, str]:
    """What the rule of this number asks for: a country and a product line."""
    return {
        "country": COUNTRIES[rule % len(COUNTRIES)],
        "product": f"Line {rule // len(COUNTRIES)}",
    }


def team_of(rules: int, pools: int) -> Config:
    """So many pools of ten; every rep with hours, a holding limit and two limits by period."""
    return Config.model_validate(
        {
            "manager": {"name": "Maria Berg", "email": "maria@example.com"},
            "hours": {"always": {"week": [{"start": "00:00", "end": "24:00"}]}},
            "reps": {
                f"rep{pool}-{n}": _rep(f"rep{pool}-{n}")
                for pool in range(pools)
                for n in range(REPS_OF_POOL)
            },
            "pools": {f"pool{pool}": {"members": _members(pool)} for pool in range(pools)},
            "rules": [
                {
                    "name": f"rule {rule}",
                    "when": {**_condition(rule), "employees": {"from": 10}},
                    "pool": f"pool{rule % pools}",
                }
                for rule in range(rules)
            ]
            + [{"name": "everything else", "pool": "pool0"}],
            "forms": {"website": {}},
        }
    )


def _members(pool: int) -> dict[str, int]:
    return {f"rep{pool}-{n}": n + 1 for n in range(REPS_OF_POOL)}


def _rep(rep: str) -> dict[str, Any]:
    return {
        "name": rep.capitalize(),
        "email": f"{rep}@example.com",
        "time_zone": "Europe/Stockholm",
        "hours": "always",
        "holding_limit": HOLDING,
        "daily_limit": 1_000_000,
        "pace": [{"per": "hour", "leads": 1_000_000, "rolling": True}],
    }
