"""`python -m tests.soak load`: rising rates, until the machine gives up."""

import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from os import cpu_count
from typing import Any

from shared.domain.leads import Lead
from tests.audit import Books
from tests.soak import team
from tests.soak.agenda import Agenda
from tests.soak.clients import Http
from tests.soak.cloud import Cloud, cloud
from tests.soak.day import Arrival
from tests.soak.figures import AT, percentile
from tests.soak.reps import Reps
from tests.soak.senders import Senders, Sent
from tests.soak.verdict import Evidence, Promise, given, verdict
from tests.soak.watch import overdue

RATES = (2, 5, 10, 20, 40, 80)  # sendings a second
SECONDS = 20.0  # of each
BETWEEN = 5.0  # seconds of rest, so that one rate does not pay for the one before
HANDS = 160  # as many may wait for their answers at once
KEEPS_UP = 0.9  # of what is sent is answered while it is sent; below that, no higher rate is tried
WATCHED = -timedelta(seconds=70)  # a new lead is due after a minute; nothing else is so soon
PATIENCE = 300.0  # seconds until every lead must have somebody
SOURCES = ("form as JSON", "campaign page", "partner, posts", "Google Ads")

Say = Callable[[str], None]
Step = dict[str, Any]


def load(say: Say) -> tuple[list[Promise], dict[str, Any]]:
    """Send at rising rates; answers the verdict, and the figures for the page."""
    began = time.time()
    with cloud(team.for_load("https://crm.example")) as stack:
        people = Agenda(HANDS)
        http = Http(stack.api_url)
        senders = Senders(stack, http, seed=1, prefix="load", began=began)
        reps = Reps(stack, http, 1, lambda _, __: None)
        steps: list[Step] = []
        _at(RATES[0], 0, people, senders, say)  # everything is loaded; this is not shown
        numbers = int(RATES[0] * SECONDS)
        for rate in RATES:
            steps.append(_at(rate, numbers, people, senders, say))
            numbers += int(rate * SECONDS)
            if steps[-1]["answered"] < KEEPS_UP * rate:
                break
            time.sleep(BETWEEN)
        ended = time.time()
        drained = _drained(people, stack, reps, ended, say)
        people.end()
        evidence = Evidence(
            senders.sent,
            stack.items(),
            stack.config,
            reps.mails,
            trouble=http.trouble,
            dead_letters=stack.dead_letters(),
            wrongly_answered=people.errors,
            left={"things are left to do": people.left()},
        )
    leads = {lead.lead_id: lead for lead in Books(evidence.items).leads}
    for step in steps:
        _measure(step, senders.sent, leads)
    figures = {
        "made": datetime.fromtimestamp(began, UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{cpu_count()} processors, Python {platform.python_version()}",
        "steps": steps,
        "leads": len(leads),
        "drained": drained,
        "knee": _knee(steps),
    }
    return [one for one in verdict(evidence) if one.checked or one.broken], figures


def _at(rate: float, first: int, people: Agenda, senders: Senders, say: Say) -> Step:
    """Send so many a second, each at its moment, whether those before were answered or not."""
    count, began, clock = int(rate * SECONDS), time.time(), time.monotonic()
    for number in range(count):
        arrival = Arrival(number / rate, SOURCES[number % len(SOURCES)], first + number)
        people.at(clock + arrival.at, partial(_send, senders, arrival))
    while time.monotonic() < clock + SECONDS:
        say(f"{rate:g} a second: {len(senders.sent) - first} of {count}, {people.late()} late")
        time.sleep(1)
    ended = time.time()
    answered = sum(began <= one.ended <= ended for one in list(senders.sent))
    say(f"{rate:g} a second: {answered / (ended - began):.1f} answered a second")
    return {"rate": rate, "first": first, "count": count, "began": began} | {
        "answered": answered / (ended - began)
    }


def _send(senders: Senders, arrival: Arrival) -> None:
    senders.send(arrival)


def _drained(people: Agenda, stack: Cloud, reps: Reps, ended: float, say: Say) -> float:
    """Seconds until all is answered, routed and mailed."""
    drained = 0.0
    until, calm = time.monotonic() + PATIENCE, 0
    while time.monotonic() < until and calm < 2:
        unanswered, unrouted, mailed = people.left(), overdue(stack, WATCHED), reps.read_mail()
        busy = unanswered or unrouted or mailed
        calm = 0 if busy else calm + 1
        if busy:
            drained = time.time() - ended
        say(f"waiting: {unanswered} unanswered, {unrouted} unrouted, {mailed} mails came")
        time.sleep(2)
    return drained


def _measure(step: Step, sent: list[Sent], leads: dict[str, Lead]) -> None:
    """Latencies from when a lead was to be sent: who waits in a queue of ours waits, too."""
    numbers = range(step["first"], step["first"] + step["count"])
    its = [one for one in sent if one.number in numbers]
    due = {id(one): step["began"] + one.planned for one in its}
    answers = [one.ended - due[id(one)] for one in its]
    owners = [
        at - due[id(one)]
        for one in its
        for lead_id in one.lead_ids
        if lead_id in leads and (at := given(leads[lead_id])) is not None
    ]
    for name, values in (("answer", answers), ("owner", owners)):
        step[name] = {f"p{at}": percentile(values, at) for at in AT}


def _knee(steps: list[Step]) -> str:
    """In one sentence, where it gives up."""
    kept = [step["rate"] for step in steps if step["answered"] >= KEEPS_UP * step["rate"]]
    most = max(step["answered"] for step in steps)
    if len(kept) == len(steps):
        return f"It kept up with the highest rate, {kept[-1]:g} a second."
    upto = f"with {kept[-1]:g} a second" if kept else "with none of these rates"
    return f"It kept up {upto}; more was answered at {most:.1f} a second, and waited."
