"""The functions, and all that starts them: the stream, the schedule, the rules of the bus."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.cli.doctoring import expected
from infra.cli.doctoring.facts import Facts
from infra.cli.doctoring.finding import Finding, fault, warning


def without(name: str) -> str:
    """What does not happen without a function."""
    return expected.WORK[name]


def without_mapping(name: str) -> str:
    """What does not happen without a mapping."""
    function = expected.MAPPINGS[name].function
    if function == "RoutingFunction":
        return "new leads get their owner only when the sweep finds them, a minute late or more"
    return without(function)


def without_rule(name: str) -> str:
    """What does not happen without a rule."""
    return without(expected.RULES[name][0])


# ── Functions ────────────────────────────────────────────────────────────────────────────────────


def judge(facts: Facts) -> Iterator[Finding]:
    """Whether each can run, and with what it needs to know."""
    for name, found in facts.of("function").items():
        configuration = found["Configuration"]
        physical = configuration["FunctionName"]
        yield from _state(name, configuration)
        if found.get("Concurrency", {}).get("ReservedConcurrentExecutions") == 0:
            yield fault(
                "function-stopped",
                f"{name} is stopped: its reserved concurrency is 0",
                without(name),
                f"aws lambda delete-function-concurrency --function-name {physical}",
            )
        if configuration.get("Runtime") != expected.RUNTIME:
            yield warning(
                "function-runtime",
                f"{name} runs on {configuration.get('Runtime')}, not {expected.RUNTIME}",
                "its libraries were packed for the other",
                "deploy again",
            )
        yield from _environment(name, configuration, facts)
    for name, invoking in facts.of("invoking").items():
        to = invoking.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        queue = facts.of("queue").get(expected.INVOKED[name])
        if queue and to != queue["arn"]:
            yield _no_destination(name, expected.INVOKED[name])


def _state(name: str, configuration: Mapping[str, Any]) -> Iterator[Finding]:
    state, update = configuration.get("State"), configuration.get("LastUpdateStatus")
    # AWS puts a function to sleep that nobody has called for weeks; the next call wakes it.
    if state in ("Active", "Inactive") and update != "Failed":
        return
    waits = state == "Pending"
    reason = configuration.get("StateReason") or configuration.get("LastUpdateStatusReason") or ""
    told = warning if waits else fault
    yield told(
        "function-state",
        f"{name} is {state}, its last update {update}{f': {reason}' if reason else ''}",
        without(name),
        "wait a minute and run this again" if waits else "deploy again",
    )


def _environment(name: str, configuration: Mapping[str, Any], facts: Facts) -> Iterator[Finding]:
    outputs = facts.outputs
    meant = {
        "TABLE_NAME": outputs.get("TableName"),
        "EVENT_BUS": outputs.get("EventBusName"),
        "MANAGER_TOPIC_ARN": outputs.get("ManagerTopicArn"),
        "SENDER": facts.parameters.get("SenderAddress"),
        "CONFIGURATION_SET": facts.resources.get("SentMails"),
        "PUBLIC_URL": outputs.get("ApiUrl"),
        "LINK_SECRET_ARN": outputs.get("LinkSecretArn"),
        "ADMIN_TOKEN_ARN": outputs.get("AdminTokenArn"),
        "SOURCE_SECRETS_ARN": outputs.get("SourceSecretsArn"),
    }
    there = configuration.get("Environment", {}).get("Variables", {})
    for variable in ("TABLE_NAME", *expected.FUNCTIONS[name]):
        if meant[variable] is None or there.get(variable) == meant[variable]:
            continue
        is_not = f"is {there[variable]}, not" if variable in there else "is not set; it should be"
        is_table = variable == "TABLE_NAME"
        yield fault(
            "function-environment",
            f"{name}: {variable} {is_not} {meant[variable]}",
            "it works on another table, or on none" if is_table else without(name),
            "somebody changed it by hand: put it back in the Lambda console, as CloudFormation"
            " does not see it until that function changes",
        )


def _no_destination(name: str, queue: str) -> Finding:
    return fault(
        "no-destination",
        f"what {name} gives up does not go to {queue}",
        "it is lost without a trace, and no alarm rings",
        "somebody changed it by hand: put the destination back in the Lambda console",
    )


def well(facts: Facts) -> str:
    """What is said when all are as they should be."""
    return f"{len(facts.of('function'))} functions, all active, all for this table"


# ── Mappings ─────────────────────────────────────────────────────────────────────────────────────


def judge_mappings(facts: Facts) -> Iterator[Finding]:
    """Whether what is written reaches routing and alerts."""
    stream = (facts.one("table") or {}).get("LatestStreamArn")
    enabled = (facts.one("table") or {}).get("StreamSpecification", {}).get("StreamEnabled")
    for name, found in facts.of("mapping").items():
        meant, uuid = expected.MAPPINGS[name], found["UUID"]
        state = found["State"]
        if state != "Enabled":
            moving = state in ("Creating", "Enabling", "Updating")
            told = warning if moving else fault
            yield told(
                "mapping-state",
                f"{name} is {state}",
                without_mapping(name),
                "wait a minute and run this again"
                if moving
                else f"aws lambda update-event-source-mapping --uuid {uuid} --enabled; it goes on"
                f" where it stopped, and gives up to {meant.queue} what is older than"
                f" {meant.settings['MaximumRecordAgeInSeconds'] // 60} minutes by then",
            )
        if stream and enabled and found.get("EventSourceArn") != stream:
            yield fault(
                "mapping-stale",
                f"{name} reads a stream that is not the table's any more",
                f"the stream was disabled and enabled: {without_mapping(name)}",
                "make the mapping again, for the stream that the table has now (docs/doctor.md)",
            )
        result = str(found.get("LastProcessingResult") or "")
        if result.startswith("PROBLEM"):
            yield fault(
                "mapping-result",
                f"{name}: {result}",
                "records are tried again and again, and those behind them wait",
                f"read /aws/lambda/{facts.name}-{meant.function.removesuffix('Function').lower()}",
            )
        different = [
            f"{setting} {found.get(setting)} (not {value})"
            for setting, value in meant.settings.items()
            if found.get(setting) != value
        ]
        if different:
            yield warning(
                "mapping-settings",
                f"{name} has other settings: {', '.join(different)}",
                "batches are retried, or given up, otherwise than the promises were tested with",
                "put them back in the Lambda console, or deploy the template that says so",
            )
        queue = facts.of("queue").get(meant.queue)
        to = found.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if queue and to != queue["arn"]:
            yield _no_destination(name, meant.queue)


def mappings_well(facts: Facts) -> str:
    """What is said when all work."""
    results = {
        str(found.get("LastProcessingResult") or "nothing yet")
        for found in facts.of("mapping").values()
    }
    count = len(facts.of("mapping"))
    return f"{count} mappings, enabled; last result: {', '.join(sorted(results))}"


# ── Schedule ─────────────────────────────────────────────────────────────────────────────────────


def judge_schedules(facts: Facts) -> Iterator[Finding]:
    """Whether the sweep is started each minute."""
    for name, found in facts.of("schedule").items():
        function = expected.SCHEDULES[name]
        if found["State"] != "ENABLED":
            yield fault(
                "schedule-disabled",
                f"the schedule {found['Name']} is {found['State']}",
                without(function),
                "enable it in the EventBridge console, under Schedules; what is overdue by then"
                " is done within minutes",
            )
        elif found["ScheduleExpression"] != expected.EVERY_MINUTE:
            yield warning(
                "schedule-rate",
                f"the schedule {found['Name']} says {found['ScheduleExpression']}",
                "what is due is done later than the documents say",
                f"put {expected.EVERY_MINUTE} back",
            )
        arn = _arn(function, facts)
        if arn and found.get("Target", {}).get("Arn") != arn:
            yield fault(
                "schedule-target",
                f"the schedule {found['Name']} starts something else than {function}",
                without(function),
                f"put back its target, {arn}",
            )


def _arn(function: str, facts: Facts) -> str | None:
    found = facts.of("function").get(function)
    return str(found["Configuration"]["FunctionArn"]) if found else None


def schedules_well(facts: Facts) -> str:
    """What is said of one that is enabled."""
    return ", ".join(
        f"{found['Name']} is enabled, {found['ScheduleExpression']}"
        for found in facts.of("schedule").values()
    )


# ── Rules ────────────────────────────────────────────────────────────────────────────────────────


def judge_rules(facts: Facts) -> Iterator[Finding]:
    """Whether events start what they should."""
    for name, found in facts.of("rule").items():
        function, own_bus = expected.RULES[name]
        bus = f" --event-bus-name {facts.resources.get('EventBus')}" if own_bus else ""
        rule = facts.resources[name].split("|")[-1]
        if not found["State"].startswith("ENABLED"):
            yield fault(
                "rule-disabled",
                f"the rule {name} is {found['State']}",
                without(function),
                f"aws events enable-rule --name {rule}{bus}",
            )
        arn = _arn(function, facts)
        if arn and arn not in found["Targets"]:
            yield fault(
                "rule-target",
                f"the rule {name} does not start {function}",
                without(function),
                f"put back its target, {arn}",
            )


def rules_well(facts: Facts) -> str:
    """What is said when all are enabled."""
    return f"{len(facts.of('rule'))} rules, enabled; the bus {facts.outputs.get('EventBusName')}"
