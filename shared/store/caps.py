"""What caps have counted."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.store.faults import translated
from shared.store.table import CapItem


@dataclass(frozen=True, slots=True)
class Count:
    """What one cap has counted in one period; money in ten-thousandths."""

    leads: int = 0
    money: int = 0


def counts(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Count]:
    """What these caps ("partner#acme#daily") have counted in these periods; unused ones are not."""
    keys = [(f"cap#{cap}", period) for cap, period in wanted]
    with translated():
        items = CapItem.batch_get(keys, consistent_read=True)
        return {
            (item.pk.partition("#")[2], item.sk): Count(int(item.leads or 0), int(item.money or 0))
            for item in items
        }
