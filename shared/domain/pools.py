"""Pools as configured: who shares leads, and by which strategy.

Every option narrows who may take a lead, or orders them; all may be combined, and all work on the
same rotation and in the same transaction.
"""

from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from shared.domain.channels import Notices
from shared.domain.conditions import When
from shared.domain.deadlines import TAKING, Action, Deadline, IfStill
from shared.domain.languages import Language
from shared.domain.limits import THOUSAND, Limits, Thousandths
from shared.domain.mail_templates import MailTemplates
from shared.domain.notation import Amount, Email, Id, Model, Name, Number, Seconds

Weight = Annotated[Thousandths, Field(gt=0)]
Factor = Annotated[Thousandths, Field(gt=0, le=1000)]


class Person(Model):
    """Somebody to ask: shown on the accept page when a lead has gone to somebody else."""

    name: Name
    email: Email


class Strategy(StrEnum):
    """How a pool shares its leads."""

    WEIGHTED = "weighted"  # who is owed most, by weight
    ROUND_ROBIN = "round_robin"  # likewise, all weights equal
    LEAST_LOADED = "least_loaded"  # who holds least, for their weight
    PERFORMANCE = "performance"  # who is owed most, by weight × measured performance
    OPEN = "open"  # whoever claims it
    SHOTGUN = "shotgun"  # all are told; the first to accept has it
    MANUAL = "manual"  # whom a manager says


OFFERING = frozenset({Strategy.OPEN, Strategy.SHOTGUN})  # who wants a lead takes it


Refundable = Literal["returned", "declined", "lapsed", "reclaimed", "lost"]


class Clock(StrEnum):
    """Whose time deadlines run on."""

    REAL = "real"
    REP = "rep"  # the owner's hours
    POOL = "pool"  # the pool's


class Stage(Model):
    """One thing that happens to a lead so long after it was given to somebody."""

    model_config = ConfigDict(populate_by_name=True)

    after: Seconds
    do: Action
    if_still: Annotated[IfStill, Field(alias="if")] = IfStill.UNACCEPTED
    lasts: Annotated[Seconds | None, Field(alias="for")] = None  # a pause; else for the shift

    def deadline(self) -> Deadline:
        """As a lead's record has it."""
        return Deadline(self.do, self.after, self.if_still, self.lasts or 0)


class DeadlinePolicy(Model):
    """How long a rep is protected, and what happens on the way.

    Either all `stages`, or in short when the rep is reminded, and when the lead is reclaimed.
    """

    stages: Annotated[list[Stage], Field(min_length=1, max_length=20)] | None = None
    remind_after: Annotated[list[Seconds], Field(max_length=10)] = [5 * 60, 10 * 60]
    reclaim_after: Seconds = 15 * 60
    max_assignments: Annotated[int, Field(ge=1, le=20)] = 3
    clock: Clock = Clock.REAL

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        stages = [*self.remind_after, self.reclaim_after]
        if self.stages is None and any(first >= second for first, second in pairwise(stages)):
            raise ValueError("each reminder must come later than the one before, the reclaim last")
        return self

    def deadlines(self) -> tuple[Deadline, ...]:
        """The stages in the order they pass."""
        if self.stages is not None:
            return tuple(stage.deadline() for stage in self.stages)
        reminders = [Deadline(Action.REMIND, after) for after in self.remind_after]
        return (*reminders, Deadline(Action.RECLAIM, self.reclaim_after))

    @property
    def protects_for(self) -> int:
        """Seconds until a lead that is not taken up is taken away, or nothing more happens."""
        deadlines = self.deadlines()
        taking = (deadline.after for deadline in deadlines if deadline.action in TAKING)
        return next(taking, deadlines[-1].after)


class ProtectionPolicy(Model):
    """How long an accepted lead stays with a rep who does nothing more about it."""

    first: Seconds | None = None  # after accepting; `activity`, if left out
    activity: Seconds  # after each activity
    at_most: Seconds  # after assignment, whatever is done
    then: Literal[Action.RECLAIM, Action.OPEN, Action.PARK, Action.TELL_MANAGER] = Action.RECLAIM


class Match(Model):
    """A rep's skill must, or should, be what the lead's field says. An empty field asks nothing."""

    field: Name
    skill: Name | None = None  # as the field is called, if left out
    required: bool = True  # false: those who have it go first
    relax_after: Seconds | None = None  # no longer asked of a lead that has waited so long


class Tier(Model):
    """Who gets the leads from this score on, up to the tier above."""

    model_config = ConfigDict(populate_by_name=True)

    at_least: Annotated[Number, Field(alias="from")]
    reps: Annotated[list[Id], Field(min_length=1)]


class ExistingOwner(Model):
    """A lead of somebody known goes to whom they know already.

    `by` is asked in order, and the first that names a rep decides: `email`, `phone`, `company` (the
    e-mail's domain, unless it is a free-mail provider's), or any other field.
    """

    by: Annotated[list[Name], Field(min_length=1, max_length=4)]
    within: Seconds = 365 * 86400  # since the last lead
    away: Literal["share", "wait"] = "share"  # when the owner cannot take it
    wait_at_most: Seconds = 4 * 3600  # then it is shared


