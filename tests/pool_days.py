"""A pool's days, simulated: leads come and go, reps too, the clock moves; every plan is examined.

What is right is worked out anew here, from the leads themselves and from what everybody received,
by the slowest and plainest means; nothing of it asks the code under test.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from math import ceil, floor
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.config import ActiveConfig, Config, Rep
from shared.domain.leads import OPEN_STATUSES, Burden, Change, Lead, Status, Step, evolve
from shared.domain.ledger import Line, Way
from shared.domain.limits import Limits, Pace
from shared.domain.owners import Tie
from shared.domain.planning import plan
from shared.domain.plans import Known, Plan, Ruled
from shared.domain.pools import Strategy
from shared.domain.reps import Obstacle, Workload
from shared.domain.rotation import LEAD
from shared.store.codec import entry_from_item, entry_to_item
from tests.replaying import joined, replayed
from tests.team import active, config, new_lead

START = datetime(2026, 3, 27, 9, tzinfo=UTC)  # two days before clocks go forward in Europe
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]
NAMES = ["anna", "bo", "cy", "dee", "eve"]
OUTSIDER = "zoe"
LENGTHS = {"hour": 3600, "day": 86400, "week": 7 * 86400, "month": 30 * 86400}
OFF = {Obstacle.OFF_SHIFT, Obstacle.AWAY, Obstacle.POOL_CLOSED}
LIMITS = {
    one
    for one in Obstacle
    if one.name.endswith(("_LIMIT", "_POINTS")) or one is Obstacle.TEAM_LIMIT
}


# ── Any team ─────────────────────────────────────────────────────────────────────────────────────


def any_limits(chance: Random) -> dict[str, Any]:
    """Limits of a rep, a pool's members or a team."""
    said: dict[str, Any] = {}
    if chance.random() < 0.4:
        said["holding"] = chance.randint(0, 5)
    if chance.random() < 0.3:
        said["points"] = chance.choice(["0", "1", "2.5", "6"])
    said["pace"] = [any_pace(chance) for _ in range(chance.choice([0, 0, 1, 1, 2]))]
    return said


def any_pace(chance: Random) -> dict[str, Any]:
    """Some leads in a period, rarely none."""
    return {
        "per": chance.choice(list(LENGTHS)),
        "leads": chance.choice([0, 1, 2, 3, 5, "0.5", "0.3", "1.5", "2.5"]),
        "rolling": chance.random() < 0.5,
    }


def any_rep(chance: Random, rep: str, *, limited: bool) -> dict[str, Any]:
    """A rep with some of all that keeps them from leads."""
    said: dict[str, Any] = {
        "name": rep.title(),
        "email": f"{rep}@example.com",
        "time_zone": chance.choice(ZONES),
        "active": chance.random() < 0.95,
        "skills": {"language": chance.sample(["sv", "de", "fr"], chance.randint(1, 2))},
    }
    if chance.random() < 0.3:
        said["hours"] = "office"
    elif chance.random() < 0.3:
        said["away"] = [{"first": "2026-03-28", "last": "2026-03-30"}]
    if limited:
        limits = any_limits(chance)
        said |= {f"holding_{name}": limits[name] for name in ("points",) if name in limits}
        said |= {"holding_limit": limits["holding"]} if "holding" in limits else {}
        said |= {"pace": limits["pace"], "daily_limit": chance.choice([None, None, 0, 2, 4])}
    return said


