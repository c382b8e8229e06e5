"""Leads that wait are offered again: parked ones often, all when the configuration is new."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from shared.domain.config import ActiveConfig, Config
from shared.domain.leads import Lead
from shared.flows.route_leads import Routed, route_leads
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.surroundings import Surroundings

AT_ONCE = 100
PARKED_AT_MOST = 1_000  # looked at in one go
LISTED_AT_MOST = 20_000
ANY_AGE = float("inf")


class Retried(NamedTuple):
    """What came of a pool's parked leads."""

    moved: int  # they wait there no more
    waiting: int  # still; LISTED_AT_MOST of them are counted


class LookedAgain(NamedTuple):
    """What came of all that waited when the configuration was new."""

    moved: int  # they wait there no more
    finished: bool = True  # False: time ran out


def retry_parked(pool_id: str, around: Surroundings, *, most: int = PARKED_AT_MOST) -> Retried:
    """Offer the pool's parked leads again, oldest first.

    Cheap when there are none: one query. Leads that some members have lost may have to wait for the
    others, while fresh ones need not: so it looks on past them, and stops at the first page in
    which a fresh lead has to stay. Where one lead may find somebody and another nobody, it looks on
    in any case; and of more than `most`, at some of the younger ones too, others each time.
    """
    ids = _parked(pool_id)
    if not ids:
        return Retried(0, 0)
    alike = not _is_picky(config_store.active(ANY_AGE).config, pool_id)
    moved = 0
    for page in _pages(ids[:most] if alike else _some_of(ids, most, around)):
        leads = lead_store.get_many(page)
        routed = route_leads(leads, around)
        moved += _moved(routed)
        fresh = sum(not lead.lost_by for lead in leads)
        if alike and fresh and _moved(routed) + routed.renewed < fresh:
            break
    return Retried(moved, len(ids) - moved)


def first_parked(pool_id: str, around: Surroundings) -> list[Lead]:
    """Those of the pool's parked leads that come first when they are offered again."""
    ids = _parked(pool_id)
    if len(ids) > AT_ONCE and _is_picky(config_store.active(ANY_AGE).config, pool_id):
        ids = _some_of(ids, AT_ONCE, around)
    return lead_store.get_many(ids[:AT_ONCE]) if ids else []


def _parked(pool_id: str) -> list[str]:
    """The ids of the pool's parked leads, oldest first."""
    return list(islice(lead_store.lying_in(f"parked#{pool_id}"), LISTED_AT_MOST))


def _some_of(ids: list[str], most: int, around: Surroundings) -> list[str]:
    """The oldest, and as many in a row from anywhere after them."""
    if len(ids) <= most:
        return ids
    half = most // 2
    start = half + int(around.chance() * (len(ids) - most + 1))
    return [*ids[:half], *ids[start : start + most - half]]


def _is_picky(config: Config, pool_id: str) -> bool:
    """Whether leads of the pool differ in who may take them."""
    pool = config.pools.get(pool_id)
    if pool is None:
        return True  # it is gone: each goes where the rules say now
    weighs = any(config.reps[rep].holding_points is not None for rep in pool.members)
    return pool.is_picky or weighs or _may_leave_by_itself(config, pool_id)


def _may_leave_by_itself(config: Config, pool_id: str) -> bool:
    """Whether a lead that waits here may be another pool's when the hour is another."""
    is_on_duty = any(pool.duty_pool == pool_id for pool in config.pools.values())
    scored = config.score.points if config.score else ()
    conditions = [rule.when for rule in config.rules] + [points.when for points in scored]
    return is_on_duty or any(when.asks_time() for when in conditions)


def look_again(
    active: ActiveConfig, around: Surroundings, has_time: Callable[[], bool]
) -> LookedAgain:
    """Offer all that is parked, waits for a manager, or lies open, once under each new version.

    What kept them may be gone now, and so may their pool. Each pool remembers the version that its
    leads have been looked at with: who dies in between leaves the rest to the next. What is parked
    comes last, of all pools: it may be more than there is time for, and the sweep offers it anyway.
    """
    moved = 0
    seen = config_store.looked_at(active.known_pools)
    pools = [pool for pool in active.known_pools if seen.get(pool, 0) < active.version]
    for places in (("stuck", "open"), ("parked",)):
        for pool_id in pools:
            for page in _pages_of(pool_id, places):
                if not has_time():
                    return LookedAgain(moved, finished=False)
                moved += _moved(route_leads(lead_store.get_many(page), around))
            if "parked" in places:
                config_store.note_looked_at(pool_id, active.version)
    return LookedAgain(moved)


def _pages_of(pool_id: str, places: Iterable[str]) -> Iterator[list[str]]:
    for place in places:
        yield from _pages(lead_store.lying_in(f"{place}#{pool_id}"))


def _moved(routed: Routed) -> int:
    """What stays where it is is not written."""
    return routed.assigned + routed.opened + routed.parked


def _pages(ids: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(ids)
    while page := list(islice(remaining, AT_ONCE)):
        yield page
