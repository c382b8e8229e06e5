"""Amounts of money, counted in whole ten-thousandths so that sums are exact."""

from decimal import Decimal

UNIT = Decimal("0.0001")


def to_units(amount: Decimal) -> int:
    """The amount in ten-thousandths; it has no more than four decimals."""
    return int(amount / UNIT)


def to_text(units: int) -> str:
    """`25.00`: at least two decimals, and no more than needed."""
    text = f"{units * UNIT:.4f}"
    return text.removesuffix("00")


def from_text(text: str) -> int:
    """What `to_text` wrote."""
    return to_units(Decimal(text))
