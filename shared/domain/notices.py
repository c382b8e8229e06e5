"""Whom a lead's change is told through the channels of the configuration, and when."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from shared.domain.channels import Alert, Notice
from shared.domain.config import Config
from shared.domain.leads import ENDING, OPEN_STATUSES, Lead, Status, Step, has_acted_since
from shared.domain.quiet import quiet_until, rings


class Told(NamedTuple):
    """A channel, and the rep it is told through it; None: the channel is the pool's."""

    channel: str
    rep: str | None = None


class Manner(NamedTuple):
    """When somebody is told: so many seconds after the change, and when what should have fails.

    `after` is 0 for at once, and None where it is told in place of others only. What comes later
    than at once is told only if the lead still waits then.
    """

    after: int | None
    instead_of: frozenset[str] = frozenset()  # channels of the same rep, or `mail`


AT_ONCE = Manner(0)


def told_of(
    config: Config, before: Lead, lead: Lead, mailed: str | None = None
) -> Mapping[Told, Manner]:
    """Who may hear of the lead's newest change, and when; the pool's channels first.

    `mailed`: a rep who is mailed of it although it does not concern them, as when a colleague was
    faster; they may hear of it in place of that mail.
    """
    found: dict[Told, Manner] = {}
    for told, manner in _told(config, before, lead, mailed):
        found[told] = _both(found[told], manner) if told in found else manner
    return found


def _told(
    config: Config, before: Lead, lead: Lead, mailed: str | None
) -> Iterator[tuple[Told, Manner]]:
    step, waits_for = lead.log[-1].step, (lead.owner, *lead.offered)
    pool = config.pools.get(lead.pool or "")
    for notice in pool.notify if pool else ():
        if step in notice.on:
            yield Told(notice.channel), AT_ONCE
    for rep_id in _concerned(before, lead):
        for alert in _alerts(config, rep_id, step):
            # Nothing waits for who has it no more: their line shall not stand for the owner's.
            if not alert.after or rep_id in waits_for:
                yield Told(alert.channel, rep_id), _manner(alert)
    if mailed is not None and not is_concerned(before, lead, mailed):
        for alert in _alerts(config, mailed, step):
            if alert.when_fails is not None:
                yield Told(alert.channel, mailed), _manner(alert)


def _alerts(config: Config, rep_id: str, step: Step) -> list[Alert]:
    """A rep's lines about a step; none, if they have left or are switched off."""
    rep = config.reps.get(rep_id)
    return [alert for alert in rep.alerts if step in alert.on] if rep and rep.active else []


def _manner(alert: Alert) -> Manner:
    if alert.when_fails is not None:
        return Manner(None, frozenset({alert.when_fails}))
    return Manner(alert.after or 0)


def _both(one: Manner, other: Manner) -> Manner:
    """That of a channel which is named twice: it tells once, as soon as either says."""
    moments = [manner.after for manner in (one, other) if manner.after is not None]
    return Manner(min(moments, default=None), one.instead_of | other.instead_of)


def stand_ins(every: Mapping[Told, Manner], one: Told) -> set[str]:
    """The channels that tell a rep in place of one, or in place of those."""
    only = {told: manner for told, manner in every.items() if _is_stand_in(told, manner, one.rep)}
    found = {one.channel}
    while more := {told.channel for told, by in only.items() if by.instead_of & found} - found:
        found |= more
    return found - {one.channel}


def stood_in_for(every: Mapping[Told, Manner], one: Told) -> set[str]:
    """The channels in whose place one tells a rep, and in whose place those do."""
    found, new = set[str](), {one.channel}
    while new:
        manners = {channel: every.get(Told(channel, one.rep)) for channel in new}
        said = (by.instead_of for by in manners.values() if by and by.after is None)
        new = {channel for channels in said for channel in channels} - found
        found |= new
    return found - {one.channel}


def _is_stand_in(told: Told, manner: Manner, rep: str | None) -> bool:
    return told.rep == rep and manner.after is None


def told_at(config: Config, told: Told, manner: Manner, lead: Lead, now: datetime) -> datetime:
    """When somebody is to be told of the lead's newest change, who is not told before `now`.

    What disturbs waits until it is not in the rep's quiet time.
    """
    moment = now
    if manner.after:
        moment = max(now, lead.log[-1].at + timedelta(seconds=manner.after))
    if told.rep is not None and rings(config, told.channel):
        return quiet_until(config, told.rep, moment) or moment
    return moment


