"""What a lead asks of who gets it: its weight in points, its value, and what it costs in credit."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from shared.domain.conditions import Subject
from shared.domain.config import Config
from shared.domain.leads import POINT, Lead
from shared.domain.limits import THOUSAND
from shared.domain.plans import Ruled
from shared.domain.pools import Pool
from shared.domain.rotation import LEAD
from shared.domain.rules import condition_holds, grade_of
from shared.domain.team import Asked
from shared.domain.values import number_of


class Worth(NamedTuple):
    """What one lead weighs, is worth and costs in one pool."""

    asked: Asked
    points: tuple[int, int, int] | None = None  # by stage; None: one point throughout
    value: int = 0  # in thousandths of a typical lead; 0: nobody counts it
    cost: int = LEAD  # what it costs who gets it, in millionths of a lead
    score: str | None = None


_ORDINARY = Worth(Asked(POINT))


def worth_of(config: Config, pool: Pool, ruled: Ruled, now: datetime) -> Worth:
    """What a lead asks of who gets it now."""
    if pool.value is None and pool.hot is None and not config.grades and ruled.score is None:
        return _ORDINARY
    subject = Subject(ruled.lead.source, ruled.lead.fields, ruled.score, now)
    grade = grade_of(config, subject) if config.grades else None
    points = grade.weights() if grade else None
    if points == (POINT, POINT, POINT):
        points = None
    hot = pool.hot is not None and condition_holds(config, pool.hot, subject)
    value = _value(pool, ruled.lead)
    return Worth(
        Asked(points[0] if points else POINT, hot),
        points,
        value,
        value * (LEAD // THOUSAND) if pool.credit_by == "value" else LEAD,
        _score_text(ruled.score),
    )


def _value(pool: Pool, lead: Lead) -> int:
    """What a lead is worth, in thousandths of a typical one, which it is if it does not say."""
    value = pool.value
    if value is None:
        return 0
    amount = number_of(value.field, lead.fields)
    if amount is None or amount <= 0:
        return THOUSAND
    if amount >= value.at_most * value.typical:  # asked first: nobody multiplies 1e999999
        return int(value.at_most * THOUSAND)
    return max(1, int(amount * THOUSAND / value.typical))


def _score_text(score: Decimal | None) -> str | None:
    return None if score is None else f"{score.normalize():f}"
