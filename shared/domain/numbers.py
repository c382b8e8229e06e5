"""What is taken for a number, wherever it is written: in a lead, in conditions, in a table."""

from decimal import Decimal, InvalidOperation

MOST_DIGITS = 40  # before and after the point


def number_of(text: str) -> Decimal | None:
    """The number that a text is; None when it is none."""
    if len(text) > MOST_DIGITS or "_" in text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < MOST_DIGITS else None
