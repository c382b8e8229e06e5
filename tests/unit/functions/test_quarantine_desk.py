"""The quarantine desk: what a manager sees of what was held, and can do about it."""

import json
from typing import Any

import pytest

import functions.capture.handler as capture
import functions.desk.handler as desk
from shared.domain.leads import Status
from shared.flows.apply_config import apply_config
from shared.flows.capture_lead import capture_lead
from shared.store import config as config_store
from tests.audit import Books, problems
from tests.aws_events import api_request, context
from tests.team import config

FORM: dict[str, Any] = {
    "honeypot": "homepage",
    "duplicates": {"within": "30d", "keys": ["email"]},
}
TEAM = config({"anna": 1}, more={"forms": {"website": FORM}})
BOT = {"name": "Ada Byron", "email": "ada@factory.example", "homepage": "x"}
PAGE = "text/html,application/xhtml+xml,*/*;q=0.8"


def call(
    method: str,
    path: str = "",
    body: Any = None,
    token: str | None = "k" * 48,
    accept: str = "application/json",
) -> Any:
    headers = {"accept": accept}
    if token:
        headers["authorization"] = f"Bearer {token}"
    raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = api_request(method, f"/v1/quarantine{path}", body=raw, headers=headers)
    answer = desk.handler(request, context())
    kind = answer["headers"].get("Content-Type", "")
    answer["json"] = json.loads(answer["body"]) if "json" in kind else None
    return answer


@pytest.fixture
def quarantine(world: Any, around: Any) -> Any:
    apply_config(TEAM, around)
    config_store._read.clear()
    return world


