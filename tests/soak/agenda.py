"""What is to be done when, by a few threads: the people of the day."""

import heapq
import threading
import time
import traceback
from collections.abc import Callable
from itertools import count


class Agenda:
    """Does each thing at its moment, or as soon after it as somebody has time."""

    def __init__(self, hands: int) -> None:
        self.errors: list[str] = []  # of ours, as a rule: what is done must not raise
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()
        self._changed = threading.Condition()
        self._busy = 0
        self._ended = False
        self._hands = [threading.Thread(target=self._work, daemon=True) for _ in range(hands)]
        for hand in self._hands:
            hand.start()

    def after(self, seconds: float, what: Callable[[], object]) -> None:
        """Do this in so many seconds."""
        self.at(time.monotonic() + seconds, what)

    def at(self, moment: float, what: Callable[[], object]) -> None:
        """Do this at a moment of `time.monotonic`."""
        with self._changed:
            heapq.heappush(self._due, (moment, next(self._numbers), what))
            self._changed.notify()

    def left(self) -> int:
        """How much is still to be done, or being done."""
        with self._changed:
            return len(self._due) + self._busy

    def late(self) -> int:
        """How much nobody has had time for yet."""
        now = time.monotonic()
        with self._changed:
            return sum(moment <= now for moment, _, _ in self._due)

    def end(self) -> None:
        """Begin nothing more; wait for what is being done."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        for hand in self._hands:
            hand.join(60)

    def _work(self) -> None:
        while (what := self._next()) is not None:
            try:
                what()
            except Exception:  # noqa: BLE001  (told at the end; the others go on)
                self.errors.append(traceback.format_exc())
            with self._changed:
                self._busy -= 1

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            while not self._ended:
                wait = self._due[0][0] - time.monotonic() if self._due else 1.0
                if self._due and wait <= 0:
                    self._busy += 1
                    return heapq.heappop(self._due)[2]
                self._changed.wait(min(wait, 1.0))
            return None
