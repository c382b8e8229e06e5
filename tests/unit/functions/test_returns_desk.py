"""Returns and partners over HTTP, as sellers and managers meet them."""

import json
from typing import Any

import pytest

import functions.desk.handler as desk
from shared.domain.leads import Status
from shared.flows.route_leads import route_leads
from shared.store import leads as lead_store
from tests.audit import Books, problems
from tests.aws_events import api_request, context
from tests.selling import market, sell

KEY = "lw_a-key-of-acme"
ADMIN = "k" * 48


@pytest.fixture
def doors(world: Any, around: Any) -> Any:
    """A table with keys of two partners."""
    world.give_secrets({"partner#acme": {"key": KEY}, "partner#other": {"key": "lw_other"}})
    return world


def call(
    method: str,
    path: str,
    body: Any = None,
    *,
    key: str | None = None,
    kind: str | None = "application/json",
) -> Any:
    headers = {"content-type": kind} if kind else {}
    if key:
        headers["authorization"] = f"Bearer {key}"
    raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    answer = desk.handler(api_request(method, path, body=raw, headers=headers), context())
    answer["json"] = json.loads(answer["body"])
    return answer


def path_of(lead: Any, partner: str = "acme") -> str:
    return f"/v1/partners/{partner}/leads/{lead.lead_id}/returns"


def said(answer: Any) -> tuple[int, str, str]:
    return answer["statusCode"], answer["json"]["outcome"], answer["json"].get("status")


# ── Partners ─────────────────────────────────────────────────────────────────────────────────────


def test_a_partner_takes_a_lead_back_and_hears_what_it_gives_back(doors: Any, around: Any) -> None:
    team = market(around)
    (lead,) = sell(around)
    for method in ("POST", "POST", "GET"):
        answer = call(method, path_of(lead), {"reason": "fraud"}, key=KEY)
        assert answer["statusCode"] == 200
        assert answer["json"] == {
            "outcome": "success",
            "status": "approved",
            "code": "fraud",
            "reason": "the lead is taken back, and its price with it",
            "lead_id": lead.lead_id,
            "price": "12.50",
            "currency": "EUR",
        }
    assert problems(Books(doors.items()), team) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"reason=Wrong_Number&note=nobody+there"),
        ("application/json", b'{"Reason": " wrong_number ", "NOTE": "nobody there"}'),
        (None, b'{"reason": "wrong_number", "note": "nobody there"}'),
        ("application/xml", b"<r><reason>wrong_number</reason><note>nobody there</note></r>"),
    ],
)
def test_it_is_said_in_json_or_as_a_form(
    doors: Any, around: Any, kind: str | None, body: bytes
) -> None:
    market(around)
    (lead,) = sell(around)
    assert said(call("POST", path_of(lead), body, key=KEY, kind=kind))[0] == 200
    (standing,) = Books(doors.items()).returns.values()
    assert (standing.reason, standing.note) == ("wrong_number", "nobody there")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (None, 422, "reason"),
        (b"", 422, "reason"),
        (b"{}", 422, "reason"),
        ({"reason": None}, 422, "reason"),
        ({"reason": "I do not like it"}, 422, "reason"),
        ({"reason": {"is": ["odd"]}}, 422, "reason"),
        ({"reason": "fraud", "note": "x" * 501}, 422, "note"),
        ({"reason": "fraud", "nots": "x"}, 422, "nots"),
        (b'{"reason": "fr', 400, ""),
        (b"\xff\xfe", 400, ""),
        (b'["fraud"]', 400, ""),
        (b'{"reason": ' + b"[" * 1_000 + b"]" * 1_000 + b"}", 400, ""),
        (b'{"reason": "' + b"x" * 70_000 + b'"}', 413, ""),
    ],
)
def test_odd_input_is_a_clear_problem_that_names_the_field(
    doors: Any, around: Any, body: Any, status: int, field: str
) -> None:
    team = market(around)
    (lead,) = sell(around)
    answer = call("POST", path_of(lead), body, key=KEY)
    assert said(answer)[:2] == (status, "error")
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert [problem["field"] for problem in answer["json"].get("errors", [])] == (
        [field] if field else []
    )
    assert Books(doors.items()).returns == {}
    assert problems(Books(doors.items()), team) == []


