"""Options that change nothing where they stand."""

from collections.abc import Iterator

from infra.cli.checks.finding import Finding
from infra.cli.yaml_file import Place
from shared.domain.config import Config
from shared.domain.fitting import BLIND
from shared.domain.pools import OFFERING, Clock, Pool, Strategy

CHARGES = {Strategy.OPEN: "claim", Strategy.SHOTGUN: "claim", Strategy.MANUAL: "manual"}


def findings(config: Config) -> Iterator[Finding]:
    """Of pools."""
    for pool_id, pool in config.pools.items():
        place = "pools", pool_id
        for field, why in _unused(pool):
            message = f"changes nothing: {why}"
            yield Finding("unused-option", (*place, field), message, "leave it out")
        yield from _clock(config, place, pool)


def _unused(pool: Pool) -> Iterator[tuple[str, str]]:
    if pool.strategy in CHARGES and not pool.charges:
        why = f"in a pool that is {pool.strategy}, leads cost no credit without `charges`"
        if pool.absence != "frozen":
            yield "absence", why
        if pool.credit_by != "lead":
            yield "credit_by", why
    if pool.absence != "catch_up" and pool.catch_up != Pool.model_fields["catch_up"].default:
        yield "catch_up", "nobody catches up without `absence: catch_up`"
    if pool.existing_owner and pool.existing_owner.away == "wait" and pool.strategy in BLIND:
        yield "existing_owner", f"a pool that is {pool.strategy} asks nobody, and waits for nobody"
    if pool.strategy in BLIND:
        yield from _of_the_hour(pool)
    if pool.then and pool.strategy in BLIND and not _ends(pool):
        yield "then", "nothing ends the time that leads lie here; see `offer_for`"
    if pool.tiers and len(pool.tiers) == 1 and set(pool.tiers[0].reps) == set(pool.members):
        yield "tiers", "all members are in the only tier"


def _of_the_hour(pool: Pool) -> Iterator[tuple[str, str]]:
    why = f"a pool that is {pool.strategy} takes leads at any hour"
    if pool.duty_pool:
        yield "duty_pool", why
    if pool.off_hours != "wait":
        yield "off_hours", why


def _ends(pool: Pool) -> bool:
    return pool.strategy in OFFERING and pool.offer_for is not None


def _clock(config: Config, place: Place, pool: Pool) -> Iterator[Finding]:
    """Who has no hours is always at work, so that the rep's clock is the real one."""
    if pool.deadlines.clock is not Clock.REP:
        return
    without = [rep for rep in pool.members if config.reps[rep].hours is None]
    if without:
        message = f"runs in real time for who has no hours: {', '.join(without)}"
        at = *place, "deadlines", "clock"
        yield Finding("clock-without-hours", at, message, "give them `hours`, or use another clock")
