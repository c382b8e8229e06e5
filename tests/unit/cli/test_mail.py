"""`leadwheel mail`."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli import mail
from infra.cli.main import app
from tests import team

PAUSED = [
    {"who": "anna", "rep_id": "anna", "code": "bounced", "since": "2026-11-21T18:00:00.123Z"},
    {
        "who": "manager#lena",
        "rep_id": None,
        "code": "complained",
        "since": "2026-11-22T18:00:00.123Z",
    },
]


class Api:
    """Has one rep and one manager to whom mail came back."""

    def __init__(self) -> None:
        self.paused = list(PAUSED)
        self.resumed: list[str] = []

    def paused_mail(self) -> dict[str, Any]:
        return {"paused": self.paused}

    def resume_mail(self, rep_id: str) -> dict[str, Any]:
        self.resumed.append(rep_id)
        return {"rep_id": rep_id, "paused": False}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    api = Api()
    stack = SimpleNamespace(api=api, connect_store=lambda: None)
    active = SimpleNamespace(config=team.config({"anna": 1, "bo": 1}))
    monkeypatch.setattr(mail, "find_stack", lambda _: stack)
    monkeypatch.setattr(mail.config_store, "active", lambda: active)
    return api


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["mail", *arguments], env={"COLUMNS": "200"})


def test_whose_mail_is_paused_is_listed_and_why(api: Api) -> None:
    lines = run().output.splitlines()
    assert lines[0].startswith("anna  mail: paused since 2026-11-21")
    assert lines[0].endswith("bounced: their server refuses it")
    assert "manager#lena  mail: may not arrive since" in lines[1]
    assert lines[2].endswith("mail REP --resume")
    assert json.loads(run("anna", "--json").output) == {"paused": PAUSED[:1]}
    api.paused.clear()
    assert run().output == "No mail is paused.\n"


def test_it_is_tried_again(api: Api) -> None:
    assert "Mail to anna is sent again" in run("anna", "--resume").output
    assert json.loads(run("bo", "--resume", "--json").output)["rep_id"] == "bo"
    assert api.resumed == ["anna", "bo"]


def test_what_was_not_paused_is_said_so(api: Api) -> None:
    done = run("bo", "--resume")
    assert (done.exit_code, done.output) == (0, "Mail to bo was not paused.\n")


@pytest.mark.parametrize("option", [(), ("--resume",), ("--json",)])
def test_nobody_has_an_id_that_is_not_in_the_configuration(
    api: Api, option: tuple[str, ...]
) -> None:
    done = run("nobody", *option)
    assert (done.exit_code, api.resumed) == (1, [])
    told = "no rep of the active configuration has the id nobody (there: anna, bo)"
    assert told in done.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("--resume",), "say to whom"), (("manager#lena", "--resume"), "is no rep's id")],
)
def test_nonsense_is_one_sentence(api: Api, arguments: tuple[str, ...], told: str) -> None:
    done = run(*arguments)
    assert (done.exit_code, api.resumed) == (1, [])
    assert told in done.output
