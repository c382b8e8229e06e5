"""Who may not come in, and what is not believed: one small case for each check that is in code."""

import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import functions.desk.handler as desk
from functions.desk import guard, visitors
from shared import credentials, links
from shared.domain.access import PoolNamed as Pool
from shared.domain.access import Reach, Right, reach_over, reaches
from shared.domain.access import RepNamed as Rep
from shared.domain.leads import Change, Lead, Step, evolve
from shared.domain.people import Identity
from shared.domain.sources import Hook, Partner
from shared.errors import StoreBusyError
from shared.flows import identify, sign_in
from shared.flows.alert_once import send_once
from shared.flows.apply_config import apply_config
from shared.flows.callers import Caller
from shared.flows.doors import partner as partner_door
from shared.flows.doors import verifying
from shared.sources import signatures
from shared.sources.delivery import Delivery
from shared.store import alerts, capturing, leads, pings, routing
from shared.store import config as config_store
from shared.store import people as people_store
from shared.store.capturing import Guard, Kind, Meaning
from shared.surroundings import Surroundings
from shared.tokens import (
    SESSION_PREFIX,
    SessionName,
    SignInLink,
    is_page_nonce,
    page_nonce,
    read_link,
    read_session,
    sign_link,
    sign_session,
)
from tests.aws_events import api_request, context
from tests.mechanisms.test_scenarios import (
    assigned,
    came_of,
    captured,
    opened,
    ping,
    plan,
    session,
)
from tests.table import Clock
from tests.team import config, new_lead

KEYS = ["the key of the links"]
OTHER = ["a key of somebody else"]


# ── Tokens ───────────────────────────────────────────────────────────────────────────────────────


def test_only_our_own_signature_is_believed(clock: Clock) -> None:
    link = SignInLink("person", 1, "nonce")
    assert came_of(lambda: read_link(sign_link(link, OTHER), KEYS)) == "NotFoundError"
    named = SessionName("person", "s")
    assert came_of(lambda: read_session(sign_session(named, OTHER), KEYS)) == "NotFoundError"
    accept = links.AcceptLink("lead", "anna", 1, clock())
    assert came_of(lambda: links.read(links.sign(accept, OTHER), KEYS)) == "NotFoundError"


def test_a_session_is_known_by_its_beginning() -> None:
    token = sign_session(SessionName("person", "s"), KEYS)
    other = f"lwx_{token.removeprefix(SESSION_PREFIX)}"
    assert came_of(lambda: read_session(other, KEYS)) == "NotFoundError"


def test_a_form_is_of_the_page_it_is_bound_to() -> None:
    assert is_page_nonce(page_nonce("this", KEYS), "this", KEYS)
    assert not is_page_nonce(page_nonce("that", KEYS), "this", KEYS)


def test_a_look_presses_no_button(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "link_keys", lambda: KEYS)
    monkeypatch.setattr(visitors, "form", lambda: {"nonce": page_nonce("token", KEYS)})
    for method, is_pressed in (("POST", True), ("GET", False), ("HEAD", False)):
        event = SimpleNamespace(http_method=method)
        monkeypatch.setattr(visitors, "app", SimpleNamespace(current_event=event))
        assert visitors.pressed_on("token") is is_pressed


# ── Keys ─────────────────────────────────────────────────────────────────────────────────────────

KNOWN = {
    "partner#acme": {"keys": [{"sha256": credentials.key_hash("lw_leads"), "scopes": ["leads"]}]},
    "partner#signing": {"secret": ["whsec_c2VjcmV0c2VjcmV0c2VjcmV0"]},
    "hook#text": {"secret": "letters"},
    "machine#crm": {"keys": [{"sha256": credentials.key_hash("lw_crm")}]},
}


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"SOURCE_SECRETS_ARN": json.dumps(KNOWN), "ADMIN_TOKEN_ARN": "the-admin-token"}
    monkeypatch.setattr(credentials, "secret", lambda name, **_: kept[name])


@pytest.mark.usefixtures("secrets")
def test_a_key_is_of_whom_it_was_made_for_and_no_more() -> None:
    assert credentials.scopes_of_key(KNOWN["partner#acme"], "lw_another") is None
    assert credentials.machine_of("lw_leads") is None  # a partner's
    assert credentials.machine_of("lw_crm") == credentials.Machine("crm", frozenset())
    assert credentials.is_admin_token("the-admin-token")
    assert not credentials.is_admin_token("another")


def partner(**more: Any) -> Partner:
    return Partner.model_validate({"name": "Acme", "currency": "EUR", "price": "1", **more})


