"""`leadwheel apply`."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.config_file import read_config
from infra.cli.differences import differences
from infra.cli.stack import Stack, StackOption, find_stack
from infra.terminal import BOLD, DIM, say
from shared.domain.config import Config
from shared.errors import NotFoundError
from shared.flows.apply_config import apply_config
from shared.store import config as config_store
from shared.surroundings import real


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
    read = read_config(config)
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
    return (
        f"{len(config.reps)} reps, {len(config.pools)} pools, {len(config.rules)} rules,"
        f" {len(config.forms)} forms"
    )
