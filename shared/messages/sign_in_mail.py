"""The mail with a link to sign in."""

from datetime import datetime

from shared.domain.languages import Language
from shared.messages.display import headline
from shared.messages.mail import Mail
from shared.messages.rendering import render, render_line, render_text
from shared.messages.times import until_as_seen


def sign_in_mail(
    *, name: str, url: str, now: datetime, ends_at: datetime, time_zone: str, language: Language
) -> Mail:
    """The mail to whoever asked to sign in: one link, good until `ends_at`, and once.

    `name` is theirs; "": we call them nothing. Nothing in the mail tells what is behind the link.
    """
    values: dict[str, object] = {
        "name": headline(name, 80),
        "url": url,
        "until": until_as_seen(ends_at, time_zone, now),
    }
    subject = render_line("sign_in_mail.subject.txt", language, **values)
    return Mail(
        subject=subject,
        text=render_text("sign_in_mail.txt", language, **values),
        html=render("sign_in_mail.html", language, subject=subject, **values),
    )
