"""Mail to an address that takes none is paused: whose it is, and letting it be tried again."""

from collections.abc import Callable, Iterator
from math import inf
from typing import Any

from shared.domain.bounces import Refusal, lifted
from shared.domain.config import ActiveConfig
from shared.domain.moments import to_text
from shared.errors import ConflictError, NotFoundError, StoreBusyError
from shared.flows.persistently import persistently
from shared.store import bounces as bounce_store
from shared.store import config as config_store
from shared.store.people import person_of
from shared.surroundings import Surroundings

KNOWN_FOR = 30.0  # seconds after which whoever mails notices a new one


def refusal_of(rep_id: str, email: str) -> Refusal | None:
    """Why mail to a rep at this address is paused; None: it is not. StoreBusyError.

    As this process has known it for half a minute at most: asked with every mail, it costs nothing.
    """
    refusal = bounce_store.refusals(KNOWN_FOR).get(rep_id)
    if refusal is None:
        return None
    pepper = config_store.active(max_age=inf).pepper  # it never changes
    return refusal if refusal.holds(person_of(pepper, email)) else None


def paused_mail(sees: Callable[[str], bool]) -> dict[str, Any]:
    """Whose mail is paused, longest first; only those whom the reader `sees`."""
    active, kept = config_store.active(), bounce_store.refusals()
    listed = [
        {
            "who": who,
            "rep_id": who if who in active.config.reps else None,
            "code": refusal.code,
            "since": to_text(refusal.at),
        }
        for who, refusal in sorted(kept.items(), key=lambda one: one[1].at)
        if sees(who) and any(refusal.holds(mark) for mark in _marks(active, who))
    ]
    return {"paused": listed}


def _marks(active: ActiveConfig, who: str) -> Iterator[str]:
    """The addresses that may be theirs; a manager is known by any that managers have."""
    config = active.config
    managers = (config.manager, *config.managers.values())
    of_pools = (pool.manager for pool in config.pools.values() if pool.manager)
    people = [config.reps[who]] if who in config.reps else [*managers, *of_pools]
    return (person_of(active.pepper, one.email) for one in people)


def resume_mail(rep_id: str, around: Surroundings) -> None:
    """Let mail to a rep be tried again; again changes nothing. NotFoundError: no such rep."""
    if rep_id not in config_store.active().config.reps:
        raise NotFoundError(f"there is no rep {rep_id!r}")
    persistently(
        lambda: bounce_store.change(lambda known: lifted(known, rep_id, around.now())),
        around,
        (ConflictError, StoreBusyError),
    )
