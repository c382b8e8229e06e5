"""Why a lead went where it went, in one sentence: to the rep who got it, or about them."""

from collections.abc import Sequence
from typing import NamedTuple

from shared.domain.candidates import Candidate, Role, carried, in_leads, load_words, strategy_of
from shared.domain.leads import Change, Step
from shared.domain.ledger import Line, Way
from shared.domain.orders import EXACT
from shared.domain.plans import PARK_REASONS
from shared.domain.pools import Pool, Strategy
from shared.domain.reps import EXCLUDED_BECAUSE, Obstacle


class Voice(NamedTuple):
    """Whom a sentence is about, and the words that go with them."""

    who: str
    was: str = "was"
    has: str = "has"
    holds: str = "holds"
    knows: str = "knows"
    their: str = "their"


YOU = Voice("you", "were", "have", "hold", "know", "your")


class Given(NamedTuple):
    """A lead that somebody got: all that the reason follows from."""

    line: Line
    candidates: Sequence[Candidate]
    pool: Pool | None  # as configured then; None: nobody looked it up
    overridden: Sequence[Obstacle] = ()
    offered: bool = False  # before it was taken

    @property
    def strategy(self) -> Strategy | None:
        """By which it was shared, as far as that is known."""
        return strategy_of(self.pool, self.line) if self.pool else None


def why_given(given: Given, voice: Voice) -> str:
    """Why this rep, without a full stop."""
    match given.line.way:
        case Way.OWNER:
            return f"{voice.who} {voice.knows} the customer from an earlier lead"
        case Way.MANUAL:
            return f"{voice.who} {voice.was} chosen by a manager{_despite(given, voice)}"
        case Way.CLAIM if given.offered:
            return f"{voice.who} {voice.was} the first to accept it"
        case Way.CLAIM:
            return f"{voice.who} claimed it"
        case _:
            return _why_shared(given, voice)


def why_not_given(line: Line, change: Change) -> str:
    """Why nobody got it: it is parked, passed on, or there for whoever wants it."""
    if change.step is Step.PASSED:
        return f"{park_words(change.reason)}, so it went on to pool {change.to}"
    if change.step is not Step.OPENED:
        return park_words(change.reason)
    if not change.offered:
        return "anybody in the pool may claim it"
    many = "one rep" if len(change.offered) == 1 else f"{len(change.offered)} reps"
    return f"it is offered to {many}; the first to accept has it"


def park_words(reason: str | None) -> str:
    """The sentence of a code of `PARK_REASONS`; an older record may have words of its own."""
    return PARK_REASONS[reason][0] if reason in PARK_REASONS else reason or ""


def strategy_words(pool: Pool, line: Line) -> str:
    """How the pool shares its leads, and by which part of its split this one went."""
    words = _words_of(pool, strategy_of(pool, line))
    if pool.split is None or line.way is not Way.SHARED or line.chosen is None:
        return words
    percent = pool.split.percent
    if line.split:
        others = _words_of(pool, pool.strategy)
        return f"{words}, as {percent} % of the pool's leads; the others by {others}"
    others = _words_of(pool, Strategy(pool.split.strategy))
    return f"{words}, as {100 - percent} % of the pool's leads; the others by {others}"


def _words_of(pool: Pool, strategy: Strategy) -> str:
    by_value = ", by value" if pool.credit_by == "value" else ""
    round_robin = "strict round robin" if pool.strict else f"round robin{by_value}"
    counted = {"leads": "open leads", "points": "points held", "value": "value held"}[pool.load]
    return {
        Strategy.WEIGHTED: f"weighted round robin{by_value}",
        Strategy.ROUND_ROBIN: round_robin,
        Strategy.LEAST_LOADED: f"least loaded, by {counted}",
        Strategy.PERFORMANCE: f"round robin weighted by performance{by_value}",
        Strategy.OPEN: "open pool",
        Strategy.SHOTGUN: "first to accept",
        Strategy.MANUAL: "manual",
    }[strategy]


# ── Shared by the strategy ───────────────────────────────────────────────────────────────────────


def _why_shared(given: Given, voice: Voice) -> str:
    chosen = next(c for c in given.candidates if c.status is Role.CHOSEN)
    others = [c for c in given.candidates if c.status is Role.ELIGIBLE]
    if not others:
        return f"{voice.who} {voice.was} the only one who could take the lead"
    if given.pool and given.strategy is Strategy.LEAST_LOADED and chosen.held:
        return _least_loaded(given.pool, chosen, others, voice)
    if given.pool and given.strategy is Strategy.ROUND_ROBIN and given.pool.strict:
        return f"{voice.who} {voice.has} waited longest, and the pool's leads go round in turn"
    owed = f"{voice.who} {voice.was} owed {in_leads(chosen.owed)} of a lead"
    most = max(c.owed for c in others)
    if chosen.owed > most:
        return f"{owed}, more than anyone else who could take it"
    if chosen.owed == most:
        return f"{owed}, as much as others, and {voice.has} waited longest"
    return f"{owed}, and {voice.was} next by the pool's strategy"


def _least_loaded(pool: Pool, chosen: Candidate, others: Sequence[Candidate], voice: Voice) -> str:
    """In their favour: they hold least for their weight; among equals, they are owed most."""
    holds = f"{voice.who} {voice.holds} {load_words(pool, chosen.held)}" if chosen.held else ""
    least = _per_weight(pool, chosen)
    alike = least == 0 or all(c.weight == chosen.weight for c in others)
    for_weight = "" if alike else f" for {voice.their} weight"
    fewer, few = ("fewer", "few") if pool.load == "leads" else ("less", "little")
    equals = [c for c in others if _per_weight(pool, c) == least]
    if not equals:
        return f"{holds}, {fewer}{for_weight} than anyone else who could take it"
    tie = f"{holds}, as {few}{for_weight} as others"
    if all(c.owed < chosen.owed for c in equals):
        return f"{tie}, and {voice.was} owed most of them"
    return f"{tie}, {voice.was} owed as much, and {voice.has} waited longest"


def _per_weight(pool: Pool, candidate: Candidate) -> int:
    return carried(pool, candidate.held) * EXACT // candidate.weight if candidate.held else 0


# ── By a manager's hand ──────────────────────────────────────────────────────────────────────────

_NOT_THERE = {
    Obstacle.INACTIVE: "switched off",
    Obstacle.PAUSED: "paused",
    Obstacle.AWAY: "out of office",
    Obstacle.OFF_SHIFT: "off shift",
}


def _despite(given: Given, voice: Voice) -> str:
    return "".join(f", {_despite_one(one, voice)}" for one in given.overridden)


def _despite_one(obstacle: Obstacle, voice: Voice) -> str:
    """What the manager has overridden: `overriding your holding limit`."""
    if obstacle in _NOT_THERE:
        return f"although {'you' if voice is YOU else 'they'} were {_NOT_THERE[obstacle]}"
    if obstacle is Obstacle.POOL_CLOSED:
        return "although the pool is closed at this hour"
    if obstacle is Obstacle.TEAM_LIMIT:
        return "overriding the limit of the whole team"
    name = obstacle.name.lower().replace("_", " ")
    if name.startswith("pool "):
        return f"overriding the {name} for each member"
    if "limit" in name or "points" in name:
        return f"overriding {voice.their} {name.replace('holding points', 'limit in points')}"
    return f"although {voice.who} {EXCLUDED_BECAUSE[obstacle]}"
