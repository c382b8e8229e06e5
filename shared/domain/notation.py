"""How people write things in the configuration: durations, time zones, amounts, ids."""

import re
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
)

from shared.domain.numbers import MOST_DIGITS, number_of

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

# The context in which a stored version is read: it was checked when it was applied, must not change
# its meaning with our checks, and is on the way of a lead.
STORED = {"stored": True}


class Model(BaseModel):
    """A part of the configuration: nothing unknown in it, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _seconds(value: object) -> object:
    """Seconds from `90`, `30s`, `15m`, `2h` or `3d`."""
    if isinstance(value, str):
        match = re.fullmatch(r"(\d+)\s*([smhd])", value.strip())
        if not match:
            raise ValueError("write a duration as a number and a unit: 30s, 15m, 2h, 3d")
        return int(match[1]) * _UNITS[match[2]]
    return value


def _known_zone(name: str, info: ValidationInfo) -> str:
    if info.context == STORED:
        return name
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("unknown time zone; write it like Europe/Stockholm") from error
    return name


def _email(address: str, info: ValidationInfo) -> str:
    if info.context == STORED:
        return address
    # Mail goes out to this address; the library knows what one looks like.
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(address, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError(f"not an e-mail address: {error}") from error


def _phone(number: str, info: ValidationInfo) -> str:
    if info.context == STORED:
        return number
    # SMS go out to this number; the library knows which there can be.
    import phonenumbers

    problem = "must be a phone number with its country, as in +46701740605"
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        raise ValueError(problem) from error
    if not phonenumbers.is_valid_number(parsed):
        raise ValueError(problem)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _cents(amount: Decimal) -> Decimal:
    if amount != amount.quantize(Decimal("0.0001")):
        raise ValueError("an amount has at most four decimals")
    return amount


def written_number(value: object) -> object:
    """A number as people write it in YAML; by way of its text, as 0.1 is no decimal fraction."""
    return str(value) if isinstance(value, float) else value


def _comparable(number: Decimal, info: ValidationInfo) -> Decimal:
    """What no lead's number could ever be compared with is a mistake."""
    if info.context != STORED and number_of(str(number)) is None:
        raise ValueError(f"a number has at most {MOST_DIGITS} digits before and after the point")
    return number


def _plain_value(value: object) -> object:
    """Numbers and yes/no as people write them; nothing at all is a mistake."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Seconds = Annotated[int, BeforeValidator(_seconds), Field(gt=0, le=366 * 86400)]
LongSeconds = Annotated[int, BeforeValidator(_seconds), Field(gt=0, le=3660 * 86400)]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_email)]
Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(_phone)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Number = Annotated[Decimal, BeforeValidator(written_number), AfterValidator(_comparable)]
Amount = Annotated[
    Decimal,
    BeforeValidator(written_number),
    Field(ge=0, le=1_000_000_000, allow_inf_nan=False),
    AfterValidator(_cents),
]
Value = Annotated[str, StringConstraints(min_length=1), BeforeValidator(_plain_value)]
