"""The API's document: sound in itself, and true of what is served and answered."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import functions.capture.handler as capture
import functions.desk.handler as desk
from shared.domain.leads import Status, Step
from shared.flows.apply_config import apply_config
from shared.flows.describe_source import describe_source
from shared.http import PROBLEMS
from shared.openapi import document
from shared.openapi.of_source import source_document
from shared.tokens import SignInLink, sign_link
from tests import pressing
from tests.aws_events import api_request, context
from tests.sellers import selling, sources
from tests.team import config

WHOLE = document("https://leads.example.com")
SMALL = {
    named: source_document(describe_source(selling(), named, "https://leads.example.com"))
    for named, _ in selling().config.sources()
}
EVERY = {"the whole": WHOLE, **SMALL}
METHODS = {"get", "post", "patch", "options"}
KEY = "k" * 43
ADMIN = {"authorization": f"Bearer {'k' * 48}"}
UNKNOWN = "0" * 26


def operations(whole: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in whole["paths"].items():
        for method in METHODS & methods.keys():
            yield path, method, methods[method]


def inside(value: Any) -> Iterator[Any]:
    """Everything in a document, at any depth."""
    yield value
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from inside(part)


# ── Sound in itself ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", EVERY)
def test_a_document_is_openapi_3_1(name: str) -> None:
    """Its structure, as the specification has it; schemas are JSON Schema 2020-12."""
    whole = EVERY[name]
    assert whole.keys() <= {"openapi", "info", "servers", "paths", "components"}
    assert whole["openapi"] == "3.1.0"
    assert {"title", "version"} <= whole["info"].keys() <= {"title", "version", "description"}
    assert all(isinstance(text, str) for text in whole["info"].values())
    assert re.fullmatch(r"https://[^/]+", whole["servers"][0]["url"])
    assert whole["components"].keys() == {"schemas", "securitySchemes"}
    for schema in whole["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for path, item in whole["paths"].items():
        assert path.startswith("/")
        assert item.keys() <= METHODS | {"parameters"}
        named = [p["name"] for p in item.get("parameters", []) if p["in"] == "path"]
        assert sorted(named) == sorted(re.findall(r"\{(\w+)\}", path))
    for path, method, operation in operations(whole):
        allowed = {"summary", "security", "parameters", "requestBody", "responses"}
        assert {"summary", "responses"} <= operation.keys() <= allowed, (path, method)
        for parameter in operation.get("parameters", []):
            assert parameter["in"] in ("query", "header", "path")
            assert "schema" in parameter
        for status, response in operation["responses"].items():
            assert re.fullmatch(r"[2345]\d\d", status)
            assert response["description"]
            assert response.keys() <= {"description", "content"}
        for content in bodies(operation):
            assert content.keys() <= {"schema", "example"}
            Draft202012Validator.check_schema(content.get("schema", {}))


def bodies(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from operation.get("requestBody", {}).get("content", {}).values()
    for response in operation["responses"].values():
        yield from response.get("content", {}).values()


@pytest.mark.parametrize("name", EVERY)
def test_each_reference_leads_somewhere_and_nothing_is_left_over(name: str) -> None:
    whole = EVERY[name]
    used = {part["$ref"] for part in inside(whole) if isinstance(part, dict) and "$ref" in part}
    schemas = whole["components"]["schemas"]
    assert used <= {f"#/components/schemas/{schema}" for schema in schemas}
    secured = {
        scheme
        for _, _, operation in operations(whole)
        for wanted in operation.get("security", [])
        for scheme in wanted
    }
    assert secured == whole["components"]["securitySchemes"].keys()
    json.dumps(whole)  # and all of it is JSON


@pytest.mark.parametrize("name", EVERY)
def test_each_example_is_what_its_schema_says(name: str) -> None:
    whole = EVERY[name]
    for path, method, operation in operations(whole):
        for content in bodies(operation):
            if "example" in content and "schema" in content:
                problems = wrong_with(content["example"], content["schema"], whole)
                assert problems == [], (path, method)


def wrong_with(value: Any, schema: dict[str, Any], whole: dict[str, Any]) -> list[str]:
    complete = {**schema, "components": whole["components"]}
    return [error.message for error in Draft202012Validator(complete).iter_errors(value)]


def test_a_partners_document_holds_fields_as_they_are_agreed() -> None:
    lead = SMALL["partner#acme"]["components"]["schemas"]["Lead"]
    assert lead["required"] == ["name", "postal_code", "budget"]
    assert lead["anyOf"] == [{"required": ["email"]}, {"required": ["phone"]}]
    assert lead["properties"]["budget"]["enum"] == ["low", "high"]
    assert lead["properties"]["country"]["default"] == "SE"
    assert lead["properties"]["message"]["maxLength"] == 10_000
    assert "mobil" in lead["properties"]["phone"]["description"]
    assert {"external_id", "test", "ping_id", "xxTrustedFormCertUrl"} <= lead["properties"].keys()


# ── True of what is served ───────────────────────────────────────────────────────────────────────


def filled_in(path: str) -> str:
    ids = {"form_id": "website", "partner_id": "acme", "hook_id": "meta", "lead_id": UNKNOWN}
    return re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], "x"), path)


def app_of(path: str) -> Any:
    """The function that API Gateway asks for this path; see template.yaml."""
    to_capture = r"/v1/(forms/[^/]+/leads|partners/[^/]+/(leads|pings)|hooks/[^/]+)"
    return capture if re.fullmatch(to_capture, path) else desk


@pytest.mark.parametrize("path", WHOLE["paths"])
def test_each_path_is_served_with_exactly_the_methods_it_names(path: str) -> None:
    answer = app_of(path).handler(api_request("DELETE", filled_in(path)), context())
    assert answer["statusCode"] == 405
    allowed = set(answer["headers"]["Allow"].split(", ")) - {"HEAD"}
    assert {method.upper() for method in METHODS & WHOLE["paths"][path].keys()} == allowed


@pytest.mark.parametrize("module", [capture, desk])
def test_each_path_that_is_served_is_documented(module: Any) -> None:
    app = module.app
    routes = [*app._static_routes, *app._dynamic_routes]
    assert len(routes) >= 12
    documented = [filled_in(path) for path in WHOLE["paths"] if app_of(path) is module]
    for route in routes:
        assert any(route.rule.match(path) for path in documented), route.path


def test_each_action_on_a_lead_is_documented_and_no_other() -> None:
    prefix = "/v1/leads/{lead_id}/"
    actions = {path.removeprefix(prefix) for path in WHOLE["paths"] if path.startswith(prefix)}
    others = {"decision", "claim", "assign", "release", "approve-return", "refuse-return"}
    assert actions - others == desk.STEPS.keys()


def test_every_status_step_and_problem_has_its_place() -> None:
    schemas = WHOLE["components"]["schemas"]
    assert schemas["Lead"]["properties"]["status"]["enum"] == [str(status) for status in Status]
    history = schemas["Lead"]["properties"]["history"]["items"]["properties"]
    assert history["step"]["enum"] == [str(step) for step in Step]
    answered = {
        status for _, _, operation in operations(WHOLE) for status in operation["responses"]
    }
    assert {str(status) for status, _, _ in PROBLEMS.values()} <= answered


def test_what_any_request_can_be_answered_is_said_of_each() -> None:
    for path, method, operation in operations(WHOLE):
        wanted = {"404", "405", "429", "500", "503"}
        if {"admin": []} in operation["security"]:
            wanted |= {"401"}
        assert wanted <= operation["responses"].keys(), (path, method)


def test_behind_a_link_there_are_pages() -> None:
    for method in ("get", "post"):
        responses = WHOLE["paths"]["/a/{token}"][method]["responses"]
        assert all("text/html" in responses[status]["content"] for status in ("200", "404", "409"))


# ── True of what is answered ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def served(world: Any, around: Any) -> Any:
    more = {**sources(), "channels": {"phone-push": {"kind": "push"}}}
    anna = {"alerts": [{"channel": "phone-push", "on": ["assigned"]}]}
    apply_config(config({"anna": 1}, limits={"anna": anna}, more=more), around)
    keys = {"keys": [{"sha256": "", "scopes": ["pings"]}]}
    world.give_secrets(
        {
            "partner#acme": {"key": KEY},
            "partner#plain": {"key": KEY},
            "partner#adf": keys,
            "hook#mapped": {"secret": [KEY]},
            "hook#meta": {"verify_token": ["token"]},
        }
    )
    return world


def documented(path: str) -> str:
    """The document's name for a path; the one with the fewest parameters that fits."""
    fitting = [
        name
        for name in WHOLE["paths"]
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", name).replace(".", r"\."), path)
    ]
    return min(fitting, key=lambda name: name.count("{"))


