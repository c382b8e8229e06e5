"""A figure with its bound, and the table of them."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from rich.table import Table
from rich.text import Text


class Bound(NamedTuple):
    """What a figure is held against."""

    sign: str
    value: float

    def holds(self, measured: float) -> bool:
        """Whether a figure stays within it."""
        if self.sign == "≤":
            return measured <= self.value
        if self.sign == "≥":
            return measured >= self.value
        return measured == self.value


def at_most(value: float) -> Bound:
    """The figure must not be higher."""
    return Bound("≤", value)


def at_least(value: float) -> Bound:
    """The figure must not be lower."""
    return Bound("≥", value)


def same_as(value: float) -> Bound:
    """The figure is a count that must not differ at all."""
    return Bound("=", value)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; without a bound it is there to be read only."""

    what: str
    measured: float
    unit: str  # "×" for a ratio, otherwise what is counted
    bound: Bound | None = None
    made_of: str = ""  # the raw values behind it, which depend on the machine

    @property
    def met(self) -> bool:
        """Whether the bound holds; true when there is none."""
        return self.bound is None or self.bound.holds(self.measured)

    def as_texts(self) -> dict[str, str]:
        """As the table shows it, to be kept."""
        return {
            "what": self.what,
            "measured": f"{_short(self.measured)} {self.unit}",
            "bound": f"{self.bound.sign} {_short(self.bound.value)}" if self.bound else "",
            "met": _verdict(self).plain,
            "made_of": self.made_of,
        }


def machine() -> str:
    """What was measured on, as far as it matters."""
    version = platform.python_version()
    return f"{platform.system()}, {platform.machine()}, {os.cpu_count()} cores, Python {version}"


def today() -> str:
    """The date of a measurement."""
    return datetime.now(UTC).date().isoformat()


def as_table(parts: dict[str, list[Figure]]) -> Table:
    """All figures, one section per part."""
    table = Table(title="leadwheel, measured", title_justify="left", title_style="bold")
    table.add_column("figure")
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("bound", justify="right", no_wrap=True)
    table.add_column("met", no_wrap=True)
    table.add_column("made of", style="dim", overflow="fold")
    for part, figures in parts.items():
        table.add_row(Text(part, style="bold"))
        for figure in figures:
            what, measured, bound, _, made_of = figure.as_texts().values()
            table.add_row(f"  {what}", measured, bound, _verdict(figure), made_of)
        table.add_section()
    return table


def _verdict(figure: Figure) -> Text:
    if figure.bound is None:
        return Text("")
    return Text("yes", style="green") if figure.met else Text("NO", style="bold red")


def _short(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:.2f}"
