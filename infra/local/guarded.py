"""The emulator as a process that cannot outlive whoever started it. A script, not a module.

It also lets a function's requests wait for their turn, where the emulator would start one more
Python process for each that comes while the others are busy: a hundred at once would be a hundred
cold starts, on a machine with few cores, and all of them too late. It brings again what a function
says has failed of a stream's batch. And it lets mails be emptied, which the emulator keeps as long
as it runs.
"""

import functools
import inspect
import json
import os
import signal
import sys
import threading
from collections import defaultdict
from types import ModuleType
from typing import Any

# Of one function. Some of its time it waits for the emulator, so two per core keep a machine busy.
AT_ONCE = min(max(4, 2 * (os.cpu_count() or 1)), 16)

# Private, so another version may have none. What it is given comes first: the function and its
# configuration. A function's time-out is counted within it, so that waiting costs nobody's time.
_EXECUTE = "_execute_function_dispatch"
_GIVEN = ["func", "config"]


def take_turns(lambdas: ModuleType, at_once: int = AT_ONCE) -> None:
    """Let the emulator run so many at once of each function; the others wait.

    None of our functions calls another, so nobody waits for somebody who waits.
    """
    execute = getattr(lambdas, _EXECUTE, None)
    if execute is None or list(inspect.signature(execute).parameters)[:2] != _GIVEN:
        sys.exit(
            f"this version of ministack has no {_EXECUTE}(func, config, …) to limit;"
            " use the version that pyproject.toml names"
        )
    turns: dict[str, threading.BoundedSemaphore] = defaultdict(
        lambda: threading.BoundedSemaphore(at_once)
    )
    looking_up = threading.Lock()

    @functools.wraps(execute)
    def execute_in_turn(func: Any, config: dict[str, Any], *rest: Any) -> Any:
        with looking_up:
            turn = turns[config.get("FunctionName", "")]
        with turn:
            return execute(func, config, *rest)

    setattr(lambdas, _EXECUTE, execute_in_turn)


# Private likewise: what runs a function for a stream, an event and others.
_RUN, _RUN_GIVEN = "_execute_function", ["func", "event"]


def bring_again_what_failed(lambdas: ModuleType) -> None:
    """Let a stream's batch come again when its function says that some of it failed.

    The emulator takes such an answer for success, and goes on: what was to be tried again would be
    lost. AWS brings the first record that failed and those after it; here all of the batch comes.
    """
    run = getattr(lambdas, _RUN, None)
    if run is None or list(inspect.signature(run).parameters) != _RUN_GIVEN:
        sys.exit(
            f"this version of ministack has no {_RUN}({', '.join(_RUN_GIVEN)}) to look after;"
            " use the version that pyproject.toml names"
        )

    @functools.wraps(run)
    def looked_after(func: Any, event: Any) -> Any:
        result = run(func, event)
        if _is_of_stream(event) and _failures(result.get("body")):
            said = {"errorType": "PartialBatchFailure", "errorMessage": "some are to come again"}
            return {**result, "error": True, "body": said}
        return result

    setattr(lambdas, _RUN, looked_after)


def _is_of_stream(event: Any) -> bool:
    records = (event.get("Records") or [{}]) if isinstance(event, dict) else [{}]
    return bool(records[0].get("eventSource") == "aws:dynamodb")


def _failures(body: Any) -> Any:
    if isinstance(body, str | bytes):
        try:
            body = json.loads(body)
        except ValueError:
            return []
    return body.get("batchItemFailures") if isinstance(body, dict) else []


# Private likewise. It lists the mails that were sent, and knows no other method.
_MAILS, _SENT = "_handle_ses_messages_request", "_sent_emails"
_ASKED = ["method", "path", "headers", "query_params"]
MAILS_PATH = "/_ministack/ses/messages"
_SAYS = ("Subject", "BodyText", "BodyHtml")  # of a mail, beside to whom and when


def let_mails_be_emptied(app: ModuleType, ses: ModuleType) -> None:
    """Let a POST to where mails are listed empty those that name one of these leads (`lead=…`).

    Only those sent until a moment (`until`, seconds since 1970).
    """
    listed, sent = getattr(app, _MAILS, None), getattr(ses, _SENT, None)
    if not listed or sent is None or list(inspect.signature(listed).parameters) != _ASKED:
        sys.exit(
            f"this version of ministack has no {_MAILS}({', '.join(_ASKED)}) to extend;"
            " use the version that pyproject.toml names"
        )

    @functools.wraps(listed)
    async def listed_or_emptied(
        method: str, path: str, headers: dict[str, str], query_params: dict[str, list[str]]
    ) -> Any:
        if (method, path) != ("POST", MAILS_PATH):
            return await listed(method, path, headers, query_params)
        until, leads = float(query_params["until"][0]), query_params.get("lead", [])
        lists = [some for some in sent.to_dict().values() if isinstance(some, list)]
        mails = [mail for some in lists for mail in some]
        emptied = [mail for mail in mails if mail["Timestamp"] <= until and _names(mail, leads)]
        for mail in emptied:
            mail.update(dict.fromkeys(_SAYS, ""))
        answer = json.dumps({"emptied": len(emptied)}).encode()
        return 200, {"Content-Type": "application/json"}, answer

    setattr(app, _MAILS, listed_or_emptied)


def _names(mail: dict[str, Any], leads: list[str]) -> bool:
    said = " ".join(str(mail.get(part) or "") for part in _SAYS)
    return any(lead in said for lead in leads)


def end_with_parent() -> None:
    """Wait for the pipe to the parent to close, which it does however the parent dies."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)  # us and the functions' workers: the group was made for them


if __name__ == "__main__":
    from ministack import app
    from ministack.services import lambda_svc, ses

    threading.Thread(target=end_with_parent, daemon=True).start()
    take_turns(lambda_svc)
    bring_again_what_failed(lambda_svc)
    let_mails_be_emptied(app, ses)
    app.main()
