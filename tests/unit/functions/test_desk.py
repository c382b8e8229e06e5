"""The accept link and the API, as reps and managers meet them."""

import json
from datetime import timedelta
from typing import Any

import pytest

import functions.desk.handler as desk
from shared.errors import StoreBusyError
from shared.flows.apply_config import apply_config
from shared.links import AcceptLink, sign
from tests.audit import Books, problems
from tests.aws_events import api_request, context
from tests.pressing import button_behind, nonce_on
from tests.team import config

TEAM = config(
    {"anna": 2, "bo": 1},
    limits={"anna": {"holding_limit": 5}, "bo": {"holding_limit": 5}},
    deadlines={"remind_after": ["5m"], "reclaim_after": "10m", "max_assignments": 2},
)


@pytest.fixture
def desk_of(world: Any, around: Any) -> Any:
    """A desk with one lead, assigned to anna and told to her."""
    apply_config(TEAM, around)
    world.post(b'{"name": "Ada Byron", "email": "ada@example.com", "phone": "+46701740605"}', "1")
    world.route()
    world.alert()
    return world


def call(method: str, path: str, body: Any = None, token: str | None = "k" * 48) -> Any:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    if body is None and (method, path[:3]) == ("POST", "/a/"):
        body = button_behind(path)
    raw = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = desk.handler(api_request(method, path, body=raw, headers=headers), context())
    kind = answer["headers"].get("Content-Type", "")
    answer["json"] = json.loads(answer["body"]) if "json" in kind else None
    return answer


def lead_of(world: Any) -> Any:
    return Books(world.items()).leads[0]


def flat(text: str) -> str:
    return " ".join(text.split())


def page_text(path: str) -> str:
    """What the link's page says to somebody who does not own the lead, however they ask."""
    pages = [call(method, path, token=None) for method in ("GET", "POST")]
    assert [page["statusCode"] for page in pages] == [409, 409]
    assert pages[0]["body"] == pages[1]["body"]
    return flat(pages[0]["body"])


def link_path(world: Any, address: str = "anna@example.com") -> str:
    return world.links(address)[-1].removeprefix("https://leads.example.com")


