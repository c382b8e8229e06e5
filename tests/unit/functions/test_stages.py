"""Deadlines in stages and protection, as the sweep finds them in the table."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.config import Config
from shared.domain.leads import Lead, Step
from shared.flows.apply_config import apply_config
from shared.flows.claim_lead import claim_lead
from shared.flows.pause_rep import pause_rep
from shared.flows.work_lead import work_lead
from shared.messages import senders
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from shared.surroundings import Surroundings, real
from tests.audit import Books, problems
from tests.team import config

BOTH = {"anna": 1, "bo": 1}


def staged(*stages: dict[str, Any], **pool: Any) -> Config:
    return config(BOTH, deadlines={"stages": list(stages), "max_assignments": 5}, **pool)


def begin(world: Any, around: Surroundings, team: Config) -> Lead:
    """One lead, and who got it."""
    apply_config(team, around)
    world.post(b'{"email": "lead@example.com"}', "1")
    world.route()
    (lead,) = Books(world.items()).leads
    return lead


def now(lead: Lead) -> Lead:
    return lead_store.get(lead.lead_id)


def steps(lead: Lead) -> list[str]:
    return [str(change.step) for change in now(lead).log]


def did(lead: Lead, step: Step, **about: Any) -> None:
    work_lead(lead.lead_id, step, real(), rep=lead.owner, by=lead.owner, **about)


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(senders, "tell_managers", lambda _, text: told.append(text))
    return told


def test_a_morning_in_stages(world: Any, around: Any, notices: list[str]) -> None:
    """Reminded, managers told, taken although accepted; its rep hears of it."""
    team = staged(
        {"after": "5m", "do": "remind"},
        {"after": "20m", "do": "remind", "if": "not_contacted"},
        {"after": "30m", "do": "tell_manager", "if": "not_contacted"},
        {"after": "1h", "do": "reclaim", "if": "not_contacted"},
    )
    lead = begin(world, around, team)
    world.clock.turn(minutes=5)
    assert world.sweep()["reminded"] == 1
    did(lead, Step.ACCEPTED)
    for minutes, done in ((15, "reminded"), (10, "escalated"), (30, "lapsed")):
        world.clock.turn(minutes=minutes)
        swept = world.sweep()
        counted = ("reminded", "escalated", "reclaimed", "lapsed", "paused")
        assert {name: swept[name] for name in counted if swept[name]} == {done: 1}
    world.route()
    world.alert()
    later = ["reminded", "accepted", "reminded", "escalated", "lapsed", "assigned"]
    assert steps(lead)[2:] == later
    other = now(lead).owner
    assert other != lead.owner
    assert problems(Books(world.items()), team) == []
    to_owner = [mail for mail in world.mails() if mail["To"] == [f"{lead.owner}@example.com"]]
    texts = [mail["BodyText"] for mail in to_owner]
    assert any("the person was not reached in time" in text for text in texts)
    (notice,) = notices
    assert f"{lead.owner} has had a lead for 30 minutes" in notice
    assert lead.lead_id in notice
    assert "lead@example.com" not in notice


def test_a_claimed_or_accepted_lead_is_reminded_of_by_a_link_to_it(world: Any, around: Any) -> None:
    stages = {"after": "5m", "do": "remind", "if": "not_contacted"}, {"after": "1h", "do": "park"}
    lead = begin(world, around, staged(*stages))
    did(lead, Step.ACCEPTED)
    world.clock.turn(minutes=5)
    world.sweep()
    world.alert()
    text = world.mails()[-1]["BodyText"]
    assert "Your lead is here" in text
    assert "Accept it" not in text


def test_a_reminder_on_its_way_stops_when_the_rep_acts(world: Any, around: Any) -> None:
    stages = {"after": "5m", "do": "remind"}, {"after": "1h", "do": "park"}
    lead = begin(world, around, staged(*stages))
    world.alert()
    before = len(world.mails())
    world.clock.turn(minutes=5)
    world.sweep()
    did(lead, Step.NOTED, reason="calling now")
    world.alert()
    assert len(world.mails()) == before


# ── Open, and park ───────────────────────────────────────────────────────────────────────────────


def test_an_opened_lead_is_claimed_by_others_while_its_rep_cools_down(
    world: Any, around: Any
) -> None:
    team = staged({"after": "10m", "do": "open"}, offer_for="1h")
    lead = begin(world, around, team)
    world.clock.turn(minutes=10)
    assert world.sweep()["reclaimed"] == 1
    world.route()
    world.route()
    opened = now(lead)
    assert (opened.status, opened.place) == ("open", "open#sales")
    other = "bo" if lead.owner == "anna" else "anna"
    with pytest.raises(Exception, match="has had this lead already"):
        claim_lead(lead.lead_id, lead.owner or "", real(), by="link")
    claim_lead(lead.lead_id, other, real(), by=other)
    world.clock.turn(days=3)
    world.sweep()
    assert steps(lead)[2:] == ["reclaimed", "opened", "claimed"]
    assert problems(Books(world.items()), team) == []


def test_an_opened_lead_that_nobody_claims_ends_with_a_manager(world: Any, around: Any) -> None:
    team = staged({"after": "10m", "do": "open"}, offer_for="1h")
    lead = begin(world, around, team)
    for minutes in (10, 60, 60):
        world.clock.turn(minutes=minutes)
        world.sweep()
        world.route()
    apply_config(staged({"after": "10m", "do": "open"}, offer_for="2h"), around)
    world.sweep()  # which looks at what waits, under the new version
    assert steps(lead)[2:] == ["reclaimed", "opened", "parked"]
    assert now(lead).place == "stuck#sales"
    assert problems(Books(world.items()), team) == []


def test_an_open_lead_stays_open_under_another_configuration(world: Any, around: Any) -> None:
    lead = begin(world, around, staged({"after": "10m", "do": "open"}))
    world.clock.turn(minutes=10)
    world.sweep()
    world.route()
    apply_config(staged({"after": "20m", "do": "open"}), around)
    world.sweep()
    assert now(lead).place == "open#sales"


def test_neglected_claims_end_with_a_manager(world: Any, around: Any) -> None:
    """Claimed, neglected, opened, claimed …: as often as a lead may be given out."""
    team = config(
        BOTH,
        deadlines={"stages": [{"after": "10m", "do": "open", "if": "not_contacted"}],
                   "max_assignments": 2},
        claims={"cool_down": "1m"},
    )  # fmt: skip
    lead = begin(world, around, team)
    for claims in range(3):
        world.clock.turn(minutes=10)
        world.sweep()
        world.route()
        if claims == 0:
            claim_lead(lead.lead_id, "bo" if lead.owner == "anna" else "anna", real(), by="link")
    assert steps(lead)[2:] == ["reclaimed", "opened", "claimed", "lapsed", "parked"]
    assert now(lead).log[-1].reason == "too_many_assignments"
    assert problems(Books(world.items()), team) == []


def test_a_parked_lead_waits_for_a_manager_who_hears_of_it(
    world: Any, around: Any, notices: list[str]
) -> None:
    team = staged({"after": "10m", "do": "park"})
    lead = begin(world, around, team)
    world.alert()
    world.clock.turn(minutes=10)
    world.sweep()
    world.route()
    world.clock.turn(minutes=10)
    world.sweep()
    world.alert()
    assert steps(lead)[2:] == ["reclaimed", "parked"]
    assert now(lead).place == "stuck#sales"
    assert len(notices) == 1
    last = world.mails()[-1]
    assert last["To"] == [f"{lead.owner}@example.com"]
    assert "A manager decides" in last["BodyText"]
    assert problems(Books(world.items()), team) == []


# ── Pausing ──────────────────────────────────────────────────────────────────────────────────────

PAUSING = staged(
    {"after": "10m", "do": "pause_rep", "for": "4h"}, {"after": "10m", "do": "reclaim"}
)


def test_who_lets_a_lead_lie_gets_no_more_for_a_while(
    world: Any, around: Any, notices: list[str]
) -> None:
    lead = begin(world, around, PAUSING)
    before = Books(world.items()).loads[lead.owner]
    world.clock.turn(minutes=10)
    swept = world.sweep()
    assert (swept["paused"], swept["escalated"], swept["reclaimed"]) == (1, 1, 1)
    for number in range(4):
        world.post(f'{{"email": "more{number}@example.com"}}'.encode(), f"more{number}")
    world.route()
    books = Books(world.items())
    other = "bo" if lead.owner == "anna" else "anna"
    assert Counter(one.owner for one in books.leads) == {other: 5}
    load = books.loads[lead.owner]
    assert (load.open, load.load, load.seq) == (0, 0, before.seq + 1)
    assert load.is_paused(world.clock() + timedelta(hours=3))
    assert not load.is_paused(world.clock() + timedelta(hours=4))
    assert problems(books, PAUSING) == []
    world.alert()
    assert "gets no leads until" in notices[0]


@pytest.mark.parametrize("until", [None, timedelta(hours=9)])
def test_a_longer_pause_stays_as_it_is(world: Any, around: Any, until: timedelta | None) -> None:
    lead = begin(world, around, PAUSING)
    owner = lead.owner or ""
    pause_rep(owner, real(), paused=True, until=world.clock() + until if until else None)
    before = Books(world.items()).loads[owner].paused_until
    world.clock.turn(minutes=10)
    swept = world.sweep()
    assert (swept["paused"], swept["escalated"], swept["reclaimed"]) == (0, 1, 1)
    assert Books(world.items()).loads[owner].paused_until == before


def test_a_pause_that_changes_meanwhile_is_looked_at_anew(
    world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manager pauses the rep after the sweep has read them: theirs counts, nothing is lost."""
    lead = begin(world, around, PAUSING)
    world.clock.turn(minutes=10)
    read = routing_store.pause_until

    def read_too_early(rep_id: str, *about: Any) -> Any:
        pause = read(rep_id, *about)
        pause_rep(rep_id, real(), paused=True)
        return pause

    with monkeypatch.context() as patched:
        patched.setattr(routing_store, "pause_until", read_too_early)
        assert world.sweep()["reclaimed"] == 0
    assert steps(lead)[2:] == []
    assert world.sweep()["reclaimed"] == 1
    assert Books(world.items()).loads[lead.owner].paused_until == ""


