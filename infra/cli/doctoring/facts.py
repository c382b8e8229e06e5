"""What was read of a stack, and what could not be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """It was read."""

    value: Any


class Absent(NamedTuple):
    """It does not exist."""


class Unread(NamedTuple):
    """It could not be read; `permission` is what the caller lacks, if it is that."""

    why: str
    permission: str = ""


Read = Answer | Absent | Unread
Key = tuple[str, str]  # the kind of the fact, and whose it is: mostly a logical id


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the checks judge.

    `stack` is CloudFormation's description; `resources` are physical ids by logical ones;
    `emulated`: this is no AWS, and shows less.
    """

    name: str
    region: str
    now: datetime
    emulated: bool
    stack: Mapping[str, Any]
    resources: Mapping[str, str]
    read: Mapping[Key, Read]
    ahead: float | None = None  # seconds by which this machine's clock is ahead; None: not known
    typed: str = "leadwheel"  # how this command is called here
    on_it: str = ""  # the option that names this stack

    @property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs."""
        said = self.stack.get("Outputs", ())
        return {one["OutputKey"]: one["OutputValue"] for one in said}

    @property
    def parameters(self) -> dict[str, str]:
        """What it was deployed with."""
        given = self.stack.get("Parameters", ())
        return {one["ParameterKey"]: one["ParameterValue"] for one in given}

    def of(self, kind: str) -> dict[str, Any]:
        """What was read of this kind, by whose it is."""
        return {
            whose: read.value
            for (its_kind, whose), read in self.read.items()
            if its_kind == kind and isinstance(read, Answer)
        }

    def one(self, kind: str) -> Any:
        """The only fact of this kind; None when it could not be read."""
        return next(iter(self.of(kind).values()), None)

    def command(self, words: str) -> str:
        """What to type to let leadwheel do something with this stack."""
        return f"{self.typed} {words}{self.on_it}"
