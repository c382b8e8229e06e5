"""Whatever goes wrong, a command ends in one sentence and exit status 1."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.api import Api
from infra.cli import apply, main, send
from infra.cli.main import app
from infra.cli.stack import Stack
from infra.local import home
from infra.local.demo import CONFIG
from infra.terminal import command
from shared.domain.config import Config

LEAD_ID = "01m7zvjhbcykm0b2c1ph3vnmeg"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEADWHEEL_HOME", str(tmp_path / "home"))
    for name in ("LEADWHEEL_STACK", "LEADWHEEL_PORT", "LEADWHEEL_PAGE_PORT", "PORT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, what was said, what was complained about."""
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stdout, result.stderr


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("command", ["up", "apply", "send", "why", "rotation", "token"])
def test_every_command_explains_itself(command: str) -> None:
    status, said, _ = run(command, "--help")
    assert status == 0
    assert "Options:" in said


def test_without_a_command_the_list_is_shown() -> None:
    _, said, complained = run()
    assert "rotation" in said + complained
    assert "mistake" not in complained


def test_a_wrong_option_is_typers_to_explain() -> None:
    status, _, complained = run("send", "--count", "0")
    assert status == 2
    assert "count" in complained
    assert "mistake" not in complained


@pytest.mark.parametrize(
    "arguments", [("why", LEAD_ID), ("rotation", "sales"), ("send",), ("apply", str(CONFIG))]
)
def test_nothing_running_is_one_sentence_that_says_what_to_do(
    arguments: tuple[str, ...], own_home: Path
) -> None:
    status, _, complained = run(*arguments)
    assert status == 1
    assert complained == (
        f"leadwheel: leadwheel is not running here; start it with: LEADWHEEL_HOME={own_home}"
        " make run"
        " (or name a deployed stack: --stack NAME)\n"
    )


def test_a_stack_that_has_gone_is_one_sentence_that_says_what_to_do(own_home: Path) -> None:
    own_home.mkdir()
    url = f"http://127.0.0.1:{free_port()}"
    home.announce({"endpoint_url": url, "api_url": url, "table": "t", "region": "us-east-1"})
    status, _, complained = run("why", LEAD_ID)
    assert status == 1
    assert complained == (
        f"leadwheel: nobody answers at {url}, where leadwheel was last running;"
        f" start it again with: LEADWHEEL_HOME={own_home} make run\n"
    )


def test_the_usual_folder_needs_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADWHEEL_HOME", str(home.ROOT / ".leadwheel"))
    assert home.chosen() == ""
    monkeypatch.delenv("LEADWHEEL_HOME")
    assert home.chosen() == ""


def test_another_folder_is_named_before_each_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADWHEEL_HOME", "my stacks/2")
    assert command().startswith("LEADWHEEL_HOME='my stacks/2' ")


@pytest.mark.parametrize("text", ["", "01abc", "../x", "\udcff", "0" * 27, LEAD_ID.upper()])
def test_what_cannot_be_a_leads_id_is_not_asked_about(text: str) -> None:
    status, _, complained = run("why", text)
    assert status == 1
    assert complained.startswith("leadwheel: '")
    assert "is no lead's id: that has 26 characters" in complained


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("rotation", "../x"), "'../x' is no pool's id"),
        (("rotation", "\udcff"), "'\\udcff' is no pool's id"),
        (("send", "--form", ""), "'' is no form's id"),
        (("send", "--name", "\udcff"), "the field 'name' must be text in UTF-8"),
    ],
)
def test_nonsense_is_one_sentence(arguments: tuple[str, ...], complaint: str) -> None:
    status, _, complained = run(*arguments)
    assert status == 1
    assert complained.startswith(f"leadwheel: {complaint}")


@pytest.mark.parametrize("variable", ["LEADWHEEL_PORT", "PORT", "LEADWHEEL_PAGE_PORT"])
@pytest.mark.parametrize("text", ["abc", "-1", "4566.0", "²"])
def test_a_variable_that_is_no_port_is_one_sentence(
    variable: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)
    status, _, complained = run("up")
    assert status == 1
    assert complained == (
        f"leadwheel: {variable} is {text!r}, which is no port; choose one between 1024 and 65535\n"
    )


def test_only_the_owner_can_read_where_the_admin_token_is(own_home: Path) -> None:
    own_home.mkdir()
    home.announce({"admin_token": "t"})
    assert (own_home / "stack.json").stat().st_mode & 0o077 == 0


def hang_up_on_first_caller(server: socket.socket) -> None:
    server.accept()[0].close()


