"""Who may do what: the matrix of docs/access.md, cell by cell, and how people show who they are."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import functions.desk.handler as desk
from functions.desk.app import OF_PROVIDER
from infra.cli.yaml_file import parse
from shared import credentials
from shared.domain.access import Reach, Right, reach_over
from shared.domain.config import Config
from shared.domain.leads import Change, Sale, Step, replay
from shared.domain.people import Identity
from shared.domain.returns import Return, State
from shared.domain.sessions import Session
from shared.errors import IllegalTransitionError, StoreBusyError
from shared.flows.apply_config import apply_config
from shared.flows.assign_lead import Assigning, assign_lead
from shared.flows.callers import Caller
from shared.openapi import PATHS
from shared.openapi.parts import CALLER
from shared.store import config as config_store
from shared.store import denials
from shared.store import leads as lead_store
from shared.store import people as people_store
from shared.store import returns as return_store
from shared.store import routing as routing_store
from shared.tokens import SessionName, sign_session
from tests.aws_events import api_request, context
from tests.table import client
from tests.team import MANAGER

PAGE = (Path(__file__).parents[3] / "docs" / "access.md").read_text()
COLUMNS = ("rep", "manager", "administrator", "key `read`", "key `write`", "key `admin`")
ADMIN = "k" * 48


def rows() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Method, path and cells of the page's matrix."""
    (head,) = re.findall(r"^\| request \| (.*) \|$", PAGE, re.MULTILINE)
    assert tuple(head.split(" | ")) == COLUMNS
    for method, path, cells in re.findall(r"^\| `([A-Z]+) (/\S+)` \| (.*) \|$", PAGE, re.MULTILINE):
        yield method, path, dict(zip(COLUMNS, cells.split(" | "), strict=True))


# ── A team, its leads, and who asks ──────────────────────────────────────────────────────────────

PEOPLE = ("anna", "bo", "cai")
TEAM = Config.model_validate(
    {
        "manager": MANAGER,
        "managers": {
            "lena": {
                "name": "Lena Holm",
                "email": "lena@example.com",
                "pools": ["sales", "service", "yard"],
            },
            "olu": {"name": "Olu Ade", "email": "olu@example.com", "administrator": True},
        },
        "sign_in": {"role_claim": "groups", "roles": {"the-boss": {"administrator": True}}},
        "reps": {
            # Who holds as much as she may can claim nothing, so that trying it changes nothing.
            rep: {"name": rep.title(), "email": f"{rep}@example.com", "holding_limit": 1}
            for rep in PEOPLE
        },
        "pools": {
            "sales": {"members": {"anna": 1}},
            "service": {"members": {"bo": 1}},
            "yard": {"members": {"anna": 1, "bo": 1}, "strategy": "open"},
            "north": {"members": {"cai": 1}},
        },
        "rules": [
            *({"name": to, "when": {"product": to}, "pool": to} for to in ("service", "yard")),
            {"name": "north", "when": {"product": "north"}, "pool": "north"},
            {"name": "rest", "pool": "sales"},
        ],
        "forms": {"website": {}},
        "partners": {"acme": {}},
    }
)
# Of what there is of each kind, what the cells of anna and lena say.
REACHED = {
    "lead_id": {
        "own": {"sales"},
        "claimable": {"sales", "yard"},
        "pools": {"sales", "service", "yard"},
    },
    "pool_id": {
        "own": {"sales", "yard"},
        "claimable": {"sales", "yard"},
        "pools": {"sales", "service", "yard"},
    },
    "rep_id": {"own": {"anna"}, "pools": {"anna", "bo"}},
}
MISSING = {"lead_id": "0" * 26, "pool_id": "nowhere", "rep_id": "nobody"}
MANY = ("/v1/leads/assign", "/v1/leads/release")


