"""Many ordered conditions, asked at once: those that can fit a lead are looked up by its values.

Every condition is filed under the keys, of those it can be told by, that fewest others share. A
lead of which it holds has one of the keys it is filed under, so looking up what the lead has finds
it; those found are asked in their order. Where many are filed under one key, they are filed again
by others.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from decimal import Decimal
from heapq import merge
from itertools import chain

from shared.domain.facts import Facts, bare
from shared.domain.matching import Key, Keys, Range, Tests, all_fit, domains_above

FEW = 16  # conditions are asked sooner than filed again
OVERLAP = 4  # ranges hold more leads than texts do: a guess that only decides about speed


class Index:
    """Conditions by position.

    `choices` are, for each of them, the keys it can be told by: every lead of which it holds has
    one of each. `fits` asks the one at a position.
    """

    def __init__(
        self, choices: Sequence[Sequence[Keys]], fits: Callable[[int, Facts], bool]
    ) -> None:
        self._fits = fits
        self._files = _Files(choices, range(len(choices)), frozenset())

    def fitting(self, facts: Facts) -> Iterator[int]:
        """The positions of those that hold for a lead, in order, each asked when its turn comes."""
        for position in _in_order(list(self._files.candidates(facts))):
            if self._fits(position, facts):
                yield position


def index_of(conditions: Sequence[Tests]) -> Index:
    """An index of conjunctions of tests."""
    return Index(
        [[test.keys for test in tests if test.keys is not None] for tests in conditions],
        lambda position, facts: all_fit(conditions[position], facts),
    )


def _in_order(lists: list[Sequence[int]]) -> Iterator[int]:
    """What stands in any of the lists, each once, lowest first."""
    if len(lists) == 1:
        yield from lists[0]
        return
    few = sum(map(len, lists)) <= FEW
    last = -1
    for position in sorted(chain.from_iterable(lists)) if few else merge(*lists):
        if position != last:
            yield position
        last = position


class _Files:
    """Some of the conditions, filed by what the lead must have.

    `above`: the fields and kinds of keys that led here, by which they are not filed again.
    """

    def __init__(
        self,
        choices: Sequence[Sequence[Keys]],
        positions: Sequence[int],
        above: frozenset[tuple[str, str]],
    ) -> None:
        self._choices = choices
        self._above = above
        self._filed: dict[Key, list[int]] = {}
        self._asked: dict[str, _Asked] = {}
        self._below: dict[Hashable, _Files] = {}
        self._others: list[int] = []  # that no key leads to
        self._file({position: self._left(choices[position]) for position in positions})

    def _left(self, choices: Sequence[Keys]) -> Sequence[Keys]:
        """The choices that did not lead here."""
        if not self._above:
            return choices
        return [
            keys
            for keys in choices
            if self._above.isdisjoint((field, kind) for field, kind, _ in keys)
        ]

    def _file(self, choices_of: Mapping[int, Sequence[Keys]]) -> None:
        shared = Counter(chain.from_iterable(chain.from_iterable(choices_of.values())))
        ranges: dict[str, list[tuple[Range, int]]] = {}
        for position, choices in choices_of.items():
            if not choices:
                self._others.append(position)
                continue
            for key in choices[0] if len(choices) == 1 else _rarest(choices, shared):
                field, kind, value = key
                asked = self._asked.get(field) or self._asked.setdefault(field, _Asked())
                if isinstance(value, str):
                    asked.note(kind, value)
                    self._filed.setdefault(key, []).append(position)
                else:
                    ranges.setdefault(field, []).append((value, position))
        for field, said in ranges.items():
            self._asked[field].ranges = Ranges(said)

    def candidates(self, facts: Facts) -> Iterator[Sequence[int]]:
        """Lists of positions, each in order: all that can hold are in one of them, or more."""
        if self._others:
            yield self._others
        for field in self._asked.keys() & facts.fields:
            asked = self._asked[field]
            for key in asked.keys_of(field, facts):
                if found := self._filed.get(key):
                    yield from self._narrowed(key, found, key[:2], facts)
            if asked.ranges:
                for number in facts.numbers(field):
                    for place, found in asked.ranges.around(number):
                        yield from self._narrowed((field, place), found, (field, "between"), facts)

    def _narrowed(
        self, key: Hashable, found: list[int], by: tuple[str, str], facts: Facts
    ) -> Iterator[Sequence[int]]:
        """What is filed under one key; when it is much, filed again, once it is first asked for."""
        if len(found) <= FEW:
            yield found
            return
        below = self._below.get(key)
        if below is None:
            below = self._below[key] = _Files(self._choices, found, self._above | {by})
        yield from below.candidates(facts)


def _rarest(choices: Sequence[Keys], shared: Counter[Key]) -> Keys:
    """The choice that the fewest conditions share."""
    rarest, fewest = choices[0], float("inf")
    for keys in choices:
        others = sum([shared[key] * (OVERLAP if key[1] == "between" else 1) for key in keys])
        if others < fewest:
            rarest, fewest = keys, others
    return rarest


class _Asked:
    """What must be looked up of one field."""

    __slots__ = ("domain", "lengths", "ranges", "text")

    def __init__(self) -> None:
        self.text = False
        self.domain = False
        self.lengths: set[int] = set()  # of the texts it may start with
        self.ranges: Ranges | None = None

    def note(self, kind: str, value: str) -> None:
        if kind == "is":
            self.text = True
        elif kind == "domain":
            self.domain = True
        else:
            self.lengths.add(len(value))

    def keys_of(self, field: str, facts: Facts) -> Iterator[Key]:
        """What a lead has of it."""
        for text in facts.texts(field):
            if self.text:
                yield field, "is", text
            if self.lengths:
                start = bare(field, text)
                for length in self.lengths:
                    if length <= len(start):
                        yield field, "starts", start[:length]
            if self.domain:
                for domain in domains_above(text):
                    yield field, "domain", domain


class Ranges:
    """Ranges of numbers, by the numbers in them: a segment tree over all their ends."""

    def __init__(self, ranges: Sequence[tuple[Range, int]]) -> None:
        ends = {end for said, _ in ranges for end in (said.low, said.high) if end is not None}
        self._ends = sorted(ends)
        self._places = 2 * len(self._ends) + 1  # each end, and the gaps around them
        self._held: dict[int, list[int]] = {}
        for said, position in ranges:
            self._hold(said, position)

    def _place(self, number: Decimal) -> int:
        """Where a number lies: odd, on an end; even, between two."""
        at = bisect_left(self._ends, number)
        return 2 * at + (at < len(self._ends) and self._ends[at] == number)

    def _hold(self, said: Range, position: int) -> None:
        first = 0 if said.low is None else self._place(said.low)
        after = self._places if said.high is None else self._place(said.high) + (not said.below)
        low, high = first + self._places, after + self._places
        while low < high:
            if low % 2:
                self._held.setdefault(low, []).append(position)
                low += 1
            if high % 2:
                high -= 1
                self._held.setdefault(high, []).append(position)
            low, high = low // 2, high // 2

    def around(self, number: Decimal) -> Iterator[tuple[int, list[int]]]:
        """What is held for a number: the tree's nodes, each with its list."""
        node = self._place(number) + self._places
        while node:
            if found := self._held.get(node):
                yield node, found
            node //= 2
