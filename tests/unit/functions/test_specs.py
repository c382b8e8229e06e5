"""The specifications that are served; and that what they show to copy works."""

import ast
import contextlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from shutil import which
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import functions.capture.handler as capture
import functions.desk.handler as desk
from functions.desk.specs import wanted_json
from shared.domain.leads import Status, Step
from shared.flows.apply_config import apply_config
from shared.flows.describing.requests import KEY, SECRET
from tests.audit import Books
from tests.aws_events import api_request, context
from tests.sellers import SECRETS, sources
from tests.team import config

PAGE = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
JSON = {"content-type": "application/json"}
PARTNER_KEY = "k" * 43
SIGNING_SECRET = "whsec_" + "c2VjcmV0" * 6


@pytest.fixture
def served(world: Any, around: Any) -> Any:
    """The sources of `tests.sellers`, at an hour when leads are bought."""
    apply_config(config({"anna": 1}, more=sources()), around)
    world.give_secrets(
        {
            "partner#acme": {"key": PARTNER_KEY},
            "partner#adf": {"key": PARTNER_KEY},
            "partner#signing": {"secret": [SIGNING_SECRET]},
            "hook#mapped": {"secret": [PARTNER_KEY]},
        }
    )
    return world


def get(path: str, method: str = "GET", **headers: str) -> Any:
    answer = desk.handler(api_request(method, path, headers=headers), context())
    answer["type"] = answer["headers"]["Content-Type"]
    return answer


# ── What is served ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("source", ["partners/acme", "forms/website", "hooks/meta"])
def test_a_browser_sees_a_page_and_a_program_gets_openapi(served: Any, source: str) -> None:
    page = get(f"/v1/{source}/spec", **PAGE)
    assert (page["statusCode"], page["type"]) == (200, "text/html; charset=utf-8")
    assert f"https://leads.example.com/v1/{source}" in page["body"]
    assert page["headers"]["Vary"] == "Accept"
    for kind in ("application/json", "application/openapi+json"):
        told = get(f"/v1/{source}/spec", accept=kind)
        assert (told["statusCode"], told["type"]) == (200, kind)
        assert json.loads(told["body"])["openapi"] == "3.1.0"
    always = get(f"/v1/{source}/spec.json", **PAGE)
    assert (always["statusCode"], always["type"]) == (200, "application/json")
    assert always["body"] == get(f"/v1/{source}/spec", accept="application/json")["body"]


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", ""),
        ("*/*", ""),
        ("text/html", ""),
        ("text/html, application/json", ""),
        ("text/html;q=0.5, application/json", "application/json"),
        ("application/json;q=0.4, text/html;q=0.5", ""),
        ("Application/JSON; charset=utf-8", "application/json"),
        ("application/openapi+json;version=3.1", "application/openapi+json"),
        ("application/json;q=0.1, application/openapi+json", "application/openapi+json"),
        ("application/json;q=x", ""),
        ("application/json;q=0", ""),
        ("image/png", ""),
        (",,;;q=,", ""),
    ],
)
def test_who_prefers_json_gets_it(accept: str, wanted: str) -> None:
    assert wanted_json(accept) == wanted


@pytest.mark.parametrize("kind", ["partners", "forms", "hooks"])
@pytest.mark.parametrize("strange", ["nobody", "ACME", "%20", "a%2Fb", "x" * 3000])
def test_what_is_not_configured_is_not_found(served: Any, kind: str, strange: str) -> None:
    page = get(f"/v1/{kind}/{strange}/spec", **PAGE)
    assert page["statusCode"] == 404
    for path in (f"/v1/{kind}/{strange}/spec.json", f"/v1/{kind}/{strange}/spec"):
        answer = get(path, accept="application/json")
        assert (answer["statusCode"], answer["type"]) == (404, "application/problem+json")


def test_a_person_who_mistypes_the_address_sees_a_page(served: Any) -> None:
    answer = get("/v1/partners/nobody/spec", **PAGE)
    assert (answer["statusCode"], answer["type"]) == (404, "text/html; charset=utf-8")


def test_the_page_follows_the_configuration_in_force(served: Any, around: Any) -> None:
    assert "hazel" not in get("/v1/partners/acme/spec")["body"]
    apply_config(config({"anna": 1}, more=sources(required=["hazel"])), around)
    assert "hazel" in get("/v1/partners/acme/spec")["body"]


def test_what_is_served_names_no_price_cap_screen_or_other_source(served: Any) -> None:
    for path in ("/v1/partners/acme/spec", "/v1/partners/acme/spec.json"):
        answer = get(path)
        whole = answer["body"] + json.dumps(answer["headers"])
        assert [secret for secret in (*SECRETS, "47.11") if secret in whole] == []
        assert PARTNER_KEY not in whole


def test_only_reading_is_possible(served: Any) -> None:
    answer = get("/v1/partners/acme/spec", "POST")
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, "GET, HEAD")


# ── What it shows to copy ────────────────────────────────────────────────────────────────────────


def shown(source: str, language: str, section: str = "samples") -> str:
    """A sample as a browser shows it, from the page's own section."""
    page = get(f"/v1/{source}/spec", **PAGE)["body"]
    part = page.partition(f'<h2 id="{section}"')[2].partition("<h2 ")[0]
    found = re.search(rf">{language}</p>\s*<pre[^>]*><code>(.*?)</code></pre>", part, re.DOTALL)
    assert found, (source, language, section)
    return unescape(found[1])