@dataclass(frozen=True)
class Asks:
    """How somebody shows who they are: by a token, or by claims that API Gateway has verified."""

    token: str | None = None
    claims: dict[str, Any] | None = None

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        raw = None if body is None else json.dumps(body).encode()
        where = path if self.claims is None else OF_PROVIDER + path
        event = api_request(method, where, body=raw, headers=headers)
        if self.claims is not None:
            event["requestContext"]["authorizer"] = {"jwt": {"claims": self.claims, "scopes": None}}
        answer = desk.handler(event, context())
        answer["json"] = json.loads(answer["body"])
        return answer


def of_provider(name: str, **more: str) -> Asks:
    email = f"{name.title()}@example.com"
    return Asks(claims={"sub": "1", "email": email, "email_verified": "true", **more})


ANNA, LENA, OLU = of_provider("anna"), of_provider("lena"), of_provider("olu")
KEYS = {scope: f"lw_{scope}" for scope in ("read", "write", "admin")}
WHO = {
    "rep": [ANNA],
    "manager": [LENA],
    "administrator": [Asks(ADMIN), OLU],
    **{f"key `{scope}`": [Asks(key)] for scope, key in KEYS.items()},
}


@dataclass
class Office:
    """A desk with a lead in each pool, told by the pool."""

    world: Any
    leads: dict[str, str]
    held: str

    def denials(self) -> list[dict[str, str]]:
        found = [item for item in self.world.items() if item.get("kind") == {"S": "denied"}]
        return [{name: next(iter(value.values())) for name, value in i.items()} for i in found]

    def count_of(self, who: str) -> int:
        return sum(denial["pk"] == f"denied#{who}" for denial in self.denials())


@pytest.fixture
def office(world: Any, around: Any) -> Office:
    apply_config(TEAM, around)
    keys = {
        f"machine#{scope}": {"keys": [{"sha256": credentials.key_hash(key), "scopes": [scope]}]}
        for scope, key in KEYS.items()
    }
    world.give_secrets({**keys, "partner#acme": {"key": "lw_acme"}})
    leads = {}
    for number, pool in enumerate(TEAM.pools):
        said = {"name": "Ada", "email": f"ada{number}@example.com", "product": pool}
        leads[pool] = json.loads(world.post(json.dumps(said).encode(), pool)["body"])["lead_id"]
    held = json.loads(world.post(b'{"email": ', "held")["body"])["lead_id"]
    world.route()
    for lead_id in leads.values():
        asked = Return(lead_id, "acme", State.REQUESTED, "x", around.now(), Sale(10, "EUR"))
        return_store.request(asked)
    return Office(world, leads, held)


# ── The matrix ───────────────────────────────────────────────────────────────────────────────────


