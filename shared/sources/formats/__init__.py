"""The shapes in which ad and form platforms report leads: one module each.

A format's module has

    TITLE      what people call the platform
    SECRET     what the hook's secret is, and where in the platform to find or set it
    SCHEME     how its deliveries are signed (see `shared.sources.signatures`)
    ALIASES    field → the names that the platform uses for it, beside the usual spellings
    read       Delivery → the leads in it; UnreadableBodyError when it is not of this shape

and may have `challenge`: what answers the platform's question whether the address is ours. A module
is imported when a delivery of its format comes: each costs a cold start only what it needs.

To add one: a module here named as in FORMATS, and a sample under `infra/samples/`.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol, cast

from shared.sources.delivery import Delivery, Reported
from shared.sources.signatures import Scheme

FORMATS = (
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
)


class Format(Protocol):
    """What a format's module has."""

    TITLE: str
    SECRET: str
    SCHEME: Scheme
    ALIASES: Mapping[str, Sequence[str]]

    def read(self, delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
        """The leads in a delivery, in order; empty when it holds none, as a ping does.

        `mapping` is the hook's own, for formats that need one. One of several that cannot be read
        says why it is `unreadable`. UnreadableBodyError: the body is not of this format.
        """


def format_of(name: str) -> Format:
    """The module of a format; KeyError when there is none of this name."""
    if name not in FORMATS:
        raise KeyError(name)
    module = import_module(f"shared.sources.formats.{name.replace('-', '_')}")
    return cast("Format", module)


def challenge_answer(
    name: str, delivery: Delivery, secrets: Mapping[str, Sequence[str]]
) -> tuple[str, str] | None:
    """Content type and body that answer a platform's handshake; None: this is none.

    ForbiddenError: it is one, of somebody else.

    `secrets` are the hook's, by name (`secret`, `verify_token` …), each with all its valid values.
    """
    challenge = getattr(format_of(name), "challenge", None)
    return cast("tuple[str, str] | None", challenge(delivery, secrets)) if challenge else None
