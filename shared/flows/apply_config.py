"""Put a configuration into force."""

import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from shared.domain.config import ActiveConfig, Config
from shared.domain.ledger import Entry
from shared.domain.rotation import Rotation, with_members
from shared.errors import ConflictError, NotFoundError, StoreBusyError
from shared.flows.persistently import persistently
from shared.flows.route_leads import retry_waiting
from shared.store import config as config_store
from shared.store import routing as routing_store
from shared.surroundings import Surroundings

# Routing keeps writing ledgers meanwhile, and each turn taken between our reading and our writing
# means reading again; so all ledgers are read at once.
ATTEMPTS = 100
READERS = 16
PEPPER_BYTES = 32


@dataclass(frozen=True, slots=True)
class Applied:
    """The version now active, the one it replaced (0: none), and the pools whose ledger moved."""

    version: int
    before: int
    changed_pools: Sequence[str]


def apply_config(config: Config, around: Surroundings) -> Applied:
    """Store and activate a configuration. The same one again activates nothing new.

    Leads that waited for a manager are offered again, since what kept them may be gone now.
    StoreBusyError: routing kept coming between.
    """
    try:
        applied = persistently(
            lambda: _apply_once(config, around), around, (ConflictError,), attempts=ATTEMPTS
        )
    except ConflictError as error:
        raise StoreBusyError("the pools are too busy just now; try again") from error
    for pool_id in config.pools:
        retry_waiting(pool_id, around, place="stuck")
    for pool_id in applied.changed_pools:  # also one that is gone, or not open any more
        retry_waiting(pool_id, around, place="open")
    return applied


def _apply_once(config: Config, around: Surroundings) -> Applied:
    active = _active()
    if active and active.config.model_dump_json() == config.model_dump_json():
        return Applied(active.version, active.version, ())
    before = active.version if active else 0
    changed = _changed_pools(config, active.config if active else None)
    now = around.now()
    with ThreadPoolExecutor(READERS) as readers:
        entries = list(
            readers.map(lambda pool_id: _entry(config, pool_id, before + 1, now), changed)
        )
    version = config_store.activate(
        config, active, entries, around.new_id(), now, pepper=secrets.token_bytes(PEPPER_BYTES)
    )
    return Applied(version, before, changed)


def _active() -> ActiveConfig | None:
    try:
        return config_store.active()
    except NotFoundError:
        return None


def _changed_pools(config: Config, before: Config | None) -> list[str]:
    """The pools in which a plan made before must not be committed any more; also those gone."""
    pools = dict.fromkeys([*config.pools, *(before.pools if before else ())])
    return [pool for pool in pools if before is None or _says(config, pool) != _says(before, pool)]


def _says(config: Config, pool_id: str) -> object:
    """All that decides who gets a lead of this pool, in its order; None: there is no such pool."""
    pool = config.pools.get(pool_id)
    if pool is None:
        return None
    shared = (config.hours, config.holidays, config.grades)
    reps = [config.reps[rep] for rep in pool.members]
    return pool, list(pool.members), reps, shared


def _entry(config: Config, pool_id: str, version: int, now: datetime) -> Entry:
    """The next entry of a pool's ledger: nobody gets a lead, but the turn is taken."""
    newest = routing_store.rotation(pool_id)
    rotation = newest.rotation if newest else Rotation()
    if pool := config.pools.get(pool_id):
        rotation = with_members(rotation, pool.weights())
    rotation.turn += 1
    return Entry(pool_id, rotation, version, now, tallies=newest.tallies if newest else {})
