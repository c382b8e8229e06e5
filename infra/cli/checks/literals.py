"""Conditions taken apart: plain ones that must all hold, or must not, in each of their cases."""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from shared.domain.conditions import FieldTest, When
from shared.domain.facts import bare
from shared.domain.matching import Range, domains_above
from shared.domain.numbers import number_of

MOST_CASES = 64  # of one rule; of more, nothing is said

DURING = "during"  # stands for the field of conditions on the time; its values are ids of hours
TIME = "time"


class Literal(NamedTuple):
    """One plain condition on one field, or that it does not hold."""

    field: str
    kind: str  # is, starts, domain, between, exists, or time
    wanted: frozenset[str] | Range
    holds: bool = True

    @property
    def order(self) -> tuple[str, str, bool, str]:
        """Puts several in the same order in every run."""
        wanted = self.wanted
        said = str(wanted) if isinstance(wanted, Range) else "\n".join(sorted(wanted))
        return self.field, self.kind, self.holds, said

    def opposite(self) -> "Literal":
        """That it is the other way round."""
        return self._replace(holds=not self.holds)

    def fits(self, text: str) -> bool:
        """Whether a value of the field, empty if there is none, is as it says."""
        return self._is_met(text) is self.holds

    def _is_met(self, text: str) -> bool:
        wanted = self.wanted
        if not text:
            return False
        if isinstance(wanted, Range):
            return number_of(text) in wanted
        match self.kind:
            case "is":
                return text in wanted
            case "starts":
                return bare(self.field, text).startswith(tuple(wanted))
            case "domain":
                return not wanted.isdisjoint(domains_above(text))
            case _:
                return True


Case = frozenset[Literal]  # all of them at once


def cases(when: When) -> list[Case] | None:
    """The cases in which conditions hold, each with all its literals. None: there are too many."""
    try:
        return _cases(when)
    except _TooManyError:
        return None


class _TooManyError(Exception):
    pass


def _cases(when: When) -> list[Case]:
    found: list[Case] = [frozenset(literals_of(when))]
    for group in when.every:
        found = _both(found, _cases(group))
    if when.some:
        found = _both(found, [case for group in when.some for case in _cases(group)])
    if when.never is not None:
        found = _both(found, _against(_cases(when.never)))
    return found


def _both(these: list[Case], those: list[Case]) -> list[Case]:
    if len(these) * len(those) > MOST_CASES:
        raise _TooManyError
    return [one | other for one in these for other in those]


def _against(those: list[Case]) -> list[Case]:
    """The cases in which none of those holds: of each, something does not."""
    count = 1
    for case in those:
        count *= len(case)
        if count > MOST_CASES:
            raise _TooManyError
    return [frozenset(chosen) for chosen in product(*map(_opposites, those))]


def _opposites(case: Case) -> list[Literal]:
    return [literal.opposite() for literal in sorted(case, key=lambda one: one.order)]


def literals_of(when: When) -> Iterator[Literal]:
    """What conditions say themselves, their groups apart."""
    for field, said in when.fields.items():
        yield from _of_field(field, said)
    if when.during is not None:
        yield Literal(DURING, TIME, frozenset({when.during}))


def _of_field(field: str, said: FieldTest) -> Iterator[Literal]:
    if said.one_of is not None:
        yield Literal(field, "is", _folded(said.one_of))
    if said.none_of is not None:
        yield Literal(field, "is", _folded(said.none_of), holds=False)
    if said.starts is not None:
        prefixes = frozenset(bare(field, text) for text in _folded(said.starts))
        yield Literal(field, "starts", prefixes)
    if said.domain is not None:
        yield Literal(field, "domain", frozenset(d.lstrip("@.") for d in _folded(said.domain)))
    if (wanted := _range(said)) != Range():
        yield Literal(field, "between", wanted)
    if said.exists is not None:
        yield Literal(field, "exists", frozenset(), holds=said.exists)


def _folded(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(text.strip().casefold() for text in texts)


def _range(said: FieldTest) -> Range:
    if said.below is not None and (said.at_most is None or said.below <= said.at_most):
        return Range(said.at_least, said.below, below=True)
    return Range(said.at_least, said.at_most)
