"""Limits, skills and tiers that cannot be met, or that never count."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations

from infra.cli.checks.finding import Finding
from infra.cli.yaml_file import Place
from shared.domain.config import Config, Rep
from shared.domain.limits import Limits, Pace
from shared.domain.period import Period
from shared.domain.pools import Pool

_OUT = "to keep somebody out, say `active: false`; else raise it, or leave it out"
_DROP = "raise the other one, or leave this one out"


def findings(config: Config) -> Iterator[Finding]:
    """Of reps, and of pools with their members."""
    lightest = _lightest(config)
    for rep_id, rep in config.reps.items():
        yield from _of_rep(("reps", rep_id), rep, lightest)
    for pool_id, pool in config.pools.items():
        place = "pools", pool_id
        for field, limits in (
            ("member_limits", pool.member_limits),
            ("team_limits", pool.team_limits),
        ):
            yield from _of_limits((*place, field), limits, lightest)
        yield from _of_both(place, pool)
        yield from _skills(config, place, pool)
        yield from _tiers(config, place, pool)


def _lightest(config: Config) -> Decimal:
    """What a lead weighs at least, in points; one that fits no grade weighs one."""
    weights = [grade.points for grade in config.grades]
    catches_all = any(not grade.when for grade in config.grades)
    return min(weights if catches_all else [*weights, Decimal(1)])


# ── One limit ────────────────────────────────────────────────────────────────────────────────────


def _of_rep(place: Place, rep: Rep, lightest: Decimal) -> Iterator[Finding]:
    if not rep.active:
        return
    for field in ("holding_limit", "daily_limit"):
        if getattr(rep, field) == 0:
            yield _zero((*place, field))
    yield from _of_points((*place, "holding_points"), rep.holding_points, lightest)
    yield from _of_paces((*place, "pace"), rep.pace)
    if rep.daily_limit is not None:
        day = Pace(per=Period.DAY, leads=Decimal(rep.daily_limit))
        for pace in rep.pace:
            narrow, wide = (day, pace) if _RANK[pace.per] > _RANK[Period.DAY] else (pace, day)
            if _never_counts(narrow, wide):
                field = "daily_limit" if narrow is day else "pace"
                yield _unreachable((*place, field), narrow, wide)


def _of_limits(place: Place, limits: Limits, lightest: Decimal) -> Iterator[Finding]:
    if limits.holding == 0:
        yield _zero((*place, "holding"))
    yield from _of_points((*place, "points"), limits.points, lightest)
    yield from _of_paces((*place, "pace"), limits.pace)


def _zero(place: Place) -> Finding:
    return Finding("limit-of-none", place, "lets nobody have any lead", _OUT)


def _of_points(place: Place, points: Decimal | None, lightest: Decimal) -> Iterator[Finding]:
    if points == 0:
        yield _zero(place)
    elif points is not None and points < lightest:
        message = f"even the lightest lead weighs {lightest:f}, so one at a time is all they hold"
        yield Finding("limit-below-lightest", place, message, "raise it to what several weigh")


# ── Paces ────────────────────────────────────────────────────────────────────────────────────────

_RANK = {Period.HOUR: 0, Period.DAY: 1, Period.WEEK: 2, Period.MONTH: 3}


def _of_paces(place: Place, paces: Sequence[Pace]) -> Iterator[Finding]:
    for number, pace in enumerate(paces):
        if pace.leads == 0:
            yield _zero((*place, number, "leads"))
    for one, other in combinations(range(len(paces)), 2):
        for narrow, wide in ((one, other), (other, one)):
            if _never_counts(paces[narrow], paces[wide]):
                yield _unreachable((*place, narrow), paces[narrow], paces[wide])
                break


def _never_counts(narrow: Pace, wide: Pace) -> bool:
    """Whether more are allowed in the shorter period than in the longer one."""
    if _RANK[narrow.per] > _RANK[wide.per] or not wide.leads:
        return False
    if narrow.per == wide.per:
        return narrow.rolling == wide.rolling and narrow.leads >= wide.leads
    return narrow.leads > wide.leads


def _unreachable(place: Place, narrow: Pace, wide: Pace) -> Finding:
    message = f"{narrow.leads:f} a {narrow.per} are never reached: {wide.leads:f} a {wide.per} are"
    return Finding("limit-never-reached", place, f"{message} the most", _DROP)


def _of_both(place: Place, pool: Pool) -> Iterator[Finding]:
    """What each member may have, when it is more than what all may have together."""
    each, team = pool.member_limits, pool.team_limits
    for field in ("holding", "points"):
        own, all_of_them = getattr(each, field), getattr(team, field)
        if own is not None and all_of_them and own > all_of_them:
            message = f"{own} are never reached: {all_of_them} are the most for all together"
            at = *place, "member_limits", field
            yield Finding("limit-never-reached", at, message, _DROP)
    for number, pace in enumerate(each.pace):
        wide = next((wide for wide in team.pace if _exceeds(pace, wide)), None)
        if wide:
            yield _unreachable((*place, "member_limits", "pace", number), pace, wide)


def _exceeds(pace: Pace, wide: Pace) -> bool:
    return _RANK[pace.per] <= _RANK[wide.per] and bool(wide.leads) and pace.leads > wide.leads


# ── Skills and tiers ─────────────────────────────────────────────────────────────────────────────


def _skills(config: Config, place: Place, pool: Pool) -> Iterator[Finding]:
    for number, match in enumerate(pool.match):
        skill = match.skill or match.field
        if any(skill in config.reps[rep].skills for rep in pool.members if config.reps[rep].active):
            continue
        wait = "" if match.relax_after is None else f" for {match.relax_after} s"
        message = (
            f"no active member has a skill {skill!r}: leads with the field {match.field} wait{wait}"
            if match.required
            else f"no active member has a skill {skill!r}, so nobody is preferred"
        )
        advice = f"say in `skills` of a member: `{skill}: […]`"
        yield Finding("skill-nobody-has", (*place, "match", number), message, advice)


def _tiers(config: Config, place: Place, pool: Pool) -> Iterator[Finding]:
    for number, tier in enumerate(pool.tiers):
        if any(config.reps[rep].active for rep in tier.reps):
            continue
        then = "others get its leads" if pool.overflow else "its leads wait"
        message = f"nobody of this tier is active: {then}"
        at = *place, "tiers", number, "reps"
        yield Finding("empty-tier", at, message, "add a rep who is, or leave the tier out")