def asked(method: str, path: str, body: Any = None, query: str = "", **headers: str) -> Any:
    """Ask, and hold the answer against the document."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    if isinstance(body, dict | list):
        sent.setdefault("content-type", "application/json")
    event = api_request(method, path, body=raw, headers=sent)
    if query:
        event["rawQueryString"] = query
        event["queryStringParameters"] = dict(pair.split("=") for pair in query.split("&"))
    answer = app_of(path).handler(event, context())
    said = WHOLE["paths"][documented(path)][method.lower()]["responses"]
    status, kind = str(answer["statusCode"]), answer["headers"].get("Content-Type", "")
    assert status in said, (method, path, status, answer["body"])
    content = said[status].get("content", {})
    essence = kind.partition(";")[0]
    assert essence in content or (not content and not answer["body"]), (path, status, kind)
    if "json" in essence:
        problems = wrong_with(json.loads(answer["body"]), content[essence]["schema"], WHOLE)
        assert problems == [], (method, path, status, answer["body"])
        answer["json"] = json.loads(answer["body"])
    return answer


LEAD = {"name": "Ada", "email": "ada@example.com", "postal_code": "111 20", "budget": "low"}


def test_what_partners_are_answered_is_as_documented(served: Any) -> None:
    leads, pings = "/v1/partners/acme/leads", "/v1/partners/acme/pings"
    statuses = []
    for more, headers in (
        ({"external_id": "A1"}, {}),
        ({"external_id": "A2"}, {"accept": "application/xml"}),
        ({"external_id": "A3", "test": True}, {}),
        ({"external_id": "A3", "test": True, "message": "other"}, {}),
        ({"budget": "0.3141"}, {}),
        ({}, {"x_api_key": "wrong"}),
        ({}, {"content_type": "image/png"}),
    ):
        answer = asked("POST", leads, {**LEAD, **more}, **{"x_api_key": KEY, **headers})
        statuses.append(answer["statusCode"])
    assert statuses == [201, 200, 201, 422, 422, 401, 415]
    json_headers = {"x_api_key": KEY, "content_type": "application/json"}
    assert asked("POST", leads, b"{", **json_headers)["statusCode"] == 400
    assert asked("POST", leads, b" " * 70_000, **json_headers)["statusCode"] == 413
    ping = {"postal_code": "111 20", "budget": "low"}
    assert asked("POST", pings, ping, x_api_key=KEY)["json"]["ping_id"]
    assert asked("POST", pings, LEAD, x_api_key=KEY)["statusCode"] == 422
    assert asked("POST", pings, ping, x_api_key=KEY, accept="text/xml")["statusCode"] == 200
    assert asked("GET", leads.replace("leads", "spec"), accept="text/html")["statusCode"] == 200
    assert asked("GET", leads.replace("leads", "spec.json"))["statusCode"] == 200


def test_what_returns_are_answered_is_as_documented(served: Any) -> None:
    sold = asked("POST", "/v1/partners/acme/leads", LEAD, x_api_key=KEY)["json"]["lead_id"]
    path = f"/v1/partners/acme/leads/{sold}/returns"
    bad = {"reason": "wrong_number", "note": "rings out"}
    assert asked("GET", path, x_api_key=KEY)["statusCode"] == 404
    assert asked("POST", path, bad)["statusCode"] == 401
    assert asked("POST", path, {"reason": "mood"}, x_api_key=KEY)["statusCode"] == 422
    assert asked("POST", path, bad, x_api_key=KEY)["json"]["status"] == "requested"
    assert asked("GET", path, x_api_key=KEY)["json"]["outcome"] == "success"
    assert len(asked("GET", "/v1/returns", **ADMIN)["json"]["returns"]) == 1
    assert asked("POST", f"/v1/leads/{sold}/refuse-return", {}, **ADMIN)["statusCode"] == 200
    assert asked("POST", f"/v1/leads/{sold}/approve-return", **ADMIN)["statusCode"] == 409
    assert asked("GET", "/v1/partners/acme", **ADMIN)["json"]["caps"]
    assert asked("GET", "/v1/partners/nobody", **ADMIN)["statusCode"] == 404


def test_what_hooks_are_answered_is_as_documented(served: Any) -> None:
    mapped = {"data": {"items": [{"first": "Ada", "tel": "+442079460018", "id": "1"}]}}
    path = "/v1/hooks/mapped"
    assert asked("POST", path, mapped, x_leadwheel_key=KEY)["json"]["lead_ids"]
    assert asked("POST", path, mapped)["statusCode"] == 401
    assert asked("POST", path, b"x" * 300_000, x_leadwheel_key=KEY)["statusCode"] == 413
    assert asked("POST", "/v1/hooks/nobody", mapped)["statusCode"] == 404
    assert asked("GET", path)["statusCode"] == 403
    query = "hub.mode=subscribe&hub.verify_token=token&hub.challenge=1158201444"
    assert asked("GET", "/v1/hooks/meta", query=query)["body"] == "1158201444"
    assert asked("GET", "/v1/hooks/nobody/spec", accept="text/html")["statusCode"] == 404
    assert asked("GET", "/v1/hooks/meta/spec", accept="application/openapi+json")["json"]


def test_what_forms_are_answered_is_as_documented(served: Any) -> None:
    path = "/v1/forms/website/leads"
    plain = {"accept": "text/html", "content_type": "application/x-www-form-urlencoded"}
    said = b"name=Ada&email=ada@example.com&consent=yes"
    then = b"&redirect_to=https://www.example.com/thanks"
    assert asked("POST", path, said, **plain)["statusCode"] == 201
    assert asked("POST", path, said + then, **plain)["statusCode"] == 303
    assert asked("POST", path, b"name=Ada", **plain)["statusCode"] == 422
    assert asked("POST", path, {"name": "Ada"})["statusCode"] == 422
    assert asked("POST", path, b"{", content_type="application/json")["statusCode"] == 201
    assert asked("POST", path, said)["statusCode"] == 415
    assert asked("POST", path, b"x" * 70_000, **plain)["statusCode"] == 413
    assert asked("OPTIONS", path, origin="https://www.example.com")["statusCode"] == 204


def test_what_the_desk_answers_is_as_documented(served: Any) -> None:
    form = "/v1/forms/website/leads"
    held = asked("POST", form, {"email": "a@example.com", "fax_number": "1"})["json"]["lead_id"]
    assert asked("GET", "/v1/quarantine", **ADMIN)["json"]["leads"]
    assert asked("GET", f"/v1/quarantine/{held}", **ADMIN)["json"]["quarantine"]["raw"]
    assert asked("GET", f"/v1/quarantine/{held}", accept="text/html", **ADMIN)["statusCode"] == 200
    assert asked("GET", f"/v1/leads/{held}", **ADMIN)["json"]["quarantine"]
    release = f"/v1/quarantine/{held}/release"
    assert asked("POST", release, {"felds": {}}, **ADMIN)["statusCode"] == 422
    assert asked("POST", release, {}, **ADMIN)["statusCode"] == 422
    fields = {"name": "Ada", "consent": "yes", "fax_number": ""}
    assert asked("POST", release, {"fields": fields}, **ADMIN)["json"]["status"] == "new"
    assert asked("POST", f"/v1/quarantine/{held}/discard", {}, **ADMIN)["statusCode"] == 409
    assert asked("GET", f"/v1/quarantine/{held}", **ADMIN)["statusCode"] == 200
    served.route()
    assert asked("GET", f"/v1/leads/{held}", **ADMIN)["json"]["status"] == "assigned"
    assert asked("GET", f"/v1/leads/{held}/decision", **ADMIN)["json"]["chosen"] == "anna"
    assert asked("POST", f"/v1/leads/{held}/accept", {"rep_id": "anna"}, **ADMIN)["json"]["owner"]
    assert asked("POST", f"/v1/leads/{held}/decline", **ADMIN)["statusCode"] == 409
    assert asked("POST", f"/v1/leads/{held}/lose", {"why": "x"}, **ADMIN)["statusCode"] == 422
    for path in (
        *("/v1/parked", "/v1/reps/anna/leads", "/v1/pools/sales/rotation", "/v1/returns"),
        "/v1/mail/paused",
    ):
        assert asked("GET", path, **ADMIN)["statusCode"] == 200
        assert asked("GET", path)["statusCode"] == 401
    assert asked("POST", "/v1/reps/anna/pause", **ADMIN)["json"]["paused"]
    assert asked("POST", "/v1/reps/anna/mail/resume", **ADMIN)["statusCode"] == 200
    assert asked("POST", "/v1/reps/anna/pause", {"until": "now"}, **ADMIN)["statusCode"] == 422
    assert asked("GET", f"/v1/leads/{UNKNOWN}", **ADMIN)["statusCode"] == 404
    assert asked("GET", f"/v1/quarantine/{UNKNOWN}", **ADMIN)["statusCode"] == 404
    assert asked("GET", "/a/none")["statusCode"] == 404
    assert asked("GET", "/openapi.json")["json"]["openapi"] == "3.1.0"


def test_what_people_who_sign_in_are_answered_is_as_documented(served: Any) -> None:
    assert asked("GET", "/sign-in")["statusCode"] == 200
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert asked("POST", "/sign-in", b"email=anna@example.com", **form)["statusCode"] == 200
    assert asked("POST", "/sign-in", b"x" * 70_000, **form)["statusCode"] == 413
    (slot,) = [item for item in served.items() if item["kind"]["S"] == "sign_in"]
    link = SignInLink(slot["pk"]["S"][7:], 1, slot["nonce"]["S"])
    path = f"/s/{sign_link(link, ['k' * 48])}"
    assert asked("GET", path)["statusCode"] == 200
    assert asked("POST", path)["statusCode"] == 200
    answer = asked("POST", path, pressing.button_behind(path), **form)
    assert answer["statusCode"] == 303
    assert asked("GET", path)["statusCode"] == 409
    assert asked("GET", "/s/none")["statusCode"] == 404
    cookie = {"cookie": answer["cookies"][0].partition(";")[0]}
    sent = {**form, **cookie}
    lead = asked("POST", "/v1/forms/website/leads", {**LEAD, "consent": "yes"})["json"]["lead_id"]
    served.route()
    path = f"/my/leads/{lead}"
    pressed = pressing.filled_in(asked("GET", path, **cookie)["body"], step="noted")
    assert asked("POST", path, pressed, **sent)["statusCode"] == 422
    assert asked("POST", path, pressed.replace(b"noted", b"sold"), **sent)["statusCode"] == 409
    assert asked("POST", path, b"x" * 70_000, **sent)["statusCode"] == 413
    accepted = pressed.replace(b"noted", b"accepted") + b"&assignment=1"
    assert asked("POST", path, accepted, **sent)["statusCode"] == 303
    assert asked("GET", f"/my/leads/{UNKNOWN}", **cookie)["statusCode"] == 404
    for path in ("/my/leads", "/my/sessions"):
        assert asked("GET", path, **cookie)["statusCode"] == 200
        assert asked("GET", path)["statusCode"] == 303
    for name in ("push.js", "worker.js", "manifest.webmanifest"):
        assert asked("GET", f"/my/{name}")["statusCode"] == 200
    assert asked("GET", "/my/push", **cookie)["statusCode"] == 200
    assert asked("POST", "/my/push", pressed, **sent)["statusCode"] == 422
    assert asked("POST", "/my/push", pressed + b"&drop=x", **sent)["statusCode"] == 303
    assert asked("POST", "/my/sessions", pressed, **sent)["statusCode"] == 200
    annas = {"email": "anna@example.com"}
    listed = asked("POST", "/v1/people/sessions", annas, **ADMIN)["json"]["sessions"]
    assert len(listed) == 2
    assert asked("POST", "/v1/people/sessions", {}, **ADMIN)["statusCode"] == 422
    assert asked("POST", "/my/sessions/end", pressed + b"&session=x", **sent)["statusCode"] == 303
    assert asked("POST", "/sign-out", pressed, **sent)["statusCode"] == 303
    assert asked("POST", "/v1/people/sessions/end", annas, **ADMIN)["json"] == {"ended": 1}


def test_what_is_done_by_hand_is_answered_as_documented(served: Any) -> None:
    form = "/v1/forms/website/leads"
    said = {"name": "Ada", "email": "a@example.com", "consent": "yes"}
    lead = asked("POST", form, said)["json"]["lead_id"]
    path = f"/v1/leads/{lead}"
    to_anna = {"rep_id": "anna"}
    for action, body, status in (
        ("claim", to_anna, 409),
        ("assign", {"rep_id": "nobody"}, 422),
        ("assign", to_anna, 200),
        ("release", {"rep_id": "anna"}, 200),
        ("release", {"rep_id": "anna", "assignment": 1}, 200),
        ("release", {"rep_id": "anna", "assignment": 7}, 409),
    ):
        assert asked("POST", f"{path}/{action}", body, **ADMIN)["statusCode"] == status
    assert asked("PATCH", path, {"fields": {"phone": "+46701740605"}}, **ADMIN)["json"]["fields"]
    assert asked("PATCH", path, {"fields": {"phone": "12"}}, **ADMIN)["statusCode"] == 422
    assert asked("PATCH", path, b" " * 70_000, **ADMIN)["statusCode"] == 413
    asked("POST", "/v1/reps/anna/pause", **ADMIN)
    paused = asked("POST", f"{path}/assign", to_anna, **ADMIN)["json"]
    assert (paused["rep_id"], paused["code"]) == ("anna", "paused")
    several = {"lead_ids": [lead, UNKNOWN]}
    for several_path, body in (("assign", to_anna), ("assign", {}), ("release", to_anna)):
        answer = asked("POST", f"/v1/leads/{several_path}", {**several, **body}, **ADMIN)
        assert len(answer["json"]["results"]) == 2
    assert asked("POST", "/v1/pools/sales/claim", to_anna, **ADMIN)["statusCode"] == 409