def at_the_door(clock: Clock, key: str, scope: str, **more: Any) -> Any:
    delivery = Delivery(b"{}", clock(), headers={"x-api-key": key})
    named = "signing" if more else "acme"
    wanted = partner(**more)
    return came_of(lambda: verifying.require_partner(named, wanted, delivery, scope) and "in")


@pytest.mark.usefixtures("secrets")
def test_a_partner_shows_its_own_key_for_what_it_is_for(clock: Clock) -> None:
    assert at_the_door(clock, "lw_leads", "leads") == "in"
    assert at_the_door(clock, "lw_crm", "leads") == "UnauthorisedError"
    assert at_the_door(clock, "lw_leads", "pings") == "ForbiddenError"


@pytest.mark.usefixtures("secrets")
def test_a_partner_that_signs_is_not_let_in_unsigned(clock: Clock) -> None:
    assert at_the_door(clock, "lw_leads", "leads", trust="signature") == "UnauthorisedError"


@pytest.mark.usefixtures("secrets")
def test_a_hook_is_let_in_only_by_one_of_a_list_of_secrets(clock: Clock) -> None:
    """A text in the place of the list would be a list of letters, each of them a secret."""
    delivery = Delivery(b"{}", clock(), headers={"x-leadwheel-key": "l"})
    hook = Hook.model_validate({"format": "zapier"})
    assert came_of(lambda: verifying.require_hook("text", hook, delivery)) == "UnauthorisedError"


# ── Signatures ───────────────────────────────────────────────────────────────────────────────────

SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"
LONG = signatures.timestamped_header("x-signature", "t", "v1")


def test_nothing_is_the_same_as_nothing() -> None:
    for shown in (None, ""):
        assert came_of(lambda shown=shown: signatures.same(shown, "")) is False


def test_a_signature_that_stands_under_another_name_does_not_count(clock: Clock) -> None:
    delivery = Delivery(b"{}", clock())
    made = LONG.signed(delivery, SECRET).headers["x-signature"]
    renamed = Delivery(b"{}", clock(), headers={"x-signature": made.replace("v1=", "v0=")})
    assert not LONG.is_genuine(renamed, [SECRET])


def test_a_header_without_end_is_not_read_to_its_end(clock: Clock) -> None:
    delivery = Delivery(b"{}", clock())
    for scheme, header, between in (
        (LONG, "x-signature", ","),
        (signatures.STANDARD_WEBHOOKS, "webhook-signature", " "),
    ):
        signed = scheme.signed(delivery, SECRET)
        made = signed.headers[header]
        time, _, rest = made.partition(",") if between == "," else ("x", "", made)
        long = between.join([time, "v1=x" * 2_000, rest])
        late = Delivery(b"{}", clock(), headers={**signed.headers, header: long})
        assert not scheme.is_genuine(late, [SECRET])


def test_a_time_is_digits(clock: Clock) -> None:
    for odd in ("", "x", "\u0661", "-1", "9" * 400):
        assert came_of(lambda odd=odd: signatures._is_current(odd, clock())) is False


def test_a_password_is_of_the_basic_kind_only() -> None:
    assert signatures._password("Bearer YTpi") is None


def test_a_webhook_without_an_id_is_not_genuine(clock: Clock) -> None:
    signed = signatures.STANDARD_WEBHOOKS.signed(Delivery(b"{}", clock()), SECRET)
    time = signed.headers["webhook-timestamp"]
    made = signatures._standard(signed, SECRET, "", time)
    headers = {**signed.headers, "webhook-id": "", "webhook-signature": made}
    nameless = Delivery(b"{}", clock(), headers=headers)
    assert not signatures.STANDARD_WEBHOOKS.is_genuine(nameless, [SECRET])


# ── Who may do what ──────────────────────────────────────────────────────────────────────────────

TEAM = config(
    {"anna": 1, "bo": 1},
    limits={"cleo": {}},
    more={
        "reps": {
            name: {"name": name, "email": f"{name}@example.com"} for name in ("anna", "bo", "cleo")
        },
        "pools": {"sales": {"members": {"anna": 1, "bo": 1}}, "other": {"members": {"cleo": 1}}},
    },
)
ANNA, CLEO = Identity("anna", rep="anna"), Identity("cleo", rep="cleo")
LENA = Identity("manager#lena", pools=frozenset({"other"}))
NOBODY = Identity("nobody")
CRM = Identity("key#crm", scopes=frozenset({"read"}))