def test_a_body_of_a_kind_that_nobody_reads_is_named(doors: Any, around: Any) -> None:
    market(around)
    (lead,) = sell(around)
    answer = call("POST", path_of(lead), b"fraud", key=KEY, kind="image/png")
    assert said(answer)[:2] == (415, "error")


def test_the_list_of_reasons_is_in_the_answer(doors: Any, around: Any) -> None:
    market(around, returns={"reasons": ["fraud", "too_far"]})
    (lead,) = sell(around)
    answer = call("POST", path_of(lead), {"reason": "other"}, key=KEY)
    assert answer["json"]["errors"] == [
        {"field": "reason", "message": "must be one of: fraud, too_far"}
    ]


@pytest.mark.parametrize("key", [None, "lw_wrong", "lw_other", ADMIN])
@pytest.mark.parametrize("partner", ["acme", "nobody"])
def test_who_is_not_the_partner_learns_nothing(
    doors: Any, around: Any, key: str | None, partner: str
) -> None:
    market(around)
    (lead,) = sell(around)
    for method in ("GET", "POST"):
        answer = call(method, path_of(lead, partner), {"reason": "fraud"}, key=key)
        assert said(answer)[:2] == (401, "error")
    assert Books(doors.items()).returns == {}


def test_a_key_for_other_things_returns_nothing(doors: Any, around: Any) -> None:
    from shared import credentials

    market(around)
    (lead,) = sell(around)
    only_leads = {"sha256": credentials.key_hash(KEY), "scopes": ["leads", "pings"]}
    doors.give_secrets({"partner#acme": {"keys": [only_leads]}})
    answer = call("POST", path_of(lead), {"reason": "fraud"}, key=KEY)
    assert said(answer)[:2] == (403, "error")
    assert Books(doors.items()).returns == {}


def test_leads_of_others_and_leads_that_never_were_are_alike(doors: Any, around: Any) -> None:
    market(around)
    (theirs,) = sell(around, partner="other")
    ids = [theirs.lead_id, around.new_id(), "x" * 3000, "no id", "%00", "..", "é"]
    answers = [
        call(method, f"/v1/partners/acme/leads/{lead_id}/returns", {"reason": "fraud"}, key=KEY)
        for lead_id in ids
        for method in ("GET", "POST")
    ]
    assert {answer["statusCode"] for answer in answers} == {404}
    assert len({answer["body"] for answer in answers}) == 1


def test_a_lead_that_was_not_returned_has_no_return(doors: Any, around: Any) -> None:
    market(around)
    (lead,) = sell(around)
    assert said(call("GET", path_of(lead), key=KEY))[:2] == (404, "error")


@pytest.mark.parametrize(
    ("settings", "status", "detail"),
    [
        ({"returns": {"policy": "none"}}, 403, "no returns are agreed"),
        ({"mode": "test"}, 409, "was not bought"),
        ({"returns": {"within": "1s"}}, 409, "the time to return the lead is over: it was 1s"),
    ],
)
def test_what_cannot_be_returned_is_said_to_be_so(
    doors: Any, around: Any, clock: Any, settings: Any, status: int, detail: str
) -> None:
    market(around, **settings)
    (lead,) = sell(around)
    doors.clock.turn(seconds=2)
    answer = call("POST", path_of(lead), {"reason": "fraud"}, key=KEY)
    assert said(answer)[:2] == (status, "error")
    assert detail in answer["json"]["detail"]


def test_other_methods_hear_which_the_path_takes(doors: Any, around: Any) -> None:
    answer = call("DELETE", "/v1/partners/acme/leads/x/returns", key=KEY)
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, "GET, HEAD, POST")


# ── Managers ─────────────────────────────────────────────────────────────────────────────────────


