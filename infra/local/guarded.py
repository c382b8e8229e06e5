"""The emulator as a process that cannot outlive whoever started it. A script, not a module."""

import os
import signal
import sys
import threading

from ministack.app import main


def end_with_parent() -> None:
    """Wait for the pipe to the parent to close, which it does however the parent dies."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)  # us and the functions' workers: the group was made for them


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    main()
