"""The configuration: reps, pools, rules and forms, as one validated whole.

Field names here are the keys of the YAML file. Everything is checked before anything is stored:
what one model cannot see alone (a pool that names an unknown rep, a missing catch-all) is checked
by `Config` itself.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from shared.domain.deadlines import Action, Deadline

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _seconds(value: object) -> object:
    """Seconds from `90`, `30s`, `15m`, `2h` or `3d`."""
    if isinstance(value, str):
        match = re.fullmatch(r"(\d+)\s*([smhd])", value.strip())
        if not match:
            raise ValueError("write a duration as a number and a unit: 30s, 15m, 2h, 3d")
        return int(match[1]) * _UNITS[match[2]]
    return value


# The context in which a stored version is read: it was checked when it was applied, must not change
# its meaning with our checks, and is on the way of a lead.
STORED = {"stored": True}


def _known_zone(name: str, info: ValidationInfo) -> str:
    if info.context == STORED:
        return name
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("unknown time zone; write it like Europe/Stockholm") from error
    return name


def _thousandths(weight: Decimal) -> Decimal:
    if weight != weight.quantize(Decimal("0.001")):
        raise ValueError("a weight has at most three decimals")
    return weight


def _email(address: str, info: ValidationInfo) -> str:
    if info.context == STORED:
        return address
    # Mail goes out to this address; the library knows what one looks like.
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(address, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError(f"not an e-mail address: {error}") from error


Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Seconds = Annotated[int, BeforeValidator(_seconds), Field(gt=0, le=366 * 86400)]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
Weight = Annotated[
    Decimal, Field(gt=0, le=1_000_000, allow_inf_nan=False), AfterValidator(_thousandths)
]
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_email)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Limit = Annotated[int, Field(ge=0, le=1_000_000)]


def _rule_value(value: object) -> object:
    """Numbers and yes/no as people write them; nothing at all is a mistake."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


RuleValue = Annotated[str, StringConstraints(min_length=1), BeforeValidator(_rule_value)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Person(_Model):
    """Somebody to ask: shown on the accept page when a lead has gone to somebody else."""

    name: Name
    email: Email


class Rep(_Model):
    """A salesperson who can own leads."""

    name: Name
    email: Email
    time_zone: TimeZone = "UTC"
    holding_limit: Limit | None = None  # most open leads held at once
    daily_limit: Limit | None = None  # most leads received per day, in the rep's own zone
    active: bool = True


class DeadlinePolicy(_Model):
    """How long a rep is protected, and what happens on the way."""

    remind_after: Annotated[list[Seconds], Field(max_length=10)] = [5 * 60, 10 * 60]
    reclaim_after: Seconds = 15 * 60
    max_assignments: Annotated[int, Field(ge=1, le=20)] = 3

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        stages = [*self.remind_after, self.reclaim_after]
        if any(first >= second for first, second in pairwise(stages)):
            raise ValueError("each reminder must come later than the one before, the reclaim last")
        return self

    def stages(self) -> tuple[Deadline, ...]:
        """The stages in the order they pass."""
        reminders = [Deadline(Action.REMIND, after) for after in self.remind_after]
        return (*reminders, Deadline(Action.RECLAIM, self.reclaim_after))


class Pool(_Model):
    """A group of reps who share leads; the order of the members breaks ties."""

    members: dict[Id, Weight]
    deadlines: DeadlinePolicy = DeadlinePolicy()
    manager: Person | None = None

    def weights(self) -> dict[str, int]:
        """The members' weights in whole thousandths, in list order."""
        return {rep: int(weight * 1000) for rep, weight in self.members.items()}


class Rule(_Model):
    """Conditions on a lead, and the pool it goes to when all of them hold."""

    name: Name
    when: dict[Name, Annotated[list[RuleValue], Field(min_length=1)]] = {}
    pool: Id

    @model_validator(mode="before")
    @classmethod
    def _one_value_is_a_list(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("when"), dict):
            when = {
                field: values if isinstance(values, list) else [values]
                for field, values in data["when"].items()
            }
            return {**data, "when": when}
        return data


class Form(_Model):
    """A public website form."""

    name: Name | None = None
    default_country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    aliases: dict[Name, list[Name]] = {}
    required: list[Name] = []
    origins: list[str] = []  # sites whose scripts may post (CORS)
    redirects: list[str] = []  # where a plain form may send its visitor afterwards
    thank_you_url: str | None = None
    honeypot: Name | None = None
    started_field: Name | None = None
    min_seconds: Annotated[float, Field(ge=0, le=3600)] = 0


class Config(_Model):
    """The whole configuration."""

    manager: Person
    reps: dict[Id, Rep]
    pools: dict[Id, Pool]
    rules: list[Rule]
    forms: dict[Id, Form]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if problems := list(self._problems()):
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> list[str]:
        problems = [
            f"pools.{pool_id}.members.{rep}: there is no rep with this id under reps"
            for pool_id, pool in self.pools.items()
            for rep in pool.members
            if rep not in self.reps
        ]
        problems += [
            f"pools.{pool_id}.members: a pool needs at least one member"
            for pool_id, pool in self.pools.items()
            if not pool.members
        ]
        problems += [
            f"rules.{i}.pool: there is no pool {rule.pool!r} under pools"
            for i, rule in enumerate(self.rules)
            if rule.pool not in self.pools
        ]
        catch_alls = [i for i, rule in enumerate(self.rules) if not rule.when]
        if not catch_alls:
            problems.append("rules: the last rule must catch all; add one without `when`")
        elif catch_alls[0] != len(self.rules) - 1:
            problems.append(
                f"rules.{catch_alls[0]}: catches every lead, so the rules after it never match;"
                " move it to the end"
            )
        return problems

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
