"""`leadwheel secret`."""

import base64
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from infra.cli.ids import source_name
from infra.cli.source_secrets import (
    STANDARD_PREFIX,
    add_value,
    new_secret,
    new_standard_secret,
)
from infra.cli.stack import StackOption, find_stack
from infra.terminal import command, note, say
from shared.domain.channels import Channel, problem_of
from shared.domain.config import Config
from shared.domain.sources import Hook, Partner, Source
from shared.errors import LeadwheelError
from shared.messages import push
from shared.sources.formats import format_of
from shared.store import config as config_store

SHORTEST = 8  # characters; what is shorter can be guessed, and no platform's is
LONGEST = 4_096


Name = Literal["secret", "verify_token", "access_token", "url"]

# What each kind of channel has; the others have nothing that is secret.
OF_CHANNELS: dict[str, Name] = {
    "slack": "url",
    "teams": "url",
    "webhook": "secret",
    "push": "secret",
}


def secret(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="hook#ID, partner#ID or channel#ID.")
    ],
    name: Annotated[
        Name,
        typer.Argument(
            metavar="[NAME]",
            help="secret; for hooks also verify_token or access_token; for channels of Slack and"
            " Teams url.",
        ),
    ] = "secret",
    *,
    value_from: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Read it from a file.", show_default=False),
    ] = None,
    generate: Annotated[
        bool,
        typer.Option("--generate", help="Make a random one; show it, if somebody else needs it."),
    ] = False,
    only: Annotated[
        bool, typer.Option("--only", help="Make all earlier ones invalid at once.")
    ] = False,
    stack: StackOption = None,
) -> None:
    """Set what a hook, a partner or a channel signs with, read from the standard input.

    It is no argument, so that it is in no shell's history. The one before stays valid, so that the
    other side can change without a gap; a third takes the place of the oldest.
    """
    named = source_name(source)
    if generate and value_from:
        raise LeadwheelError("--generate and --value-from exclude each other")
    found = find_stack(stack)
    found.connect_store()
    configured = _configured(config_store.active().config, named)
    _require_use(named, configured, name)
    value = _generated(configured) if generate else _given(value_from, named)
    _check(value, configured)
    found.secrets.change(lambda known: add_value(known, named, name, value, only=only))
    if generate and not _is_push(configured):  # whose other half browsers get from us
        say(value)
    note(f"the new {name.replace('_', ' ')} of {named} is stored, and valid within seconds")
    if only:
        note("within five minutes nobody takes an earlier one any more")
    _explain(named, configured, name)


def _configured(config: Config, named: str) -> Hook | Partner | Channel:
    kind, _, name = named.partition("#")
    source = config.channels.get(name) if kind == "channel" else config.source(named)
    if isinstance(source, Hook | Partner | Channel):
        return source
    sources = [name for name, one in config.sources() if isinstance(one, Hook | Partner)]
    there = ", ".join([*sources, *(f"channel#{name}" for name in config.channels)])
    raise LeadwheelError(
        f"there is no {named.replace('#', ' ')} in the active configuration (there:"
        f" {there or 'none'}); add it to your file, and apply that first"
    )


def _require_use(named: str, source: Source | Channel, name: Name) -> None:
    if isinstance(source, Channel):
        used = OF_CHANNELS.get(source.kind)
        if name != used:
            has = f"a {used} only" if used else "nothing that is secret"
            raise LeadwheelError(f"{named} is a channel of the kind {source.kind}, and has {has}")
    elif name == "url":
        raise LeadwheelError(f"only channels have a url; {named} is none")
    if isinstance(source, Partner) and name != "secret":
        raise LeadwheelError(f"a partner has no {name}; {named} has a secret only")


def _is_push(source: Source | Channel) -> bool:
    return isinstance(source, Channel) and source.kind == "push"


def _generated(source: Source | Channel) -> str:
    if _is_push(source):
        return push.new_key()
    if isinstance(source, Channel) and source.kind != "webhook":
        raise LeadwheelError(f"the address comes from {source.kind.capitalize()}: give it to us")
    return new_secret() if isinstance(source, Hook) else new_standard_secret()


def _given(file: Path | None, named: str) -> str:
    """The value, without the line break that editors and `echo` put behind it."""
    try:
        if file is not None:
            return file.read_text(encoding="utf-8").strip()
        if sys.stdin.isatty():
            return str(typer.prompt(f"the value for {named}", hide_input=True, err=True)).strip()
        return sys.stdin.read(LONGEST + 2).strip()
    except OSError as error:
        raise LeadwheelError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LeadwheelError("the value must be text in UTF-8") from error


def _check(value: str, source: Source | Channel) -> None:
    """LeadwheelError when nobody could sign with it, or anybody; it is never quoted."""
    if not SHORTEST <= len(value) <= LONGEST:
        raise LeadwheelError(
            f"the value has {len(value)} characters; it must have {SHORTEST} to {LONGEST}"
            " (--generate makes one)"
        )
    if not value.isprintable():
        raise LeadwheelError("the value must be one line of text")
    if _is_push(source):
        if not _is_push_key(value):
            raise LeadwheelError(
                "a push channel's secret is a private key of VAPID: 32 bytes as base64url"
                " (--generate makes one)"
            )
    elif isinstance(source, Channel) and source.kind != "webhook":
        if problem := problem_of(value):
            raise LeadwheelError(f"the address {problem}")
    elif not isinstance(source, Hook) and not _is_standard(value):
        whose = "a partner's" if isinstance(source, Partner) else "a webhook's"
        raise LeadwheelError(
            f"{whose} secret is one of Standard Webhooks: {STANDARD_PREFIX} and base64 of 24 to"
            " 64 bytes (--generate makes one)"
        )


def _is_push_key(value: str) -> bool:
    try:
        return bool(push.keys_of([value]))
    except ValueError:
        return False


def _is_standard(value: str) -> bool:
    try:
        raw = base64.b64decode(value.removeprefix(STANDARD_PREFIX), validate=True)
    except ValueError:
        return False
    return value.startswith(STANDARD_PREFIX) and 24 <= len(raw) <= 64


def _explain(named: str, source: Hook | Partner | Channel, name: Name) -> None:
    if isinstance(source, Channel):
        if source.kind == "webhook":
            note("each request is signed with it, and with the one before as well")
        elif source.kind == "push":
            note("devices go on with the key they were set up with, as long as it is one of two")
    elif isinstance(source, Partner):
        if source.trust == "key":
            partner_id = named.partition("#")[2]
            note(f"but it shows a key (trust: key): {command()} key {partner_id} makes one")
    elif name == "secret":
        if source.trust == "public":
            note("but this hook is public (trust: public): nobody is asked for it")
        elif source.trust == "key":
            note("send it as the header X-Leadwheel-Key, or as ?key=… behind the hook's address")
        else:
            note(f"{format_of(source.format).TITLE}: {format_of(source.format).SECRET}")
