"""Where leads come from, as configured: forms, partners and hooks.

What all have in common is `Source`: how its names become the lead's fields, and what is let in.
"""

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.domain.conditions import When
from shared.domain.notation import (
    Amount,
    Country,
    Currency,
    Id,
    LongSeconds,
    Model,
    Name,
    Seconds,
    TimeZone,
    Value,
)
from shared.domain.period import Period
from shared.domain.week import Hours

# A platform's formats are in shared/sources/formats; a test holds both lists together.
HookFormat = Literal[
    "adf",
    "calendly",
    "contact-form-7",
    "elementor",
    "generic",
    "google-ads",
    "gravity-forms",
    "hubspot",
    "jotform",
    "linkedin",
    "meta",
    "netlify",
    "salesforce",
    "tiktok",
    "typeform",
    "unbounce",
    "webflow",
    "wpforms",
    "zapier",
]


def _at_any_time(when: When) -> When:
    if when.asks_time():
        raise ValueError("during: only what is asked when a lead is routed can depend on hours")
    return when


Conditions = Annotated[When, AfterValidator(_at_any_time)]  # of what is asked when a lead comes in


# ── What is let in ───────────────────────────────────────────────────────────────────────────────


class Duplicates(Model):
    """When a lead is the same person again."""

    within: Seconds
    keys: Annotated[list[Literal["email", "phone", "external_id"]], Field(min_length=1)]
    match: Literal["any", "all"] = "any"
    scope: Literal["source", "group", "everywhere"] = "source"

    @model_validator(mode="after")
    def _ids_belong_to_their_source(self) -> Self:
        if len(set(self.keys)) != len(self.keys):
            raise ValueError("keys: each only once")
        if "external_id" in self.keys and self.scope != "source":
            raise ValueError("external_id: one sender's ids mean nothing to another; scope: source")
        return self


class Words(Model):
    """Words to look for, whole and in any case, in some fields (all of them, if none is named)."""

    words: Annotated[list[Name], Field(min_length=1)]
    fields: list[Name] = []


class Screen(Model):
    """What to do with leads of which all of this holds; the first screen that fits decides."""

    name: Name
    then: Literal["accept", "quarantine", "reject"]
    when: Conditions = When()
    countries: list[Country] | None = None  # the lead's country is one of these
    other_countries: list[Country] | None = None  # it is none of these, or not known
    email_domains: Literal["free", "disposable"] | list[Name] | None = None
    contains: Words | None = None
    missing: list[Name] | None = None  # one of these fields is empty
    score_below: Decimal | None = None  # the lead's `score`; one without a number is below

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        said = (
            self.countries,
            self.other_countries,
            self.email_domains,
            self.contains,
            self.missing,
            self.score_below,
        )
        if not self.when and all(condition is None for condition in said):
            raise ValueError("a screen needs a condition; without one it would fit every lead")
        return self


class ConsentTerms(Model):
    """What people agree to here; kept as evidence with each consent."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
    version: Name | None = None


class Source(Model):
    """What every source has."""

    kind: ClassVar[str]

    name: Name | None = None
    group: Id | None = None  # sources that share duplicates and caps
    default_country: Country | None = None  # of phone numbers without a country code
    aliases: dict[Name, list[Name]] = {}
    required: list[Name] = []
    defaults: dict[Name, Value] = {}  # field → what it is when it came empty
    values: dict[Name, Annotated[list[Value], Field(min_length=1)]] = {}  # field → all it may be
    duplicates: Duplicates | None = None
    screening: list[Screen] = []
    consent: ConsentTerms | None = None
    # What is known of a person is erased so long after the last that happened to their lead, once
    # nobody works on it any more; None: only when somebody asks for it.
    keep: LongSeconds | None = None


class Form(Source):
    """A public website form."""

    kind: ClassVar[str] = "form"

    origins: list[str] = []  # sites whose scripts may post (CORS)
    redirects: list[str] = []  # where a plain form may send its visitor afterwards
    thank_you_url: str | None = None
    honeypot: Name | None = None
    started_field: Name | None = None
    min_seconds: Annotated[float, Field(ge=0, le=3600)] = 0


# ── Partners ─────────────────────────────────────────────────────────────────────────────────────


class Cap(Model):
    """The most leads, or money, in one period."""

    name: Id
    per: Period
    leads: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    money: Amount | None = None
    time_zone: TimeZone = "UTC"  # when its hours, days, weeks and months begin
    when: Conditions = When()  # only for leads like this
    during: list[Hours] = []  # only then

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.leads is None and self.money is None:
            raise ValueError("a cap limits leads, or money, or both")
        return self


class PriceRule(Model):
    """What a lead like this costs."""

    when: Conditions
    price: Amount


class Returns(Model):
    """Whether and how a partner takes a bad lead back."""

    policy: Literal["approve", "automatic", "none"] = "none"
    within: Seconds = 14 * 86400
    reasons: Annotated[list[Id], Field(min_length=1)] = [
        "wrong_number",
        "wrong_person",
        "duplicate",
        "not_interested",
        "fraud",
    ]


class Partner(Source):
    """A seller of leads: authenticated, and answered at once."""

    kind: ClassVar[str] = "partner"

    mode: Literal["test", "live", "paused"] = "test"  # nobody is paid before somebody says so
    format: Literal["fields", "adf"] = "fields"
    trust: Literal["key", "signature"] = "key"
    external_id: Name = "external_id"  # the field in which the partner's own lead id comes
    currency: Currency = "USD"
    price: Amount = Decimal(0)
    prices: list[PriceRule] = []  # the first that fits, before `price`
    caps: list[Cap] = []
    hours: list[Hours] = []  # when leads are bought; always, if empty
    time_zone: TimeZone = "UTC"
    pings: bool = False
    returns: Returns = Returns()

    @model_validator(mode="after")
    def _caps_have_names(self) -> Self:
        _each_once(self.caps)
        return self


class Group(Model):
    """Sources that share caps, and duplicates of the scope `group`."""

    caps: list[Cap] = []
    currency: Currency = "USD"  # of the caps' money

    @model_validator(mode="after")
    def _caps_have_names(self) -> Self:
        _each_once(self.caps)
        return self


def _each_once(caps: list[Cap]) -> None:
    names = [cap.name for cap in caps]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"caps: the name {min(twice)!r} stands twice")


# ── Hooks ────────────────────────────────────────────────────────────────────────────────────────


SAFE_ADDRESS = r"^(https://|http://(127\.0\.0\.1|localhost)[:/])[^\s@]*[^/\s@]$"


class Hook(Source):
    """An ad or form platform's webhook."""

    kind: ClassVar[str] = "hook"

    format: HookFormat
    # The platform's own proof, by default; `key`: a shared key in a header or the address.
    trust: Literal["signature", "key", "public"] = "signature"
    paused: bool = False
    mapping: dict[str, Any] = {}  # of the generic format: where in the body each field is
    # Where the platform is asked for what it announces, if elsewhere than usual. It is shown the
    # access token: so nothing unencrypted leaves this machine.
    api_url: Annotated[str, StringConstraints(pattern=SAFE_ADDRESS)] | None = None