def test_a_manager_sees_what_waits_and_approves(doors: Any, around: Any) -> None:
    team = market(around, returns={"policy": "approve"})
    (lead,) = sell(around)
    route_leads([lead], around)
    asked = call("POST", path_of(lead), {"reason": "fraud", "note": "a robot"}, key=KEY)
    assert said(asked) == (200, "success", "requested")
    assert asked["json"]["price"] == "0.00"

    listed = call("GET", "/v1/returns", key=ADMIN)["json"]
    waiting = {
        "lead_id": lead.lead_id,
        "partner_id": "acme",
        "status": "requested",
        "reason": "fraud",
        "note": "a robot",
        "at": "2026-03-02T09:00:00.000Z",
        "price": "12.50",
        "currency": "EUR",
        "decided_at": None,
        "by": None,
        "why": None,
    }
    assert listed == {"returns": [waiting], "more": False}

    doors.clock.turn(minutes=1)
    for _ in range(2):
        answer = call("POST", f"/v1/leads/{lead.lead_id}/approve-return", key=ADMIN)
        assert answer["statusCode"] == 200
        assert answer["json"] == {
            **waiting,
            "status": "approved",
            "decided_at": "2026-03-02T09:01:00.000Z",
            "by": "api",
        }
    assert call("GET", "/v1/returns", key=ADMIN)["json"]["returns"] == []
    assert said(call("GET", path_of(lead), key=KEY)) == (200, "success", "approved")
    assert problems(Books(doors.items()), team) == []


@pytest.mark.parametrize("why", ["we reached her", None])
def test_a_manager_refuses_and_the_partner_hears_why(
    doors: Any, around: Any, why: str | None
) -> None:
    team = market(around, returns={"policy": "approve"})
    (lead,) = sell(around)
    call("POST", path_of(lead), {"reason": "fraud"}, key=KEY)
    body = {"reason": why} if why else None
    refused = call("POST", f"/v1/leads/{lead.lead_id}/refuse-return", body, key=ADMIN)
    assert (refused["statusCode"], refused["json"]["status"]) == (200, "refused")
    answer = call("POST", path_of(lead), {"reason": "fraud"}, key=KEY)
    assert said(answer) == (200, "failure", "refused")
    assert answer["json"]["reason"] == ("refused: we reached her" if why else "refused")
    assert answer["json"]["price"] == "0.00"
    assert call("POST", f"/v1/leads/{lead.lead_id}/approve-return", key=ADMIN)["statusCode"] == 409
    assert lead_store.get(lead.lead_id).status is Status.NEW
    assert problems(Books(doors.items()), team) == []


@pytest.mark.parametrize("action", ["approve-return", "refuse-return"])
@pytest.mark.parametrize("lead_id", ["0" * 26, "no-id", "x" * 3000])
def test_nothing_waits_for_leads_that_are_not_there(
    doors: Any, around: Any, action: str, lead_id: str
) -> None:
    market(around)
    assert call("POST", f"/v1/leads/{lead_id}/{action}", key=ADMIN)["statusCode"] == 404


@pytest.mark.parametrize("body", [{"why": "x"}, {"reason": "x" * 501}])
def test_a_refusal_that_says_too_much_or_something_else_refuses_nothing(
    doors: Any, around: Any, body: Any
) -> None:
    market(around, returns={"policy": "approve"})
    (lead,) = sell(around)
    call("POST", path_of(lead), {"reason": "fraud"}, key=KEY)
    answer = call("POST", f"/v1/leads/{lead.lead_id}/refuse-return", body, key=ADMIN)
    assert answer["statusCode"] == 422
    assert len(call("GET", "/v1/returns", key=ADMIN)["json"]["returns"]) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/returns"),
        ("POST", "/v1/leads/{lead_id}/approve-return"),
        ("POST", "/v1/leads/{lead_id}/refuse-return"),
        ("GET", "/v1/partners/acme"),
    ],
)
@pytest.mark.parametrize("key", [None, KEY])
def test_partners_and_strangers_decide_nothing(
    doors: Any, around: Any, method: str, path: str, key: str | None
) -> None:
    market(around, returns={"policy": "approve"})
    (lead,) = sell(around)
    call("POST", path_of(lead), {"reason": "fraud"}, key=KEY)
    assert call(method, path.format(lead_id=lead.lead_id), key=key)["statusCode"] == 401
    assert Books(doors.items()).returns[lead.lead_id].state == "requested"


