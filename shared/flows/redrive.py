"""Dead deliveries: listed, and tried again when somebody says so."""

from collections.abc import Iterable

from shared.domain.deliveries import Delivery, State
from shared.errors import ConflictError, FieldProblem, InvalidFieldsError
from shared.store import config as config_store
from shared.store import deliveries as delivery_store
from shared.surroundings import Surroundings

AT_ONCE = 100


def dead_deliveries(channel: str | None) -> tuple[list[Delivery], bool]:
    """What has been given up in a channel, or in all; whether there is more than is answered.

    InvalidFieldsError: there is no such channel.
    """
    found: list[Delivery] = []
    for each in _channels(channel):
        dead, more = delivery_store.dead(each, AT_ONCE - len(found))
        found += dead
        if more:
            return found, True
    return found, False


def redrive_all(channel: str | None, around: Surroundings) -> tuple[list[str], bool]:
    """Let the dead of a channel, or of all, be tried anew; their ids, and whether there are more.

    Safe to run twice at once: each is tried anew by one of them. Errors as of `dead_deliveries`.
    """
    dead, more = dead_deliveries(channel)
    return _redriven(dead, around), more


def redrive_these(ids: Iterable[str], around: Surroundings) -> list[str]:
    """Let these be tried anew; the ids of those that were dead."""
    known = (delivery_store.get(one) for one in dict.fromkeys(ids))
    dead = [delivery for delivery in known if delivery and delivery.state is State.DEAD]
    return _redriven(dead, around)


def _redriven(dead: Iterable[Delivery], around: Surroundings) -> list[str]:
    redriven = []
    for delivery in dead:
        try:
            delivery_store.redrive(delivery, around.now())
        except ConflictError:
            continue  # somebody else was faster
        redriven.append(delivery.id)
    return redriven


def _channels(channel: str | None) -> list[str]:
    configured = config_store.active().config.channels
    if channel is None:
        return list(configured)
    if channel not in configured:
        there = ", ".join(configured) or "none"
        problem = f"is no channel of the configuration; there: {there}"
        raise InvalidFieldsError([FieldProblem("channel", problem)])
    return [channel]
