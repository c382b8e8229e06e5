"""Conditions on a lead, as people write them: on fields, source, score and time, in any mixture.

    when:
      country: [SE, "NO"]                 # one of these, in any case
      score: {from: 50, below: 80}        # a number in a range
      postal_code: {starts: [11, 12]}     # a prefix
      email: {domain: [example.com]}      # a domain, or one below it
      company: {exists: true}             # there is something in it
      product: {not: [newsletter]}        # none of these
      during: office                      # the lead is routed within these hours
      any: [{…}, {…}]                     # one of these groups of conditions; `all`: each of them
      not: {…}                            # this group does not hold

All that is written side by side must hold. Conditions are stored as they are written; what they
mean exactly is in `shared.domain.matching`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_serializer, model_validator

from shared.domain.notation import STORED, Id, Model, Name, Number, Value
from shared.domain.spelling import fold

GROUPS = ("all", "any", "not", "during")  # words that are no fields
MOST_NESTED = 20  # groups in one another; nobody takes in more than a few


def _listed(value: object) -> object:
    """One value is a list of one."""
    return value if value is None or isinstance(value, list) else [value]


Values = Annotated[list[Value], Field(min_length=1), BeforeValidator(_listed)]


class FieldTest(Model):
    """What must be true of one field; everything that is said."""

    one_of: Values | None = Field(default=None, alias="in")
    none_of: Values | None = Field(default=None, alias="not")  # also when the field is empty
    starts: Values | None = None
    domain: Values | None = None  # of an e-mail address or a web address
    at_least: Number | None = Field(default=None, alias="from")
    at_most: Number | None = Field(default=None, alias="to")
    below: Number | None = None
    exists: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, said: object) -> object:
        """One value, or a list of them, means that it is one of these."""
        return said if isinstance(said, dict | FieldTest) else {"in": said}

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        if not any(value is not None for _, value in self):
            raise ValueError("say what must be true of it: a value, a list, or from, to, starts …")
        if self.at_least is not None:
            if self.at_most is not None and self.at_most < self.at_least:
                raise ValueError("to: is less than `from`, so it never holds")
            if self.below is not None and self.below <= self.at_least:
                raise ValueError("below: is not more than `from`, so it never holds")
        return self

    @model_serializer
    def _as_written(self) -> Any:
        said = {
            field.alias or name: value
            for name, field in type(self).model_fields.items()
            if (value := getattr(self, name)) is not None
        }
        return said["in"] if said.keys() == {"in"} else said


class When(Model):
    """Conditions that must all hold; none: it holds for every lead."""

    fields: dict[Name, FieldTest] = {}
    every: list["When"] = Field(default=[], alias="all")
    some: list["When"] = Field(default=[], alias="any")
    never: "When | None" = Field(default=None, alias="not")
    during: Id | None = None  # the id of hours

    @model_validator(mode="before")
    @classmethod
    def _apart(cls, said: object, info: ValidationInfo) -> object:
        """As written, fields stand beside the words for groups."""
        if not isinstance(said, dict):
            return said
        if info.context != STORED:
            _check_nested(said)
        for name in ("all", "any", "not"):
            if name in said and not _asks_something(said[name]):
                raise ValueError(f"{name}: needs conditions; without any it would fit every lead")
        if "during" in said and said["during"] is None:
            raise ValueError("during: name the hours; without any it would fit every lead")
        fields = {name: test for name, test in said.items() if name not in GROUPS}
        return {"fields": fields, **{name: said[name] for name in GROUPS if name in said}}

    @model_serializer
    def _as_written(self) -> dict[str, Any]:
        groups = {
            "all": self.every,
            "any": self.some,
            "not": self.never,
            "during": self.during,
        }
        return {**self.fields, **{name: said for name, said in groups.items() if said}}

    def __bool__(self) -> bool:
        # Groups are never empty, so that there is no need to look into them.
        asks_never, asks_time = self.never is not None, self.during is not None
        return bool(self.fields or self.every or self.some) or asks_never or asks_time

    def parts(self) -> Iterator["When"]:
        """These conditions and all the groups in them, however deep."""
        yield self
        for group in (*self.every, *self.some, *([] if self.never is None else [self.never])):
            yield from group.parts()

    def asked_fields(self) -> frozenset[str]:
        """Every field that any of it looks at, as `fold` spells it."""
        return frozenset(fold(field) for part in self.parts() for field in part.fields)

    def asks_time(self) -> bool:
        """Whether any of it depends on when the lead is looked at."""
        return any(part.during is not None for part in self.parts())


def _check_nested(said: dict[str, Any]) -> None:
    """ValueError: groups stand in groups too deep. Found level by level, so at any depth."""
    level: list[Any] = [said]
    for _ in range(MOST_NESTED + 1):
        level = [group for when in level if isinstance(when, dict) for group in _groups_in(when)]
        if not level:
            return
    raise ValueError(
        f"groups stand in one another more than {MOST_NESTED} deep; make several rules of it"
    )


def _groups_in(said: dict[str, Any]) -> Iterator[Any]:
    for name in ("all", "any", "not"):
        group = said.get(name)
        yield from group if isinstance(group, list) else [] if group is None else [group]


def _asks_something(group: object) -> bool:
    """Whether a group, or each one in a list of them, has any conditions."""
    return bool(group) and (not isinstance(group, list) or all(group))


@dataclass(frozen=True, slots=True)
class Subject:
    """What conditions are about: a lead's source (`form#website`), fields and score, and the time.

    `score` None: it has none. `at` None: nothing that asks for the time can hold.
    """

    source: str
    fields: Mapping[str, Any]
    score: Decimal | None = None
    at: datetime | None = None
