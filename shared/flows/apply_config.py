"""Put a configuration into force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.config import ActiveConfig, Config
from shared.domain.ledger import Entry
from shared.domain.moments import to_milliseconds
from shared.domain.rotation import with_members
from shared.errors import ConflictError, NotFoundError
from shared.store import config as config_store
from shared.store import routing as routing_store
from shared.surroundings import Surroundings

ATTEMPTS = 20  # routing keeps writing ledgers meanwhile


@dataclass(frozen=True, slots=True)
class Applied:
    """The version now active, the one it replaced (0: none), and the pools whose ledger moved."""

    version: int
    before: int
    changed_pools: Sequence[str]


def apply_config(config: Config, around: Surroundings) -> Applied:
    """Store and activate a configuration. The same one again changes nothing."""
    for _ in range(ATTEMPTS):
        try:
            active: ActiveConfig | None = config_store.active()
        except NotFoundError:
            active = None
        if active and active.config == config:
            return Applied(active.version, active.version, ())
        after = active.version if active else 0
        changed = [
            pool_id
            for pool_id in config.pools
            if not active or _says(config, pool_id) != _says(active.config, pool_id)
        ]
        now = to_milliseconds(around.now())
        entries = [_entry(config, pool_id, after + 1, now) for pool_id in changed]
        try:
            version = config_store.activate(config, active, entries, around.new_id(), now)
        except ConflictError as error:
            conflict = error
            around.wait(around.chance() * 0.2)
            continue
        return Applied(version, after, changed)
    raise conflict


def _says(config: Config, pool_id: str) -> object:
    """All that decides who gets a lead of this pool; None when there is no such pool."""
    pool = config.pools.get(pool_id)
    return pool and (list(pool.members.items()), pool, [config.reps[rep] for rep in pool.members])


def _entry(config: Config, pool_id: str, version: int, now: datetime) -> Entry:
    rotation = with_members(routing_store.current(pool_id), config.pools[pool_id].weights())
    rotation.turn += 1
    return Entry(pool_id, rotation, version, now)