def test_the_matrix_is_of_all_that_takes_a_token() -> None:
    guarded = {
        (method.upper(), path)
        for path, operations in PATHS.items()
        for method, operation in operations.items()
        if operation["security"] == CALLER
    }
    assert {(method, path) for method, path, _ in rows()} == guarded
    assert len(guarded) > 30


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch, office: Office) -> Office:
    """Whatever is tried, everything stays as it is: so that each cell meets the same."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise IllegalTransitionError("nothing changes here")

    for store, name in (
        (lead_store, "change"),
        (routing_store, "commit"),
        (routing_store, "set_paused"),
        (return_store, "approve"),
        (return_store, "refuse"),
    ):
        monkeypatch.setattr(store, name, refuse)
    # Neither changes what is answered, and both take most of the time.
    active = config_store.active()
    monkeypatch.setattr(config_store, "active", lambda **_: active)
    monkeypatch.setattr(denials, "note", lambda *_, **__: None)
    return office


def test_every_cell_is_as_it_says(frozen: Office) -> None:
    wrong = [
        (method, path, column, cell, *problem)
        for method, path, cells in rows()
        for column, cell in cells.items()
        for ask in WHO[column]
        for problem in tried(frozen, ask, method, path, cell)
    ]
    assert wrong == []


def tried(office: Office, ask: Asks, method: str, path: str, cell: str) -> Iterator[tuple]:
    """What is not as the cell says: a thing, and how it was answered."""
    kind = "lead_id" if path in MANY else next(iter(re.findall(r"\{(\w+)\}", path)), "")
    about = "" if "quarantine" in path else kind
    there = things(office, path, about)
    if cell in ("no", "all") or not about:
        farthest, thing = list(there.items())[-1]
        status = status_of(asked(ask, method, path, kind, thing))
        if not (status == 403 if cell == "no" else is_allowed(status)):
            yield farthest, status
        return
    missing = like(asked(ask, method, path, kind, MISSING[about]), MISSING[about])
    for called, thing in there.items():
        answer = asked(ask, method, path, kind, thing)
        is_hidden = status_of(answer) == 404 and like(answer, thing) == missing
        if not (is_allowed(status_of(answer)) if called in REACHED[about][cell] else is_hidden):
            yield called, status_of(answer), answer["body"]


def is_allowed(status: int) -> bool:
    return status < 500 and status not in (401, 403, 404)


def things(office: Office, path: str, about: str) -> dict[str, str]:
    if about == "lead_id":
        return office.leads
    if about == "pool_id":
        return {pool: pool for pool in TEAM.pools}
    if about == "rep_id":
        return {rep: rep for rep in PEOPLE}
    return {"": "acme" if "partner" in path else office.held}


def asked(ask: Asks, method: str, path: str, kind: str, thing: str) -> Any:
    body = None if method == "GET" else body_for(path, thing)
    return ask(method, path.replace(f"{{{kind}}}", thing), body)


# With these, whoever may do it comes as far as the flow, and mostly no further.
BODIES: dict[str, dict[str, Any]] = {
    "{lead_id}": {"fields": {"phone": "12"}},
    "snooze": {"assignment": 9, "until": "2026-03-04"},
    "note": {"assignment": 9, "reason": "called"},
    "claim": {"rep_id": "anna"},
    "assign": {"rep_id": "anna"},
    "pause": {"until": "one day"},
    "resume": {},
    "approve-return": {},
    "refuse-return": {},
}


def body_for(path: str, thing: str) -> dict[str, Any]:
    last = path.rpartition("/")[2]
    if path in MANY:
        return {"lead_ids": [thing], **BODIES.get(last, {})}
    usual = {"assignment": 9} if "/v1/leads/" in path else {"no member": "of any of the others"}
    return BODIES.get(last, usual)


def status_of(answer: Any) -> int:
    """Of one lead among several, as it stands in the list."""
    results = (answer["json"] or {}).get("results")
    if not results:
        return answer["statusCode"]
    return 200 if results[0]["ok"] else results[0]["problem"]["status"]


def like(answer: Any, thing: str) -> tuple[Any, ...]:
    """All that somebody can tell from an answer, but for what they asked for."""
    return answer["statusCode"], answer["headers"], answer["body"].replace(thing, "…")


# ── Reps ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_rep_acts_for_nobody_else_and_need_not_say_so(office: Office) -> None:
    own, path = office.leads["sales"], "/v1/leads/{}/{}"
    for named, lead in (("bo", own), ("nobody", own), ("bo", office.leads["north"])):
        answer = ANNA("POST", path.format(lead, "accept"), {"rep_id": named})
        assert answer["statusCode"] == 403
    assert ANNA("POST", "/v1/pools/yard/claim", {"rep_id": "bo"})["statusCode"] == 403
    accepted = ANNA("POST", path.format(own, "accept"))["json"]
    assert (accepted["status"], accepted["history"][-1]["by"]) == ("accepted", "anna")
    lost = ANNA("POST", path.format(own, "lose"), {"rep_id": "anna"})
    assert lost["json"]["status"] == "lost"
    claimed = ANNA("POST", path.format(office.leads["yard"], "claim"))["json"]
    assert (claimed["owner"], claimed["history"][-1]["by"]) == ("anna", "anna")


def test_a_rep_hears_that_a_lead_was_theirs(office: Office) -> None:
    """They know that it exists; what became of it since is not for them."""
    own = f"/v1/leads/{office.leads['sales']}"
    assert ANNA("POST", f"{own}/release")["statusCode"] == 200
    for action in ("accept", "release", "convert"):
        answer = ANNA("POST", f"{own}/{action}")
        assert (answer["statusCode"], answer["json"]["type"][-9:]) == (409, "not-yours")
    assert ANNA("GET", own)["statusCode"] == 404
    assert office.count_of("anna") == 1


def test_who_was_not_fast_enough_hears_so(office: Office) -> None:
    path = f"/v1/leads/{office.leads['yard']}/claim"
    assert ANNA("POST", f"/v1/leads/{office.leads['sales']}/release")["statusCode"] == 200
    assert ANNA("POST", path)["statusCode"] == 200
    answer = of_provider("bo")("POST", path)
    assert (answer["statusCode"], "Anna was faster" in answer["body"]) == (409, True)


# ── Managers ─────────────────────────────────────────────────────────────────────────────────────


def test_a_manager_names_only_reps_and_pools_that_are_theirs(office: Office) -> None:
    path = f"/v1/leads/{office.leads['sales']}/assign"
    several = {"lead_ids": [office.leads["sales"]]}
    for hidden, unknown in (
        ({"rep_id": "cai"}, {"rep_id": "nobody"}),
        ({"rep_id": "bo", "pool_id": "north"}, {"rep_id": "bo", "pool_id": "nowhere"}),
    ):
        for where, more in ((path, {}), ("/v1/leads/assign", several)):
            answers = [LENA("POST", where, {**more, **named}) for named in (hidden, unknown)]
            assert answers[0]["statusCode"] == 422
            assert like(answers[0], "") == like(answers[1], "")
    claim = f"/v1/leads/{office.leads['yard']}/claim"
    assert LENA("POST", claim, {"rep_id": "cai"})["statusCode"] == 422
    moved = LENA("POST", path, {"rep_id": "bo", "override": True})["json"]
    assert (moved["owner"], moved["history"][-1]["by"]) == ("bo", "manager#lena")


def test_whoever_is_a_rep_and_a_manager_may_do_what_either_may(office: Office, around: Any) -> None:
    both = TEAM.model_dump(mode="json")
    both["managers"]["lena"] |= {"email": "cai@example.com", "pools": ["sales"]}
    apply_config(Config.model_validate(both), around)
    cai = of_provider("cai")
    for pool, status in (("sales", 200), ("north", 200), ("service", 404)):
        assert cai("GET", f"/v1/leads/{office.leads[pool]}")["statusCode"] == status
    # As a rep, only for themselves.
    path = f"/v1/leads/{office.leads['north']}/accept"
    assert cai("POST", path, {"rep_id": "anna"})["statusCode"] == 409
    assert cai("POST", path)["json"]["status"] == "accepted"


def test_lists_hold_what_one_may_see(office: Office) -> None:
    for rep, pool in (("bo", "service"), ("cai", "north")):
        assert Asks(ADMIN)("POST", f"/v1/reps/{rep}/pause")["statusCode"] == 200
        path = f"/v1/leads/{office.leads[pool]}/release"
        assert Asks(ADMIN)("POST", path)["statusCode"] == 200
    office.world.route()
    for path, member in (("/v1/parked", "leads"), ("/v1/returns", "returns")):
        everything = {one["lead_id"] for one in Asks(ADMIN)("GET", path)["json"][member]}
        shown = {one["lead_id"] for one in LENA("GET", path)["json"][member]}
        assert everything - shown == {office.leads["north"]}
        assert shown


def test_a_rep_sees_of_an_open_pool_what_they_may_claim(office: Office, around: Any) -> None:
    path = "/v1/pools/yard/open"
    (card,) = ANNA("GET", path)["json"]["leads"]
    assert card["lead_id"] == office.leads["yard"]
    assert "ada" not in json.dumps(card).lower().replace(card["lead_id"], "")
    offered = lead_store.get(office.leads["yard"])
    to_bo = replace(offered.log[-1], offered=("bo",))
    anna = Caller(Identity("anna", rep="anna"), Right.SEE_OPEN, around)
    assert not anna.sees(replace(offered, log=(*offered.log[:-1], to_bo)))


def test_of_a_rep_who_works_for_others_too_a_manager_sees_their_own_pools(
    office: Office, around: Any
) -> None:
    both = TEAM.model_dump(mode="json")
    both["managers"]["lena"]["pools"] = ["yard"]
    apply_config(Config.model_validate(both), around)
    assert LENA("GET", "/v1/reps/anna/leads")["json"] == {"leads": [], "more": False}
    assert len(OLU("GET", "/v1/reps/anna/leads")["json"]["leads"]) == 1


# ── Who asks ─────────────────────────────────────────────────────────────────────────────────────


def test_below_oidc_only_verified_claims_count_and_nowhere_else(office: Office) -> None:
    mine = "/v1/reps/anna/leads"
    assert ANNA("GET", mine)["statusCode"] == 200
    for token in (ADMIN, KEYS["admin"]):
        assert Asks(token)("GET", OF_PROVIDER + mine)["statusCode"] == 401
        assert Asks(token, claims={})("GET", mine)["statusCode"] == 401
    elsewhere = api_request("GET", mine)
    elsewhere["requestContext"]["authorizer"] = {"jwt": {"claims": ANNA.claims}}
    assert desk.handler(elsewhere, context())["statusCode"] == 401


def test_a_token_of_the_provider_is_of_whom_the_configuration_says(office: Office) -> None:
    for claims, status in (
        ({"email": "anna@example.com", "email_verified": "true"}, 200),
        ({"email": "anna@example.com"}, 403),
        ({"email": "who@example.com", "email_verified": "true"}, 403),
        ({"groups": "[others the-boss]"}, 200),
    ):
        assert Asks(claims=claims)("GET", "/v1/reps/anna/leads")["statusCode"] == status


def test_a_machine_acts_in_its_own_name(office: Office) -> None:
    path = f"/v1/leads/{office.leads['sales']}/accept"
    Asks(KEYS["write"])("POST", path, {"rep_id": "anna"})
    assert lead_store.get(office.leads["sales"]).log[-1].by == "key#write"


def test_what_is_no_token_of_the_desk_opens_nothing(office: Office) -> None:
    """Nor the key of a partner; whoever knocks fills no table."""
    for token in ("lw_acme", "lw_none", "lws_none", "lw_", "", "x", "k" * 47):
        answer = Asks(token)("GET", "/v1/parked")
        assert (answer["statusCode"], answer["headers"]["WWW-Authenticate"]) == (401, "Bearer")
    assert office.denials() == []


def test_the_admin_token_is_exchanged_without_a_gap(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both count while both are there; a new one as soon as somebody shows it."""
    monkeypatch.setattr(credentials, "_looked", {})
    assert Asks(ADMIN)("GET", "/v1/parked")["statusCode"] == 200
    client("secretsmanager", office.world.cloud).put_secret_value(
        SecretId=os.environ["ADMIN_TOKEN_ARN"], SecretString=f"{ADMIN}\nnext\n"
    )
    for token, status in (("next", 200), (ADMIN, 200), (f"{ADMIN}\nnext", 401)):
        assert Asks(token)("GET", "/v1/parked")["statusCode"] == status


