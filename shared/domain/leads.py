"""A lead, its states and its legal steps.

A lead is its log: every change appends one numbered record, and the state is what the records add
up to. What the table stores beside the log (status, owner, due time) is a projection for conditions
and indexes, and can be rebuilt from the log at any time with `replay`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Any, NamedTuple

from shared.domain.deadlines import (
    NOBODYS,
    TAKING,
    Action,
    Deadline,
    Hold,
    Progress,
    Protection,
    holds,
    next_moment,
    next_stage,
    seconds_of,
    stages_behind,
)
from shared.errors import IllegalTransitionError


class Status(StrEnum):
    """Where a lead is in its life."""

    NEW = "new"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    CONTACTED = "contacted"
    CONVERTED = "converted"
    LOST = "lost"
    OPEN = "open"
    PARKED = "parked"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    ERASED = "erased"


class Step(StrEnum):
    """What can happen to a lead, in the past tense: these are its events."""

    CAPTURED = "captured"
    QUARANTINED = "quarantined"
    ASSIGNED = "assigned"
    PARKED = "parked"
    REMINDED = "reminded"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RECLAIMED = "reclaimed"
    LAPSED = "lapsed"
    ESCALATED = "escalated"
    ATTEMPTED = "attempted"
    CONTACTED = "contacted"
    NOTED = "noted"
    SNOOZED = "snoozed"
    CONVERTED = "converted"
    LOST = "lost"
    DUPLICATED = "duplicated"
    REJECTED = "rejected"
    ANNOUNCED = "announced"
    RELEASED = "released"
    DISCARDED = "discarded"
    RETURNED = "returned"
    OPENED = "opened"
    CLAIMED = "claimed"
    PASSED = "passed"
    UNASSIGNED = "unassigned"
    ENRICHED = "enriched"
    REROUTED = "rerouted"
    ERASED = "erased"


# What nobody has yet, and somebody may take.
WAITING = frozenset({Status.NEW, Status.PARKED, Status.OPEN})

# step: (the states it may start from, the state it leads to). None: the lead does not exist yet.
TRANSITIONS: dict[Step, tuple[frozenset[Status | None], Status]] = {
    Step.CAPTURED: (frozenset({None}), Status.NEW),
    # Out of quarantine's own waiting room too: what was announced could not be fetched.
    Step.QUARANTINED: (frozenset({None, Status.QUARANTINED}), Status.QUARANTINED),
    # From one rep to another only by a manager's hand.
    Step.ASSIGNED: (
        frozenset({*WAITING, Status.ASSIGNED, Status.ACCEPTED, Status.CONTACTED}),
        Status.ASSIGNED,
    ),
    # A parked lead is parked again when its pool is gone, in the pool that the rules name now.
    Step.PARKED: (WAITING, Status.PARKED),
    # Anybody of the pool may claim it; or the first of those it is offered to.
    Step.OPENED: (WAITING, Status.OPEN),
    # Who claims a lead has accepted it.
    Step.CLAIMED: (frozenset({Status.OPEN}), Status.ACCEPTED),
    # This pool cannot give it to anybody: on to the next.
    Step.PASSED: (WAITING, Status.NEW),
    # Its owner no longer has it; somebody else gets it.
    Step.UNASSIGNED: (
        frozenset({Status.ASSIGNED, Status.ACCEPTED, Status.CONTACTED}),
        Status.NEW,
    ),
    # Its fields say another pool now, and nobody has accepted it.
    Step.REROUTED: (frozenset({*WAITING, Status.ASSIGNED}), Status.NEW),
    Step.ACCEPTED: (frozenset({Status.ASSIGNED}), Status.ACCEPTED),
    Step.DECLINED: (frozenset({Status.ASSIGNED}), Status.NEW),
    Step.RECLAIMED: (frozenset({Status.ASSIGNED}), Status.NEW),
    # Accepted, and then not worked on in time. What is only assigned is reclaimed instead.
    Step.LAPSED: (frozenset({Status.ACCEPTED, Status.CONTACTED}), Status.NEW),
    Step.CONTACTED: (frozenset({Status.ACCEPTED, Status.CONTACTED}), Status.CONTACTED),
    Step.CONVERTED: (frozenset({Status.ACCEPTED, Status.CONTACTED}), Status.CONVERTED),
    Step.LOST: (frozenset({Status.ACCEPTED, Status.CONTACTED}), Status.LOST),
    # The same person came before: the lead is linked to the first one, and goes to nobody.
    Step.DUPLICATED: (frozenset({None, Status.QUARANTINED}), Status.DUPLICATE),
    # Recorded, and never ours: a partner's lead that is not bought, or a test.
    Step.REJECTED: (frozenset({None, Status.QUARANTINED}), Status.REJECTED),
    # The platform gave only an id: we ask it for the rest, several times if need be.
    Step.ANNOUNCED: (frozenset({None, Status.QUARANTINED}), Status.QUARANTINED),
    Step.RELEASED: (frozenset({Status.QUARANTINED}), Status.NEW),
    Step.DISCARDED: (frozenset({Status.QUARANTINED}), Status.REJECTED),
    # Its seller takes it back.
    Step.RETURNED: (
        frozenset(
            {
                *WAITING,
                Status.ASSIGNED,
                Status.ACCEPTED,
                Status.CONTACTED,
                Status.LOST,
            }
        ),
        Status.LOST,
    ),
    # Nothing personal is left of it: the person has asked for that, or its time is over.
    Step.ERASED: (frozenset(set(Status) - {Status.ERASED}), Status.ERASED),
}

# More may be learnt of a lead in these states.
TO_BE_ENRICHED = frozenset(
    {*WAITING, Status.ASSIGNED, Status.ACCEPTED, Status.CONTACTED, Status.CONVERTED, Status.LOST}
)

WORKED_ON = frozenset({Status.ACCEPTED, Status.CONTACTED})

# Steps that leave a lead in the state in which it is, and those in which they can be made.
KEEPING: dict[Step, frozenset[Status]] = {
    Step.ENRICHED: TO_BE_ENRICHED,
    Step.REMINDED: frozenset({Status.ASSIGNED, *WORKED_ON}),
    Step.ESCALATED: frozenset({Status.ASSIGNED, *WORKED_ON}),  # managers hear that it waits
    Step.ATTEMPTED: WORKED_ON,  # the person could not be reached
    Step.NOTED: frozenset({Status.ASSIGNED, *WORKED_ON, Status.CONVERTED, Status.LOST}),
    Step.SNOOZED: WORKED_ON,  # the rep is reminded at a time of their choice
}

GIVING = frozenset({Step.ASSIGNED, Step.CLAIMED})
ENDING = frozenset({Step.DECLINED, Step.RECLAIMED, Step.LAPSED, Step.UNASSIGNED, Step.REROUTED})
OVERDUE = frozenset({Step.RECLAIMED, Step.LAPSED})  # taken by the clock

# What an owner does with a lead, short of ending it; each keeps it theirs for longer.
ACTIVITIES = frozenset({Step.ATTEMPTED, Step.CONTACTED, Step.NOTED})
KEEPING_IT = ACTIVITIES | {Step.SNOOZED}
ACTS = KEEPING_IT | {Step.ACCEPTED}

# Nothing is to become of these any more, unless somebody looks at them: their fields are erased
# when their source's time for that is over.
AT_REST = frozenset(
    {
        Status.CONVERTED,
        Status.LOST,
        Status.QUARANTINED,
        Status.DUPLICATE,
        Status.REJECTED,
    }
)

# What a rep holds: these count against the holding limit.
OPEN_STATUSES = frozenset({Status.ASSIGNED, Status.ACCEPTED, Status.CONTACTED})

POINT = 1000  # one point, in the unit of what leads weigh

# How long a new lead may wait before the watchdog looks after it.
WATCH_AFTER = timedelta(seconds=60)


# A lead that its platform only announced is fetched again after 1, 2, 4 … minutes, at least this
# often, and so often in all: together for about a day and a half.
FETCH_AT_LEAST_EVERY = timedelta(hours=6)
MOST_FETCHES = 14

# What people and systems could do for ever. What brings a lead on, or to its end, is not among it.
REPEATABLE = frozenset(
    {
        Step.CONTACTED,
        Step.ATTEMPTED,
        Step.NOTED,
        Step.SNOOZED,
        Step.ENRICHED,
        Step.UNASSIGNED,
        Step.REROUTED,
    }
)

# A log holds no more than this before such a step: every write of a lead pays for all of it, and
# its item ends at 400 KB, where there must be room for what is still to come.
MOST_RECORDS = 200
MOST_OF_A_LOG = 160_000  # bytes, roughly
OF_A_RECORD = 300  # bytes, beside the words in it


@dataclass(frozen=True, slots=True)
class Sale:
    """What a partner gets for a lead, and the caps that counted it."""

    price: int  # ten-thousandths of the currency
    currency: str
    caps: tuple[tuple[str, str], ...] = ()  # cap ("partner#acme#daily") and its period
    ping: str | None = None  # the ping that promised the price


class Won(NamedTuple):
    """What a lead that is won is worth, as its rep says."""

    amount: int  # ten-thousandths of the currency
    currency: str


@dataclass(frozen=True, slots=True)
class Change:
    """One record of a lead's log. Its number is its place in the log, counted from 1."""

    step: Step
    at: datetime
    rep: str | None = None  # who got, lost or worked the lead
    pool: str | None = None
    rule: str | None = None  # the rule that chose the pool
    turn: int | None = None  # the pool's ledger entry that holds the decision
    deadlines: tuple[Deadline, ...] = ()
    reason: str | None = None  # a code or the rep's own words; never the lead's personal data
    by: str | None = None  # who did it, when it was not leadwheel itself
    retry: bool = True  # parked: whether leadwheel tries again by itself
    sale: Sale | None = None  # captured or released: what its seller gets
    first: str | None = None  # duplicated: the lead of the same person that came before
    # Assigned or claimed: what the lead weighs, in thousandths of a point, while it is assigned,
    # accepted and contacted. None: 1 point throughout.
    points: tuple[int, int, int] | None = None
    value: int = 0  # assigned or claimed: what it is worth, in thousandths of a typical lead
    score: str | None = None  # what it scored when it was routed
    offered: tuple[str, ...] = ()  # opened: whom it is offered to; nobody: whoever claims it
    # Opened: then it goes on. Snoozed: then its rep is reminded. Escalated: so long the rep is
    # paused. What an owner does with it: so long it stays theirs, where hours have a say in that.
    until: datetime | None = None
    kept: datetime | None = None  # snoozed: so long it stays theirs, where hours have a say
    # Snoozed: when each stage passes now, in seconds after the assignment, where hours have a say.
    put_off: tuple[int, ...] = ()
    names: tuple[str, ...] = ()  # enriched: the fields that changed; never what is in them
    to: str | None = None  # passed; or by hand unassigned or rerouted: the pool it goes on to
    over: tuple[str, ...] = ()  # assigned by hand: the obstacles that a manager has overridden
    won: Won | None = None  # converted: what it is worth
    keep: int | None = None  # the first: seconds until it is erased, once it is at rest
    # Captured or released: the guards of its person. Assigned or claimed: the ties that it made.
    # These end when the person is forgotten, whatever is configured or known of them by then.
    known_by: tuple[str, ...] = ()
    protection: Protection | None = None  # assigned or claimed
    then: Action | None = None  # taken by the clock: opened or parked; None: somebody else gets it