class Performance(Model):
    """Weights that follow what reps make of their leads, within bounds.

    Compared with the pool's average, over the leads of `window`: the share accepted, the share
    converted, and how soon; each as heavy as it says here.
    """

    window: Seconds = 30 * 86400
    response: Thousandths = Decimal(1)
    conversion: Thousandths = Decimal(1)
    speed: Thousandths = Decimal(1)
    floor: Factor = Decimal("0.5")  # nobody's weight falls below this part of it
    ceiling: Factor = Decimal(2)
    at_least: Annotated[int, Field(ge=1, le=10_000)] = 10  # leads, before it counts at all
    by: Name | None = None  # apart for each value of this field, where there is enough data
    refresh: Seconds = 86400

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.floor > 1 or self.ceiling < 1:
            raise ValueError(
                "floor: at most 1, and the ceiling at least 1: who is average keeps their weight"
            )
        return self


class Claims(Model):
    """How reps take leads out of an open pool."""

    preview: bool = True  # false: they get the oldest, unseen
    masked: bool = True  # contact data is hidden until it is theirs
    per_day: Annotated[int, Field(ge=1, le=1_000_000)] | None = None  # in the rep's zone
    gap: Seconds | None = None  # between two claims of a rep
    cool_down: Seconds = 4 * 3600  # after losing a lead, before claiming that very lead


class Next(Model):
    """Where a lead goes that this pool cannot give to anybody."""

    pool: Id
    after: Seconds | None = None  # of waiting; at once, if left out


class Value(Model):
    """What a lead is worth, in leads: its field's amount over that of a typical one."""

    field: Name = "value"
    typical: Annotated[Amount, Field(gt=0)]
    at_most: Annotated[Thousandths, Field(ge=1, le=1000)] = Decimal(10)  # typical leads


class Split(Model):
    """A part of the leads, the same ones at each try, is shared by another strategy."""

    percent: Annotated[int, Field(ge=1, le=99)]
    strategy: Literal["weighted", "round_robin", "least_loaded", "performance"]


ORDERS = frozenset(
    {Strategy.WEIGHTED, Strategy.ROUND_ROBIN, Strategy.LEAST_LOADED, Strategy.PERFORMANCE}
)


class Pool(Model):
    """A group of reps who share leads; the order of the members breaks ties."""

    members: dict[Id, Weight]
    strategy: Strategy = Strategy.WEIGHTED
    strict: bool = False  # round robin: one after the other, whatever anybody is owed
    load: Literal["leads", "points", "value"] = "leads"  # least loaded: of what
    split: Split | None = None
    performance: Performance = Performance()
    tiers: list[Tier] = []
    overflow: bool = True  # when nobody of a tier can, others may
    match: list[Match] = []
    existing_owner: ExistingOwner | None = None
    claims: Claims = Claims()
    offer_for: Seconds | None = None  # open and shotgun: then it goes on to `then`, or to a manager
    hours: Id | None = None  # the pool's own: of its clock; and nobody gets a lead outside them
    off_hours: Literal["wait", "assign"] = "wait"  # assign: for when their shift begins
    duty_pool: Id | None = None  # who gets the leads while nobody here is on shift
    then: Next | None = None
    member_limits: Limits = Limits()  # of each member, counting this pool's leads
    team_limits: Limits = Limits()  # of all members together
    hot: When | None = None  # leads like this pass all limits
    value: Value | None = None
    credit_by: Literal["lead", "value"] = "lead"
    charges: list[Literal["existing_owner", "manual", "claim"]] = []  # what also costs credit
    absence: Literal["frozen", "none", "catch_up"] = "frozen"
    catch_up: Annotated[Thousandths, Field(gt=1, le=100)] = Decimal(2)  # times the normal share
    deadlines: DeadlinePolicy = DeadlinePolicy()
    protection: ProtectionPolicy | None = None
    manager: Person | None = None
    notify: Notices = []  # which channels hear of its leads
    language: Language | None = None  # of what its reps are written who name none; else English
    templates: MailTemplates = {}  # the pool's own words in mails
    mask_until_accepted: bool = False  # nobody is shown how to reach a person before
    refund: list[Refundable] = []  # how a lead ends that then has cost its rep nothing

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        needs_value = self.credit_by == "value" or self.load == "value"
        if needs_value and self.value is None:
            raise ValueError("value: say which field it is, and what is typical")
        if self.strict and self.strategy is not Strategy.ROUND_ROBIN:
            raise ValueError("strict: only the strategy round_robin knows it")
        if self.split and self.strategy not in ORDERS:
            raise ValueError(f"split: a pool that is {self.strategy} cannot be split")
        scores = [tier.at_least for tier in self.tiers]
        if any(first <= second for first, second in pairwise(scores)):
            raise ValueError("tiers: the highest score first, each only once")
        strangers = {rep for tier in self.tiers for rep in tier.reps} - self.members.keys()
        if strangers:
            raise ValueError(f"tiers: {min(strangers)!r} is no member of the pool")
        return self

    @property
    def is_picky(self) -> bool:
        """Whether one lead may find somebody where another finds nobody."""
        limits = self.member_limits.points is not None or self.team_limits.points is not None
        skills, tiers = bool(self.match), bool(self.tiers) and not self.overflow
        return bool(limits or skills or tiers or self.hot or self.existing_owner or self.then)

    @property
    def opens_late(self) -> bool:
        """Whether leads that a rep does not take up, or work on, become open for anybody."""
        opening = any(one.action is Action.OPEN for one in self.deadlines.deadlines())
        return opening or bool(self.protection and self.protection.then is Action.OPEN)

    def weights(self) -> dict[str, int]:
        """The members' weights in whole thousandths, in list order."""
        return {rep: int(weight * THOUSAND) for rep, weight in self.members.items()}
