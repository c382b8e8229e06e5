"""How template.yaml makes a stack. tests/unit/cli/test_doctor.py compares the two."""

from typing import Any, NamedTuple

OUTPUTS = (
    *("ApiUrl", "ApiId", "TableName", "EventBusName", "ManagerTopicArn", "OperationsTopicArn"),
    *("LinkSecretArn", "AdminTokenArn", "SourceSecretsArn", "DeadlinesFunctionName"),
    *("RoutingFailuresUrl", "AlertsFailuresUrl", "FetchFailuresUrl", "DeliverFailuresUrl"),
    *("BouncesFailuresUrl", "DeadlinesFailuresUrl"),
)

RUNTIME = "python3.13"

# What of its environment each function needs beside TABLE_NAME.
_SENDING = ("EVENT_BUS", "MANAGER_TOPIC_ARN", "SENDER", "CONFIGURATION_SET", "PUBLIC_URL")
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "CaptureFunction": ("SOURCE_SECRETS_ARN",),
    "RoutingFunction": (),
    "AlertsFunction": (*_SENDING, "LINK_SECRET_ARN"),
    "DeliverFunction": (*_SENDING, "LINK_SECRET_ARN", "SOURCE_SECRETS_ARN"),
    "BouncesFunction": ("EVENT_BUS", "MANAGER_TOPIC_ARN"),
    "FetchFunction": ("SOURCE_SECRETS_ARN",),
    "DeskFunction": ("PUBLIC_URL", "LINK_SECRET_ARN", "ADMIN_TOKEN_ARN", "SOURCE_SECRETS_ARN"),
    "DeadlinesFunction": ("EVENT_BUS",),
}

# What stands still without a function.
WORK = {
    "CaptureFunction": "no lead comes in",
    "RoutingFunction": "new leads get no owner",
    "AlertsFunction": "nobody is told of what happens to leads",
    "DeliverFunction": "chats, phones and webhooks are told nothing",
    "BouncesFunction": "mail goes on to addresses that take none",
    "FetchFunction": "leads that a platform only announces are not fetched",
    "DeskFunction": "reps and managers cannot work: no pages, no API",
    "DeadlinesFunction": "nothing is reminded, taken back, retried or rescued",
}


class Mapping(NamedTuple):
    """A mapping from the table's stream to a function."""

    function: str
    queue: str
    settings: dict[str, Any]


_PARTIAL = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
}
MAPPINGS = {
    "RoutingFunctionChanges": Mapping(
        "RoutingFunction",
        "RoutingFailures",
        {
            **_PARTIAL,
            "BatchSize": 100,
            "MaximumBatchingWindowInSeconds": 0,
            "MaximumRetryAttempts": 20,
            "MaximumRecordAgeInSeconds": 900,
        },
    ),
    "AlertsFunctionChanges": Mapping(
        "AlertsFunction",
        "AlertsFailures",
        {
            **_PARTIAL,
            "BatchSize": 10,
            "MaximumBatchingWindowInSeconds": 0,
            "MaximumRetryAttempts": 100,
            "MaximumRecordAgeInSeconds": 3600,
        },
    ),
}

# Where calls go that nobody waits for, and that did not work out.
INVOKED = {
    "DeliverFunction": "DeliverFailures",
    "BouncesFunction": "BouncesFailures",
    "FetchFunction": "FetchFailures",
    "DeadlinesFunction": "DeadlinesFailures",
}

SCHEDULES = {"DeadlinesFunctionEveryMinute": "DeadlinesFunction"}
EVERY_MINUTE = "rate(1 minute)"

# Which function a rule starts, and whether it is on the stack's own bus.
RULES = {
    "DeliverFunctionDue": ("DeliverFunction", True),
    "BouncesFunctionTold": ("BouncesFunction", False),
    "FetchFunctionAnnounced": ("FetchFunction", True),
}

QUEUES = tuple(
    f"{name}Failures" for name in ("Routing", "Alerts", "Fetch", "Deliver", "Bounces", "Deadlines")
)

TOPICS = {"ManagerTopic": "ManagerEmail", "OperationsTopic": "OperationsEmail"}
GENERATED = ("LinkSecret", "AdminToken")  # by Secrets Manager
INDEXES = {"due": ("due", "due_at"), "place": ("place", "placed_at")}
STREAM_VIEW = "NEW_AND_OLD_IMAGES"
TTL_ATTRIBUTE = "expires_at"
