"""How leads are scored that come without a score of their own."""

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from shared.domain.conditions import When
from shared.domain.notation import Model, written_number

Number = Annotated[
    Decimal,
    BeforeValidator(written_number),
    Field(ge=-1_000_000, le=1_000_000, allow_inf_nan=False),
]


class Points(Model):
    """What leads like this gain, or lose."""

    when: When
    points: Number


class Score(Model):
    """A table of points: all that fit are added up."""

    start: Number = Decimal(0)
    points: list[Points] = []
    at_least: Number | None = None  # what comes out is never below
    at_most: Number | None = None  # nor above
