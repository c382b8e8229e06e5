"""Which form, partner or hook `leadwheel send` goes to, and with what in hand."""

import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from infra.api import Encoding
from infra.cli.ids import require_name
from infra.cli.made_up import somebody, somewhere
from infra.cli.posts import (
    Post,
    as_json,
    as_xml,
    first_of,
    form_post,
    hook_post,
    partner_post,
    scheme_of,
)
from infra.cli.stack import Stack
from infra.samples import Sample, fresh
from infra.terminal import command
from shared.domain.config import Config
from shared.domain.sources import Hook, Partner
from shared.errors import LeadwheelError
from shared.sources.formats import FORMATS
from shared.store import config as config_store

FORM_KINDS = tuple(str(encoding) for encoding in Encoding)
PARTNER_KINDS = ("partner", "partner-xml", "ping")
KINDS = (*FORM_KINDS, *PARTNER_KINDS, *FORMATS)
ADF = "adf"  # a hook's, and a partner's

KEY_VARIABLE = "LEADWHEEL_PARTNER_KEY"

Make = Callable[[Mapping[str, str], int], Post]  # fields of one's own, if any, and a number


class Door(NamedTuple):
    """Where a lead goes: how it is called, what makes the request, what to do when it is refused.

    That is for a 401; empty when there is nothing to say.
    """

    called: str
    make: Make
    if_unknown: str = ""


class Ids(NamedTuple):
    """Which one of its kind; None: the first that there is."""

    form: str | None = None
    partner: str | None = None
    hook: str | None = None


def find_door(kind: str | None, ids: Ids, stack: Stack) -> Door:
    """The door for leads of this kind (`--as`), or without a kind for those that it is made for.

    LeadwheelError: there is none such, or we have nothing to show there.
    """
    if kind in FORM_KINDS or not (kind or ids.partner or ids.hook):
        return _form_door(Encoding(kind or "json"), ids.form or "website")
    stack.connect_store()
    config = config_store.active().config
    if (
        ids.partner
        or kind in PARTNER_KINDS
        or (kind == ADF and _only_partners_send_adf(config, ids))
    ):
        return _partner_door(kind, ids.partner, config, stack)
    return _hook_door(*find_hook(kind, ids.hook, config), stack)


def require_sense(kind: str | None, ids: Ids) -> None:
    """LeadwheelError when kind and ids contradict each other."""
    if kind is not None and kind not in KINDS:
        close = get_close_matches(kind, KINDS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(KINDS)}"
        raise LeadwheelError(f"--as {kind}: no such kind; {hint}")
    given = [what for what, named in ids._asdict().items() if named is not None]
    if len(given) > 1:
        raise LeadwheelError(f"--{given[0]} and --{given[1]}: a lead goes to one of them")
    for what in given:
        require_name(getattr(ids, what), what)
        if kind is not None and what not in _takers(kind):
            raise LeadwheelError(f"--as {kind} goes to a {_takers(kind)[0]}, not to a {what}")


def _takers(kind: str) -> tuple[str, ...]:
    if kind in FORM_KINDS:
        return ("form",)
    if kind in PARTNER_KINDS:
        return ("partner",)
    return ("hook", "partner") if kind == ADF else ("hook",)


def _form_door(encoding: Encoding, form_id: str) -> Door:
    def make(fields: Mapping[str, str], number: int) -> Post:
        return form_post(form_id, fields or somebody(number), encoding)

    return Door("the form", make)


# ── Partners ─────────────────────────────────────────────────────────────────────────────────────


def _only_partners_send_adf(config: Config, ids: Ids) -> bool:
    formats = {hook.format for hook in config.hooks.values()}
    partners = {partner.format for partner in config.partners.values()}
    return ids.hook is None and ADF not in formats and ADF in partners


def _partner_door(kind: str | None, partner_id: str | None, config: Config, stack: Stack) -> Door:
    partner_id, partner = _partner(kind, partner_id, config)
    sample = _partner_sample(kind, partner_id, partner)
    proof = _proof(partner_id, partner, stack)

    def make(fields: Mapping[str, str], number: int) -> Post:
        to = "pings" if kind == "ping" else "leads"
        return partner_post(stack.api, partner_id, partner, sample(fields, number), proof, to=to)

    shows_key = partner.trust != "signature"
    return Door(f"partner {partner_id}", make, _about_key(partner_id) if shows_key else "")