def owned(clock: Clock, rep_id: str = "bo") -> Lead:
    given = Change(Step.ASSIGNED, clock(), rep=rep_id, pool="sales", turn=1)
    return evolve(new_lead("lead", clock()), given)


def open_to(clock: Clock, *reps: str) -> Lead:
    change = Change(Step.OPENED, clock(), pool="sales", offered=reps)
    return evolve(new_lead("lead", clock()), change)


def may(who: Identity, right: Right, thing: Any) -> bool:
    return reach_over(who, right, thing, TEAM) is not None


def test_who_is_nobody_may_nothing(clock: Clock) -> None:
    for right in Right:
        for thing in (owned(clock), Pool("sales"), Rep("anna")):
            assert not may(NOBODY, right, thing)


def test_a_right_takes_a_role() -> None:
    assert reaches(LENA, Right.SEE_LEAD) == {Reach.POOLS}
    assert reaches(ANNA, Right.SEE_LEAD) == {Reach.OWN}


def test_a_key_is_for_its_scope(clock: Clock) -> None:
    assert may(CRM, Right.SEE_LEAD, owned(clock))
    assert not may(CRM, Right.WORK_LEAD, owned(clock))


def test_a_rep_reaches_what_is_their_own(clock: Clock) -> None:
    assert may(ANNA, Right.SEE_LEAD, owned(clock, "anna"))
    assert not may(ANNA, Right.SEE_LEAD, owned(clock))
    assert not may(ANNA, Right.CLAIM_LEAD, owned(clock))
    assert not may(CLEO, Right.SEE_OPEN, Pool("sales"))
    assert not may(CLEO, Right.SEE_REP, Rep("anna"))
    assert not may(CLEO, Right.CLAIM_LEAD, open_to(clock))
    assert may(ANNA, Right.CLAIM_LEAD, open_to(clock, "anna"))
    assert not may(ANNA, Right.CLAIM_LEAD, open_to(clock, "bo"))


def test_an_offer_that_has_gone_on_counts_as_it_is_now(clock: Clock) -> None:
    on = Change(Step.OPENED, clock(), pool="sales", offered=("bo",))
    assert not may(ANNA, Right.CLAIM_LEAD, evolve(open_to(clock, "anna"), on))


def test_a_manager_reaches_their_own_pools(clock: Clock) -> None:
    assert may(LENA, Right.SEE_REP, Rep("cleo"))
    for thing in (owned(clock), Pool("sales"), Rep("anna")):
        assert not may(LENA, Right.SEE_REP, thing)


@pytest.fixture
def office(table: str, clock: Clock, around: Surroundings) -> Callable[..., Any]:
    """What comes of a question of a caller's: "ok", or the error."""
    apply_config(TEAM, around)
    for one in (assigned(clock, "annas", "anna"), assigned(clock, "bos", "bo")):
        assert one.owner

    def asked(who: Identity, right: Right, ask: str, *args: Any, **named: Any) -> Any:
        return came_of(lambda: getattr(Caller(who, right, around), ask)(*args, **named))

    return asked


def test_a_right_is_required(office: Any) -> None:
    assert office(ANNA, Right.ASSIGN_LEAD, "require_right") == "ForbiddenError"
    assert office(ANNA, Right.SEE_LEAD, "require_right") is None


