"""What a form's visitor, its script and its owner get to see."""

import json
from typing import Any

import pytest

import functions.capture.handler as capture
from shared.domain.leads import Status
from shared.flows.apply_config import apply_config
from tests.audit import Books
from tests.aws_events import api_request, context
from tests.team import config

PATH = "/v1/forms/website/leads"
JSON = {"content-type": "application/json"}
PAGE = {
    "content-type": "application/x-www-form-urlencoded",
    "accept": "text/html,application/xhtml+xml,*/*;q=0.8",
}
FORM = {
    "default_country": "SE",
    "aliases": {"phone": ["mobil"]},
    "required": ["name"],
    "origins": ["https://www.example.com"],
    "redirects": ["https://www.example.com/thanks", "https://shop.example.com"],
    "honeypot": "fax_number",
    "started_field": "started_at",
    "min_seconds": 3,
}


@pytest.fixture
def post(world: Any, around: Any) -> Any:
    apply_config(config({"anna": 1}, more={"forms": {"website": FORM}}), around)

    def send(body: Any, path: str = PATH, method: str = "POST", **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()} or JSON
        answer = capture.handler(api_request(method, path, body=raw, headers=sent), context())
        answer["json"] = (
            json.loads(answer["body"])
            if "json" in answer["headers"].get("Content-Type", "")
            else None
        )
        return answer

    return send


def leads(world: Any) -> list[Any]:
    return Books(world.items()).leads


def test_a_lead_is_stored_in_normal_form(world: Any, post: Any) -> None:
    answer = post({"name": "Åsa Öberg", "email": "Asa@Example.COM", "mobil": "070-174 06 05"})
    (lead,) = leads(world)
    assert answer["statusCode"] == 201
    assert answer["json"]["lead_id"] == lead.lead_id
    assert lead.status is Status.NEW
    assert lead.fields["email"] == "Asa@example.com"
    assert lead.fields["phone"] == "+46701740605"


def test_every_wrong_field_is_named(world: Any, post: Any) -> None:
    answer = post({"email": "nobody", "mobil": "12"})
    assert answer["statusCode"] == 422
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert {error["field"] for error in answer["json"]["errors"]} == {"email", "mobil", "name"}
    assert leads(world) == []


def test_a_person_who_posts_a_page_sees_pages(post: Any) -> None:
    wrong = post(b"email=nobody", **PAGE)
    assert (wrong["statusCode"], wrong["json"]) == (422, None)
    assert "text/html" in wrong["headers"]["Content-Type"]
    right = post(b"name=Ada&email=ada@example.com", **PAGE)
    assert right["statusCode"] == 201
    assert "text/html" in right["headers"]["Content-Type"]


@pytest.mark.parametrize(
    ("wanted", "followed"),
    [
        ("https://www.example.com/thanks?x=1", True),
        ("https://shop.example.com/anything", True),
        ("https://www.example.com/other", False),
        ("https://www.example.com.evil.com/thanks", False),
        ("https://www.example.com@evil.com/thanks", False),
        ("//evil.com/thanks", False),
        ("https://evil.com\\@www.example.com/thanks", False),
        ("javascript:alert(1)", False),
    ],
)
def test_a_visitor_is_sent_on_only_where_the_form_allows(
    world: Any, post: Any, wanted: str, *, followed: bool
) -> None:
    from urllib.parse import urlencode

    said = {"name": "Ada", "email": "ada@example.com", "redirect_to": wanted}
    answer = post(urlencode(said).encode(), **PAGE)
    assert answer["statusCode"] == (303 if followed else 201)
    assert answer["headers"].get("Location") == (wanted if followed else None)
    assert "redirect_to" not in str(leads(world)[0].fields)


def test_the_same_key_and_body_get_the_same_answer(world: Any, post: Any) -> None:
    keyed = {**JSON, "idempotency-key": "k1"}
    first = post({"name": "Ada", "email": "ada@example.com"}, **keyed)
    world.clock.turn(hours=5)
    assert post({"name": "Ada", "email": "ada@example.com"}, **keyed)["body"] == first["body"]
    assert len(leads(world)) == 1


def test_the_same_key_with_another_body_is_refused(world: Any, post: Any) -> None:
    keyed = {**JSON, "idempotency-key": "k1"}
    post({"name": "Ada", "email": "ada@example.com"}, **keyed)
    answer = post({"name": "Bob", "email": "bob@example.com"}, **keyed)
    assert (answer["statusCode"], answer["json"]["type"].rpartition(":")[2]) == (422, "key-reused")
    assert len(leads(world)) == 1


