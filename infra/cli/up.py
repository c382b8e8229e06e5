"""`leadwheel up`."""

from typing import Annotated

import typer


def up(
    *,
    port: Annotated[
        int,
        typer.Option(
            envvar=["LEADWHEEL_PORT", "PORT"], help="Port of the local cloud and its API."
        ),
    ] = 4566,
    page_port: Annotated[
        int | None,
        typer.Option(
            envvar="LEADWHEEL_PAGE_PORT",
            help="Port of the demo's web page; the one after the cloud's if left out.",
            show_default=False,
        ),
    ] = None,
    demo: Annotated[
        bool,
        typer.Option(envvar="LEADWHEEL_DEMO", help="Send a few leads at the start."),
    ] = True,
) -> None:
    """Run leadwheel on this machine, with a demo team, until Ctrl-C.

    Starts a local cloud (an emulator: no AWS account, no Docker), deploys template.yaml to it, and
    tells what happens to every lead. Everything listens on 127.0.0.1 only and is forgotten at the
    end. LEADWHEEL_HOME (.leadwheel) is where stack.json says how to reach it.
    """
    from infra.local.up import up as run  # the emulator's side is slow to load

    run(port, page_port or port + 1, with_leads=demo)
