"""Which pool a lead belongs to: ordered rules, the first that fits wins; its score and grade."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from shared.domain.by_identity import by_identity
from shared.domain.cells import indexed
from shared.domain.conditions import Subject, When
from shared.domain.config import Config
from shared.domain.facts import Facts
from shared.domain.index import Index, index_of
from shared.domain.limits import Grade
from shared.domain.matching import all_fit, compiled
from shared.domain.working_time import hours_calendar, is_open

MOST_CONFIGS = 4  # kept ready in one process


class Ruling(NamedTuple):
    """Where a lead goes: by which rule, to which pool, with what score, by which row of a table.

    Rows are counted from 1, as they follow the table's header; None: the rule asks no table.
    """

    rule: str
    pool: str
    score: Decimal | None = None
    row: int | None = None


class _Ready(NamedTuple):
    """What a configuration asks of every lead."""

    rules: Index
    points: Index
    grades: Index


@by_identity(MOST_CONFIGS)
def _ready(config: Config) -> _Ready:
    points = config.score.points if config.score else []
    return _Ready(
        rules=index_of([compiled(rule.when) for rule in config.rules]),
        points=index_of([compiled(entry.when) for entry in points]),
        grades=index_of([compiled(grade.when) for grade in config.grades]),
    )


def route(config: Config, source: str, fields: Mapping[str, Any], now: datetime) -> Ruling:
    """Where a lead goes now. The last rule catches all; the configuration guarantees it."""
    facts = _facts(config, Subject(source, fields, at=now))
    score = _score(config, facts)
    if score is not None:
        facts = _facts(config, Subject(source, fields, score, now))
    for position in _ready(config).rules.fitting(facts):
        rule = config.rules[position]
        if rule.pool is not None:
            return Ruling(rule.name, rule.pool, score)
        found = indexed(config.tables[rule.table or ""]).find(facts)
        if found is not None:
            row, pool = found
            return Ruling(rule.name, pool, score, row)
    raise LookupError("no rule catches all leads")


def score_of(config: Config, subject: Subject) -> Decimal | None:
    """A lead's score: its own, or else what the table of points adds up to; None without either.

    `subject` has no score yet.
    """
    return _score(config, _facts(config, subject))


def _score(config: Config, facts: Facts) -> Decimal | None:
    own = next(iter(facts.numbers("score")), None)
    if own is not None or config.score is None:
        return own
    table = config.score
    fitting = _ready(config).points.fitting(facts)
    score = sum((table.points[position].points for position in fitting), table.start)
    if table.at_least is not None:
        score = max(score, table.at_least)
    return score if table.at_most is None else min(score, table.at_most)


def grade_of(config: Config, subject: Subject) -> Grade | None:
    """The first grade that fits a lead, with its score; None when none does."""
    position = next(_ready(config).grades.fitting(_facts(config, subject)), None)
    return None if position is None else config.grades[position]


def condition_holds(config: Config, when: When, subject: Subject) -> bool:
    """Whether conditions hold for a lead that is routed by this configuration."""
    return all_fit(compiled(when), _facts(config, subject))


def _facts(config: Config, subject: Subject) -> Facts:
    return Facts(subject, lambda hours, at: is_open(hours_calendar(config, hours), at))
