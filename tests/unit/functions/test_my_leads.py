"""A rep's own pages: the list, one lead, and its buttons."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

import functions.desk.handler as desk
from shared.domain.leads import Lead
from shared.domain.money import from_text
from shared.domain.sessions import Session
from shared.errors import ConflictError
from shared.flows.apply_config import apply_config
from shared.flows.unassign_lead import unassign_lead
from shared.store import config as config_store
from shared.store import people as people_store
from shared.surroundings import real
from shared.tokens import SessionName, sign_session
from tests.audit import Books, problems
from tests.aws_events import api_request, context
from tests.pressing import FORM, filled_in
from tests.team import config

DAY = {"deadlines": {"remind_after": ["1h"], "reclaim_after": "2h"}}
ZONES = {"anna": {"time_zone": "Europe/Stockholm"}}
TEAM = config({"anna": 1}, limits=ZONES, **DAY)
ADA = {"name": "Ada Byron", "email": "ada@example.com", "phone": "+46701740605"}
ATTACK = "<script>alert(1)</script>\"'><b>"


@pytest.fixture
def team(world: Any, around: Any) -> Any:
    apply_config(TEAM, around)
    return world


class Visit:
    """A rep at their phone."""

    def __init__(self, world: Any, rep: str = "anna") -> None:
        person = people_store.person_of(config_store.active().pepper, f"{rep}@example.com")
        at = world.clock.at
        session = Session(person, real().new_id(), at, at, at + timedelta(days=30))
        slot = people_store.open_link(person, rep, at, timedelta(minutes=15), kind="decoy")
        assert people_store.begin_session(slot or 0, rep, session)
        self.cookie = "__Host-leadwheel=" + sign_session(
            SessionName(person, session.session_id), ["k" * 48]
        )

    def ask(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        path, _, query = path.partition("?")
        event = api_request(method, path, body=body, headers={**FORM, "cookie": self.cookie})
        event["queryStringParameters"] = dict(p.split("=") for p in query.split("&") if p)
        answer = desk.handler(event, context())
        answer["flat"] = re.sub(r"\s+", " ", re.sub("<[^>]+>", "", answer["body"] or ""))
        return answer

    def see(self, path: str, status: int = 200) -> dict[str, Any]:
        answer = self.ask("GET", path)
        assert answer["statusCode"] == status, answer["flat"]
        return answer

    def press(self, path: str, **fields: str) -> dict[str, Any]:
        """What a button of a page answers, with what stands in its form."""
        page = self.see(path)["body"]
        assignment = re.search(r'name="assignment" value="(\d+)"', page)
        if assignment:
            fields = {"assignment": assignment[1], **fields}
        return self.ask("POST", path, filled_in(page, **fields))


def came(world: Any, key: str = "1", **fields: str) -> str:
    answer = world.post(json.dumps({**ADA, **fields}).encode(), key)
    world.route()
    return str(json.loads(answer["body"])["lead_id"])


def lead_of(world: Any, lead_id: str) -> Lead:
    return next(lead for lead in Books(world.items()).leads if lead.lead_id == lead_id)


def steps_of(world: Any, lead_id: str) -> list[str]:
    return [str(change.step) for change in lead_of(world, lead_id).log]


def buttons_on(page: dict[str, Any]) -> set[str]:
    """The steps that a page has a button for."""
    body = page["body"]
    return set(re.findall(r'name="step" value="(\w+)"', body))


# ── The list ─────────────────────────────────────────────────────────────────────────────────────


def test_what_waits_comes_first(team: Any) -> None:
    """Whose time is up first; then whom nobody has reached; what is put off comes last."""
    ids = {}
    for name in ("Snoozed", "Reached", "Taken", "Waiting", "Newest"):
        ids[name] = came(team, name, name=name, email=f"{name}@example.com", phone="")
        team.clock.turn(minutes=10)
    visit = Visit(team)
    for name in ("Snoozed", "Reached", "Taken"):
        assert visit.press(f"/my/leads/{ids[name]}", step="accepted")["statusCode"] == 303
    visit.press(f"/my/leads/{ids['Reached']}", step="contacted")
    visit.press(f"/my/leads/{ids['Snoozed']}", step="snoozed", later="tomorrow")
    page = visit.see("/my/leads")["flat"]
    places = [page.index(name) for name in ("Waiting", "Newest", "Taken", "Reached", "Snoozed")]
    assert places == sorted(places)
    assert "100 minutes left" in page
    assert "110 minutes left" in page
    assert "Until Tuesday 3 March, 09:00 CET" in page


def test_an_empty_list_says_so(team: Any) -> None:
    assert "You have no open leads" in Visit(team).see("/my/leads")["flat"]


def test_a_rep_reads_all_pages_in_their_language(world: Any, around: Any) -> None:
    """Their own, else that of a pool they are in; who is no rep reads English."""
    limits = {"bo": {"language": "zh"}}
    apply_config(config({"anna": 1, "bo": 1}, limits=limits, language="sv"), around)
    for rep, lang, words in (
        ("anna", "sv", ("Dina leads", "Var du är inloggad")),
        ("bo", "zh-Hans", ("您的线索", "登录设备")),
        ("maria", "en", ("You are signed in", "Where you are signed in")),
    ):
        visit = Visit(world, rep)
        for path, said in zip(("/my/leads", "/my/sessions"), words, strict=True):
            page = visit.see(path)
            assert f'<html lang="{lang}">' in page["body"]
            assert said in page["flat"]


def test_a_manager_has_no_leads(team: Any) -> None:
    lead_id = came(team)
    visit = Visit(team, "maria")
    assert "You are no rep" in visit.see("/my/leads")["flat"]
    assert visit.ask("POST", "/my/leads")["statusCode"] == 200
    visit.see(f"/my/leads/{lead_id}", 404)


# ── One lead ─────────────────────────────────────────────────────────────────────────────────────

WORKING = {"contacted", "attempted", "snoozed", "noted", "converted", "lost", "unassigned"}


def test_a_page_has_the_buttons_that_do_something_now(team: Any) -> None:
    path = f"/my/leads/{came(team)}"
    visit = Visit(team)
    assert buttons_on(visit.see(path)) == {"accepted", "declined", "noted"}
    visit.press(path, step="accepted")
    assert buttons_on(visit.see(path)) == WORKING
    visit.press(path, step="contacted")
    assert buttons_on(visit.see(path)) == WORKING
    visit.press(path, step="converted", value="12 500,5", currency="sek")
    page = visit.see(path)
    assert buttons_on(page) == {"noted"}
    assert "Closed as won" in page["flat"]
    assert problems(Books(team.items()), TEAM) == []


def test_a_day_with_a_lead(team: Any) -> None:
    """Each button makes its step once, under the rep's name, and leads back to the page."""
    lead_id = came(team)
    path = f"/my/leads/{lead_id}"
    visit = Visit(team)
    for step, more in (
        ("accepted", {}),
        ("attempted", {}),
        ("snoozed", {"later": "hour", "reason": "in a meeting"}),
        ("noted", {"reason": "wants a discount\nof 10 %"}),
        ("contacted", {}),
        ("converted", {"value": "1250", "currency": "EUR", "reason": "signed"}),
    ):
        answer = visit.press(path, step=step, **more)
        assert (answer["statusCode"], answer["body"]) == (303, "")
        assert answer["headers"]["Location"] == f"{lead_id}?said={step}"
        assert 'role="status"' in visit.see(f"{path}?said={step}")["body"]
        team.clock.turn(minutes=2)
    log = lead_of(team, lead_id).log[2:]
    steps = ["accepted", "attempted", "snoozed", "noted", "contacted", "converted"]
    assert [change.step for change in log] == steps
    assert {(change.by, change.rep) for change in log} == {("anna", "anna")}
    assert log[2].until == log[2].at + timedelta(hours=1)
    assert log[-1].won == (12_500_000, "EUR")
    page = visit.see(path)["flat"]
    for words in ("Tried, not reached", "11:04 CET: in a meeting", "wants a discount of 10 %"):
        assert words in page, page