@dataclass(frozen=True, slots=True)
class Burden:
    """What a lead takes of its owner's capacity."""

    rep: str | None = None
    pool: str | None = None
    open: int = 0
    load: int = 0  # thousandths of a point
    value: int = 0  # thousandths of a typical lead


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead as it is now: who it is about, and everything that has happened to it."""

    lead_id: str
    source: str  # "form#website"
    fields: Mapping[str, Any]
    log: tuple[Change, ...] = ()
    status: Status | None = None
    owner: str | None = None
    pool: str | None = None
    assignment: int = 0
    assigned_at: datetime | None = None
    deadlines: tuple[Deadline, ...] = ()
    stage: int = 0  # how many of the deadlines are behind it: passed, or not asked any more
    hold: Hold = NOBODYS
    then: Action | None = None  # what its deadline wants, when the clock has taken it
    lost_by: frozenset[str] = frozenset()
    due_at: datetime | None = None
    since: datetime | None = None  # since when nobody has had it, in this pool
    passed_on: bool = False  # its pool is not the rules' choice, but where it was passed on to
    tries: int = 0  # how often its pool has given it out

    @property
    def rev(self) -> int:
        """How many changes the lead has seen; the number of the last one."""
        return len(self.log)

    @property
    def created_at(self) -> datetime:
        """When the lead came in."""
        return self.log[0].at

    @property
    def place(self) -> str | None:
        """The list the lead lies in: a rep's, a pool's parked leads, a manager's, quarantine."""
        if self.status in OPEN_STATUSES:
            return f"rep#{self.owner}"
        if self.status is Status.OPEN:
            return f"open#{self.pool}"
        if self.status is Status.PARKED:
            return f"{'parked' if self._parked.retry else 'stuck'}#{self.pool}"
        if self.status is Status.QUARANTINED:
            return "announced" if self.log[-1].step is Step.ANNOUNCED else "quarantine"
        return None

    @property
    def _parked(self) -> Change:
        """The record that parked it: it may have been enriched since."""
        return self.latest(Step.PARKED)

    def latest(self, *steps: Step) -> Change:
        """The newest record of one of these steps; there must be one."""
        return next(change for change in reversed(self.log) if change.step in steps)

    @property
    def offered(self) -> tuple[str, ...]:
        """Whom an open lead is offered to; nobody: whoever claims it may have it."""
        return self.latest(Step.OPENED).offered if self.status is Status.OPEN else ()

    def lost_at(self, rep: str) -> datetime | None:
        """When a rep last lost the lead; None: they never did."""
        owner: str | None = None
        lost_at: datetime | None = None
        for change in self.log:
            if change.step not in GIVING | ENDING:
                continue
            had, owner = owner, change.rep if change.step in GIVING else None
            if rep == had != owner:
                lost_at = change.at
        return lost_at

    @property
    def yours_until(self) -> datetime | None:
        """When its owner loses it, unless they do something; None: never by itself."""
        return min((at for _, at in self._ends), default=None)

    @property
    def then_becomes(self) -> Action | None:
        """What is done with it at `yours_until`; None: nothing is."""
        ends = self._ends
        return min(ends, key=lambda end: end[1])[0] if ends else None

    @property
    def _ends(self) -> list[tuple[Action, datetime]]:
        """What takes it from its owner, if they do nothing; of two at once, the first one does."""
        if self.status not in OPEN_STATUSES:
            return []
        ends = [(deadline.action, at) for deadline, at in self.stages if deadline.action in TAKING]
        protection, protected_until = self.hold.protection, self.hold.protected_until
        if protection and protection.then in TAKING and protected_until:
            ends.append((protection.then, protected_until))
        return ends

    @property
    def stages(self) -> list[tuple[Deadline, datetime]]:
        """The deadlines whose condition still holds, and when each passes, or has passed."""
        assigned_at = self.assigned_at
        if self.status not in OPEN_STATUSES or assigned_at is None:
            return []
        return [
            (deadline, assigned_at + timedelta(seconds=seconds_of(deadline, self.hold)))
            for deadline in self.deadlines
            if holds(deadline, self.hold)
        ]

    @property
    def burden(self) -> Burden:
        """What the lead takes of its owner's capacity now."""
        if self.status not in OPEN_STATUSES:
            return Burden()
        given = self.latest(Step.ASSIGNED, Step.CLAIMED)
        stage = (Status.ASSIGNED, Status.ACCEPTED, Status.CONTACTED).index(self.status)
        load = given.points[stage] if given.points else POINT
        return Burden(self.owner, given.pool, 1, load, given.value)

    @property
    def fetches(self) -> int:
        """How often its platform has been asked for it, since it was last announced afresh."""
        latest = takewhile(lambda change: change.step is Step.ANNOUNCED, reversed(self.log))
        return sum(1 for _ in latest)

    @property
    def won(self) -> Won | None:
        """What it is worth, when it is won and somebody has said so."""
        return self.latest(Step.CONVERTED).won if self.status is Status.CONVERTED else None

    @property
    def sale(self) -> Sale | None:
        """What its seller got for the lead; None when nobody sold it."""
        return next((change.sale for change in self.log if change.sale), None)


