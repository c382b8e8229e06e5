"""`leadwheel apply`."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from infra.cli.check import lines_about
from infra.cli.config_file import read_with_lines
from infra.cli.differences import differences
from infra.cli.stack import Stack, StackOption, find_stack
from infra.terminal import BOLD, DIM, command, note, say
from shared.domain.config import Config
from shared.domain.sources import Hook, Partner, Source
from shared.errors import LeadwheelError, NotFoundError
from shared.flows.apply_config import apply_config
from shared.store import config as config_store
from shared.surroundings import real

MOST_DOUBTS = 20  # told before it is applied


def apply(
    config: Annotated[
        Path,
        typer.Argument(
            metavar="CONFIG", help="A YAML file; infra/demo.yaml shows how.", show_default=False
        ),
    ],
    *,
    stack: StackOption = None,
    check: Annotated[bool, typer.Option("--check", help="Only check the file.")] = False,
) -> None:
    """Check a configuration and put it into force.

    The whole file is checked first, and every problem told with its line. It becomes a new numbered
    version, active at once and everywhere; going back is applying an older file again.
    """
    read, document = read_with_lines(config)
    doubts = list(lines_about(config, read, document))
    for line in doubts[:MOST_DOUBTS]:
        note(line)
    if more := doubts[MOST_DOUBTS:]:
        note(f"and {len(more)} more: {command()} check {config}")
    if check:
        say(f"{config} is fine: {_size(read)}")
        return
    found = find_stack(stack)
    found.connect_store()
    before = _active()
    meant = _for_its_page(config, found) or read
    applied = apply_config(meant, real())
    if applied.version == applied.before:
        say(f"version {applied.version} says the same already; nothing has changed")
        return
    say((f"version {applied.version} is active", BOLD), f": {_size(meant)}")
    for line in differences(before, meant):
        say((f"  {line}", DIM))
    _say_who_cannot_come(meant, found)


def _say_who_cannot_come(config: Config, stack: Stack) -> None:
    """Name the partners and hooks that nobody has given a key or secret yet.

    Who may apply a configuration need not be allowed to read secrets: then there is nothing to say.
    """
    if not config.partners and not config.hooks:
        return
    with suppress(BotoCoreError, ClientError, LeadwheelError):
        known = stack.secrets.all()
        for named, source in config.sources():
            needed = _proof_of(source)
            if needed and not known.get(named, {}).get(needed):
                source_id = named.partition("#")[2]
                ask = f"key {source_id}" if needed == "keys" else f"secret {named}"
                note(f"{named} cannot prove itself yet: {command()} {ask}")


def _proof_of(source: Source) -> str | None:
    """What a source proves itself with, as its credentials call it; None: nothing."""
    if isinstance(source, Partner):
        return "keys" if source.trust == "key" else "secret"
    return "secret" if isinstance(source, Hook) and source.trust != "public" else None


def _for_its_page(file: Path, stack: Stack) -> Config | None:
    """The demo's own file names its page at the usual port: here, it is where this stack has it."""
    from infra.local import demo  # its pages are slow to load

    if stack.page_url is None or not file.samefile(demo.CONFIG):
        return None
    return demo.demo_config(stack.page_url)


def _active() -> Config | None:
    try:
        return config_store.active().config
    except NotFoundError:
        return None


def _size(config: Config) -> str:
    """How much of what there is; of sources and groups, only those that there are."""
    always = {"rep": len(config.reps), "pool": len(config.pools), "rule": len(config.rules)}
    maybe = {
        "form": len(config.forms),
        "partner": len(config.partners),
        "hook": len(config.hooks),
        "group": len(config.groups),
    }
    return ", ".join(
        f"{count} {what}{'' if count == 1 else 's'}"
        for what, count in (always | maybe).items()
        if count or what in always
    )
