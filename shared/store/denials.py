"""Who was denied what: records for whoever looks into it, for a while.

Under `denied#<who>`, in the order of time.
"""

from datetime import datetime, timedelta

from shared.errors import ConflictError
from shared.store.faults import translated
from shared.store.table import DeniedItem

KEPT = timedelta(days=90)


def note(
    denial_id: str, who: str, right: str, outcome: str, now: datetime, *, lead_id: str | None
) -> None:
    """Record a denial; noted again, under the same id, it is as it was.

    StoreBusyError: the table did not answer.
    """
    item = DeniedItem(
        f"denied#{who}",
        denial_id,
        kind="denied",
        right=right,
        outcome=outcome,
        lead_id=lead_id,
        expires_at=int((now + KEPT).timestamp()),
    )
    try:
        with translated():
            item.save(condition=DeniedItem.pk.does_not_exist())
    except ConflictError:
        return
