"""The configuration: reps, pools, rules and sources, as one validated whole.

Field names here are the keys of the YAML file. Everything is checked before anything is stored:
what one model cannot see alone (a pool that names an unknown rep, a missing catch-all) is checked
by `Config` itself (`shared.domain.fitting`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, model_validator

from shared.domain.channels import Alerts, Channel
from shared.domain.conditions import When
from shared.domain.fitting import MisfitsError, misfits, placed_sources
from shared.domain.hours import Away, Holidays, Schedule
from shared.domain.languages import Language
from shared.domain.leads import Step
from shared.domain.limits import Grade, Limit, Pace, Thousandths
from shared.domain.notation import STORED, Email, Id, Model, Name, Phone, TimeZone, Value
from shared.domain.period import Period
from shared.domain.pools import Person, Pool
from shared.domain.score import Score
from shared.domain.sources import Form, Group, Hook, Partner, Source
from shared.domain.tables import Table
from shared.domain.week import Hours, TimeOfDay

MOST_PACES = 3


class Rep(Model):
    """A salesperson who can own leads."""

    name: Name
    email: Email
    time_zone: TimeZone = "UTC"
    language: Language | None = None  # of what they are written; if left out, the pool's
    holding_limit: Limit | None = None  # most open leads held at once
    holding_points: Thousandths | None = None  # likewise, weighed by grade
    daily_limit: Limit | None = None  # most leads received per day, in the rep's own zone
    pace: list[Pace] = []  # further periods
    skills: dict[Name, Annotated[list[Value], Field(min_length=1)]] = {}
    hours: Id | None = None  # on shift at any hour, if left out
    away: list[Away] = []
    phone: Phone | None = None  # for SMS
    alerts: Alerts = []  # what they hear of, beside e-mail
    mail_on: list[Step] | None = None  # which changes are mailed; all, if left out
    quiet: list[Hours] = []  # when no chat or phone is to ring, where they are
    digest: TimeOfDay | None = None  # when they are mailed what waits, on days they work
    active: bool = True

    @model_validator(mode="after")
    def _not_too_many_paces(self) -> Self:
        if len(self.paces()) > MOST_PACES:
            raise ValueError(f"pace: at most {MOST_PACES} periods, the daily_limit being one")
        return self

    def paces(self) -> tuple[Pace, ...]:
        """All limits by period, that of the day first."""
        if self.daily_limit is None:
            return tuple(self.pace)
        return (Pace(per=Period.DAY, leads=Decimal(self.daily_limit)), *self.pace)


class Manager(Person):
    """Somebody who answers for pools, or for everything."""

    pools: list[Id] = []
    administrator: bool = False


class Role(Model):
    """Whom a value of an identity provider's claim stands for."""

    rep: Id | None = None
    manager: Id | None = None
    administrator: bool = False

    @model_validator(mode="after")
    def _stands_for_somebody(self) -> Self:
        if not (self.rep or self.manager or self.administrator):
            raise ValueError("say whom it stands for: a rep, a manager, or administrator: true")
        return self


class SignIn(Model):
    """How people are known by the tokens of an identity provider.

    `roles` are values of the `role_claim`; what they say is added to what the address says.
    """

    email_claim: Name | None = "email"  # null: nobody is known by their address
    verified_only: bool = True  # an address counts only with `email_verified`
    role_claim: Name | None = None
    roles: dict[Name, Role] = {}

    @model_validator(mode="after")
    def _knows_the_claim(self) -> Self:
        if self.roles and self.role_claim is None:
            raise ValueError("role_claim: say which claim holds the values of `roles`")
        return self


class Rule(Model):
    """Conditions on a lead, and the pool it goes to when all of them hold.

    With a `table` the pool is that of the first row that fits; when none does, the next rule is
    asked.
    """

    name: Name
    when: When = When()
    pool: Id | None = None
    table: Id | None = None

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if (self.pool is None) == (self.table is None):
            raise ValueError("pool: name a pool, or a table that names one")
        return self


class Config(Model):
    """The whole configuration."""

    manager: Person
    managers: dict[Id, Manager] = {}
    sign_in: SignIn = SignIn()
    reps: dict[Id, Rep]
    pools: dict[Id, Pool]
    rules: list[Rule]
    tables: dict[Id, Table] = {}
    score: Score | None = None
    grades: list[Grade] = []
    hours: dict[Id, Schedule] = {}
    holidays: dict[Id, Holidays] = {}
    channels: dict[Id, Channel] = {}
    forms: dict[Id, Form] = {}
    partners: dict[Id, Partner] = {}
    hooks: dict[Id, Hook] = {}
    groups: dict[Id, Group] = {}

    @model_validator(mode="after")
    def _fits_together(self, info: ValidationInfo) -> Self:
        # A stored version was found to fit when it was applied, by the checks there were then.
        if info.context != STORED and (found := list(misfits(self))):
            raise MisfitsError(found)
        return self

    def sources(self) -> Iterator[tuple[str, Source]]:
        """Every source by its name in leads: `partner#acme`."""
        for (_, source_id), source in placed_sources(self):
            yield f"{source.kind}#{source_id}", source

    def source(self, named: str) -> Source | None:
        """The source of this name (`partner#acme`); None when it is not there any more."""
        kind, _, source_id = named.partition("#")
        section: Mapping[str, Source] = getattr(self, f"{kind}s", {})
        return section.get(source_id)

    def is_active(self, rep_id: str) -> bool:
        """Whether there is such a rep, and they have not been switched off."""
        rep = self.reps.get(rep_id)
        return rep is not None and rep.active

    def reader(self, rep_id: str | None, pool_id: str | None = None) -> Rep | None:
        """A rep as they are written to, about a lead of this pool: always with a language.

        Their own, else that of the pool, else of the first pool they are in that names one.
        """
        rep = self.reps.get(rep_id or "")
        if rep is None or rep.language:
            return rep
        about = self.pools.get(pool_id or "")
        theirs = [pool for pool in self.pools.values() if rep_id in pool.members]
        named = (pool.language for pool in (about, *theirs) if pool)
        return rep.model_copy(update={"language": next(filter(None, named), Language.EN)})

    def manager_of(self, pool_id: str | None) -> Person:
        """Whom to ask about the leads of a pool."""
        pool = self.pools.get(pool_id or "")
        return (pool and pool.manager) or self.manager


@dataclass(frozen=True, slots=True)
class ActiveConfig:
    """The configuration in force, with the number of its version."""

    version: int
    config: Config
    known_pools: tuple[str, ...] = ()  # every pool there ever was: leads may still lie there
    known_partners: tuple[str, ...] = ()  # likewise: their pings may still hold room in caps
    pepper: bytes = b""  # this table's own: makes hashes of personal data that nobody can test
