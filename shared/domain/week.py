"""Parts of the week, as people write them."""

from datetime import time
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from shared.domain.notation import Model

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _no_number(value: object) -> object:
    """A bare 8 would be taken for eight seconds after midnight."""
    if isinstance(value, int | float):
        raise ValueError("must be a time, as in 08:00")  # noqa: TRY004  (pydantic tells it so)
    return value


def _midnight(value: object) -> object:
    return "00:00" if value == "24:00" else value


TimeOfDay = Annotated[time, BeforeValidator(_no_number)]


class Hours(Model):
    """A part of the week: from `start` until before `end` on these days.

    An end that is not later than the start is the next day's: 22:00 to 02:00 is over midnight, and
    08:00 to 08:00 a whole day.
    """

    days: Annotated[list[Weekday], Field(min_length=1)] = list(WEEKDAYS)
    start: TimeOfDay = time(0)
    end: Annotated[TimeOfDay, BeforeValidator(_midnight)] = time(0)  # 00:00 or 24:00: the day's end

    @model_validator(mode="after")
    def _plain(self) -> Self:
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("write times as 08:00; the time zone stands beside them")
        return self
