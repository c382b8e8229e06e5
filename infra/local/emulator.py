"""The emulated cloud: ministack, in a child process with nothing of the user's environment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from infra.local import home
from infra.local.ports import LOOPBACK
from infra.web import fetch
from shared.errors import LeadwheelError

PATIENCE = 60.0  # seconds until it must answer

# All that the child gets from our environment. Above all nothing of AWS, so that a function can
# never reach a real account, and no SMTP_HOST, to which the emulator would deliver.
_KEPT = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "TZ", "VIRTUAL_ENV")


class EmulatorError(LeadwheelError):
    """The emulator did not start, or ended by itself."""


@contextmanager
def emulator(port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the emulator; when it is left, in whatever way, no process of it remains."""
    command = [sys.executable, "-P", str(Path(__file__).with_name("guarded.py"))]
    with home.log_file().open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  (our own script, nothing from outside)
            command,
            cwd=home.temporary(),
            env=_environment(port),
            stdin=subprocess.PIPE,  # never written to: its end tells the child that we are gone
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C is ours to handle; and one group to kill
        )
    try:
        _wait_until_ready(process, port)
        yield process
    finally:
        # It has nothing to save. Its group exists as long as we have not waited for its leader.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(port: int) -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "LOG_LEVEL": "ERROR",
        "TMPDIR": str(home.temporary()),
        "IOT_MTLS_ENABLED": "0",  # else it opens a port of its own, to the world
        "SFTP_ENABLED": "0",  # likewise
        "DOCKER_HOST": "unix:///nowhere",  # else it tidies up containers of other emulators
        "LAMBDA_WARM_TTL_SECONDS": "86400",  # a demo left alone for a while stays quick
        "NO_PROXY": LOOPBACK,
        "PYTHONUTF8": "1",
    }


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        require_running(process)
        with suppress(LeadwheelError):
            if fetch(f"http://{LOOPBACK}:{port}/_ministack/health", timeout=1).status == 200:
                return
        time.sleep(0.05)
    raise EmulatorError(f"the local cloud did not answer within {PATIENCE:.0f} s; {_last_words()}")


def require_running(process: "subprocess.Popen[bytes]") -> None:
    """EmulatorError when the emulator has ended."""
    if process.poll() is not None:
        raise EmulatorError(f"the local cloud ended by itself; {_last_words()}")


def _last_words() -> str:
    lines = home.log_file().read_text(encoding="utf-8", errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"its log, {home.log_file()}, ends with: {last}" if last else "it said nothing"
