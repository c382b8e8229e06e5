"""SMS: one short text."""

from shared.messages.brief import Brief
from shared.messages.display import shortened

LONGEST = 140  # characters beside the link; each SMS that it takes costs


def message(told: Brief) -> str:
    """The text."""
    said = shortened(told.in_one_line, LONGEST)
    return f"{said}\n{told.link}" if told.link else said
