"""Rules and grades in their order: what can never be reached, and what only the order decides."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from infra.cli.checks.finding import Finding
from infra.cli.checks.literals import Case, cases
from infra.cli.checks.reasoning import (
    Example,
    NoMoreAnswersError,
    OpenQuestionError,
    Reasoning,
    State,
)
from infra.cli.yaml_file import Place
from shared.domain.conditions import When
from shared.domain.config import Config

MOST_OVERLAPS = 20  # told of one configuration


class _Entry(NamedTuple):
    """A rule or grade: its place, what people call it, its conditions, and their cases."""

    place: Place
    called: str
    when: When
    cases: list[Case] | None  # None: too many to look into
    takes: str | None  # where all leads go that it fits; None: not all of them, or not to one place


def findings(config: Config) -> Iterator[Finding]:
    """Of rules: never reached, never true, or overlapping. Of grades and points: the first two."""
    try:
        yield from _findings(config, Reasoning(config))
    except NoMoreAnswersError:
        yield Finding(
            "not-all-compared",
            ("rules",),
            "not all rules were compared with each other: there are too many, or they ask too much",
            "put what repeats into `tables`; more of them may overlap, or never be asked",
        )


def _findings(config: Config, reasoning: Reasoning) -> Iterator[Finding]:
    """NoMoreAnswersError: there may be more. Overlaps come last: they are most to look for."""
    rules = [
        _entry(("rules", number), f"rule {rule.name!r}", rule.when, rule.pool)
        for number, rule in enumerate(config.rules)
    ]
    unreached: set[Place] = set()
    for finding in _never_reached(reasoning, rules, catches_all=True):
        unreached.add(finding.place)
        yield finding
    grades = [
        _entry(("grades", number), f"grade {grade.name!r}", grade.when, grade.name)
        for number, grade in enumerate(config.grades)
    ]
    yield from _never_reached(reasoning, grades)
    yield from _never_true(reasoning, config)
    yield from _overlapping(reasoning, [rule for rule in rules if rule.place not in unreached][:-1])


def _entry(place: Place, called: str, when: When, takes: str | None) -> _Entry:
    return _Entry(place, called, when, cases(when), takes)


# ── Never reached ────────────────────────────────────────────────────────────────────────────────


def _never_reached(
    reasoning: Reasoning, entries: Sequence[_Entry], *, catches_all: bool = False
) -> Iterator[Finding]:
    """The last rule has to be there, whether or not anything comes to it."""
    for number, entry in enumerate(entries):
        if not entry.cases or (catches_all and number == len(entries) - 1):
            continue
        possible = [state for case in entry.cases if (state := reasoning.together(case))]
        if not possible and entry.when:
            yield _impossible(entry.place, entry.called)
            continue
        if by := _taken_by(reasoning, possible, entries[:number]):
            yield Finding(
                f"unreachable-{entry.place[0]}"[:-1],
                entry.place,
                f"{entry.called} is never asked: {_and(by)} above it take{_s(by)} every such lead",
                "move it up, or leave it out",
            )


def _impossible(place: Place, called: str) -> Finding:
    message = f"{called} never holds: its conditions contradict each other, or every source here"
    return Finding("impossible-conditions", place, message, "use `any` where one is enough")


def _taken_by(reasoning: Reasoning, states: Sequence[State], before: Sequence[_Entry]) -> list[str]:
    """Which of those before take all that is so; none, if something is left."""
    takers: list[_Entry] = []
    for state in states:
        near = [
            (entry, case)
            for entry in before
            if entry.takes is not None
            for case in entry.cases or ()
            if reasoning.more(state, case) is not None
        ]
        alone = next((entry for entry, case in near if reasoning.implies(state, case)), None)
        found = [alone] if alone else _jointly(reasoning, state, near)
        if not found:
            return []
        takers += [entry for entry in found if entry not in takers]
    return [entry.called for entry in sorted(takers, key=lambda entry: entry.place[1])]


def _jointly(reasoning: Reasoning, state: State, near: list[tuple[_Entry, Case]]) -> list[_Entry]:
    """Those that only together take all of it, and none that is not needed for that."""
    if len(near) < 2 or not _cover(reasoning, state, near):
        return []
    needed = near
    for one in near[::-1]:
        fewer = [other for other in needed if other is not one]
        if _cover(reasoning, state, fewer):
            needed = fewer
    return list({entry.place: entry for entry, _ in needed}.values())


def _cover(reasoning: Reasoning, state: State, near: list[tuple[_Entry, Case]]) -> bool:
    try:
        return reasoning.outside(state, [case for _, case in near]) is None
    except OpenQuestionError:
        return False


# ── Overlapping ──────────────────────────────────────────────────────────────────────────────────


def _overlapping(reasoning: Reasoning, rules: Sequence[_Entry]) -> Iterator[Finding]:
    """Two rules for one lead, and neither is the special case of the other."""
    told = 0
    for later, second in enumerate(rules):
        for earlier, first in enumerate(rules[:later]):
            if first.takes is None or second.takes is None or first.takes == second.takes:
                continue
            example = _both(reasoning, first, second, rules[:earlier])
            if example is None:
                continue
            told += 1
            if told > MOST_OVERLAPS:
                yield Finding(
                    "overlapping-rules",
                    second.place,
                    f"more than {MOST_OVERLAPS} pairs of rules overlap; no more are looked for",
                    "begin with those told, or put the inputs into a table",
                )
                return
            message = (
                f"{second.called} and {first.called} both fit a lead such as {example};"
                f" it goes to {first.takes}, not to {second.takes}, as that one stands first"
            )
            advice = "say in one of them what the other does not mean: `not: {…}`"
            yield Finding("overlapping-rules", second.place, message, advice)


def _both(
    reasoning: Reasoning, first: _Entry, second: _Entry, before: Sequence[_Entry]
) -> Example | None:
    """A lead that comes to the first of two and would fit the second."""
    if not first.cases or not second.cases:
        return None
    states = [
        state
        for one in first.cases
        for other in second.cases
        if (state := reasoning.together(one, other))
    ]
    if not states or _special(reasoning, first, second) or _special(reasoning, second, first):
        return None
    taken = [case for entry in before for case in entry.cases or ()]
    for state in states:
        try:
            left = reasoning.outside(state, taken)
        except OpenQuestionError:
            continue
        example = reasoning.example(left) if left else None
        if example and example.fits(first.when) and example.fits(second.when):
            return example
    return None


def _special(reasoning: Reasoning, one: _Entry, other: _Entry) -> bool:
    """Whether all that fits the one fits the other, too."""
    for case in one.cases or ():
        state = reasoning.together(case)
        if state is not None and not any(
            reasoning.implies(state, wide) for wide in other.cases or ()
        ):
            return False
    return True


# ── Never true ───────────────────────────────────────────────────────────────────────────────────


def _never_true(reasoning: Reasoning, config: Config) -> Iterator[Finding]:
    """What is asked without an order: points, and which leads are hot."""
    others: list[tuple[Place, str, When]] = [
        (("score", "points", number), "this", entry.when)
        for number, entry in enumerate(config.score.points if config.score else [])
    ]
    others += [
        (("pools", pool_id, "hot"), "this", pool.hot)
        for pool_id, pool in config.pools.items()
        if pool.hot
    ]
    for place, called, when in others:
        found = cases(when)
        if found and when and not any(reasoning.together(case) for case in found):
            yield _impossible(place, called)


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _s(names: Sequence[str]) -> str:
    return "s" if len(names) == 1 else ""
