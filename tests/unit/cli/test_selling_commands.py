"""`leadwheel returns` and `leadwheel partner`: what a manager reads and decides."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.api import ApiError
from infra.cli import partner, returns
from infra.cli.main import app
from shared.errors import NotFoundError

LEAD_ID = "01m7zvjhbcykm0b2c1ph3vnmeg"
WAITING: dict[str, Any] = {
    "lead_id": LEAD_ID,
    "partner_id": "acme",
    "status": "requested",
    "reason": "wrong_number",
    "note": "nobody\nknows [bold]her\x1b[2J",
    "at": "2026-11-21T18:00:00.123Z",
    "price": "12.50",
    "currency": "EUR",
    "decided_at": None,
    "by": None,
    "why": None,
}
CAP: dict[str, Any] = {
    "cap": "daily",
    "owner": "partner#acme",
    "per": "day",
    "period": "2026-11-21",
    "time_zone": "Europe/Stockholm",
    "when": {"country": ["SE", "NO"]},
    "counts_now": True,
    "leads": 12,
    "most_leads": 50,
    "money": "150.00",
    "most_money": "1000.00",
    "currency": "EUR",
    "share": 0.24,
    "level": None,
}
PARTNER: dict[str, Any] = {
    "partner_id": "acme",
    "name": "Acme Leads",
    "group": "sellers",
    "mode": "live",
    "buying_now": True,
    "price": "12.50",
    "prices": [{"when": {"product": ["solar"]}, "price": "30.50"}],
    "currency": "EUR",
    "pings": True,
    "returns": {"policy": "approve", "within": 14 * 86400, "reasons": ["fraud", "too_far"]},
    "caps": [CAP],
}


class Api:
    """Answers as the API does, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.waiting: list[Any] = [WAITING]
        self.error: Exception | None = None

    def returns(self) -> Any:
        self.asked.append(("returns",))
        return {"returns": self.waiting, "more": bool(self.waiting)}

    def approve_return(self, lead_id: str) -> Any:
        self.asked.append(("approve", lead_id))
        if self.error:
            raise self.error
        return {**WAITING, "status": "approved"}

    def refuse_return(self, lead_id: str, why: str) -> Any:
        self.asked.append(("refuse", lead_id, why))
        return {**WAITING, "status": "refused", "why": why}

    def partner(self, partner_id: str) -> Any:
        self.asked.append(("partner", partner_id))
        if partner_id != "acme":
            raise NotFoundError("there is no partner")
        return PARTNER


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    api = Api()
    for module in (returns, partner):
        monkeypatch.setattr(module, "find_stack", lambda _: SimpleNamespace(api=api))
    return api


def run(*arguments: str) -> tuple[int, list[str], str]:
    """Exit status, the lines said, what was complained about."""
    result = CliRunner().invoke(app, arguments)
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    return result.exit_code, lines, result.stderr


@pytest.mark.parametrize("command", ["returns", "partner"])
def test_each_command_explains_itself(command: str) -> None:
    status, lines, _ = run(command, "--help")
    assert status == 0
    assert any("--json" in line for line in lines)


def test_what_waits_is_listed_with_what_it_costs(api: Api) -> None:
    status, lines, _ = run("returns")
    assert status == 0
    assert lines[0] == "lead since partner reason price note"
    assert lines[1].startswith(f"{LEAD_ID} 2026-11-2")
    assert "acme wrong_number 12.50 EUR nobody knows [bold]her" in lines[1]
    assert "\x1b" not in lines[1]
    assert lines[2] == "There are more; they show when some of these are decided."
    assert lines[3].endswith("returns --approve LEAD_ID")


def test_when_nothing_waits_that_is_said(api: Api) -> None:
    api.waiting = []
    assert run("returns") == (0, ["No return waits for a decision."], "")


def test_a_lead_is_taken_back(api: Api) -> None:
    status, lines, _ = run("returns", "--approve", LEAD_ID)
    assert (status, api.asked) == (0, [("approve", LEAD_ID)])
    assert lines == [
        f"Lead {LEAD_ID} is taken back by acme.",
        "12.50 EUR is given back (wrong_number).",
    ]


