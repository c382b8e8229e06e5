"""In what order of debt leads are shared: by which strategy and weights, and who comes first."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.domain.leads import Lead
from shared.domain.limits import THOUSAND
from shared.domain.performance import kinds_of
from shared.domain.pools import Pool, Strategy
from shared.domain.reps import Workload
from shared.domain.rotation import Rotation, longest_waiting, most_owed

# So fine that loads for their weight are equal only if they really are: weights have nine digits.
EXACT = 10**18


@dataclass(frozen=True, slots=True)
class Order:
    """How a lead is shared. `weighting`: which of the plan's further weightings counts, if any."""

    strategy: Strategy
    weights: Mapping[str, int]  # of all members, in thousandths
    weighting: int | None = None


class Orders:
    """The orders of one pool while one plan is made."""

    def __init__(self, pool_id: str, pool: Pool, factors: Mapping[str, Mapping[str, int]]) -> None:
        self._pool_id = pool_id
        self._pool = pool
        self._factors = factors
        self._known: dict[tuple[Strategy, str], Order] = {}
        self._weightings: dict[tuple[int, ...], int] = {}
        self.weights = self._weights(pool.strategy, "")  # those of the accounts

    @property
    def weightings(self) -> tuple[tuple[int, ...], ...]:
        """All that some order took instead of those of the accounts."""
        return tuple(self._weightings)

    def of(self, lead: Lead) -> Order:
        """How this lead is shared."""
        strategy = self._strategy(lead)
        key = strategy, self._branch(lead, strategy)
        if key not in self._known:
            weights = self._weights(*key)
            weighting = None if weights == self.weights else self._weighting(weights)
            self._known[key] = Order(strategy, weights, weighting)
        return self._known[key]

    def _weighting(self, weights: Mapping[str, int]) -> int:
        return self._weightings.setdefault(tuple(weights.values()), len(self._weightings))

    def _strategy(self, lead: Lead) -> Strategy:
        """The pool's, or the other one for its part of the leads."""
        split = self._pool.split
        if split is None or not in_split(self._pool_id, lead.lead_id, split.percent):
            return self._pool.strategy
        return Strategy(split.strategy)

    def _branch(self, lead: Lead, strategy: Strategy) -> str:
        """Which of the measured performances counts for a lead."""
        by = self._pool.performance.by
        if strategy is not Strategy.PERFORMANCE or by is None:
            return ""
        return next((kind for kind in kinds_of(by, lead.fields) if kind in self._factors), "")

    def _weights(self, strategy: Strategy, branch: str) -> dict[str, int]:
        """The members' weights by a strategy.

        Factors are kept within the bounds that are configured now, which may be newer than they.
        """
        weights = self._pool.weights()
        if strategy is Strategy.ROUND_ROBIN:
            return dict.fromkeys(weights, THOUSAND)
        if strategy is not Strategy.PERFORMANCE:
            return weights
        policy, factors = self._pool.performance, self._factors.get(branch, {})
        least, most = int(policy.floor * THOUSAND), int(policy.ceiling * THOUSAND)
        return {
            rep: max(1, weight * min(max(factors.get(rep, THOUSAND), least), most) // THOUSAND)
            for rep, weight in weights.items()
        }

    def goes_by_debt(self, order: Order) -> bool:
        """Whether the lead goes to who is owed most; else debt decides among equals only."""
        is_strict = order.strategy is Strategy.ROUND_ROBIN and self._pool.strict
        return not is_strict and order.strategy is not Strategy.LEAST_LOADED

    def first(
        self,
        order: Order,
        rotation: Rotation,
        eligible: Sequence[str],
        loads: Mapping[str, Workload],
    ) -> str:
        """Who of these gets the lead, which all who share it have been owed their part of."""
        if self.goes_by_debt(order):
            return most_owed(rotation, eligible)
        if order.strategy is Strategy.ROUND_ROBIN:
            return longest_waiting(rotation, eligible)
        carried = [self._carried(loads[rep]) * EXACT // order.weights[rep] for rep in eligible]
        least = min(carried)
        several = zip(eligible, carried, strict=True)
        return most_owed(rotation, [rep for rep, load in several if load == least])

    def _carried(self, load: Workload) -> int:
        """What somebody carries, as the pool counts it, in thousandths."""
        match self._pool.load:
            case "leads":
                return load.open * THOUSAND
            case "points":
                return load.load
            case "value":
                return load.value


def in_split(pool_id: str, lead_id: str, percent: int) -> bool:
    """Whether a lead is one for the pool's other strategy: by a hash, so the same at each try."""
    digest = hashlib.sha256(f"{pool_id}\n{lead_id}".encode()).digest()
    return int.from_bytes(digest[:8]) % 100 < percent
