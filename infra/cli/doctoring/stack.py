"""The stack itself, its API, queues, topics and alarms; and the clock."""

from collections.abc import Iterator

from infra.cli.doctoring import expected
from infra.cli.doctoring.facts import Absent, Facts, Unread
from infra.cli.doctoring.finding import Finding, fault, warning

CLOCK_WARNS = 5.0  # seconds
CLOCK_FAILS = 60.0

_OLDER = "the template has changed since, or somebody edited the stack: deploy it again"


def judge(facts: Facts) -> Iterator[Finding]:
    """Whether it was deployed to its end, and whole."""
    status = str(facts.stack.get("StackStatus", ""))
    if status.endswith("_IN_PROGRESS"):
        yield warning(
            "stack-changing",
            f"it is just being deployed ({status})",
            "some of what follows may be so for this moment only",
            "run this again when the deployment has ended",
        )
    elif status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"):
        rolled_back = status == "UPDATE_ROLLBACK_COMPLETE"
        told = warning if rolled_back else fault
        yield told(
            "stack-status",
            f"its last deployment did not work out ({status})",
            "the version before is running" if rolled_back else "parts of it may be missing",
            f"aws cloudformation describe-stack-events --stack-name {facts.name} says why",
        )
    if missing := [name for name in expected.OUTPUTS if name not in facts.outputs]:
        yield fault(
            "outputs-missing",
            f"it has no output {', '.join(missing)}",
            "the command line cannot find these; it is older than this command, or no leadwheel",
            _OLDER,
        )
    wanted = (
        *(*expected.FUNCTIONS, *expected.MAPPINGS, *expected.SCHEDULES, *expected.RULES),
        *(*expected.QUEUES, *expected.TOPICS, *expected.GENERATED, "SourceSecrets", "EventBus"),
        *("Table", "SentMails"),
    )
    lacking = [name for name in wanted if name not in facts.resources]
    if lacking and facts.resources:  # else they could not be listed
        yield fault(
            "resources-missing",
            f"it was deployed without {', '.join(lacking)}",
            "what these do is not done",
            _OLDER,
        )


def well(facts: Facts) -> str:
    """What is said of one that is whole."""
    return f"{facts.stack['StackStatus']}, {len(facts.resources)} resources"


# ── The API ──────────────────────────────────────────────────────────────────────────────────────


def judge_api(facts: Facts) -> Iterator[Finding]:
    """Whether it answers."""
    for (kind, url), read in facts.read.items():
        if kind == "api" and isinstance(read, Unread):
            yield fault(
                "api-silent",
                f"{url}/openapi.json: {read.why}",
                "no lead comes in, and no page opens, unless it is only from here",
                "try it from another network; with a domain of your own, see whether it leads to"
                " the ApiId of the outputs",
            )
    for url, answer in facts.of("api").items():
        if answer["status"] != 200 or not answer["paths"]:
            yield fault(
                "api-not-well",
                f"{url}/openapi.json was answered {answer['status']}, and is no specification",
                "leads sent now may be refused; pages and mails' links may not open",
                f"read /aws/lambda/{facts.name}-desk; with a domain of your own, see whether it"
                " leads to the ApiId of the outputs",
            )


def api_well(facts: Facts) -> str:
    """What is said of one that answers."""
    if not facts.of("api"):
        return "not looked at"
    ((url, answer),) = facts.of("api").items()
    return f"{url} answers, with {answer['paths']} paths"


# ── The clock ────────────────────────────────────────────────────────────────────────────────────


def judge_clock(facts: Facts) -> Iterator[Finding]:
    """This machine's against the service's."""
    ahead = facts.ahead
    if ahead is None or abs(ahead) < CLOCK_WARNS:
        return
    told = fault if abs(ahead) >= CLOCK_FAILS else warning
    yield told(
        "clock",
        f"this machine's clock is {abs(ahead):.0f} s {'ahead' if ahead > 0 else 'behind'}",
        "what it writes, as apply does, bears a wrong time; AWS refuses who is minutes off",
        "let it keep the time by itself (NTP): timedatectl set-ntp true",
    )


