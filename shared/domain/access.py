"""Who may do what: for each operation of the desk, how far each role may go.

The table below is docs/access.md in code. What is not in it, nobody may do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from shared.domain.config import Config
from shared.domain.leads import Change, Lead, Status, Step
from shared.domain.people import Identity


class Right(StrEnum):
    """What somebody may want to do; the names are in logs and in the records of denials."""

    SEE_LEAD = "see_lead"
    WORK_LEAD = "work_lead"  # whatever its owner does with it, and telling more about it
    CLAIM_LEAD = "claim_lead"
    CLAIM_UNSEEN = "claim_unseen"
    ASSIGN_LEAD = "assign_lead"
    SEE_REP = "see_rep"
    PAUSE_REP = "pause_rep"
    RESUME_MAIL = "resume_mail"
    SEE_OPEN = "see_open"
    SEE_ROTATION = "see_rotation"
    SEE_PARKED = "see_parked"
    SEE_RETURNS = "see_returns"
    DECIDE_RETURN = "decide_return"
    SEE_QUARANTINE = "see_quarantine"
    EMPTY_QUARANTINE = "empty_quarantine"
    SEE_PARTNER = "see_partner"
    SEE_SESSIONS = "see_sessions"
    END_SESSIONS = "end_sessions"
    SEE_DELIVERIES = "see_deliveries"
    REDRIVE = "redrive"
    EXPORT_PERSON = "export_person"
    FORGET_PERSON = "forget_person"


class Reach(StrEnum):
    """How far a right goes."""

    OWN = "own"  # one's own leads, oneself, the pools of which one is a member
    CLAIMABLE = "claimable"  # likewise, and the leads that one may claim, or might have
    POOLS = "pools"  # leads, members and all else of the pools that one answers for
    ALL = "all"


class Sight(StrEnum):
    """How much of a lead somebody is shown."""

    FULL = "full"
    MASKED = "masked"  # nothing by which the person could be reached or named
    BRIEF = "brief"  # how it stands: who has just given it back, or may not read leads


READ, WRITE, ADMIN = "read", "write", "admin"
SCOPES = (READ, WRITE, ADMIN)  # of a machine's key; `admin` is for everything


class Row(NamedTuple):
    """How far reps and managers may go, None being not at all; and the scope that a key needs.

    Administrators may do everything.
    """

    rep: Reach | None
    manager: Reach | None
    scope: str


TABLE: Mapping[Right, Row] = {
    Right.SEE_LEAD: Row(Reach.OWN, Reach.POOLS, READ),
    Right.WORK_LEAD: Row(Reach.OWN, Reach.POOLS, WRITE),
    Right.CLAIM_LEAD: Row(Reach.CLAIMABLE, Reach.POOLS, WRITE),
    Right.CLAIM_UNSEEN: Row(Reach.OWN, Reach.POOLS, WRITE),
    Right.ASSIGN_LEAD: Row(None, Reach.POOLS, WRITE),
    Right.SEE_REP: Row(Reach.OWN, Reach.POOLS, READ),
    Right.PAUSE_REP: Row(Reach.OWN, Reach.POOLS, WRITE),
    Right.RESUME_MAIL: Row(None, Reach.POOLS, WRITE),
    Right.SEE_OPEN: Row(Reach.CLAIMABLE, Reach.POOLS, READ),
    Right.SEE_ROTATION: Row(None, Reach.POOLS, READ),
    Right.SEE_PARKED: Row(None, Reach.POOLS, READ),
    Right.SEE_RETURNS: Row(None, Reach.POOLS, READ),
    Right.DECIDE_RETURN: Row(None, Reach.POOLS, ADMIN),
    Right.SEE_QUARANTINE: Row(None, None, READ),
    Right.EMPTY_QUARANTINE: Row(None, None, ADMIN),
    Right.SEE_PARTNER: Row(None, None, READ),
    Right.SEE_SESSIONS: Row(None, None, ADMIN),
    Right.END_SESSIONS: Row(None, None, ADMIN),
    Right.SEE_DELIVERIES: Row(None, None, READ),
    Right.REDRIVE: Row(None, None, ADMIN),
    Right.EXPORT_PERSON: Row(None, None, ADMIN),
    Right.FORGET_PERSON: Row(None, None, ADMIN),
}


@dataclass(frozen=True, slots=True)
class PoolNamed:
    """A pool that somebody names; there may be none."""

    pool_id: str


@dataclass(frozen=True, slots=True)
class RepNamed:
    """A rep whom somebody names; there may be none."""

    rep_id: str


Thing = Lead | PoolNamed | RepNamed


def reaches(identity: Identity, right: Right) -> frozenset[Reach]:
    """How far somebody may go, as all that they are; empty: they may not do it at all."""
    row = TABLE[right]
    if identity.administrator or identity.scopes & {row.scope, ADMIN}:
        return frozenset({Reach.ALL})
    as_rep = row.rep if identity.rep else None
    as_manager = row.manager if identity.pools else None
    return frozenset(filter(None, (as_rep, as_manager)))


def reach_over(identity: Identity, right: Right, thing: Thing, config: Config) -> Reach | None:
    """How somebody may do something with a lead, a pool or a rep; None: they may not.

    When in several ways, the farthest.
    """
    may = reaches(identity, right)
    in_order = (reach for reach in reversed(Reach) if reach in may)
    return next((reach for reach in in_order if _includes(identity, reach, thing, config)), None)


def has_had(identity: Identity, lead: Lead) -> bool:
    """Whether the lead was theirs once: that it is not any more tells them nothing new of it."""
    return identity.rep is not None and any(
        change.rep == identity.rep and change.step in (Step.ASSIGNED, Step.CLAIMED)
        for change in lead.log
    )


def _includes(identity: Identity, reach: Reach, thing: Thing, config: Config) -> bool:
    if reach is Reach.ALL:
        return True
    if reach is Reach.POOLS:
        return _is_in_pools(identity, thing, config)
    match thing:
        case Lead() if reach is Reach.CLAIMABLE:
            return thing.owner == identity.rep or _was_open_to(identity, thing, config)
        case Lead():
            return thing.owner == identity.rep
        case PoolNamed(pool_id):
            pool = config.pools.get(pool_id)
            return pool is not None and identity.rep in pool.members
        case RepNamed(rep_id):
            return rep_id == identity.rep


def _is_in_pools(identity: Identity, thing: Thing, config: Config) -> bool:
    match thing:
        case Lead():
            return thing.pool in identity.pools
        case PoolNamed(pool_id):
            return pool_id in identity.pools
        case RepNamed(rep_id):
            pools = (config.pools.get(pool_id) for pool_id in identity.pools)
            return any(rep_id in pool.members for pool in pools if pool)


def _was_open_to(identity: Identity, lead: Lead, config: Config) -> bool:
    """Whether the rep may claim the lead, or could before somebody was faster.

    Of one that is open again, it counts to whom it is open now.
    """
    opened = [change for change in lead.log if change.step is Step.OPENED]
    counting = opened[-1:] if lead.status is Status.OPEN else opened
    return any(is_open_to(identity.rep, change, config) for change in counting)


def is_open_to(rep_id: str | None, opened: Change, config: Config) -> bool:
    """Whether a lead was opened to this rep: offered to them, or to whoever is in the pool."""
    if opened.offered:
        return rep_id in opened.offered
    pool = config.pools.get(opened.pool or "")
    return pool is not None and rep_id in pool.members
