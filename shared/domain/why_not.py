"""Why nobody of a pool can take a lead."""

from collections.abc import Iterable, Mapping

from shared.domain.reps import ABSENT, Obstacle

LIMITS = frozenset(
    {
        Obstacle.HOLDING_LIMIT,
        Obstacle.HOLDING_POINTS,
        Obstacle.HOURLY_LIMIT,
        Obstacle.DAILY_LIMIT,
        Obstacle.WEEKLY_LIMIT,
        Obstacle.MONTHLY_LIMIT,
        Obstacle.POOL_HOLDING_LIMIT,
        Obstacle.POOL_HOLDING_POINTS,
        Obstacle.POOL_HOURLY_LIMIT,
        Obstacle.POOL_DAILY_LIMIT,
        Obstacle.POOL_WEEKLY_LIMIT,
        Obstacle.POOL_MONTHLY_LIMIT,
        Obstacle.TEAM_LIMIT,
    }
)
OFF = frozenset({Obstacle.OFF_SHIFT, Obstacle.AWAY, Obstacle.POOL_CLOSED})
NOT_FOR_THIS = frozenset({Obstacle.LACKS_SKILL, Obstacle.OTHER_TIER})


def why_nobody(
    obstacles: Mapping[str, Obstacle],
    absences: Mapping[str, Obstacle | None],
    unfit: Iterable[str],
) -> str:
    """The reason, one of `PARK_REASONS`.

    obstacles: why each member cannot take the lead. absences: why each is not at work, whatever
    the lead. unfit: who is not there for leads like this, at work or not.
    """
    # Who is switched off is not waited for: where everybody else has had the lead, everybody has.
    members = {rep for rep, why in obstacles.items() if why is not Obstacle.INACTIVE}
    left = {rep for rep in members if obstacles[rep] is not Obstacle.HAD_IT}
    whys = {obstacles[rep] for rep in left}
    at_work = {absences[rep] for rep in members} - OFF - {Obstacle.PAUSED}
    reasons = {
        "too_many_assignments": Obstacle.LAST_HOP in whys,
        "everyone_had_it": members and not left,
        "off_hours": not at_work and any(absences[rep] in OFF for rep in left),
        "no_match": left and left <= set(unfit),
        "no_match_yet": whys & NOT_FOR_THIS,
        "at_limits": whys & LIMITS and whys <= LIMITS | ABSENT,
    }
    return next((reason for reason, holds in reasons.items() if holds), "nobody_available")
