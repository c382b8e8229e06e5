"""What a rep does with a lead that is theirs, from accepting it to its end."""

import json
from datetime import timedelta
from typing import Any

import pytest

import functions.desk.handler as desk
from shared.domain.leads import Change, Lead, Status, Step, Won
from shared.domain.moments import to_text
from shared.flows.apply_config import apply_config
from shared.flows.work_lead import work_lead
from shared.store import leads as lead_store
from tests.audit import Books, problems
from tests.aws_events import api_request, context
from tests.ears import Ears
from tests.team import config

TEAM = config(
    {"anna": 1},
    limits={"anna": {"time_zone": "Europe/Stockholm"}},
    deadlines={"remind_after": ["5m"], "reclaim_after": "10m"},
)
WORKED = ("attempt", "note", "snooze", "contact", "convert", "lose")


@pytest.fixture
def hers(world: Any, around: Any) -> Any:
    """A world with one lead, assigned to anna and told to her."""
    apply_config(TEAM, around)
    world.post(b'{"name": "Ada Byron", "email": "ada@example.com"}', "1")
    world.route()
    world.alert()
    return world


@pytest.fixture
def accepted(hers: Any) -> Any:
    act(hers, "accept")
    return hers


def lead_in(world: Any) -> Lead:
    (lead,) = Books(world.items()).leads
    return lead_store.get(lead.lead_id)


def act(world: Any, action: str, **body: Any) -> Any:
    path = f"/v1/leads/{lead_in(world).lead_id}/{action}"
    headers = {"authorization": f"Bearer {'k' * 48}"}
    request = api_request("POST", path, body=json.dumps(body).encode(), headers=headers)
    answer = desk.handler(request, context())
    return answer["statusCode"], json.loads(answer["body"])


def body_of(world: Any, action: str) -> dict[str, str]:
    """What the action must be told."""
    tomorrow = to_text(world.clock.at + timedelta(days=1))
    return {"note": {"reason": "call late"}, "snooze": {"until": tomorrow}}.get(action, {})


def test_attempts_and_notes_leave_it_where_it_is(accepted: Any) -> None:
    for action, reason in (("attempt", "voice mail"), ("note", "prefers mornings")):
        status, lead = act(accepted, action, reason=reason)
        assert (status, lead["status"], lead["owner"]) == (200, "accepted", "anna")
        assert lead["history"][-1]["reason"] == reason
    assert [change.step for change in lead_in(accepted).log[-2:]] == [Step.ATTEMPTED, Step.NOTED]
    assert problems(Books(accepted.items()), TEAM) == []


def test_what_is_closed_can_still_be_noted(accepted: Any) -> None:
    act(accepted, "convert")
    assert act(accepted, "note", reason="invoice sent")[1]["status"] == "converted"
    assert act(accepted, "attempt")[0] == 409


@pytest.mark.parametrize("action", [one for one in WORKED if one != "note"])
def test_before_it_is_accepted_nothing_is_done_with_it(hers: Any, action: str) -> None:
    status, problem = act(hers, action, **body_of(hers, action))
    assert status == 409
    assert "accepted" in problem["detail"]
    assert "noted" in problem["detail"]


@pytest.mark.parametrize("action", ["attempt", "note", "snooze", "contact"])
def test_sent_again_it_is_one_step(accepted: Any, action: str) -> None:
    """Within a minute; later it is said once more."""
    body = body_of(accepted, action)
    before = lead_in(accepted).rev
    first, again = act(accepted, action, **body), act(accepted, action, **body)
    assert first == again
    assert lead_in(accepted).rev == before + 1
    accepted.clock.turn(seconds=61)
    act(accepted, action, **body)
    assert lead_in(accepted).rev == before + 2


def test_other_words_are_another_step(accepted: Any) -> None:
    before = lead_in(accepted).rev
    for words in ("no answer", "busy", "no answer"):
        act(accepted, "attempt", reason=words)
    assert lead_in(accepted).rev == before + 3


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("note", {}, "reason"),
        ("note", {"reason": " "}, "reason"),
        ("snooze", {}, "until"),
        ("snooze", {"until": None}, "until"),
        ("snooze", {"until": "tomorrow"}, "until"),
        ("snooze", {"until": "2020-01-01"}, "until"),
        ("snooze", {"until": 5}, "until"),
        ("attempt", {"until": "2026-03-09"}, "until"),
        ("convert", {"value": "12"}, "currency"),
        ("convert", {"currency": "EUR"}, "value"),
        ("convert", {"value": "1,5", "currency": "EUR"}, "value"),
        ("convert", {"value": "-1", "currency": "EUR"}, "value"),
        ("convert", {"value": "1e3", "currency": "EUR"}, "value"),
        ("convert", {"value": "1.23456", "currency": "EUR"}, "value"),
        ("convert", {"value": "9" * 10, "currency": "EUR"}, "value"),
        ("convert", {"value": "\u0663", "currency": "EUR"}, "value"),
        ("convert", {"value": "12", "currency": "eur"}, "currency"),
        ("convert", {"value": "12", "currency": "EURO"}, "currency"),
        ("lose", {"value": "12", "currency": "EUR"}, "value"),
    ],
)
def test_what_is_wrong_is_named(accepted: Any, action: str, body: Any, field: str) -> None:
    before = lead_in(accepted)
    status, problem = act(accepted, action, **body)
    assert status == 422
    assert problem["errors"][0]["field"] == field
    assert lead_in(accepted) == before


