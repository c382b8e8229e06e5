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
from shared.flows.retry_waiting import look_again
from shared.store import config as config_store
from shared.store import routing as routing_store
from shared.surroundings import Surroundings

# Routing keeps writing ledgers meanwhile, and each turn taken between our reading and our writing
# means reading again; so all ledgers are read at once. Where routing still comes between each time,
# the turns are taken one by one, after the transaction.
ATTEMPTS = 100
TOGETHER = 10  # of these attempts take the turns in the transaction
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

    Leads that are parked, wait for a manager, or lie open, are offered again under a new version.
    Should this process die before, the sweep does it.
    StoreBusyError: routing kept coming between.
    """
    left = iter(range(TOGETHER))

    def once() -> Applied:
        return _apply_once(config, around, together=next(left, None) is not None)

    try:
        applied = persistently(once, around, (ConflictError,), attempts=ATTEMPTS)
    except ConflictError as error:
        raise StoreBusyError("the pools are too busy just now; try again") from error
    look_again(config_store.active(), around, lambda: True)
    return applied


def _apply_once(config: Config, around: Surroundings, *, together: bool) -> Applied:
    active = _active()
    if active and active.config.model_dump_json() == config.model_dump_json():
        return Applied(active.version, active.version, ())
    before = active.version if active else 0
    changed = _changed_pools(config, active.config if active else None)
    now = around.now()
    with ThreadPoolExecutor(READERS) as readers:
        pools = changed if together else []
        entries = list(readers.map(lambda pool: _entry(config, pool, before + 1, now), pools))
    version, fenced = config_store.activate(
        config, active, entries, around.new_id(), now, pepper=secrets.token_bytes(PEPPER_BYTES)
    )
    # One by one: somebody is always at one of many.
    others = _other_pools(config, active.config if active else None, changed)
    for pool_id in [*changed[fenced:], *others]:
        _fence(config, pool_id, version, around)
    return Applied(version, before, [*changed, *others])


def _fence(config: Config, pool_id: str, version: int, around: Surroundings) -> None:
    """Take the turn of a pool that is not in the transaction.

    Until then, a plan that had been made already may still be committed: it follows the version
    before, whole, and says so.
    """

    def take_the_turn() -> None:
        entry = _entry(config, pool_id, version, around.now())
        config_store.fence(entry, around.new_id())

    persistently(take_the_turn, around, (ConflictError, StoreBusyError), attempts=ATTEMPTS)


def _active() -> ActiveConfig | None:
    try:
        return config_store.active()
    except NotFoundError:
        return None


def _changed_pools(config: Config, before: Config | None) -> list[str]:
    """The pools in which a plan made before must not be committed any more; also those gone."""
    pools = dict.fromkeys([*config.pools, *(before.pools if before else ())])
    return [pool for pool in pools if before is None or _says(config, pool) != _says(before, pool)]


def _other_pools(config: Config, before: Config | None, changed: Sequence[str]) -> list[str]:
    """Those besides in which somebody who is gone by now may just be given a lead by hand."""
    if before is None or all(config.is_active(rep) for rep in before.reps if before.is_active(rep)):
        return []
    return [pool for pool in config.pools if pool not in changed]


def _says(config: Config, pool_id: str) -> object:
    """All that decides who gets a lead of this pool, in its order; None: there is no such pool."""
    pool = config.pools.get(pool_id)
    if pool is None:
        return None
    # Whoever knows the customer may get it, from outside the pool, too.
    reps = [config.reps[rep] for rep in (config.reps if pool.existing_owner else pool.members)]
    used = dict.fromkeys([pool.hours, *(rep.hours for rep in reps)])
    hours = {hours_id: config.hours[hours_id] for hours_id in used if hours_id}
    holidays = [config.holidays[days] for one in hours.values() for days in one.holidays]
    during = config.hours if config.grades else None  # a grade may ask for any of them
    return pool, list(pool.members), reps, hours, holidays, config.grades, during


def _entry(config: Config, pool_id: str, version: int, now: datetime) -> Entry:
    """The next entry of a pool's ledger: nobody gets a lead, but the turn is taken."""
    newest = routing_store.rotation(pool_id)
    rotation = newest.rotation if newest else Rotation()
    if pool := config.pools.get(pool_id):
        rotation = with_members(rotation, pool.weights())
    rotation.turn += 1
    return Entry(pool_id, rotation, version, now, tallies=newest.tallies if newest else {})