def test_a_new_key_counts_as_soon_as_it_is_shown(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "_looked", {})
    assert Asks(KEYS["read"])("GET", "/v1/parked")["statusCode"] == 200
    hashes = map(credentials.key_hash, ("lw_b", "lw_a"))
    records = [{"sha256": kept, "scopes": ["read"]} for kept in hashes]
    client("secretsmanager", office.world.cloud).put_secret_value(
        SecretId=os.environ["SOURCE_SECRETS_ARN"],
        SecretString=json.dumps({"machine#crm": {"keys": records}}),
    )
    for key, status in (("lw_a", 200), ("lw_b", 200), (KEYS["read"], 401)):
        assert Asks(key)("GET", "/v1/parked")["statusCode"] == status


def test_a_session_is_of_its_person_until_it_ends(office: Office) -> None:
    now = office.world.clock.at
    person = people_store.person_of(config_store.active().pepper, "anna@example.com")
    people_store._begun(Session(person, "s1", now, now, now + timedelta(days=1))).save()
    anna = Asks(sign_session(SessionName(person, "s1"), [ADMIN]))
    for path, status in (("reps/anna/leads", 200), ("reps/bo/leads", 404), ("parked", 403)):
        assert anna("GET", f"/v1/{path}")["statusCode"] == status
    forged = Asks(sign_session(SessionName(person, "s1"), ["another secret"]))
    assert forged("GET", "/v1/reps/anna/leads")["statusCode"] == 401
    people_store.end(person, "s1", now)
    assert anna("GET", "/v1/reps/anna/leads")["statusCode"] == 401


