"""Leads given and taken by hand, on a terminal."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.api import Api
from infra.cli import assign, by_hand, claim, hand_on, release_lead
from infra.cli.main import app
from infra.web import Answer

LEAD_ID = "01m7zvjhbcykm0b2c1ph3vnmeg"
AT = "2026-11-21T18:00:00.123Z"
LEAD: dict[str, Any] = {
    "lead_id": LEAD_ID,
    "status": "assigned",
    "owner": "bo",
    "history": [{"at": AT, "sentence": "captured"}, {"at": AT, "sentence": "assigned to bo [b]"}],
}
PROBLEM = "urn:problem-type:leadwheel:"


@dataclass
class Server:
    """Answers like the API, and remembers what it was asked."""

    status: int = 200
    answer: Any = None
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def fetch(self, url: str, *, body: bytes | None = None, headers: Any = None) -> Answer:
        self.asked.append((url.partition("/v1/")[2], None if body is None else json.loads(body)))
        return Answer(self.status, {}, json.dumps(self.answer).encode())


@dataclass
class Desk(Server):
    """An API behind which a rep has leads, some of which cannot be moved."""

    leads: list[str] = field(default_factory=list)
    stuck: dict[str, str] = field(default_factory=dict)  # lead → type of its problem
    recovers: bool = False  # after the first try
    has_time_for: int = 100  # leads in one call
    lags: int = 0  # so often the list shows nothing, and that there is more

    def fetch(self, url: str, *, body: bytes | None = None, headers: Any = None) -> Answer:
        asked = None if body is None else json.loads(body)
        self.asked.append((url.partition("/v1/")[2], asked))
        if asked is None:
            return self._list()
        wanted = asked["lead_ids"]
        results = [self._moved(lead_id) for lead_id in wanted[: self.has_time_for]]
        results += [self._refused(lead_id, "busy") for lead_id in wanted[self.has_time_for :]]
        if self.recovers:
            self.stuck = {}
        return _json({"results": results, "done": 0, "failed": 0})

    def _list(self) -> Answer:
        if not self.leads:
            problem = {"type": f"{PROBLEM}not-found", "title": "no", "detail": "there is no rep"}
            return _json(problem, 404)
        if self.lags:
            self.lags -= 1
            return _json({"leads": [], "more": True})
        shown = [{"lead_id": lead_id} for lead_id in self.leads[:100]]
        return _json({"leads": shown, "more": len(self.leads) > 100})

    def _moved(self, lead_id: str) -> dict[str, Any]:
        if lead_id not in self.stuck:
            self.leads.remove(lead_id)
            return {"lead_id": lead_id, "ok": True, "lead": {}}
        kind = self.stuck[lead_id]
        if kind == "not-yours":
            self.leads.remove(lead_id)
        return self._refused(lead_id, kind)

    def _refused(self, lead_id: str, kind: str) -> dict[str, Any]:
        problem = {"type": f"{PROBLEM}{kind}", "title": "no", "detail": f"why not {lead_id}"}
        return {"lead_id": lead_id, "ok": False, "problem": problem}


def _json(body: Any, status: int = 200) -> Answer:
    return Answer(status, {}, json.dumps(body).encode())


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Exit status, and all that was said."""
    monkeypatch.setenv("LEADWHEEL_HOME", str(tmp_path))
    monkeypatch.delenv("LEADWHEEL_STACK", raising=False)
    api = Api("https://api.example.com", lambda: "the token")
    for module in (assign, claim, release_lead, hand_on):
        monkeypatch.setattr(module, "find_stack", lambda _: SimpleNamespace(api=api))
    for module in (by_hand, hand_on):
        monkeypatch.setattr(module, "command", lambda: "leadwheel")
    monkeypatch.setattr(hand_on, "BETWEEN_LOOKS", 0)

    def run(server: Server, *arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("infra.api.fetch", server.fetch)
        result = CliRunner().invoke(app, list(arguments))
        told = result.stdout + result.stderr + "".join(capsys.readouterr())
        return result.exit_code, " ".join(told.split())

    return run


# ── One lead ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (
            ["assign", LEAD_ID, "bo"],
            (
                f"leads/{LEAD_ID}/assign",
                {"rep_id": "bo", "pool_id": None, "override": False, "reason": None},
            ),
        ),
        (
            ["assign", LEAD_ID, "bo", "--override", "--pool", "sales", "--reason", "knows them"],
            (
                f"leads/{LEAD_ID}/assign",
                {"rep_id": "bo", "pool_id": "sales", "override": True, "reason": "knows them"},
            ),
        ),
        (["claim", "sales", "bo"], ("pools/sales/claim", {"rep_id": "bo"})),
        (["claim", "sales", "bo", "--lead", LEAD_ID], (f"leads/{LEAD_ID}/claim", {"rep_id": "bo"})),
        (
            ["release", LEAD_ID, "--reason", "ill"],
            (f"leads/{LEAD_ID}/release", {"reason": "ill"}),
        ),
    ],
)
def test_each_command_asks_the_api_and_says_where_the_lead_is(
    run: Any, arguments: list[str], asked: Any
) -> None:
    server = Server(answer=LEAD)
    status, told = run(server, *arguments)
    assert status == 0
    assert server.asked == [asked]
    assert told.startswith(f"Lead {LEAD_ID} is assigned to bo.")
    assert "assigned to bo [b]" in told
    assert told.endswith(f"More: leadwheel why {LEAD_ID}")


