"""Whom a lead's change is told through the channels of the configuration."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from shared.domain.channels import Notice
from shared.domain.config import Config
from shared.domain.leads import OPEN_STATUSES, Lead, Status, Step


class Told(NamedTuple):
    """A channel, and the rep it is told through it; None: the channel is the pool's."""

    channel: str
    rep: str | None = None


def told_of(config: Config, before: Lead, lead: Lead) -> list[Told]:
    """Who is to hear of the lead's newest change; each once, the pool's channels first."""
    return list(dict.fromkeys(_told(config, before, lead)))


def _told(config: Config, before: Lead, lead: Lead) -> Iterator[Told]:
    step = lead.log[-1].step
    pool = config.pools.get(lead.pool or "")
    for channel in _channels(pool.notify if pool else (), step):
        yield Told(channel)
    for rep_id in _concerned(before, lead):
        rep = config.reps.get(rep_id)
        for channel in _channels(rep.alerts if rep else (), step):
            yield Told(channel, rep_id)


def _channels(notices: Iterable[Notice], step: Step) -> Iterator[str]:
    yield from (notice.channel for notice in notices if step in notice.on)


def _concerned(before: Lead, lead: Lead) -> Iterator[str]:
    """Whose lead it is, whose it was just now, and to whom it is offered."""
    for state in (lead, before):
        if state.owner and state.status in OPEN_STATUSES:
            yield state.owner
    yield from lead.log[-1].offered


def is_still_so(then: Lead, now: Lead) -> bool:
    """Whether what people would hear of the newest change `then` is true of the lead `now`.

    What has been done stays done; who has the lead, and that it waits, may be over.
    """
    change = then.log[-1]
    match change.step:
        case Step.ASSIGNED | Step.CLAIMED | Step.REMINDED | Step.ESCALATED:
            is_same = (now.owner, now.assignment) == (then.owner, then.assignment)
            waits = change.step in (Step.REMINDED, Step.ESCALATED)
            return is_same and now.status in ((then.status,) if waits else OPEN_STATUSES)
        case Step.OPENED:
            return now.status is Status.OPEN and now.latest(Step.OPENED) == change
        case Step.PARKED:
            return now.status is Status.PARKED and now.latest(Step.PARKED) == change
    return now.status is not Status.ERASED


def is_own(config: Config, channel_id: str, rep_id: str) -> bool:
    """Whether only this rep reads a channel, as far as the configuration knows.

    An SMS goes to the rep's own phone, whoever else is told through the same channel.
    """
    channel = config.channels.get(channel_id)
    if channel is None or channel.kind == "sms":
        return channel is not None
    readers: list[tuple[str | None, list[Notice]]] = [
        *((rep, one.alerts) for rep, one in config.reps.items()),
        *((None, pool.notify) for pool in config.pools.values()),
    ]
    return all(
        reader == rep_id
        for reader, notices in readers
        if any(notice.channel == channel_id for notice in notices)
    )