# ── How much is shown ────────────────────────────────────────────────────────────────────────────

HERS = ("ada0@example.com", "Ada")
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
CAPTURED = Change(Step.CAPTURED, AT)


@pytest.fixture
def discreet(office: Office, around: Any) -> Office:
    """As the office, and nobody is shown who somebody is before the lead is accepted."""
    told = TEAM.model_dump(mode="json", exclude_defaults=True, by_alias=True)
    told["pools"]["sales"]["mask_until_accepted"] = True
    apply_config(Config.model_validate(told), around)
    return office


def test_a_rep_is_shown_no_more_by_the_api_than_on_their_page(discreet: Office) -> None:
    """Until they have accepted; their manager sees all of it."""
    path = f"/v1/leads/{discreet.leads['sales']}"
    for answer in (ANNA("GET", path), ANNA("GET", "/v1/reps/anna/leads")):
        assert not [text for text in HERS if text in answer["body"]]
    seen = ANNA("GET", path)["json"]
    assert (seen["masked"], seen["fields"]["name"]) == (True, "A.")
    assert HERS[0] in LENA("GET", path)["body"]
    accepted = ANNA("POST", f"{path}/accept")["json"]
    assert (accepted["masked"], accepted["fields"]["email"]) == (False, HERS[0])


def test_words_about_a_masked_lead_are_not_shown_either(discreet: Office, around: Any) -> None:
    """A manager's, to this rep or to an earlier one."""
    lead_id = discreet.leads["sales"]
    assign_lead(lead_id, Assigning("bo", "api", override=True, reason="Ada likes mornings"), around)
    assign_lead(lead_id, Assigning("anna", "api", override=True, reason="Ada is back"), around)
    path = f"/v1/leads/{lead_id}"
    for place in (path, f"{path}/decision"):
        assert "Ada" not in ANNA("GET", place)["body"]
        assert "Ada" in LENA("GET", place)["body"]


