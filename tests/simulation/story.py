"""What has happened, told so that somebody can follow it."""

import traceback
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.kernel import Kernel

KEPT = 4000
TOLD = 60


@dataclass
class Story:
    """The newest lines of a day. Cheap to tell, as most are never read."""

    kernel: "Kernel | None" = None
    processes: int = 0
    lines: deque[tuple[datetime, str]] = field(default_factory=lambda: deque(maxlen=KEPT))

    @property
    def now(self) -> datetime:
        """The time by a clock that is right."""
        if self.kernel is None:
            raise RuntimeError("the story has not begun")
        return self.kernel.at

    def tell(self, what: str) -> None:
        """Note something that happens now."""
        if self.kernel:
            self.lines.append((self.kernel.at, what))

    def raised(self, who: str, error: BaseException) -> None:
        """Note that somebody met an error, and where."""
        where = traceback.extract_tb(error.__traceback__)[-4:]
        places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(where))
        self.tell(f"{who} raises {type(error).__name__}: {str(error)[:200]} in {places}")

    def about(self, *names: str) -> list[str]:
        """The newest of what was told that names one of these; of everything, without names."""
        chosen = [line for line in self.lines if any(name in line[1] for name in names)]
        newest = list(chosen or self.lines)[-TOLD:]
        return [f"{at:%d %H:%M:%S.%f}"[:-3] + f"  {what}" for at, what in newest]
