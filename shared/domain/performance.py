"""What reps make of their leads, and what that makes of their weights.

A lead's log says all of it: who was given the lead, when they accepted it, whether they won it. So
it is measured from logs, and nothing is counted on the way.

- Response: of the leads that a rep was to accept, the share accepted. What they gave back, declined
  or released, or what was taken back from them, was not; what somebody else moved on before they
  answered does not count, nor does what still waits for their answer.
- Speed: of the time that they were protected for, the share they left unused; of a lead that they
  did not accept, nothing. It runs on the clock of the pool's deadlines.
- Conversion: of the leads given in the older half of the window, the share converted. Younger ones
  have not had their time.

A lead taken back by its seller was none, and does not count. Each figure is compared with the
average of all members, over the same leads.

What is measured apart for each value of a field is kept under a hash of the value. The field may be
one that people write into as they please, and then what they wrote would lie with the pool for as
long as it is measured. A hash serves as well, since a value is only ever looked up, and it also
bounds how long it is; keeping the values that the configuration names would make everybody list
them.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple, Self

from shared.domain.config import Config
from shared.domain.leads import Change, Lead, Step
from shared.domain.pools import Clock, Performance, Pool, Strategy
from shared.domain.values import texts_of
from shared.domain.working_time import Calendar, calendar_of, pool_calendar, working_seconds

# For a kind of lead ("": all leads; else as `kinds_of`), each member's factor, in thousandths.
Factors = dict[str, dict[str, int]]

ALL = ""
NEUTRAL = 1000
# Routing reads all factors with every batch: so many numbers are some 30 KB.
MOST_FACTORS = 2_000
LONGEST_VALUE = 200  # characters; what is longer is a text, and no kind of lead

GIVEN = frozenset({Step.ASSIGNED, Step.CLAIMED})
NOT_TAKEN = frozenset({Step.DECLINED, Step.RECLAIMED})
# What ends somebody's time with a lead.
ENDS = GIVEN | NOT_TAKEN | {Step.LAPSED, Step.UNASSIGNED, Step.REROUTED, Step.CONVERTED, Step.LOST}


class Figures(NamedTuple):
    """What was counted of a rep, or of all members together."""

    given: int = 0  # leads that count at all
    asked: int = 0  # of these, those that they were to accept
    accepted: int = 0
    left: int = 0  # seconds of protection left unused, of all asked together
    ripe: int = 0  # leads old enough to have been converted
    converted: int = 0

    def plus(self, other: Self) -> "Figures":
        """Both together."""
        return Figures(*map(sum, zip(self, other, strict=True)))


def follows_performance(pool: Pool) -> bool:
    """Whether any of a pool's leads are shared by what is measured here."""
    other = pool.split.strategy if pool.split else None
    return Strategy.PERFORMANCE in (pool.strategy, other)


