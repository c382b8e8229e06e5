"""The quarantine desk on a terminal: read by people, and harmless whatever was sent."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.api import Api
from infra.cli import quarantine
from infra.cli.main import app
from infra.web import Answer

LEAD_ID = "01m7zvjhbcykm0b2c1ph3vnmeg"
AT = "2026-11-21T18:00:00.123Z"
SHORT = {
    "lead_id": LEAD_ID,
    "status": "quarantined",
    "source": "form#website",
    "name": "Ada [bold] Byron",
    "created_at": AT,
    "reason": "honeypot_filled: a field that people cannot see was filled in\x1b[2J",
}
HELD: dict[str, Any] = {
    "lead_id": LEAD_ID,
    "status": "quarantined",
    "source": "form#website",
    "history": [{"at": AT, "sentence": "put in quarantine, from form#website: broken"}],
    "quarantine": {
        "reason": "unreadable: broken",
        "content_type": "application/json\x1b[2J",
        "part": 1,
        "raw": '{"email":\r\n\x1b[2J\u202ebroken [bold]',
        "expires_at": "2026-12-21T18:00:00.123Z",
    },
}


@dataclass
class Server:
    """Answers like the API, and remembers what it was asked."""

    status: int = 200
    answer: Any = None
    asked: list[tuple[str, Any, Mapping[str, str]]] = field(default_factory=list)

    def fetch(self, url: str, *, body: bytes | None = None, headers: Any = None) -> Answer:
        self.asked.append((url, None if body is None else json.loads(body), headers))
        return Answer(self.status, {}, json.dumps(self.answer).encode())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    api = Api("https://api.example.com", lambda: "the token")
    monkeypatch.setattr("infra.api.fetch", server.fetch)
    monkeypatch.setattr(quarantine, "find_stack", lambda _: SimpleNamespace(api=api))
    monkeypatch.setattr(quarantine, "command", lambda: "leadwheel")
    return server


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADWHEEL_HOME", str(tmp_path))
    monkeypatch.delenv("LEADWHEEL_STACK", raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str]]]:
    """Exit status, and what was said or complained about."""

    def run(*arguments: str) -> tuple[int, list[str]]:
        result = CliRunner().invoke(app, ["quarantine", *arguments])
        told = result.stdout + result.stderr + "".join(capsys.readouterr())
        return result.exit_code, [" ".join(line.split()) for line in told.splitlines()]

    return run


def test_what_is_held_is_listed_with_its_reason(server: Any, run: Any) -> None:
    server.answer = {"leads": [SHORT], "more": False}
    status, lines = run()
    assert status == 0
    assert lines[0] == "lead since source name reason"
    assert lines[1].startswith(f"{LEAD_ID} 2026-11-21 ")
    assert lines[1].endswith(
        "form#website Ada [bold] Byron"
        " honeypot_filled: a field that people cannot see was filled in [2J"
    )
    assert lines[2:] == ["Look at one: leadwheel quarantine LEAD_ID"]
    ((url, body, headers),) = server.asked
    assert (url, body) == ("https://api.example.com/v1/quarantine", None)
    assert headers["Authorization"] == "Bearer the token"


def test_an_empty_quarantine_is_said_to_be(server: Any, run: Any) -> None:
    server.answer = {"leads": [], "more": False}
    assert run() == (0, ["Nothing is in quarantine."])


def test_a_list_says_when_there_is_more(server: Any, run: Any) -> None:
    nameless = {**SHORT, "name": None, "reason": None}
    server.answer = {"leads": [nameless], "more": True}
    _, lines = run("--stack", "prod")
    assert "There are more; they show when some of these are settled." in lines
    assert lines[-1] == "Look at one: leadwheel quarantine --stack prod LEAD_ID"


def test_a_held_lead_shows_what_came_and_what_to_type(server: Any, run: Any) -> None:
    server.answer = HELD
    status, lines = run(LEAD_ID)
    assert status == 0
    assert lines[0] == f"Lead {LEAD_ID} is quarantined, from form#website."
    assert lines[1].endswith("put in quarantine, from form#website: broken")
    assert lines[3].startswith("It came as application/json [2J and is kept until 2026-12-21 ")
    assert lines[4:6] == ['{"email":', "⟨U+001B⟩[2J⟨U+202E⟩broken [bold]"]
    assert lines[7:] == [
        f"Let it out: leadwheel quarantine {LEAD_ID} --release --field NAME=TEXT …",
        f"Put it aside: leadwheel quarantine {LEAD_ID} --discard",
    ]
    assert server.asked[0][0] == f"https://api.example.com/v1/quarantine/{LEAD_ID}"


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        (None, ["What was sent is not kept any more."]),
        (
            {"content_type": None, "part": 3, "raw_base64": "/3s="},
            [
                "It came as something unnamed (this is lead number 3 in it) and is kept until",
                "00000000 ff 7b |.{|",
            ],
        ),
        (
            {
                "content_type": "text/plain",
                "part": 1,
                "raw_base64": base64.b64encode(b"\xff" * 5_000).decode(),
            },
            ["It came as text/plain", "… and 904 bytes more; --json has all of it"],
        ),
        ({"content_type": "x", "part": 1, "raw": "x" * 20_001}, ["It came as x", "… and 1 char"]),
    ],
)
def test_what_came_is_shown_as_far_as_it_can_be(
    server: Any, run: Any, kept: Any, shown: list[str]
) -> None:
    whole = kept and {"reason": "", "expires_at": AT, **kept}
    server.answer = {**HELD, "status": "new", "quarantine": whole}
    _, lines = run(LEAD_ID)
    assert lines[3].startswith(shown[0])
    assert lines[-1].startswith(shown[-1])
    assert "--release" not in "".join(lines)


def test_a_release_sends_the_corrections_and_tells_what_became(server: Any, run: Any) -> None:
    released = {"at": AT, "sentence": "released: corrected: email (via api)"}
    server.answer = {**HELD, "status": "new", "history": [*HELD["history"], released]}
    status, lines = run(
        *(LEAD_ID, "--release", "--field", "email=a=b@x.example", "--field", "phone="),
    )
    assert status == 0
    assert lines[0] == f"Lead {LEAD_ID} is new."
    assert lines[1].endswith("released: corrected: email (via api)")
    assert lines[2:] == [f"Who gets it: leadwheel why {LEAD_ID}"]
    ((url, body, headers),) = server.asked
    assert url == f"https://api.example.com/v1/quarantine/{LEAD_ID}/release"
    fields = {"email": "a=b@x.example", "phone": ""}
    assert body == {"fields": fields, "even_if_duplicate": False}
    assert headers["Content-Type"] == "application/json"


def test_a_release_can_let_duplicates_through(server: Any, run: Any) -> None:
    server.answer = {**HELD, "status": "new"}
    run(LEAD_ID, "--release", "--even-if-duplicate")
    assert server.asked[0][1] == {"fields": {}, "even_if_duplicate": True}


def test_a_lead_is_discarded_with_a_reason(server: Any, run: Any) -> None:
    server.answer = {**HELD, "status": "rejected"}
    status, lines = run(LEAD_ID, "--discard", "--reason", "spam")
    assert (status, lines[0]) == (0, f"Lead {LEAD_ID} is rejected.")
    ((url, body, _),) = server.asked
    assert (url.rpartition("/")[2], body) == ("discard", {"reason": "spam"})
    assert "why" not in "".join(lines)


def test_every_answer_can_be_had_as_json(server: Any, run: Any) -> None:
    for arguments in ((), (LEAD_ID,), (LEAD_ID, "--release"), (LEAD_ID, "--discard")):
        server.answer = HELD
        _, lines = run(*arguments, "--json")
        assert json.loads("\n".join(lines)) == json.loads(
            "\n".join(" ".join(line.split()) for line in json.dumps(HELD, indent=2).splitlines())
        )


@pytest.mark.parametrize(
    ("status", "problem", "complaint"),
    [
        (404, {"detail": "there is no lead"}, "there is no lead"),
        (409, {"detail": "a lead that is new cannot"}, "answered 409: a lead that is new cannot"),
        (422, {"detail": "email: must be"}, "the API answered 422: email: must be"),
        (503, None, "the API answered 503: status 503"),
    ],
)
def test_a_refusal_is_one_sentence(
    server: Any, run: Any, status: int, problem: Any, complaint: str
) -> None:
    server.status, server.answer = status, problem
    exit_status, lines = run(LEAD_ID, "--release")
    assert exit_status == 1
    assert len(lines) == 1
    assert complaint in lines[0]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--release",), "say which lead"),
        (("--discard",), "say which lead"),
        ((LEAD_ID, "--release", "--discard"), "--release and --discard exclude each other"),
        ((LEAD_ID, "--field", "a=b"), "--field and --even-if-duplicate are for --release"),
        ((LEAD_ID, "--even-if-duplicate"), "--field and --even-if-duplicate are for --release"),
        ((LEAD_ID, "--release", "--reason", "x"), "--reason is for --discard"),
        ((LEAD_ID, "--release", "--field", "a"), "--field 'a': write it as NAME=TEXT"),
        ((LEAD_ID, "--release", "--field", " =a"), "--field ' =a': write it as NAME=TEXT"),
        ((LEAD_ID, "--release", "--field", "a=\udcff"), "the field 'a' must be text in UTF-8"),
        (("01abc",), "'01abc' is no lead's id"),
    ],
)
def test_nonsense_is_one_sentence_and_asks_nobody(
    server: Any, run: Any, arguments: tuple[str, ...], complaint: str
) -> None:
    status, lines = run(*arguments)
    assert status == 1
    assert lines[0].startswith(f"leadwheel: {complaint}")
    assert server.asked == []


def test_it_explains_itself(run: Any) -> None:
    status, lines = run("--help")
    assert (status, "Options:" in lines) == (0, True)
