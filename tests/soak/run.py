"""`python -m tests.soak`: the day, and the verdict."""

import copy
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.audit import Books
from tests.receiver import receiving
from tests.soak import team
from tests.soak.agenda import Agenda
from tests.soak.clients import Http
from tests.soak.cloud import Cloud, cloud
from tests.soak.day import Arrival, arrivals
from tests.soak.kills import Kill, killing, processor_seconds
from tests.soak.measured import PEACE, Day
from tests.soak.reps import CLAIMERS, LOOK_EVERY, Reps
from tests.soak.senders import Senders
from tests.soak.verdict import Evidence, Promise, verdict
from tests.soak.watch import Watched, overdue, still_due, watching

HANDS = 24  # threads that send and act
KILL_EVERY = 8.0  # seconds, on average
PATIENCE = 600.0  # seconds until it must be quiet
REST = 20.0  # seconds of quiet, in which nothing may grow

Say = Callable[[str], None]


def soak(minutes: float, seed: int, rate: int, say: Say) -> tuple[list[Promise], dict[str, Any]]:
    """Live through the day; answers the verdict, and the figures for the page."""
    count, seconds = int(rate * minutes), minutes * 60
    with receiving() as crm, cloud(team.document(count, crm.url)) as stack:
        people = Agenda(HANDS)
        http = Http(stack.api_url)
        senders = Senders(stack, http, seed, later=people.after)
        reps = Reps(stack, http, seed, people.after)
        loaded = processor_seconds(stack)
        began, clock = time.time(), time.monotonic()
        senders.began = began
        applied: list[tuple[float, str]] = []

        def peace() -> bool:
            return PEACE[0] <= (time.time() - began) / seconds < PEACE[1]

        with watching(stack, began, people.late) as watched:
            with killing(stack, http, KILL_EVERY, seed, peace) as kills:
                for arrival in arrivals(count, seconds, seed):
                    people.at(clock + arrival.at, partial(_send, senders, arrival))
                _plan(people, stack, reps, applied, clock, seconds)
                told = partial(_progress, say, senders, http, kills, watched, began, count)
                _pass(people, reps, clock + seconds, told)
            reps.hurried = True
            say("the day is over; waiting until it is quiet")
            left = _calm_down(people, stack, reps, say)
            quiet = time.time() - began
            say(f"quiet; and so for {REST:.0f} s more")
            time.sleep(REST)
        people.end()
        reps.read_mail()
        spent = processor_seconds(stack) - loaded
        say("reading the whole table")
        evidence = Evidence(
            senders.sent,
            stack.items(),
            stack.config,
            reps.mails,
            kills,
            http.trouble,
            stack.dead_letters(),
            [request.json["data"]["id"] for request in crm.got],
            sum(reps.done.values()),
            [*reps.wrong, *people.errors],
            left,
        )
    leads = Books(evidence.items).leads
    day = Day(minutes, seed, began, quiet, evidence, leads, watched, http, reps, applied)
    figures = {**day.figures(), "processor": spent}
    return [*verdict(evidence), *day.steadiness()], figures


def _send(senders: Senders, arrival: Arrival) -> None:
    senders.send(arrival)


def _plan(
    people: Agenda,
    stack: Cloud,
    reps: Reps,
    applied: list[tuple[float, str]],
    clock: float,
    seconds: float,
) -> None:
    """What managers and reps do by themselves."""
    changed = copy.deepcopy(stack.document)
    for share, what, change in team.CHANGES:
        change(changed)
        people.at(
            clock + share * seconds,
            partial(_apply, stack, copy.deepcopy(changed), applied, what, clock),
        )
    for number, rep in enumerate(("bo", "finn", "dan", "gro", "cleo", "eva")):
        at = clock + seconds * (0.2 + 0.1 * number)
        people.at(at, partial(reps.pause, rep, seconds * 0.04))
    for number, rep in enumerate(CLAIMERS):
        for turn in range(int(seconds / 5)):
            people.at(clock + 5 * turn + 1.5 * number, partial(reps.claim, rep))


def _apply(
    stack: Cloud, document: Any, applied: list[tuple[float, str]], what: str, clock: float
) -> None:
    stack.apply(document)
    applied.append((time.monotonic() - clock, what))


def _pass(people: Agenda, reps: Reps, until: float, told: Callable[[], None]) -> None:
    """Let the day pass: look into the mailbox, and tell how it goes."""
    while time.monotonic() < until or people.late():
        reps.read_mail()
        told()
        time.sleep(LOOK_EVERY)


def _progress(
    say: Say,
    senders: Senders,
    http: Http,
    kills: list[Kill],
    watched: Watched,
    began: float,
    count: int,
) -> None:
    now = time.time()
    lately = [one for one in senders.sent[-400:] if one.ended > now - 10]
    took = sorted(one.ended - one.began for one in lately)
    middle = f"{took[len(took) // 2] * 1000:.0f} ms" if took else "–"
    behind = watched.overdue[-1][1] if watched.overdue else 0
    say(
        f"{now - began:4.0f} s  {len(senders.sent)} of {count} sent, {len(lately) / 10:.1f}/s,"
        f" answered in {middle}  {http.asked} requests, {len(kills)} kills,"
        f" {len(http.trouble)} tries in vain, {behind:.0f} overdue"
    )


def _calm_down(people: Agenda, stack: Cloud, reps: Reps, say: Say) -> dict[str, int]:
    """Go on until nothing happens any more; answers what still does when patience ends."""
    ends, calm = time.monotonic() + PATIENCE, 0
    left: dict[str, int] = {}
    while time.monotonic() < ends and calm < 3:
        for rep in CLAIMERS:
            reps.claim(rep)
        left = {
            "mails came": reps.read_mail(),
            "things are left to do": people.left(),
            "leads are due": still_due(stack),
            "leads are overdue": overdue(stack),
            "leads are left to claim": int(reps.claimed_nothing < len(CLAIMERS)),
        }
        calm = 0 if any(left.values()) else calm + 1
        say("waiting: " + ", ".join(f"{count} {what}" for what, count in left.items() if count))
        time.sleep(LOOK_EVERY)
    return left
