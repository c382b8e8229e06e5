"""docs/strategies.md, proven: each of its configurations applied, each row of its tables played.

Tables that tell of hours and days, or of many leads, are played by the functions in this process,
with a clock that is turned; all others on the whole stack, as a user would.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import functions.desk.handler as desk
from infra.cli.config_file import config_from
from infra.local.demo import CONFIG
from shared.domain.config import Config
from shared.flows.apply_config import apply_config
from shared.surroundings import real
from tests.audit import Books, problems
from tests.aws_events import api_request, context
from tests.loop.test_doors import COMMANDS, ROOT
from tests.strategies_page import Play, Section, as_file, sections

pytestmark = pytest.mark.loop

SECTIONS = sections()
FORM = "/v1/forms/website/leads"
TOKEN = "k" * 48


def named(section: Section) -> str:
    return re.sub(r"\W+", "-", section.title.lower()).strip("-")


def played(section: Section, play: Play) -> list[str]:
    """All that is not as the page says, each after its row."""
    return [
        f"{number}. {row.what}: {wrong}"
        for number, row in enumerate(section.rows, 1)
        for wrong in play.run(row)
    ]


def test_every_configuration_of_the_page_has_a_table_to_play() -> None:
    assert len(SECTIONS) >= 20
    for section in SECTIONS:
        assert section.rows, section.title
        assert any("lead" in row.what and row.why != "–" for row in section.rows), section.title


# ── With a clock that is turned ──────────────────────────────────────────────────────────────────


class TurnedClock:
    """The functions in this process, on a table of this test."""

    patience = 0.0  # whatever can be routed is

    def __init__(self, world: Any) -> None:
        self._world = world

    def post(self, fields: dict[str, Any]) -> str:
        body = json.dumps(fields).encode()
        self._world.clock.turn(seconds=1)  # which lead is older would be left to chance
        answer = self._world.post(body, f"{time.monotonic_ns()}")
        self.settle()
        return str(json.loads(answer["body"])["lead_id"])

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"}
        sent = None if body is None else json.dumps(body).encode()
        answer = desk.handler(api_request(method, path, body=sent, headers=headers), context())
        return answer["statusCode"], json.loads(answer["body"])

    def settle(self, lead_id: str = "") -> None:
        """Give routing what is new in the stream, and what comes of that, until nothing does."""
        for _ in range(20):
            self._world.found = []
            batch = self._world.for_routing()
            if not batch:
                return
            assert self._world.route(batch)["batchItemFailures"] == []
        pytest.fail(f"routing does not come to an end {lead_id}")

    def now(self) -> datetime:
        return self._world.clock.at  # type: ignore[no-any-return]

    def wait(self, span: timedelta) -> None:
        """The sweep looks in now and then."""
        for _ in range(8):
            self._world.clock.turn(seconds=span.total_seconds() / 8)
            self._world.sweep()
            self.settle()
        self._world.sweep()
        self.settle()


@pytest.mark.parametrize("section", [s for s in SECTIONS if s.takes_long], ids=named)
def test_who_gets_which_lead_and_why_as_time_goes_by(section: Section, world: Any) -> None:
    config = _checked(section)
    apply_config(config, real())
    wrong = played(section, Play(TurnedClock(world)))
    assert wrong == []
    assert problems(Books(world.items()), config) == []


@pytest.mark.parametrize(("title", "seen"), [("Open pool", True), ("Open pool, blind", False)])
def test_what_an_open_pool_shows_before_a_lead_is_claimed(
    world: Any, title: str, *, seen: bool
) -> None:
    """Never how to reach the person; blind, nothing of the lead at all."""
    (section,) = (section for section in SECTIONS if section.title == title)
    apply_config(_checked(section), real())
    stage = TurnedClock(world)
    email, sent = "ada.secret@example.com", {"product": "heat pump"}
    lead_id = stage.post({"name": "Ada Byron", "email": email, **sent})
    _, shown = stage.ask("GET", "/v1/pools/hunters/open")
    assert shown["count"] == 1
    assert [lead["product"] for lead in shown["leads"]] == ["heat pump"] * seen
    assert "secret" not in json.dumps(shown)
    taken = stage.ask("POST", "/v1/pools/hunters/claim", {"rep_id": "anna"})
    assert (taken[0], taken[1]["lead_id"], taken[1]["fields"]["email"]) == (200, lead_id, email)


def _checked(section: Section) -> Config:
    return config_from(as_file(section.configuration), f"{section.title}.yaml")


# ── On the whole stack ───────────────────────────────────────────────────────────────────────────


class WholeStack:
    """The stack; each section has reps and pools of its own there, whatever the page calls them."""

    patience = 12.0  # two sweeps

    def __init__(self, stack: Any, ids: list[str], mark: str) -> None:
        self._stack = stack
        self._ids = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, ids))})(?![\w-])")
        self._mark = mark
        self._posted: list[str] = []

    def own(self, text: str) -> str:
        return self._ids.sub(rf"\1{self._mark}", text)

    def post(self, fields: dict[str, Any]) -> str:
        status, _, answer = self._stack.request(
            "POST",
            FORM,
            json.dumps(fields).encode(),
            content_type="application/json",
            idempotency_key=f"{self._mark}.{time.monotonic_ns()}",
        )
        assert status == 201, answer
        self._posted.append(answer["lead_id"])
        self.settle(answer["lead_id"])
        return str(answer["lead_id"])

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        sent = None if body is None else self.own(json.dumps(body)).encode()
        status, _, answer = self._stack.request(
            method,
            self.own(path),
            sent,
            authorization=f"Bearer {self._stack.described['admin_token']}",
            content_type="application/json",
        )
        return status, json.loads(json.dumps(answer).replace(self._mark, ""))

    def settle(self, lead_id: str) -> None:
        self._stack.lead_when(lead_id, lambda lead: lead["status"] != "new")

    def now(self) -> datetime:
        raise NotImplementedError

    def wait(self, span: timedelta) -> None:
        raise NotImplementedError

    def clear(self, rep: str) -> None:
        """Leave no lead that would wait for the pools of the next section."""
        for lead_id in self._posted:
            lead = self.ask("GET", f"/v1/leads/{lead_id}")[1]
            if lead["status"] in ("parked", "open"):
                given = {"rep_id": rep, "override": True}
                status, answer = self.ask("POST", f"/v1/leads/{lead_id}/assign", given)
                assert status == 200, answer


@pytest.fixture(scope="module")
def apply(stack: Any) -> Iterator[Callable[[Path], None]]:
    """`leadwheel apply`; the demo's configuration is there again afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMANDS],
        cwd=ROOT,
        env={**os.environ, "LEADWHEEL_HOME": str(stack.home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout

    def run(file: Path) -> None:
        print(json.dumps(["apply", str(file)]), file=process.stdin, flush=True)
        status, said, complained = json.loads(process.stdout.readline())
        assert status == 0, complained
        assert "is active" in said

    with process:
        yield run
        run(CONFIG)
        process.stdin.close()


@pytest.mark.parametrize("section", [s for s in SECTIONS if not s.takes_long], ids=named)
def test_who_gets_which_lead_and_why(
    section: Section, stack: Any, apply: Callable[[Path], None], tmp_path: Path
) -> None:
    config = _checked(section)
    mark = f"-{SECTIONS.index(section):02}x"
    whole = WholeStack(stack, [*config.reps, *config.pools], mark)
    file = tmp_path / "team.yaml"
    file.write_text(whole.own(as_file(section.configuration)))
    apply(file)
    try:
        assert played(section, Play(whole)) == []
    finally:
        whole.clear(next(iter(config.reps)))
