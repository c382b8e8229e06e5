"""Limits as configured: how many leads may be held, and how many may come in a period."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from shared.domain.conditions import When
from shared.domain.notation import Model, Name, written_number
from shared.domain.period import Period


def _thousandths(number: Decimal) -> Decimal:
    if number != number.quantize(Decimal("0.001")):
        raise ValueError("at most three decimals")
    return number


THOUSAND = 1000  # one, counted in thousandths
Thousandths = Annotated[
    Decimal,
    BeforeValidator(written_number),
    Field(ge=0, le=1_000_000, allow_inf_nan=False),
    AfterValidator(_thousandths),
]
Limit = Annotated[int, Field(ge=0, le=1_000_000)]


class Pace(Model):
    """The most leads received in a period.

    A fraction counts over several periods: 0.5 a day is one lead every other day, and 2.5 an hour
    are two and three in turn. It is never rounded to none.
    """

    per: Period
    leads: Thousandths
    rolling: bool = False  # the last 24 hours, say, rather than this day


class Limits(Model):
    """What one rep, or one team, may hold and receive; no limit where nothing is said."""

    holding: Limit | None = None  # open leads
    points: Thousandths | None = None  # open leads, weighed by grade
    pace: Annotated[list[Pace], Field(max_length=3)] = []


class Grade(Model):
    """What leads like this weigh, in points: when new, once accepted, once contacted."""

    name: Name
    when: When = When()
    points: Thousandths = Decimal(1)
    accepted: Thousandths | None = None  # as before, if left out
    contacted: Thousandths | None = None  # likewise

    def weights(self) -> tuple[int, int, int]:
        """Thousandths of a point while assigned, accepted and contacted."""
        accepted = self.points if self.accepted is None else self.accepted
        contacted = accepted if self.contacted is None else self.contacted
        return tuple(int(points * THOUSAND) for points in (self.points, accepted, contacted))  # type: ignore[return-value]