def clock_well(facts: Facts) -> str:
    """What is said of one that is right."""
    if facts.ahead is None:
        return "nobody said what time it is"
    return f"within {CLOCK_WARNS:.0f} s of the service's"


# ── Queues ───────────────────────────────────────────────────────────────────────────────────────

_HELD = {
    "RoutingFailures": "routing gave these up; their leads are not lost, as the sweep finds them",
    "AlertsFailures": "somebody was not told of a change",
    "FetchFailures": "a platform refuses to give leads that it announced, or a fetch did not start",
    "DeliverFailures": "a channel could not be reached, or a delivery did not start",
    "BouncesFailures": "that mails came back was not noted: more goes to these addresses",
    "DeadlinesFailures": "runs of the sweep did not start, or did not end well",
}


def judge_queues(facts: Facts) -> Iterator[Finding]:
    """Whether anything was given up."""
    for name, queue in facts.of("queue").items():
        if count := queue["messages"]:
            log = f"/aws/lambda/{facts.name}-{name.removesuffix('Failures').lower()}"
            purge = f"aws sqs purge-queue --queue-url {facts.resources[name]}"
            again = facts.command(f"redrive --queue {name.removesuffix('Failures').lower()}")
            first = f"read why in {log}, mend that, then: {again}"
            if name == "DeliverFailures":
                first = f"{facts.command('redrive')} lists what was given up; then: {again}"
            yield fault(
                "dead-letters",
                f"{count} {'messages lie' if count > 1 else 'message lies'} in {name}",
                _HELD[name],
                f"{first}; when nothing is left to do: {purge}",
            )


def queues_well(facts: Facts) -> str:
    """What is said when all are empty."""
    return f"{len(facts.of('queue'))} queues of what was given up, all empty"


# ── Topics ───────────────────────────────────────────────────────────────────────────────────────


def judge_topics(facts: Facts) -> Iterator[Finding]:
    """Whether those hear of it who are meant to."""
    for name, subscriptions in facts.of("subscriptions").items():
        if isinstance(facts.read.get(("topic", name)), Absent):
            continue
        parameter = expected.TOPICS[name]
        address = facts.parameters.get(parameter, "")
        mine = [one for one in subscriptions if one.get("Endpoint") == address]
        if address and not any(_is_confirmed(one) for one in mine):
            does = "has not confirmed its subscription" if mine else "is not subscribed any more"
            yield fault(
                "subscription",
                f"the address in {parameter} {does} to {name}",
                "nothing that is told there arrives",
                "click the link in the mail from AWS Notifications; to get another:"
                f" aws sns subscribe --protocol email --topic-arn {facts.resources[name]}"
                f" --notification-endpoint, and the address",
            )
        elif not any(map(_is_confirmed, subscriptions)) and not facts.emulated:
            yield warning(
                "nobody-subscribed",
                f"nobody hears what is told to {name}",
                "alarms ring for nobody"
                if name == "OperationsTopic"
                else "no manager hears of parked leads and full caps",
                f'make deploy PARAMETERS="{parameter}=you@example.com"',
            )


def _is_confirmed(subscription: dict[str, str]) -> bool:
    return subscription.get("SubscriptionArn", "").startswith("arn:")


def topics_well(facts: Facts) -> str:
    """What is said when those hear it who are meant to."""
    count = sum(map(len, facts.of("subscriptions").values()))
    return f"{len(facts.of('topic'))} topics, {count} subscriptions"


# ── Alarms ───────────────────────────────────────────────────────────────────────────────────────


def judge_alarms(facts: Facts) -> Iterator[Finding]:
    """Which of the stack's own are on."""
    logical = {physical: name for name, physical in facts.resources.items()}
    for alarm in facts.one("alarms") or ():
        if name := logical.get(alarm["AlarmName"]):
            yield warning(
                "alarm",
                f"{name} is on",
                str(alarm.get("AlarmDescription", "")),
                "docs/operations.md says what to do",
            )


def alarms_well(facts: Facts) -> str:
    """What is said when none is on."""
    return "none is on"
