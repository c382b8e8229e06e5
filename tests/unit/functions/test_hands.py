"""What people do by hand, over the API: claim, assign, release, tell more, and pause."""

import json
from datetime import timedelta
from typing import Any

import pytest

import functions.desk.handler as desk
from functions.desk import hands
from shared.domain import leads as lead_rules
from shared.domain.config import Config
from shared.errors import StoreBusyError, UnstorableError
from shared.flows import claim_lead
from shared.flows.apply_config import apply_config
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from tests.audit import Books, problems
from tests.aws_events import api_request, context
from tests.team import ALL_TO_SALES, config

SPOKEN = {"anna": "sv", "bo": "da"}
UNKNOWN = "0" * 26
PROBLEM = "urn:problem-type:leadwheel:"


def call(method: str, path: str, body: Any = None, token: str | None = "k" * 48) -> Any:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    raw = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = desk.handler(api_request(method, path, body=raw, headers=headers), context())
    assert answer["statusCode"] < 500, answer["body"]
    return answer["statusCode"], json.loads(answer["body"])


def team(*, limits: Any = None, claims: Any = None, **pool: Any) -> Config:
    """`sales` shares weighted; `north` is open, `east` a shotgun's, `south` assigned by hand."""
    members = {"anna": 1, "bo": 1}
    countries = {"NO": "north", "PL": "east", "ES": "south"}
    pools = {
        "sales": {"members": members, **pool},
        "north": {"members": members, "strategy": "open", "claims": claims or {}},
        "east": {"members": members, "strategy": "shotgun"},
        "south": {"members": members, "strategy": "manual"},
    }
    rules = [
        {"name": f"from {country}", "when": {"country": country}, "pool": to}
        for country, to in countries.items()
    ]
    return config(
        {"anna": 1, "bo": 1, "cy": 1},
        limits=limits,
        more={"pools": pools, "rules": [*rules, *ALL_TO_SALES]},
    )


def picky() -> Config:
    """Anna's Swedish and Bo's Danish; the pool asks for the language of the lead."""
    limits = {rep: {"skills": {"language": [known]}} for rep, known in SPOKEN.items()}
    return team(limits=limits, match=[{"field": "language"}])


class Office:
    """A team with leads, and a manager who asks the API."""

    def __init__(self, world: Any, around: Any) -> None:
        self.world, self.around, self.posted = world, around, 0
        self.team = team()

    def works_by(self, configuration: Config) -> None:
        self.team = configuration
        apply_config(configuration, self.around)

    def leads(self, count: int, *, route: bool = True, **fields: Any) -> list[str]:
        """So many more leads, each a moment after the one before."""
        ids = []
        for _ in range(count):
            self.posted += 1
            self.world.clock.turn(seconds=1)
            person = {"name": "Ada", "email": f"a{self.posted}@example.com", **fields}
            answer = self.world.post(json.dumps(person).encode(), str(self.posted))
            ids.append(json.loads(answer["body"])["lead_id"])
        if route:
            self.world.route()
        return ids

    def lead(self, lead_id: str) -> Any:
        return call("GET", f"/v1/leads/{lead_id}")[1]

    def audit(self) -> Books:
        books = Books(self.world.items())
        assert problems(books, self.team) == []
        return books


@pytest.fixture
def office(world: Any, around: Any) -> Office:
    office = Office(world, around)
    office.works_by(office.team)
    return office


def steps(lead: Any) -> list[str]:
    return [record["step"] for record in lead["history"]]


# ── Claims ───────────────────────────────────────────────────────────────────────────────────────


