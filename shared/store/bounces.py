"""Whose mail is paused: one small item, read by whoever mails, changed by who read it as it is."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pynamodb.exceptions import DoesNotExist

from shared.domain.bounces import Code, Refusal, Refusals
from shared.domain.moments import from_text, to_text
from shared.errors import StoreBusyError
from shared.store.faults import translated
from shared.store.table import RefusalsItem, table_name

_KEY = ("mail", "refusals")

_read: dict[str, tuple[float, Refusals]] = {}


def refusals(max_age: float = 0) -> Refusals:
    """All that are kept. With `max_age` (seconds), what this process read so long ago will do.

    Then it is also read the cheap way, and may be older by a moment.
    """
    table = table_name()
    read_at, known = _read.get(table, (float("-inf"), None))
    if known is not None and time.monotonic() - read_at < max_age:
        return known
    try:
        found, _ = _found(consistent=not max_age)
    except StoreBusyError:
        if known is not None and max_age:  # a mail too many does less harm than none
            return known
        raise
    _read[table] = (time.monotonic(), found)
    return found


def change(make: Callable[[Refusals], Refusals]) -> Refusals:
    """Replace what is kept by what is made of it; answers it. The very same is not written.

    ConflictError: somebody else has changed it since it was read; do it again.
    """
    before, number = _found(consistent=True)
    after = make(before)
    if after is before:
        return before
    item = RefusalsItem(*_KEY)
    is_first = number is None
    unchanged = RefusalsItem.pk.does_not_exist() if is_first else RefusalsItem.number == number
    with translated():
        item.update(
            [
                RefusalsItem.kind.set("mail"),
                RefusalsItem.number.set((number or 0) + 1),
                RefusalsItem.people.set({who: _as_stored(one) for who, one in after.items()}),
            ],
            condition=unchanged,
        )
    _read[table_name()] = (time.monotonic(), after)
    return after


def _found(*, consistent: bool) -> tuple[Refusals, int | None]:
    """What is kept, and how often it has been changed; None: never."""
    with translated():
        try:
            item = RefusalsItem.get(*_KEY, consistent_read=consistent)
        except DoesNotExist:
            return {}, None
    return {who: _as_known(stored) for who, stored in item.people.items()}, int(item.number)


def _as_stored(refusal: Refusal) -> dict[str, str]:
    stored = {"mark": refusal.mark, "code": refusal.code.value, "at": to_text(refusal.at)}
    return {**stored, "lifted_at": to_text(refusal.lifted_at)} if refusal.lifted_at else stored


def _as_known(stored: dict[str, Any]) -> Refusal:
    lifted_at: datetime | None = from_text(stored["lifted_at"]) if "lifted_at" in stored else None
    return Refusal(stored["mark"], Code(stored["code"]), from_text(stored["at"]), lifted_at)
