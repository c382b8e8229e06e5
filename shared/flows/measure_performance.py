"""Measure what the members of a pool make of their leads, when it is time to.

The ledger says which leads a pool gave out, and their logs what became of them. Two stretches of
the ledger are read, each of 1,000 leads at most, whatever the pool gets: the latest of the window's
newer half, which say how reps respond, and the latest of its older half, which say how many are
converted. Between them the ledger is searched by halving, so that it costs the same however many
leads lie there.

Safe to run twice at once and to die anywhere: one conditional write puts all factors in place of
those before, and what was measured twice is as true as once.
"""

from datetime import datetime, timedelta

from shared.domain.config import ActiveConfig
from shared.domain.performance import measured, ripe_before
from shared.domain.pools import Performance
from shared.store import performance as performance_store
from shared.store.performance import Measured
from shared.surroundings import Surroundings


def measure_performance(active: ActiveConfig, pool_id: str, around: Surroundings) -> bool:
    """Measure a pool of the active configuration, if it is time to; whether that was done."""
    policy, now = active.config.pools[pool_id].performance, around.now()
    before = performance_store.last_measured(pool_id)
    if before and before.config_version == active.version and _is_fresh(before.at, policy, now):
        return False
    leads = performance_store.leads(_lead_ids(pool_id, policy, now))
    factors = measured(active.config, pool_id, leads, now)
    return performance_store.store(pool_id, factors, Measured(now, active.version), before)


def _is_fresh(at: datetime, policy: Performance, now: datetime) -> bool:
    """Whether it was measured lately; what a clock that ran ahead has measured was not."""
    return timedelta() <= now - at < timedelta(seconds=policy.refresh)


def _lead_ids(pool_id: str, policy: Performance, now: datetime) -> tuple[str, ...]:
    """The leads to measure by, each once."""
    half = ripe_before(policy, now)
    newer = performance_store.given(pool_id, half)
    end = newer.reached
    if end and not newer.whole:
        end = performance_store.turn_at(pool_id, half, end)
    older = performance_store.given(pool_id, now - timedelta(seconds=policy.window), end)
    return tuple(dict.fromkeys(newer.lead_ids + older.lead_ids))