class TestClaims:
    def test_who_claims_a_lead_has_accepted_it_and_the_next_one_hears_who_was_faster(
        self, office: Office
    ) -> None:
        (lead,) = office.leads(1, country="NO")
        status, claimed = call("POST", f"/v1/leads/{lead}/claim", {"rep_id": "anna"})
        assert (status, claimed["status"], claimed["owner"]) == (200, "accepted", "anna")
        status, problem = call("POST", f"/v1/leads/{lead}/claim", {"rep_id": "bo"})
        assert (status, problem["type"]) == (409, f"{PROBLEM}not-yours")
        assert problem["detail"] == "Anna was faster, and has the lead now"
        assert office.audit().owned() == {"anna": 1}

    def test_claiming_twice_is_claiming_once(self, office: Office) -> None:
        (lead,) = office.leads(1, country="NO")
        first = call("POST", f"/v1/leads/{lead}/claim", {"rep_id": "anna"})
        assert call("POST", f"/v1/leads/{lead}/claim", {"rep_id": "anna"}) == first
        assert office.audit().owned() == {"anna": 1}

    def test_an_offer_is_accepted_by_the_first_of_those_it_was_made_to(
        self, office: Office
    ) -> None:
        call("POST", "/v1/reps/bo/pause")
        (lead,) = office.leads(1, country="PL")
        assert office.lead(lead)["status"] == "open"
        call("POST", "/v1/reps/bo/resume")
        status, problem = call("POST", f"/v1/leads/{lead}/claim", {"rep_id": "bo"})
        assert (status, problem["code"], problem["rep_id"]) == (409, "not_offered", "bo")
        assert problem["type"] == f"{PROBLEM}impossible-for-rep"
        assert call("POST", f"/v1/leads/{lead}/claim", {"rep_id": "anna"})[0] == 200
        office.audit()

    def test_unseen_comes_the_oldest(self, office: Office) -> None:
        first, second = office.leads(2, country="NO")
        claimed = [
            call("POST", "/v1/pools/north/claim", {"rep_id": rep}) for rep in ("bo", "anna", "bo")
        ]
        assert [body.get("lead_id") for _, body in claimed] == [first, second, None]
        assert claimed[2][0] == 409
        assert claimed[2][1]["detail"] == "no lead of the pool north is open right now"
        office.audit()

    def test_unseen_comes_what_is_offered_to_the_rep_and_not_what_is_offered_to_others(
        self, office: Office
    ) -> None:
        call("POST", "/v1/reps/bo/pause")
        office.leads(1, country="PL")
        call("POST", "/v1/reps/bo/resume")
        (second,) = office.leads(1, country="PL")
        status, claimed = call("POST", "/v1/pools/east/claim", {"rep_id": "bo"})
        assert (status, claimed["lead_id"]) == (200, second)
        status, problem = call("POST", "/v1/pools/east/claim", {"rep_id": "bo"})
        assert (status, problem["code"]) == (409, "not_offered")

    def test_where_leads_are_claimed_unseen_nobody_picks_one_but_offers_can_be_accepted(
        self, office: Office
    ) -> None:
        office.works_by(team(claims={"preview": False}))
        (unseen,) = office.leads(1, country="NO")
        (offered,) = office.leads(1, country="PL")
        status, problem = call("POST", f"/v1/leads/{unseen}/claim", {"rep_id": "anna"})
        assert (status, problem["type"]) == (409, f"{PROBLEM}not-possible-now")
        assert "POST /v1/pools/north/claim" in problem["detail"]
        assert call("POST", f"/v1/leads/{offered}/claim", {"rep_id": "anna"})[0] == 200
        assert call("POST", "/v1/pools/north/claim", {"rep_id": "anna"})[1]["lead_id"] == unseen

    @pytest.mark.parametrize(
        ("limits", "claims", "code"),
        [
            ({"anna": {"holding_limit": 1}}, {}, "holding_limit"),
            ({"anna": {"daily_limit": 1}}, {}, "daily_limit"),
            ({}, {"per_day": 1}, "claims_per_day"),
            ({}, {"gap": "1h"}, "claim_gap"),
        ],
    )
    @pytest.mark.parametrize("unseen", [True, False], ids=["unseen", "seen"])
    def test_a_claim_keeps_to_every_limit_and_names_it(
        self, office: Office, limits: Any, claims: Any, code: str, *, unseen: bool
    ) -> None:
        office.works_by(team(limits=limits, claims=claims))
        first, second = office.leads(2, country="NO")
        assert call("POST", f"/v1/leads/{first}/claim", {"rep_id": "anna"})[0] == 200
        path = "/v1/pools/north/claim" if unseen else f"/v1/leads/{second}/claim"
        status, problem = call("POST", path, {"rep_id": "anna"})
        assert (status, problem["code"]) == (409, code)
        assert call("POST", path, {"rep_id": "bo"})[0] == 200
        office.audit()

    def test_a_paused_rep_claims_nothing(self, office: Office) -> None:
        (lead,) = office.leads(1, country="NO")
        call("POST", "/v1/reps/anna/pause")
        assert call("POST", f"/v1/leads/{lead}/claim", {"rep_id": "anna"})[1]["code"] == "paused"

    def test_only_what_is_open_can_be_claimed(self, office: Office) -> None:
        (new,) = office.leads(1, route=False)
        (parked,) = office.leads(1, country="ES")
        office.world.route()
        for lead, word in ((new, "assigned"), (parked, "parked")):
            status, problem = call("POST", f"/v1/leads/{lead}/claim", {"rep_id": "anna"})
            assert (status, word in problem["detail"]) == (409, True), problem
        assert call("POST", f"/v1/leads/{UNKNOWN}/claim", {"rep_id": "anna"})[0] == 404
        assert call("POST", "/v1/pools/nowhere/claim", {"rep_id": "anna"})[0] == 404

    def test_who_is_not_of_the_pool_claims_nothing(self, office: Office) -> None:
        (lead,) = office.leads(1, country="NO")
        for path in (f"/v1/leads/{lead}/claim", "/v1/pools/north/claim"):
            status, problem = call("POST", path, {"rep_id": "cy"})
            assert (status, problem["code"]) == (409, "not_offered")

    def test_a_lead_whose_pool_is_gone_is_a_managers_until_it_is_routed_anew(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (lead,) = office.leads(1, country="NO")
        monkeypatch.setattr("shared.flows.apply_config.look_again", lambda *_, **__: None)
        office.works_by(config({"anna": 1}))
        status, problem = call("POST", f"/v1/leads/{lead}/claim", {"rep_id": "anna"})
        assert (status, "ask a manager" in problem["detail"]) == (409, True), problem
        assert call("POST", f"/v1/leads/{lead}/assign", {"rep_id": "anna"})[1]["pool"] == "sales"
        office.audit()

    def test_who_let_a_lead_go_gets_the_next_one(self, office: Office) -> None:
        first, second = office.leads(2, country="NO")
        for lead in (first, second):
            claimed = call("POST", "/v1/pools/north/claim", {"rep_id": "anna"})[1]
            assert claimed["lead_id"] == lead
            call("POST", f"/v1/leads/{lead}/release", {"rep_id": "anna"})
            office.world.route()
        status, problem = call("POST", "/v1/pools/north/claim", {"rep_id": "anna"})
        assert (status, problem["code"]) == (409, "had_it")
        assert call("POST", "/v1/pools/north/claim", {"rep_id": "bo"})[1]["lead_id"] == first
        office.audit()

    def test_who_had_the_hundred_oldest_gets_the_next_one(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """More are looked at than the first few; here four, not a hundred, make the point."""
        monkeypatch.setattr(claim_lead, "LISTED_FIRST", 4)
        monkeypatch.setattr(claim_lead, "READ_AT_ONCE", 2)
        for lead in office.leads(5, country="NO"):
            call("POST", f"/v1/leads/{lead}/claim", {"rep_id": "anna"})
            call("POST", f"/v1/leads/{lead}/release")
        office.world.route()
        (last,) = office.leads(1, country="NO")
        status, claimed = call("POST", "/v1/pools/north/claim", {"rep_id": "anna"})
        assert (status, claimed["lead_id"]) == (200, last)
        status, problem = call("POST", "/v1/pools/north/claim", {"rep_id": "anna"})
        assert (status, problem["code"]) == (409, "had_it")
        office.audit()

    def test_who_is_at_a_limit_does_not_read_every_open_lead(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(claim_lead, "LISTED_FIRST", 2)
        office.works_by(team(limits={"anna": {"holding_limit": 0}}))
        office.leads(5, country="NO")
        read: list[str] = []
        get_many = lead_store.get_many

        def noting(ids: Any) -> Any:
            read.extend(ids)
            return get_many(ids)

        monkeypatch.setattr(lead_store, "get_many", noting)
        status, problem = call("POST", "/v1/pools/north/claim", {"rep_id": "anna"})
        assert (status, problem["code"], len(read)) == (409, "holding_limit", 2)

    @pytest.mark.parametrize("lost", [1, 3])
    def test_a_claim_whose_answer_is_lost_is_still_one_lead(
        self, office: Office, monkeypatch: pytest.MonkeyPatch, lost: int
    ) -> None:
        """Also when the table does not answer the first question after it either."""
        first, *_ = office.leads(3, country="NO")
        commit, get, silent = routing_store.commit, lead_store.get, iter(range(lost))

        def then_silence(answer: Any) -> Any:
            if next(silent, None) is not None:
                raise StoreBusyError("no answer")
            return answer

        monkeypatch.setattr(routing_store, "commit", lambda *them: then_silence(commit(*them)))
        monkeypatch.setattr(lead_store, "get", lambda lead_id: then_silence(get(lead_id)))
        status, claimed = call("POST", "/v1/pools/north/claim", {"rep_id": "anna"})
        assert (status, claimed["lead_id"]) == (200, first)
        monkeypatch.undo()
        assert office.audit().owned() == {"anna": 1}

    def test_a_claim_that_was_never_written_is_made_again(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, *_ = office.leads(2, country="NO")
        commit, silent = routing_store.commit, iter(range(1))

        def silence_first(*them: Any) -> Any:
            if next(silent, None) is not None:
                raise StoreBusyError("no answer")
            return commit(*them)

        monkeypatch.setattr(routing_store, "commit", silence_first)
        status, claimed = call("POST", "/v1/pools/north/claim", {"rep_id": "anna"})
        assert (status, claimed["lead_id"]) == (200, first)
        assert office.audit().owned() == {"anna": 1}


# ── Assignments ──────────────────────────────────────────────────────────────────────────────────


class TestAssigning:
    @pytest.mark.parametrize("country", ["NO", "ES", "PL"], ids=["open", "parked", "offered"])
    def test_a_lead_that_waits_goes_to_whom_the_manager_says(
        self, office: Office, country: str
    ) -> None:
        (lead,) = office.leads(1, country=country)
        body = {"rep_id": "cy", "reason": "speaks Basque"}
        status, assigned = call("POST", f"/v1/leads/{lead}/assign", body)
        assert (status, assigned["status"], assigned["owner"]) == (200, "assigned", "cy")
        newest = assigned["history"][-1]
        assert (newest["reason"], newest["by"]) == ("speaks Basque", "api")
        office.audit()

    def test_a_lead_that_routing_has_not_seen_yet_goes_to_the_pool_of_the_rules(
        self, office: Office
    ) -> None:
        (lead,) = office.leads(1, route=False, country="NO")
        assigned = call("POST", f"/v1/leads/{lead}/assign", {"rep_id": "bo"})[1]
        assert (assigned["pool"], assigned["history"][-1]["rule"]) == ("north", "from NO")
        office.world.route()
        assert office.lead(lead)["owner"] == "bo"
        office.audit()

    def test_a_lead_changes_hands_and_both_counters_with_it(self, office: Office) -> None:
        (lead,) = office.leads(1)
        assert office.lead(lead)["owner"] == "anna"
        assert call("POST", f"/v1/leads/{lead}/accept", {"rep_id": "anna"})[0] == 200
        assigned = call("POST", f"/v1/leads/{lead}/assign", {"rep_id": "bo"})[1]
        assert (assigned["status"], assigned["owner"], assigned["assignment"]) == (
            "assigned",
            "bo",
            2,
        )
        books = office.audit()
        assert {rep: load.open for rep, load in books.loads.items()} == {"anna": 0, "bo": 1}
        assert books.leads[0].lost_by == {"anna"}

    def test_giving_it_to_who_has_it_changes_nothing(self, office: Office) -> None:
        (lead,) = office.leads(1)
        before = office.lead(lead)
        answer = call("POST", f"/v1/leads/{lead}/assign", {"rep_id": before["owner"]})
        assert answer == (200, {name: before[name] for name in before if name != "response"})

    def test_a_limit_is_in_the_way_until_it_is_overridden_and_that_stands_in_the_log(
        self, office: Office
    ) -> None:
        office.works_by(team(limits={"anna": {"holding_limit": 1}}))
        first, second = office.leads(2, country="ES")
        assert call("POST", f"/v1/leads/{first}/assign", {"rep_id": "anna"})[0] == 200
        path = f"/v1/leads/{second}/assign"
        status, problem = call("POST", path, {"rep_id": "anna"})
        assert (status, problem["code"]) == (409, "holding_limit")
        assert problem["detail"] == "anna holds as many open leads as their limit allows"
        assert call("POST", path, {"rep_id": "anna", "override": True})[0] == 200
        books = office.audit()
        assert books.loads["anna"].open == 2
        given = next(lead for lead in books.leads if lead.lead_id == second)
        assert given.log[-1].over == ("holding_limit",)

    def test_a_pause_can_be_overridden_but_nobody_works_for_who_is_switched_off(
        self, office: Office
    ) -> None:
        office.works_by(team(limits={"bo": {"active": False}}))
        (lead,) = office.leads(1, country="ES")
        call("POST", "/v1/reps/anna/pause")
        path = f"/v1/leads/{lead}/assign"
        assert call("POST", path, {"rep_id": "anna"})[1]["code"] == "paused"
        status, problem = call("POST", path, {"rep_id": "bo", "override": True})
        assert (status, problem["code"]) == (409, "inactive"), problem
        assert call("POST", path, {"rep_id": "anna", "override": True})[0] == 200
        office.audit()

    def test_it_can_be_made_another_pools_lead(self, office: Office) -> None:
        (lead,) = office.leads(1)
        assigned = call("POST", f"/v1/leads/{lead}/assign", {"rep_id": "cy", "pool_id": "south"})
        assert (assigned[1]["pool"], assigned[1]["owner"]) == ("south", "cy")
        office.audit()

    def test_who_has_it_keeps_it_in_its_pool_until_it_is_released(self, office: Office) -> None:
        (lead,) = office.leads(1)
        body = {"rep_id": office.lead(lead)["owner"], "pool_id": "south"}
        status, problem = call("POST", f"/v1/leads/{lead}/assign", body)
        assert status == 409
        assert problem["detail"] == (
            "Anna has the lead already, as one of the pool sales; to make it another pool's,"
            f" release it first (POST /v1/leads/{lead}/release), then assign it again"
        )
        call("POST", f"/v1/leads/{lead}/release")
        status, assigned = call("POST", f"/v1/leads/{lead}/assign", body)
        assert (status, assigned["owner"], assigned["pool"]) == (200, "anna", "south")
        office.audit()

    def test_what_nobody_can_have_is_refused(self, office: Office) -> None:
        (lead,) = office.leads(1)
        for action in ("accept", "convert"):
            call("POST", f"/v1/leads/{lead}/{action}")
        assert call("POST", f"/v1/leads/{lead}/assign", {"rep_id": "bo"})[0] == 409
        broken = json.loads(office.world.post(b'{"email": ', "broken")["body"])["lead_id"]
        for action, body in (("assign", {"rep_id": "bo"}), ("release", {})):
            status, problem = call("POST", f"/v1/leads/{broken}/{action}", body)
            assert (status, f"/v1/quarantine/{broken}/release" in problem["detail"]) == (409, True)

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "rep_id"),
            ({"rep_id": ""}, "rep_id"),
            ({"rep_id": "nobody"}, "rep_id"),
            ({"rep_id": "\ud800"}, "rep_id"),
            ({"rep_id": 7}, "rep_id"),
            ({"rep_id": "bo", "pool_id": "nowhere"}, "pool_id"),
            ({"rep_id": "bo", "override": "yes"}, "override"),
            ({"rep_id": "bo", "reason": "x" * 501}, "reason"),
            ({"rep_id": "bo", "overide": True}, "overide"),
        ],
    )
    def test_what_is_wrong_is_named(self, office: Office, body: Any, field: str) -> None:
        (lead,) = office.leads(1, country="ES")
        status, problem = call("POST", f"/v1/leads/{lead}/assign", body)
        assert (status, [error["field"] for error in problem["errors"]]) == (422, [field])
        status, problem = call("POST", "/v1/leads/assign", {"lead_ids": [lead], **body})
        if body:
            assert (status, [error["field"] for error in problem["errors"]]) == (422, [field])

    def test_all_need_the_token(self, office: Office) -> None:
        (lead,) = office.leads(1, country="ES")
        for path in (f"/v1/leads/{lead}/assign", "/v1/leads/release", "/v1/pools/north/claim"):
            assert call("POST", path, {"rep_id": "bo"}, token=None)[0] == 401
        assert call("PATCH", f"/v1/leads/{lead}", {"fields": {}}, token="wrong")[0] == 401


class TestSeveralAtOnce:
    def test_each_gets_its_result_and_one_failure_does_not_stop_the_others(
        self, office: Office
    ) -> None:
        office.works_by(team(limits={"anna": {"holding_limit": 2}}))
        ids = office.leads(3, country="ES")
        asked = [ids[0], UNKNOWN, "no id\n", *ids[1:], ids[0]]
        status, answer = call("POST", "/v1/leads/assign", {"lead_ids": asked, "rep_id": "anna"})
        assert (status, answer["done"], answer["failed"]) == (200, 2, 3)
        outcomes = [
            (result["lead_id"], result.get("problem", {}).get("status"))
            for result in answer["results"]
        ]
        assert outcomes == [
            (ids[0], None),
            (UNKNOWN, 404),
            ("no id", 404),
            (ids[1], None),
            (ids[2], 409),
        ]
        assert answer["results"][0]["lead"]["owner"] == "anna"
        assert answer["results"][-1]["problem"]["code"] == "holding_limit"
        office.audit()

    def test_without_a_rep_routing_gives_them_anew(self, office: Office) -> None:
        """An owned one to somebody else, a stuck one into another pool if so wished."""
        (owned,), (stuck,) = office.leads(1), office.leads(1, country="ES")
        owner = office.lead(owned)["owner"]
        body = {"lead_ids": [owned, stuck], "pool_id": "sales", "reason": "nobody is in Spain"}
        assert call("POST", "/v1/leads/assign", body)[1]["done"] == 2
        office.world.route()
        again = [office.lead(lead) for lead in (owned, stuck)]
        assert [lead["status"] for lead in again] == ["assigned", "assigned"]
        assert [lead["pool"] for lead in again] == ["sales", "sales"]
        assert again[0]["owner"] != owner
        assert steps(again[1]) == ["captured", "parked", "rerouted", "assigned"]
        office.audit()

    def test_an_owned_lead_can_be_sent_to_another_pool_and_stays_there(
        self, office: Office
    ) -> None:
        (lead,) = office.leads(1)
        call("POST", "/v1/leads/assign", {"lead_ids": [lead], "pool_id": "north"})
        office.world.route()
        again = office.lead(lead)
        assert (again["pool"], again["status"]) == ("north", "open")
        office.audit()

    def test_what_was_passed_on_goes_where_the_rules_say_unless_a_pool_is_named(
        self, office: Office
    ) -> None:
        def passing_on(holding_limit: int) -> Config:
            pools = {
                "sales": {"members": {"anna": 1}, "then": {"pool": "second"}},
                "second": {"members": {"bo": 1, "cy": 1}},
            }
            limits = {"anna": {"holding_limit": holding_limit}}
            return config({"anna": 1, "bo": 1, "cy": 1}, limits=limits, more={"pools": pools})

        office.works_by(passing_on(0))
        (lead,) = office.leads(1)
        assert office.lead(lead)["pool"] == "second"
        office.works_by(passing_on(9))
        call("POST", "/v1/leads/assign", {"lead_ids": [lead]})
        assert not lead_store.get(lead).passed_on  # so the rules stay in charge of it
        office.world.route()
        again = office.lead(lead)
        assert (again["pool"], again["owner"]) == ("sales", "anna")
        office.audit()

    @pytest.mark.parametrize("passed_on", [False, True])
    def test_who_gives_it_anew_begins_the_count_anew(
        self, office: Office, *, passed_on: bool
    ) -> None:
        """Also in the pool where it is already; who only takes it from its rep does not."""

        def team_with(rule: str) -> Config:
            pools = {
                "first": {"members": {"dee": 1}, "then": {"pool": "sales"}},
                "sales": {
                    "members": {"anna": 1, "bo": 1, "cy": 1},
                    "deadlines": {"max_assignments": 1},
                },
            }
            return config(
                dict.fromkeys(["anna", "bo", "cy", "dee"], 1),
                limits={"dee": {"holding_limit": 0}},
                more={"pools": pools, "rules": [{"name": "all", "pool": rule}]},
            )

        office.works_by(team_with("first" if passed_on else "sales"))
        (lead,) = office.leads(1)
        assert lead_store.get(lead).passed_on is passed_on
        office.works_by(team_with("sales"))
        call("POST", "/v1/leads/assign", {"lead_ids": [lead]})
        office.world.route()
        again = office.lead(lead)
        assert (again["pool"], again["status"]) == ("sales", "assigned")
        call("POST", f"/v1/leads/{lead}/release", {})
        office.world.route()
        assert office.lead(lead)["history"][-1]["reason"] == "too_many_assignments"
        office.audit()

    def test_what_is_on_its_way_already_is_left_alone(self, office: Office) -> None:
        (lead,) = office.leads(1, route=False)
        assert call("POST", "/v1/leads/assign", {"lead_ids": [lead]})[1]["done"] == 1
        assert steps(office.lead(lead)) == ["captured"]

    def test_whose_they_must_still_be_can_be_said(self, office: Office) -> None:
        ids = office.leads(2)
        owners = [office.lead(lead)["owner"] for lead in ids]
        body = {"lead_ids": ids, "rep_id": "cy", "owner": owners[0]}
        answer = call("POST", "/v1/leads/assign", body)[1]
        assert [result["ok"] for result in answer["results"]] == [True, False]
        assert answer["results"][1]["problem"]["type"] == f"{PROBLEM}not-yours"
        office.audit()

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "lead_ids"),
            ({"lead_ids": []}, "lead_ids"),
            ({"lead_ids": "x"}, "lead_ids"),
            ({"lead_ids": [7]}, "lead_ids"),
            ({"lead_ids": [UNKNOWN] * 101}, "lead_ids"),
            ({"lead_ids": [UNKNOWN], "override": True}, "override"),
        ],
    )
    def test_what_is_wrong_is_named(self, office: Office, body: Any, field: str) -> None:
        status, problem = call("POST", "/v1/leads/assign", body)
        assert (status, problem["errors"][0]["field"]) == (422, field)

    def test_what_there_is_no_time_for_is_to_be_sent_again(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ids = office.leads(2, country="ES")
        monkeypatch.setattr(hands, "TIME_FOR_ALL", timedelta(seconds=-1))
        answer = call("POST", "/v1/leads/assign", {"lead_ids": ids, "rep_id": "bo"})[1]
        assert {result["problem"]["type"] for result in answer["results"]} == {f"{PROBLEM}busy"}
        assert office.lead(ids[0])["status"] == "parked"


# ── Back to routing ──────────────────────────────────────────────────────────────────────────────


class TestReleasing:
    @pytest.mark.parametrize("worked", [(), ("accept",), ("accept", "contact")])
    def test_somebody_else_gets_it(self, office: Office, worked: tuple[str, ...]) -> None:
        (lead,) = office.leads(1)
        for action in worked:
            call("POST", f"/v1/leads/{lead}/{action}")
        body = {"reason": "on leave", "rep_id": "anna", "assignment": 1}
        status, released = call("POST", f"/v1/leads/{lead}/release", body)
        assert (status, released["status"], released["owner"]) == (200, "new", None)
        assert released["history"][-1]["reason"] == "on leave"
        office.world.route()
        assert office.lead(lead)["owner"] == "bo"
        office.audit()

    def test_twice_is_once(self, office: Office) -> None:
        (lead,) = office.leads(1)
        first = call("POST", f"/v1/leads/{lead}/release", {"rep_id": "anna"})
        assert call("POST", f"/v1/leads/{lead}/release", {"rep_id": "anna"}) == first
        office.world.route()
        status, problem = call("POST", f"/v1/leads/{lead}/release", {"rep_id": "anna"})
        assert (status, problem["type"]) == (409, f"{PROBLEM}not-yours")
        assert problem["detail"] == "the lead is not anna's any more: Bo has it"

    def test_what_nobody_has_cannot_be_released(self, office: Office) -> None:
        (lead,) = office.leads(1, country="ES")
        status, problem = call("POST", f"/v1/leads/{lead}/release")
        assert (status, problem["detail"]) == (409, "nobody has the lead: it is parked")

    def test_several_at_once_of_one_rep(self, office: Office) -> None:
        ids = office.leads(4)
        body = {"lead_ids": ids, "rep_id": "anna", "reason": "leaves"}
        answer = call("POST", "/v1/leads/release", body)[1]
        assert (answer["done"], answer["failed"]) == (2, 2)
        office.world.route()
        assert office.audit().owned() == {"bo": 4}

    def test_also_of_a_rep_who_has_left_the_configuration(self, office: Office) -> None:
        ids = office.leads(2)
        office.works_by(config({"bo": 1}))
        body = {"lead_ids": ids, "rep_id": "anna"}
        assert call("POST", "/v1/leads/release", body)[1]["done"] == 1
        office.world.route()
        assert office.audit().owned() == {"bo": 2}


# ── What is learnt later ─────────────────────────────────────────────────────────────────────────


def tell(lead: str, **fields: Any) -> Any:
    return call("PATCH", f"/v1/leads/{lead}", {"fields": fields})


class TestEnriching:
    def test_fields_are_read_as_a_forms_are_and_merged(self, office: Office) -> None:
        (lead,) = office.leads(1, message="hello")
        status, after = tell(lead, Tel="+46 70-174 06 05", budget=12.50, **{"E-Mail": "b@Ex.com"})
        assert status == 200
        assert after["fields"] == {
            "name": "Ada",
            "email": "b@ex.com",
            "phone": "+46701740605",
            "message": "hello",
            "extra": {"budget": "12.5"},
        }
        assert after["status"] == "assigned"
        (stored,) = office.audit().leads
        assert stored.log[-1].names == ("email", "phone", "budget")
        assert "ex.com" not in repr(stored.log)

    def test_null_and_an_empty_text_take_a_field_away(self, office: Office) -> None:
        (lead,) = office.leads(1, message="hello", budget="low", phone="+46701740605")
        after = tell(lead, message=None, Budget="", email=" ")[1]
        assert after["fields"] == {"name": "Ada", "phone": "+46701740605"}
        office.audit()

    def test_the_same_again_changes_nothing(self, office: Office) -> None:
        (lead,) = office.leads(1)
        first = tell(lead, phone="+46 701 740 605", budget="low", nothing=None)
        assert tell(lead, phone="+46701740605", BUDGET="low") == first
        assert tell(lead) == first
        assert steps(first[1])[-1] == "enriched"

    @pytest.mark.parametrize(
        ("fields", "named"),
        [
            ({"email": "nonsense", "phone": "12"}, ["email", "phone"]),
            ({"email": None}, ["email"]),
            ({"email": "a@b.co", "E-Mail": "c@d.co"}, ["E-Mail"]),
            ({"company": "x" * 201}, ["company"]),
            ({"extra": {"budget": 1}}, ["extra"]),
            ({f"f{n}": n for n in range(101)}, ["fields"]),
            ({"note": "x" * 64_000, "note2": "y" * 1_400}, ["fields"]),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_changes(
        self, office: Office, fields: Any, named: list[str]
    ) -> None:
        (lead,) = office.leads(1, other="z" * 1_000)
        status, problem = tell(lead, **fields)
        assert (status, [error["field"] for error in problem["errors"]]) == (422, named)
        assert steps(office.lead(lead)) == ["captured", "assigned"]

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (None, 422),
            (b"{", 422),
            ({"fields": []}, 422),
            ({"felds": {}}, 422),
            ({"fields": {"deep": None}, "more": 1}, 422),
            (b'{"fields": {"deep": ' + b"[" * 30 + b"]" * 30 + b"}}", 422),
            (b'{"fields": {"n": 1e400, "m": NaN, "\\ud800": "\\ud800"}}', 200),
            (b'{"fields": {"long": ' + b"9" * 4400 + b"}}", 422),
            (b" " * 65_537, 413),
        ],
    )
    def test_odd_bodies(self, office: Office, body: Any, status: int) -> None:
        (lead,) = office.leads(1)
        assert call("PATCH", f"/v1/leads/{lead}", body)[0] == status

    def test_numbers_of_a_country_are_read_as_the_lead_says_where_it_is(
        self, office: Office
    ) -> None:
        (lead,) = office.leads(1, country="SE")
        assert tell(lead, phone="070-174 06 05")[1]["fields"]["phone"] == "+46701740605"

    def test_the_name_follows_its_parts_where_it_was_made_of_them(self, office: Office) -> None:
        (lead,) = office.leads(1, name="", first_name="Ada", last_name="Byron")
        assert tell(lead, last_name="Lovelace")[1]["fields"]["name"] == "Ada Lovelace"
        (named,) = office.leads(1, name="Countess")
        assert tell(named, first_name="Ada")[1]["fields"]["name"] == "Countess"

    def test_the_extension_of_another_number_goes_with_it(self, office: Office) -> None:
        (lead,) = office.leads(1, phone="+46 70 174 06 05 ext. 7")
        assert office.lead(lead)["fields"]["extra"] == {"phone_extension": "7"}
        assert tell(lead, phone="+46701740605")[1]["fields"]["extra"] == {"phone_extension": "7"}
        assert "extra" not in tell(lead, phone="+46701740606")[1]["fields"]

    def test_who_has_not_accepted_loses_it_to_the_pool_that_the_rules_name_now(
        self, office: Office
    ) -> None:
        (lead,) = office.leads(1)
        assert office.lead(lead)["owner"] == "anna"
        status, after = tell(lead, country="Norway")
        assert (status, after["status"], after["owner"]) == (200, "new", None)
        assert steps(after)[-2:] == ["enriched", "rerouted"]
        office.world.route()
        again = office.lead(lead)
        assert (again["status"], again["pool"]) == ("open", "north")
        books = office.audit()
        assert books.loads["anna"].open == 0
        assert books.leads[0].lost_by == frozenset()

    def test_once_in_its_life(self, office: Office) -> None:
        (lead,) = office.leads(1)
        tell(lead, country="Norway")
        office.world.route()
        after = tell(lead, country="Spain")[1]
        assert (after["pool"], steps(after)[-1]) == ("north", "enriched")
        office.audit()

    def test_a_managers_hand_does_not_count(self, office: Office) -> None:
        (lead,) = office.leads(1, country="ES")
        call("POST", "/v1/leads/assign", {"lead_ids": [lead]})
        office.world.route()
        assert steps(tell(lead, country="NO")[1])[-1] == "rerouted"

    @pytest.mark.parametrize("country", ["NO", "ES"], ids=["open", "parked"])
    def test_what_waits_in_the_wrong_pool_moves_too(self, office: Office, country: str) -> None:
        (lead,) = office.leads(1, country=country)
        tell(lead, country="SE")
        office.world.route()
        assert office.lead(lead)["pool"] == "sales"
        office.audit()

    def test_what_routing_has_not_seen_is_routed_by_what_is_known_then(
        self, office: Office
    ) -> None:
        (lead,) = office.leads(1, route=False)
        assert steps(tell(lead, country="NO")[1]) == ["captured", "enriched"]
        office.world.route()
        assert office.lead(lead)["pool"] == "north"

    @pytest.mark.parametrize("worked", [("accept",), ("accept", "contact"), ("accept", "convert")])
    def test_who_has_accepted_keeps_it(self, office: Office, worked: tuple[str, ...]) -> None:
        (lead,) = office.leads(1)
        for action in worked:
            before = call("POST", f"/v1/leads/{lead}/{action}")[1]
        after = tell(lead, country="NO")[1]
        assert (after["owner"], after["status"]) == (before["owner"], before["status"])
        assert after["fields"]["country"] == "NO"
        office.audit()

    @pytest.mark.parametrize("directed", [False, True], ids=["given", "sent"])
    def test_where_a_manager_has_put_it_it_stays(self, office: Office, *, directed: bool) -> None:
        """Given to a rep by hand, or sent to a pool that has given it to somebody."""
        (lead,) = office.leads(1, country="NO")
        if directed:
            call("POST", "/v1/leads/assign", {"lead_ids": [lead], "pool_id": "sales"})
            office.world.route()
        else:
            call("POST", f"/v1/leads/{lead}/assign", {"rep_id": "bo", "pool_id": "sales"})
        before = office.lead(lead)
        after = tell(lead, country="Spain")[1]
        assert after["status"] == "assigned"
        assert (after["owner"], after["pool"]) == (before["owner"], before["pool"])
        assert steps(after)[-1] == "enriched"

    def test_what_a_hand_gave_and_the_rep_declined_is_the_rules_again(self, office: Office) -> None:
        (lead,) = office.leads(1)
        call("POST", f"/v1/leads/{lead}/assign", {"rep_id": "cy"})
        call("POST", f"/v1/leads/{lead}/decline")
        office.world.route()
        assert office.lead(lead)["status"] == "assigned"
        assert steps(tell(lead, country="NO")[1])[-1] == "rerouted"

    def test_what_nobody_was_there_for_is_tried_again_each_time_more_is_known(
        self, office: Office
    ) -> None:
        """And may still go to another pool by its fields, once."""
        office.works_by(picky())
        (lead,) = office.leads(1, language="fi")
        assert office.lead(lead)["status"] == "parked"
        assert steps(tell(lead, language="et")[1])[-1] == "rerouted"
        office.world.route()
        assert office.lead(lead)["status"] == "parked"
        same = tell(lead, language="et")[1]
        assert (same["status"], steps(same)[-1]) == ("parked", "parked")
        tell(lead, language="sv")
        office.world.route()
        assert office.lead(lead)["owner"] == "anna"
        assert steps(tell(lead, country="NO")[1])[-1] == "rerouted"
        office.world.route()
        assert office.lead(lead)["pool"] == "north"
        office.audit()

    def test_what_is_stuck_where_a_manager_sent_it_is_tried_again_there(
        self, office: Office
    ) -> None:
        office.works_by(picky())
        (lead,) = office.leads(1, country="NO", language="fi")
        call("POST", "/v1/leads/assign", {"lead_ids": [lead], "pool_id": "sales"})
        office.world.route()
        assert office.lead(lead)["status"] == "parked"
        tell(lead, language="sv")
        office.world.route()
        after = office.lead(lead)
        assert (after["pool"], after["owner"]) == ("sales", "anna")
        office.audit()

    def test_what_a_manager_is_to_give_out_stays_with_the_manager(self, office: Office) -> None:
        (lead,) = office.leads(1, country="ES")
        assert steps(tell(lead, message="and soon")[1])[-1] == "enriched"

    def test_what_nobody_wanted_is_not_offered_again(self, office: Office) -> None:
        (lead,) = office.leads(1, country="PL")
        office.world.clock.turn(days=2)
        office.world.sweep()
        assert office.lead(lead)["status"] == "parked"
        assert steps(tell(lead, message="and soon")[1])[-1] == "enriched"

    def test_what_was_given_out_as_often_as_the_pool_allows_is_not_given_out_again(
        self, office: Office
    ) -> None:
        office.works_by(team(deadlines={"max_assignments": 1}))
        (lead,) = office.leads(1)
        call("POST", f"/v1/leads/{lead}/decline")
        office.world.route()
        assert office.lead(lead)["status"] == "parked"
        assert steps(tell(lead, message="and soon")[1])[-1] == "enriched"

    def test_what_ran_out_of_time_waits_for_its_manager_whatever_is_learnt(
        self, office: Office
    ) -> None:
        office.works_by(team(deadlines={"stages": [{"after": "20m", "do": "park"}]}))
        (lead,) = office.leads(1)
        office.world.clock.turn(minutes=21)
        office.world.sweep()
        office.world.route()
        assert office.lead(lead)["status"] == "parked"
        assert steps(tell(lead, message="and soon")[1])[-1] == "enriched"

    @pytest.mark.parametrize("if_still", ["unaccepted", "not_contacted"])
    def test_nor_does_a_rule_for_another_pool_take_it_from_its_manager(
        self, office: Office, if_still: str
    ) -> None:
        park = {"after": "20m", "if_still": if_still, "do": "park"}
        office.works_by(team(deadlines={"stages": [park]}))
        (lead,) = office.leads(1)
        if if_still == "not_contacted":
            call("POST", f"/v1/leads/{lead}/accept")
        office.world.clock.turn(minutes=21)
        office.world.sweep()
        office.world.route()
        assert steps(tell(lead, country="NO")[1])[-2:] == ["parked", "enriched"]

    def test_a_lead_in_quarantine_is_put_right_there(self, office: Office) -> None:
        broken = json.loads(office.world.post(b'{"email": ', "broken")["body"])["lead_id"]
        assert tell(broken, name="Ada")[0] == 409
        assert tell(UNKNOWN, name="Ada")[0] == 404

    def test_a_log_does_not_grow_for_ever(self, office: Office) -> None:
        (lead,) = office.leads(1)
        answers = [tell(lead, n=number)[0] for number in range(200)]
        assert answers == [200] * 198 + [409] * 2


# ── A log that is full ───────────────────────────────────────────────────────────────────────────


class TestFullLogs:
    @pytest.fixture
    def full(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> str:
        """A lead, assigned to Anna, whose log is full."""
        monkeypatch.setattr(lead_rules, "MOST_RECORDS", 8)
        (lead,) = office.leads(1)
        for rep in ("bo", "anna") * 3:
            assert call("POST", f"/v1/leads/{lead}/assign", {"rep_id": rep})[0] == 200
        assert len(office.lead(lead)["history"]) == 8
        return lead

    def test_no_hand_moves_it_on_and_what_is_possible_is_said(
        self, office: Office, full: str
    ) -> None:
        answers = [
            call("POST", f"/v1/leads/{full}/assign", {"rep_id": "bo"}),
            call("POST", f"/v1/leads/{full}/release"),
            tell(full, message="and soon"),
        ]
        words = "the lead's log is full; still possible: "
        for status, problem in answers:
            assert (status, problem["detail"].startswith(words)) == (409, True)
            possible = problem["detail"].removeprefix(words).split(", ")
            by_people = ["accepted", "declined", "reclaimed", "returned"]
            assert possible == [*by_people, "reminded", "escalated"]
        call("POST", f"/v1/leads/{full}/accept")
        detail = call("POST", f"/v1/leads/{full}/release")[1]["detail"]
        assert detail == f"{words}lapsed, converted, lost, returned, reminded, escalated"
        office.audit()

    @pytest.mark.parametrize("way", [("accept", "convert"), ("accept", "lose"), ("decline",)])
    def test_it_is_brought_to_its_end(self, full: str, way: tuple[str, ...]) -> None:
        for action in way:
            body = {"reason": "ö" * 500}
            assert call("POST", f"/v1/leads/{full}/{action}", body)[0] == 200

    def test_who_declines_it_leaves_it_to_others_also_by_hand(
        self, office: Office, full: str
    ) -> None:
        office.works_by(team(strategy="manual"))
        call("POST", f"/v1/leads/{full}/decline")
        office.world.route()
        assert office.lead(full)["status"] == "parked"
        assert call("POST", f"/v1/leads/{full}/assign", {"rep_id": "cy"})[0] == 200
        office.audit()

    def test_its_time_runs_out_as_any_others(self, office: Office, full: str) -> None:
        office.world.clock.turn(days=2)
        for _ in range(3):
            office.world.sweep()
        assert "reclaimed" in steps(office.lead(full))

    def test_what_the_table_does_not_take_is_refused_in_words(
        self, office: Office, full: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def too_large(*_: Any, **__: Any) -> None:
            raise UnstorableError("ValidationError")

        monkeypatch.setattr(lead_store, "change", too_large)
        status, problem = call("POST", f"/v1/leads/{full}/accept", {"reason": "ö" * 500})
        assert (status, problem["detail"][:27]) == (409, "the lead's log is full; sti")


# ── Pauses ───────────────────────────────────────────────────────────────────────────────────────


class TestPauses:
    def test_a_pause_ends_by_itself(self, office: Office) -> None:
        office.works_by(team(limits={"bo": {"active": False}}))
        status, answer = call("POST", "/v1/reps/anna/pause", {"until": "2026-03-02T10:00:00+00:00"})
        assert (status, answer["paused"]) == (200, True)
        assert answer["until"] == "2026-03-02T10:00:00.000Z"
        (lead,) = office.leads(1)
        assert office.lead(lead)["status"] == "parked"
        office.world.clock.turn(hours=1)
        office.world.sweep()
        assert office.lead(lead)["owner"] == "anna"

    def test_a_date_begins_where_the_rep_is(self, office: Office) -> None:
        office.works_by(team(limits={"anna": {"time_zone": "America/New_York"}}))
        answer = call("POST", "/v1/reps/anna/pause", {"until": "2026-03-05"})[1]
        assert answer["until"] == "2026-03-05T05:00:00.000Z"

    def test_without_an_end_it_lasts_until_somebody_resumes(self, office: Office) -> None:
        call("POST", "/v1/reps/anna/pause", {"until": "2026-03-05"})
        assert call("POST", "/v1/reps/anna/pause")[1] == {
            "rep_id": "anna",
            "paused": True,
            "until": None,
        }
        assert call("POST", "/v1/reps/anna/resume")[1]["paused"] is False

    @pytest.mark.parametrize(
        "until",
        [
            "2026-03-02T09:00:00Z",
            "2020-01-01",
            "2027-04-01",
            "9999-12-31",
            "0001-01-01T00:00:00+23:59",
            "2026-03-05T10:00:00",
            "2026-02-30",
            "2026-03-05T25:00:00Z",
            "2026-03-05T10:00:00+99:99",
            "20260305",
            "tomorrow",
            "",
            17,
        ],
    )
    def test_an_end_that_is_none_is_refused(self, office: Office, until: Any) -> None:
        status, problem = call("POST", "/v1/reps/anna/pause", {"until": until})
        assert (status, [error["field"] for error in problem["errors"]]) == (422, ["until"])
        assert call("POST", "/v1/reps/nobody/pause", {"until": "2026-03-05"})[0] == 404
