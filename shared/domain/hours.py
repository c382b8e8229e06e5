"""Working hours, holidays and days out of office, as people write them."""

from datetime import date
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from shared.domain.notation import Country, Id, Model, Name, TimeZone
from shared.domain.week import Hours


def _written_day(value: object) -> object:
    """A bare 20261224 would be taken for seconds since 1970."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise ValueError("must be a date, as in 2026-12-24") from error


Day = Annotated[date, BeforeValidator(_written_day)]


class Holidays(Model):
    """Days without work: a country's or region's, those of an iCal file, and any others.

    `country`, `region` and `calendar` are looked up when a configuration is applied; `days` is what
    was found, and what counts.
    """

    country: Country | None = None
    region: Name | None = None  # as the country divides itself: BY for Bavaria
    calendar: Name | None = None  # an iCal file, beside the configuration
    dates: list[Day] = []
    days: dict[Day, str] = {}  # all of them, with their names
    until: Day | None = None  # how far they are known; None: there are no others

    @model_validator(mode="after")
    def _region_of_a_country(self) -> Self:
        if self.region and not self.country:
            raise ValueError("region: say of which country")
        return self


class Schedule(Model):
    """The parts of the week in which somebody works, and the days on which they do not."""

    time_zone: TimeZone | None = None  # the rep's own, if left out
    week: Annotated[list[Hours], Field(min_length=1)]
    holidays: list[Id] = []


class Away(Model):
    """Days out of office, both included, where the rep is."""

    first: Day
    last: Day
    reason: Annotated[str, StringConstraints(max_length=200)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("last: comes before the first")
        return self
