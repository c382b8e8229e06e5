"""What a pool's performance is measured from, and what was measured last."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pynamodb.exceptions import DoesNotExist

from shared.domain.leads import Lead
from shared.domain.ledger import Way, lines_from_text
from shared.domain.moments import from_text, to_text
from shared.domain.performance import Factors
from shared.errors import ConflictError
from shared.store.codec import UNREADABLE, lead_from_item, turn_key
from shared.store.faults import translated
from shared.store.table import LeadItem, RateItem, TurnItem, lead_key
from shared.telemetry import logger

LEADS_AT_ONCE = 100  # what BatchGetItem takes
ENTRIES_AT_ONCE = 100
AT_MOST = 1_000  # leads of one stretch, and entries looked through for them

# Nothing here need be the latest: half the price will do.


class Measured(NamedTuple):
    """When a pool was last measured, and by which version of the configuration."""

    at: datetime
    config_version: int


def last_measured(pool_id: str) -> Measured | None:
    """When a pool was last measured; None: never."""
    with translated():
        try:
            item = RateItem.get(f"pool#{pool_id}", "performance")
        except DoesNotExist:
            return None
    return Measured(from_text(item.at), int(item.config_version))


def store(pool_id: str, factors: Factors, measured: Measured, before: Measured | None) -> bool:
    """Keep what was measured; False: somebody else has measured since `before`."""
    item = RateItem(
        f"pool#{pool_id}",
        "performance",
        kind="rate",
        factors=factors,
        at=to_text(measured.at),
        config_version=measured.config_version,
    )
    unchanged = RateItem.at == to_text(before.at) if before else RateItem.pk.does_not_exist()
    try:
        with translated():
            item.save(condition=unchanged)
    except ConflictError:
        return False
    return True


class Stretch(NamedTuple):
    """The leads that a part of a pool's ledger gave to somebody, each once, the latest first."""

    lead_ids: tuple[str, ...]
    reached: int | None  # the earliest turn looked at; None: there was nothing
    whole: bool  # all of it was looked at


def given(pool_id: str, since: datetime, before_turn: int | None = None) -> Stretch:
    """The leads given since a moment, before a turn (if one is named): the latest of them.

    It ends after 1,000 leads, or as many entries.
    """
    last = turn_key(before_turn - 1) if before_turn else "turn#~"
    found: dict[str, None] = {}
    reached, whole = None, False
    with translated():
        for item in TurnItem.query(
            f"pool#{pool_id}",
            TurnItem.sk.between(turn_key(0), last),
            scan_index_forward=False,
            limit=AT_MOST,
            page_size=ENTRIES_AT_ONCE,
            attributes_to_get=["pk", "sk", "at", "lines"],
        ):
            whole = from_text(item.at) < since
            if whole or len(found) >= AT_MOST:
                break
            reached = _turn(item)
            lines = lines_from_text(item.lines or "")
            found |= dict.fromkeys(
                line.lead_id for line in lines if line.chosen and line.way is not Way.REFUND
            )
    return Stretch(tuple(found)[:AT_MOST], reached, whole or reached == 1)


def turn_at(pool_id: str, moment: datetime, before_turn: int) -> int:
    """The first of a pool's turns since a moment, or `before_turn`: found by halving."""
    first, last = 1, before_turn
    while first < last:
        middle = (first + last) // 2
        if _written_at(pool_id, middle) < moment:
            first = middle + 1
        else:
            last = middle
    return first


def _written_at(pool_id: str, turn: int) -> datetime:
    with translated():
        return from_text(
            TurnItem.get(f"pool#{pool_id}", turn_key(turn), attributes_to_get=["pk", "sk", "at"]).at
        )


def _turn(item: Any) -> int:
    return int(item.sk.partition("#")[2])


def leads(lead_ids: Sequence[str]) -> Iterator[Lead]:
    """These leads, a hundred at a time; those that are gone, or cannot be read, are not there."""
    for start in range(0, len(lead_ids), LEADS_AT_ONCE):
        keys = [(lead_key(lead_id), "lead") for lead_id in lead_ids[start : start + LEADS_AT_ONCE]]
        with translated():
            items = list(LeadItem.batch_get(keys))
        for item in items:
            try:
                yield lead_from_item(item)
            except UNREADABLE as error:
                logger.error("a lead cannot be read", key=item.pk, error=type(error).__name__)
