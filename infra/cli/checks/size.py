"""Configurations that nobody can take in any more."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from infra.cli.checks.finding import Finding
from shared.domain.conditions import When
from shared.domain.config import Config
from shared.domain.fitting import each_when

MOST_RULES = 200
MOST_POOLS = 98  # all of which can change in one transaction
MOST_DEPTH = 4
MOST_CONDITIONS = 20
REPEATED = 10  # rules with the same conditions on the same field
MOST_REPEATED = 5  # told


def findings(config: Config) -> Iterator[Finding]:
    """Of the whole, and of single conditions."""
    if len(config.rules) > MOST_RULES:
        message = f"there are {len(config.rules)} rules; beyond {MOST_RULES} nobody sees the order"
        yield Finding("too-many-rules", ("rules",), message, "put what repeats into `tables`")
    if len(config.pools) > MOST_POOLS:
        message = f"there are {len(config.pools)} pools; at most {MOST_POOLS} can change at once"
        yield Finding("too-many-pools", ("pools",), message, "apply larger changes in steps")
    for place, when in each_when(config):
        depth, count = _depth(when), sum(len(part.fields) for part in when.parts())
        if depth > MOST_DEPTH:
            message = f"groups stand in groups, {depth} deep"
            yield Finding("too-deep", place, message, "make several rules of it")
        if count > MOST_CONDITIONS:
            message = f"asks {count} conditions at once"
            yield Finding("too-many-conditions", place, message, "make several rules, or a table")
    yield from _repeated(config)


def _depth(when: When) -> int:
    """How many groups stand in one another; 0: there are only fields."""
    groups = [*when.every, *when.some, *([when.never] if when.never else [])]
    return max((1 + _depth(group) for group in groups), default=0)


def _repeated(config: Config) -> Iterator[Finding]:
    """Rules that ask for the same fields, each for one value: rows of a table that is not there."""
    shapes: Counter[tuple[str, ...]] = Counter()
    first: dict[tuple[str, ...], int] = {}
    for number, rule in enumerate(config.rules):
        plain = all(test.one_of for test in rule.when.fields.values())
        shape = tuple(sorted(rule.when.fields))
        if shape and plain and not rule.table and len(list(rule.when.parts())) == 1:
            shapes[shape] += 1
            first.setdefault(shape, number)
    often = ((shape, count) for shape, count in shapes.most_common() if count >= REPEATED)
    for shape, count in islice(often, MOST_REPEATED):
        message = f"{count} rules from here on ask for {', '.join(shape)} and nothing else"
        advice = f"one table with the columns {', '.join(shape)} and pool says the same"
        yield Finding("better-a-table", ("rules", first[shape]), message, advice)
