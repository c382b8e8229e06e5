"""What the schedule does each minute."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

import functions.deadlines.handler as deadlines
from shared.domain.caps import CapUse
from shared.domain.leads import Change, Lead, Sale, Step, replay
from shared.errors import ConflictError, StoreBusyError, UnstorableError
from shared.flows.apply_config import apply_config
from shared.flows.pause_rep import pause_rep
from shared.flows.sweep_deadlines import sweep_deadlines
from shared.store import capturing, pings
from shared.store import leads as lead_store
from shared.store.due import Due
from shared.surroundings import real
from shared.telemetry import logger
from tests.audit import Books, problems
from tests.aws_events import context
from tests.team import config

TEAM = config(
    {"anna": 1, "bo": 1, "cy": 1},
    deadlines={"remind_after": ["5m", "8m"], "reclaim_after": "10m", "max_assignments": 5},
)


def begin(world: Any, around: Any, leads: int = 1) -> None:
    apply_config(TEAM, around)
    for number in range(leads):
        world.post(f'{{"email": "lead{number}@example.com"}}'.encode(), str(number))
    world.route()


def steps(world: Any) -> Counter[str]:
    return Counter(change.step for lead in Books(world.items()).leads for change in lead.log)


def test_stages_come_one_after_the_other(world: Any, around: Any) -> None:
    begin(world, around)
    told = []
    for _ in range(10):
        world.clock.turn(minutes=1)
        swept = world.sweep()
        told.append((swept["reminded"], swept["reclaimed"]))
    assert told == [(0, 0)] * 4 + [(1, 0)] + [(0, 0)] * 2 + [(1, 0)] + [(0, 0)] + [(0, 1)]


def test_a_sweep_that_comes_late_reclaims_without_another_reminder(world: Any, around: Any) -> None:
    begin(world, around)
    world.clock.turn(hours=2)
    world.sweep()
    assert steps(world)["reminded"] == 0
    assert steps(world)["reclaimed"] == 1


def test_a_lead_that_takes_no_further_record_is_logged_and_stops_no_other(
    world: Any, around: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begin(world, around, leads=2)
    full = min(lead.lead_id for lead in Books(world.items()).leads)
    change = lead_store.change

    def too_large(lead: Lead, *changes: Change, **about: Any) -> Lead:
        if lead.lead_id == full:
            raise UnstorableError("ValidationError")
        return change(lead, *changes, **about)

    monkeypatch.setattr(lead_store, "change", too_large)
    monkeypatch.setattr(caplog.handler, "formatter", logger.registered_formatter)
    world.clock.turn(minutes=6)
    assert world.sweep()["reminded"] == 1
    (line,) = [json.loads(text) for text in caplog.text.splitlines() if full in text]
    assert (line["level"], line["message"]) == ("ERROR", "a lead takes no further record")


def test_accepted_leads_are_left_alone(world: Any, around: Any) -> None:
    begin(world, around)
    world.alert()
    owner = Books(world.items()).leads[0].owner
    world.press_button(world.links(f"{owner}@example.com")[0])
    world.clock.turn(days=2)
    assert world.sweep()["reclaimed"] == 0
    assert steps(world) == {"captured": 1, "assigned": 1, "accepted": 1}


def test_the_one_who_lost_it_does_not_get_it_again(world: Any, around: Any) -> None:
    begin(world, around)
    owners = []
    for _ in range(3):
        owners.append(Books(world.items()).leads[0].owner)
        world.clock.turn(minutes=11)
        world.sweep()
        world.route()
    assert sorted(owners) == ["anna", "bo", "cy"]
    (lead,) = Books(world.items()).leads
    assert (lead.status, lead.log[-1].reason) == ("parked", "everyone_had_it")


def test_reclaim_leaves_credit_alone_and_takes_the_counter_down(world: Any, around: Any) -> None:
    begin(world, around, leads=3)
    before = Books(world.items()).entries["sales"][-1].rotation
    world.clock.turn(minutes=11)
    world.sweep()
    books = Books(world.items())
    assert books.entries["sales"][-1].rotation == before
    assert {rep: load.open for rep, load in books.loads.items()} == {"anna": 0, "bo": 0, "cy": 0}
    assert problems(books, TEAM) == []


def test_it_stops_before_its_time_is_up_and_goes_on_next_time(world: Any, around: Any) -> None:
    begin(world, around, leads=120)
    world.clock.turn(minutes=11)
    budget = iter([True, False])
    swept = sweep_deadlines(real(), lambda: next(budget))
    assert not swept.finished
    assert 0 < swept.reclaimed < 120
    while not sweep_deadlines(real(), lambda: True).finished:
        pass
    assert steps(world)["reclaimed"] == 120


def test_two_sweeps_at_once_do_everything_once(world: Any, around: Any) -> None:
    begin(world, around, leads=40)
    world.clock.turn(minutes=6)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: world.sweep(), range(2)))
    assert problems(Books(world.items()), TEAM) == []
    assert steps(world)["reminded"] == 40


def test_leads_parked_in_a_pool_that_is_gone_are_not_forgotten(world: Any, around: Any) -> None:
    """Its leads follow the rules of today: into the pool that has them now, where they may wait."""
    begin(world, around)
    members = {"anna": 1}
    full = {"anna": {"holding_limit": 0}}
    old = {"pools": {"old": {"members": members}}, "rules": [{"name": "all", "pool": "old"}]}
    apply_config(config(members, limits=full, more=old), around)
    world.post(b'{"email": "parked@example.com"}', "parked")
    world.route()
    apply_config(config(members, limits=full), around)
    world.sweep()
    parked = next(lead for lead in Books(world.items()).leads if "parked" in lead.fields["email"])
    assert parked.place == "parked#sales"
    apply_config(config(members), around)
    world.sweep()
    books = Books(world.items())
    assert {lead.owner for lead in books.leads if "parked" in lead.fields["email"]} == {"anna"}
    assert problems(books, TEAM) == []


def test_a_sweep_without_a_configuration_is_no_error_worth_an_alarm(world: Any) -> None:
    """Between the deployment and the first `apply` there is nothing to do."""
    assert deadlines.handler({}, context())["finished"] is True


# ── Leads that a platform only announced ─────────────────────────────────────────────────────────


def announce(world: Any, lead_id: str) -> None:
    now = world.clock()
    lead = replay(lead_id, "hook#meta", {}, [Change(Step.ANNOUNCED, now)])
    capturing.capture(capturing.Capture(lead, ()), now)


def test_what_was_announced_is_announced_again_ever_less_often(world: Any) -> None:
    announce(world, "a" * 26)
    minutes = []
    for minute in range(1, 130):
        world.clock.turn(minutes=1)
        if world.sweep()["fetch_again"]:
            minutes.append(minute)
    assert minutes == [1, 3, 7, 15, 31, 63, 127]
    assert steps(world) == {"announced": 8}


def test_two_sweeps_at_once_announce_each_lead_once(world: Any) -> None:
    for number in range(30):
        announce(world, f"{number:026}")
    world.clock.turn(minutes=1)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: world.sweep(), range(2)))
    assert steps(world) == {"announced": 60}


def test_the_index_lags_so_the_lead_itself_says_whether_it_is_due(
    world: Any, monkeypatch: Any
) -> None:
    announce(world, "a" * 26)
    monkeypatch.setattr(lead_store, "due", lambda now: iter([Due("a" * 26, now)]))
    assert world.sweep()["fetch_again"] == 0
    assert steps(world) == {"announced": 1}


def test_a_lead_that_is_being_fetched_keeps_no_other_from_being_announced(
    world: Any, monkeypatch: Any
) -> None:
    for number in range(3):
        announce(world, f"{number:026}")
    world.clock.turn(minutes=1)
    change = lead_store.change

    def fetched_first(lead: Any, wanted: Change) -> Any:
        if lead.lead_id == f"{1:026}":
            raise ConflictError("somebody else was faster")
        return change(lead, wanted)

    monkeypatch.setattr(lead_store, "change", fetched_first)
    swept = world.sweep()
    assert (swept["fetch_again"], swept["failed"]) == (2, 0)


# ── Pings that nobody made use of ────────────────────────────────────────────────────────────────

MANY = 2 * pings.RELEASED_AT_ONCE + 20


def ping(world: Any, partner: str, count: int) -> None:
    now = world.clock()
    caps = ((f"partner#{partner}#daily", "2026-03-02"),)
    use = CapUse(f"partner#{partner}", "daily", "2026-03-02", 5, most_leads=1000, most_money=None)
    for number in range(count):
        promise = pings.Ping(
            ping_id=f"{partner}-{number}",
            partner=partner,
            fields={},
            sale=Sale(5, "EUR", caps),
            ends_at=now + timedelta(minutes=2),
            body_hash="x",
        )
        assert pings.reserve(promise, (use,), now) == promise


def counted(world: Any) -> dict[str, int]:
    """Cap → leads."""
    return {
        item["pk"]["S"]: int(item["leads"]["N"])
        for item in world.items()
        if item["kind"]["S"] == "cap"
    }


def test_what_pings_hold_is_given_back_when_their_time_is_over(world: Any, around: Any) -> None:
    """All of it, also of a partner with whom no pings are agreed any more."""
    partners = {"acme": {"pings": True}, "other": {"pings": False}}
    apply_config(config({"anna": 1}, more={"partners": partners}), around)
    ping(world, "acme", MANY)
    ping(world, "other", 1)
    world.clock.turn(minutes=1)
    assert world.sweep()["pings_over"] == 0
    assert counted(world) == {"cap#partner#acme#daily": MANY, "cap#partner#other#daily": 1}
    world.clock.turn(minutes=1)
    assert world.sweep()["pings_over"] == MANY + 1
    assert set(counted(world).values()) == {0}
    assert world.sweep()["pings_over"] == 0


def test_two_sweeps_at_once_give_back_once(world: Any, around: Any) -> None:
    partners = {"acme": {"pings": True}}
    apply_config(config({"anna": 1}, more={"partners": partners}), around)
    ping(world, "acme", 30)
    world.clock.turn(minutes=3)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: world.sweep(), range(2)))
    assert counted(world) == {"cap#partner#acme#daily": 0}


def test_pings_too_are_left_for_the_next_time_when_time_is_up(world: Any, around: Any) -> None:
    partners = {"acme": {"pings": True}}
    apply_config(config({"anna": 1}, more={"partners": partners}), around)
    ping(world, "acme", MANY)
    world.clock.turn(minutes=3)
    budget = iter([True, True, False])  # the pool, the first page of pings, and no more
    swept = sweep_deadlines(real(), lambda: next(budget))
    assert (swept.pings_over, swept.finished) == (pings.RELEASED_AT_ONCE, False)
    swept = sweep_deadlines(real(), lambda: True)
    assert (swept.pings_over, swept.finished) == (MANY - pings.RELEASED_AT_ONCE, True)


def test_pings_that_are_found_again_and_again_do_not_keep_a_sweep_from_ending(
    world: Any, around: Any, monkeypatch: Any
) -> None:
    """As when the index lags, or the table is too busy to give anything back."""
    partners = {"acme": {"pings": True}}
    apply_config(config({"anna": 1}, more={"partners": partners}), around)
    monkeypatch.setattr(pings, "release_due", lambda *_: pings.RELEASED_AT_ONCE)
    swept = sweep_deadlines(real(), lambda: True)
    assert swept.finished


def test_pings_that_cannot_be_released_keep_nothing_else_from_being_done(
    world: Any, around: Any, monkeypatch: Any
) -> None:
    partners = {"acme": {"pings": True}, "other": {"pings": True}}
    apply_config(config({"anna": 1}, more={"partners": partners}), around)
    ping(world, "other", 1)
    world.clock.turn(minutes=3)
    release = pings.release_due

    def busy_with_acme(partner: str, now: Any) -> int:
        if partner == "acme":
            raise StoreBusyError("throttled")
        return release(partner, now)

    monkeypatch.setattr(pings, "release_due", busy_with_acme)
    swept = world.sweep()
    assert (swept["pings_over"], swept["failed"]) == (1, 1)


# ── How things stand ─────────────────────────────────────────────────────────────────────────────


def stands(swept: dict[str, Any]) -> tuple[int, int, int]:
    return swept["oldest_new"], swept["oldest_due"], swept["parked"]


def test_where_nothing_is_late_all_figures_are_zero(world: Any, around: Any) -> None:
    begin(world, around)
    world.clock.turn(minutes=4)
    assert stands(world.sweep()) == (0, 0, 0)


def test_it_says_how_long_a_lead_has_been_new(world: Any, around: Any) -> None:
    """Since it became so, not since it was due to be looked after; and as it was found."""
    apply_config(TEAM, around)
    world.post(b'{"email": "kim@example.org"}', "k")
    world.clock.turn(minutes=7)
    assert stands(world.sweep()) == (7 * 60, 6 * 60, 0)
    assert stands(world.sweep()) == (0, 0, 0)


def test_it_says_how_late_what_is_due_has_become(world: Any, around: Any) -> None:
    begin(world, around)
    world.clock.turn(minutes=9)  # a reminder was due after five
    assert stands(world.sweep()) == (0, 4 * 60, 0)


def test_what_no_run_can_do_becomes_ever_later(world: Any, around: Any, monkeypatch: Any) -> None:
    """So an alarm comes of it, however busy the runs seem."""
    begin(world, around)
    monkeypatch.setattr(lead_store, "get_many", _unreadable)
    world.clock.turn(minutes=15)
    assert stands(world.sweep()) == (0, 10 * 60, 0)
    world.clock.turn(minutes=1)
    assert stands(world.sweep()) == (0, 11 * 60, 0)


def _unreadable(_: Any) -> list[Lead]:
    return []


def test_it_counts_the_leads_that_wait_for_a_rep(world: Any, around: Any) -> None:
    apply_config(TEAM, around)
    for rep in ("anna", "bo", "cy"):
        pause_rep(rep, around, paused=True)
    for number in range(3):
        world.post(f'{{"email": "lead{number}@example.com"}}'.encode(), str(number))
    world.route()
    assert stands(world.sweep()) == (0, 0, 3)
