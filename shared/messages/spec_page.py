"""The specification page of a source: what whoever sends to it reads, on any screen and on paper.

It is public: who has the address reads it, and so does who guesses the source's id. The description
it is given holds neither keys nor prices, caps, screens or anything about other sources.
"""

import json
from collections.abc import Mapping
from typing import Any

from shared.domain.description import Description
from shared.messages.rendering import render

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def spec_page(described: Description) -> str:
    """The whole page; it needs nothing else, and runs nothing."""
    return render(
        "spec_page.html", spec=described, duration=duration, example=example, kinds=_KINDS
    )


_KINDS = {"partner": "Selling leads", "form": "Website form", "hook": "Webhook"}


def duration(seconds: int) -> str:
    """`30 days`, `36 hours`: in the largest unit that leaves nothing over."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    number = seconds // size
    return f"{number} {unit}{'' if number == 1 else 's'}"


def example(answer: Mapping[str, Any]) -> str:
    """An answer as people read JSON."""
    return json.dumps(answer, ensure_ascii=False, indent=2)