def test_a_lead_is_kept_and_its_seller_hears_why(api: Api) -> None:
    status, lines, _ = run("returns", "--refuse", LEAD_ID, "--why", "we reached her")
    assert (status, api.asked) == (0, [("refuse", LEAD_ID, "we reached her")])
    assert lines == [
        f"Lead {LEAD_ID} stays; its return is refused.",
        "acme hears: we reached her",
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--approve", LEAD_ID, "--refuse", LEAD_ID, "--why", "x"), "give one of them"),
        (("--refuse", LEAD_ID), "--refuse and --why go together"),
        (("--approve", LEAD_ID, "--why", "x"), "--refuse and --why go together"),
        (("--approve", "42"), "no lead's id"),
        (("--refuse", "42", "--why", "x"), "no lead's id"),
    ],
)
def test_half_a_decision_decides_nothing(
    api: Api, arguments: tuple[str, ...], sentence: str
) -> None:
    status, lines, complained = run("returns", *arguments)
    assert (status, lines, api.asked) == (1, [], [])
    assert sentence in complained


def test_what_the_api_refuses_is_one_sentence(api: Api) -> None:
    api.error = ApiError("the API answered 409: the return was refused already")
    status, _, complained = run("returns", "--approve", LEAD_ID)
    assert status == 1
    assert complained == "leadwheel: the API answered 409: the return was refused already\n"


def test_a_partner_is_shown_with_its_caps_as_a_table(api: Api) -> None:
    status, lines, _ = run("partner", "acme")
    assert status == 0
    assert lines == [
        "Partner acme is live.",
        "A lead costs 12.50 EUR; 30.50 EUR when product is solar.",
        "It takes leads back within 14 days, if a manager agrees: fraud, too_far.",
        "",
        "cap of period leads money used only",
        (
            "daily partner acme day 2026-11-21 (Europe/Stockholm)"
            " 12 of 50 150.00 of 1000.00 EUR 24% country is SE or NO"
        ),
    ]


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"mode": "test"}, "Partner acme is in test: nothing is bought."),
        ({"mode": "paused"}, "Partner acme is paused: nothing is bought."),
        ({"buying_now": False}, "Partner acme is live; nothing is bought at this hour."),
        ({"caps": []}, "No cap limits it."),
        ({"returns": {**PARTNER["returns"], "policy": "none"}}, "It takes no leads back."),
        (
            {"returns": {**PARTNER["returns"], "policy": "automatic", "within": 129_600}},
            "It takes leads back within 1.5 days, at its word: fraud, too_far.",
        ),
    ],
)
def test_what_else_can_be_said_of_a_partner(
    capsys: pytest.CaptureFixture[str], changed: dict[str, Any], line: str
) -> None:
    partner.show({**PARTNER, **changed})
    assert line in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("when", "line"),
    [
        ({"score": {"from": "50", "below": "80"}}, "score from 50 below 80"),
        (
            {"company": {"exists": True}, "zip": {"starts": ["11", "12"]}},
            "company exists true, zip starts 11 or 12",
        ),
        ({"any": [{"a": ["x"]}, {"b": ["y", "z"]}]}, "(a is x) or (b is y or z)"),
        ({"all": [{"a": ["x"]}, {"not": {"b": ["y"]}}]}, "(a is x) and (not (b is y))"),
    ],
)
def test_any_condition_of_a_price_can_be_read(
    capsys: pytest.CaptureFixture[str], when: dict[str, Any], line: str
) -> None:
    partner.show({**PARTNER, "prices": [{"when": when, "price": "1.00"}]})
    assert f"1.00 EUR when {line}." in capsys.readouterr().out


def test_a_cap_that_does_not_count_now_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    cap = {**CAP, "counts_now": False, "when": {}, "most_money": None, "share": 1, "leads": 50}
    partner.show({**PARTNER, "caps": [{**cap, "level": "reached"}]})
    row = " ".join(capsys.readouterr().out.splitlines()[-1].split())
    assert row.endswith("50 of 50 150.00 EUR 100% not at this hour")


def test_a_partner_that_is_not_there_is_one_sentence(api: Api) -> None:
    assert run("partner", "nobody") == (1, [], "leadwheel: there is no partner\n")
    assert run("partner", "No Body")[0] == 1
    assert api.asked == [("partner", "nobody")]


@pytest.mark.parametrize("arguments", [("returns",), ("partner", "acme")])
def test_programs_read_what_the_api_gives(api: Api, arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    expected = PARTNER if arguments[0] == "partner" else {"returns": [WAITING], "more": True}
    assert json.loads(result.stdout) == expected
