"""What is worked out of an object once, and known from then on."""

from collections.abc import Callable
from typing import Any, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def by_identity(most: int) -> Callable[[Callable[[Given], Made]], Callable[[Given], Made]]:
    """Keeps what a function makes of its argument, for the `most` last objects it was asked about.

    For what never changes but cannot be hashed, as the configuration. The object is kept with it,
    since the identity of one that is gone may become another's.
    """

    def keeping(make: Callable[[Given], Made]) -> Callable[[Given], Made]:
        kept: dict[int, tuple[Any, Made]] = {}

        def known(given: Given) -> Made:
            found = kept.get(id(given))
            if found is not None and found[0] is given:
                return found[1]
            made = make(given)
            while len(kept) >= most:
                kept.pop(next(iter(kept)), None)
            kept[id(given)] = (given, made)
            return made

        return known

    return keeping
