"""Credits, which the API gives in whole millionths of a lead, as people read them."""

UNIT = 1_000_000


def leads(credit: int) -> str:
    """In leads, three decimals: `0.667`, `-0.333`; a credit of nothing has no sign."""
    return f"{credit / UNIT:z.3f}"


def signed(credit: int) -> str:
    """As `leads`, with a sign, for what is added: `+0.500`."""
    return f"{credit / UNIT:+z.3f}"
