"""`leadwheel export` and `leadwheel forget`, on a terminal."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.api import Api
from infra.cli import export, forget
from infra.cli.main import app
from infra.web import Answer

LEAD_ID = "01m7zvjhbcykm0b2c1ph3vnmeg"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Answers like the API, one answer after the other, and remembers what it was asked."""
    server = SimpleNamespace(asked=[], answers=[])

    def fetch(url: str, *, body: bytes | None = None, headers: Any = None) -> Answer:
        server.asked.append((url.partition("/v1/")[2], json.loads(body or b"null")))
        return Answer(200, {}, json.dumps(server.answers.pop(0)).encode())

    monkeypatch.setattr("infra.api.fetch", fetch)
    found = SimpleNamespace(api=Api("https://x.example", lambda: "t"), endpoint_url=None)
    server.found = found
    for command in (export, forget):
        monkeypatch.setattr(command, "find_stack", lambda _: found)
    return server


def run(*arguments: str, said: str = "") -> Any:
    return CliRunner().invoke(app, list(arguments), input=said)


@pytest.mark.parametrize(
    ("person", "named"),
    [
        ("ada@example.com", {"email": "ada@example.com"}),
        (" +46701740605", {"phone": "+46701740605"}),
        (LEAD_ID, {"lead_id": LEAD_ID}),
    ],
)
def test_a_person_is_named_in_either_way(server: Any, person: str, named: Any) -> None:
    server.answers = [answer([{"lead_id": LEAD_ID}])]
    shown = run("export", person)
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.output)["leads"] == [{"lead_id": LEAD_ID}]
    assert server.asked == [("people/export", named)]


def answer(leads: list[Any], after: str | None = None) -> dict[str, Any]:
    return {"leads": leads, "mentioned": [], "more": after is not None, "next": after}


def test_what_takes_several_answers_is_shown_whole(server: Any) -> None:
    server.answers = [answer([1, 2], LEAD_ID), answer([3])]
    shown = run("export", "ada@example.com")
    assert json.loads(shown.output) == {"leads": [1, 2, 3], "mentioned": []}
    assert [asked.get("after") for _, asked in server.asked] == [None, LEAD_ID]


def test_nobody_is_forgotten_by_mistake(server: Any) -> None:
    assert run("forget", "ada@example.com", said="n\n").exit_code == 1
    assert server.asked == []


def test_it_goes_on_until_all_is_done_and_says_what(server: Any) -> None:
    server.answers = [
        {"done": {"leads": 2, "guards": 1}, "finished": False, "next": LEAD_ID},
        {"done": {"leads": 1}, "finished": True, "next": None},
    ]
    told = run("forget", "ada@example.com", "--yes")
    assert told.exit_code == 0
    asked = {"email": "ada@example.com"}
    assert server.asked == [
        ("people/forget", asked),
        ("people/forget", {**asked, "after": LEAD_ID}),
    ]
    assert "3 leads emptied" in told.output
    assert "1 marks of a person" in told.output
    assert "ada" not in told.output


def test_of_whom_nothing_is_known_nothing_is_said(server: Any) -> None:
    server.answers = [{"done": {}, "finished": True, "next": None}]
    assert "Nothing is known" in run("forget", "ada@example.com", "--yes").output


def test_on_this_machine_the_mailbox_is_emptied_of_their_leads(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.found.endpoint_url = "http://127.0.0.1:4566"
    server.answers = [
        answer([{"lead_id": "first"}], LEAD_ID),
        answer([{"lead_id": "second"}]),
        {"done": {"leads": 2}, "finished": True, "next": None},
    ]
    emptied = []

    def empty(endpoint_url: str, lead_ids: list[str], until: Any) -> int:
        emptied.append((endpoint_url, lead_ids))
        return 3

    monkeypatch.setattr(forget, "empty_mails", empty)
    told = run("forget", "ada@example.com", "--yes")
    assert emptied == [("http://127.0.0.1:4566", ["first", "second"])]
    assert "3 mails in this machine’s mailbox" in told.output
