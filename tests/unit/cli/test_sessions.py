"""`leadwheel sessions`: where somebody is signed in, and nowhere any more."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

import infra.api
from infra.api import Api
from infra.cli import sessions
from infra.cli.main import app
from infra.web import Answer

AT = "2026-11-21T18:00:00.123Z"
SESSION = {"session": "s1", "created_at": AT, "seen_at": AT, "ends_at": AT}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What the API is asked; it knows two sessions."""
    asked: list[tuple[str, Any]] = []

    def fetch(url: str, *, body: bytes, headers: Any) -> Answer:
        asked.append((url.partition("/v1/")[2], json.loads(body)))
        answer = {"ended": 2} if url.endswith("/end") else {"sessions": [SESSION, SESSION]}
        return Answer(200, {}, json.dumps(answer).encode())

    class Found:
        api = Api("https://x.example", lambda: "token")

    monkeypatch.setattr(infra.api, "fetch", fetch)
    monkeypatch.setattr(sessions, "find_stack", lambda _: Found)
    return asked


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["sessions", "--of", "anna@example.com", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_they_are_listed_with_how_to_end_them(asked: list[tuple[str, Any]]) -> None:
    shown = run()
    assert shown.startswith("2 sessions:")
    assert "--of anna@example.com --end" in shown.replace("\n", " ")
    assert asked == [("people/sessions", {"email": "anna@example.com"})]


def test_they_are_ended(asked: list[tuple[str, Any]]) -> None:
    assert run("--end") == "2 sessions ended.\n"
    assert asked == [("people/sessions/end", {"email": "anna@example.com"})]
    assert json.loads(run("--json")) == {"sessions": [SESSION, SESSION]}


def test_none_is_said_to_be_none(capsys: pytest.CaptureFixture[str]) -> None:
    sessions.show({"sessions": []}, "…")
    assert capsys.readouterr().out == "No sessions.\n"