def test_two_sweeps_at_once_pause_and_take_once(world: Any, around: Any) -> None:
    lead = begin(world, around, PAUSING)
    world.clock.turn(minutes=10)
    with ThreadPoolExecutor(2) as pool:
        swept = list(pool.map(lambda _: world.sweep(), range(2)))
    assert sum(one["paused"] for one in swept) in (1, 2)  # an answer may be lost, never a write
    assert steps(lead)[2:] == ["escalated", "reclaimed"]
    assert problems(Books(world.items()), PAUSING) == []


# ── Protection ───────────────────────────────────────────────────────────────────────────────────


def test_a_lead_stays_with_who_works_on_it_and_goes_when_they_stop(world: Any, around: Any) -> None:
    team = staged(
        {"after": "10m", "do": "reclaim"},
        protection={"first": "2h", "activity": "1d", "at_most": "7d"},
    )
    lead = begin(world, around, team)
    did(lead, Step.ACCEPTED)
    world.clock.turn(hours=1)
    did(lead, Step.ATTEMPTED)
    apply_config(staged({"after": "1m", "do": "reclaim"}), around)  # moves no clock
    world.clock.turn(hours=23, minutes=59)
    assert world.sweep()["lapsed"] == 0
    world.clock.turn(minutes=1)
    assert world.sweep()["lapsed"] == 1
    world.route()
    assert now(lead).owner not in (None, lead.owner)
    assert problems(Books(world.items()), team) == []


