"""The candidates of a decision: what each was owed and held at that very lead, and why not.

All of it follows from the pool's ledger entry, walked from either end: credits backwards from the
accounts after it, counters forwards from what was held before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.bounds import Bound, bounds
from shared.domain.config import Config
from shared.domain.ledger import ACCRUING, Entry, Held, Line, Way
from shared.domain.pools import Pool, Strategy
from shared.domain.reps import ELIGIBLE, EXCLUDED_BECAUSE, Obstacle, Workload, seat
from shared.domain.rotation import LEAD, owed_before, shares


class Role(StrEnum):
    """What a candidate was to a decision."""

    CHOSEN = "chosen"
    ELIGIBLE = "eligible"
    EXCLUDED = "excluded"
    OWED = "owed"  # absent or held back, and owed a part all the same
    NOT_COMPARED = "not_compared"  # nobody asked who of the members could take it


@dataclass(frozen=True, slots=True)
class Candidate:
    """One rep, as the decision saw them. Credits are in millionths of a lead."""

    rep_id: str
    status: Role
    reason: str
    weight: int  # in thousandths
    credit_before: int
    share: int  # what this lead added to what they were owed
    credit_after: int
    member: bool = True  # of the pool
    held: Held | None = None  # what they held and had received; None: it was not written down
    limits: tuple[Bound, ...] = ()  # what each is used of is not known here

    @property
    def owed(self) -> int:
        """What they were owed when the lead was given."""
        return self.credit_before + self.share


def candidates_of(entry: Entry, number: int, config: Config | None) -> tuple[Candidate, ...]:
    """Each member at one of the entry's lines, and who got the lead if they are none.

    `config` is the entry's version; without it, limits are left out.
    """
    line, members = entry.lines[number], list(entry.rotation.standings)
    before, after = _accounts(entry, number)
    weights = dict(zip(members, entry.weights(line, members), strict=True))
    parts, held = _parts(entry, line), _held_at(entry, number)
    letters = dict(zip(members, line.mask, strict=True)) if line.mask else {}
    by_load = _pool_that_counts_load(config, entry.pool_id, line)
    found = []
    for rep in members:
        status = _role(line, rep, letters.get(rep))
        owed = f"was owed {in_leads(before[rep] + parts.get(rep, 0))} of a lead"
        standing = f"held {load_words(by_load, held[rep])}" if by_load and rep in held else owed
        found.append(
            Candidate(
                rep_id=rep,
                status=status,
                reason=_why(line, status, letters.get(rep), standing),
                weight=weights[rep],
                credit_before=before[rep],
                share=parts.get(rep, 0),
                credit_after=after[rep],
                held=held.get(rep),
                limits=_limits(config, entry, rep),
            )
        )
    if line.chosen and line.chosen not in weights:
        found.append(_stranger(line, line.chosen, _limits(config, entry, line.chosen)))
    return tuple(found)


def strategy_of(pool: Pool, line: Line) -> Strategy:
    """The strategy by which a line's lead was shared: the pool's, or that of its split."""
    return Strategy(pool.split.strategy) if line.split and pool.split else pool.strategy


def carried(pool: Pool, held: Held) -> int:
    """What a rep carries, as the strategy least loaded counts it in this pool, in thousandths."""
    return {"leads": held.open * 1000, "points": held.load, "value": held.value}[pool.load]


def in_leads(credit: int) -> str:
    """A credit as people read it: in leads, two decimals."""
    return f"{credit / LEAD:z.2f}"


def load_words(pool: Pool, held: Held) -> str:
    """What a rep holds, as the pool counts it: `3 open leads`."""
    match pool.load:
        case "leads":
            return "no open leads" if not held.open else _leads(held.open)
        case "points":
            return f"open leads that weigh {held.load / 1000:g} points"
        case "value":
            return f"open leads worth {held.value / 1000:g} typical ones"


def _leads(number: int) -> str:
    return "1 open lead" if number == 1 else f"{number} open leads"


# ── Credits and counters ─────────────────────────────────────────────────────────────────────────


def _accounts(entry: Entry, number: int) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """All credits before and after one line, from those after the entry's last."""
    members = list(entry.rotation.standings)
    before = {rep: standing.credit for rep, standing in entry.rotation.standings.items()}
    after = before
    for line in reversed(entry.lines[number:]):
        after = before
        if line.moves_credit:
            sharing = line.sharing(members)
            weights = entry.weights(line, sharing)
            before = owed_before(after, sharing, weights, line.chosen or "", line.amount)
    return before, after


