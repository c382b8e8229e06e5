"""All checks, in the order in which they are told."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from infra.cli.doctoring import functions, leads, mail, secrets, stack, table
from infra.cli.doctoring.facts import Absent, Facts, Key, Unread
from infra.cli.doctoring.finding import BY_HAND, Finding, Level, fault, warning


class Check(NamedTuple):
    """One thing that can be well: over which kinds of facts, judged how, and said how if it is."""

    name: str
    kinds: tuple[str, ...]
    judge: Callable[[Facts], Iterator[Finding]]
    well: Callable[[Facts], str]


CHECKS = (
    Check("stack", ("resources",), stack.judge, stack.well),
    Check("api", (), stack.judge_api, stack.api_well),
    Check("clock", (), stack.judge_clock, stack.clock_well),
    Check("table", ("table", "ttl", "backups"), table.judge, table.well),
    Check("functions", ("function", "invoking"), functions.judge, functions.well),
    Check("streams", ("mapping",), functions.judge_mappings, functions.mappings_well),
    Check("schedule", ("schedule",), functions.judge_schedules, functions.schedules_well),
    Check("rules", ("rule", "bus"), functions.judge_rules, functions.rules_well),
    Check("queues", ("queue",), stack.judge_queues, stack.queues_well),
    Check("topics", ("topic", "subscriptions"), stack.judge_topics, stack.topics_well),
    Check("alarms", ("alarms",), stack.judge_alarms, stack.alarms_well),
    Check(
        "mail",
        ("account", "identity", "set", "destinations", "refusals"),
        mail.judge,
        mail.well,
    ),
    Check("secrets", ("secret",), secrets.judge, secrets.well),
    Check("team", ("configuration",), leads.judge_configuration, leads.configuration_well),
    Check("work", ("due",), leads.judge_due, leads.due_well),
    Check("waiting", ("place",), leads.judge_places, leads.places_well),
)


class Told(NamedTuple):
    """A finding as it is told: `check` found it."""

    check: str
    level: Level
    code: str
    says: str
    means: str
    do: str


def examined(facts: Facts) -> Iterator[Told]:
    """What each check finds; one sentence of those that find nothing wrong."""
    for check in CHECKS:
        for finding in _findings(check, facts):
            yield Told(check.name, *finding)


def _findings(check: Check, facts: Facts) -> list[Finding]:
    found = list(_not_read(check, facts))
    try:
        found += check.judge(facts)
        if any(one.level in (Level.WARNING, Level.FAULT) for one in found):
            return found
        return [Finding(Level.OK, check.name, check.well(facts)), *found]
    except Exception as error:  # noqa: BLE001 (one check must not stop the others)
        what = f"this check broke: {type(error).__name__}"
        means = "this is our mistake; all that it looks at may be well or not"
        return [*found, warning("not-judged", what, means, "tell us, with the output of --json")]


def _not_read(check: Check, facts: Facts) -> Iterator[Finding]:
    """What is not there, and what could not be read; the same reason is told once."""
    told = set()
    for key, read in facts.read.items():
        if key[0] not in check.kinds:
            continue
        if isinstance(read, Absent) and (finding := _absent(key, facts)):
            yield finding
        if isinstance(read, Unread) and read.why not in told:
            told.add(read.why)
            if read.permission:
                do = f"let somebody allow you {read.permission}, or ask them to run this"
            else:
                do = "run this again; if it stays so, look at the service itself"
            says = f"{_names(key)} cannot be looked at: {read.why}"
            yield warning("not-read", says, "whether it is well is not known", do)


_WHAT = {
    "table": ("the table", "nothing works, and no lead can be stored"),
    "mapping": ("the stream's mapping", ""),
    "function": ("the function", ""),
    "schedule": ("the schedule", "nothing is reminded, taken back, retried or rescued"),
    "rule": ("the rule", ""),
    "bus": ("the event bus", "other systems hear nothing; no fetch and no delivery is started"),
    "queue": ("the queue", "what is given up is lost without a trace"),
    "topic": ("the topic", "nobody hears what is published there"),
    "secret": ("the secret", ""),
    "set": ("the configuration set", "no mail can be sent"),
}


def _absent(key: Key, facts: Facts) -> Finding | None:
    """Something that the stack has, and that is gone. None: a check says more of it itself."""
    kind, whose = key
    if kind not in _WHAT:
        return None
    what, means = _WHAT[kind]
    do = table.RESTORE if kind == "table" else BY_HAND
    if kind == "mapping":
        means = functions.without_mapping(whose)
    elif kind == "function":
        means = functions.without(whose)
    elif kind == "rule":
        means = functions.without_rule(whose)
    elif kind == "secret":
        means = secrets.without(whose)
    return fault(f"{kind}-missing", f"{what} {whose} does not exist", means, do)


def _names(key: Key) -> str:
    return f"{key[0]} {key[1]}"
