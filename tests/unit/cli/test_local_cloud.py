"""The parts of the local cloud that need no cloud to be tested."""

import asyncio
import io
import json
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from infra.local import demo, deployment, emulator, guarded, home
from infra.local.code_archive import code_archive
from infra.local.demo import CONFIG, demo_config
from infra.local.journeys import Journeys
from shared.credentials import SCOPES, scopes_of_key


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADWHEEL_HOME", str(tmp_path / "home"))


def test_the_template_gets_the_code_by_its_one_line() -> None:
    template = deployment._template("s3://bucket/key.zip")
    assert template.count("CodeUri: s3://bucket/key.zip") == 1
    assert "CodeUri: .\n" not in template


def test_a_checkout_without_template_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment, "ROOT", tmp_path)
    with pytest.raises(deployment.DeploymentError, match="run this from a checkout of leadwheel"):
        deployment._template("s3://bucket/key.zip")


def test_a_failed_stack_is_told_by_its_first_causes() -> None:
    class CloudFormation:
        def describe_stack_events(self, **_: str) -> dict[str, object]:
            return {
                "StackEvents": [
                    _event("Stack", "ROLLBACK_IN_PROGRESS", "The following failed: Table"),
                    _event("Queue", "CREATE_FAILED", "Resource creation cancelled"),
                    _event("Table", "CREATE_FAILED", "no such key"),
                    _event("Stack", "CREATE_IN_PROGRESS", ""),
                ]
            }

    assert deployment._reasons(CloudFormation()) == "Table: no such key"


def _event(resource: str, status: str, reason: str) -> dict[str, str]:
    return {
        "LogicalResourceId": resource,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


def test_the_archive_holds_the_functions_and_what_they_share_and_nothing_else() -> None:
    names = zipfile.ZipFile(io.BytesIO(code_archive())).namelist()
    assert "functions/capture/handler.py" in names
    assert "shared/errors.py" in names
    assert {name.partition("/")[0] for name in names} == {"functions", "shared"}
    assert not [name for name in names if name.endswith(".pyc")]


def test_the_emulator_gets_nothing_that_could_reach_a_real_account_or_mail_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "SMTP_HOST", "PERSIST_STATE"):
        monkeypatch.setenv(name, "real")
    environment = emulator._environment(4566)
    assert "real" not in environment.values()
    assert environment["BIND_HOST"] == "127.0.0.1"


def test_of_each_function_only_so_many_run_at_once() -> None:
    running, most, counting = {"a": 0, "b": 0}, {"a": 0, "b": 0}, threading.Lock()

    def execute(func: Any, config: dict[str, str], event: int) -> int:
        name = config["FunctionName"]
        with counting:
            running[name] += 1
            most[name] = max(most[name], running[name])
        time.sleep(0.01)
        with counting:
            running[name] -= 1
        return event

    lambdas = SimpleNamespace(_execute_function_dispatch=execute)
    guarded.take_turns(lambdas, at_once=3)  # type: ignore[arg-type]
    configs = [{"FunctionName": name} for name in "ab" * 20]
    with ThreadPoolExecutor(40) as pool:
        done = pool.map(lambdas._execute_function_dispatch, [None] * 40, configs, range(40))
        assert list(done) == list(range(40))
    assert most == {"a": 3, "b": 3}


def test_a_turn_ends_when_the_function_fails() -> None:
    def execute(func: Any, config: dict[str, str]) -> None:
        raise ZeroDivisionError

    lambdas = SimpleNamespace(_execute_function_dispatch=execute)
    guarded.take_turns(lambdas, at_once=1)  # type: ignore[arg-type]
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            lambdas._execute_function_dispatch({}, {"FunctionName": "a"})


def test_an_emulator_of_another_make_is_refused_at_the_start() -> None:
    odd = ModuleType("lambda_svc")
    with pytest.raises(SystemExit, match="use the version that pyproject"):
        guarded.take_turns(odd)
    odd._execute_function_dispatch = lambda event: event  # type: ignore[attr-defined]
    with pytest.raises(SystemExit, match="use the version that pyproject"):
        guarded.take_turns(odd)


STREAM = {"Records": [{"eventSource": "aws:dynamodb"}]}
FAILED = {"batchItemFailures": [{"itemIdentifier": "1"}]}


@pytest.mark.parametrize(
    ("event", "body", "again"),
    [
        (STREAM, FAILED, True),
        (STREAM, json.dumps(FAILED), True),
        (STREAM, {"batchItemFailures": []}, False),
        (STREAM, None, False),
        (STREAM, "no JSON", False),
        ({"Records": [{"eventSource": "aws:sqs"}]}, FAILED, False),
        ({"id": "an event"}, FAILED, False),
    ],
)
def test_what_failed_of_a_streams_batch_comes_again(event: Any, body: Any, *, again: bool) -> None:
    """The emulator goes on otherwise, and it would be lost."""

    def run(func: Any, event: Any) -> Any:
        return {"body": body}

    lambdas = SimpleNamespace(_execute_function=run)
    guarded.bring_again_what_failed(lambdas)  # type: ignore[arg-type]
    assert bool(lambdas._execute_function({}, event).get("error")) is again


