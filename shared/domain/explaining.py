"""Why a lead went where it went, in one sentence: to the rep who got it, or about them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from shared.domain.candidates import Candidate, Role, carried, in_leads, strategy_of
from shared.domain.leads import Change, Step
from shared.domain.ledger import Held, Line, Way
from shared.domain.orders import EXACT
from shared.domain.plans import PARK_REASONS
from shared.domain.pools import Pool, Strategy
from shared.domain.reps import EXCLUDED_BECAUSE, Obstacle
from shared.domain.sentence import Clause, Sentence


class Voice(NamedTuple):
    """Whom a sentence is about, and the words that go with them."""

    who: str
    was: str = "was"
    has: str = "has"
    holds: str = "holds"
    knows: str = "knows"
    their: str = "their"

    def say(self, words: str, **numbers: str) -> Clause:
        """A clause about them: in `{who} {was} owed %(owed)s of a lead`, the words are theirs."""
        return Clause(words.format(**self._asdict()), numbers)


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


def why_given(given: Given, voice: Voice) -> Sentence:
    """Why this rep, without a full stop."""
    match given.line.way:
        case Way.OWNER:
            return Sentence.of(voice.say("{who} {knows} the customer from an earlier lead"))
        case Way.MANUAL:
            chosen = voice.say("{who} {was} chosen by a manager")
            return Sentence.of(chosen, *_despite(given, voice))
        case Way.CLAIM if given.offered:
            return Sentence.of(voice.say("{who} {was} the first to accept it"))
        case Way.CLAIM:
            return Sentence.of(voice.say("{who} claimed it"))
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


def refund_words(rep: str, pool_id: str, step: Step) -> str:
    """Why what a lead cost its rep is undone, without a full stop."""
    ended = _REFUNDED[step].format(rep=rep)
    return f"{ended}; pool {pool_id} takes no credit for that, so {rep} has it again"


_REFUNDED = {
    Step.RETURNED: "its seller took it back",
    Step.DECLINED: "{rep} gave it back",
    Step.LAPSED: "{rep} did not work on it in time",
    Step.RECLAIMED: "{rep} did not take it up in time",
    Step.LOST: "{rep} lost it",
}


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


def _why_shared(given: Given, voice: Voice) -> Sentence:
    chosen = next(c for c in given.candidates if c.status is Role.CHOSEN)
    others = [c for c in given.candidates if c.status is Role.ELIGIBLE]
    if not others:
        return Sentence.of(voice.say("{who} {was} the only one who could take the lead"))
    if given.pool and given.strategy is Strategy.LEAST_LOADED and chosen.held:
        return Sentence.of(*_least_loaded(given.pool, chosen, chosen.held, others, voice))
    if given.pool and given.strategy is Strategy.ROUND_ROBIN and given.pool.strict:
        in_turn = "{who} {has} waited longest, and the pool's leads go round in turn"
        return Sentence.of(voice.say(in_turn))
    owed = voice.say("{who} {was} owed %(owed)s of a lead", owed=in_leads(chosen.owed))
    most = max(c.owed for c in others)
    if chosen.owed > most:
        return Sentence.of(owed, voice.say(", more than anyone else who could take it"))
    if chosen.owed == most:
        return Sentence.of(owed, voice.say(", as much as others, and {has} waited longest"))
    return Sentence.of(owed, voice.say(", and {was} next by the pool's strategy"))


# By whether the pool counts leads, and whether all weigh the same.
_LEAST = {
    (True, True): ", fewer than anyone else who could take it",
    (True, False): ", fewer for {their} weight than anyone else who could take it",
    (False, True): ", less than anyone else who could take it",
    (False, False): ", less for {their} weight than anyone else who could take it",
}
_AS_LITTLE = {
    (True, True): ", as few as others",
    (True, False): ", as few for {their} weight as others",
    (False, True): ", as little as others",
    (False, False): ", as little for {their} weight as others",
}


def _least_loaded(
    pool: Pool, chosen: Candidate, held: Held, others: Sequence[Candidate], voice: Voice
) -> Iterator[Clause]:
    """In their favour: they hold least for their weight; among equals, they are owed most."""
    least = _per_weight(pool, chosen)
    alike = least == 0 or all(c.weight == chosen.weight for c in others)
    kind = (pool.load == "leads", alike)
    equals = [c for c in others if _per_weight(pool, c) == least]
    yield _holds(pool, held, voice)
    if not equals:
        yield voice.say(_LEAST[kind])
        return
    yield voice.say(_AS_LITTLE[kind])
    if all(c.owed < chosen.owed for c in equals):
        yield voice.say(", and {was} owed most of them")
    else:
        yield voice.say(", {was} owed as much, and {has} waited longest")


def _holds(pool: Pool, held: Held, voice: Voice) -> Clause:
    match pool.load:
        case "leads" if held.open == 0:
            return voice.say("{who} {holds} no open leads")
        case "leads" if held.open == 1:
            return voice.say("{who} {holds} 1 open lead")
        case "leads":
            return voice.say("{who} {holds} %(n)s open leads", n=str(held.open))
        case "points":
            points = f"{held.load / 1000:g}"
            return voice.say("{who} {holds} open leads that weigh %(n)s points", n=points)
        case "value":
            typical = f"{held.value / 1000:g}"
            return voice.say("{who} {holds} open leads worth %(n)s typical ones", n=typical)


def _per_weight(pool: Pool, candidate: Candidate) -> int:
    return carried(pool, candidate.held) * EXACT // candidate.weight if candidate.held else 0


# ── By a manager's hand ──────────────────────────────────────────────────────────────────────────

_NOT_THERE = {
    Obstacle.INACTIVE: "switched off",
    Obstacle.PAUSED: "paused",
    Obstacle.AWAY: "out of office",
    Obstacle.OFF_SHIFT: "off shift",
}


def _despite(given: Given, voice: Voice) -> Iterator[Clause]:
    """For managers: a rep's mail does not say it."""
    for obstacle in given.overridden:
        yield Clause(f", {_despite_one(obstacle, voice)}")


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