def _partner(kind: str | None, partner_id: str | None, config: Config) -> tuple[str, Partner]:
    wanted = ADF if kind == ADF else "fields"
    if partner_id is None:
        partner_id = next(
            (id_ for id_, partner in config.partners.items() if partner.format == wanted), None
        )
    partner = config.partners.get(partner_id or "")
    if partner_id is None or partner is None:
        there = ", ".join(config.partners) or "none"
        raise LeadwheelError(
            f"the active configuration has no such partner (there: {there}); --partner names one"
        )
    return partner_id, partner


def _partner_sample(
    kind: str | None, partner_id: str, partner: Partner
) -> Callable[[Mapping[str, str], int], Sample]:
    if partner.format != "fields":
        if kind not in (None, partner.format):
            raise LeadwheelError(
                f"partner {partner_id} sends {partner.format}: --as {partner.format}"
            )
        return lambda fields, number: _fixed(partner.format, fields, number)
    if kind == ADF:
        raise LeadwheelError(f"partner {partner_id} sends fields: --as partner")
    if kind == "ping":
        return lambda fields, _: as_json(fields or somewhere())
    write = as_xml if kind == "partner-xml" else as_json
    return lambda fields, number: write(_reachable(fields, number))


def _fixed(format_name: str, fields: Mapping[str, str], number: int) -> Sample:
    if fields:
        raise _fixed_fields(format_name)
    return fresh(format_name, number)


def _fixed_fields(format_name: str) -> LeadwheelError:
    return LeadwheelError(f"{format_name} is sent as a sample, whose fields cannot be chosen")


def _reachable(fields: Mapping[str, str], number: int) -> dict[str, str]:
    """The fields, with a made-up person behind them when they name no way to reach one."""
    has_contact = "email" in fields or "phone" in fields
    return dict(fields) if has_contact else {**somebody(number), **fields}


def _proof(partner_id: str, partner: Partner, stack: Stack) -> str:
    if partner.trust == "signature":
        if secret := first_of(stack.secrets.of(f"partner#{partner_id}"), "secret"):
            return secret
        raise LeadwheelError(
            f"partner {partner_id} has no secret to sign with:"
            f" {command()} secret partner#{partner_id} --generate"
        )
    if key := os.environ.get(KEY_VARIABLE, "").strip():
        return key
    if stack.demo.get("partner_id") == partner_id:
        return str(stack.demo["partner_key"])
    raise LeadwheelError(_about_key(partner_id))


def _about_key(partner_id: str) -> str:
    """Where the partner's key is looked for, and where to get one."""
    return (
        f"put the key of partner {partner_id} into {KEY_VARIABLE}; we keep only its hash"
        f" ({command()} key {partner_id} makes a new one)"
    )


# ── Hooks ────────────────────────────────────────────────────────────────────────────────────────


def find_hook(kind: str | None, hook_id: str | None, config: Config) -> tuple[str, Hook]:
    """The hook of this id, or the first of this format; LeadwheelError: there is none."""
    if hook_id is None:
        hook_id = next((id_ for id_, hook in config.hooks.items() if hook.format == kind), None)
        if hook_id is None:
            raise LeadwheelError(f"the active configuration has no hook of the format {kind}")
    hook = config.hooks.get(hook_id)
    if hook is None:
        there = ", ".join(config.hooks) or "none"
        raise LeadwheelError(f"the active configuration has no hook {hook_id!r} (there: {there})")
    if kind not in (None, hook.format):
        raise LeadwheelError(f"hook {hook_id} takes {hook.format}: --as {hook.format}")
    return hook_id, hook


def _hook_door(hook_id: str, hook: Hook, stack: Stack) -> Door:
    secret = ""
    if scheme_of(hook):
        secret = first_of(stack.secrets.of(f"hook#{hook_id}"), "secret")
        if not secret:
            raise LeadwheelError(
                f"hook {hook_id} has no secret yet: {command()} secret hook#{hook_id} --generate"
            )

    def make(fields: Mapping[str, str], number: int) -> Post:
        if fields:
            raise _fixed_fields(hook.format)
        return hook_post(stack.api, hook_id, hook, secret, number)

    return Door(f"hook {hook_id}", make)