def next_steps(status: Status | None) -> list[Step]:
    """What people may do with a lead from here, or what may become of it.

    Apart from enriching and erasing it.
    """
    moving = [step for step, (starts, _) in TRANSITIONS.items() if status in starts]
    keeping = [step for step, statuses in KEEPING.items() if status in statuses]
    apart = (Step.ENRICHED, Step.ERASED)
    return [step for step in (*moving, *keeping) if step not in apart]


def evolve(lead: Lead, change: Change) -> Lead:
    """The lead after one more change.

    IllegalTransitionError: the step is not legal from here, or could be repeated for ever, and the
    log is full.
    """
    after = _after(lead, change)
    if _is_repeatable(lead, change) and _is_full(lead):
        raise log_is_full(lead)
    return after


def log_is_full(lead: Lead) -> IllegalTransitionError:
    """What is still possible with a lead whose log has grown too long."""
    repeatable = {*REPEATABLE, Step.ASSIGNED} if lead.status in OPEN_STATUSES else REPEATABLE
    steps = [step for step in next_steps(lead.status) if step not in repeatable]
    possible = ", ".join(steps) or "nothing more"
    return IllegalTransitionError(f"the lead's log is full; still possible: {possible}")


def _is_repeatable(lead: Lead, change: Change) -> bool:
    """From one rep to another, too; what nobody has must find somebody."""
    moves = change.step is Step.ASSIGNED and lead.status in OPEN_STATUSES
    return moves or change.step in REPEATABLE