def test_giving_back_leads_to_the_list(team: Any) -> None:
    lead_id = came(team)
    visit = Visit(team)
    answer = visit.press(f"/my/leads/{lead_id}", step="declined", reason="on holiday")
    assert answer["headers"]["Location"] == "../leads?said=declined"
    assert "You gave the lead back" in visit.see("/my/leads?said=declined")["flat"]
    assert lead_of(team, lead_id).log[-1].reason == "on holiday"
    answer = visit.see(f"/my/leads/{lead_id}", 409)
    assert "You gave it back" in answer["flat"]


def test_releasing_what_was_accepted(team: Any) -> None:
    path = f"/my/leads/{came(team)}"
    visit = Visit(team)
    visit.press(path, step="accepted")
    assert visit.press(path, step="unassigned")["statusCode"] == 303
    assert "taken off your list" in visit.see(path, 409)["flat"]


def test_an_amount_is_what_it_is_to_everybody(team: Any) -> None:
    """However people group thousands, and whatever they write before the decimals."""
    visit = Visit(team)
    amounts = (
        ("12500", "12500"),
        ("12500.00", "12500"),
        ("12,500.00", "12500"),
        ("12.500,00", "12500"),
        ("1 250", "1250"),
        (" 1\u00a0250\u202f000,5 ", "1250000.5"),
        ("1,250,000", "1250000"),
        ("1.250.000", "1250000"),
        ("1,250,000.125", "1250000.125"),
        ("12,50", "12.5"),
        ("12.5", "12.5"),
        ("12.1234", "12.1234"),
    )
    for number, (written, worth) in enumerate(amounts):
        lead_id = came(team, str(number), email=f"ada{number}@factory.example")
        visit.press(f"/my/leads/{lead_id}", step="accepted")
        visit.press(f"/my/leads/{lead_id}", step="converted", value=written, currency="usd")
        assert lead_of(team, lead_id).log[-1].won == (from_text(worth), "USD"), written


