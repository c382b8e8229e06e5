"""Whose digest is due: looked up once a minute, started by an event, and noted when it is out.

Nothing here knows mails: most sweeps start none.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from shared.domain.config import Config
from shared.domain.digest import digest_day
from shared.store import alerts as alert_store
from shared.store.table import table_name
from shared.surroundings import Surroundings

ALL_IN_ONE = "mail"  # what is noted of a digest

# Before the next event for one that has not gone out: the first may be under way still.
AGAIN_AFTER = timedelta(minutes=5)

# By table and rep: the latest day that was due, and when to look at it next; never: it is done.
_looked: dict[tuple[str, str], tuple[str, datetime | None]] = {}


def start_digests(config: Config, around: Surroundings, has_time: Callable[[], bool]) -> int:
    """Start the digests that are due and have not gone out; answers how many.

    What does not start, or dies, is due again a few minutes later, for two hours.
    """
    now = around.now()
    due = []
    for rep_id, rep in config.reps.items():
        if rep.digest is None:
            continue
        day = digest_day(config, rep_id, now)
        if day and _is_to_start(rep_id, day.isoformat(), now):
            due.append((rep_id, day.isoformat()))
        if not has_time():
            break
    if due:
        _start(due)
        looked = {(table_name(), rep_id): (day, now + AGAIN_AFTER) for rep_id, day in due}
        _looked.update(looked)
    return len(due)


def _is_to_start(rep_id: str, day: str, now: datetime) -> bool:
    seen, next_look = _looked.get((table_name(), rep_id), ("", now))
    if seen == day and (next_look is None or now < next_look):
        return False
    if ALL_IN_ONE in alert_store.sent(alert_store.of_digest(rep_id, day)):
        _looked[(table_name(), rep_id)] = (day, None)
        return False
    return True


def _start(due: list[tuple[str, str]]) -> None:
    from shared.messages import senders

    senders.put_events(
        [
            senders.Event("DigestDue", {"id": f"{rep_id}:{day}", "rep": rep_id, "day": day})
            for rep_id, day in due
        ]
    )
