"""Taking a rep out of every rotation for a while, and putting them back."""

from datetime import datetime

from shared.errors import NotFoundError, StoreBusyError
from shared.flows.persistently import persistently
from shared.store import config as config_store
from shared.store import routing as routing_store
from shared.surroundings import Surroundings


def pause_rep(
    rep_id: str, around: Surroundings, *, paused: bool, until: datetime | None = None
) -> None:
    """Pause or resume; either again changes nothing. NotFoundError: there is no such rep.

    A pause may end by itself, at `until`.
    """
    if rep_id not in config_store.active().config.reps:
        raise NotFoundError(f"there is no rep {rep_id!r}")
    # Routing writes the same item with every lead, so that meeting it there is no surprise.
    persistently(
        lambda: routing_store.set_paused(rep_id, paused=paused, now=around.now(), until=until),
        around,
        (StoreBusyError,),
    )
