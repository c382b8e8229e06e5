"""What each function asks of AWS, noted in every test run, and held against what is written down.

`calls.json` says which actions each function performs, on what. A test in which a function does
something else fails; so does a run of the whole suite in which something there is never done.
`python -m tests.security.record` writes the file anew.

This is a pytest plugin, registered by tests/conftest.py. What a function does in another process,
such as a deployed stack of tests/loop, is not seen: the tests in this process do all of it, too.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from botocore.client import BaseClient

ROOT = Path(__file__).resolve().parents[2]
CALLS = Path(__file__).with_name("calls.json")
TO = "LEADWHEEL_CALLS_TO"  # a file to which each process adds the calls that are new to it

Call = tuple[str, str, str]  # function, action, resource; as the template names them

# One item of a transaction, or of another request that IAM checks by other names than its own.
OF_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
SECRETS = {
    "LINK_SECRET_ARN": "LinkSecret",
    "ADMIN_TOKEN_ARN": "AdminToken",
    "SOURCE_SECRETS_ARN": "SourceSecrets",
}

TEST = ""  # whose code a frame is: a function's name, a test's, or neither


def known() -> set[Call]:
    """What is written down."""
    listed = json.loads(CALLS.read_text("utf-8"))
    return {
        (function, action, resource)
        for function, actions in listed.items()
        for action, resources in actions.items()
        for resource in resources
    }


def as_file(calls: set[Call]) -> str:
    """The text of the file that lists these calls."""
    listed: dict[str, dict[str, list[str]]] = {}
    for function, action, resource in sorted(calls):
        listed.setdefault(function, {}).setdefault(action, []).append(resource)
    return json.dumps(listed, indent=2) + "\n"


# ── Who calls ────────────────────────────────────────────────────────────────────────────────────

_whose: dict[str, str | None] = {}  # by file


def _owner_of(code: CodeType) -> str | None:
    """The function whose handler this is, TEST for a test's code, None for all other code."""
    path = code.co_filename
    try:
        owner = _whose[path]
    except KeyError:
        owner = _whose[path] = _owner_of_file(path)
    return None if owner and code.co_name != "handler" else owner


def _owner_of_file(path: str) -> str | None:
    if path.startswith(f"{ROOT}/functions/") and path.endswith("/handler.py"):
        return f"{Path(path).parent.name.capitalize()}Function"
    return TEST if path.startswith(f"{ROOT}/tests/") else None


def caller() -> str | None:
    """The function that makes the call being made; None: a test does, or the command line.

    What a test does in the middle of a function's run is the test's. What wraps each call to AWS
    is nobody's: those frames come before any of the library's.
    """
    frame = sys._getframe(2)
    within_library = False
    while frame:
        owner = _owner_of(frame.f_code)
        if owner is None:
            within_library = True
        elif within_library:
            return owner or None
        frame = frame.f_back
    return None


# ── What it asks for ─────────────────────────────────────────────────────────────────────────────


def asked(service: str, operation: str, arguments: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The actions, each with its resource, that IAM checks for one call."""
    if service == "dynamodb":
        yield from _of_table(operation, arguments)
    elif service == "sesv2":
        # The condition is on the sender's address: any other is not what is granted.
        is_ours = arguments.get("FromEmailAddress") == os.environ.get("SENDER")
        sender = "" if is_ours else " of another sender"
        yield f"ses:{operation}", f"identity{sender}"
        if "ConfigurationSetName" in arguments:
            yield f"ses:{operation}", f"configuration-set{sender}"
    elif service == "sns":
        yield f"sns:{operation}", _topic(arguments)
    elif service == "events":
        ours = os.environ.get("EVENT_BUS")
        for entry in arguments.get("Entries", [{}]):
            is_ours = entry.get("EventBusName") == ours
            yield f"events:{operation}", "EventBus" if is_ours else "another bus"
    elif service == "secretsmanager":
        by_arn = {os.environ.get(setting): name for setting, name in SECRETS.items()}
        secret = by_arn.get(arguments.get("SecretId"), "another secret")
        yield f"secretsmanager:{operation}", secret
    else:
        yield f"{service}:{operation}", "unknown"


def _of_table(operation: str, arguments: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if operation in ("TransactWriteItems", "TransactGetItems"):
        for item in arguments["TransactItems"]:
            for kind in item:
                yield f"dynamodb:{OF_TRANSACTIONS[kind]}", "Table"
        return
    index = arguments.get("IndexName")
    yield f"dynamodb:{operation}", f"Table/index/{index}" if index else "Table"


def _topic(arguments: dict[str, Any]) -> str:
    if "PhoneNumber" in arguments:
        return "phone"
    is_managers = arguments.get("TopicArn") == os.environ.get("MANAGER_TOPIC_ARN")
    return "ManagerTopic" if is_managers else "named topic"


# ── The plugin ───────────────────────────────────────────────────────────────────────────────────

_known = known() if CALLS.exists() else set()
_seen: set[Call] = set()
_unexpected: set[Call] = set()
_below = BaseClient._make_api_call


def _noted(client: Any, operation: str, arguments: Any) -> Any:
    """A call to AWS, on its way to whatever answers it in this test."""
    function = caller()
    if function:
        service = client.meta.service_model.service_name
        for action, resource in asked(service, operation, arguments):
            note((function, action, resource))
    return _below(client, operation, arguments)


def note(call: Call) -> None:
    """Take note of a call; one that is not written down fails the test that runs."""
    if call not in _seen:
        _seen.add(call)
        if TO in os.environ:
            with Path(os.environ[TO]).open("a", encoding="utf-8") as file:
                file.write(json.dumps(call) + "\n")
    if call not in _known and TO not in os.environ:
        _unexpected.add(call)


def _require_known() -> None:
    if _unexpected:
        said = ", ".join(" ".join(call) for call in sorted(_unexpected))
        _unexpected.clear()
        pytest.fail(
            f"not written down in tests/security/calls.json: {said}. If it belongs there:"
            " python -m tests.security.record, and grant it in template.yaml",
            pytrace=False,
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Listen above whatever the test's fixtures have put in place of AWS."""
    global _below
    if BaseClient._make_api_call is not _noted:
        _below, BaseClient._make_api_call = BaseClient._make_api_call, _noted
    try:
        answer = yield
    finally:
        if BaseClient._make_api_call is _noted:
            BaseClient._make_api_call = _below
    _require_known()
    return answer


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:
    """What a process of several has seen."""
    _seen.update(map(tuple, getattr(node, "workeroutput", {}).get("calls", [])))


def never_made(seen: set[Call]) -> str | None:
    """What is wrong when the whole suite has made these calls and no others."""
    missing = sorted(known() - seen)
    if not missing:
        return None
    listed = "\n".join("  " + " ".join(call) for call in missing)
    return f"in tests/security/calls.json, but never called in the whole suite:\n{listed}"


def _is_whole(config: pytest.Config) -> bool:
    """Whether all tests were asked for."""
    narrowed = ("keyword", "markexpr", "lf", "deselect", "ignore", "ignore_glob", "collectonly")
    whole = config.args_source == pytest.Config.ArgsSource.TESTPATHS
    return whole and not any(config.getoption(name, None) for name in narrowed)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["calls"] = sorted(_seen)
        return
    if exitstatus != pytest.ExitCode.OK or not _is_whole(config) or TO in os.environ:
        return
    wrong = never_made(_seen)
    if wrong:
        config.get_terminal_writer().line(f"\n{wrong}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