def test_an_offer_that_has_gone_on_is_seen_by_whom_it_is_for_now() -> None:
    opened = [Change(Step.OPENED, AT, pool="sales", offered=(rep,)) for rep in ("anna", "bo")]
    nobody = Change(Step.PARKED, AT, pool="sales", reason="nobody_claimed")
    lead = replay("0" * 26, "form#website", {}, [CAPTURED, opened[0], nobody, opened[1]])
    anna, bo = (Identity(rep, rep=rep) for rep in ("anna", "bo"))
    assert reach_over(bo, Right.SEE_OPEN, lead, TEAM) is Reach.CLAIMABLE
    assert reach_over(anna, Right.SEE_OPEN, lead, TEAM) is None


def test_who_gives_a_lead_back_hears_only_how_it_stands(office: Office) -> None:
    given_back = ANNA("POST", f"/v1/leads/{office.leads['sales']}/decline")["json"]
    assert given_back["status"] == "new"
    assert given_back.keys() == {"lead_id", "status", "assignment", "pool", "source", "created_at"}


@pytest.mark.parametrize("body", [{"fields": {}}, {"fields": {"city": "Lund"}}])
def test_a_key_that_may_write_reads_nothing_by_that(office: Office, body: Any) -> None:
    path = f"/v1/leads/{office.leads['sales']}"
    answer = Asks(KEYS["write"])("PATCH", path, body)
    assert answer["statusCode"] == 200
    assert not [text for text in HERS if text in answer["body"]]
    of_several = {"lead_ids": [office.leads["sales"]]}
    assert HERS[1] not in Asks(KEYS["write"])("POST", "/v1/leads/release", of_several)["body"]