def any_config(chance: Random, *, limited: bool = True, **fixed: Any) -> Config:
    """A pool with any mixture of options; `fixed` are the pool's own."""
    reps = NAMES[: chance.randint(1, len(NAMES))]
    pool: dict[str, Any] = {
        "members": {rep: chance.choice(["0.5", 1, 1, 2, 3, "7.125"]) for rep in reps},
        "strategy": chance.choice(
            ["weighted", "weighted", "round_robin", "least_loaded", "performance"]
        ),
        "load": chance.choice(["leads", "points", "value"]),
        "value": {"field": "value", "typical": 100, "at_most": 5},
        "credit_by": chance.choice(["lead", "value"]),
        "overflow": chance.random() < 0.5,
        "absence": chance.choice(["frozen", "none", "catch_up"]),
        "charges": chance.sample(["existing_owner", "manual", "claim"], chance.randint(0, 3)),
        "off_hours": chance.choice(["wait", "wait", "assign"]),
        "deadlines": {"max_assignments": chance.randint(1, 4)},
    }
    if limited:
        pool |= {"member_limits": any_limits(chance), "team_limits": any_limits(chance)}
        pool |= {"team_limits": {}} if chance.random() < 0.5 else {}
        pool |= {"hot": {"hot": "yes"}} if chance.random() < 0.3 else {}
    if chance.random() < 0.3:
        cut = chance.randint(1, len(reps))
        parts = [part for part in (reps[:cut], reps[cut:]) if part]
        pool["tiers"] = [
            {"from": 50 - 40 * place, "reps": part} for place, part in enumerate(parts)
        ]
    if chance.random() < 0.3:
        relax = {"relax_after": chance.choice([60, 7200])} if chance.random() < 0.4 else {}
        required = chance.random() < 0.6
        pool["match"] = [{"field": "language", "required": required, **relax}]
    if chance.random() < 0.4:
        away = chance.choice(["share", "wait"])
        pool["existing_owner"] = {"by": ["email"], "away": away, "wait_at_most": 7200}
    if chance.random() < 0.2:
        pool["hours"] = "office"
    pool |= fixed
    orders = {"weighted", "round_robin", "least_loaded", "performance"}
    if pool["strategy"] in orders and chance.random() < 0.3:
        other = chance.choice(sorted(orders - {pool["strategy"]}))
        pool["split"] = {"percent": 40, "strategy": other}
    if "least_loaded" not in (pool["strategy"], pool.get("split", {}).get("strategy")):
        pool.pop("load")
    if pool["strategy"] in ("open", "manual"):
        pool = {name: said for name, said in pool.items() if name not in ("match", "tiers")}
    grades = [
        {"name": "hot", "when": {"hot": "yes"}, "points": 2},
        {"name": "small", "when": {"size": "small"}, "points": "0.5"},
        {"name": "heavy", "when": {"size": "heavy"}, "points": 3, "accepted": 2},
    ]
    week = [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "17:00"}]
    more = {
        "reps": {rep: any_rep(chance, rep, limited=limited) for rep in [*reps, OUTSIDER]},
        "hours": {"office": {"time_zone": chance.choice(ZONES), "week": week}},
        "grades": grades if chance.random() < 0.6 else [],
    }
    members = pool.pop("members")
    return config(members, more=more, **pool)


def any_lead(chance: Random, number: int, at: datetime) -> Lead:
    """A lead of one of a few persons."""
    fields: dict[str, Any] = {"email": f"person{chance.randint(0, 6)}@example.com"}
    for name, values in {
        "language": ["sv", "de", "fr", "it", ""],
        "size": ["small", "heavy", ""],
        "hot": ["yes", "", ""],
        "value": ["50", "100", "370", "1e999999", "-3", "many", ""],
    }.items():
        if said := chance.choice(values):
            fields[name] = said
    return new_lead(f"lead{number:05d}", at, **fields)


# ── What is right ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Receipt:
    """That somebody received a lead of the pool, by a clock that never goes back."""

    rep: str
    at: datetime
    here: bool = True


def period_of(per: str, zone: str, at: datetime) -> int:
    """The number of a period, by the calendar of the zone."""
    local = at.astimezone(ZoneInfo(zone))
    if per == "hour":
        minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60 % 60
        return (int(at.timestamp()) + minutes * 60) // 3600
    if per == "day":
        return local.date().toordinal()
    if per == "week":
        year, week, _ = local.isocalendar()
        return date.fromisocalendar(year, week, 1).toordinal() // 7
    return local.year * 12 + local.month


