"""`leadwheel apply`."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.config_file import read_config
from infra.cli.stack import StackOption, find_stack
from infra.terminal import BOLD, DIM, say
from shared.domain.config import Config
from shared.errors import NotFoundError
from shared.flows.apply_config import Applied, apply_config
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
    find_stack(stack).connect_store()
    before = _active()
    applied = apply_config(read, real())
    if applied.version == applied.before:
        say(f"version {applied.version} says the same already; nothing has changed")
        return
    say((f"version {applied.version} is active", BOLD), f": {_size(read)}")
    for line in _changes(before, read, applied) or ["the pools are as they were"]:
        say((f"  {line}", DIM))


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


def _changes(before: Config | None, after: Config, applied: Applied) -> list[str]:
    """What is different now, pool by pool."""
    old = before.pools if before else {}
    lines = []
    for pool_id, pool in after.pools.items():
        if pool_id not in old:
            members = ", ".join(f"{rep} {weight:f}" for rep, weight in pool.members.items())
            lines.append(f"pool {pool_id}: new, with {members}")
        elif differences := _differences(old[pool_id].members, pool.members):
            lines.append(f"pool {pool_id}: {', '.join(differences)}")
        elif pool_id in applied.changed_pools:
            lines.append(f"pool {pool_id}: its deadlines or its members' settings have changed")
    gone = [pool_id for pool_id in old if pool_id not in after.pools]
    return lines + [f"pool {pool_id}: gone" for pool_id in gone]


def _differences(old: dict[str, Decimal], new: dict[str, Decimal]) -> list[str]:
    joined = [f"{rep} joins with {weight:f}" for rep, weight in new.items() if rep not in old]
    left = [f"{rep} leaves" for rep in old if rep not in new]
    changed = [
        f"{rep} {old[rep]:f} → {weight:f}"
        for rep, weight in new.items()
        if rep in old and old[rep] != weight
    ]
    return joined + left + changed
