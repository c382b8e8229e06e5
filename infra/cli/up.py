"""`leadwheel up`."""

import os
from typing import Annotated

import typer

from shared.errors import LeadwheelError

PORT = 4566


def up(
    *,
    port: Annotated[
        int | None,
        typer.Option(
            help="Port of the local cloud and its API; LEADWHEEL_PORT, PORT or 4566 if left out.",
            show_default=False,
        ),
    ] = None,
    page_port: Annotated[
        int | None,
        typer.Option(
            help=(
                "Port of the demo's web page; LEADWHEEL_PAGE_PORT, or the one after the cloud's"
                " if left out."
            ),
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

    port = port or _from_environment("LEADWHEEL_PORT", "PORT") or PORT
    page_port = page_port or _from_environment("LEADWHEEL_PAGE_PORT") or port + 1
    run(port, page_port, with_leads=demo)


def _from_environment(*variables: str) -> int | None:
    """The port in the first of these that holds anything; LeadwheelError when it is none."""
    for variable in variables:
        if text := os.environ.get(variable):
            if not text.isascii() or not text.isdigit():
                raise LeadwheelError(
                    f"{variable} is {text!r}, which is no port; choose one between 1024 and 65535"
                )
            return int(text)
    return None
