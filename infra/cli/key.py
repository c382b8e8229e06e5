"""`leadwheel key`."""

from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from infra.cli.ids import require_name
from infra.cli.moments import local
from infra.cli.source_secrets import KEPT, Credentials, add_key, new_key
from infra.cli.stack import StackOption, find_stack
from infra.terminal import DIM, command, note, out, say
from shared.credentials import MACHINE, SCOPES
from shared.domain import access
from shared.domain.config import Config
from shared.errors import LeadwheelError
from shared.store import config as config_store
from shared.surroundings import now


def key(
    holder: Annotated[
        str,
        typer.Argument(
            metavar="PARTNER_ID | machine#NAME",
            help="A partner of the configuration, or a system of your own, named as you like.",
        ),
    ],
    *,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCOPE",
            help="What the key is for; may be given often."
            f" A partner's: {', '.join(SCOPES)}; all if left out."
            f" A machine's: {', '.join(access.SCOPES)}; needed.",
            show_default=False,
        ),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Show which keys there are, and make none.")
    ] = False,
    drop: Annotated[
        bool, typer.Option("--drop", help="Make the older of two keys invalid, and make none.")
    ] = False,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Make all of its keys invalid, and make none.")
    ] = False,
    stack: StackOption = None,
) -> None:
    """Make a key for a partner or for a system that uses the API, and show it this once.

    Only its hash is kept. Each may have two keys, so that one can follow the other without a gap: a
    third takes the place of the oldest.
    """
    is_machine = holder.startswith(MACHINE)
    require_name(holder.removeprefix(MACHINE), "machine" if is_machine else "partner")
    if listed + drop + revoke > 1:
        raise LeadwheelError("--list, --drop and --revoke are three commands; give one of them")
    scopes = _scopes(scope, access.SCOPES if is_machine else SCOPES)
    if is_machine and not (scope or listed or drop or revoke):
        raise LeadwheelError(f"say what the key is for: --scope {', '.join(access.SCOPES)}")
    found = find_stack(stack)
    found.connect_store()
    config = config_store.active().config
    if not is_machine:
        _require_partner(config, holder)
    stored, named = found.secrets, holder if is_machine else f"partner#{holder}"
    if listed:
        _show(stored.of(named).get("keys", []))
    elif drop:
        stored.change(lambda known: _drop_older(known, named, holder))
        note("the older key is dropped; within five minutes nobody takes it any more")
    elif revoke:
        stored.change(lambda known: _drop_all(known, named))
        note("its keys are dropped; within five minutes nobody takes them any more")
    else:
        made = new_key()
        replaces = False

        def add(known: dict[str, Credentials]) -> None:
            nonlocal replaces
            replaces = len(known.get(named, {}).get("keys", [])) >= KEPT
            add_key(known, named, made, scopes, now())

        stored.change(add)
        say(made)
        note(f"the key of {_called(named)}, for {', '.join(scopes)}; it is not shown again")
        if replaces:
            note("it takes the place of the oldest of two, which works for up to five minutes more")
        if not is_machine:
            _say_if_not_asked_for(config, holder)


def _scopes(asked: list[str] | None, there: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := set(asked or ()) - set(there):
        raise LeadwheelError(f"--scope {min(unknown)}: there are {', '.join(there)}")
    return tuple(scope for scope in there if not asked or scope in asked)


def _called(named: str) -> str:
    return named.replace("#", " ", 1)


def _require_partner(config: Config, partner: str) -> None:
    if partner not in config.partners:
        there = ", ".join(config.partners) or "none"
        raise LeadwheelError(
            f"there is no partner {partner!r} in the active configuration (there: {there});"
            " add it to your file, and apply that first"
        )


def _drop_older(known: dict[str, Credentials], named: str, holder: str) -> None:
    keys = known.get(named, {}).get("keys", [])
    if len(keys) < KEPT:
        count = f"{len(keys)} key" if len(keys) == 1 else "no key"
        raise LeadwheelError(
            f"{_called(named)} has {count}, and only the older of two can be dropped; make the"
            f" next one first: {command()} key {holder}"
        )
    del keys[-1]


def _drop_all(known: dict[str, Credentials], named: str) -> None:
    if not known.get(named, {}).pop("keys", None):
        raise LeadwheelError(f"{_called(named)} has no keys")


def _show(keys: list[dict[str, Any]]) -> None:
    if not keys:
        say("there are no keys")
        return
    table = Table(box=None, pad_edge=False, header_style=DIM)
    for column in ("key", "made", "for"):
        table.add_column(column)
    for record in keys:
        table.add_row(
            Text(f"{record.get('begins', '?')}…"),
            Text(local(record.get("made", "?"))),
            Text(", ".join(record.get("scopes", SCOPES))),
        )
    out.print(table, soft_wrap=False)


def _say_if_not_asked_for(config: Config, partner: str) -> None:
    if config.partners[partner].trust == "signature":
        note("but this partner signs (trust: signature): as long as it does, no key is asked for")