def _is_full(lead: Lead) -> bool:
    return lead.rev >= MOST_RECORDS or sum(map(_size, lead.log)) > MOST_OF_A_LOG


def _size(change: Change) -> int:
    """What a record takes in the log, in bytes, roughly."""
    words = (change.reason or "", *change.names, *change.offered)
    return OF_A_RECORD + sum(len(word.encode()) for word in words) + 8 * len(change.put_off)


def _after(lead: Lead, change: Change) -> Lead:
    """As `evolve`, however long the log is: what has been written can always be read."""
    log = (*lead.log, change)
    if lead.status in KEEPING.get(change.step, ()):
        kept = replace(lead, log=log)
        if lead.status in AT_REST:
            return _rested(lead, kept, change)
        return _worked(lead, kept, change) if lead.status in OPEN_STATUSES else kept
    starts, status = TRANSITIONS.get(change.step, (frozenset(), None))
    if lead.status not in starts:
        possible = ", ".join(next_steps(lead.status)) or "nothing more"
        raise IllegalTransitionError(
            f"a lead that is {lead.status} cannot be {change.step}; possible: {possible}"
        )
    # A return names the pool that gives credit back, where the lead need not be any more.
    named = None if change.step is Step.RETURNED else change.pool
    pool = change.to or named or lead.pool
    moved = replace(lead, log=log, status=status, pool=pool, due_at=None)
    if lead.pool not in (None, pool):  # the rules say another one now: there it begins anew
        moved = replace(moved, since=change.at, passed_on=False, tries=0)
    settle = _SETTLED.get(change.step)
    return settle(lead, moved, change) if settle else moved


