"""`leadwheel hand-on`."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from infra.api import Api
from infra.cli.by_hand import RepArgument
from infra.cli.ids import require_name
from infra.cli.stack import StackOption, find_stack
from infra.terminal import BAD, BOLD, DIM, command, err, note, say
from shared.errors import LeadwheelError, NotFoundError
from shared.messages.display import one_line

SHOWN_OF_THE_REST = 20
TRIES = 3  # of a lead that others are at, too; in calls that move none
LOOKS = 10  # at a list that lags
BETWEEN_LOOKS = 0.5  # seconds


@dataclass(slots=True)
class HandedOn:
    """What became of a rep's leads so far."""

    moved: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # lead → why
    tries: Counter[str] = field(default_factory=Counter)
    unknown: bool = False  # no rep has this id, or has left without a lead
    unseen: bool = False  # there are more than those that cannot be moved leave to be seen


def hand_on(
    rep_id: RepArgument,
    *,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="REP_ID",
            help="Who gets them all, as far as their limits allow; routing shares them out, if"
            " left out.",
            show_default=False,
        ),
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why; it stands in each lead's log.", show_default=False)
    ] = None,
    stack: StackOption = None,
) -> None:
    """Hand on all open leads of a rep who leaves, also of one who has left the configuration.

    Switch the rep off first (`active: false`, or take them out, then `leadwheel apply`): nothing
    new comes to them meanwhile. It can be broken off and run again at any time; who has left the
    configuration, and has no lead any more, is nobody then.
    """
    require_name(rep_id, "rep")
    if to is not None:
        require_name(to, "rep")
    if to == rep_id:
        raise LeadwheelError("--to names the rep who leaves; name somebody else")
    api = find_stack(stack).api
    with _progress(f"Handing on what {rep_id} has") as show:
        done = hand_on_all(api, rep_id, to, reason, show)
    if done.unknown and not done.tries:
        raise NotFoundError(
            f"no rep of the active configuration has the id {rep_id}, and no open lead is theirs"
        )
    note(f"New leads still come to {rep_id} as long as the configuration has them active.")
    _sum_up(rep_id, to, done)
    if done.failed or done.unseen:
        this = f"{command()} hand-on {rep_id}" + (f" --to {to}" if to else "")
        on_it = f" --stack {stack}" if stack else ""
        say((f"Try again what could be tried again: {this}{on_it}", DIM))
        raise typer.Exit(1)


def hand_on_all(
    api: Api, rep_id: str, to: str | None, reason: str | None, show: Callable[[int, int], None]
) -> HandedOn:
    """Page by page, until none is left or none of those seen can be moved.

    `show` is told how many are dealt with, and how many there are as far as is known.
    """
    done = HandedOn()
    patience = LOOKS
    while True:
        page = _page(api, rep_id, done)
        new = [lead["lead_id"] for lead in page["leads"] if lead["lead_id"] not in done.failed]
        dealt_with = done.moved + len(done.failed)
        show(dealt_with, dealt_with + len(new))
        if new:
            _hand_on(api, new, rep_id, to, reason, done)
        elif page["more"] and not page["leads"] and patience:
            patience -= 1  # the list lags behind what was moved
            time.sleep(BETWEEN_LOOKS)
        else:
            done.unseen = bool(page["more"])
            return done


def _hand_on(
    api: Api, leads: list[str], rep_id: str, to: str | None, reason: str | None, done: HandedOn
) -> None:
    if to is None:
        answer = api.unassign_all(leads, rep_id, reason=reason)
    else:
        answer = api.assign_all(leads, to, owner=rep_id, reason=reason)
    # A call that moves some may have had no time for the others: they have not been tried.
    counts = not any(result["ok"] for result in answer["results"])
    for result in answer["results"]:
        lead_id = result["lead_id"]
        done.tries[lead_id] += counts
        if result["ok"]:
            done.moved += 1
        elif _is(result, "not-yours"):
            continue  # somebody else was faster: it is not the leaver's any more
        elif done.tries[lead_id] == TRIES or not _is(result, "busy", "conflict"):
            done.failed[lead_id] = _why(result)


def _page(api: Api, rep_id: str, done: HandedOn) -> dict[str, Any]:
    """Up to a hundred of the rep's open leads; none, too, of somebody nobody has heard of."""
    try:
        return api.leads_of(rep_id)
    except NotFoundError:
        done.unknown = True
        return {"leads": [], "more": False}


def _is(result: dict[str, Any], *kinds: str) -> bool:
    return str(result["problem"]["type"]).rpartition(":")[2] in kinds


def _why(result: dict[str, Any]) -> str:
    problem = result["problem"]
    return one_line(problem.get("detail") or problem["title"], 200)


@contextmanager
def _progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; nothing where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _sum_up(rep_id: str, to: str | None, done: HandedOn) -> None:
    if not done.moved and not done.failed:
        say(f"{rep_id} has no open leads.")
        return
    where = f"are {to}'s now" if to else "are with routing, which gives them to others"
    say((f"{done.moved} of {rep_id}'s leads {where}.", BOLD))
    if not done.failed:
        return
    say((f"{len(done.failed)} could not be moved:", BAD))
    for lead_id, why in list(done.failed.items())[:SHOWN_OF_THE_REST]:
        say(f"  {lead_id}  {why}")
    if (more := len(done.failed) - SHOWN_OF_THE_REST) > 0:
        say((f"  … and {more} more", DIM))
    if done.unseen:
        say(("There are still more, which show when some of these are moved.", DIM))
