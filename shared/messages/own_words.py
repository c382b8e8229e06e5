"""Mails in a pool's own words: templates out of the configuration, which may do very little.

They are Jinja2, in its sandbox, and of it only what is listed here: places for a few texts, `if`,
and some filters. Without loops, calls, attributes and arithmetic, what a template makes is bounded
by how long it is, and so is the time that it takes: to run it, and to make it ready.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple, cast

from shared.domain.mail_templates import WITH_LINK, MailKind, MailTemplate
from shared.errors import LeadwheelError
from shared.messages.card import Card
from shared.messages.languages import phrase
from shared.messages.mail import MadeOf, Mail, subject_of
from shared.messages.rendering import render, render_line

if TYPE_CHECKING:
    from jinja2 import Environment, Template, nodes

# What a template may name. All are texts of one line; what there is not is empty.
VARIABLES = {
    "lead_name": "Ada Lindgren",
    "lead_company": "Lindgren Verkstad AB",
    "lead_product": "Bandsaw",
    "rep_first_name": "Lena",
    "until": "14:32 CET",
    "accept_url": "https://leads.example/a/token",
    "reason": "you were owed 0.83 of a lead",
}
FILTERS = ("upper", "lower", "capitalize", "title", "trim", "default")
MOST_MADE = 100_000  # characters of a text
MOST_PARTS = 1_000  # places, conditions, filters, texts between them
DEEPEST = 50  # in each other; a filter more is one deeper

_NODES = frozenset(
    {
        *("Template", "Output", "TemplateData", "Name", "Const", "Filter", "If", "CondExpr"),
        *("And", "Or", "Not", "Compare", "Operand", "Concat"),
    }
)
_LINK = "accept_url"
_TOO_DEEP = "the template is nested too deeply"


class OwnWordsError(LeadwheelError):
    """A template of the configuration does not work; the message holds nothing personal."""


class Problem(NamedTuple):
    """What is wrong with a template, and on which of its lines."""

    line: int
    message: str


def reworded(mail: Mail, own: MailTemplate) -> Mail:
    """The mail with a subject, a text, or both by these templates; OwnWordsError."""
    made_of = mail.made_of
    if made_of is None:
        return mail
    known = _variables(made_of)
    subject = mail.subject
    if own.subject is not None:
        subject = subject_of(" ".join(filled(own.subject, known).split())) or mail.subject
    if own.text is None:
        shipped = f"{made_of.kind}_mail.html"
        html = render(shipped, made_of.language, subject=subject, **made_of.values)
        return Mail(subject, mail.text, html, made_of)
    text = filled(own.text, known).strip()
    foot = render_line("own_mail.foot.txt", made_of.language, **made_of.values)
    html = render(
        "own_mail.html",
        made_of.language,
        subject=subject,
        kind=made_of.kind,
        paragraphs=[part.splitlines() for part in text.split("\n\n") if part.strip()],
        foot=foot,
        accepted=made_of.values.get("accepted", False),
        accept_url=known[_LINK],
    )
    return Mail(subject, f"{text}\n\n--\n{foot}\n", html, made_of)


def _variables(made_of: MadeOf) -> dict[str, str]:
    values, language = made_of.values, made_of.language
    lead = cast("Card", values["lead"])
    return {
        "lead_name": lead.name or phrase(language, "Somebody without a name"),
        "lead_company": lead.company,
        "lead_product": lead.product,
        "rep_first_name": str(values["rep"]).partition(" ")[0],
        "until": render_line("until.txt", language, until=values["until"]),
        "accept_url": str(values["accept_url"]),
        "reason": str(values["reason"]),
    }


def filled(source: str, known: dict[str, str]) -> str:
    """What a template makes of these texts; OwnWordsError."""
    template = _compiled(source)
    try:
        made = template.render(known)
    except Exception as error:  # whatever somebody's template comes to
        raise OwnWordsError(f"the template fails: {type(error).__name__}") from error
    if len(made) > MOST_MADE:
        raise OwnWordsError(f"the template makes more than {MOST_MADE} characters")
    return made


# ── Whether a template may be used ───────────────────────────────────────────────────────────────


def problems(source: str, kind: MailKind | None = None) -> list[Problem]:
    """All that is wrong with a template; of a text, `kind` says whether it must hold the link."""
    try:
        tree = _parsed(source)
        found = list(_forbidden(tree))
        if not found:
            filled(source, VARIABLES)
    except _SyntaxError as error:
        return [error.problem]
    except OwnWordsError as error:
        return [Problem(1, str(error))]
    if not found and kind in WITH_LINK and _LINK not in _names(tree):
        missing = f"does not hold {{{{ {_LINK} }}}}: nobody could do anything about the lead"
        return [Problem(1, missing)]
    return found


class _SyntaxError(OwnWordsError):
    def __init__(self, problem: Problem) -> None:
        super().__init__(f"line {problem.line}: {problem.message}")
        self.problem = problem


@lru_cache(maxsize=128)
def _compiled(source: str) -> "Template":
    """A template that may be used, whoever let it into the configuration."""
    for problem in _forbidden(_parsed(source)):
        raise _SyntaxError(problem)
    with _understood():
        return _sandbox().from_string(source)


def _parsed(source: str) -> "nodes.Template":
    from jinja2 import TemplateSyntaxError

    try:
        with _understood():
            return _sandbox().parse(source)
    except TemplateSyntaxError as error:
        raise _SyntaxError(Problem(error.lineno, error.message or "cannot be read")) from error


@contextmanager
def _understood() -> Iterator[None]:
    """Whatever Python says of somebody's template is said in our words: OwnWordsError."""
    try:
        yield
    except (RecursionError, MemoryError) as error:
        raise OwnWordsError(_TOO_DEEP) from error
    except (SyntaxError, ValueError, OverflowError) as error:  # as of a number without an end
        raise OwnWordsError(f"the template cannot be read: {type(error).__name__}") from error


def _forbidden(tree: "nodes.Template") -> Iterator[Problem]:
    """What is in a template that may not be. OwnWordsError: too much, or too deeply nested."""
    from jinja2 import nodes

    for node in _walked(tree):
        name = type(node).__name__
        if name not in _NODES:
            told = f"may not hold this ({name}): only places for texts, if, and filters"
            yield Problem(node.lineno, told)
        elif isinstance(node, nodes.Name) and node.name not in VARIABLES:
            there = ", ".join(VARIABLES)
            yield Problem(node.lineno, f"there is no {node.name!r}; there are {there}")
        elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
            there = ", ".join(FILTERS)
            yield Problem(node.lineno, f"there is no filter {node.name!r}; there are {there}")


def _walked(tree: "nodes.Template") -> "list[nodes.Node]":
    """A template and all that is in it, however deep, in order. OwnWordsError: that is too much."""
    found: list[nodes.Node] = []
    left: list[tuple[nodes.Node, int]] = [(tree, 1)]
    while left:
        node, depth = left.pop()
        found.append(node)
        if depth > DEEPEST:
            raise OwnWordsError(_TOO_DEEP)
        if len(found) > MOST_PARTS:
            raise OwnWordsError(f"the template has more than {MOST_PARTS} parts")
        left += [(part, depth + 1) for part in reversed([*node.iter_child_nodes()])]
    return found


def _names(tree: "nodes.Template") -> set[str]:
    from jinja2 import nodes

    return {node.name for node in _walked(tree) if isinstance(node, nodes.Name)}


@cache
def _sandbox() -> "Environment":
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # Working out beforehand what is constant takes the third power of how many filters there are.
    made = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, optimized=False
    )
    made.globals.clear()
    return made
