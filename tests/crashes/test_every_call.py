"""Whatever goes wrong with whichever call of a happy path, it ends as it would have.

The sender posts again, Lambda delivers again, the schedule fires again, the rep clicks again.
`pytest -rP` tells how many points each path has.
"""

import pytest

from shared.store import alerts as alert_store
from tests.crashes.engine import Path, run
from tests.crashes.paths import PATHS
from tests.crashes.rig import Rig, rig

__all__ = ["rig"]

NAMED = {path.name: path for path in PATHS}


@pytest.mark.parametrize("path", PATHS, ids=NAMED)
def test_every_call_may_fail(rig: Rig, path: Path) -> None:
    """Same steps, same owner, same counters; told twice only if it died before it was noted."""
    points, wrong = run(path, rig)
    print(f"{points:>5} points: {path.name}")  # noqa: T201 (for who asks for it)
    assert not wrong, f"{len(wrong)} at {points} points:\n" + "\n".join(wrong[:20])


def test_it_is_seen_when_something_is_told_twice(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_store, "note", lambda *_, **__: None)
    _, wrong = run(NAMED["an alert"], rig)
    assert any("told too often: ('mail', 'anna@example.com'" in line for line in wrong)


def test_it_is_seen_when_something_is_lost(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here: the alerts function says that it is done, whatever came of it."""
    alert = Rig.alert

    def careless(self: Rig, records: object = None) -> object:
        alert(self, records)  # type: ignore[arg-type]
        return {"batchItemFailures": []}

    monkeypatch.setattr(Rig, "alert", careless)
    _, wrong = run(NAMED["an alert"], rig)
    assert any("nobody told ('mail', 'anna@example.com'" in line for line in wrong)
