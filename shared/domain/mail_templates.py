"""A pool's own words in the mails to its reps."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from shared.domain.languages import Language
from shared.domain.notation import Model, Name

MOST_SUBJECT = 500  # characters of a template
MOST_TEXT = 20_000


class MailKind(StrEnum):
    """The mails about leads."""

    ASSIGNED = "assigned"
    REMINDER = "reminder"
    AGAIN = "again"
    RETURNED = "returned"
    OFFER = "offer"
    CLAIMED = "claimed"
    SNOOZED = "snoozed"
    LATE = "late"
    MOVED = "moved"


# Those that ask for something, behind a link.
WITH_LINK = frozenset(
    {
        MailKind.ASSIGNED,
        MailKind.REMINDER,
        MailKind.AGAIN,
        MailKind.OFFER,
        MailKind.CLAIMED,
        MailKind.SNOOZED,
    }
)


def _of_a_mail(name: str) -> str:
    kind, dot, language = name.partition(".")
    if kind not in set(MailKind):
        raise ValueError(f"there is no mail {kind!r}; there are {', '.join(MailKind)}")
    if dot and language not in set(Language):
        raise ValueError(f"there is no language {language!r}; there are {', '.join(Language)}")
    return name


# `assigned`, or `assigned.sv` for those who read Swedish.
TemplateName = Annotated[str, AfterValidator(_of_a_mail)]


class MailTemplate(Model):
    """Jinja2 templates of the subject, of the text, or of both; the rest is as we ship it.

    `file` is where the text was read from when the configuration was applied.
    """

    subject: Annotated[str, Field(min_length=1, max_length=MOST_SUBJECT)] | None = None
    text: Annotated[str, Field(min_length=1, max_length=MOST_TEXT)] | None = None
    file: Name | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.subject is None and self.text is None and self.file is None:
            raise ValueError("say a subject, a text, or the file of a text")
        return self


MailTemplates = dict[TemplateName, MailTemplate]


def template_for(
    templates: Mapping[str, MailTemplate], kind: str, language: Language
) -> MailTemplate | None:
    """The template for who reads this language, else that for everybody; None: as shipped."""
    return templates.get(f"{kind}.{language}") or templates.get(kind)