def told_once(config: Config, every: Mapping[Told, Manner], lead: Lead) -> list[Told]:
    """Who is told whatever fails: through each channel once, as soon as anybody hears there.

    By themselves are phones and devices, which are each rep's own, and what something else would
    stand in for: whether that arrives is the rep's affair. The same, whenever it is asked.
    """
    chosen: dict[Told | str, tuple[datetime, Told]] = {}
    for told, manner in every.items():
        if manner.after is None:
            continue
        channel = told if _is_by_itself(config, every, told) else told.channel
        moment = told_at(config, told, manner, lead, lead.log[-1].at)
        if channel not in chosen or moment < chosen[channel][0]:
            chosen[channel] = moment, told
    return [told for _, told in chosen.values()]


def _is_by_itself(config: Config, every: Mapping[Told, Manner], told: Told) -> bool:
    stand_ins = (by for other, by in every.items() if _is_stand_in(other, by, told.rep))
    return _is_each_reps(config, told.channel) or any(
        told.channel in by.instead_of for by in stand_ins
    )


def is_told_anyway(
    config: Config, every: Mapping[Told, Manner], told: Told, lead: Lead, now: datetime
) -> bool:
    """Whether somebody else is told by now through the same channel, where they read it too.

    Not so where something stands in for it: that begins when this one fails, and no other.
    """
    if _is_by_itself(config, every, told):
        return False
    changed_at = lead.log[-1].at
    return any(
        manner.after == AT_ONCE.after and told_at(config, one, manner, lead, changed_at) <= now
        for one, manner in every.items()
        if one != told and one.channel == told.channel
    )


def _is_each_reps(config: Config, channel_id: str) -> bool:
    channel = config.channels.get(channel_id)
    return channel is None or channel.kind in ("sms", "push")


def is_concerned(before: Lead, lead: Lead, rep_id: str) -> bool:
    """Whether the lead's newest change is about a lead that a rep has, had, or is offered."""
    return rep_id in _concerned(before, lead)


def _concerned(before: Lead, lead: Lead) -> Iterator[str]:
    """Whose lead it is, whose it was just now, and to whom it is offered."""
    for state in (lead, before):
        if state.owner and state.status in OPEN_STATUSES:
            yield state.owner
    yield from lead.log[-1].offered


def is_still_so(then: Lead, now: Lead, rep_id: str | None = None) -> bool:
    """Whether what people would hear of the newest change `then` is true of the lead `now`.

    What has been done stays done; who has the lead, and that it waits, may be over. `rep_id`: it is
    this rep who would hear; of a lead that they have again, not that they lost it.
    """
    change = then.log[-1]
    match change.step:
        case step if step in ENDING and rep_id is not None and now.owner == rep_id:
            return False
        case Step.ASSIGNED | Step.CLAIMED:
            return _is_same_owners(then, now)
        case Step.REMINDED | Step.ESCALATED:
            return _is_same_owners(then, now) and not has_acted_since(then, now)
        case Step.OPENED:
            return now.status is Status.OPEN and now.latest(Step.OPENED) == change
        case Step.PARKED:
            return now.status is Status.PARKED and now.latest(Step.PARKED) == change
    return change.step is Step.ERASED or now.status is not Status.ERASED


def still_waits(rep_id: str, then: Lead, now: Lead) -> bool:
    """Whether the lead waits for a rep `now` as it did `then`: it is theirs, or offered to them.

    Nothing has been done with it since by who has it.
    """
    if then.status is Status.OPEN:
        return is_still_so(then, now) and rep_id in now.offered
    return then.owner == rep_id and _is_same_owners(then, now) and not has_acted_since(then, now)


def _is_same_owners(then: Lead, now: Lead) -> bool:
    is_same = (now.owner, now.assignment) == (then.owner, then.assignment)
    return is_same and now.status in OPEN_STATUSES


def is_own(config: Config, channel_id: str, rep_id: str) -> bool:
    """Whether only this rep reads a channel, as far as the configuration knows.

    An SMS goes to the rep's own phone, and a push to their own devices, whoever else is told
    through the same channel.
    """
    channel = config.channels.get(channel_id)
    if channel is None or channel.kind in ("sms", "push"):
        return channel is not None
    readers: list[tuple[str | None, Sequence[Notice]]] = [
        *((rep, one.alerts) for rep, one in config.reps.items()),
        *((None, pool.notify) for pool in config.pools.values()),
    ]
    return all(
        reader == rep_id
        for reader, notices in readers
        if any(notice.channel == channel_id for notice in notices)
    )