def test_mails_about_some_leads_are_emptied_and_others_stay() -> None:
    """Only those sent until then; how many there are, to whom and when, stays."""

    async def listed(method: str, path: str, headers: Any, query_params: Any) -> Any:
        return (method, path)

    def mail(at: float, text: str) -> dict[str, Any]:
        return {
            "To": ["a"],
            "Subject": "New: Ada",
            "BodyText": text,
            "BodyHtml": None,
            "Timestamp": at,
        }

    mails = [mail(1, "lead one"), mail(2, "lead two"), mail(9, "lead one")]
    app = SimpleNamespace(_handle_ses_messages_request=listed)
    sent = SimpleNamespace(to_dict=lambda: {"entries": mails, "others": "no list"})
    guarded.let_mails_be_emptied(app, SimpleNamespace(_sent_emails=sent))  # type: ignore[arg-type]
    ask = app._handle_ses_messages_request
    wanted = {"until": ["5"], "lead": ["one", "three"]}
    assert asyncio.run(ask("GET", guarded.MAILS_PATH, {}, wanted)) == ("GET", guarded.MAILS_PATH)
    status, _, body = asyncio.run(ask("POST", guarded.MAILS_PATH, {}, wanted))
    assert (status, body) == (200, b'{"emptied": 1}')
    assert [one["Subject"] for one in mails] == ["", "New: Ada", "New: Ada"]
    assert mails[0] == {"To": ["a"], "Subject": "", "BodyText": "", "BodyHtml": "", "Timestamp": 1}


def test_the_demo_expects_its_page_where_it_is() -> None:
    config = demo_config("http://127.0.0.1:9999")
    form = config.forms["website"]
    assert (form.origins, form.redirects) == (["http://127.0.0.1:9999"],) * 2
    assert "127.0.0.1:4567" in CONFIG.read_text()


class _Secrets:
    """Takes one change."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}

    def change(self, edit: Any) -> None:
        edit(self.known)


def test_the_demo_has_new_secrets_at_each_start_and_tells_them() -> None:
    config = demo_config("http://127.0.0.1:9999")
    first, second = _Secrets(), _Secrets()
    made = demo.new_credentials(config, first)  # type: ignore[arg-type]
    assert made.partner_key != demo.new_credentials(config, second).partner_key  # type: ignore[arg-type]
    assert scopes_of_key(first.known["partner#acme"], made.partner_key) == set(SCOPES)
    assert set(first.known) == {"partner#acme", *(f"hook#{hook_id}" for hook_id in config.hooks)}
    for hook_id, secret in made.hook_secrets.items():
        assert first.known[f"hook#{hook_id}"]["secret"] == [secret]
    assert len(first.known["hook#meta"]["verify_token"]) == 1
    told = demo.described(config, made)
    assert told == {
        "form_id": "website",
        "partner_id": "acme",
        "partner_key": made.partner_key,
        "hook_ids": ["google-ads", "meta", "typeform", "crm"],
        "hook_secrets": dict(made.hook_secrets),
        "pool_ids": ["nordic", "world"],
    }


def test_a_predecessors_leftovers_are_cleared_away() -> None:
    home.home().mkdir(parents=True)
    home.announce({"table": "old"})
    home.temporary().mkdir()
    (home.temporary() / "worker").touch()
    with home.kept_to_ourselves():
        assert list(home.temporary().iterdir()) == []
        with pytest.raises(home.NotRunningError):
            home.announced()
    assert not home.temporary().exists()


class _Api:
    """Answers for one lead whose history grows."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def lead(self, _: str) -> dict[str, object]:
        history = [
            {"step": step, "at": "2026-11-21T18:00:00.000Z", "sentence": f"{step} somehow"}
            for step in self.steps
        ]
        fields = {"name": "Ada\u202e[red]", "country": "SE"}
        return {"fields": fields, "source": "form#website", "history": history}

    def decision(self, _: str) -> dict[str, str]:
        return {"reason": "anna was owed it"}


def test_each_step_of_a_journey_is_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent: list[dict[str, str]] = []
    monkeypatch.setattr("infra.local.journeys.mails", lambda _: list(sent))
    api = _Api()
    journeys = Journeys(api, "http://nowhere")  # type: ignore[arg-type]
    api.steps = ["captured"]
    journeys.tell(lambda: ["01abcdef"])
    api.steps = ["captured", "assigned"]
    sent.append({"to": "anna@x.example", "subject": "New\nlead", "time": "2026-11-21T18:00:00Z"})
    journeys.tell(lambda: ["01abcdef"])
    journeys.tell(list)
    lines = [line.split("  ", 1)[-1].strip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "lead 01abcdef Ada[red], SE (form website)",
        "…abcdef  captured somehow",
        "…abcdef  assigned somehow",
        "because anna was owed it",
        "mail to anna@x.example: New lead",
    ]


def test_a_parked_lead_has_its_reason_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("infra.local.journeys.mails", lambda _: [])
    api = _Api()
    api.steps = ["parked"]
    Journeys(api, "http://nowhere").tell(lambda: ["01abcdef"])  # type: ignore[arg-type]
    assert "because" not in capsys.readouterr().out


def test_a_flood_is_counted_instead_of_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("infra.local.journeys.mails", lambda _: [])
    journeys = Journeys(_Api(), "http://nowhere")  # type: ignore[arg-type]
    journeys.tell(lambda: [f"lead{n}" for n in range(100)])
    journeys.tell(lambda: ["lead7"])
    assert capsys.readouterr().out == "100 leads have changed: too many to tell of each\n"
