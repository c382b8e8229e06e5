"""The whole stack, started as a user starts it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import free_port

ROOT = Path(__file__).parents[2]
LEADWHEEL = Path(sys.executable).with_name("leadwheel")


@dataclass
class Stack:
    """A running stack, as `.leadwheel/stack.json` describes it."""

    described: dict[str, Any]
    home: Path

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        """Status, headers and body (parsed when it is JSON); a redirect is not followed."""
        url = path if path.startswith("http") else self.described["api_url"] + path
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(url, body, sent, method=method)
        try:
            with _OPENER.open(request, timeout=20) as answer:
                return answer.status, dict(answer.headers), _parsed(answer)
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), _parsed(error)

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """The API's answer, with the admin token."""
        raw = None if body is None else json.dumps(body).encode()
        token = f"Bearer {self.described['admin_token']}"
        status, _, answer = self.request(method, path, raw, authorization=token)
        assert status < 300, (status, answer)
        return answer

    def lead_when(self, lead_id: str, holds: Callable[[Any], bool], seconds: float = 20) -> Any:
        """The lead, as soon as something holds for it."""
        until = time.monotonic() + seconds
        while not holds(lead := self.ask(f"/v1/leads/{lead_id}")):
            assert time.monotonic() < until, lead
            time.sleep(0.05)
        return lead

    def mails(self, lead_id_or_text: str) -> list[dict[str, Any]]:
        """The mails whose text has this in it, oldest first."""
        _, _, box = self.request("GET", self.described["mailbox_url"])
        mails = [mail for account in box["messages"].values() for mail in account]
        return [mail for mail in mails if lead_id_or_text in mail["BodyText"] + mail["Subject"]]

    def mail_when(self, text: str, seconds: float = 20) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while not (mails := self.mails(text)):
            assert time.monotonic() < until, "no such mail"
            time.sleep(0.05)
        return mails[-1]

    def leadwheel(self, *arguments: str) -> str:
        """What the command line prints."""
        done = subprocess.run(
            [LEADWHEEL, *arguments],
            cwd=ROOT,
            env={**os.environ, "LEADWHEEL_HOME": str(self.home), "COLUMNS": "120"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


def _parsed(answer: Any) -> Any:
    text = answer.read().decode()
    return json.loads(text) if text and "json" in answer.headers.get("Content-Type", "") else text


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack that most tests share."""
    with running_stack(tmp_path_factory.mktemp("leadwheel")) as stack:
        yield stack


@contextmanager
def running_stack(home: Path) -> Iterator[Stack]:
    """`leadwheel up`, on ports of its own, without the demo's leads."""
    log = (home / "up.log").open("w")
    ports = ["--port", str(free_port()), "--page-port", str(free_port())]
    process = subprocess.Popen(
        [LEADWHEEL, "up", "--no-demo", *ports],
        cwd=ROOT,
        env={**os.environ, "LEADWHEEL_HOME": str(home)},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        description = home / "stack.json"
        for _ in range(600):
            if description.exists():
                break
            assert process.poll() is None, (home / "up.log").read_text()
            time.sleep(0.1)
        yield Stack(json.loads(description.read_text()), home)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, (home / "up.log").read_text()
        log.close()
        last_words = (home / "up.log").read_text().splitlines()[-2:]
        assert last_words == ["stopping …", "stopped; nothing is left running"]