def test_in_working_hours_friday_evening_is_followed_by_monday(world: Any, around: Any) -> None:
    """The clock stands at nine on a Saturday, in UTC: the office opens on Monday."""
    office = {"office": {"week": [{"days": ["mon", "tue"], "start": "08:00", "end": "16:00"}]}}
    pool = {
        "members": BOTH,
        "hours": "office",
        "deadlines": {"clock": "pool"},
        "protection": {"first": "1h", "activity": "2h", "at_most": "16h"},
    }
    world.clock.turn(days=(7 - world.clock().weekday()) % 7)
    lead = begin(world, around, config(BOTH, more={"hours": office, "pools": {"sales": pool}}))
    did(lead, Step.ACCEPTED)
    assert now(lead).due_at == world.clock() + timedelta(hours=1)
    world.clock.turn(minutes=30)
    for _ in range(2):  # sent again, it is one note
        did(lead, Step.NOTED, reason="calls back")
    assert steps(lead)[2:] == ["accepted", "noted"]
    world.clock.turn(hours=6)  # half past three
    did(lead, Step.ATTEMPTED)
    assert now(lead).due_at == world.clock().replace(hour=9, minute=30) + timedelta(days=1)


def test_who_accepts_on_friday_evening_does_not_lose_it_before_monday(
    world: Any, around: Any
) -> None:
    """Where leads are given out of hours, in real time too."""
    office = {"week": [{"days": ["mon", "tue"], "start": "09:00", "end": "17:00"}]}
    team = config(
        BOTH,
        limits={rep: {"hours": "office"} for rep in BOTH},
        more={"hours": {"office": office}},
        off_hours="assign",
        deadlines={"reclaim_after": "30m"},
        protection={"first": "2h", "activity": "1d", "at_most": "7d"},
    )
    monday = world.clock() + timedelta(days=(7 - world.clock().weekday()) % 7 or 7)
    world.clock.at = monday - timedelta(hours=61)
    lead = begin(world, around, team)
    world.clock.turn(hours=1)
    did(lead, Step.ACCEPTED)
    for moment, lapsed in ((monday, 0), (monday.replace(hour=11), 1)):
        world.clock.at = moment
        assert world.sweep()["lapsed"] == lapsed
    assert steps(lead)[2:] == ["accepted", "lapsed"]


