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
from shared.credentials import SCOPES
from shared.domain.config import Config
from shared.errors import LeadwheelError
from shared.store import config as config_store
from shared.surroundings import now


def key(
    partner: Annotated[str, typer.Argument(metavar="PARTNER_ID", help="As in the configuration.")],
    *,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCOPE",
            help=f"What the key is for: {', '.join(SCOPES)}; may be given often; all if left out.",
            show_default=False,
        ),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Show which keys there are, and make none.")
    ] = False,
    drop: Annotated[
        bool, typer.Option("--drop", help="Make the older of two keys invalid, and make none.")
    ] = False,
    stack: StackOption = None,
) -> None:
    """Make a key for a partner, and show it this once.

    Only its hash is kept. A partner may have two keys, so that one can follow the other without a
    gap: a third takes the place of the oldest.
    """
    require_name(partner, "partner")
    scopes = _scopes(scope)
    if listed and drop:
        raise LeadwheelError("--list and --drop are two commands; give one of them")
    found = find_stack(stack)
    found.connect_store()
    config = config_store.active().config
    _require_partner(config, partner)
    stored, named = found.secrets, f"partner#{partner}"
    if listed:
        _show(stored.of(named).get("keys", []))
    elif drop:
        stored.change(lambda known: _drop_older(known, partner))
        note("the older key is dropped; within five minutes nobody takes it any more")
    else:
        made = new_key()
        stored.change(lambda known: add_key(known, named, made, scopes, now()))
        say(made)
        _explain(config, partner, scopes)


def _scopes(asked: list[str] | None) -> tuple[str, ...]:
    if unknown := set(asked or ()) - set(SCOPES):
        raise LeadwheelError(f"--scope {min(unknown)}: there are {', '.join(SCOPES)}")
    return tuple(scope for scope in SCOPES if not asked or scope in asked)


def _require_partner(config: Config, partner: str) -> None:
    if partner not in config.partners:
        there = ", ".join(config.partners) or "none"
        raise LeadwheelError(
            f"there is no partner {partner!r} in the active configuration (there: {there});"
            " add it to your file, and apply that first"
        )


def _drop_older(known: dict[str, Credentials], partner: str) -> None:
    keys = known.get(f"partner#{partner}", {}).get("keys", [])
    if len(keys) < KEPT:
        count = f"{len(keys)} key" if len(keys) == 1 else "no key"
        raise LeadwheelError(
            f"partner {partner} has {count}, and only the older of two can be dropped; make the"
            f" next one first: {command()} key {partner}"
        )
    del keys[-1]


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


def _explain(config: Config, partner: str, scopes: tuple[str, ...]) -> None:
    note(f"the key of partner {partner}, for {', '.join(scopes)}; it is not shown again")
    if config.partners[partner].trust == "signature":
        note("but this partner signs (trust: signature): as long as it does, no key is asked for")