WRONG: tuple[tuple[str, dict[str, str], str], ...] = (
    ("noted", {"reason": ""}, "in a few words"),
    ("noted", {"reason": " \x00 "}, "in a few words"),
    ("lost", {"reason": "x" * 501}, "in a few words"),
    *(
        ("converted", {"value": value, "currency": "EUR"}, "as 12500 or 12500.00")
        for value in (
            *("much", "-5", "1e3", "12.", ".5", "12,500,00", "1,25,000", "1 25", "1,250 000"),
            *("1.250.00", "1,250,00", "1.2.3", "12,500,", "1,25.5", "1234567890", "1.23456"),
            # To some people twelve thousand five hundred, to others twelve and a half.
            *("12,500", "12.500", "1,250", "1.250", "12500,000", "1 250,500", "0.125"),
        )
    ),
    ("converted", {"value": "5", "currency": "€"}, "three letters"),
    ("converted", {"value": "5"}, "three letters"),
    ("snoozed", {"later": "never"}, "choose when"),
    ("snoozed", {}, "choose when"),
    ("sold", {}, "cannot be done"),
    ("declined", {}, "cannot be done"),
    ("claimed", {}, "cannot be done"),
    ("returned", {}, "cannot be done"),
    ("erased", {}, "cannot be done"),
)


def test_what_is_wrong_is_said_in_a_sentence(team: Any) -> None:
    lead_id = came(team)
    visit = Visit(team)
    visit.press(f"/my/leads/{lead_id}", step="accepted")
    for step, fields, words in WRONG:
        answer = visit.press(f"/my/leads/{lead_id}", step=step, **fields)
        assert answer["statusCode"] in (409, 422), step
        assert words in answer["flat"], step
        assert 'role="alert"' in answer["body"]
    assert steps_of(team, lead_id)[-1] == "accepted"


def test_what_was_typed_stands_there_again_when_it_was_not_taken(team: Any) -> None:
    """In the form it was typed into, which is open; and safely, whatever it is."""
    path, visit, over = f"/my/leads/{came(team)}", Visit(team), Visit(team)
    visit.press(path, step="accepted")
    said = {"value": "12,500", "currency": "SEK", "reason": "All of it </textarea><script>"}
    refused = visit.press(path, step="converted", **said)
    too_old = visit.ask("POST", path, filled_in(over.see(path)["body"], step="converted", **said))
    for answer in (refused, too_old):
        assert answer["body"].count('<details class="step" open>') == 1
        won = answer["body"].partition('step" open>')[2].partition("</details>")[0]
        assert "Close as won" in won
        assert 'value="12,500"' in won
        assert 'value="SEK"' in won
        assert ">All of it &lt;/textarea&gt;&lt;script&gt;</textarea>" in won
    assert "open>" not in visit.see(path)["body"]


def test_why_it_is_given_back_stands_there_again_when_it_was_accepted_meanwhile(team: Any) -> None:
    """It is another step then, and to the rep the same form."""
    path, visit = f"/my/leads/{came(team)}", Visit(team)
    before = filled_in(visit.see(path)["body"], step="declined", reason="On the other phone")
    visit.press(path, step="accepted")
    answer = visit.ask("POST", path, before)
    assert answer["statusCode"] == 409
    back = answer["body"].partition('step" open>')[2].partition("</details>")[0]
    assert "Give back" in back
    assert ">On the other phone</textarea>" in back


