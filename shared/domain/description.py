"""What a sender has to know about a source: the facts of its specification page.

Facts only, and only those that anybody may read; texts around them are in the page's template.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class DescribedField:
    """One field of a lead, as this source wants it."""

    name: str  # what to call it when sending
    meaning: str
    example: str | bool
    aliases: tuple[str, ...] = ()  # what else it may be called
    required: bool = False
    values: tuple[str, ...] = ()  # all it may be; anything, if empty
    default: str | None = None  # what it is when it came empty
    most: int | None = None  # characters
    usual: bool = False  # one that every source reads, and nothing is special about here


@dataclass(frozen=True, slots=True)
class Proof:
    """How a sender proves who it is."""

    by: Literal["key", "signature", "shared_key", "platform", "nothing"]
    headers: tuple[str, ...] = ()  # in which it stands; of a platform that has it in the body, none
    secret: str = ""  # hooks: what the secret is, and where in the platform it is found or set
    handshake: bool = False  # whether the platform asks first if the address is ours


@dataclass(frozen=True, slots=True)
class Sample:
    """A request to copy, in one language; it works when its placeholder is replaced."""

    language: str  # "curl", "Python", "HTML"
    text: str


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a sample request."""

    content_type: str
    text: str
    members: Mapping[str, Any]  # the same as names and values; empty when it is no flat body


@dataclass(frozen=True, slots=True)
class Code:
    """One way in which a lead or a ping is answered: stable, for programs."""

    outcome: Literal["success", "failure"]
    code: str
    meaning: str

    @property
    def status(self) -> int:
        """The HTTP status of a lead's answer."""
        return 201 if self.outcome == "success" else 200


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way in which a request is wrong, or cannot be answered now."""

    status: int
    kind: str  # the last part of the problem's type; "" for what the gateway says itself
    meaning: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One thing that can be asked of an address."""

    address: str
    samples: tuple[Sample, ...]
    body: Body
    answer: Mapping[str, Any]  # to the sample, when all is well
    codes: tuple[Code, ...] = ()
    is_test: bool = False  # whether the samples only try


@dataclass(frozen=True, slots=True)
class Recognition:
    """When a lead is the same person again."""

    within: int  # seconds
    keys: tuple[str, ...]  # "e-mail address"
    all_of_them: bool  # or any one of them
    elsewhere: bool  # whether leads of other senders count too


@dataclass(frozen=True, slots=True)
class ReturnTerms:
    """How a bad lead goes back."""

    address: str
    automatic: bool  # or when a person has agreed
    within: int  # seconds
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """A source, for whoever sends to it."""

    kind: Literal["form", "partner", "hook"]
    source_id: str
    name: str
    version: int  # of the configuration
    state: Literal["live", "test", "paused"]
    proof: Proof
    fields: tuple[DescribedField, ...]
    needs_contact: bool  # whether it is an e-mail address or a phone number that is required
    post: Exchange
    refusals: tuple[Refusal, ...]
    platform: str = ""  # of a hook, what people call it; of a partner, the format it was agreed
    external_id: str = ""  # the field in which the sender's own id of the lead comes
    # Of a hook: field, and its names with the platform, or its places in the body.
    places: tuple[tuple[str, tuple[str, ...]], ...] = ()
    recognition: Recognition | None = None
    hours: tuple[str, ...] = ()  # when leads are taken; always, if empty
    time_zone: str = "UTC"  # of the hours
    ping: Exchange | None = None
    returns: ReturnTerms | None = None
    consent_text: str = ""
    consent_version: str = ""
    evidence: tuple[tuple[str, str], ...] = ()  # fields that prove a consent: name and meaning
    # Of forms:
    origins: tuple[str, ...] = ()
    redirects: tuple[str, ...] = ()
    thank_you_url: str | None = None
    honeypot: str | None = None
    started_field: str | None = None

    @property
    def special_fields(self) -> tuple[DescribedField, ...]:
        """The fields about which this source says something, or that every sender thinks of."""
        return tuple(field for field in self.fields if not field.usual)

    @property
    def usual_fields(self) -> tuple[DescribedField, ...]:
        """The other fields that are read."""
        return tuple(field for field in self.fields if field.usual)