def test_the_other_steps_of_leads_are_where_they_were(doors: Any, around: Any) -> None:
    market(around)
    (lead,) = sell(around)
    route_leads([lead], around)
    assert call("POST", f"/v1/leads/{lead.lead_id}/accept", key=ADMIN)["statusCode"] == 200


# ── A partner, as managers look at it ────────────────────────────────────────────────────────────


def test_a_partner_is_shown_with_what_its_caps_have_counted(doors: Any, around: Any) -> None:
    caps = [
        {"name": "daily", "per": "day", "leads": 4, "time_zone": "Europe/Stockholm"},
        {"name": "budget", "per": "month", "money": "30", "when": {"country": ["SE"]}},
        {"name": "weekend", "per": "hour", "leads": 0, "during": [{"days": ["sat", "sun"]}]},
    ]
    market(around, caps=caps, prices=[{"when": {"country": "NO"}, "price": "20"}])
    sell(around, 3, country="SE")  # the third is not bought: the budget would not take it
    shown = call("GET", "/v1/partners/acme", key=ADMIN)["json"]
    assert {name: shown[name] for name in shown if name != "caps"} == {
        "partner_id": "acme",
        "name": None,
        "group": "sellers",
        "mode": "live",
        "buying_now": True,
        "price": "12.50",
        "prices": [{"when": {"country": ["NO"]}, "price": "20.00"}],
        "currency": "EUR",
        "pings": False,
        "returns": {
            "policy": "automatic",
            "within": 14 * 86400,
            "reasons": ["wrong_number", "wrong_person", "duplicate", "not_interested", "fraud"],
        },
    }
    daily, budget, weekend, group = shown["caps"]
    assert daily == {
        "cap": "daily",
        "owner": "partner#acme",
        "per": "day",
        "period": "2026-03-02",
        "time_zone": "Europe/Stockholm",
        "when": {},
        "counts_now": True,
        "leads": 2,
        "most_leads": 4,
        "money": "25.00",
        "most_money": None,
        "currency": "EUR",
        "share": 0.5,
        "level": None,
    }
    assert (budget["money"], budget["most_money"]) == ("25.00", "30.00")
    assert (budget["share"], budget["level"], budget["period"]) == (0.8333, "near", "2026-03")
    assert (weekend["share"], weekend["level"], weekend["counts_now"]) == (1.0, "reached", False)
    assert (group["owner"], group["cap"], group["leads"]) == ("group#sellers", "all", 2)


def test_what_goes_back_no_longer_counts_in_the_partners_caps(doors: Any, around: Any) -> None:
    market(around)
    first, _ = sell(around, 2)
    call("POST", path_of(first), {"reason": "fraud"}, key=KEY)
    caps = call("GET", "/v1/partners/acme", key=ADMIN)["json"]["caps"]
    assert {(cap["leads"], cap["money"]) for cap in caps} == {(1, "12.50")}


def test_a_partner_without_caps_has_none(doors: Any, around: Any) -> None:
    market(around, caps=[], group=None, mode="test")
    shown = call("GET", "/v1/partners/acme", key=ADMIN)["json"]
    assert (shown["caps"], shown["mode"], shown["buying_now"]) == ([], "test", False)


def test_the_others_of_a_group_count_in_its_caps(doors: Any, around: Any) -> None:
    market(around)
    sell(around, 2)
    sell(around, 1, partner="other")
    caps = call("GET", "/v1/partners/other", key=ADMIN)["json"]["caps"]
    assert {cap["cap"]: cap["leads"] for cap in caps} == {"daily": 1, "budget": 1, "all": 3}


def test_a_new_period_begins_with_nothing(doors: Any, around: Any, clock: Any) -> None:
    market(around)
    sell(around)
    doors.clock.turn(days=1)
    caps = call("GET", "/v1/partners/acme", key=ADMIN)["json"]["caps"]
    assert {cap["cap"]: (cap["leads"], cap["share"]) for cap in caps}["daily"] == (0, 0.0)


@pytest.mark.parametrize("partner_id", ["nobody", "x" * 3000, "%00"])
def test_a_partner_that_is_not_there_is_not_found(doors: Any, around: Any, partner_id: str) -> None:
    market(around)
    assert call("GET", f"/v1/partners/{partner_id}", key=ADMIN)["statusCode"] == 404
