"""The languages that reps are written to in."""

from enum import StrEnum


class Language(StrEnum):
    """By their codes, as in `lang` of HTML."""

    EN = "en"
    SV = "sv"
    ZH = "zh"  # simplified
    PT = "pt"