@pytest.mark.parametrize(
    ("status", "owner", "said"),
    [("accepted", "bo", "accepted by bo."), ("new", None, "new."), ("parked", "bo", "parked.")],
)
def test_only_who_has_a_lead_is_named(run: Any, status: str, owner: str | None, said: str) -> None:
    answer = {**LEAD, "status": status, "owner": owner}
    assert f"is {said}" in run(Server(answer=answer), "release", LEAD_ID)[1]


def test_the_answer_can_be_had_as_it_is(run: Any) -> None:
    told = run(Server(answer=LEAD), "claim", "sales", "bo", "--json")[1]
    assert json.loads(told) == LEAD


def test_what_is_in_the_way_is_said_in_one_sentence(run: Any) -> None:
    detail = "bo holds as many open leads as their limit allows"
    server = Server(409, {"title": "no", "detail": detail})
    status, told = run(server, "assign", LEAD_ID, "bo")
    assert (status, told) == (1, f"leadwheel: the API answered 409: {detail}")


@pytest.mark.parametrize(
    "arguments",
    [
        ["assign", "bo", LEAD_ID],
        ["assign", LEAD_ID, "Bo!"],
        ["assign", LEAD_ID, "bo", "--pool", "the pool"],
        ["claim", LEAD_ID.upper(), "bo"],
        ["claim", "sales", "bo", "--lead", "x"],
        ["release", "x"],
        ["hand-on", "Anna B"],
        ["hand-on", "anna", "--to", "b o"],
        ["hand-on", "anna", "--to", "anna"],
    ],
)
def test_what_cannot_be_meant_is_not_asked(run: Any, arguments: list[str]) -> None:
    server = Server(answer=LEAD)
    assert run(server, *arguments)[0] == 1
    assert server.asked == []


@pytest.mark.parametrize("name", ["assign", "claim", "release", "hand-on"])
def test_each_command_explains_itself(run: Any, name: str) -> None:
    assert run(Server(), name, "--help")[0] == 0


# ── All leads of somebody who leaves ─────────────────────────────────────────────────────────────


def ids(count: int) -> list[str]:
    return [f"{number:026d}" for number in range(count)]


