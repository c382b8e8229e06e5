"""Whether a field can have a value that is as some literals say, and which."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import chain

from infra.cli.checks.literals import Literal
from shared.domain.matching import Range
from shared.sources.names import FIELDS

# Fields that never have several values. What a source adds might.
SINGLE = frozenset({*FIELDS, "score", "source", "source_kind"})

UNKNOWN = "\x00"  # there may be a value, which we did not find

# Numbers as half-open intervals between places: (5, 0) is just before 5, (5, 1) just behind it.
_Place = tuple[Decimal, int]
_Interval = tuple[_Place, _Place]
_EVERYTHING: _Interval = ((Decimal("-Infinity"), 0), (Decimal("Infinity"), 0))


@lru_cache(maxsize=100_000)
def value_of(field: str, literals: frozenset[Literal]) -> str | None:
    """A value that is as all of them say: empty if none is needed, or UNKNOWN. None: there is none.

    Where a field may have several values, each of what must hold may have one of its own.
    """
    ordered = sorted(literals, key=lambda literal: literal.order)
    wanted = [literal for literal in ordered if literal.holds]
    unwanted = [literal for literal in ordered if not literal.holds]
    if not wanted:
        return ""
    if any(literal.kind == "exists" for literal in unwanted):
        return None
    found = _single(field, wanted, unwanted)
    if found is None and field not in SINGLE and len(wanted) > 1:
        apart = [_single(field, [literal], unwanted) for literal in wanted]
        return None if None in apart else UNKNOWN
    return found


def _single(field: str, wanted: list[Literal], unwanted: list[Literal]) -> str | None:
    """One value; what cannot be is told only where it is certain."""
    both = [*wanted, *unwanted]
    texts = [literal for literal in wanted if literal.kind == "is"]
    if texts:
        first, *_ = texts
        return next((text for text in _sorted(first) if _fits(text, both)), None)
    candidates = []
    for of_kind in (_numbers, _starts, _domains):
        found = of_kind(field, wanted, unwanted)
        if found is None:
            return None
        candidates.append(found)
    anything = ["something", "anything", "whatever"]
    fitting = (text for text in chain(*candidates, anything) if _fits(text, both))
    return next(fitting, UNKNOWN)


def _fits(text: str, literals: Iterable[Literal]) -> bool:
    return all(literal.fits(text) for literal in literals)


def _sorted(literal: Literal) -> list[str]:
    return sorted(str(each) for each in literal.wanted)


# ── Each returns some values, or None when none can be ───────────────────────────────────────────


def _numbers(_field: str, wanted: list[Literal], unwanted: list[Literal]) -> list[str] | None:
    asked = [_interval(literal.wanted) for literal in wanted if isinstance(literal.wanted, Range)]
    if not asked:
        return []
    low, high = max(start for start, _ in asked), min(end for _, end in asked)
    left = [(low, high)] if low < high else []
    for literal in unwanted:
        if isinstance(literal.wanted, Range):
            left = list(_without(left, _interval(literal.wanted)))
    numbers = [number for interval in left for number in _within(interval)]
    return [f"{number.normalize():f}" for number in numbers] if left else None


def _interval(said: Range) -> _Interval:
    start, end = _EVERYTHING
    if said.low is not None:
        start = said.low, 0
    if said.high is not None:
        end = said.high, 0 if said.below else 1
    return start, end


def _without(intervals: list[_Interval], taken: _Interval) -> Iterator[_Interval]:
    for start, end in intervals:
        for part in ((start, min(end, taken[0])), (max(start, taken[1]), end)):
            if part[0] < part[1]:
                yield part


def _within(interval: _Interval) -> Iterator[Decimal]:
    """Some numbers of an interval, the plainest first."""
    (low, after_low), (high, before_high) = interval
    if low.is_finite():
        if not after_low:
            yield low
        yield low + 1 if high.is_infinite() or low + 1 < high else (low + high) / 2
    elif high.is_finite():
        yield high if before_high else high - 1
    else:
        yield Decimal(1)


def _starts(field: str, wanted: list[Literal], unwanted: list[Literal]) -> list[str] | None:
    """Each of two starts is the start of the other, or there is nothing that has both."""
    asked = [literal.wanted for literal in wanted if literal.kind == "starts"]
    taken = _texts(literal for literal in unwanted if literal.kind == "starts")
    if not asked:
        return []
    left = _left(asked, taken, _starts_of)
    return [start + more for start in left for more in ("", "1", "00", "x")] if left else None


def _starts_of(text: str) -> list[str]:
    return [text[:end] for end in range(len(text) + 1)]


def _domains(field: str, wanted: list[Literal], unwanted: list[Literal]) -> list[str] | None:
    asked = [literal.wanted for literal in wanted if literal.kind == "domain"]
    taken = _texts(literal for literal in unwanted if literal.kind == "domain")
    if not asked:
        return []
    left = _left(asked, taken, _domains_of)
    return [f"ada@{domain}" for domain in left] if left else None


def _domains_of(domain: str) -> list[str]:
    """It, and all that it lies below."""
    parts = domain.split(".")
    return ["", *(".".join(parts[start:]) for start in range(len(parts)))]


def _left(
    asked: Iterable[Iterable[object]], taken: set[str], wider: Callable[[str], list[str]]
) -> list[str]:
    """The narrowest texts that lie in one of each that is asked, and in none that is taken.

    `wider`: all that a text lies in, itself and the empty one among them.
    """
    found, *more = (set(map(str, texts)) for texts in asked)
    for others in more:
        found = {one for one in found if not others.isdisjoint(wider(one))} | {
            other for other in others if not found.isdisjoint(wider(other))
        }
    return sorted(text for text in found if not taken or taken.isdisjoint(wider(text)))


def _texts(literals: Iterable[Literal]) -> set[str]:
    return {str(text) for literal in literals for text in literal.wanted}
