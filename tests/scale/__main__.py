"""`python -m tests.scale [part …]`: simulate, and put what came of it into docs/scale.md.

About three minutes for all parts: backlog, batches, arrivals, scattered, gathered, shared, cap,
sweep.
"""

import os
import sys

os.environ.update(
    AWS_ACCESS_KEY_ID="000000000000",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="us-east-1",
    POWERTOOLS_LOG_LEVEL="CRITICAL",
)

from tests.scale import page


def main(wanted: list[str]) -> int:
    """Simulate these parts, or all; 1 when something was lost, doubled or unfair."""
    if unknown := set(wanted) - set(page.PARTS):
        sys.stderr.write(f"there is no {', '.join(sorted(unknown))}: {', '.join(page.PARTS)}\n")
        return 2
    broken = []
    for part in wanted or page.PARTS:
        rows = page.simulated(part, lambda said: sys.stderr.write(f"{said}\n"))
        page.keep(part, rows)
        broken += [problem for row in rows for problem in row["problems"]]
    page.write()
    for problem in broken[:20]:
        sys.stderr.write(f"{problem}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