def test_without_a_key_the_same_body_within_a_minute_is_the_same_lead(
    world: Any, post: Any
) -> None:
    said = {"name": "Ada", "email": "ada@example.com"}
    first = post(said)
    world.clock.turn(seconds=59)
    assert post(said)["body"] == first["body"]
    world.clock.turn(seconds=2)
    assert post(said)["body"] != first["body"]
    assert len(leads(world)) == 2


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "Ada", "email": ',
        b"\xff\xfe{}",
        b"[1, 2]",
        b'{"a":' * 5000,
        b'{"name": "Bot", "email": "b@example.com", "fax_number": "1"}',
        b'{"name": "Bot", "email": "b@example.com", "started_at": "2026-03-02T08:59:59Z"}',
    ],
    ids=["cut off", "not UTF-8", "no object", "deep", "honeypot", "too fast"],
)
def test_what_cannot_be_read_or_trusted_goes_to_quarantine_and_looks_like_success(
    world: Any, post: Any, body: bytes
) -> None:
    answer = post(body)
    (lead,) = leads(world)
    assert answer["statusCode"] == 201
    assert answer["json"] == {"lead_id": lead.lead_id, "status": "received"}
    assert (lead.status, lead.place) == (Status.QUARANTINED, "quarantine")
    (item,) = (item for item in world.items() if item["kind"]["S"] == "lead")
    assert item["raw"]["B"] == body


@pytest.mark.parametrize(
    ("status", "path", "method", "body", "headers"),
    [
        (404, "/v1/forms/unknown/leads", "POST", b"{}", JSON),
        (404, "/v1/forms/%00/leads", "POST", b"{}", JSON),
        (405, PATH, "GET", b"", JSON),
        (405, PATH, "DELETE", b"", JSON),
        (413, PATH, "POST", b'{"message": "' + b"x" * 65_536 + b'"}', JSON),
        (415, PATH, "POST", b"<lead/>", {"content-type": "application/xml"}),
        (415, PATH, "POST", b"{}", {"x-none": "1"}),
        (422, PATH, "POST", b"", JSON),
    ],
)
def test_what_is_wrong_gets_its_own_status_and_a_problem(
    post: Any, status: int, path: str, method: str, body: bytes, headers: dict[str, str]
) -> None:
    answer = post(body, path, method, **headers)
    assert answer["statusCode"] == status
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert answer["json"]["status"] == status
    assert answer["json"]["title"]


def test_only_the_forms_own_sites_may_read_the_answer(post: Any) -> None:
    ours = {"origin": "https://www.example.com"}
    theirs = {"origin": "https://evil.com"}
    preflight = post(b"", method="OPTIONS", **ours)
    assert preflight["statusCode"] == 204
    assert preflight["headers"]["Access-Control-Allow-Origin"] == "https://www.example.com"
    assert "content-type" in preflight["headers"]["Access-Control-Allow-Headers"]
    said = {"name": "Ada", "email": "ada@example.com"}
    assert "Access-Control-Allow-Origin" in post(said, **JSON, **ours)["headers"]
    assert "Access-Control-Allow-Origin" not in post(said, **JSON, **theirs)["headers"]
    refused = post(b"", method="OPTIONS", **theirs)
    assert "Access-Control-Allow-Origin" not in refused["headers"]


def test_a_mistake_of_ours_costs_no_lead(
    world: Any, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("shared.flows.capture_lead.normalise", breaks)
    assert post({"name": "Ada", "email": "ada@example.com"})["statusCode"] == 201
    (lead,) = leads(world)
    assert lead.status is Status.QUARANTINED
    assert lead.log[0].reason.startswith("defect")


def test_nothing_personal_is_logged(
    post: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for a good lead, not for a wrong one, and not when our own code breaks."""
    monkeypatch.setattr("shared.telemetry.logger.level", 10, raising=False)
    post({"name": "Zaphod Marker", "email": "zaphod.marker@example.com"})
    post({"name": "Zaphod Marker", "email": "zaphod.marker@"})

    def breaks(*_: Any, **__: Any) -> None:
        raise ValueError("Zaphod Marker")

    monkeypatch.setattr(capture, "capture_lead", breaks)
    answer = post({"name": "Zaphod Marker", "email": "zaphod.marker@example.com"})
    assert answer["statusCode"] == 500
    output = capsys.readouterr()
    assert "arker" not in output.out + output.err + answer["body"]
