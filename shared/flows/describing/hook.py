"""A platform's webhook, described."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from shared.domain.description import Body, DescribedField, Description, Exchange, Proof
from shared.domain.sources import Hook
from shared.flows.describing import requests
from shared.flows.describing.common import EXAMPLE_ID, in_common
from shared.flows.describing.fields import Values, as_sent, described_fields, sample_values
from shared.flows.describing.refusals import refusals_of
from shared.flows.doors.hook import aliases_of
from shared.sources.delivery import Delivery
from shared.sources.formats import format_of
from shared.sources.signatures import SHARED_KEY, Scheme

# Formats that read plain names and values, and a key: so their hooks can be tried by hand.
FLAT = frozenset(
    {
        "contact-form-7",
        "elementor",
        "gravity-forms",
        "hubspot",
        "salesforce",
        "unbounce",
        "wpforms",
        "zapier",
    }
)

_OWN_KEY = (
    "A long random text of your own, sent as the header X-Leadwheel-Key, as the password of HTTP "
    "Basic, or appended to the address as ?key=…"
)
_NO_DELIVERY = Delivery(b"{}", datetime(2026, 1, 1, tzinfo=UTC))


def described_hook(hook: Hook, hook_id: str, base: str, version: int) -> Description:
    """What whoever connects the platform has to know."""
    platform = "" if hook.format == "generic" else format_of(hook.format).TITLE
    proof = _proof(hook)
    body = _body(hook, sample_values(hook))
    can_be_tried = body.text and proof.by in ("shared_key", "nothing")
    samples = (requests.curl(base, body, proof),) if can_be_tried else ()
    answer = {"status": "received", "lead_ids": [EXAMPLE_ID]}
    return Description(
        kind="hook",
        source_id=hook_id,
        name=hook.name or platform or hook_id,
        version=version,
        platform=platform,
        state="paused" if hook.paused else "live",
        proof=proof,
        fields=tuple(_checked(hook)),
        post=Exchange(base, samples, body, answer, is_test="test" in hook.mapping),
        refusals=refusals_of(hook),
        places=_places(hook),
        **in_common(hook),
    )


# ── Who sends it ─────────────────────────────────────────────────────────────────────────────────


def _proof(hook: Hook) -> Proof:
    platform = format_of(hook.format)
    asks_first = hasattr(platform, "challenge")
    if hook.trust == "public":
        return Proof("nothing", handshake=asks_first)
    if hook.trust == "key":
        return Proof("shared_key", ("X-Leadwheel-Key",), _OWN_KEY, asks_first)
    shown = shown_in(platform.SCHEME)
    if takes_key(platform.SCHEME):
        return Proof("shared_key", shown, platform.SECRET, asks_first)
    return Proof("platform", shown, platform.SECRET, asks_first)


def takes_key(scheme: Scheme) -> bool:
    """Whether a key that travels with the delivery is proof enough."""
    return scheme.is_genuine(SHARED_KEY.signed(_NO_DELIVERY, "key"), ["key"])


def shown_in(scheme: Scheme) -> tuple[str, ...]:
    """The headers in which the proof stands, as people write them; none when the body holds it."""
    signed = scheme.signed(_NO_DELIVERY, requests.SECRET)
    return tuple("-".join(map(str.capitalize, name.split("-"))) for name in signed.headers)


# ── What it sends ────────────────────────────────────────────────────────────────────────────────


def _checked(hook: Hook) -> Iterator[DescribedField]:
    """The fields about which the hook says more than where they come from."""
    for field in described_fields(hook, aliases_of(hook)):
        if field.required or field.values or field.default is not None:
            yield field


def _places(hook: Hook) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Field, and its names with the platform, or its places in the body of a generic hook."""
    mapped = {
        name: tuple(_listed(places)) for name, places in hook.mapping.get("fields", {}).items()
    }
    named = {name: tuple(names) for name, names in aliases_of(hook).items() if name not in mapped}
    return tuple({**mapped, **named}.items())


def _body(hook: Hook, values: Values) -> Body:
    """A delivery to try the hook with; empty when only the platform can make one."""
    if hook.format == "adf":
        return requests.adf_body(values)
    if hook.format == "generic" and hook.mapping:
        return requests.json_body(_mapped(hook.mapping, values))
    if hook.format in FLAT or hook.format == "generic":
        return requests.json_body(as_sent(values, aliases_of(hook)))
    return Body("", "", {})


def _mapped(mapping: dict[str, Any], values: Values) -> dict[str, Any]:
    """The values where the mapping looks for them; those it does not name, by their names."""
    item: dict[str, Any] = {}
    places = {name: _listed(listed)[0] for name, listed in mapping.get("fields", {}).items()}
    for name, value in values.items():
        _put(item, places.get(name, name), value)
    for name, value in (("id", "A-1001"), ("test", "true")):
        if name in mapping:
            _put(item, mapping[name], value)
    whole: dict[str, Any] = {}
    if "leads" not in mapping:
        return _with_lists(item)
    _put(whole, mapping["leads"], [_with_lists(item)])
    return _with_lists(whole)


def _listed(places: Any) -> list[str]:
    return [places] if isinstance(places, str) else list(places)


def _put(whole: dict[str, Any], place: str, value: Any) -> None:
    """Put a value where a JSON pointer or a name says; objects are made on the way."""
    steps = [place]
    if place.startswith("/"):
        from jsonpointer import JsonPointer

        steps = JsonPointer(place).get_parts()
    for step in steps[:-1]:
        whole = whole.setdefault(step, {})
    whole[steps[-1]] = value


def _with_lists(whole: dict[str, Any]) -> dict[str, Any]:
    """The same, with lists where steps of pointers are numbers."""
    return {name: _with_list(value) for name, value in whole.items()}


def _with_list(value: Any) -> Any:
    if not isinstance(value, dict) or not value:
        return value
    members = _with_lists(value)
    if not all(step.isdecimal() for step in members):
        return members
    return [members.get(str(number), {}) for number in range(max(map(int, members)) + 1)]
