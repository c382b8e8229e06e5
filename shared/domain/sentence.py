"""A sentence that knows what it is made of, so that it can be said in other languages too."""

from collections.abc import Mapping
from typing import NamedTuple


class Clause(NamedTuple):
    """A part of a sentence: words with places for numbers, as in `%(owed)s of a lead`."""

    words: str
    numbers: Mapping[str, str] = {}


class Sentence(str):
    """The English text; its `clauses` follow on each other without anything between them."""

    __slots__ = ("clauses",)
    clauses: tuple[Clause, ...]

    @classmethod
    def of(cls, *clauses: Clause) -> "Sentence":
        """The sentence of these clauses."""
        made = cls("".join(clause.words % clause.numbers for clause in clauses))
        made.clauses = clauses
        return made