def _come(before: Lead, lead: Lead, change: Change) -> Lead:
    """A lead that is to be routed, or fetched."""
    return replace(lead, since=change.at, due_at=change.at + _looked_after_in(lead))


def _given(before: Lead, lead: Lead, change: Change) -> Lead:
    """A lead that has an owner: who had it before has lost it."""
    lost_by = lead.lost_by | {before.owner} if before.owner else lead.lost_by
    hold = Hold(protection=change.protection)
    if change.step is Step.CLAIMED:  # and thereby accepted
        hold = _held(hold._replace(progress=Progress.ACCEPTED), change.at, change)
    stage = next_stage(change.deadlines, 0, hold)
    return replace(
        lead,
        owner=change.rep,
        assignment=lead.assignment + 1,
        tries=lead.tries + 1 if lead.pool == before.pool else 1,
        assigned_at=change.at,
        deadlines=change.deadlines,
        stage=stage,
        hold=hold,
        then=None,
        lost_by=lost_by - {change.rep or ""},
        due_at=next_moment(change.at, change.deadlines, stage, hold),
    )


def _opened(before: Lead, lead: Lead, change: Change) -> Lead:
    """A lead that may be claimed, or accepted by one of several, for so long."""
    return replace(lead, due_at=change.until)


def _worked(before: Lead, lead: Lead, change: Change) -> Lead:
    """A lead that somebody has, after a step of theirs or of the clock."""
    assigned_at = lead.assigned_at or change.at
    stage = lead.stage
    if change.step in (Step.REMINDED, Step.ESCALATED):  # it stands for all that was missed
        seconds = (change.at - assigned_at).total_seconds()
        stage = max(stage, stages_behind(lead.deadlines, lead.hold, seconds))
    deadlines = _put_off(lead.deadlines, change.put_off)
    hold = _held(_advanced(lead.hold, change), assigned_at, change)
    stage = next_stage(deadlines, stage, hold)
    due_at = next_moment(assigned_at, deadlines, stage, hold)
    return replace(lead, deadlines=deadlines, stage=stage, hold=hold, due_at=due_at)


