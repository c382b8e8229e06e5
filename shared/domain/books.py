"""What is decided about leads of one pool, booked lead by lead: credits, counters, ties, lines."""

from collections.abc import Sequence
from datetime import datetime

from shared.domain.config import ActiveConfig
from shared.domain.deadlines import Deadline, Protection
from shared.domain.leads import POINT, Burden, Change, Step
from shared.domain.ledger import Entry, Line, Way
from shared.domain.narrowing import spaced_out
from shared.domain.orders import Orders
from shared.domain.owners import Tie, TieChange, ties_after
from shared.domain.plans import Known, Move, Plan, Ruled, Use
from shared.domain.protection import deadlines_for, kept_until, of_a_claim, protection_for
from shared.domain.reps import ELIGIBLE
from shared.domain.rotation import mark_level, pay, settle, share, with_members
from shared.domain.team import Team
from shared.domain.worth import Worth, worth_of

_CHARGES = {Way.OWNER: "existing_owner", Way.MANUAL: "manual", Way.CLAIM: "claim"}


class Books:
    """The books of one plan. Nothing that was passed in is changed."""

    def __init__(self, active: ActiveConfig, pool_id: str, known: Known, now: datetime) -> None:
        self.config = active.config
        self.pool_id = pool_id
        self.pool = active.config.pools[pool_id]
        self.now = now
        self.team = Team(active.config, pool_id, known.loads, known.tallies, now)
        self.members = self.team.members
        self.ties: dict[str, Tie] = dict(known.ties)
        self._version = active.version
        self._known = known
        self._turn = known.rotation.turn + 1
        self._orders = Orders(pool_id, self.pool, known.factors)
        self._rotation = with_members(known.rotation, self._orders.weights)
        self._settled = self._settle_absent()
        self._held = self.team.held()
        self._clocks: dict[str, tuple[tuple[Deadline, ...], Protection | None]] = {}
        self._taken: dict[str, Burden] = {}
        self._frees: list[Burden] = []
        self._tie_changes: dict[str, TieChange] = {}
        self._lines: list[Line] = []
        self._moves: list[Move] = []

    def _settle_absent(self) -> tuple[str, ...]:
        """Where absence keeps no credit: all who are absent, when any of them has some."""
        if self.pool.absence != "none":
            return ()
        absent = tuple(self.team.absent())
        nothing = not any(self._rotation.standings[rep].credit for rep in absent)
        if nothing or len(absent) == len(self.members):
            return ()
        settle(self._rotation, absent)
        return absent

    def worth(self, ruled: Ruled) -> Worth:
        """What a lead asks of who gets it."""
        return worth_of(self.config, self.pool, ruled, self.now)

    # ── Somebody gets a lead ─────────────────────────────────────────────────────────────────────

    def share(self, ruled: Ruled, worth: Worth, mask: Sequence[str]) -> None:
        """Give the lead to one of those who can take it, by the order of debt."""
        pool, rotation, members = self.pool, self._rotation, self.members
        order = self._orders.of(ruled.lead)
        accrues = pool.absence == "catch_up"
        if accrues and self._orders.goes_by_debt(order):
            mask = spaced_out(mask, members, rotation, order.weights, pool.catch_up)
        letters = "".join(mask)
        there = zip(members, letters, strict=True)
        sharing = eligible = [rep for rep, letter in there if letter == ELIGIBLE]
        if accrues:
            line = Line(ruled.lead.lead_id, None, letters, accrues=True)
            sharing = line.sharing(members)
            mark_level(rotation, line.absent(members), line.there(members))
        share(rotation, sharing, [order.weights[rep] for rep in sharing], worth.cost)
        chosen = self._orders.first(order, rotation, eligible, self.team.loads)
        pay(rotation, chosen, worth.cost)
        line = Line(
            ruled.lead.lead_id,
            chosen,
            letters,
            amount=worth.cost,
            weighting=order.weighting,
            accrues=accrues,
            split=order.strategy is not pool.strategy,
            hot=worth.asked.hot,
            score=worth.score,
            load=worth.points[0] if worth.points else POINT,
            value=worth.value,
        )
        self._give(ruled, worth, line, chosen)

    def give(
        self,
        ruled: Ruled,
        worth: Worth,
        rep: str,
        way: Way,
        mask: Sequence[str],
        **about: object,
    ) -> None:
        """Give a lead to one rep, whoever is owed; it costs them credit if the pool says so."""
        place = self.team.place.get(rep)
        charged = place is not None and _CHARGES[way] in self.pool.charges
        letters = list(mask)
        if place is not None and charged:
            letters[place] = ELIGIBLE
        stage = 1 if way is Way.CLAIM else 0
        line = Line(
            ruled.lead.lead_id,
            rep,
            "".join(letters),
            way,
            amount=worth.cost if charged else 0,
            hot=worth.asked.hot,
            score=worth.score,
            load=worth.points[stage] if worth.points else POINT,
            value=worth.value,
        )
        if line.moves_credit:
            sharing = line.eligible(self.members)
            weights = [self._rotation.standings[one].weight for one in sharing]
            share(self._rotation, sharing, weights, line.amount)
            pay(self._rotation, rep, line.amount)
        self._give(ruled, worth, line, rep, **about)

    def _give(self, ruled: Ruled, worth: Worth, line: Line, rep: str, **about: object) -> None:
        """Book a lead that somebody gets. Who claims it has accepted it."""
        claimed = line.way is Way.CLAIM
        deadlines, protection = self._clocks_of(rep)
        if claimed:
            deadlines = of_a_claim(deadlines)
            if protection:
                about["until"] = kept_until(
                    self.config, self.pool_id, rep, protection, Step.CLAIMED, self.now
                )
        change = Change(
            Step.CLAIMED if claimed else Step.ASSIGNED,
            self.now,
            rep,
            self.pool_id,
            ruled.rule,
            self._turn,
            deadlines,
            points=worth.points,
            value=worth.value,
            score=worth.score,
            protection=protection,
            known_by=self._tie(ruled, rep),
            **about,  # type: ignore[arg-type]
        )
        burden = Burden(rep, self.pool_id, 1, line.load, worth.value)
        self.team.take(rep, burden)
        before = self._taken.get(rep)
        self._taken[rep] = _together(before, burden) if before else burden
        self._record(ruled, line, change)

    def _clocks_of(self, rep: str) -> tuple[tuple[Deadline, ...], Protection | None]:
        known = self._clocks.get(rep)
        if known is None:
            whose = self.config, self.pool_id, rep, self.now
            known = deadlines_for(*whose), protection_for(*whose)
            self._clocks[rep] = known
        return known

    def _tie(self, ruled: Ruled, rep: str) -> tuple[str, ...]:
        """Book whose the person is from now on; answers the keys of its lead's ties."""
        policy = self.pool.existing_owner
        if policy is None:
            return ()
        changes = ties_after(
            ruled.known_by,
            self.ties,
            ruled.lead,
            rep,
            policy.within,
            self.now,
            self.config.reps.__contains__,
        )
        for change in changes:
            first = self._tie_changes.get(change.key)
            before = first.before if first else change.before
            self._tie_changes[change.key] = TieChange(change.key, before, change.after)
            self.ties[change.key] = change.after
        return tuple(change.key for change in changes)

    def free(self, burden: Burden) -> None:
        """Book a lead that somebody no longer has."""
        self.team.free(burden)
        self._frees.append(burden)

    # ── Nobody gets it ───────────────────────────────────────────────────────────────────────────

    def note(self, ruled: Ruled, step: Step, way: Way, mask: str, **about: object) -> None:
        """Book what else becomes of a lead."""
        score = self.worth(ruled).score
        change = Change(
            step,
            self.now,
            None,
            self.pool_id,
            ruled.rule,
            self._turn,
            score=score,
            **about,  # type: ignore[arg-type]
        )
        self._record(ruled, Line(ruled.lead.lead_id, None, mask, way, score=score), change)

    def _record(self, ruled: Ruled, line: Line, change: Change) -> None:
        self._lines.append(line)
        self._moves.append(Move(ruled.lead, change))

    # ── What comes of it ─────────────────────────────────────────────────────────────────────────

    def plan(self) -> Plan:
        """All that was booked."""
        team, rotation = self.team, self._rotation
        rotation.turn = self._turn
        entry = Entry(
            self.pool_id,
            rotation,
            self._version,
            self.now,
            tuple(self._lines),
            self._held,
            self._orders.weightings,
            self._settled,
            team.tallies,
        )
        uses = tuple(
            Use(rep, team.loads[rep].seq, burden, team.loads[rep].tallies)
            for rep, burden in self._taken.items()
        )
        for use in uses:
            team.loads[use.rep_id].seq += 1
        known = Known(rotation, team.loads, team.tallies, self.ties, self._known.factors)
        changes = tuple(self._tie_changes.values())
        return Plan(entry, uses, tuple(self._moves), known, changes, tuple(self._frees))


def _together(one: Burden, other: Burden) -> Burden:
    """What two leads of the same rep and pool take."""
    return Burden(
        one.rep,
        one.pool,
        one.open + other.open,
        one.load + other.load,
        one.value + other.value,
    )
