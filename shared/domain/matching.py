"""What conditions mean: each is compiled once, and then asked of many leads.

- Text is compared without case, and without spaces around it. A field of several values has each
  of them: one that fits is enough, and `not` wants none of them.
- What is not a number is in no range; an empty field has nothing, so that only `not` and
  `exists: false` hold of it.
- Fields are the lead's own first, then those of `extra`, in any spelling of their names; `source`,
  `source_kind` and `score` are fields too.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

from shared.domain.by_identity import by_identity
from shared.domain.conditions import FieldTest, Subject, When
from shared.domain.facts import During, Facts, bare, domain_of, never
from shared.domain.spelling import fold


class Range(NamedTuple):
    """Numbers from `low` to `high`, both included unless said otherwise; None: without an end."""

    low: Decimal | None = None
    high: Decimal | None = None
    below: bool = False  # `high` itself is not in it

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, Decimal) or (self.low is not None and number < self.low):
            return False
        if self.high is None:
            return True
        return number < self.high if self.below else number <= self.high


# Something that a lead may have, and by which it can be looked up: of a field, that it `is` a text,
# `starts` with one, is of a `domain`, or is `between` numbers. A plain tuple, as there may be
# hundreds of thousands.
Key = tuple[str, str, "str | Range"]
Keys = tuple[Key, ...]


class Test(NamedTuple):
    """One condition: whether it fits a lead, and the keys of which every lead it fits has one.

    `keys` None: it cannot be told by looking up anything.
    """

    fits: Callable[[Facts], bool]
    keys: Keys | None = None


Tests = tuple[Test, ...]  # all of them must fit

MOST_COMPILED = 4096


def holds(when: When, subject: Subject, during: During = never) -> bool:
    """Whether conditions hold for a lead; `during` tells whether it is within some hours."""
    return all_fit(compiled(when), Facts(subject, during))


def all_fit(tests: Tests, facts: Facts) -> bool:
    """Whether each of them does."""
    for test in tests:  # noqa: SIM110  (on the way of every lead; a generator takes twice as long)
        if not test.fits(facts):
            return False
    return True


@by_identity(MOST_COMPILED)
def compiled(when: When) -> Tests:
    """Conditions, ready to be asked."""
    tests = [test for field, said in when.fields.items() for test in _of_field(fold(field), said)]
    tests += [test for group in when.every for test in compiled(group)]
    if when.some:
        tests.append(any_of([compiled(group) for group in when.some]))
    if when.never is not None:
        tests.append(_none_of(compiled(when.never)))
    if when.during is not None:
        tests.append(_within(when.during))
    return tuple(tests)


def _of_field(field: str, said: FieldTest) -> Iterable[Test]:
    if said.one_of is not None:
        yield is_one_of(field, said.one_of)
    if said.none_of is not None:
        yield _none_of((is_one_of(field, said.none_of),))
    if said.starts is not None:
        yield starts_with(field, said.starts)
    if said.domain is not None:
        yield is_of_domain(field, said.domain)
    if said.at_least is not None or said.at_most is not None or said.below is not None:
        yield is_between(field, _range(said))
    if said.exists is not None:
        yield _exists(field, there=said.exists)


def _range(said: FieldTest) -> Range:
    if said.below is not None and (said.at_most is None or said.below <= said.at_most):
        return Range(said.at_least, said.below, below=True)
    return Range(said.at_least, said.at_most)


# ── Kinds of conditions ──────────────────────────────────────────────────────────────────────────


def is_one_of(field: str, values: Iterable[str]) -> Test:
    """The field is one of these texts."""
    wanted = frozenset(value.strip().casefold() for value in values)
    return Test(
        lambda facts: not wanted.isdisjoint(facts.texts(field)),
        tuple((field, "is", value) for value in sorted(wanted)),
    )


def starts_with(field: str, prefixes: Iterable[str]) -> Test:
    """The field begins with one of these."""
    wanted = tuple(sorted({bare(field, prefix.strip().casefold()) for prefix in prefixes}))
    return Test(
        lambda facts: any(bare(field, text).startswith(wanted) for text in facts.texts(field)),
        tuple((field, "starts", prefix) for prefix in wanted),
    )


def is_of_domain(field: str, domains: Iterable[str]) -> Test:
    """The address in the field is of one of these domains, or of one below it."""
    wanted = frozenset(domain.strip().casefold().lstrip("@.") for domain in domains)
    return Test(
        lambda facts: any(
            not wanted.isdisjoint(domains_above(text)) for text in facts.texts(field)
        ),
        tuple((field, "domain", domain) for domain in sorted(wanted)),
    )


def is_between(field: str, wanted: Range) -> Test:
    """The field is a number in the range."""
    return Test(
        lambda facts: any(number in wanted for number in facts.numbers(field)),
        ((field, "between", wanted),),
    )


def any_of(alternatives: Iterable[Tests]) -> Test:
    """All tests of one of these fit."""
    each = tuple(alternatives)
    keys: Keys | None = ()
    for tests in each:
        known = [test.keys for test in tests if test.keys is not None]
        keys = None if keys is None or not known else keys + min(known, key=len)
    return Test(lambda facts: any(all_fit(tests, facts) for tests in each), keys)


def _none_of(tests: Tests) -> Test:
    return Test(lambda facts: not all_fit(tests, facts))


def _exists(field: str, *, there: bool) -> Test:
    return Test(lambda facts: bool(facts.texts(field)) is there)


def _within(hours: str) -> Test:
    return Test(lambda facts: facts.at is not None and facts.during(hours, facts.at))


def domains_above(text: str) -> list[str]:
    """`a.b.example`, `b.example`, `example`: the domain of an address, and those it is below."""
    labels = domain_of(text).split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]