def test_a_snooze_overnight_takes_no_more_than_the_working_time(world: Any, around: Any) -> None:
    office = {"week": [{"days": ["mon", "tue"], "start": "09:00", "end": "17:00"}]}
    pool = {
        "members": BOTH,
        "hours": "office",
        "deadlines": {
            "clock": "pool",
            "stages": [{"after": "2h", "do": "reclaim", "if": "not_contacted"}],
        },
        "protection": {"activity": "8h", "at_most": "16h"},
    }
    monday = world.clock() + timedelta(days=(7 - world.clock().weekday()) % 7)
    world.clock.at = monday.replace(hour=16)
    more = {"hours": {"office": office}, "pools": {"sales": pool}}
    lead = begin(world, around, config(BOTH, more=more))
    did(lead, Step.ACCEPTED)
    world.clock.turn(minutes=30)
    tomorrow = world.clock().replace(hour=9, minute=0) + timedelta(days=1)
    for _ in range(2):  # sent again, it is one snooze
        did(lead, Step.SNOOZED, until=tomorrow)
    for hour, minute, lapsed in ((9, 0, 0), (10, 29, 0), (10, 30, 1)):
        world.clock.at = tomorrow.replace(hour=hour, minute=minute)
        assert world.sweep()["lapsed"] == lapsed
    assert steps(lead)[2:] == ["accepted", "snoozed", "reminded", "lapsed"]


# ── What it costs ────────────────────────────────────────────────────────────────────────────────


def test_what_is_not_due_is_not_read(
    world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(world, around, PAUSING)
    monkeypatch.delattr(lead_store, "get_many")
    world.clock.turn(minutes=9)
    assert world.sweep()["failed"] == 0
