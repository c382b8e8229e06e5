"""Secrets stand where they are kept, and nowhere else: not in variables, logs, answers or items."""

import json
import re
from typing import Any

import pytest

import functions.capture.handler as capture
import functions.desk.handler as desk
from shared.flows.apply_config import apply_config
from shared.links import link_keys
from shared.store import config as config_store
from tests.aws_events import api_request, context
from tests.security.logs import TELLING, told
from tests.team import config

SECRET = "k" * 48  # of tests/world.py: the admin token, and what signs links
KEY = "lw_planted-key-of-acme"
SIGNS = "whsec_cGxhbnRlZC1zZWNyZXQ="
MORE = {
    "partners": {"acme": {"mode": "live", "price": "1", "currency": "EUR"}},
    "hooks": {"zap": {"format": "zapier", "trust": "key"}},
}


def test_variables_name_secrets_and_hold_none(find):
    """What the environment holds, everybody who may look at a function can read."""
    for name, function in find("AWS::Lambda::Function").items():
        for key, value in function["Environment"]["Variables"].items():
            text = json.dumps(value)
            assert "resolve:" not in text, (name, key)
            assert not re.search("SecretString|GenerateSecret", text), (name, key)
            if re.search("SECRET|TOKEN|KEY|PASSWORD", key):
                assert key.endswith("_ARN"), (name, key)
                assert list(value) == ["Fn::GetAtt"], (name, key)


def test_parameters_and_outputs_hold_none(template):
    for name in (*template["Parameters"], *template["Outputs"]):
        assert not re.search("Password|ApiKey|Secret$|Token$", name), name
    for name, output in template["Outputs"].items():
        if re.search("Secret|Token", name):
            assert name.endswith("Arn"), name
            assert list(output["Value"]) == ["Fn::GetAtt"], name


def _asked(world: Any) -> list[dict[str, Any]]:
    """Requests with good and bad secrets, at every door; what was answered."""
    body = json.dumps({"name": "Ada", "email": "ada@example.com"}).encode()
    bearer = ({"authorization": f"Bearer {key}"} for key in (SECRET, KEY, f"{KEY}x", SIGNS))
    shown = [*bearer, {"x-api-key": KEY}, {"x-leadwheel-key": SIGNS}, {"cookie": f"a={SECRET}"}]
    answers = []
    for headers in shown:
        for handler, method, path in (
            (desk.handler, "GET", "/v1/parked"),
            (desk.handler, "GET", f"/oidc/{SECRET}"),
            (desk.handler, "GET", f"/a/{SECRET}"),
            (desk.handler, "GET", f"/s/{SECRET}"),
            (desk.handler, "GET", "/v1/partners/acme/spec.json"),
            (desk.handler, "GET", "/openapi.json"),
            (capture.handler, "POST", "/v1/partners/acme/leads"),
            (capture.handler, "POST", "/v1/hooks/zap"),
            (capture.handler, "GET", "/v1/hooks/zap"),
        ):
            sent_with = {"content-type": "application/json", **headers}
            sent = body if method == "POST" else None
            answers.append(
                handler(api_request(method, path, body=sent, headers=sent_with), context())
            )
    return answers


def test_nothing_that_was_shown_is_told_or_kept(world, around, capsys):
    """Whatever comes of it: no answer, item or line of a log repeats what somebody showed."""
    apply_config(config({"anna": 1}, more=MORE), around)
    config_store._read.clear()
    world.give_secrets({"partner#acme": {"key": KEY}, "hook#zap": {"secret": [SIGNS]}})
    answers = _asked(world)
    assert {200, 201, 401} <= {answer["statusCode"] for answer in answers}
    world.route()
    world.alert()
    logged, kept = capsys.readouterr().out, json.dumps(world.items(), default=str)
    for planted in (SECRET, KEY, SIGNS):
        assert planted not in logged
        assert planted not in kept
        assert not any(planted in json.dumps(answer) for answer in answers)


def test_a_link_is_signed_with_what_only_secrets_manager_keeps(world):
    assert link_keys() == [SECRET]
    assert SECRET not in json.dumps(world.items(), default=str)


@pytest.mark.parametrize(
    "line",
    [
        f'{{"token":"{SECRET}"}}',
        f'{{"key":"{KEY}"}}',
        f'{{"secret":"{SIGNS}"}}',
        '{"path":"/a/WyIwMW03enh3cmgxMjk2ajl6bjY2c2dldnF6OSIs"}',
        '{"who":"ada.lovelace@example.co.uk"}',
    ],
)
def test_a_telling_log_line_is_noticed(line: str) -> None:
    assert told(line)
    assert not told(f"printed by a test: {line}")


def test_an_ordinary_log_line_is_not() -> None:
    line = '{"level":"INFO","message":"routed","lead_id":"01m7zxwrh1296j9zn66sgevqz9","who":"anna"}'
    assert not TELLING.search(line)