def test_what_a_rep_tells_of_a_lead_counts_only_while_it_is_theirs(
    office: Office, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given to somebody else between the look and the write."""
    lead_id, look = office.leads["sales"], Caller.require_lead

    def then_given_away(self: Caller, *args: Any) -> Any:
        found = look(self, *args)
        assign_lead(lead_id, Assigning("bo", "api", override=True), around)
        return found

    monkeypatch.setattr(Caller, "require_lead", then_given_away)
    answer = ANNA("PATCH", f"/v1/leads/{lead_id}", {"fields": {"email": "eve@example.com"}})
    assert (answer["statusCode"], answer["json"]["type"].rpartition(":")[2]) == (409, "not-yours")
    assert lead_store.get(lead_id).fields["email"] == HERS[0]


@pytest.mark.parametrize(
    ("hidden", "missing"),
    [
        ("/v1/leads/{service}", "/v1/leads/" + "0" * 26),
        ("/v1/reps/bo/leads", "/v1/reps/nobody/leads"),
        ("/v1/pools/service/open", "/v1/pools/nowhere/open"),
    ],
)
def test_what_is_hidden_is_as_much_work_as_what_is_not_there(
    office: Office, death: Any, hidden: str, missing: str
) -> None:
    calls = []
    for path in (hidden.format_map(office.leads), missing):
        death.arm(None)
        assert ANNA("GET", path)["statusCode"] == 404
        calls.append(death.calls)
    assert calls[0] == calls[1]


def test_half_a_character_is_no_text(office: Office) -> None:
    """JSON can name one half of a pair by itself; no table can keep it."""
    path = f"/v1/leads/{office.leads['sales']}/accept"
    answer = Asks(ADMIN)("POST", path, {"rep_id": "\ud800"})
    assert (answer["statusCode"], answer["json"]["errors"][0]["field"]) == (422, "rep_id")


# ── Denials ──────────────────────────────────────────────────────────────────────────────────────


def test_every_denial_is_written_down_also_of_what_does_not_exist(office: Office) -> None:
    foreign, missing = office.leads["north"], MISSING["lead_id"]
    for rest in (f"leads/{foreign}", f"leads/{missing}", "quarantine", "pools/x/open"):
        path = f"/v1/{rest}"
        assert ANNA("GET", path)["statusCode"] in (403, 404)
    written = sorted(office.denials(), key=lambda denial: denial["sk"])
    assert {denial["pk"] for denial in written} == {"denied#anna"}
    said = {(d["right"], d["outcome"], d.get("lead_id")) for d in written}
    assert said == {
        ("see_lead", "not_found", foreign),
        ("see_lead", "not_found", missing),
        ("see_quarantine", "forbidden", None),
        ("see_open", "not_found", None),
    }
    ends = {int(d["expires_at"]) - int(office.world.clock.at.timestamp()) for d in written}
    assert ends == {90 * 86_400}


def test_a_denial_that_cannot_be_written_down_is_answered_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/v1/leads/{office.leads['north']}"
    before = ANNA("GET", path)
    for problem in (StoreBusyError("no answer"), RuntimeError("no permission")):

        def fail(*_: Any, problem: Exception = problem, **__: Any) -> None:
            raise problem

        monkeypatch.setattr(denials, "note", fail)
        assert like(ANNA("GET", path), "") == like(before, "")


def test_the_same_denial_noted_twice_is_one(office: Office) -> None:
    for _ in range(2):
        denials.note("1", "anna", "see_lead", "not_found", office.world.clock.at, lead_id=None)
    assert office.count_of("anna") == 1


def test_the_examples_of_the_page_are_valid() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    said = TEAM.model_dump(mode="json") | parse(example).value
    config = Config.model_validate(said)
    assert set(config.sign_in.roles) == {
        "leadwheel-administrators",
        "nordic-sales-leads",
        "anna-phone",
    }
