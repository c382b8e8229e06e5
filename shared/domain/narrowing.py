"""Who of those who could take a lead may take this one: hops, skills, tiers, catching up.

Each step only takes members out, by the letter of its obstacle; so any of them may be combined.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from shared.domain.config import Config
from shared.domain.leads import Lead
from shared.domain.limits import THOUSAND
from shared.domain.plans import tries_in, waited_in
from shared.domain.pools import Match
from shared.domain.reps import ELIGIBLE, Obstacle
from shared.domain.rotation import LEAD, Rotation
from shared.domain.values import texts_of


class Narrowing:
    """What one pool asks of its members, beyond that they are there and within their limits."""

    def __init__(self, config: Config, pool_id: str, now: datetime) -> None:
        self._pool_id = pool_id
        self._pool = pool = config.pools[pool_id]
        self._now = now
        self._place = {rep: i for i, rep in enumerate(pool.members)}
        self._skills = [
            {
                match.skill or match.field: frozenset(
                    value.strip().casefold()
                    for value in config.reps[rep].skills.get(match.skill or match.field, ())
                )
                for match in pool.match
            }
            for rep in (pool.members if pool.match else ())
        ]

    def narrowed(self, mask: Sequence[str], lead: Lead, score: Decimal | None) -> Sequence[str]:
        """The mask for this lead alone."""
        if self.is_last_hop(lead):
            return [Obstacle.LAST_HOP] * len(mask)
        lost = lead.lost_by and lead.lost_by & self._place.keys()
        if not (lost or self._pool.match or self._pool.tiers):
            return mask
        own = list(mask)
        for rep in lost:
            own[self._place[rep]] = Obstacle.HAD_IT
        asked = self._asked(lead)
        for match, values in asked:
            if match.required:
                self._exclude(own, Obstacle.LACKS_SKILL, self._without(match, values))
        own = self._in_tier(own, score)
        for match, values in asked:
            if not match.required:
                own = _preferring(own, Obstacle.OTHERS_MATCH, self._without(match, values))
        return own

    def is_last_hop(self, lead: Lead) -> bool:
        """Whether the pool has given the lead out as often as it may."""
        return tries_in(lead, self._pool_id) >= self._pool.deadlines.max_assignments

    def unfit(self, lead: Lead, score: Decimal | None) -> set[int]:
        """The places of those who are not there for leads like this, whoever else can take it."""
        places = {
            place
            for match, values in self._asked(lead)
            if match.required
            for place in self._without(match, values)
        }
        if self._pool.tiers and not self._pool.overflow:
            places |= set(self._outside_tier(score))
        return places

    def _asked(self, lead: Lead) -> list[tuple[Match, frozenset[str]]]:
        """The matches that this lead still asks for, each with what would do."""
        waited = waited_in(lead, self._pool_id, self._now)
        asked = ((match, texts_of(match.field, lead.fields)) for match in self._pool.match)
        return [
            (match, frozenset(values))
            for match, values in asked
            if values and (match.relax_after is None or waited < match.relax_after)
        ]

    def _without(self, match: Match, values: frozenset[str]) -> list[int]:
        """The places of those who lack a skill."""
        skill = match.skill or match.field
        return [i for i, skills in enumerate(self._skills) if values.isdisjoint(skills[skill])]

    @staticmethod
    def _exclude(mask: list[str], obstacle: Obstacle, places: list[int]) -> None:
        for i in places:
            if mask[i] == ELIGIBLE:
                mask[i] = obstacle

    def _in_tier(self, mask: list[str], score: Decimal | None) -> list[str]:
        """Only those of the lead's tier; if the pool says so, others where nobody there can."""
        if not self._pool.tiers:
            return mask
        outside = self._outside_tier(score)
        if self._pool.overflow:
            return _preferring(mask, Obstacle.OTHER_TIER, outside)
        self._exclude(mask, Obstacle.OTHER_TIER, outside)
        return mask

    def _outside_tier(self, score: Decimal | None) -> list[int]:
        """The places of those who are of another tier than the lead.

        A lead without a score belongs to the last tier.
        """
        tiers = self._pool.tiers
        fitting = (tier for tier in tiers if score is not None and score >= tier.at_least)
        within = frozenset(next(fitting, tiers[-1]).reps)
        return [place for rep, place in self._place.items() if rep not in within]


def _preferring(mask: list[str], obstacle: Obstacle, others: list[int]) -> list[str]:
    """Without these, if anybody is left then."""
    narrower = list(mask)
    Narrowing._exclude(narrower, obstacle, others)  # noqa: SLF001 (its own helper)
    return narrower if ELIGIBLE in narrower else mask


def spaced_out(
    mask: Sequence[str],
    members: Sequence[str],
    rotation: Rotation,
    weights: Mapping[str, int],
    catch_up: Decimal,
) -> Sequence[str]:
    """Who is owed more than a lead, having been away, gets at most so many times the normal share.

    Owed more than the others who could take it are on average: when somebody is away for long, the
    others owe them ever more, and a new member is owed as much more than these.

    A share of a quarter is every fourth lead; at twice that, leads come in pairs, and one of each
    pair may be theirs, but no two in a row. Nobody is held back when nobody else could take it.
    """
    eligible = [i for i, letter in enumerate(mask) if letter == ELIGIBLE]
    standings = {i: rotation.standings[members[i]] for i in eligible}
    if all(one.level for one in standings.values()):
        return mask
    together = sum(one.credit for one in standings.values())
    behind = [
        i
        for i, one in standings.items()
        if not one.level and (one.credit - LEAD) * len(eligible) >= together
    ]
    there = zip(members, mask, strict=True)
    total = sum(weights[rep] for rep, letter in there if letter != Obstacle.INACTIVE) * THOUSAND
    own = list(mask)
    for i in behind:
        last = rotation.standings[members[i]].last
        part = int(catch_up * THOUSAND) * weights[members[i]]
        if last and _too_soon(rotation.leads + 1, last, part, total):
            own[i] = Obstacle.CATCHING_UP
    return own if ELIGIBLE in own else mask


def _too_soon(lead: int, last: int, part: int, total: int) -> bool:
    """Whether somebody who had lead number `last`, and gets `part` of `total` leads, waits on.

    There is one for them in each stretch of `total / part` leads. That alone would let two follow
    each other, at the end of a stretch and at the beginning of the next.
    """
    same_stretch = lead * part // total == last * part // total
    return same_stretch or (lead - last) < total // part