def would_exceed(pace: Pace, zone: str, received: Iterable[datetime], at: datetime) -> bool:
    """Whether one more lead at this moment is more than a pace allows."""
    if pace.leads == 0:
        return True
    leads = Fraction(pace.leads)
    if pace.rolling:
        window = LENGTHS[pace.per] * ceil(leads) / leads
        inside = [moment for moment in received if (at - moment).total_seconds() < window]
        return len(inside) + 1 > ceil(leads)
    now = period_of(pace.per, zone, at)
    periods = [period_of(pace.per, zone, moment) for moment in received]
    # Over any periods up to this one: never more than a whole number above what is allowed.
    return any(
        sum(number > now - several for number in periods) + 1 > ceil(several * leads)
        for several in range(1, 12)
    )


def is_full(pace: Pace, zone: str, received: Iterable[datetime], at: datetime) -> bool:
    """Whether a pace allows no more. Rolling, it may be full a sixtieth before it need be."""
    leads = Fraction(pace.leads)
    if pace.rolling:
        window = LENGTHS[pace.per] * ceil(leads) / leads if leads else 1
        slack = LENGTHS[pace.per] / 60
        inside = [moment for moment in received if (at - moment).total_seconds() < window + slack]
        return len(inside) >= ceil(leads)
    now = period_of(pace.per, zone, at)
    most = floor((now + 1) * leads) - floor(now * leads)
    if pace.per == "month":  # counted from another month: only how they alternate differs
        most = floor(leads)
    return sum(period_of(pace.per, zone, moment) == now for moment in received) >= floor(most)


