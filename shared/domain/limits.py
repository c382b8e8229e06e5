"""Limits as configured: how many leads may be held, and how many may come in a period."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from shared.domain.conditions import When
from shared.domain.notation import STORED, Model, Name, written_number
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
    """What leads like this weigh, in points: when new, once accepted, once contacted.

    Never more than before: limits are asked when a lead is given, and no step of work is refused.
    """

    name: Name
    when: When = When()
    points: Thousandths = Decimal(1)
    accepted: Thousandths | None = None  # as before, if left out
    contacted: Thousandths | None = None  # likewise

    @field_validator("accepted", "contacted")
    @classmethod
    def _no_heavier(cls, points: Decimal | None, info: ValidationInfo) -> Decimal | None:
        known = [info.data.get(name) for name in ("accepted", "points")]
        before = next((weight for weight in known if weight is not None), None)
        if info.context == STORED or points is None or before is None or points <= before:
            return points
        raise ValueError(f"a lead gets no heavier as work goes on; at most {before}, as before")

    def weights(self) -> tuple[int, int, int]:
        """Thousandths of a point while assigned, accepted and contacted.

        By a version from before this was asked a lead may get heavier. Then it weighs as much from
        the start, so that there is room for what is to come.
        """
        accepted = self.points if self.accepted is None else self.accepted
        contacted = accepted if self.contacted is None else self.contacted
        accepted = max(accepted, contacted)
        points = max(self.points, accepted)
        return tuple(int(weight * THOUSAND) for weight in (points, accepted, contacted))  # type: ignore[return-value]
