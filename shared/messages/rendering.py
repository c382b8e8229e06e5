"""Templates to text. Only here is jinja2 known, and imported with the first rendering."""

import re
from functools import cache
from typing import TYPE_CHECKING

from shared.domain.languages import Language
from shared.messages import languages

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.runtime import Context

_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


def render(template: str, language: Language = Language.EN, **values: object) -> str:
    """The template, by its name in `templates/en`, filled in.

    Its phrases are said in the language. Values are escaped in templates that end in `.html`. A
    value that a template wants and does not get raises jinja2.UndefinedError: a mail with a hole in
    it must not go out.
    """
    return environment().get_template(f"en/{template}").render({**values, "language": language})


def render_text(template: str, language: Language = Language.EN, **values: object) -> str:
    """A plain text: as `render`, never two blank lines in a row, one line break at the end."""
    return _BLANK_LINES.sub("\n\n", render(template, language, **values)).strip() + "\n"


def render_line(template: str, language: Language = Language.EN, **values: object) -> str:
    """A text of one line: as `render`, with all white space as single spaces."""
    return " ".join(render(template, language, **values).split())


@cache
def environment() -> "Environment":
    """Where templates are read, and their phrases looked up while they are rendered."""
    from jinja2 import (
        Environment,
        FileSystemLoader,
        StrictUndefined,
        pass_context,
        select_autoescape,
    )

    made = Environment(
        loader=FileSystemLoader(languages.TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )

    @pass_context
    def phrase(context: "Context", english: str) -> str:
        return languages.phrase(context["language"], english)

    @pass_context
    def counted(context: "Context", singular: str, plural: str, number: int) -> str:
        return languages.counted(context["language"], singular, plural, number)

    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(phrase, counted, newstyle=True)  # type: ignore[attr-defined]
    return made