def _parts(entry: Entry, line: Line) -> dict[str, int]:
    """What a line's lead added to what each was owed."""
    if not line.moves_credit:
        return {}
    sharing = line.sharing(entry.rotation.standings)
    weights = tuple(entry.weights(line, sharing))
    return dict(zip(sharing, shares(weights, line.amount), strict=True))


def _held_at(entry: Entry, number: int) -> dict[str, Held]:
    """What each member held at one line: what they held before, and what the lines before gave."""
    held = dict(zip(entry.rotation.standings, entry.held, strict=False))
    for line in entry.lines[:number]:
        if line.chosen in held:
            before = held[line.chosen]
            held[line.chosen] = Held(
                before.open + 1,
                before.here + 1,
                before.today + 1,
                before.load + line.load,
                before.value + line.value,
            )
    return held


def _limits(config: Config | None, entry: Entry, rep: str) -> tuple[Bound, ...]:
    if config is None or rep not in config.reps or entry.pool_id not in config.pools:
        return ()
    nothing = Workload()
    return bounds(seat(config, entry.pool_id, rep, nothing, entry.at), nothing)


# ── In words ─────────────────────────────────────────────────────────────────────────────────────


def _role(line: Line, rep: str, letter: str | None) -> Role:
    if rep == line.chosen:
        return Role.CHOSEN
    if letter is None:
        return Role.NOT_COMPARED
    if letter == ELIGIBLE:
        return Role.ELIGIBLE
    accrues = line.accrues and line.moves_credit and letter in ACCRUING
    return Role.OWED if accrues else Role.EXCLUDED


_CHOSEN_BY_WAY = {
    Way.OWNER: "knows the customer",
    Way.MANUAL: "was chosen by a manager",
    Way.CLAIM: "took it themselves",
}


def _why(line: Line, status: Role, letter: str | None, standing: str) -> str:
    match status:
        case Role.CHOSEN:
            return _CHOSEN_BY_WAY.get(line.way, standing)
        case Role.NOT_COMPARED:
            return "may claim it" if line.way is Way.OPEN else "was not compared with the others"
        case Role.ELIGIBLE if line.way is Way.OPEN:
            return "is offered it"
        case Role.ELIGIBLE:
            return standing if line.moves_credit else "could have taken it"
        case Role.EXCLUDED:
            return EXCLUDED_BECAUSE[Obstacle(letter or "")]
        case Role.OWED:
            return f"{EXCLUDED_BECAUSE[Obstacle(letter or '')]}, and is owed a part all the same"


def _pool_that_counts_load(config: Config | None, pool_id: str, line: Line) -> Pool | None:
    """The pool, when what its members hold decided about the line."""
    pool = config.pools.get(pool_id) if config else None
    if pool is None or line.way is not Way.SHARED or line.chosen is None:
        return None
    return pool if strategy_of(pool, line) is Strategy.LEAST_LOADED else None


def _stranger(line: Line, rep: str, limits: tuple[Bound, ...]) -> Candidate:
    """Who got the lead without being a member: the pool has no account of theirs."""
    why = _CHOSEN_BY_WAY.get(line.way, "was chosen")
    reason = f"{why}, and is no member of the pool"
    return Candidate(rep, Role.CHOSEN, reason, 0, 0, 0, 0, member=False, limits=limits)
