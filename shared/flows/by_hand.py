"""What people decide goes the way of all that routing decides: one plan, one transaction."""

from collections.abc import Callable, Iterable, Sequence

from shared.domain.config import ActiveConfig, Config
from shared.domain.leads import Lead, evolve, log_is_full
from shared.domain.plans import Plan, Ruled
from shared.errors import (
    ConflictError,
    FieldProblem,
    InvalidFieldsError,
    StoreBusyError,
    UnstorableError,
)
from shared.store import config as config_store
from shared.store import routing as routing_store
from shared.store.routing import Reading
from shared.surroundings import Surroundings

# One of several who write the same pool's ledger at this instant gets through each time.
ATTEMPTS = 20
FIRST_WAIT = 0.02  # seconds; doubles with each conflict, and chance spreads them out
LONGEST_WAIT = 0.4

NO_REP = FieldProblem("rep_id", "there is no rep with this id")
NO_POOL = FieldProblem("pool_id", "there is no pool with this id")


def until_settled(attempt: Callable[[ActiveConfig], Lead | None], around: Surroundings) -> Lead:
    """Try with everything read anew, until it is settled; answers the lead after it.

    `attempt` answers None when something has changed between its reading and its writing.
    ConflictError, StoreBusyError: others keep writing the same items, or the table did not answer.
    """
    problem: ConflictError | StoreBusyError
    for number in range(ATTEMPTS):
        try:
            settled = attempt(config_store.active())
        except StoreBusyError as busy:
            settled, problem = None, busy
        else:
            problem = ConflictError("many are at the leads of this pool right now; try again")
        if settled is not None:
            return settled
        around.wait(around.chance() * min(LONGEST_WAIT, FIRST_WAIT * 2**number))
    raise problem


def reading_for(
    active: ActiveConfig, pool_id: str, rep_id: str, ruled: Iterable[Ruled]
) -> Reading | None:
    """What plans for these leads and this rep are made of; None: the configuration is newer."""
    members = active.config.pools[pool_id].members
    ties = {key for one in ruled for key in one.known_by}
    reading = routing_store.read(pool_id, [*members, rep_id], ties)
    return reading if reading.config_version == active.version else None


def committed(planned: Plan, around: Surroundings) -> Lead | None:
    """The one lead of a plan, after it is written; None: something has changed, so plan again.

    IllegalTransitionError: its log is full. StoreBusyError: it may be written, or not.
    """
    (move,) = planned.moves
    try:
        refused = routing_store.commit(planned, around.new_id())
    except UnstorableError as error:
        raise log_is_full(move.lead) from error
    if refused is not None:
        return None
    return evolve(move.lead, move.change)


def require_rep(config: Config, rep_id: str) -> None:
    """InvalidFieldsError unless there is such a rep."""
    if rep_id not in config.reps:
        raise InvalidFieldsError([NO_REP])


def require_pool(config: Config, pool_id: str | None) -> None:
    """InvalidFieldsError unless there is such a pool, or none is named."""
    if pool_id is not None and pool_id not in config.pools:
        raise InvalidFieldsError([NO_POOL])


def name_of(config: Config, rep_id: str | None) -> str:
    """What colleagues call a rep; the id, of one who has left."""
    rep = config.reps.get(rep_id or "")
    return rep.name if rep else rep_id or "nobody"


def at_a_time(ids: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    """The ids, so many at a time."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
