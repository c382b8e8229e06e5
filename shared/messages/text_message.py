"""SMS: one short text."""

from shared.messages.brief import Brief
from shared.messages.display import shortened

LONGEST = 140  # characters beside the link; then it costs as several


def message(told: Brief) -> str:
    """The text."""
    about = ", ".join(text for name, text in told.facts if name in ("Name", "Product"))
    said = shortened(f"{told.headline}: {about}" if about else told.headline, LONGEST)
    return f"{said}\n{told.link}" if told.link else said