@dataclass
class Simulation:
    """One pool's table and clock. `step` plans, examines and applies."""

    config: Config
    chance: Random
    now: datetime = START
    known: Known = field(default_factory=Known)
    leads: dict[str, Lead] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    factors: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def pool(self) -> Any:
        """The pool that it is about."""
        return self.config.pools["sales"]

    @property
    def active(self) -> ActiveConfig:
        """Its configuration, in force."""
        return active(self.config)

    def arrive(self, several: int) -> list[Ruled]:
        """New leads, with those that wait."""
        waiting = [lead for lead in self.leads.values() if lead.status in ("new", "parked", "open")]
        fresh = [
            any_lead(self.chance, len(self.leads) + number, self.now) for number in range(several)
        ]
        return [self.ruled(lead) for lead in [*waiting, *fresh]]

    def ruled(self, lead: Lead) -> Ruled:
        """What rules say of a lead: the same every time."""
        score = [None, Decimal(5), Decimal(30), Decimal(80)][int(lead.lead_id[-2:]) % 4]
        known_by = (str(lead.fields.get("email")),) if self.pool.existing_owner else ()
        return Ruled(lead, "everything else", score, known_by)

    def step(self, leads: list[Ruled]) -> Plan:
        """One plan, examined and written down."""
        before = self.known
        planned = plan(self.active, "sales", before, leads, self.now)
        self.examine(before, planned)
        self.apply(planned)
        return planned

    def apply(self, planned: Plan) -> None:
        """The table after a plan."""
        for move in planned.moves:
            after = evolve(move.lead, move.change)
            self.leads[after.lead_id] = after
        if planned.moves:
            self.known = planned.known
            self.plans.append(planned)

    def happen(self) -> None:
        """Whatever may happen between two plans."""
        chance = self.chance
        owned = [lead for lead in self.leads.values() if lead.status in OPEN_STATUSES]
        for lead in owned:
            if chance.random() < 0.25:
                self.change(lead, chance.choice([Step.DECLINED, Step.ACCEPTED, Step.CONVERTED]))
        for rep in NAMES:
            if chance.random() < 0.1:
                load = self.known.loads.get(rep, Workload())
                self.put(rep, replace(load.copy(), paused=not load.paused, seq=load.seq + 1))
        self.now += chance.choice(
            [
                timedelta(seconds=chance.randint(0, 90)),
                timedelta(minutes=chance.randint(1, 50)),
                timedelta(hours=chance.randint(1, 30)),
                timedelta(days=chance.randint(1, 40)) if chance.random() < 0.3 else timedelta(),
                -timedelta(seconds=chance.randint(1, 30)),
            ]
        )

    def put(self, rep: str, load: Workload) -> None:
        """Other counters of one rep."""
        self.known = replace(self.known, loads={**self.known.loads, rep: load})

    def change(self, lead: Lead, step: Step) -> None:
        """What a rep does with a lead, where it is legal; their counters follow."""
        steps = {Step.CONVERTED: [Step.ACCEPTED, Step.CONVERTED]}.get(step, [step])
        if lead.status is not Status.ASSIGNED:
            steps = [Step.LOST] if lead.status is not Status.CONTACTED else []
        for one in steps:
            before = lead.burden
            lead = evolve(lead, Change(one, self.now, lead.owner))
            self.leads[lead.lead_id] = lead
            load = self.known.loads[before.rep or ""].copy()
            load.drop(before)
            if lead.burden.open:
                load.add(lead.burden)
            self.put(before.rep or "", load)

    # ── One plan ─────────────────────────────────────────────────────────────────────────────────

    def examine(self, before: Known, planned: Plan) -> None:
        """Everything that must be true of a plan."""
        self._books_are_right(before, planned)
        carried = {rep: self._carried(rep) for rep in self.config.reps}
        ties = dict(before.ties)
        rotation = joined(before.rotation, planned.entry)
        for line, move in zip(planned.entry.lines, planned.moves, strict=True):
            upto = replace(
                planned.entry, lines=planned.entry.lines[: planned.entry.lines.index(line)]
            )
            so_far = replayed(rotation, upto)
            self._mask_is_true(line, move.lead, carried)
            if line.chosen:
                after = evolve(move.lead, move.change)
                assert after.owner == line.chosen
                if line.way is Way.SHARED:
                    self._order_is_right(planned, line, so_far.standings, carried)
                    assert line.chosen not in move.lead.lost_by
                self._receive(line, after, carried)
                self._tie_holds(move.lead, line, ties)
            elif move.change.step is Step.PARKED:
                self._reason_is_true(line, move.lead, move.change)

    def _books_are_right(self, before: Known, planned: Plan) -> None:
        entry, rotation = planned.entry, planned.entry.rotation
        assert sum(standing.credit for standing in rotation.standings.values()) == 0
        assert replayed(joined(before.rotation, entry), entry).standings == rotation.standings
        assert entry_from_item(entry_to_item(entry, "attempt")) == entry
        adds: dict[str, Burden] = {}
        for move in planned.moves:
            burden = evolve(move.lead, move.change).burden
            if burden.open:
                old = adds.get(burden.rep or "", Burden(burden.rep, "sales"))
                adds[burden.rep or ""] = Burden(
                    burden.rep,
                    "sales",
                    old.open + 1,
                    old.load + burden.load,
                    old.value + burden.value,
                )
        assert {use.rep_id: use.adds for use in planned.uses} == adds
        for rep, load in planned.known.loads.items():
            old_load = before.loads.get(rep, Workload())
            added = adds.get(rep, Burden())
            assert load.open == old_load.open + added.open
            assert load.load == old_load.load + added.load
            assert load.value == old_load.value + added.value
            assert load.seq == old_load.seq + (rep in adds)
        for use in planned.uses:
            assert use.seq == before.loads.get(use.rep_id, Workload()).seq
            assert use.tallies == planned.known.loads[use.rep_id].tallies

    def _carried(self, rep: str) -> Workload:
        """What a rep's leads add up to."""
        load = Workload()
        for lead in self.leads.values():
            if lead.owner == rep and lead.burden.open:
                load.add(lead.burden)
        known = self.known.loads.get(rep, Workload())
        assert (known.open, known.load, known.value) == (load.open, load.load, load.value)
        return load

    def _receive(self, line: Line, lead: Lead, carried: dict[str, Workload]) -> None:
        rep = line.chosen or ""
        if not line.hot:
            hindered = self.obstacles(rep, lead, carried) & LIMITS
            assert not hindered, (rep, hindered, line)
            assert not self._exceeds(rep), (rep, line)
        carried[rep].add(lead.burden)
        self.receipts.append(Receipt(rep, self._clock(rep)))

    def _clock(self, rep: str) -> datetime:
        """Now, as this rep's counters see it: never earlier than their last lead."""
        return max([self.now, *(one.at for one in self.receipts if one.rep == rep)])

    def _exceeds(self, rep: str) -> bool:
        """Whether any pace would be exceeded by one more, over any stretch of time.

        Only while no lead has passed the limits.
        """
        if self.pool.hot is not None:
            return False
        own = [one.at for one in self.receipts if one.rep == rep]
        zone, at = self.config.reps[rep].time_zone, self._clock(rep)
        paces = [*self.config.reps[rep].paces(), *self.pool.member_limits.pace]
        if any(would_exceed(pace, zone, own, at) for pace in paces):
            return True
        if rep not in self.pool.members:
            return False
        team = self._of_team()
        at = max([self.now, *team])
        return any(
            would_exceed(pace, self._team_zone(), team, at) for pace in self.pool.team_limits.pace
        )

    def _of_team(self) -> list[datetime]:
        """When the members have received leads, by one clock for all that never goes back."""
        moments = (one.at for one in self.receipts if one.rep in self.pool.members)
        return list(accumulate(moments, max))

    def _team_zone(self) -> str:
        return (self.config.hours["office"].time_zone or "UTC") if self.pool.hours else "UTC"

    # ── Who can take a lead ──────────────────────────────────────────────────────────────────────

    def weight_of(self, lead: Lead) -> int:
        """What a lead weighs when it is new, in thousandths of a point."""
        said = (lead.fields.get("hot"), lead.fields.get("size"))
        if not self.config.grades:
            return 1000
        return 2000 if said[0] else {"small": 500, "heavy": 3000}.get(said[1] or "", 1000)

    def obstacles(self, rep: str, lead: Lead, carried: dict[str, Workload]) -> set[Obstacle]:
        """Whatever keeps a rep from such a lead: where they are, and what they hold."""
        found = set(self.absences(rep))
        if self.pool.hot is not None and lead.fields.get("hot"):
            return found
        its, load, pool = self.config.reps[rep], carried[rep], self.pool
        weight = self.weight_of(lead)
        found |= self._held_up(its, pool.member_limits, load, weight)
        if rep in pool.members:
            together = Workload()
            for member in pool.members:
                held = carried[member].held
                together.open += held.get("sales", 0)
                together.load += held.get("sales*", 0)
            limits = Limits(holding=pool.team_limits.holding, points=pool.team_limits.points)
            if self._full(limits.holding, limits.points, together, weight):
                found.add(Obstacle.TEAM_LIMIT)
        return found

    @staticmethod
    def _full(holding: int | None, points: Any, load: Workload, weight: int) -> set[str]:
        found = set()
        if holding is not None and load.open >= holding:
            found.add("LIMIT")
        if points is not None and (
            points == 0 or (load.load and load.load + weight > points * 1000)
        ):
            found.add("POINTS")
        return found

    def _held_up(self, rep: Rep, each: Limits, load: Workload, weight: int) -> set[Obstacle]:
        own = self._full(rep.holding_limit, rep.holding_points, load, weight)
        here = Workload(load.here("sales"), load.held.get("sales*", 0))
        there = self._full(each.holding, each.points, here, weight)
        return {Obstacle[f"HOLDING_{name}"] for name in own} | {
            Obstacle[f"POOL_HOLDING_{name}"] for name in there
        }

    def absences(self, rep: str) -> set[Obstacle]:
        """Why a rep is not there."""
        its, found = self.config.reps[rep], set()
        local = self.now.astimezone(ZoneInfo(its.time_zone))
        if not its.active:
            found.add(Obstacle.INACTIVE)
        if self.known.loads.get(rep, Workload()).paused:
            found.add(Obstacle.PAUSED)
        away = any(away.first <= local.date() <= away.last for away in its.away)
        if away:
            found.add(Obstacle.AWAY)
        if self.pool.off_hours == "wait":
            if its.hours and not self._in_office():
                found.add(Obstacle.OFF_SHIFT)
            if self.pool.hours and not self._in_office():
                found.add(Obstacle.POOL_CLOSED)
        return found

    def _in_office(self) -> bool:
        local = self.now.astimezone(ZoneInfo(self.config.hours["office"].time_zone or ""))
        return local.weekday() < 5 and 8 <= local.hour < 17

    def _mask_is_true(self, line: Line, lead: Lead, carried: dict[str, Workload]) -> None:
        """Who could take the lead was hindered by nothing, and all others by what is said."""
        if not line.mask:
            return
        unfit = self.unfit(lead)
        for rep, letter in zip(self.pool.members, line.mask, strict=True):
            hindered = self.obstacles(rep, lead, carried)
            if letter == ".":
                if line.way is Way.OWNER and rep == line.chosen:
                    continue
                assert not hindered, (rep, hindered, line)
                assert rep not in lead.lost_by
                assert rep not in unfit
                continue
            why = Obstacle(letter)
            if why is Obstacle.HAD_IT:
                assert rep in lead.lost_by
            elif why in (Obstacle.LACKS_SKILL, Obstacle.OTHER_TIER):
                assert rep in unfit or self.pool.overflow
            elif why is Obstacle.LAST_HOP:
                assert lead.tries >= self.pool.deadlines.max_assignments
            elif why in LIMITS:
                assert why in hindered or self._is_full(rep), (rep, why)
            elif why not in (Obstacle.OTHERS_MATCH, Obstacle.CATCHING_UP):
                assert why in hindered, (rep, why, hindered)

    def _is_full(self, rep: str) -> bool:
        """Whether one pace at least allows no more."""
        own = [one.at for one in self.receipts if one.rep == rep]
        team = self._of_team()
        zone, its = self.config.reps[rep].time_zone, self.config.reps[rep]
        paces = [*its.paces(), *self.pool.member_limits.pace]
        at = self._clock(rep)
        together = max([self.now, *team])
        return any(is_full(pace, zone, own, at) for pace in paces) or any(
            is_full(pace, self._team_zone(), team, together) for pace in self.pool.team_limits.pace
        )

    def unfit(self, lead: Lead) -> set[str]:
        """Members who are not there for leads like this."""
        pool, found = self.pool, set()
        wanted = lead.fields.get("language")
        waited = (self.now - (lead.since or self.now)).total_seconds()
        for match in pool.match:
            if match.required and wanted and waited < (match.relax_after or 10**12):
                for rep in pool.members:
                    if wanted not in self.config.reps[rep].skills["language"]:
                        found.add(rep)
        if pool.tiers and not pool.overflow:
            score = self.ruled(lead).score
            tiers = [t for t in pool.tiers if score is not None and score >= t.at_least]
            found |= set(pool.members) - set((tiers or pool.tiers[-1:])[0].reps)
        return found

    # ── Who comes first ──────────────────────────────────────────────────────────────────────────

    def _order_is_right(
        self, planned: Plan, line: Line, standings: Any, carried: dict[str, Workload]
    ) -> None:
        pool, members = self.pool, list(self.pool.members)
        strategy = Strategy(pool.split.strategy) if line.split else pool.strategy
        eligible = [rep for rep, letter in zip(members, line.mask, strict=True) if letter == "."]
        weights = dict(zip(members, planned.entry.weights(line, members), strict=True))
        self._weights_are_right(strategy, weights)
        sharing = line.sharing(members)
        total = sum(weights[rep] for rep in sharing)
        owed = {
            rep: standings[rep].credit + Fraction(line.amount * weights[rep], total)
            for rep in eligible
        }
        chosen = line.chosen or ""
        if strategy is Strategy.ROUND_ROBIN and pool.strict:
            assert standings[chosen].last == min(standings[rep].last for rep in eligible)
            return
        if strategy is Strategy.LEAST_LOADED:
            loads = {
                rep: Fraction(_counted(pool.load, carried[rep]), weights[rep]) for rep in eligible
            }
            assert loads[chosen] == min(loads.values())
            owed = {rep: owed[rep] for rep in eligible if loads[rep] == loads[chosen]}
        assert owed[chosen] > max(owed.values()) - 2

    def _weights_are_right(self, strategy: Strategy, weights: dict[str, int]) -> None:
        pool = self.pool
        for rep, weight in pool.members.items():
            if strategy is Strategy.ROUND_ROBIN:
                assert weights[rep] == 1000
            elif strategy is Strategy.PERFORMANCE:
                low, high = pool.performance.floor, pool.performance.ceiling
                assert weight * 1000 * low - 1 <= weights[rep] <= weight * 1000 * high
            else:
                assert weights[rep] == weight * 1000

    def _tie_holds(self, lead: Lead, line: Line, ties: dict[str, Tie]) -> None:
        """Whom a person knows gets their next lead too, unless they had it, or cannot."""
        for key in self.ruled(lead).known_by:
            tie = ties.get(key)
            stands = tie is not None and tie.until > self.now and tie.lead_id != lead.lead_id
            if line.way is Way.OWNER:
                assert tie is not None
                assert line.chosen == tie.rep
                assert line.chosen not in lead.lost_by
            elif not stands:
                ties[key] = Tie(line.chosen or "", lead.lead_id, self.now + timedelta(days=365))

    # ── Why nobody ───────────────────────────────────────────────────────────────────────────────

    def _reason_is_true(self, line: Line, lead: Lead, change: Change) -> None:
        letters = dict(zip(self.pool.members, line.mask, strict=False))
        there = {rep for rep in letters if Obstacle.INACTIVE not in self.absences(rep)}
        left = there - lead.lost_by
        at_work = {rep for rep in there if not self.absences(rep)}
        match change.reason:
            case "too_many_assignments":
                assert lead.tries >= self.pool.deadlines.max_assignments
            case "everyone_had_it":
                assert there
                assert not left
            case "off_hours":
                assert not at_work
                assert any(self.absences(rep) & OFF for rep in left)
            case "no_match":
                assert left <= self.unfit(lead)
            case "no_match_yet":
                assert at_work & left & self.unfit(lead)
                assert not left <= self.unfit(lead)
            case "at_limits":
                assert all(Obstacle(letters[rep]) in LIMITS for rep in at_work & left)
                assert any(Obstacle(letters[rep]) in LIMITS for rep in left)
            case "owner_away":
                assert self.pool.existing_owner.away == "wait"
            case "manual":
                assert self.pool.strategy is Strategy.MANUAL
            case "nobody_claimed":
                assert lead.status is Status.OPEN
                assert lead.due_at is not None and lead.due_at <= self.now  # noqa: PT018
            case reason:
                assert reason == "nobody_available"
                assert "." not in line.mask
                assert left or not there
                assert not left or not left <= self.unfit(lead)


def _counted(what: str, load: Workload) -> int:
    return {"leads": load.open * 1000, "points": load.load, "value": load.value}[what]


def simulate(seed: int, *, steps: int = 12, limited: bool = True, **fixed: Any) -> Simulation:
    """Some days of a pool."""
    chance = Random(seed)
    sim = Simulation(any_config(chance, limited=limited, **fixed), chance)
    sim.factors = {
        "": {rep: chance.choice([0, 400, 1000, 1700, 9000]) for rep in NAMES[:3]},
    }
    sim.known = Known(factors=sim.factors)
    for _ in range(steps):
        sim.step(sim.arrive(chance.randint(0, 6)))
        sim.happen()
    return sim


__all__ = ["LEAD", "START", "Simulation", "any_config", "any_lead", "simulate"]
