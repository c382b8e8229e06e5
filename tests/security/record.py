"""Write anew what the functions ask of AWS: `python -m tests.security.record [tests…]`.

Runs the whole suite, or the tests that are named, of which then every call must be among them.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.security.recording import CALLS, ROOT, TO, as_file


def main() -> None:
    """Run the tests, and write down what was seen."""
    with tempfile.TemporaryDirectory() as folder:
        seen = Path(folder) / "calls"
        seen.touch()
        command = [sys.executable, "-m", "pytest", "--numprocesses", "3", "--dist", "loadfile"]
        done = subprocess.run(
            [*command, *sys.argv[1:]],
            cwd=ROOT,
            env={**os.environ, TO: str(seen)},
            check=False,
        )
        if done.returncode:
            sys.exit("leadwheel: tests failed; what is written down stays as it was")
        calls = {tuple(json.loads(line)) for line in seen.read_text("utf-8").splitlines()}
    CALLS.write_text(as_file(calls), "utf-8")


if __name__ == "__main__":
    main()
