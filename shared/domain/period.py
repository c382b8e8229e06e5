"""Periods in which something is counted."""

from enum import StrEnum


class Period(StrEnum):
    """How long what is counted counts."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
