"""The folder that a local stack keeps its address, log and working files in."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Any

from shared.errors import LeadwheelError

# The checkout: what is deployed comes from here.
ROOT = Path(__file__).resolve().parents[2]


class NotRunningError(LeadwheelError):
    """No local stack runs here, as far as anybody can tell."""


def home() -> Path:
    """`LEADWHEEL_HOME`, or `.leadwheel` in the checkout, wherever in it we are called."""
    return Path(os.environ.get("LEADWHEEL_HOME") or _usual()).absolute()


def _usual() -> Path:
    checkout = ROOT if (ROOT / "template.yaml").exists() else Path()
    return (checkout / ".leadwheel").absolute()


def chosen() -> str:
    """What comes before a command that shall act on this folder's stack: for the usual, nothing."""
    return "" if home() == _usual() else f"LEADWHEEL_HOME={quote(os.environ['LEADWHEEL_HOME'])} "


def log_file() -> Path:
    """Where the emulator writes."""
    return home() / "cloud.log"


def temporary() -> Path:
    """Where the emulator unpacks the functions; worthless once it has ended."""
    return home() / "tmp"


@contextmanager
def kept_to_ourselves() -> Iterator[None]:
    """Hold the folder for one stack; LeadwheelError when another holds it.

    Leaves nothing behind but the log. What a killed predecessor left is cleared away first.
    """
    home().mkdir(parents=True, exist_ok=True)
    with (home() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            other = ".leadwheel3" if home().name == ".leadwheel2" else ".leadwheel2"
            raise LeadwheelError(
                f"another leadwheel is running with the folder {home()}; stop it, or give this one"
                f" its own: LEADWHEEL_HOME={other} LEADWHEEL_PORT=4600 make run"
            ) from error
        _clear()
        temporary().mkdir()
        try:
            yield
        finally:
            _clear()


def _clear() -> None:
    (home() / "stack.json").unlink(missing_ok=True)
    shutil.rmtree(temporary(), ignore_errors=True)


def announce(stack: dict[str, Any]) -> None:
    """Tell everybody where the stack is. Nobody ever reads half of it."""
    draft = home() / "stack.json.new"
    draft.touch(mode=0o600)  # it holds the admin token
    draft.write_text(json.dumps(stack, indent=2) + "\n", encoding="utf-8")
    draft.replace(home() / "stack.json")


def announced() -> dict[str, Any]:
    """What `announce` told; NotRunningError when nothing was."""
    try:
        stack: dict[str, Any] = json.loads((home() / "stack.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotRunningError(
            f"leadwheel is not running here; start it with: {chosen()}make run"
            " (or name a deployed stack: --stack NAME)"
        ) from error
    return stack
