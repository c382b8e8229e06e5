"""The configuration, what is due, and what waits: whether the work is done."""

from collections.abc import Iterator
from datetime import timedelta

from infra.cli.doctoring.facts import Absent, Facts
from infra.cli.doctoring.finding import Finding, fault, warning
from infra.cli.doctoring.work import CONFIGURATION, OLDEST, Due, Lying, age
from shared.domain.leads import WATCH_AFTER, Status

# The sweep comes each minute; what is due for longer than this, it does not do.
LATE = timedelta(minutes=3)
PARKED_LONG = timedelta(days=1)
HELD_LONG = timedelta(days=7)  # the bodies are kept for 30


# ── Configuration ────────────────────────────────────────────────────────────────────────────────


def judge_configuration(facts: Facts) -> Iterator[Finding]:
    """Whether one is in force, and can be read."""
    if isinstance(facts.read.get(CONFIGURATION), Absent):
        yield fault(
            "no-configuration",
            "no configuration is in force",
            "forms, partners and hooks are answered 404, and nobody gets a lead",
            facts.command("apply my-team.yaml"),
        )
    active = facts.one("configuration")
    if active and active.problem:
        yield fault(
            "configuration-damaged",
            f"the active configuration cannot be loaded: {active.problem}",
            "no function can work with it, unless it runs another version than this command",
            f"use the command of the version that is deployed, or {facts.command('apply FILE')}",
        )


def configuration_well(facts: Facts) -> str:
    """What is said of one in force."""
    active = facts.one("configuration")
    if active is None or active.config is None:
        return "not looked at"
    reps, pools = len(active.config.reps), len(active.config.pools)
    sources = len(list(active.config.sources()))
    return f"version {active.version}: {reps} reps, {pools} pools, {sources} sources"


# ── What is due ──────────────────────────────────────────────────────────────────────────────────


def judge_due(facts: Facts) -> Iterator[Finding]:
    """Whether new leads get owners, and whether the sweep does what is due."""
    late = [one for one in _due(facts) if facts.now - one.due_at >= LATE]
    new = [one for one in late if one.status == Status.NEW]
    if new:
        oldest = min(new, key=lambda one: one.due_at)
        waits = age(oldest.due_at - WATCH_AFTER, facts.now)
        yield fault(
            "new-leads-wait",
            f"{_count(new, 'new lead', facts)} without an owner, the oldest for {waits}:"
            f" {oldest.item}",
            "neither routing nor the sweep could give them to anybody, or park them",
            f"read /aws/lambda/{facts.name}-routing; if it is only this one:"
            f" {facts.command('why ' + oldest.item.partition('#')[2])}",
        )
    if others := [one for one in late if one.status != Status.NEW]:
        oldest = min(others, key=lambda one: one.due_at)
        function = facts.outputs.get("DeadlinesFunctionName", "")
        yield fault(
            "overdue",
            f"{_count(others, 'thing', facts)} overdue, the oldest for"
            f" {age(oldest.due_at, facts.now)}: {oldest.item}",
            "the sweep does not run, does not come to its end, or cannot do these: reps are not"
            " reminded, leads not taken back, deliveries not repeated",
            f"is the schedule enabled? Read /aws/lambda/{facts.name}-deadlines, and start it:"
            f" aws lambda invoke --function-name {function} /dev/stdout",
        )


def _due(facts: Facts) -> list[Due]:
    return [one for found in facts.of("due").values() for one in found]


def _count(some: list[Due], what: str, facts: Facts) -> str:
    full = any(len(found) >= OLDEST for found in facts.of("due").values())
    more = "at least " if full else ""
    return f"{more}{len(some)} {what}{'s are' if len(some) > 1 else ' is'}"


def due_well(facts: Facts) -> str:
    """What is said when all is done in time."""
    if not facts.of("due"):
        return "not looked at"
    due = _due(facts)
    new = [one.due_at - WATCH_AFTER for one in due if one.status == Status.NEW]
    overdue = [one.due_at for one in due if one.due_at <= facts.now]
    oldest = f"the oldest new lead is {age(min(new), facts.now)} old" if new else "no lead is new"
    lag = f"the sweep is {age(min(overdue), facts.now)} behind" if overdue else "nothing is overdue"
    return f"{oldest}, {lag}"


# ── What lies somewhere ──────────────────────────────────────────────────────────────────────────


def judge_places(facts: Facts) -> Iterator[Finding]:
    """What a manager is to look at."""
    for place, lying in facts.of("place").items():
        if lying.oldest is None:
            continue
        kind, _, whose = place.partition("#")
        waited = facts.now - lying.oldest
        many, for_ = _many(lying), age(lying.oldest, facts.now)
        if kind in ("parked", "stuck") and waited >= PARKED_LONG:
            yield warning(
                "parked-long",
                f"{_many(lying, f' of pool {whose}')} parked, the oldest for {for_}",
                "nobody could take them; managers were told",
                f"{facts.command(f'rotation {whose}')} shows what keeps everybody;"
                f" {facts.command('assign LEAD REP')} gives one to somebody",
            )
        elif kind == "quarantine" and waited >= HELD_LONG:
            yield warning(
                "held-long",
                f"{many} in quarantine, the oldest for {for_}",
                "what came is kept for 30 days; nobody works on these",
                f"{facts.command('quarantine')} lists them, releases and discards",
            )
        elif kind == "announced" and waited >= PARKED_LONG:
            yield warning(
                "announced-long",
                f"{many} announced and not fetched, the oldest for {for_}",
                "their platform does not give them",
                f"read /aws/lambda/{facts.name}-fetch; mostly it is the access token",
            )
        elif kind == "dead":
            yield warning(
                "deliveries-dead",
                f"{lying.leads}{'+' * lying.more} deliveries to channel {whose} were given up",
                "who listens there was not told",
                f"{facts.command('redrive')} lists them, says why, and sends them again",
            )


def _many(lying: Lying, of: str = "") -> str:
    """`4 leads of pool nordic are`."""
    several = lying.leads > 1
    more, ending = "+" if lying.more else "", "s" if several else ""
    return f"{lying.leads}{more} lead{ending}{of} {'are' if several else 'is'}"


def places_well(facts: Facts) -> str:
    """What is said when nothing waits for long."""
    if not facts.of("place"):
        return "not looked at"
    counts = {"parked": 0, "in quarantine": 0, "announced": 0}
    kinds = {"parked": "parked", "stuck": "parked", "quarantine": "in quarantine"}
    for place, lying in facts.of("place").items():
        kind = place.partition("#")[0]
        if kind != "dead":
            counts[kinds.get(kind, kind)] += lying.leads
    return ", ".join(f"{count} {kind}" for kind, count in counts.items())
