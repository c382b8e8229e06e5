"""`leadwheel`: its commands, and the one place where errors become sentences."""

import os
from typing import Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from typer.core import TyperGroup
from typer.exceptions import TyperException

from infra.cli import (
    apply,
    assign,
    check,
    claim,
    doctor,
    export,
    forget,
    hand_on,
    key,
    mail,
    open_pool,
    partner,
    preview,
    quarantine,
    redrive,
    release_lead,
    returns,
    rotation,
    secret,
    send,
    sessions,
    token,
    up,
    why,
)
from infra.terminal import complain, err, survive_odd_terminals
from shared.errors import ConfigError, LeadwheelError


class _Sentences(TyperGroup):
    """Commands that end in a sentence, not in a traceback, unless LEADWHEEL_DEBUG=1 asks for it."""

    def invoke(self, ctx: Any) -> Any:
        survive_odd_terminals()
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, TyperException):
            raise  # typer's own: help, and arguments it cannot read
        except ConfigError as error:
            for problem in error.problems:
                err.print(problem)
            count = len(error.problems)
            complain(f"{count} problem{'s' if count > 1 else ''} found; nothing has been changed")
        except LeadwheelError as error:
            complain(str(error))
        except (BotoCoreError, ClientError) as error:
            complain(f"AWS did not do it: {error}")
        except Exception as error:
            if os.environ.get("LEADWHEEL_DEBUG"):
                raise
            complain(
                f"this is our mistake: {type(error).__name__}: {error}"
                " (LEADWHEEL_DEBUG=1 shows where)"
            )
        raise typer.Exit(1)


app = typer.Typer(
    cls=_Sentences,
    name="leadwheel",
    help="Capture leads and give each to exactly one rep, fairly.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.command()(up.up)
app.command()(apply.apply)
app.command()(check.check)
app.command()(doctor.doctor)
app.command()(preview.preview)
app.command()(send.send)
app.command()(why.why)
app.command()(rotation.rotation)
app.command("open")(open_pool.open_pool)
app.command()(quarantine.quarantine)
app.command()(returns.returns)
app.command()(export.export)
app.command()(forget.forget)
app.command()(redrive.redrive)
app.command()(mail.mail)
app.command()(assign.assign)
app.command()(claim.claim)
app.command("release")(release_lead.release)
app.command("hand-on")(hand_on.hand_on)
app.command()(partner.partner)
app.command()(sessions.sessions)
app.command()(token.token)
app.command()(key.key)
app.command()(secret.secret)
