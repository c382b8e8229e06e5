"""`leadwheel preview`."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.config_file import read_config
from infra.cli.made_up_mails import DIGEST, SIGN_IN, every_mail, mail_in
from infra.terminal import BOLD, DIM, out, say
from shared.domain.languages import Language
from shared.domain.mail_templates import MailKind, template_for
from shared.domain.pools import Pool
from shared.errors import LeadwheelError, NotFoundError
from shared.messages.mail import Mail

_WHEN: dict[str, str] = {
    MailKind.ASSIGNED: "somebody gets a lead",
    MailKind.REMINDER: "they have not accepted it yet",
    MailKind.AGAIN: "the person of their lead comes again",
    MailKind.RETURNED: "the lead's seller takes it back",
    MailKind.OFFER: "a lead is offered to several",
    MailKind.CLAIMED: "they were the first to take an offer",
    MailKind.SNOOZED: "they asked to be reminded now",
    MailKind.LATE: "a colleague was first",
    MailKind.MOVED: "their lead is somebody else's now",
    DIGEST: "the day begins, and leads of theirs wait",
    SIGN_IN: "they ask for a link to sign in with",
}


def preview(
    name: Annotated[
        str | None,
        typer.Argument(metavar="MAIL", help="Which one; without it, all are listed."),
    ] = None,
    *,
    language: Annotated[
        Language | None,
        typer.Option(help="Of the reader; else that of the pool, else English."),
    ] = None,
    pool: Annotated[str | None, typer.Option(help="In the words of this pool.")] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The configuration with the pool.")
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="As HTML.")] = False,
    text: Annotated[
        bool, typer.Option("--text", help="Only the text, without the subject.")
    ] = False,
    in_browser: Annotated[bool, typer.Option("--open", help="As HTML, in the browser.")] = False,
) -> None:
    """Show a mail as a rep would get it, about a lead that is made up.

    Nothing is sent, and no stack is asked.
    """
    if name is None:
        _list()
        return
    chosen = _pool(pool, config)
    mail = _mail(_known(name), chosen, language or (chosen and chosen.language) or Language.EN)
    if in_browser:
        _open(mail)
    elif html:
        out.print(mail.html)
    elif text:
        out.print(mail.text)
    else:
        say((mail.subject, BOLD))
        out.print(f"\n{mail.text}")


def _list() -> None:
    widest = max(map(len, every_mail()))
    for name in every_mail():
        say((f"{name:{widest}}", BOLD), (f"  {_WHEN[name]}", DIM))


def _known(name: str) -> str:
    if name not in every_mail():
        raise NotFoundError(f"there is no mail {name!r}; there are {', '.join(every_mail())}")
    return name


def _pool(named: str | None, config: Path | None) -> Pool | None:
    if (named is None) != (config is None):
        raise LeadwheelError("a pool's words are in a configuration: say both --pool and --config")
    if named is None or config is None:
        return None
    pools = read_config(config).pools
    if named not in pools:
        raise NotFoundError(f"there is no pool {named!r} in {config}; there are {', '.join(pools)}")
    return pools[named]


def _mail(name: str, pool: Pool | None, language: Language) -> Mail:
    """OwnWordsError: the pool's template fails."""
    from shared.messages.own_words import reworded

    shipped = mail_in(language, name)
    own = template_for(pool.templates, name, language) if pool else None
    return reworded(shipped, own) if own else shipped


def _open(mail: Mail) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".html", delete=False, encoding="utf-8") as file:
        file.write(mail.html)
    say(f"opening {file.name}")
    typer.launch(file.name)