def kinds_of(by: str, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """What a lead's values of a field are kept as: hashes, in order; none of what is a text."""
    return tuple(
        hashlib.sha256(value.encode(errors="surrogatepass")).hexdigest()[:16]
        for value in texts_of(by, fields)
        if len(value) <= LONGEST_VALUE
    )


def ripe_before(policy: Performance, now: datetime) -> datetime:
    """Leads given before this have had their time to be converted."""
    return now - timedelta(seconds=policy.window // 2)


# ── Factors from figures ─────────────────────────────────────────────────────────────────────────


def measured(config: Config, pool_id: str, leads: Iterable[Lead], now: datetime) -> Factors:
    """The factors of all members of a pool, for all leads and for each value with enough of them.

    For a value, a member with too few leads of it has the factor they have for all leads. When
    there are too many values, those with the fewest leads are left out. `leads`, each once and in
    any order, may have been anybody's, at any time.
    """
    pool = config.pools[pool_id]
    by_value = _figures(config, pool_id, leads, now)
    overall = _factors(pool, by_value.pop(ALL, {}))
    factors = {ALL: overall}
    members = len(overall)
    for value in _most_common(pool.performance, by_value):
        if (len(factors) + 1) * members > MOST_FACTORS:
            break
        factors[value] = _factors(pool, by_value[value], overall)
    return factors


def _factors(
    pool: Pool, figures: dict[str, Figures], otherwise: dict[str, int] | None = None
) -> dict[str, int]:
    """Each member's factor; of those with too few leads what it is otherwise, or neutral."""
    policy, protected = pool.performance, pool.deadlines.protects_for
    together = Figures()
    for one in figures.values():
        together = together.plus(one)
    factors = otherwise.copy() if otherwise else dict.fromkeys(pool.members, NEUTRAL)
    for rep, own in figures.items():
        if own.given >= policy.at_least:
            factors[rep] = factor(policy, own, together, protected)
    return factors


def _most_common(policy: Performance, by_value: dict[str, dict[str, Figures]]) -> list[str]:
    """The values that say something of at least one member, those of most leads first."""
    leads = Counter(
        {value: sum(one.given for one in figures.values()) for value, figures in by_value.items()}
    )
    telling = [
        value
        for value, figures in by_value.items()
        if any(one.given >= policy.at_least for one in figures.values())
    ]
    return sorted(telling, key=lambda value: (-leads[value], value))


def factor(policy: Performance, own: Figures, together: Figures, protected: int) -> int:
    """What a member's weight is multiplied with, in thousandths: from the floor to the ceiling.

    `together`: all members, this one included. `protected`: seconds until a lead is taken back.
    """
    extra, asked = policy.at_least, together.asked
    response = _beside_average(own.accepted, own.asked, together.accepted, asked, extra)
    conversion = _beside_average(own.converted, own.ripe, together.converted, together.ripe, extra)
    time_left = (own.left, own.asked * protected, together.left, asked * protected)
    speed = _beside_average(*time_left, extra * protected)
    heavy = tuple(map(Fraction, (policy.response, policy.conversion, policy.speed)))
    if not any(heavy):
        return NEUTRAL
    figures = zip(heavy, (response, conversion, speed), strict=True)
    mean = sum((weight * figure for weight, figure in figures), Fraction()) / sum(heavy)
    least, most = int(policy.floor * 1000), int(policy.ceiling * 1000)
    return min(max(int(mean * 1000), least), most)


def _beside_average(part: int, of: int, all_parts: int, of_all: int, extra: int) -> Fraction:
    """A share over that of all members; `extra` average ones are added, so that few say little."""
    if not all_parts:
        return Fraction(1)
    average = Fraction(all_parts, of_all)
    return (part + extra * average) / ((of + extra) * average)


# ── Figures from logs ────────────────────────────────────────────────────────────────────────────


class _Giving(NamedTuple):
    """A lead in one rep's hands, and how that went on; a moment is None where it never came."""

    rep: str
    at: datetime
    claimed: bool
    accepted_at: datetime | None
    given_back: bool  # by themself, or taken back, before it was accepted
    converted: bool

    @property
    def counts(self) -> bool:
        """Whether it came to anything that is the rep's doing."""
        return self.accepted_at is not None or self.given_back


def _figures(
    config: Config, pool_id: str, leads: Iterable[Lead], now: datetime
) -> dict[str, dict[str, Figures]]:
    """Kind of lead ("": all leads) → member → figures."""
    pool = config.pools[pool_id]
    since = now - timedelta(seconds=pool.performance.window)
    figures: dict[str, dict[str, Figures]] = {}
    for lead in leads:
        if any(change.step is Step.RETURNED for change in lead.log):
            continue
        for giving in _givings(lead, pool_id):
            if giving.rep not in pool.members or giving.at < since or not giving.counts:
                continue
            counted = _counted(config, pool_id, giving, now)
            for value in _values(pool.performance, lead):
                of_value = figures.setdefault(value, {})
                of_value[giving.rep] = of_value.get(giving.rep, Figures()).plus(counted)
    return figures


def _values(policy: Performance, lead: Lead) -> set[str]:
    """Which factors a lead says something about."""
    kinds = kinds_of(policy.by, lead.fields) if policy.by else ()
    return {ALL, *kinds[:1]}  # routing, too, takes the first


def _givings(lead: Lead, pool_id: str) -> Iterator[_Giving]:
    """Each time that a pool gave a lead to somebody."""
    for place, change in enumerate(lead.log):
        if change.step in GIVEN and change.pool == pool_id:
            yield _giving(change, lead.log[place + 1 :])


def _giving(given: Change, later: tuple[Change, ...]) -> _Giving:
    claimed = given.step is Step.CLAIMED
    accepted_at = given.at if claimed else None
    end = None
    for change in later:
        if change.step is Step.ACCEPTED:
            accepted_at = change.at
        if change.step in ENDS:
            end = change
            break
    return _Giving(
        given.rep or "",
        given.at,
        claimed,
        accepted_at,
        given_back=accepted_at is None and end is not None and _is_given_back(end, given),
        converted=end is not None and end.step is Step.CONVERTED,
    )


def _is_given_back(end: Change, given: Change) -> bool:
    """Whether a lead ended as not taken; who releases a lead of their own has declined it."""
    released = end.step is Step.UNASSIGNED and end.by == given.rep
    return released or end.step in NOT_TAKEN


def _counted(config: Config, pool_id: str, giving: _Giving, now: datetime) -> Figures:
    """What one lead in one rep's hands adds to their figures."""
    pool = config.pools[pool_id]
    asked = not giving.claimed  # who claims a lead keeps nobody waiting
    ripe = giving.at <= ripe_before(pool.performance, now)
    accepted = asked and giving.accepted_at is not None
    return Figures(
        given=1,
        asked=asked,
        accepted=accepted,
        left=_left(config, pool_id, giving) if accepted else 0,
        ripe=ripe,
        converted=ripe and giving.converted,
    )


def _left(config: Config, pool_id: str, giving: _Giving) -> int:
    """Seconds of protection that were left when a lead was accepted."""
    protected = config.pools[pool_id].deadlines.protects_for
    clock = _clock(config, pool_id, giving.rep)
    waited = working_seconds(clock, giving.at, giving.accepted_at or giving.at)
    return max(0, protected - waited)


def _clock(config: Config, pool_id: str, rep_id: str) -> Calendar | None:
    """When the time that a rep has for a lead runs; None: always."""
    pool = config.pools[pool_id]
    match pool.deadlines.clock:
        case Clock.POOL:
            return pool_calendar(config, pool_id)
        case Clock.REAL if pool.off_hours == "wait":
            return None
        case _:  # also where leads are given out for when a shift begins
            return calendar_of(config, rep_id)
