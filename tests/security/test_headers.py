"""What every answer tells browsers: each path and method, for strangers and administrators."""

import re
from typing import Any

import pytest

import functions.capture.handler as capture
import functions.desk.handler as desk
from shared.flows.apply_config import apply_config
from shared.http import METHODS
from shared.store import config as config_store
from tests.aws_events import api_request, context
from tests.team import config

ADMIN = {"authorization": f"Bearer {'k' * 48}"}
BROWSER = {"accept": "text/html", "origin": "https://elsewhere.example"}
MORE = {
    "forms": {"website": {"origins": ["https://ours.example"]}},
    "partners": {"acme": {"mode": "live", "price": "1", "currency": "EUR"}},
    "hooks": {"zap": {"format": "zapier"}},
}
IN_PATH = {"form_id": "website", "partner_id": "acme", "hook_id": "zap", "rep_id": "anna"}
IN_PATH |= {"pool_id": "sales", "lead_id": "0" * 26, "token": "x" * 40, "action": "accept"}

# Public files that hold nobody's data: a browser may keep them, and asks whether they are current.
FILES = ("/my/push.js", "/my/worker.js", "/my/manifest.webmanifest")


def paths(function: Any) -> list[str]:
    """What a function serves, with something in place of each part that varies."""
    routes = (*function.app._static_routes, *function.app._dynamic_routes)
    templates = sorted({route.path for route in routes})
    return [re.sub("<(\\w+)>", lambda part: IN_PATH[part[1]], path) for path in templates]


@pytest.mark.parametrize("function", [capture, desk], ids=["capture", "desk"])
@pytest.mark.parametrize("headers", [{}, ADMIN, BROWSER], ids=["stranger", "admin", "browser"])
def test_every_answer_is_guarded(world, around, function, headers):
    """Kept and guessed by nobody, in no frame, without a script of others, by TLS from now on."""
    apply_config(config({"anna": 1}, more=MORE), around)
    config_store._read.clear()
    statuses = set()
    for path in (*paths(function), "/", "/nowhere", "/v1/../a", "/v1/leads/%00", "//evil.example/"):
        for method in METHODS:
            body = b"" if method in ("POST", "PATCH") else None
            answer = function.handler(
                api_request(method, path, body=body, headers=headers), context()
            )
            told, where = answer["headers"], (method, path, answer["statusCode"])
            statuses.add(answer["statusCode"])
            assert answer["statusCode"] < 500, where
            is_file = path in FILES and answer["statusCode"] == 200
            assert told["Cache-Control"] == ("no-cache" if is_file else "no-store"), where
            assert told["X-Content-Type-Options"] == "nosniff", where
            assert told["Referrer-Policy"] == "no-referrer", where
            assert told["Strict-Transport-Security"] == "max-age=31536000", where
            policy = told["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'"), where
            assert "frame-ancestors 'none'" in policy, where
            assert not {"unsafe-eval", "*", "https:"} & set(policy.replace(";", "").split()), where
            # Other sites' scripts may read nothing: of forms, only those of their own sites may.
            assert "Access-Control-Allow-Origin" not in told, where
            assert not {"Server", "X-Powered-By"} & told.keys(), where
            assert "Traceback" not in answer.get("body", ""), where
    assert {404, 405} <= statuses


def test_a_redirect_leads_nowhere_else(world, around):
    """Where nobody is signed in: to the page to sign in, of this host, whatever was asked for."""
    apply_config(config({"anna": 1}), around)
    for path in ("/my/leads", f"/my/leads/{'0' * 26}", "/my/sessions", "/my/push"):
        for host in ("leads.example.com", "evil.example"):
            headers = {"host": host, "x-forwarded-host": "evil.example"}
            answer = desk.handler(api_request("GET", path, headers=headers), context())
            assert answer["statusCode"] == 303
            assert re.fullmatch(r"(\.\./)+sign-in", answer["headers"]["Location"])


def test_a_defect_shows_nothing_of_itself(world, around, monkeypatch):
    """Neither where nor what: only that it was our mistake."""
    apply_config(config({"anna": 1}), around)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("ada@example.com in /var/task/shared")

    monkeypatch.setattr(config_store, "active", broken)
    for method, path in (("GET", "/v1/parked"), ("POST", "/sign-in"), ("GET", "/my/push")):
        answer = desk.handler(api_request(method, path, headers=ADMIN), context())
        assert not re.search("ada@|/var/task|RuntimeError|Traceback", answer["body"])
        assert answer["headers"]["X-Content-Type-Options"] == "nosniff"