@contextlib.contextmanager
def listening() -> Iterator[str]:
    """An address at which capture answers, as API Gateway would let it."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            event = api_request("POST", self.path, body=body, headers=dict(self.headers))
            answer = capture.handler(event, context())
            text = answer["body"].encode()
            self.send_response(answer["statusCode"])
            for name, value in answer["headers"].items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def run(language: str, text: str) -> dict[str, Any]:
    """Run what the page shows, as a program of its own; what it was answered."""
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-c", text] if language == "Python" else ["sh", "-c", text]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=True, env=plain
    )
    found = re.search(r"\{.*\}", done.stdout, re.DOTALL)
    assert found, done
    answer: dict[str, Any] = (ast.literal_eval if language == "Python" else json.loads)(found[0])
    return answer


@pytest.mark.parametrize("language", ["curl", "Python"])
@pytest.mark.parametrize("partner", ["acme", "adf", "signing"])
def test_what_the_page_shows_to_copy_is_a_test_that_succeeds(
    served: Any, around: Any, monkeypatch: pytest.MonkeyPatch, partner: str, language: str
) -> None:
    """Run as it stands, with the placeholder of the key or secret replaced and nothing else."""
    if language == "curl" and not (which("curl") and which("openssl")):
        pytest.skip("no curl or openssl here")
    if partner == "signing":
        served.clock.at = datetime.now(UTC)  # signatures are of this very minute
        no_hours = sources()
        no_hours["partners"]["signing"] = {**no_hours["partners"]["signing"], "hours": []}
        apply_config(config({"anna": 1}, more=no_hours), around)
    with listening() as address:
        monkeypatch.setenv("PUBLIC_URL", address)
        text = shown(f"partners/{partner}", language)
        answer = run(language, text.replace(KEY, PARTNER_KEY).replace(SECRET, SIGNING_SECRET))
    assert (answer["outcome"], answer["code"]) == ("success", "test")
    (lead,) = Books(served.items()).leads
    assert lead.status is Status.REJECTED
    assert lead.fields["postal_code"] == "111 20"
    told = json.loads(get(f"/v1/partners/{partner}/spec.json")["body"])
    (path,) = (path for path in told["paths"] if path.endswith("/leads"))
    example = told["paths"][path]["post"]["responses"]["201"]["content"]["application/json"]
    assert {**example["example"], "lead_id": answer["lead_id"]} == answer


@pytest.mark.parametrize("language", ["curl", "Python"])
def test_a_wrong_key_is_told_by_the_same_sample(
    served: Any, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    if language == "curl" and not which("curl"):
        pytest.skip("no curl here")
    with listening() as address:
        monkeypatch.setenv("PUBLIC_URL", address)
        answer = run(language, shown("partners/acme", language))
    assert (answer["status"], answer["outcome"]) == (401, "error")


def post(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    headers = {**JSON, "x-api-key": PARTNER_KEY, "x-leadwheel-key": PARTNER_KEY}
    event = api_request("POST", path, body=json.dumps(body).encode(), headers=headers)
    answer = capture.handler(event, context())
    return answer["statusCode"], json.loads(answer["body"])


def example_of(source: str, path: str) -> dict[str, Any]:
    told = json.loads(get(f"/v1/{source}/spec.json")["body"])
    content = told["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    if "schema" in content and "$ref" not in content["schema"]:
        Draft202012Validator(content["schema"]).validate(content["example"])
    else:
        schema = {"$ref": "#/components/schemas/Lead", "components": told["components"]}
        Draft202012Validator(schema).validate(content["example"])
    return content["example"]


def test_the_sample_sells_a_lead_when_it_is_no_test(served: Any) -> None:
    path = "/v1/partners/acme/leads"
    sample = example_of("partners/acme", path)
    del sample["test"]
    status, answer = post(path, sample)
    assert (status, answer["outcome"], answer["code"]) == (201, "success", "accepted")
    (lead,) = Books(served.items()).leads
    assert lead.status is Status.NEW


def test_a_ping_like_the_samples_leads_to_a_sale_by_the_other_sample(served: Any) -> None:
    pings, leads = "/v1/partners/acme/pings", "/v1/partners/acme/leads"
    ping, lead = example_of("partners/acme", pings), example_of("partners/acme", leads)
    status, tried = post(pings, ping)
    assert (status, tried["code"]) == (200, "test")
    assert post(leads, {**lead, "ping_id": tried["ping_id"]})[1]["code"] == "test"
    del ping["test"], lead["test"]
    promised = post(pings, ping)[1]
    status, answer = post(leads, {**lead, "ping_id": promised["ping_id"], "external_id": "A-1002"})
    assert (status, answer["code"]) == (201, "accepted")
    assert answer["price"] == promised["price"] == "47.11"


def test_the_forms_sample_becomes_a_lead(served: Any) -> None:
    path = "/v1/forms/website/leads"
    assert post(path, example_of("forms/website", path))[0] == 201
    (lead,) = Books(served.items()).leads
    assert lead.log[0].step is Step.CAPTURED


def test_the_hooks_sample_becomes_a_lead(served: Any) -> None:
    path = "/v1/hooks/mapped"
    status, answer = post(path, example_of("hooks/mapped", path))
    (lead,) = Books(served.items()).leads
    assert (status, answer["lead_ids"]) == (200, [lead.lead_id])
    assert lead.log[0].step is Step.CAPTURED
    assert lead.fields["name"] == "Ada Example"
