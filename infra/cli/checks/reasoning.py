"""What can hold at once, for any lead there can be; and whether others take all of it before."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from infra.cli.checks.literals import DURING, Case, Literal
from infra.cli.checks.values import UNKNOWN, value_of
from shared.domain.conditions import Subject, When
from shared.domain.config import Config
from shared.domain.facts import Facts
from shared.domain.matching import all_fit, compiled
from shared.domain.working_time import hours_calendar, open_hours_of_week

MOST_STEPS = 2_000  # of one question; then it is open
MOST_EFFORT = 2_000_000  # for one configuration, in plain conditions and values looked at

_WINTER = datetime(2026, 1, 5, tzinfo=UTC).date()  # a Monday
_OF_SOURCES = frozenset({"source", "source_kind"})

State = Mapping[str, frozenset[Literal]]  # by field; it can be so


class Example(NamedTuple):
    """A lead, and the hours within which it is routed."""

    source: str
    fields: Mapping[str, str]
    during: frozenset[str]

    def fits(self, when: When) -> bool:
        """Whether conditions hold for it."""
        fields = {name: text for name, text in self.fields.items() if name not in _OF_SOURCES}
        subject = Subject(self.source, fields, at=datetime(2026, 1, 5, tzinfo=UTC))
        return all_fit(compiled(when), Facts(subject, lambda hours, _: hours in self.during))

    def __str__(self) -> str:
        said = [
            f"{field}: {text.upper() if field == 'country' else text}"
            for field, text in sorted(self.fields.items())
        ]
        said += [f"during: {hours}" for hours in sorted(self.during)]
        return f"{{{', '.join(said)}}}"


class Reasoning:
    """Answers about the leads that may come from the sources of one configuration.

    There are only so many: any question may end with NoMoreAnswersError. What they take is counted
    and not timed, so that the same file gets the same answers everywhere.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._sources = [named.partition("#")[::2] for named, _ in config.sources()]
        self._open: dict[str, frozenset[int]] = {}
        self._effort = MOST_EFFORT

    def together(self, *cases: Iterable[Literal]) -> State | None:
        """All that these say, by field; None: no lead can be so."""
        state: dict[str, frozenset[Literal]] = {}
        for case in cases:
            for literal in case:
                state[literal.field] = state.get(literal.field, frozenset()) | {literal}
        return state if all(self._can_be(state, field) for field in state) else None

    def more(self, state: State, literals: Iterable[Literal]) -> State | None:
        """The same, and these."""
        new = dict(state)
        touched = set()
        for literal in literals:
            there = new.get(literal.field, frozenset())
            if literal not in there:
                new[literal.field] = there | {literal}
                touched.add(literal.field)
        return new if all(self._can_be(new, field) for field in touched) else None

    def implies(self, state: State, case: Case) -> bool:
        """Whether every lead that is so is in the case, too."""
        return all(self.more(state, [literal.opposite()]) is None for literal in case)

    def outside(self, state: State, others: Sequence[Case]) -> State | None:
        """How a lead can be that is so, and in none of the other cases; None: it cannot.

        OpenQuestionError: that would take too long to find out.
        """
        left = MOST_STEPS
        branches: list[tuple[int, State]] = [(0, state)]
        while branches:
            number, here = branches.pop()
            while number < len(others):
                left -= 1
                if left < 0:
                    raise OpenQuestionError
                options = self._options(here, others[number])
                number += 1
                if not options:
                    break
                here, *rest = options
                branches += [(number, other) for other in rest]
            else:
                return here
        return None

    def _options(self, state: State, case: Case) -> list[State]:
        """The ways not to be in a case."""
        if self.more(state, case) is None:
            return [state]
        ordered = sorted(case, key=lambda literal: literal.order)
        ways = (self.more(state, [literal.opposite()]) for literal in ordered)
        found = [way for way in ways if way is not None]
        return found if all(literal.field in state for literal in case) else found[::-1]

    # ── Examples ─────────────────────────────────────────────────────────────────────────────────

    def example(self, state: State) -> Example | None:
        """A lead that is so; None when we know of none."""
        during = frozenset(
            str(hours)
            for literal in state.get(DURING, ())
            if literal.holds
            for hours in literal.wanted
        )
        if not self._meet(during):
            return None
        fields = {
            field: value_of(field, literals)
            for field, literals in state.items()
            if field not in _OF_SOURCES and field != DURING
        }
        sources = self._fitting_sources(state)
        if not sources or UNKNOWN in fields.values():
            return None
        kind, source_id = sources[0]
        asked = {"source": source_id, "source_kind": kind}
        own = {field: asked[field] for field in _OF_SOURCES & state.keys()}
        known = {field: text for field, text in fields.items() if text}
        return Example(f"{kind}#{source_id}", known | own, during)

    def _meet(self, hours: frozenset[str]) -> bool:
        """Whether some hour of the week is within all of these."""
        for each in hours - self._open.keys():
            calendar = hours_calendar(self._config, each)
            self._open[each] = open_hours_of_week(calendar, _WINTER)
        return not hours or bool(frozenset.intersection(*(self._open[each] for each in hours)))

    # ── One field ────────────────────────────────────────────────────────────────────────────────

    def _can_be(self, state: State, field: str) -> bool:
        literals = state[field]
        self._effort -= sum(1 + len(literal.wanted) for literal in literals)
        if self._effort < 0:
            raise NoMoreAnswersError
        if field == DURING:
            return all(literal.opposite() not in literals for literal in literals)
        if field in _OF_SOURCES:
            return bool(self._fitting_sources(state))
        return value_of(field, literals) is not None

    def _fitting_sources(self, state: State) -> list[tuple[str, str]]:
        ids, kinds = (state.get(field, frozenset()) for field in ("source", "source_kind"))
        return [
            (kind, source_id)
            for kind, source_id in self._sources
            if all(literal.fits(source_id) for literal in ids)
            and all(literal.fits(kind) for literal in kinds)
        ]


class OpenQuestionError(Exception):
    """What cannot be told in reasonable time."""


class NoMoreAnswersError(Exception):
    """So much was asked that the rest is not looked into."""