class TestTheLink:
    def test_looking_changes_nothing(self, desk_of: Any) -> None:
        """Mail scanners fetch links, and send HEAD; only the button accepts."""
        for method in ("GET", "HEAD", "GET"):
            answer = call(method, link_path(desk_of), token=None)
            assert answer["statusCode"] == 200
        assert "<form" in answer["body"]
        assert lead_of(desk_of).status == "assigned"

    def test_who_has_been_switched_off_accepts_nothing(self, desk_of: Any, around: Any) -> None:
        """And sees nothing: they have left, whatever is in their mailbox."""
        path = link_path(desk_of)
        button = button_behind(path)
        switched_off = {"anna": {"active": False}}
        apply_config(config({"anna": 1, "bo": 1}, limits=switched_off), around)
        for method, body in (("GET", None), ("POST", button)):
            answer = call(method, path, body, token=None)
            assert answer["statusCode"] == 409
            assert "Ada" not in answer["body"]
        assert lead_of(desk_of).status == "assigned"

    def test_a_post_that_is_not_the_button_changes_nothing(self, desk_of: Any) -> None:
        """Some scanners post, too; they are shown the button, as whoever looks."""
        path = link_path(desk_of)
        shown = call("GET", path, token=None)["body"]
        others = button_behind("/a/another")
        for body in (b"", b"nonce=", b"nonce=x", others, b"accept=yes", b"\xff" * 9):
            answer = call("POST", path, body, token=None)
            assert (answer["statusCode"], answer["body"]) == (200, shown)
        assert lead_of(desk_of).status == "assigned"
        assert nonce_on(shown) in button_behind(path).decode()

    def test_the_button_accepts_and_shows_how_to_reach_the_person(self, desk_of: Any) -> None:
        answer = call("POST", link_path(desk_of), token=None)
        assert answer["statusCode"] == 200
        assert "tel:+46701740605" in answer["body"]
        assert lead_of(desk_of).status == "accepted"

    def test_pressing_twice_is_pressing_once(self, desk_of: Any) -> None:
        for _ in range(3):
            assert call("POST", link_path(desk_of), token=None)["statusCode"] == 200
        assert [change.step for change in lead_of(desk_of).log] == [
            "captured",
            "assigned",
            "accepted",
        ]

    @pytest.mark.parametrize(("action", "word"), [("convert", "won"), ("lose", "lost")])
    def test_a_closed_lead_is_said_to_be_closed(self, desk_of: Any, action: str, word: str) -> None:
        """Not to have gone to a colleague, and nobody is told to get in touch."""
        path, lead_id = link_path(desk_of), lead_of(desk_of).lead_id
        for step in ("accept", action):
            assert call("POST", f"/v1/leads/{lead_id}/{step}")["statusCode"] == 200
        for method in ("GET", "POST"):
            answer = call(method, path, token=None)
            assert answer["statusCode"] == 200
            assert f"closed, as <strong>{word}" in answer["body"]
            assert "colleague" not in answer["body"]
            assert "get in touch" not in answer["body"]

    def test_a_rep_who_gave_the_lead_back_is_not_said_to_have_been_late(self, desk_of: Any) -> None:
        path = link_path(desk_of)
        call("POST", f"/v1/leads/{lead_of(desk_of).lead_id}/decline")
        assert "You gave it back, and it is being given to a colleague" in page_text(path)
        desk_of.route()
        assert "You gave it back, and it has gone to a colleague" in page_text(path)

    def test_a_lead_that_waits_for_a_manager_is_not_said_to_go_to_a_colleague(
        self, desk_of: Any
    ) -> None:
        path = link_path(desk_of)
        for _ in range(2):
            desk_of.clock.turn(minutes=11)
            desk_of.sweep()
            desk_of.route()
        assert lead_of(desk_of).place == "stuck#sales"
        assert "It was not taken up in time and waits for a manager’s decision" in page_text(path)

    def test_a_lead_that_nobody_can_take_is_said_to_wait(self, desk_of: Any) -> None:
        path = link_path(desk_of)
        for rep in ("anna", "bo"):
            call("POST", f"/v1/reps/{rep}/pause")
        call("POST", f"/v1/leads/{lead_of(desk_of).lead_id}/decline")
        desk_of.route()
        assert "You gave it back, and it waits until a colleague is free" in page_text(path)

    def test_who_left_the_team_accepts_nothing(self, desk_of: Any, around: Any) -> None:
        path = link_path(desk_of)
        apply_config(config({"bo": 1}), around)
        for method in ("GET", "POST"):
            answer = call(method, path, token=None)
            assert answer["statusCode"] == 409
            assert "no longer in the team" in answer["body"]
        assert lead_of(desk_of).status == "assigned"

    def test_a_busy_table_is_told_on_a_page(
        self, desk_of: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = link_path(desk_of)

        def busy(*_: Any, **__: Any) -> None:
            raise StoreBusyError("the table did not answer")

        monkeypatch.setattr(desk, "accept_lead", busy)
        answer = call("POST", path, token=None)
        assert answer["statusCode"] == 503
        assert answer["headers"]["Content-Type"].startswith("text/html")

    def test_after_reclaim_it_says_whom_to_ask(self, desk_of: Any) -> None:
        path = link_path(desk_of)
        desk_of.clock.turn(minutes=11)
        desk_of.sweep()
        desk_of.route()
        for method in ("GET", "POST"):
            answer = call(method, path, token=None)
            assert answer["statusCode"] == 409
            assert "Maria Berg" in answer["body"]
            assert "not taken up in time and has gone to a colleague" in flat(answer["body"])
            assert "ada@example.com" not in answer["body"]
        assert lead_of(desk_of).owner == "bo"

    @pytest.mark.parametrize("change", ["first", "middle", "last", "cut", "empty"])
    def test_a_forged_link_opens_nothing(self, desk_of: Any, change: str) -> None:
        token = link_path(desk_of).removeprefix("/a/")
        flip = {"a": "b"}.get
        forged = {
            "first": flip(token[0], "a") + token[1:],
            "middle": token[:30] + flip(token[30], "a") + token[31:],
            "last": token[:-3] + flip(token[-3], "a") + token[-2:],
            "cut": token[:-1],
            "empty": "x",
        }[change]
        for method in ("GET", "POST"):
            answer = call(method, f"/a/{forged}", token=None)
            assert answer["statusCode"] == 404
            assert "ada@example.com" not in answer["body"]
        assert lead_of(desk_of).status == "assigned"

    def test_a_link_signed_with_another_secret_opens_nothing(self, desk_of: Any) -> None:
        until = desk_of.clock.at + timedelta(days=1)
        link = AcceptLink(lead_of(desk_of).lead_id, "anna", 1, until)
        path = f"/a/{sign(link, ['another secret'])}"
        assert call("POST", path, token=None)["statusCode"] == 404

    def test_a_link_for_somebody_elses_assignment_accepts_nothing(self, desk_of: Any) -> None:
        """Rightly signed, but for a rep or a number that does not hold the lead."""
        until = desk_of.clock.at + timedelta(days=1)
        for rep, number in (("bo", 1), ("anna", 2)):
            link = AcceptLink(lead_of(desk_of).lead_id, rep, number, until)
            path = f"/a/{sign(link, ['k' * 48])}"
            assert call("POST", path, token=None)["statusCode"] == 409
        assert lead_of(desk_of).status == "assigned"

    def test_an_expired_link_says_so(self, desk_of: Any) -> None:
        link = AcceptLink(lead_of(desk_of).lead_id, "anna", 1, desk_of.clock.at)
        answer = call("POST", f"/a/{sign(link, ['k' * 48])}", token=None)
        assert answer["statusCode"] == 409
        assert "expired" in answer["body"]

    def test_pages_are_not_cached_framed_or_indexed(self, desk_of: Any) -> None:
        headers = call("GET", link_path(desk_of), token=None)["headers"]
        assert headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


class TestTheApi:
    @pytest.mark.parametrize("token", [None, "", "wrong", "k" * 47, "é"])
    def test_everything_needs_the_admin_token(self, desk_of: Any, token: str | None) -> None:
        lead_id = lead_of(desk_of).lead_id
        for method, path in (
            ("GET", f"/v1/leads/{lead_id}"),
            ("GET", f"/v1/leads/{lead_id}/decision"),
            ("POST", f"/v1/leads/{lead_id}/accept"),
            ("GET", "/v1/pools/sales/rotation"),
            ("GET", "/v1/reps/anna/leads"),
            ("POST", "/v1/reps/anna/pause"),
            ("GET", "/v1/parked"),
            ("GET", "/v1/quarantine"),
        ):
            assert call(method, path, token=token)["statusCode"] == 401

    def test_a_lead_tells_its_story(self, desk_of: Any) -> None:
        answer = call("GET", f"/v1/leads/{lead_of(desk_of).lead_id}")["json"]
        assert (answer["status"], answer["owner"], answer["assignment"]) == ("assigned", "anna", 1)
        assert answer["fields"]["name"] == "Ada Byron"
        assert [record["step"] for record in answer["history"]] == ["captured", "assigned"]
        assert [deadline["action"] for deadline in answer["deadlines"]] == ["remind", "reclaim"]

    def test_a_decision_explains_every_candidate(self, desk_of: Any) -> None:
        answer = call("GET", f"/v1/leads/{lead_of(desk_of).lead_id}/decision")["json"]
        assert (answer["chosen"], answer["rule"]) == ("anna", "everything else")
        assert answer["config_version"] == 1
        assert "owed 0.67 of a lead" in answer["reason"]
        for moment in ("credit_before", "credit_after"):
            assert sum(candidate[moment] for candidate in answer["candidates"]) == 0

    def test_decline_gives_the_lead_to_the_next(self, desk_of: Any) -> None:
        lead_id = lead_of(desk_of).lead_id
        answer = call("POST", f"/v1/leads/{lead_id}/decline", {"reason": "on holiday"})["json"]
        assert (answer["status"], answer["owner"]) == ("new", None)
        desk_of.route()
        assert lead_of(desk_of).owner == "bo"
        assert problems(Books(desk_of.items()), TEAM) == []

    def test_a_lead_is_worked_to_its_end_and_frees_the_rep(self, desk_of: Any) -> None:
        lead_id = lead_of(desk_of).lead_id
        for action, status in (
            ("accept", "accepted"),
            ("contact", "contacted"),
            ("convert", "converted"),
        ):
            assert call("POST", f"/v1/leads/{lead_id}/{action}")["json"]["status"] == status
        books = Books(desk_of.items())
        assert books.loads["anna"].open == 0
        assert problems(books, TEAM) == []

    def test_an_illegal_step_says_what_is_possible(self, desk_of: Any) -> None:
        lead_id = lead_of(desk_of).lead_id
        answer = call("POST", f"/v1/leads/{lead_id}/convert")
        assert answer["statusCode"] == 409
        assert "accepted" in answer["json"]["detail"]

    @pytest.mark.parametrize(
        "body",
        [
            *(b"[]", b"{", b'{"rep_id": 5}', b'{"assignment": true}', b'{"reason": ["x"]}'),
            *(b"\xff\xfe{}", b"\xe5", b'{"a":' * 5000, b'{"assignment": ' + b"9" * 5000 + b"}"),
            b'{"reason": "' + b"x" * 501 + b'"}',
        ],
    )
    def test_an_odd_body_is_named(self, desk_of: Any, body: bytes) -> None:
        answer = call("POST", f"/v1/leads/{lead_of(desk_of).lead_id}/decline", body)
        assert answer["statusCode"] == 422
        assert answer["json"]["errors"][0]["field"]

    @pytest.mark.parametrize(
        ("body", "field", "message"),
        [
            ({"assignment": "1"}, "assignment", "must be a whole number"),
            ({"reason": 5}, "reason", "must be text"),
            ({"assignement": 9}, "assignement", "is not known"),
            ({"\ud800": 9}, "\ufffd", "is not known"),
        ],
    )
    def test_a_wrong_member_is_named_in_peoples_words(
        self, desk_of: Any, body: Any, field: str, message: str
    ) -> None:
        """Also an unknown one: a guard that is misspelt must not be no guard."""
        answer = call("POST", f"/v1/leads/{lead_of(desk_of).lead_id}/decline", body)
        assert answer["statusCode"] == 422
        (error,) = answer["json"]["errors"]
        assert (error["field"], error["message"][: len(message)]) == (field, message)
        assert lead_of(desk_of).status == "assigned"

    @pytest.mark.parametrize(
        ("said", "kept"), [("on\ud800 holiday", "on\ufffd holiday"), ("\x00 ", None)]
    )
    def test_a_reason_is_kept_as_text_that_can_be_stored(
        self, desk_of: Any, said: str, kept: str | None
    ) -> None:
        lead_id = lead_of(desk_of).lead_id
        answer = call("POST", f"/v1/leads/{lead_id}/decline", {"reason": said})
        assert answer["statusCode"] == 200
        assert lead_of(desk_of).log[-1].reason == kept

    def test_a_byte_order_mark_is_no_mistake(self, desk_of: Any) -> None:
        lead_id = lead_of(desk_of).lead_id
        body = b'\xef\xbb\xbf{"rep_id": "anna"}'
        assert call("POST", f"/v1/leads/{lead_id}/accept", body)["statusCode"] == 200

    @pytest.mark.parametrize("lead_id", ["a" * 3_000, "A" * 26, "a" * 25, "%00" * 26])
    def test_what_is_no_id_is_not_looked_for(self, desk_of: Any, lead_id: str) -> None:
        for method, rest in (("GET", ""), ("GET", "/decision"), ("POST", "/accept")):
            assert call(method, f"/v1/leads/{lead_id}{rest}")["statusCode"] == 404
        assert call("GET", f"/v1/reps/{lead_id}0/leads")["statusCode"] == 404

    def test_the_owner_of_a_closed_lead_is_told_what_is_possible(self, desk_of: Any) -> None:
        """It is still theirs: another step is not possible, and that is another mistake."""
        lead_id = lead_of(desk_of).lead_id
        theirs = {"rep_id": "anna", "assignment": 1}
        kinds = [
            call("POST", f"/v1/leads/{lead_id}/{action}", body)["json"].get("type", "").split(":")
            for action, body in (
                *(("accept", theirs), ("convert", theirs), ("convert", theirs)),
                ("convert", {"rep_id": "bo"}),
            )
        ]
        assert [kind[-1] for kind in kinds] == ["", "", "not-possible-now", "not-yours"]

    def test_an_assignment_that_was_given_back_is_nobodys(self, desk_of: Any) -> None:
        lead_id = lead_of(desk_of).lead_id
        call("POST", f"/v1/leads/{lead_id}/decline")
        answer = call("POST", f"/v1/leads/{lead_id}/decline", {"assignment": 1})
        assert answer["json"]["type"].endswith("not-yours")

    def test_lists_show_leads_in_short(self, desk_of: Any) -> None:
        assert call("GET", "/v1/reps/anna/leads")["json"] == {
            "leads": [
                {
                    "lead_id": lead_of(desk_of).lead_id,
                    "status": "assigned",
                    "owner": "anna",
                    "assignment": 1,
                    "pool": "sales",
                    "source": "form#website",
                    "name": "Ada Byron",
                    "created_at": "2026-03-02T09:00:00.000Z",
                    "due_at": "2026-03-02T09:05:00.000Z",
                    "reason": None,
                }
            ],
            "more": False,
        }

    def test_a_lead_that_has_moved_on_is_not_listed_where_it_was(
        self, desk_of: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The index lags behind the table."""
        lead_id = lead_of(desk_of).lead_id
        call("POST", f"/v1/leads/{lead_id}/decline")
        monkeypatch.setattr("shared.store.leads.in_place", lambda *_: [lead_id])
        assert call("GET", "/v1/reps/anna/leads")["json"]["leads"] == []

    def test_who_left_the_configuration_still_shows_what_they_own(
        self, desk_of: Any, around: Any
    ) -> None:
        apply_config(config({"bo": 1}), around)
        (lead,) = call("GET", "/v1/reps/anna/leads")["json"]["leads"]
        assert lead["owner"] == "anna"
        call("POST", f"/v1/leads/{lead['lead_id']}/decline")
        assert call("GET", "/v1/reps/anna/leads")["statusCode"] == 404

    @pytest.mark.parametrize(
        ("body", "shown"),
        [
            ('{"email": "å', {"raw": '{"email": "å'}),
            (b"\xff{", {"raw_base64": "/3s="}),
        ],
    )
    def test_a_lead_in_quarantine_shows_what_was_sent(
        self, desk_of: Any, body: Any, shown: dict[str, str]
    ) -> None:
        """So that somebody can write to the person after all."""
        desk_of.post(body if isinstance(body, bytes) else body.encode(), "unreadable")
        (listed,) = call("GET", "/v1/quarantine")["json"]["leads"]
        assert (listed["name"], listed["reason"][:11]) == (None, "unreadable:")
        assert "quarantine" not in listed
        answer = call("GET", f"/v1/leads/{listed['lead_id']}")["json"]
        assert answer["quarantine"] == {
            "reason": listed["reason"],
            "content_type": "application/json",
            "part": 1,
            **shown,
            "expires_at": "2026-04-01T09:00:00.000Z",
        }

    def test_an_own_lead_has_no_quarantine(self, desk_of: Any) -> None:
        assert "quarantine" not in call("GET", f"/v1/leads/{lead_of(desk_of).lead_id}")["json"]

    def test_a_rep_lists_their_open_leads(self, desk_of: Any) -> None:
        (lead,) = call("GET", "/v1/reps/anna/leads")["json"]["leads"]
        assert lead["owner"] == "anna"
        assert call("GET", "/v1/reps/bo/leads")["json"]["leads"] == []
        assert call("GET", "/v1/reps/nobody/leads")["statusCode"] == 404

    def test_the_rotation_shows_what_everybody_is_owed(self, desk_of: Any) -> None:
        answer = call("GET", "/v1/pools/sales/rotation")["json"]
        assert answer["credit_sum"] == 0
        anna, bo = answer["members"]
        assert (anna["credit"], anna["open"], anna["status"]) == (-333_333, 1, "available")
        assert (bo["credit"], bo["open"]) == (333_333, 0)

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/v1/leads/unknown", 404),
            ("GET", "/v1/leads/unknown/decision", 404),
            ("POST", "/v1/leads/unknown/accept", 404),
            ("POST", "/v1/leads/unknown/explode", 404),
            ("DELETE", "/v1/leads/unknown", 405),
            ("GET", "/v1/pools/unknown/rotation", 404),
            ("POST", "/v1/reps/anna/dance", 404),
            ("GET", "/nothing/here", 404),
            ("GET", "/", 404),
        ],
    )
    def test_what_is_not_there_is_a_problem_and_no_mystery(
        self, desk_of: Any, method: str, path: str, status: int
    ) -> None:
        answer = call(method, path)
        assert answer["statusCode"] == status
        assert answer["headers"]["Content-Type"] == "application/problem+json"


class TestParkedLeads:
    def test_lists_are_bounded_and_say_when_there_is_more(self, desk_of: Any) -> None:
        """A hundred long leads would be more than a function can answer."""
        for rep in ("anna", "bo"):
            call("POST", f"/v1/reps/{rep}/pause")
        for number in range(100):
            said = {"email": f"late{number}@example.com", "message": "x" * 10_000}
            desk_of.post(json.dumps(said).encode(), f"late{number}")
        desk_of.route()
        full = call("GET", "/v1/parked")
        assert (len(full["json"]["leads"]), full["json"]["more"]) == (100, False)
        assert len(full["body"]) < 100_000
        assert full["json"]["leads"][0]["reason"] == "nobody_available"
        desk_of.post(b'{"email": "one.more@example.com"}', "one more")
        desk_of.route()
        listed = call("GET", "/v1/parked")["json"]
        assert (len(listed["leads"]), listed["more"]) == (100, True)

    def test_nobody_free_parks_visibly_and_tells_the_managers(
        self, desk_of: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told: list[tuple[str, str]] = []
        monkeypatch.setattr(
            "shared.messages.senders.tell_managers", lambda *notice: told.append(notice)
        )
        for rep in ("anna", "bo"):
            assert call("POST", f"/v1/reps/{rep}/pause")["json"]["paused"] is True
        desk_of.post(b'{"email": "late@example.com"}', "2")
        desk_of.route()
        desk_of.alert()
        (lead,) = call("GET", "/v1/parked")["json"]["leads"]
        assert lead["status"] == "parked"
        decision = call("GET", f"/v1/leads/{lead['lead_id']}/decision")["json"]
        assert {c["rep_id"]: c["reason"] for c in decision["candidates"]} == {
            "anna": "is paused",
            "bo": "is paused",
        }
        ((subject, text),) = told
        assert lead["lead_id"] in text
        assert "late@example.com" not in subject + text

    def test_a_rep_who_comes_back_gets_what_waits_oldest_first(self, desk_of: Any) -> None:
        for rep in ("anna", "bo"):
            call("POST", f"/v1/reps/{rep}/pause")
        for number in range(8):
            desk_of.post(f'{{"email": "late{number}@example.com"}}'.encode(), f"late{number}")
            desk_of.clock.turn(seconds=1)
        desk_of.route()
        call("POST", "/v1/reps/bo/resume")
        desk_of.route()
        leads = {lead.fields["email"]: lead for lead in Books(desk_of.items()).leads}
        waited = [leads[f"late{number}@example.com"].owner for number in range(8)]
        assert waited == ["bo"] * 5 + [None] * 3
        assert problems(Books(desk_of.items()), TEAM) == []

    def test_a_lead_given_out_too_often_waits_for_a_manager(self, desk_of: Any) -> None:
        for _ in range(2):
            desk_of.clock.turn(minutes=11)
            desk_of.sweep()
            desk_of.route()
        lead = lead_of(desk_of)
        assert (lead.status, lead.place, lead.assignment) == ("parked", "stuck#sales", 2)
        desk_of.clock.turn(days=1)
        desk_of.sweep()
        assert lead_of(desk_of).status == "parked"
        (shown,) = call("GET", "/v1/parked")["json"]["leads"]
        assert shown["lead_id"] == lead.lead_id