def _put_off(stages: tuple[Deadline, ...], moments: tuple[int, ...]) -> tuple[Deadline, ...]:
    """The stages, each at its new moment; as they are, where there are none."""
    if not moments:
        return stages
    return tuple(stage._replace(after=at) for stage, at in zip(stages, moments, strict=True))


def _advanced(hold: Hold, change: Change) -> Hold:
    """How far the owner has come."""
    match change.step:
        case Step.CONTACTED:
            progress = Progress.CONTACTED
        case Step.ACCEPTED:
            progress = Progress.ACCEPTED
        case Step.ATTEMPTED | Step.SNOOZED:
            progress = Progress.TOUCHED
        case Step.NOTED if _is_of_owner(change):
            progress = Progress.TOUCHED
        case _:
            return hold
    return hold._replace(progress=max(hold.progress, progress))


def _held(hold: Hold, assigned_at: datetime, change: Change) -> Hold:
    """What runs beside the stages: the snooze, and the protection once the lead is accepted."""
    at, asleep = change.at, hold.snoozed_until
    match change.step:
        case Step.SNOOZED if change.until:
            # Who has put it off already is not given the same time twice, asleep or woken early.
            furthest = max(at, hold.put_off_until or at)
            more = max(timedelta(0), change.until - furthest)
            # Stages that say themselves when they pass have all of it in that.
            delay = 0 if change.put_off else hold.delay + int(more.total_seconds())
            hold = hold._replace(
                snoozed_until=change.until,
                put_off_until=max(furthest, change.until),
                delay=delay,
            )
        case Step.REMINDED if asleep and asleep <= at:
            return hold._replace(snoozed_until=None)
        case Step.ESCALATED if hold.protected_until and hold.protected_until <= at:
            return hold._replace(protected_until=None)
    return _protected(hold, hold.protection, assigned_at, change) if hold.protection else hold


def _protected(hold: Hold, protection: Protection, assigned_at: datetime, change: Change) -> Hold:
    """Protected for longer, if the step says so; never for less, nor beyond the hard end."""
    begins = change.step in (Step.ACCEPTED, Step.CLAIMED)
    keeps = change.step in KEEPING_IT and _is_of_owner(change)
    if hold.progress < Progress.ACCEPTED or not (begins or keeps):
        return hold
    hard_end = assigned_at + timedelta(seconds=protection.at_most)
    if keeps and hold.protected_until is None and hard_end <= change.at:
        return hold  # the managers have been told; there is no later end to tell them of
    until = _kept_until(protection.first if begins else protection.activity, change)
    return hold._replace(protected_until=min(max(until, hold.protected_until or until), hard_end))


def _kept_until(seconds: int, change: Change) -> datetime:
    """Until when a step keeps a lead; after a snooze, its owner has the time of an activity."""
    if change.step is Step.SNOOZED:
        return change.kept or (change.until or change.at) + timedelta(seconds=seconds)
    return change.until or change.at + timedelta(seconds=seconds)