def test_a_lead_is_not_put_off_beyond_the_time_that_it_is_theirs(team: Any, around: Any) -> None:
    """Nobody is reminded of what they do not have any more; the page says when that is."""
    protection = {"first": "2h", "activity": "1d", "at_most": "2d"}
    apply_config(config({"anna": 1}, limits=ZONES, **DAY, protection=protection), around)
    lead_id = came(team)
    path, visit = f"/my/leads/{lead_id}", Visit(team)
    visit.press(path, step="accepted")
    answer = visit.press(path, step="snoozed", later="three_days")
    assert answer["statusCode"] == 422
    assert "yours until Wednesday 4 March, 10:00 CET at the latest" in answer["flat"]
    body = json.dumps({"until": "2026-03-04T09:00:00Z"}).encode()
    headers = {"authorization": f"Bearer {'k' * 48}"}
    request = api_request("POST", f"/v1/leads/{lead_id}/snooze", body=body, headers=headers)
    answer = desk.handler(request, context())
    assert answer["statusCode"] == 422
    (problem,) = json.loads(answer["body"])["errors"]
    assert problem["field"] == "until"
    assert "before 2026-03-04T09:00:00Z" in problem["message"]
    assert steps_of(team, lead_id)[-1] == "accepted"

    assert visit.press(path, step="snoozed", later="tomorrow")["statusCode"] == 303
    team.clock.turn(hours=23)
    team.sweep()
    assert steps_of(team, lead_id)[-1] == "reminded"
    assert lead_of(team, lead_id).owner == "anna"


def test_who_is_too_late_reads_who_has_the_lead(team: Any, around: Any) -> None:
    """The page was open while somebody took the lead away, or it came back under a new number."""
    apply_config(config({"anna": 1, "bo": 1}, **DAY), around)
    lead_id = came(team)
    owner = lead_of(team, lead_id).owner or ""
    visit = Visit(team, owner)
    form = filled_in(visit.see(f"/my/leads/{lead_id}")["body"], step="accepted", assignment="1")
    unassign_lead(lead_id, real(), by="manager")
    team.route()
    answer = visit.ask("POST", f"/my/leads/{lead_id}", form)
    assert answer["statusCode"] == 409
    assert "has gone to a colleague" in answer["flat"]
    assert "ada@example.com" not in answer["body"]
    unassign_lead(lead_id, real(), by="manager")
    from shared.flows.assign_lead import Assigning, assign_lead

    assign_lead(lead_id, Assigning(rep_id=owner, by="manager"), real())
    answer = visit.ask("POST", f"/my/leads/{lead_id}", form)
    assert answer["statusCode"] == 409
    assert "how it stands now" in answer["flat"]
    assert lead_of(team, lead_id).status == "assigned"