# ── Snoozed ──────────────────────────────────────────────────────────────────────────────────────


def test_who_snoozes_a_lead_is_reminded_then_and_once(accepted: Any) -> None:
    """With what they noted, and a link to the lead."""
    act(accepted, "snooze", until=to_text(accepted.clock.at + timedelta(hours=2)), reason="lunch")
    accepted.clock.turn(hours=1, minutes=59)
    assert accepted.sweep()["reminded"] == 0
    accepted.clock.turn(minutes=1)
    assert accepted.sweep()["reminded"] == 1
    assert accepted.sweep()["reminded"] == 0
    accepted.alert()
    accepted.alert()
    mail = accepted.mails()[-1]
    assert len(accepted.mails()) == 2
    assert mail["Subject"] == "As you asked: Ada Byron"
    assert "You noted: lunch" in mail["BodyText"]
    lead = lead_in(accepted)
    assert (lead.status, lead.owner, lead.due_at) == (Status.ACCEPTED, "anna", None)


def test_a_date_begins_where_the_rep_is(accepted: Any) -> None:
    _, lead = act(accepted, "snooze", until="2026-03-04")
    assert lead["due_at"] == "2026-03-03T23:00:00.000Z"
    assert lead["history"][-1]["until"] == "2026-03-03T23:00:00.000Z"


def test_the_newest_snooze_counts(accepted: Any) -> None:
    for days in (5, 1, 3):
        act(accepted, "snooze", until=to_text(accepted.clock.at + timedelta(days=days)))
    assert lead_in(accepted).due_at == accepted.clock.at + timedelta(days=3)


@pytest.mark.parametrize("action", ["contact", "attempt", "note"])
def test_what_is_done_meanwhile_does_not_end_a_snooze(accepted: Any, action: str) -> None:
    until = accepted.clock.at + timedelta(days=1)
    act(accepted, "snooze", until=to_text(until))
    act(accepted, action, **body_of(accepted, action))
    assert lead_in(accepted).due_at == until


@pytest.mark.parametrize("action", ["convert", "lose", "release"])
def test_what_is_over_reminds_nobody(accepted: Any, action: str) -> None:
    act(accepted, "snooze", until=to_text(accepted.clock.at + timedelta(hours=1)))
    act(accepted, action)
    accepted.clock.turn(hours=2)
    assert accepted.sweep()["reminded"] == 0


def test_a_reminder_that_comes_late_is_not_sent_for_what_is_closed(accepted: Any) -> None:
    act(accepted, "snooze", until=to_text(accepted.clock.at + timedelta(hours=1)))
    accepted.clock.turn(hours=2)
    accepted.sweep()
    act(accepted, "lose")
    accepted.alert()
    assert len(accepted.mails()) == 1


def test_another_rep_is_not_reminded_of_what_the_first_has_snoozed(
    accepted: Any, around: Any
) -> None:
    apply_config(config({"anna": 1, "bo": 1}), around)
    act(accepted, "snooze", until=to_text(accepted.clock.at + timedelta(days=1)))
    act(accepted, "assign", rep_id="bo")
    lead = lead_in(accepted)
    assert (lead.owner, lead.due_at) == ("bo", accepted.clock.at + timedelta(minutes=5))


# ── Won ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_a_won_lead_is_worth_is_kept_and_told(accepted: Any, ears: Ears) -> None:
    _, lead = act(accepted, "convert", value="12500.5", currency="SEK", reason="two machines")
    assert lead["won"] == {"value": "12500.50", "currency": "SEK"}
    assert lead["history"][-1]["sentence"] == (
        "won by anna, worth 12500.50 SEK: two machines (via api)"
    )
    accepted.alert()
    (event,) = ears.heard("LeadConverted")
    assert event["won"] == lead["won"]


def test_a_lead_may_be_won_without_a_word_about_its_worth(accepted: Any) -> None:
    assert act(accepted, "convert")[1]["won"] is None


# ── At once ──────────────────────────────────────────────────────────────────────────────────────


def test_a_step_that_meets_a_sweep_is_made_after_it(
    accepted: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading and writing somebody else was there: it is read again."""
    act(accepted, "snooze", until=to_text(accepted.clock.at + timedelta(minutes=1)))
    accepted.clock.turn(minutes=2)
    change, swept = lead_store.change, []

    def interrupted(lead: Lead, *changes: Change, **about: Any) -> Lead:
        if not swept:
            swept.append(True)
            accepted.sweep()
        return change(lead, *changes, **about)

    monkeypatch.setattr(lead_store, "change", interrupted)
    won = Won(1, "EUR")
    lead = work_lead(lead_in(accepted).lead_id, Step.CONVERTED, around, rep="anna", won=won)
    assert [one.step for one in lead.log[-2:]] == [Step.REMINDED, Step.CONVERTED]
    assert lead.won == won
