"""What the command line says, and how: one line at a time, plain when nobody watches."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which
from typing import Any

from rich.console import Console
from rich.style import Style
from rich.text import Text

from infra.local import home

# Lines are never broken, since people copy and search them; nothing in them is markup, since leads
# choose some of the words.
out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
if not out.is_terminal:
    out.width = 160  # a table in a file need not fit a screen
err = Console(highlight=False, markup=False, emoji=False, soft_wrap=True, stderr=True)

DIM = Style(dim=True)
BOLD = Style(bold=True)
GOOD = Style(color="green")
BAD = Style(color="red", bold=True)


def survive_odd_terminals() -> None:
    """Let a terminal that lacks a character show a question mark instead of breaking us off."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def command() -> str:
    """What to type to call us: `leadwheel` where the shell finds us by it, else our path.

    With the folder before it when it is not the usual one: who runs two stacks means this one.
    """
    found, called = which("leadwheel"), sys.argv[0]
    ours = found is not None and os.path.realpath(found) == os.path.realpath(called)
    return home.chosen() + ("leadwheel" if ours else os.path.relpath(called))


def say(*parts: Any) -> None:
    """One line of text and `Text`, in order."""
    out.print(
        Text.assemble(*(part if isinstance(part, tuple | Text) else str(part) for part in parts))
    )


def say_wrapped(paragraph: str, style: Style) -> None:
    """A paragraph: between words on a screen, on one line in a file."""
    out.print(Text(paragraph, style), soft_wrap=not out.is_terminal)


def note(sentence: str) -> None:
    """What a person should know beside the result, which a script may read."""
    err.print(Text(sentence, DIM))


def complain(sentence: str) -> None:
    """One clear sentence about what went wrong."""
    err.print(Text.assemble(("leadwheel: ", BAD), sentence))


@contextmanager
def step(doing: str) -> Iterator[list[str]]:
    """Show that something takes its time; says what came of it with how long it took.

    What came of it is `doing` with what the block appends to the list.
    """
    notes: list[str] = []
    began = time.monotonic()
    if out.is_terminal:
        with out.status(Text(doing)):
            yield notes
    else:
        yield notes
    result = ": ".join([doing, ", ".join(notes)]) if notes else doing
    say(("✓ ", GOOD), f"{result} ", (f"({time.monotonic() - began:.1f} s)", DIM))