def held(world: Any, said: Any = BOT) -> str:
    """The id of a lead that is held."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    answer = world.post(body, f"key {len(world.items())}")
    return str(json.loads(answer["body"])["lead_id"])


def lead_of(world: Any, lead_id: str) -> Any:
    return next(lead for lead in Books(world.items()).leads if lead.lead_id == lead_id)


def test_everything_needs_the_admin_token(quarantine: Any) -> None:
    lead_id = held(quarantine)
    for token in (None, "wrong"):
        for method, rest in (
            ("GET", ""),
            ("GET", f"/{lead_id}"),
            ("POST", f"/{lead_id}/release"),
            ("POST", f"/{lead_id}/discard"),
        ):
            for accept in ("application/json", PAGE):
                assert call(method, rest, token=token, accept=accept)["statusCode"] == 401
    assert lead_of(quarantine, lead_id).rev == 1


def test_those_for_a_manager_come_before_those_that_platforms_are_asked_for(
    quarantine: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[str] = []
    in_place = desk.lead_store.in_place
    monkeypatch.setattr(
        "shared.store.leads.in_place",
        lambda place, limit: (places.append(place), in_place(place, limit))[1],
    )
    lead_id = held(quarantine)
    (listed,) = call("GET")["json"]["leads"]
    assert (listed["lead_id"], listed["status"]) == (lead_id, "quarantined")
    assert listed["reason"].startswith("honeypot_filled: ")
    assert places == ["quarantine", "announced"]


def test_a_held_lead_shows_why_and_what_was_sent(quarantine: Any) -> None:
    body = json.dumps(BOT).encode()
    answer = call("GET", f"/{held(quarantine, body)}")["json"]
    assert answer["status"] == "quarantined"
    assert answer["quarantine"] == {
        "reason": "honeypot_filled: a field that people cannot see was filled in",
        "content_type": "application/json",
        "part": 1,
        "raw": body.decode(),
        "expires_at": "2026-04-01T09:00:00.000Z",
    }


def test_what_is_no_text_is_shown_in_base64(quarantine: Any) -> None:
    answer = call("GET", f"/{held(quarantine, bytes([0xFF, 0x7B]))}")["json"]
    assert answer["quarantine"]["raw_base64"] == "/3s="


def test_what_was_sent_shows_for_thirty_days_also_after_the_release(quarantine: Any) -> None:
    lead_id = held(quarantine)
    call("POST", f"/{lead_id}/release")
    quarantine.clock.turn(days=29)
    shown = call("GET", f"/{lead_id}")["json"]
    assert (shown["status"], shown["quarantine"]["reason"][:8]) == ("new", "honeypot")
    quarantine.clock.turn(days=1)
    assert call("GET", f"/{lead_id}")["json"]["quarantine"] is None
    page = call("GET", f"/{lead_id}", accept=PAGE)
    assert (page["statusCode"], "not kept any more" in page["body"]) == (200, True)


def test_the_leads_own_path_shows_what_was_sent_no_longer_either(quarantine: Any) -> None:
    lead_id = held(quarantine)
    quarantine.clock.turn(days=30)
    headers = {"authorization": f"Bearer {'k' * 48}"}
    answer = desk.handler(api_request("GET", f"/v1/leads/{lead_id}", headers=headers), context())
    assert json.loads(answer["body"])["quarantine"] is None


def test_a_lead_that_was_never_held_is_not_found_here(quarantine: Any) -> None:
    lead_id = held(quarantine, {"email": "bo@factory.example"})
    assert call("GET", f"/{lead_id}")["json"]["type"].endswith("not-found")
    page = call("GET", f"/{lead_id}", accept=PAGE)
    assert (page["statusCode"], page["json"]) == (404, None)


def test_a_browser_gets_a_page_on_which_nothing_acts(quarantine: Any) -> None:
    attack = "</pre><script>alert(1)</script>\u202e"
    answer = call("GET", f"/{held(quarantine, {**BOT, 'name': attack})}", accept=PAGE)
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in answer["headers"]["Content-Security-Policy"]
    assert answer["headers"]["Cache-Control"] == "no-store"
    assert "<script" not in answer["body"]
    assert "&lt;script&gt;" in answer["body"]
    assert "form#website" in answer["body"]


def test_a_released_lead_goes_the_way_of_any_other(quarantine: Any) -> None:
    lead_id = held(quarantine)
    quarantine.clock.turn(hours=1)
    answer = call("POST", f"/{lead_id}/release", {"fields": {"phone": "+46 70 174 06 05"}})
    assert answer["statusCode"] == 200
    shown = answer["json"]
    assert (shown["lead_id"], shown["status"]) == (lead_id, "new")
    assert shown["fields"] == {
        "name": "Ada Byron",
        "email": "ada@factory.example",
        "phone": "+46701740605",
    }
    assert [(r["step"], r["by"]) for r in shown["history"]] == [
        ("quarantined", None),
        ("released", "api"),
    ]
    assert call("GET")["json"]["leads"] == []
    quarantine.route()
    quarantine.alert()
    assert lead_of(quarantine, lead_id).owner == "anna"
    assert len(quarantine.links("anna@example.com")) == 1
    assert problems(Books(quarantine.items()), TEAM) == []


def test_a_second_release_hears_what_the_lead_is_now(quarantine: Any) -> None:
    lead_id = held(quarantine)
    assert call("POST", f"/{lead_id}/release")["statusCode"] == 200
    for action in ("release", "discard"):
        again = call("POST", f"/{lead_id}/{action}")
        assert again["statusCode"] == 409
        assert again["json"]["type"].endswith("not-possible-now")
        assert "a lead that is new cannot be" in again["json"]["detail"]
    quarantine.route()
    assert "a lead that is assigned" in call("POST", f"/{lead_id}/release")["json"]["detail"]


def test_fields_that_are_still_wrong_are_named(quarantine: Any) -> None:
    lead_id = held(quarantine, b'{"email": "a')
    answer = call("POST", f"/{lead_id}/release")
    assert answer["statusCode"] == 422
    assert [e["field"] for e in answer["json"]["errors"]] == ["(body)", "email", "phone"]
    answer = call("POST", f"/{lead_id}/release", {"fields": {"E-Mail": "a@"}})
    assert [e["field"] for e in answer["json"]["errors"]] == ["E-Mail"]
    assert lead_of(quarantine, lead_id).rev == 1


def test_a_person_who_came_before_is_told_and_can_be_let_out_all_the_same(quarantine: Any) -> None:
    first = held(quarantine, {"email": BOT["email"]})
    lead_id = held(quarantine)
    refused = call("POST", f"/{lead_id}/release", {"even_if_duplicate": False})
    assert (refused["statusCode"], first in refused["json"]["detail"]) == (409, True)
    assert call("POST", f"/{lead_id}/release", {"even_if_duplicate": True})["statusCode"] == 200


def test_a_release_for_which_there_was_no_time_goes_on_when_it_is_sent_again(
    quarantine: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = {"format": "generic", "trust": "public", "mapping": {"leads": "/items"}}
    apply_config(config({"anna": 1}, more={"hooks": {"crm": hook}}), around)
    items = [{"email": f"p{n}@factory.example"} for n in range(101)]
    path, body = "/v1/hooks/crm", json.dumps({"items": items}).encode()
    capture.handler(api_request("POST", path, body=body), context())
    lead_id = Books(quarantine.items()).leads[0].lead_id

    def slowly(*whatever: Any) -> Any:
        quarantine.clock.turn(seconds=0.2)
        return capture_lead(*whatever)

    monkeypatch.setattr("shared.flows.release_lead.capture_lead", slowly)
    answers = [call("POST", f"/{lead_id}/release") for _ in range(3)]
    # No 5xx: nothing is wrong, and no alarm goes off.
    assert [answer["statusCode"] for answer in answers] == [409, 409, 200]
    first, second, _ = answers
    assert first["headers"]["Retry-After"] == "1"
    assert first["json"]["type"] == "urn:problem-type:leadwheel:not-all-yet"
    assert first["json"]["detail"].startswith("45 of the 101 leads in this delivery are stored")
    assert second["json"]["detail"].startswith("90 of the 101 leads")
    assert {lead.status for lead in Books(quarantine.items()).leads} == {Status.NEW}


def test_a_discarded_lead_stays_on_record_with_its_reason(quarantine: Any) -> None:
    lead_id = held(quarantine)
    for _ in range(2):
        answer = call("POST", f"/{lead_id}/discard", {"reason": " spam\ud800 "})
        assert (answer["statusCode"], answer["json"]["status"]) == (200, "rejected")
    last = answer["json"]["history"][-1]
    assert (last["n"], last["step"], last["reason"], last["by"]) == (
        2,
        "discarded",
        "spam\ufffd",
        "api",
    )
    assert call("GET")["json"]["leads"] == []
    assert call("POST", f"/{lead_id}/release")["statusCode"] == 409


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("release", b"[]", "(body)"),
        ("release", b"\xff", "(body)"),
        ("release", b'{"a":' * 5_000, "(body)"),
        ("release", {"even_if_duplicat": True}, "even_if_duplicat"),
        ("release", {"even_if_duplicate": "yes"}, "even_if_duplicate"),
        ("release", {"reason": "x"}, "reason"),
        ("release", {"fields": ["email"]}, "fields"),
        ("release", {"fields": {"email": 5}}, "fields.email"),
        ("release", {"fields": {"email": None}}, "fields.email"),
        ("release", {"fields": {"x" * 300: {}}}, "fields." + "x" * 100),
        ("release", {"fields": {str(n): "" for n in range(101)}}, "fields"),
        ("discard", {"fields": {}}, "fields"),
        ("discard", {"reason": 5}, "reason"),
        ("discard", {"reason": "x" * 501}, "reason"),
    ],
)
def test_an_odd_body_is_named_and_changes_nothing(
    quarantine: Any, action: str, body: Any, field: str
) -> None:
    lead_id = held(quarantine)
    answer = call("POST", f"/{lead_id}/{action}", body)
    assert answer["statusCode"] == 422
    assert [error["field"] for error in answer["json"]["errors"]] == [field]
    assert lead_of(quarantine, lead_id).rev == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"\ud800": "\udfff", "": "x", "\x00": "\x00", "\u202e": "\u2028"},
        {"consent": "perhaps", "country": "Atlantis", "page_url": "no"},
        {"homepage": "", "redirect_to": "x", "extra": "y", "message": "\x1b[2J"},
        {"name": "", "email": "", "phone": "+46701740605"},
    ],
)
def test_odd_corrections_break_nothing(quarantine: Any, fields: Any) -> None:
    lead_id = held(quarantine)
    answer = call("POST", f"/{lead_id}/release", {"fields": fields})
    assert (answer["statusCode"], answer["json"]["status"]) == (200, "new")
    assert call("GET", f"/{lead_id}")["statusCode"] == 200


def test_a_body_that_is_too_large_is_refused(quarantine: Any) -> None:
    lead_id = held(quarantine)
    answer = call("POST", f"/{lead_id}/release", {"fields": {"message": "x" * 65_536}})
    assert answer["statusCode"] == 413


@pytest.mark.parametrize("lead_id", ["a" * 3_000, "A" * 26, "a" * 25, "%00" * 26, "a" * 26])
def test_what_is_not_there_is_not_found(quarantine: Any, lead_id: str) -> None:
    for method, rest in (("GET", ""), ("POST", "/release"), ("POST", "/discard")):
        assert call(method, f"/{lead_id}{rest}")["statusCode"] == 404


@pytest.mark.parametrize(
    ("method", "rest", "allowed"),
    [
        ("POST", "", "GET, HEAD"),
        ("DELETE", "/x", "GET, HEAD"),
        ("GET", "/x/release", "POST"),
        ("PUT", "/x/discard", "POST"),
    ],
)
def test_other_methods_hear_which_ones_there_are(
    quarantine: Any, method: str, rest: str, allowed: str
) -> None:
    answer = call(method, rest)
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, allowed)


def test_nothing_personal_is_logged(
    quarantine: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.telemetry.logger.level", 10, raising=False)
    lead_id = held(quarantine, {**BOT, "name": "Zaphod Marker"})
    call("GET", f"/{lead_id}", accept=PAGE)
    call("POST", f"/{lead_id}/release", {"fields": {"email": "zaphod.marker@"}})
    call("POST", f"/{lead_id}/release", {"fields": {"email": "zaphod.marker@example.com"}})
    output = capsys.readouterr()
    assert "arker" not in output.out + output.err
