"""Templates to text. Only here is jinja2 known, and imported with the first rendering."""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

LANGUAGE = "en"  # the folder in templates/ that all wording comes from

_TEMPLATES = Path(__file__).parent / "templates"
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


def render(template: str, **values: object) -> str:
    """The template, by its name in the language's folder, filled in.

    Values are escaped in templates that end in `.html`. A value that a template wants and does not
    get raises jinja2.UndefinedError: a mail with a hole in it must not go out.
    """
    return _environment().get_template(f"{LANGUAGE}/{template}").render(values)


def render_text(template: str, **values: object) -> str:
    """A plain text: as `render`, never two blank lines in a row, one line break at the end."""
    return _BLANK_LINES.sub("\n\n", render(template, **values)).strip() + "\n"


def render_line(template: str, **values: object) -> str:
    """A text of one line: as `render`, with all white space as single spaces."""
    return " ".join(render(template, **values).split())


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["language"] = LANGUAGE
    return environment