def test_somebody_at_the_same_moment(team: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/my/leads/{came(team)}"

    def busy(*_: Any, **__: Any) -> None:
        raise ConflictError("moved")

    monkeypatch.setattr("shared.flows.work_lead.work_lead", busy)
    answer = Visit(team).press(path, step="accepted")
    assert answer["statusCode"] == 409
    assert "please try again" in answer["flat"]


def test_another_reps_lead_is_not_there(team: Any, around: Any) -> None:
    """Nor is what is nobody's, and no id that could be one."""
    lead_id = came(team)
    apply_config(config({"anna": 1, "bo": 1}), around)
    bo = Visit(team, "bo")
    missing = bo.see(f"/my/leads/{'0' * 26}", 404)["body"]
    for path in (f"/my/leads/{lead_id}", "/my/leads/x"):
        assert bo.see(path, 404)["body"] == missing
        form = filled_in(bo.see("/my/sessions")["body"], step="accepted", assignment="1")
        assert bo.ask("POST", path, form)["body"] == missing
    assert "There is no such lead of yours" in missing
    assert 'href="../../my/leads"' in missing
    assert steps_of(team, lead_id)[-1] == "assigned"


def test_a_form_of_another_session_changes_nothing(team: Any) -> None:
    lead_id = came(team)
    path = f"/my/leads/{lead_id}"
    anna, also_anna = Visit(team), Visit(team)
    for body in (
        None,
        b"step=accepted&assignment=1",
        b"step=accepted&assignment=1&nonce=x",
        filled_in(also_anna.see(path)["body"], step="accepted", assignment="1"),
    ):
        answer = anna.ask("POST", path, body)
        assert answer["statusCode"] == 409
        assert "too old, so nothing is kept yet" in answer["body"]
    assert steps_of(team, lead_id)[-1] == "assigned"
    too_large = anna.ask("POST", path, b"x" * 70_000)
    assert too_large["statusCode"] == 413


def test_hostile_names_are_text(team: Any) -> None:
    hostile = dict.fromkeys(("name", "company", "product", "message", "budget"), ATTACK)
    path = f"/my/leads/{came(team, **hostile)}"
    visit = Visit(team)
    visit.press(path, step="accepted")
    visit.press(path, step="noted", reason=ATTACK)
    for page in ("/my/leads", path, f"/my/leads?said={ATTACK}"):
        body = visit.see(page)["body"]
        assert "<script" not in body
        assert "<b>" not in body


# ── What may be claimed ──────────────────────────────────────────────────────────────────────────


def claims(**pool: Any) -> Any:
    return config({"anna": 1, "bo": 1}, strategy="open", **pool)


def test_an_open_lead_is_masked_until_it_is_taken(team: Any, around: Any) -> None:
    apply_config(claims(), around)
    lead_id = came(team)
    anna, bo = Visit(team), Visit(team, "bo")
    for page in (anna.see("/my/leads"), anna.see(f"/my/leads/{lead_id}")):
        assert "A. B." in page["flat"]
        assert "Byron" not in page["body"]
        assert "ada@" not in page["body"]
    assert buttons_on(anna.see(f"/my/leads/{lead_id}")) == {"claimed"}
    late = filled_in(bo.see(f"/my/leads/{lead_id}")["body"], step="claimed")
    assert anna.press(f"/my/leads/{lead_id}", step="claimed")["statusCode"] == 303
    assert "Ada Byron" in anna.see(f"/my/leads/{lead_id}?said=claimed")["flat"]
    answer = bo.ask("POST", f"/my/leads/{lead_id}", late)
    assert answer["statusCode"] == 409
    assert "A colleague was faster, and has it now" in answer["flat"]
    assert "Byron" not in answer["body"]


def test_who_may_not_claim_reads_why(team: Any, around: Any) -> None:
    limits = {"anna": {"holding_limit": 1}}
    apply_config(config({"anna": 1, "bo": 1}, limits=limits, strategy="open"), around)
    first, second = (came(team, key, email=f"{key}@example.com", phone="") for key in "12")
    anna = Visit(team)
    anna.press(f"/my/leads/{first}", step="claimed")
    answer = anna.press(f"/my/leads/{second}", step="claimed")
    assert answer["statusCode"] == 409
    assert "You hold as many open leads as your limit allows" in answer["flat"]


def test_unseen_leads_are_taken_unseen(team: Any, around: Any) -> None:
    apply_config(claims(claims={"preview": False}), around)
    lead_id = came(team)
    anna = Visit(team)
    page = anna.see("/my/leads")
    assert lead_id not in page["body"]
    assert "Take the next one" in page["flat"]
    assert anna.ask("POST", "/my/leads", b"pool=sales")["headers"]["Location"] == "leads"
    answer = anna.press("/my/leads", pool="sales")
    assert answer["headers"]["Location"] == f"leads/{lead_id}?said=claimed"
    for pool in ("sales", "nowhere", ""):
        assert anna.press("/my/leads", pool=pool)["statusCode"] == 303
    assert "none left" in anna.see("/my/leads?said=none_left")["flat"]


def test_a_pool_may_hide_whom_a_lead_is_about_until_it_is_accepted(team: Any, around: Any) -> None:
    apply_config(config({"anna": 1}, mask_until_accepted=True), around)
    path = f"/my/leads/{came(team)}"
    anna = Visit(team)
    for page in ("/my/leads", path):
        assert "Byron" not in anna.see(page)["body"]
    anna.press(path, step="accepted")
    for page in ("/my/leads", path):
        assert "Byron" in anna.see(page)["body"]


def test_a_list_costs_the_same_however_many_leads_others_have(
    team: Any, around: Any, death: Any
) -> None:
    """Two reads by index and key, whatever else lies in the table."""
    apply_config(config({"anna": 1, "bo": 1}, **DAY), around)
    anna = Visit(team)

    def calls() -> list[str]:
        death.arm(None)
        anna.see("/my/leads")
        return list(death.calls)

    came(team)
    came(team, "2", email="2@example.com", phone="")
    calls()  # what is read once per process is read now
    few = calls()
    for number in range(3, 9):
        came(team, str(number), email=f"{number}@example.com", phone="")
    assert calls() == few
