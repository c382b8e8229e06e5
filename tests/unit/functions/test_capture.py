"""What a form's visitor, its script and its owner get to see."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

import functions.capture.handler as capture
from shared.domain.leads import Status
from shared.errors import StoreBusyError
from shared.flows.apply_config import apply_config
from shared.store import config as config_store
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


@pytest.mark.parametrize("within", [None, "10s", "30d"])
def test_without_a_key_the_same_body_within_a_minute_is_the_same_lead(
    world: Any, post: Any, around: Any, within: str | None
) -> None:
    """However long persons are recognised."""
    if within:
        form = {**FORM, "duplicates": {"within": within, "keys": ["email"]}}
        apply_config(config({"anna": 1}, more={"forms": {"website": form}}), around)
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
    (item,) = (item for item in world.items() if item["kind"]["S"] == "raw")
    assert item["raw"]["B"] == body


@pytest.mark.parametrize(
    ("status", "path", "method", "body", "headers"),
    [
        (404, "/v1/forms/unknown/leads", "POST", b"{}", JSON),
        (404, "/v1/forms/%00/leads", "POST", b"{}", JSON),
        (405, PATH, "GET", b"", JSON),
        (405, PATH, "DELETE", b"", JSON),
        (413, PATH, "POST", b'{"message": "' + b"x" * 65_536 + b'"}', JSON),
        (415, PATH, "POST", b"%PDF", {"content-type": "application/pdf"}),
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


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (413, b'{"message": "' + b"x" * 65_536 + b'"}', JSON),
        (415, b"%PDF", {"content-type": "application/pdf"}),
        (422, b'{"name": "Ada"}', JSON),
        (503, b'{"name": "Ada", "email": "ada@example.com"}', JSON),
    ],
)
def test_a_sites_own_script_can_read_what_is_wrong(
    post: Any,
    status: int,
    body: bytes,
    headers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if status == 503:
        monkeypatch.setattr(capture.form_door, "take_form_post", busy)
    ours = post(body, **headers, origin="https://www.example.com")["headers"]
    assert ours["Access-Control-Allow-Origin"] == "https://www.example.com"
    theirs = post(body, **headers, origin="https://evil.com")["headers"]
    assert "Access-Control-Allow-Origin" not in theirs
    # A cache between must not give the one's answer to the other.
    assert ours["Vary"] == theirs["Vary"] == "Origin"


def busy(*_: Any) -> None:
    raise StoreBusyError("the table did not answer")


@pytest.mark.parametrize(
    ("status", "path", "body", "headers", "says"),
    [
        (404, "/v1/forms/unknown/leads", b"name=Ada", PAGE, "another way"),
        (413, PATH, b"message=" + b"x" * 65_536, PAGE, "shorten your text"),
        (415, PATH, b"name=Ada", PAGE | {"content-type": "text/csv"}, "on our side"),
        (503, PATH, b"name=Ada&email=ada@example.com", PAGE, "try again"),
    ],
)
def test_a_person_never_sees_raw_json(
    post: Any,
    status: int,
    path: str,
    body: bytes,
    headers: dict[str, str],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if status == 503:
        monkeypatch.setattr(capture.form_door, "take_form_post", busy)
    answer = post(body, path, **headers)
    assert answer["statusCode"] == status
    assert answer["headers"]["Content-Type"].startswith("text/html")
    assert says in " ".join(answer["body"].split())


@pytest.mark.parametrize(
    "content_type",
    ["Application/JSON", "application/ld+json", "application/json; charset=klingon"],
)
def test_a_script_gets_json_whatever_it_says_to_accept(post: Any, content_type: str) -> None:
    script = {**PAGE, "content-type": content_type}
    assert post({"name": "Ada", "email": "ada@example.com"}, **script)["json"]["lead_id"]
    assert post(b"x" * 65_537, **script)["json"]["status"] == 413


@pytest.mark.parametrize(
    "field",
    ["page_url", "utm_source", "utm_content", "country", "consent", "g-recaptcha-response"],
)
def test_what_a_program_wrote_is_never_too_long(world: Any, post: Any, field: str) -> None:
    """The visitor did not write it, and could not mend it."""
    answer = post({"name": "Ada", "email": "ada@example.com", field: "x" * 5_000})
    assert answer["statusCode"] == 201
    (lead,) = leads(world)
    assert lead.status is Status.NEW
    assert lead.fields["extra"] == {field: "x" * 5_000}


def test_a_repeat_gets_the_same_answer_when_the_form_asks_for_more_by_then(
    world: Any, post: Any, around: Any
) -> None:
    keyed = {**JSON, "idempotency-key": "k1"}
    said = {"name": "Ada", "email": "ada@example.com"}
    first = post(said, **keyed)
    stricter = {**FORM, "required": ["name", "company"]}
    apply_config(config({"anna": 1}, more={"forms": {"website": stricter}}), around)
    config_store._read.clear()
    again = post(said, **keyed)
    assert (again["statusCode"], again["body"]) == (201, first["body"])
    assert len(leads(world)) == 1
    other = post({"name": "Bob", "email": "bob@example.com"}, **keyed)
    assert other["json"]["type"].endswith("key-reused")
    new = post(said, **{**keyed, "idempotency-key": "k2"})
    assert new["json"]["errors"] == [{"field": "company", "message": "is required"}]
    world.clock.turn(days=8)
    assert post(said, **keyed)["json"]["type"].endswith("invalid-fields")


def test_without_a_key_a_repeat_is_the_same_lead_when_the_form_asks_for_more_by_then(
    world: Any, post: Any, around: Any
) -> None:
    said = {"name": "Ada", "email": "ada@example.com"}
    first = post(said)
    stricter = {**FORM, "required": ["name", "company"]}
    apply_config(config({"anna": 1}, more={"forms": {"website": stricter}}), around)
    config_store._read.clear()
    world.clock.turn(seconds=59)
    again = post(said)
    assert (again["statusCode"], again["body"]) == (201, first["body"])
    world.clock.turn(seconds=2)
    assert post(said)["json"]["errors"] == [{"field": "company", "message": "is required"}]


def test_where_a_visitor_goes_fits_a_header(post: Any) -> None:
    """What is not ASCII is encoded as browsers do, and what is encoded already stays."""
    said = {"name": "Ada", "email": "ada@example.com"}
    said["redirect_to"] = "https://shop.example.com/tack-så?name=Åsa&x=%C3%A5#slut"
    answer = post(urlencode(said).encode(), **PAGE)
    location = "https://shop.example.com/tack-s%C3%A5?name=%C3%85sa&x=%C3%A5#slut"
    assert (answer["statusCode"], answer["headers"]["Location"]) == (303, location)


def test_a_mistake_of_ours_costs_no_lead(
    world: Any, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("shared.flows.judging.normalise", breaks)
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

    monkeypatch.setattr(capture.form_door, "take_form_post", breaks)
    answer = post({"name": "Zaphod Marker", "email": "zaphod.marker@example.com"})
    assert answer["statusCode"] == 500
    output = capsys.readouterr()
    assert "arker" not in output.out + output.err + answer["body"]