def test_a_taken_port_is_one_sentence_that_says_what_to_do(own_home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        threading.Thread(target=hang_up_on_first_caller, args=[other], daemon=True).start()
        status, _, complained = run("up", "--port", str(port))
    assert status == 1
    assert complained == (
        f"leadwheel: port {port} is taken by another program; stop it, or choose another:"
        f" LEADWHEEL_HOME={own_home} LEADWHEEL_PORT={port + 100} make run\n"
    )


def test_a_port_beyond_the_last_one_is_one_sentence() -> None:
    status, _, complained = run("up", "--port", "70000")
    assert status == 1
    assert "70000 is no port" in complained


def test_a_second_one_from_the_same_folder_is_refused(own_home: Path) -> None:
    with home.kept_to_ourselves():
        status, _, complained = run("up", "--port", str(free_port()))
    assert status == 1
    assert f"another leadwheel is running with the folder {own_home}" in complained


def test_a_wrong_configuration_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    file = tmp_path / "team.yaml"
    file.write_text("manager: 1\nreps: 2\n")
    status, _, complained = run("apply", str(file))
    assert status == 1
    assert f"{file}:1: manager: must be a mapping" in complained
    assert complained.endswith("leadwheel: 5 problems found; nothing has been changed\n")


def test_a_configuration_can_be_checked_without_a_stack() -> None:
    status, said, _ = run("apply", "--check", str(CONFIG))
    assert status == 0
    assert said.endswith("is fine: 4 reps, 2 pools, 2 rules, 1 forms\n")


def broken(_: Path) -> Config:
    raise ZeroDivisionError("by nought")


def test_a_defect_is_owned_up_to_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "read_config", broken)
    monkeypatch.delenv("LEADWHEEL_DEBUG", raising=False)
    status, _, complained = run("apply", str(CONFIG))
    assert status == 1
    assert complained.startswith("leadwheel: this is our mistake: ZeroDivisionError: by nought")


def test_debugging_shows_the_traceback_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "read_config", broken)
    monkeypatch.setenv("LEADWHEEL_DEBUG", "1")
    result = CliRunner().invoke(main.app, ["apply", str(CONFIG)])
    assert isinstance(result.exception, ZeroDivisionError)


@pytest.mark.parametrize("page_url", [None, "http://127.0.0.1:9999"])
def test_the_demos_own_file_is_applied_for_the_page_of_the_local_stack(
    page_url: str | None, tmp_path: Path
) -> None:
    stack = Stack(Api("", str), "table", "us-east-1", None, page_url)
    other = tmp_path / "team.yaml"
    other.write_text(CONFIG.read_text())
    meant = apply._for_its_page(CONFIG, stack)
    assert (meant and meant.forms["website"].origins) == (page_url and [page_url])
    assert apply._for_its_page(other, stack) is None


# ── What `send` sends ────────────────────────────────────────────────────────────────────────────


class _Form(BaseHTTPRequestHandler):
    """A website's form that keeps what it got; its server has `answer` and `got`."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, self.headers["Content-Type"], body))  # type: ignore[attr-defined]
        status, headers, answer = self.server.answer  # type: ignore[attr-defined]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def form() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), _Form)
    server.got = []  # type: ignore[attr-defined]
    server.answer = (201, {}, b'{"lead_id": "01abc", "status": "received"}')  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def api(form: HTTPServer) -> Api:
    return Api(f"http://127.0.0.1:{form.server_port}", lambda: "token")


@pytest.mark.parametrize(
    ("encoding", "content_type", "body"),
    [
        (send.Encoding.JSON, "application/json", b'{"a b": "\\u00e5&"}'),
        (send.Encoding.FORM, "application/x-www-form-urlencoded", b"a+b=%C3%A5%26"),
    ],
)
def test_fields_travel_as_forms_write_them(
    form: HTTPServer, api: Api, encoding: send.Encoding, content_type: str, body: bytes
) -> None:
    api.submit("web site", {"a b": "å&"}, encoding)
    assert form.got == [("/v1/forms/web%20site/leads", content_type, body)]  # type: ignore[attr-defined]


def test_multipart_is_what_our_own_reader_reads(form: HTTPServer, api: Api) -> None:
    from shared.sources.body import read_body

    api.submit("website", {"a": "å b", 'say "x"': "1"}, send.Encoding.MULTIPART)
    ((_, content_type, body),) = form.got  # type: ignore[attr-defined]
    assert dict(read_body(content_type, body)) == {"a": "å b", 'say "x"': "1"}


def test_a_redirect_is_an_answer_not_followed(form: HTTPServer, api: Api) -> None:
    form.answer = (303, {"Location": "http://127.0.0.1:1/thanks"}, b"")  # type: ignore[attr-defined]
    answer = api.submit("website", {})
    assert (answer.status, answer.headers["location"]) == (303, "http://127.0.0.1:1/thanks")


def test_a_refused_lead_is_told_field_by_field(
    form: HTTPServer, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    form.answer = (  # type: ignore[attr-defined]
        422,
        {},
        b'{"title": "no", "errors": [{"field": "email", "message": "must be one"}]}',
    )
    monkeypatch.setattr(send, "find_stack", lambda _: send_stack(api))
    status, _, complained = run("send", "--email", "x")
    assert status == 1
    assert complained == "leadwheel: the form answered 422: email: must be one\n"


def send_stack(api: Api) -> Stack:
    return Stack(api, "table", "us-east-1", None)


def test_many_leads_are_told_apart(
    form: HTTPServer, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "find_stack", lambda _: send_stack(api))
    status, said, _ = run("send", "--email", "a@b.example", "--count", "3")
    assert status == 0
    assert said == "201 lead 01abc\n" * 3
    assert len({body for _, _, body in form.got}) == 3  # type: ignore[attr-defined]


def test_a_field_must_have_a_name_and_a_text(monkeypatch: pytest.MonkeyPatch, api: Api) -> None:
    monkeypatch.setattr(send, "find_stack", lambda _: send_stack(api))
    status, _, complained = run("send", "--field", "nonsense")
    assert status == 1
    assert complained == "leadwheel: --field nonsense: write it as NAME=TEXT\n"
