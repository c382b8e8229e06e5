"""The emulator as a process that cannot outlive whoever started it. A script, not a module.

It also lets a function's requests wait for their turn, where the emulator would start one more
Python process for each that comes while the others are busy: a hundred at once would be a hundred
cold starts, on a machine with few cores, and all of them too late.
"""

import functools
import inspect
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


def end_with_parent() -> None:
    """Wait for the pipe to the parent to close, which it does however the parent dies."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)  # us and the functions' workers: the group was made for them


if __name__ == "__main__":
    from ministack.app import main
    from ministack.services import lambda_svc

    threading.Thread(target=end_with_parent, daemon=True).start()
    take_turns(lambda_svc)
    main()