def test_all_of_them_go_back_to_routing_a_hundred_at_a_time(run: Any) -> None:
    desk = Desk(leads=ids(230))
    status, told = run(desk, "hand-on", "anna", "--reason", "leaves")
    assert status == 0
    assert "230 of anna's leads are with routing" in told
    assert "as long as the configuration has them active" in told
    bodies = [body for path, body in desk.asked if path == "leads/release"]
    assert [len(body["lead_ids"]) for body in bodies] == [100, 100, 30]
    assert all((body["rep_id"], body["reason"]) == ("anna", "leaves") for body in bodies)


def test_or_to_one_colleague_as_long_as_they_are_still_the_leavers(run: Any) -> None:
    desk = Desk(leads=ids(3))
    status, told = run(desk, "hand-on", "anna", "--to", "bo")
    assert (status, "3 of anna's leads are bo's now." in told) == (0, True)
    (body,) = (body for path, body in desk.asked if path == "leads/assign")
    assert (body["rep_id"], body["owner"]) == ("bo", "anna")


def test_what_cannot_be_moved_is_named_once_and_the_command_fails(run: Any) -> None:
    first, second, third = ids(3)
    desk = Desk(leads=[first, second, third], stuck={second: "impossible-for-rep"})
    status, told = run(desk, "hand-on", "anna", "--to", "bo")
    assert status == 1
    assert "2 of anna's leads are bo's now. 1 could not be moved:" in told
    assert f"{second} why not {second}" in told
    assert "leadwheel hand-on anna --to bo" in told


def test_a_page_of_leads_that_cannot_be_moved_is_not_looked_at_for_ever(run: Any) -> None:
    leads = ids(150)
    desk = Desk(leads=leads, stuck=dict.fromkeys(leads[:100], "not-possible-now"))
    status, told = run(desk, "hand-on", "anna")
    assert (status, "100 could not be moved" in told) == (1, True)
    assert "… and 80 more" in told
    assert "There are still more" in told


def test_what_others_are_at_is_tried_again(run: Any) -> None:
    desk = Desk(leads=ids(2), stuck={ids(1)[0]: "busy"}, recovers=True)
    assert run(desk, "hand-on", "anna")[0] == 0
    desk = Desk(leads=ids(2), stuck={ids(1)[0]: "busy"})
    status, told = run(desk, "hand-on", "anna")
    assert (status, "1 could not be moved" in told) == (1, True)


def test_what_there_was_no_time_for_is_not_given_up_while_others_move(run: Any) -> None:
    status, told = run(Desk(leads=ids(100), has_time_for=20), "hand-on", "anna")
    assert (status, "100 of anna's leads" in told) == (0, True)
    status, told = run(Desk(leads=ids(2), has_time_for=0), "hand-on", "anna")
    assert (status, "2 could not be moved" in told) == (1, True)


def test_what_somebody_else_has_meanwhile_is_no_failure(run: Any) -> None:
    desk = Desk(leads=ids(2), stuck={ids(1)[0]: "not-yours"})
    status, told = run(desk, "hand-on", "anna")
    assert (status, "1 of anna's leads" in told) == (0, True)


def test_a_list_that_lags_is_waited_for(run: Any) -> None:
    desk = Desk(leads=ids(2), lags=3)
    assert "2 of anna's leads" in run(desk, "hand-on", "anna")[1]


def test_who_has_nothing_has_nothing_to_hand_on(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(leads=ids(1), stuck={ids(1)[0]: "not-yours"})
    status, told = run(desk, "hand-on", "gone")  # is known by the lead that they still had
    assert (status, "gone has no open leads." in told) == (0, True)
    monkeypatch.setattr(Desk, "_list", lambda _: _json({"leads": [], "more": False}))
    status, told = run(Desk(), "hand-on", "bo")
    assert (status, "bo has no open leads." in told) == (0, True)


def test_an_id_that_nobody_has_is_no_success(run: Any) -> None:
    status, told = run(Desk(), "hand-on", "nobody")
    assert (status, "no open leads." in told) == (1, False)
    assert "no rep of the active configuration has the id nobody" in told
