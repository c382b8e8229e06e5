"""The configuration: reps, pools, rules and sources, as one validated whole.

Field names here are the keys of the YAML file. Everything is checked before anything is stored:
what one model cannot see alone (a pool that names an unknown rep, a missing catch-all) is checked
by `Config` itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from shared.domain.deadlines import Action, Deadline
from shared.domain.notation import Email, Id, Model, Name, Seconds, TimeZone, When
from shared.domain.sources import Form, Group, Hook, Partner, Source


def _thousandths(weight: Decimal) -> Decimal:
    if weight != weight.quantize(Decimal("0.001")):
        raise ValueError("a weight has at most three decimals")
    return weight


Weight = Annotated[
    Decimal, Field(gt=0, le=1_000_000, allow_inf_nan=False), AfterValidator(_thousandths)
]
Limit = Annotated[int, Field(ge=0, le=1_000_000)]


class Person(Model):
    """Somebody to ask: shown on the accept page when a lead has gone to somebody else."""

    name: Name
    email: Email


class Rep(Model):
    """A salesperson who can own leads."""

    name: Name
    email: Email
    time_zone: TimeZone = "UTC"
    holding_limit: Limit | None = None  # most open leads held at once
    daily_limit: Limit | None = None  # most leads received per day, in the rep's own zone
    active: bool = True


class DeadlinePolicy(Model):
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


class Pool(Model):
    """A group of reps who share leads; the order of the members breaks ties."""

    members: dict[Id, Weight]
    deadlines: DeadlinePolicy = DeadlinePolicy()
    manager: Person | None = None
    # Whether a lead costs its rep nothing when its seller takes it back.
    refund_returned: bool = False

    def weights(self) -> dict[str, int]:
        """The members' weights in whole thousandths, in list order."""
        return {rep: int(weight * 1000) for rep, weight in self.members.items()}


class Rule(Model):
    """Conditions on a lead, and the pool it goes to when all of them hold."""

    name: Name
    when: When = {}
    pool: Id


class Config(Model):
    """The whole configuration."""

    manager: Person
    reps: dict[Id, Rep]
    pools: dict[Id, Pool]
    rules: list[Rule]
    forms: dict[Id, Form] = {}
    partners: dict[Id, Partner] = {}
    hooks: dict[Id, Hook] = {}
    groups: dict[Id, Group] = {}

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
        return problems + self._source_problems()

    def _source_problems(self) -> list[str]:
        """What does not fit together between sources and their groups."""
        problems = []
        for place, source in self._placed_sources():
            group = self.groups.get(source.group or "")
            if source.group and group is None:
                problems.append(f"{place}.group: there is no group {source.group!r} under groups")
            if source.duplicates and source.duplicates.scope == "group" and not source.group:
                problems.append(f"{place}.duplicates.scope: the source is in no group")
            if (
                isinstance(source, Partner)
                and group
                and source.currency != group.currency
                and any(cap.money is not None for cap in group.caps)
            ):
                problems.append(
                    f"{place}.currency: the caps of group {source.group!r} count {group.currency}"
                )
        return problems

    def _placed_sources(self) -> Iterator[tuple[str, Source]]:
        """Every source, after the place in the file where it stands: `partners.acme`."""
        for section in ("forms", "partners", "hooks"):
            for source_id, source in getattr(self, section).items():
                yield f"{section}.{source_id}", source

    def sources(self) -> Iterator[tuple[str, Source]]:
        """Every source by its name in leads: `partner#acme`."""
        for place, source in self._placed_sources():
            yield f"{source.kind}#{place.partition('.')[2]}", source

    def source(self, named: str) -> Source | None:
        """The source of this name (`partner#acme`); None when it is not there any more."""
        kind, _, source_id = named.partition("#")
        section: Mapping[str, Source] = getattr(self, f"{kind}s", {})
        return section.get(source_id)

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
