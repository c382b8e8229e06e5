"""`leadwheel redrive`, and the secrets of channels."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli import redrive, secret
from infra.cli.ids import source_name
from infra.cli.main import app
from shared.domain.channels import Channel
from shared.domain.sources import Hook
from shared.errors import LeadwheelError

DEAD = {
    "id": "01m7zvjhbcykm0b2c1ph3vnmeg:2:crm",
    "lead_id": "01m7zvjhbcykm0b2c1ph3vnmeg",
    "n": 2,
    "channel": "crm",
    "rep_id": None,
    "attempts": 18,
    "code": "http_503",
    "died_at": "2026-11-21T18:00:00.123Z",
}


class Api:
    """Has two pages of what was given up."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.pages = [[DEAD["id"]], ["another"]]

    def dead_deliveries(self, channel: str | None) -> dict[str, Any]:
        self.asked.append(("list", channel))
        return {"deliveries": [DEAD], "more": True}

    def redrive(self, ids: list[str]) -> dict[str, Any]:
        self.asked.append(("these", ids))
        return {"redriven": ids, "more": False}

    def redrive_all(self, channel: str | None) -> dict[str, Any]:
        self.asked.append(("all", channel))
        return {"redriven": self.pages.pop(0), "more": bool(self.pages)}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    api = Api()
    monkeypatch.setattr(redrive, "find_stack", lambda _: SimpleNamespace(api=api))
    return api


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["redrive", *arguments], env={"COLUMNS": "200"})


def test_what_was_given_up_is_listed(api: Api) -> None:
    done = run("--channel", "crm")
    assert done.exit_code == 0
    for fact in (DEAD["id"], "18 times", "http_503", "There are more", "--all"):
        assert str(fact) in done.output
    assert api.asked == [("list", "crm")]
    assert json.loads(run("--json").output)["deliveries"] == [DEAD]


def test_those_named_go_out_again(api: Api) -> None:
    assert "1 goes out again" in run("a").output
    assert api.asked == [("these", ["a"])]


def test_all_go_out_again_page_by_page(api: Api) -> None:
    assert "2 go out again" in run("--all").output
    assert api.asked == [("all", None), ("all", None)]


def test_that_there_are_more_is_said_even_if_none_shows(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "There are more" not in run("--all").output
    api.pages = [["a"], [], ["b"]]
    done = run("--all")
    assert "1 goes out again" in done.output
    assert "There are more, which do not show yet; run it again" in done.output
    monkeypatch.setattr(api, "dead_deliveries", lambda _: {"deliveries": [], "more": True})
    assert "There are more, which do not show yet; run it again" in run().output
    monkeypatch.setattr(api, "dead_deliveries", lambda _: {"deliveries": [], "more": False})
    assert "Nothing has been given up." in run().output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("a", "--all"), "name some by their ids"),
        (("a", "--channel", "crm"), "name some by their ids"),
        (("--channel", "No such"), "is no channel's id"),
    ],
)
def test_nonsense_is_one_sentence(api: Api, arguments: tuple[str, ...], told: str) -> None:
    done = run(*arguments)
    assert (done.exit_code, api.asked) == (1, [])
    assert told in done.output


# ── What a channel has that is secret ────────────────────────────────────────────────────────────

CHAT, CRM, PHONE = (
    Channel(kind="slack"),
    Channel(kind="webhook", url="https://crm.example.com"),
    Channel(kind="sms"),
)


def test_each_kind_has_its_own_secret() -> None:
    secret._require_use("channel#chat", CHAT, "url")
    secret._require_use("channel#crm", CRM, "secret")
    for channel, name, told in (
        (CHAT, "secret", "has a url only"),
        (CRM, "url", "has a secret only"),
        (PHONE, "secret", "has nothing that is secret"),
        (Hook(format="meta"), "url", "only channels have a url"),
    ):
        with pytest.raises(LeadwheelError, match=told):
            secret._require_use("it", channel, name)


def test_an_address_must_be_one_and_a_secret_that_of_standard_webhooks() -> None:
    secret._check("https://hooks.slack.com/services/T0/B0/x", CHAT)
    secret._check(secret._generated(CRM), CRM)
    for value, channel, told in (
        ("hooks.slack.com/x", CHAT, "the address"),
        ("http://hooks.slack.com/x", CHAT, "must begin with https"),
        ("a plain secret", CRM, "a webhook's secret is one of Standard Webhooks"),
    ):
        with pytest.raises(LeadwheelError, match=told):
            secret._check(value, channel)
    with pytest.raises(LeadwheelError, match="comes from Slack"):
        secret._generated(CHAT)


def test_a_channel_is_named_as_in_the_configuration() -> None:
    assert source_name("channel#crm") == source_name("channels.crm") == "channel#crm"