def test_a_path_of_the_desk_takes_its_right(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_who_asks", lambda: ANNA)
    asked = api_request("POST", "/v1/people/sessions", body=b'{"email": "bo@example.com"}')
    assert desk.handler(asked, context())["statusCode"] == 403


def test_a_lead_of_others_is_not_there(office: Any) -> None:
    assert office(ANNA, Right.WORK_LEAD, "require_lead", "annas") == "anna"
    assert office(ANNA, Right.WORK_LEAD, "require_lead", "bos") == "NotFoundError"
    assert office(ANNA, Right.WORK_LEAD, "require_lead", "annas", "bo") == "ForbiddenError"


def test_a_pool_or_rep_of_others_is_not_there(office: Any) -> None:
    assert office(CLEO, Right.CLAIM_UNSEEN, "require_pool", "sales") == "NotFoundError"
    assert office(ANNA, Right.CLAIM_UNSEEN, "require_pool", "sales", "bo") == "ForbiddenError"
    assert office(CLEO, Right.SEE_REP, "require_rep", "anna") == "NotFoundError"
    assert office(LENA, Right.ASSIGN_LEAD, "require_named", rep_id="anna") == "InvalidFieldsError"
    assert office(LENA, Right.ASSIGN_LEAD, "require_named", pool_id="sales") == "InvalidFieldsError"


def test_a_rep_acts_for_themselves(office: Any) -> None:
    assert office(ANNA, Right.CLAIM_LEAD, "rep_for", None) == "anna"
    assert office(ANNA, Right.CLAIM_LEAD, "rep_for", "bo") == "ForbiddenError"
    assert office(LENA, Right.CLAIM_LEAD, "rep_for", "anna") == "InvalidFieldsError"
    both = Identity("cleo", rep="cleo", pools=frozenset({"other"}))
    assert office(both, Right.CLAIM_LEAD, "require_lead", "annas", "anna") == "NotFoundError"
    rep_and_manager = Identity("anna", rep="anna", pools=frozenset({"other"}))
    asked = office(rep_and_manager, Right.WORK_LEAD, "require_lead", "annas", "bo")
    assert asked == "NotYoursError"  # as a rep, they act in their own name


def test_lists_leave_out_what_is_not_for_somebody(office: Any) -> None:
    assert office(CLEO, Right.SEE_OPEN, "pools_among", ["sales", "other"]) == ["other"]


def test_who_may_not_read_sees_only_how_it_stands(office: Any) -> None:
    writer = Identity("key#w", scopes=frozenset({"write"}))
    assert office(writer, Right.WORK_LEAD, "sight_of", leads.get("bos")) == "brief"


@pytest.mark.usefixtures("secrets", "table")
def test_a_token_is_somebodys_or_nobodys(clock: Clock, around: Surroundings) -> None:
    apply_config(TEAM, around)
    by_header = lambda text: came_of(lambda: identify.identity_by_header(text, clock()))  # noqa: E731
    assert by_header("Bearer another") == "UnauthorisedError"
    assert by_header("Basic the-admin-token") == "UnauthorisedError"
    assert by_header("Bearer the-admin-token") == Identity("api", administrator=True)
    for claims, outcome in (({}, "UnauthorisedError"), ({"email": "x"}, "ForbiddenError")):
        assert came_of(lambda c=claims: identify.identity_by_claims(c)) == outcome


# ── Links and sessions, as they are read ─────────────────────────────────────────────────────────


@pytest.mark.usefixtures("table")
def test_a_link_is_shown_as_open_only_while_it_is(clock: Clock) -> None:
    opened(clock, "n")
    link = people_store.link("person", 1)
    assert link
    assert link.is_open("n", clock())
    assert not link.is_open("another", clock())
    assert not link.is_open("n", clock() + timedelta(minutes=15))
    assert not link._replace(used=True).is_open("n", clock())


@pytest.mark.usefixtures("table")
def test_a_session_that_is_over_is_none(clock: Clock) -> None:
    opened(clock, "n")
    people_store.begin_session(1, "n", session(clock))
    assert people_store.session("person", "s", clock())
    assert people_store.session("person", "s", clock() + timedelta(days=30)) is None
    people_store.end("person", "s", clock())
    assert people_store.session("person", "s", clock()) is None


@pytest.mark.usefixtures("table")
def test_the_link_of_who_has_left_signs_nobody_in(clock: Clock, around: Surroundings) -> None:
    apply_config(TEAM, around)
    opened(clock, "n")  # for somebody whom no address of the configuration belongs to
    link = SignInLink("person", 1, "n")
    assert came_of(lambda: sign_in.require_open(link, clock())) == "ConflictError"
    assert came_of(lambda: sign_in.use_link(link, around)) == "ConflictError"


# ── What is recognised ───────────────────────────────────────────────────────────────────────────


def known_by(clock: Clock, key: str, body: str, meaning: Meaning, seconds: int = 0) -> Guard:
    until = clock() + timedelta(minutes=10)
    return Guard(key, body, until, meaning, timedelta(seconds=seconds))


@pytest.mark.usefixtures("table")
def test_a_key_with_another_body_is_an_error(clock: Clock) -> None:
    one, other = (known_by(clock, "k", body, Meaning.REPEAT) for body in "ab")
    assert captured(new_lead("one", clock()), clock, one) is Kind.STORED
    assert captured(new_lead("two", clock()), clock, other) == "KeyReusedError"
    assert came_of(lambda: capturing.standing(other, clock())) == "KeyReusedError"


@pytest.mark.usefixtures("table")
def test_a_person_who_comes_again_is_a_duplicate_and_a_double_click_is_not(clock: Clock) -> None:
    one = known_by(clock, "p", "a", Meaning.PERSON, 60)
    assert captured(new_lead("one", clock()), clock, one) is Kind.STORED
    assert captured(new_lead("one", clock()), clock, one) is Kind.STANDING  # its own, answer lost
    assert captured(new_lead("two", clock()), clock, one) is Kind.STANDING
    other = known_by(clock, "p", "b", Meaning.PERSON, 60)
    assert captured(new_lead("three", clock()), clock, other) is Kind.DUPLICATE
    clock.turn(minutes=2)
    assert captured(new_lead("four", clock()), clock, one) is Kind.DUPLICATE
    assert captured(new_lead("one", clock()), clock, one) is Kind.STANDING  # still its own


@pytest.mark.usefixtures("table")
def test_a_guard_that_is_over_names_nothing(clock: Clock) -> None:
    one = known_by(clock, "k", "a", Meaning.REPEAT)
    captured(new_lead("one", clock()), clock, one)
    assert capturing.standing(one, clock()) == "one"
    assert capturing.standing(one, clock() + timedelta(minutes=10)) is None


@pytest.mark.usefixtures("table")
def test_of_many_guards_those_stand_that_count_for_the_same(clock: Clock) -> None:
    one, other = (known_by(clock, key, "a", Meaning.REPEAT) for key in ("k", "l"))
    captured(new_lead("one", clock()), clock, one)
    captured(new_lead("two", clock()), clock, known_by(clock, "l", "b", Meaning.REPEAT))
    many = [one, other, *(known_by(clock, str(n), "a", Meaning.REPEAT) for n in range(100))]
    assert capturing.standing_among(many, clock()) == {"k"}
    assert capturing.standing_among(many, clock() + timedelta(minutes=10)) == set()


@pytest.mark.usefixtures("table")
def test_a_change_whose_answer_was_lost_is_not_made_twice(clock: Clock) -> None:
    lead = assigned(clock)
    change = Change(Step.ACCEPTED, clock(), rep="anna")
    leads.change(lead, change)
    again = came_of(lambda: leads.change(lead, change))
    assert again == leads.get("lead")
    assert [one.step for one in again.log].count(Step.ACCEPTED) == 1


@pytest.mark.usefixtures("table")
def test_a_commit_whose_answer_was_lost_is_known_as_our_own(clock: Clock) -> None:
    for _ in "12":
        assert came_of(lambda: routing.commit(plan(clock), "mine")) is None
    assert came_of(lambda: routing.commit(plan(clock), "another")) == routing.Refused(frozenset())


@pytest.mark.usefixtures("table")
def test_a_ping_with_the_same_name_and_another_body_is_an_error(clock: Clock) -> None:
    pings.reserve(ping(clock), (), clock())
    other = ping(clock, body="another")
    assert came_of(lambda: pings.reserve(other, (), clock())) == "KeyReusedError"


@pytest.mark.usefixtures("table")
def test_a_ping_is_of_whom_it_was_given_to(clock: Clock, around: Surroundings) -> None:
    apply_config(TEAM, around)
    active = config_store.active()
    token = partner_door._promised(active, ping(clock), "accepted", "x").ping_id or ""
    assert partner_door._ping_of(active, "acme", token) == "p"
    forged = f"{token.rpartition('.')[0]}.{'x' * 27}"
    for who, shown in (("other", token), ("acme", forged)):
        outcome = came_of(lambda w=who, s=shown: partner_door._ping_of(active, w, s))
        assert outcome == "InvalidFieldsError"


@pytest.mark.usefixtures("table")
def test_what_has_gone_out_is_not_sent_again(clock: Clock, around: Surroundings) -> None:
    alert, went = alerts.of_change("lead", 1), []

    def send(kind: str) -> Callable[[], None]:
        return lambda: went.append(kind)

    send_once(alert, {"mail": send("mail")}, around)
    clock.turn(minutes=1)
    send_once(alert, {"mail": send("mail"), "event": send("event")}, around)
    assert went == ["mail", "event"]


@pytest.mark.usefixtures("table")
def test_what_somebody_else_is_sending_comes_again(clock: Clock, around: Surroundings) -> None:
    alert, went = alerts.of_change("lead", 1), []
    alerts.claim(alert, "another", clock(), timedelta(seconds=20))
    messages = {"mail": lambda: went.append("mail")}

    def told() -> str:
        try:
            send_once(alert, messages, around)
        except StoreBusyError:
            return "come again"
        return "done"

    assert came_of(told) == "come again"
    alerts.note(alert, "mail")  # the other one is through
    assert came_of(told) == "done"
    assert went == []
