"""Whatever goes wrong, a command ends in one sentence and exit status 1."""

import socket
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from infra.api import Api
from infra.cli import apply, main
from infra.cli.main import app
from infra.cli.stack import Stack
from infra.local import home
from infra.local.demo import CONFIG
from infra.terminal import command
from shared.domain.config import Config
from tests import team

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


@pytest.mark.parametrize(
    "command", ["up", "apply", "check", "send", "why", "rotation", "token", "key", "secret"]
)
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
    "arguments",
    [
        ("why", LEAD_ID),
        ("rotation", "sales"),
        ("send",),
        ("doctor",),
        ("send", "--as", "typeform"),
        ("apply", str(CONFIG)),
        ("key", "acme"),
        ("secret", "hook#meta", "--generate"),
    ],
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
        (("send", "--as", "webflo"), "--as webflo: no such kind; did you mean webflow?"),
        (("send", "--as", "fax"), "--as fax: no such kind; there are json, form, multipart, part"),
        (("send", "--as", "json", "--hook", "a"), "--as json goes to a form, not to a hook"),
        (("send", "--as", "ping", "--form", "a"), "--as ping goes to a partner, not to a form"),
        (("send", "--as", "meta", "--partner", "a"), "--as meta goes to a hook, not to a partner"),
        (("send", "--form", "a", "--hook", "b"), "--form and --hook: a lead goes to one of them"),
        (("key", "Acme"), "'Acme' is no partner's id"),
        (("key", "acme", "--scope", "all"), "--scope all: there are leads, pings, returns"),
        (("key", "acme", "--list", "--drop"), "--list, --drop and --revoke are three commands"),
        (("secret", "form#website"), "'form#website' is no source with a secret"),
        (
            ("secret", "hook#a", "--generate", "--value-from", "f"),
            "--generate and --value-from excl",
        ),
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
    with home.kept_to_ourselves(), socket.socket() as first:
        first.bind(("127.0.0.1", 0))
        first.listen()
        status, _, complained = run("up", "--port", str(first.getsockname()[1]))
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
    assert said.endswith("is fine: 4 reps, 2 pools, 2 rules, 1 form, 1 partner, 4 hooks, 1 group\n")


def broken(_: Path) -> Config:
    raise ZeroDivisionError("by nought")


def test_a_defect_is_owned_up_to_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "read_with_lines", broken)
    monkeypatch.delenv("LEADWHEEL_DEBUG", raising=False)
    status, _, complained = run("apply", str(CONFIG))
    assert status == 1
    assert complained.startswith("leadwheel: this is our mistake: ZeroDivisionError: by nought")


def test_debugging_shows_the_traceback_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "read_with_lines", broken)
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


def test_apply_names_the_sources_that_cannot_prove_themselves_yet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = {
        "partners": {"acme": {}, "known": {}, "signing": {"trust": "signature"}},
        "hooks": {
            "ads": {"format": "google-ads"},
            "open": {"format": "generic", "trust": "public"},
            "done": {"format": "typeform"},
        },
    }
    known = {"partner#known": {"keys": [{}]}, "hook#done": {"secret": ["s"]}, "hook#ads": {}}
    monkeypatch.setattr(Stack, "secrets", SimpleNamespace(all=lambda: known))
    stack = Stack(Api("", str), "table", "us-east-1", None)
    apply._say_who_cannot_come(team.config({"anna": 1}, more=sources), stack)
    told = capsys.readouterr().err
    assert [line.partition(": ")[0] for line in told.splitlines()] == [
        "partner#acme cannot prove itself yet",
        "partner#signing cannot prove itself yet",
        "hook#ads cannot prove itself yet",
    ]
    assert "leadwheel key acme" in told.replace(command(), "leadwheel")
    assert "leadwheel secret hook#ads" in told.replace(command(), "leadwheel")


def test_who_may_not_read_secrets_can_apply_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = team.config({"anna": 1}, more={"partners": {"acme": {}}})
    apply._say_who_cannot_come(config, Stack(Api("", str), "table", "us-east-1", None))
    assert capsys.readouterr().err == ""