def has_acted_since(then: Lead, now: Lead) -> bool:
    """Whether the owner of a lead has done something with it since it was as `then`."""
    since = (change for change in now.log[then.rev :] if change.step in ACTS)
    return any(
        change.rep == then.owner and (change.step is not Step.NOTED or _is_of_owner(change))
        for change in since
    )


def _is_of_owner(change: Change) -> bool:
    """Whether the owner did it, or a program, which acts for them: not a manager or administrator.

    A manager may be a rep as well, and is then written down by that id.
    """
    by = change.by
    return by in (None, change.rep, "link", "api") or by.startswith("key#")


def _taken(before: Lead, lead: Lead, change: Change) -> Lead:
    """A lead that its owner has lost; and perhaps, by a manager's hand, its pool.

    Of a manager who lets it be given anew, the record names the pool: its tries begin anew too. So
    do others that undo what the lead has cost there; those count on.
    """
    lost_by = lead.lost_by | {lead.owner or ""}
    then = change.then or (Action.RECLAIM if change.step in OVERDUE else None)
    taken = replace(_ownerless(lead, change.at), lost_by=lost_by, then=then)
    if change.to:
        return replace(taken, passed_on=True, tries=0)
    is_given_anew = change.step is Step.UNASSIGNED and change.pool is not None
    return replace(taken, tries=0) if is_given_anew else taken


def _moved(before: Lead, lead: Lead, change: Change) -> Lead:
    """A lead for another pool, `to` or the one that the rules name; nobody there has had a try."""
    moved = _ownerless(lead, change.at)
    return replace(moved, passed_on=change.to is not None, tries=0, then=None)


def _ownerless(lead: Lead, at: datetime) -> Lead:
    """A lead that routing is to give to somebody."""
    return replace(lead, owner=None, deadlines=(), hold=NOBODYS, since=at, due_at=at + WATCH_AFTER)


def _rested(before: Lead, lead: Lead, change: Change) -> Lead:
    """A lead of which nothing is to become any more: from now on, its time to be erased runs."""
    keep = lead.log[0].keep
    return replace(lead, due_at=change.at + timedelta(seconds=keep) if keep else None)


def _erased(before: Lead, lead: Lead, change: Change) -> Lead:
    """A lead of which only the bare log is left."""
    return replace(lead, owner=None, deadlines=(), hold=Hold())


# What a step means beyond the status that it leads to: (lead before, lead so far, change) → lead.
_SETTLED: dict[Step, Callable[[Lead, Lead, Change], Lead]] = {
    Step.CAPTURED: _come,
    Step.RELEASED: _come,
    Step.ANNOUNCED: _come,
    Step.ASSIGNED: _given,
    Step.CLAIMED: _given,
    Step.OPENED: _opened,
    Step.ACCEPTED: _worked,
    Step.CONTACTED: _worked,
    Step.DECLINED: _taken,
    Step.RECLAIMED: _taken,
    Step.LAPSED: _taken,
    Step.UNASSIGNED: _taken,
    Step.PASSED: _moved,
    Step.REROUTED: _moved,
    Step.CONVERTED: _rested,
    Step.LOST: _rested,
    Step.RETURNED: _rested,
    Step.QUARANTINED: _rested,
    Step.DUPLICATED: _rested,
    Step.REJECTED: _rested,
    Step.DISCARDED: _rested,
    Step.ERASED: _erased,
}


def _looked_after_in(lead: Lead) -> timedelta:
    """When the sweep looks after a lead that nobody has; what was only announced, ever later."""
    if lead.status is Status.NEW:
        return WATCH_AFTER
    doublings = min(lead.fetches - 1, 10)
    return min(timedelta(minutes=2**doublings), FETCH_AT_LEAST_EVERY)


def replay(lead_id: str, source: str, fields: Mapping[str, Any], log: Iterable[Change]) -> Lead:
    """The lead that a log adds up to."""
    lead = Lead(lead_id, source, fields)
    for change in log:
        lead = _after(lead, change)
    return lead
