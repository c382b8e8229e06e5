"""What a sender delivers, and what a format reads from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One HTTP request of a sender, as it came: signatures are made over exactly these bytes."""

    body: bytes
    at: datetime  # when it came in
    method: str = "POST"
    url: str = ""  # whole, as the sender wrote it: some sign it
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    # Decoded; of a name that comes twice, the last.
    query: Mapping[str, str] = field(default_factory=dict)
    ip: str | None = None
    user_agent: str | None = None

    @property
    def content_type(self) -> str | None:
        """The header, as received."""
        return self.headers.get("content-type")


@dataclass(frozen=True, slots=True)
class Reported:
    """One lead, as its sender reported it: names and texts are still the sender's own."""

    said: Mapping[str, str]  # name → text, in the sender's order
    external_id: str | None = None  # the sender's own id of the lead: tells a repeat from a new one
    test: bool = False  # the sender says that it is only trying
    numbers: frozenset[str] = field(default_factory=frozenset)  # names whose text was a JSON number
    fetch: str | None = None  # the sender only gave this id: ask it for the rest
    unreadable: str = ""  # why nobody can read this one, unlike others beside it
