"""Two at the same thing, at the worst instant: what each condition of the store is there for.

Nothing races here. Somebody has read, then somebody else writes, then the first one writes; or the
same comes twice, or late. Each test is of one module's function, and small: it is run again and
again, each time without one of the conditions.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

from shared.domain.bounces import Code, Refusal
from shared.domain.caps import CapUse
from shared.domain.deliveries import Delivery, State
from shared.domain.leads import Burden, Change, Lead, Sale, Step, evolve, replay
from shared.domain.ledger import Entry
from shared.domain.moments import to_text
from shared.domain.owners import Tie, TieChange
from shared.domain.plans import Known, Move, Plan, Use
from shared.domain.push import Subscription
from shared.domain.returns import Return
from shared.domain.returns import State as ReturnState
from shared.domain.rotation import Rotation
from shared.domain.sessions import Session
from shared.store import (
    alerts,
    baton,
    bounces,
    caps,
    capturing,
    deliveries,
    denials,
    leads,
    performance,
    persons,
    pings,
    pushes,
    quarantine,
    returns,
    routing,
)
from shared.store import config as config_store
from shared.store import people as people_store
from shared.store.capturing import Capture, Guard, Kind
from shared.store.codec import lead_to_item
from shared.store.table import (
    CapItem,
    LeadItem,
    RepItem,
    ReturnItem,
    TieItem,
    lead_key,
)
from shared.surroundings import Surroundings
from shared.tokens import SESSION_PREFIX, SessionName, page_nonce, read_session, sign_session
from tests.inside import items
from tests.table import Clock
from tests.team import config, new_lead

pytestmark = pytest.mark.usefixtures("table")

DAY = timedelta(days=1)
REFUSAL = Refusal("mark", next(iter(Code)), Clock().at)


def came_of(work: Callable[[], Any]) -> Any:
    """What it answered; or the name of what it raised."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 (whatever it is, the test compares it)
        return type(error).__name__


@contextmanager
def meanwhile(operation: str, action: Callable[[], Any]) -> Iterator[None]:
    """Somebody else does something right before the next call of an operation."""
    call, left = BaseClient._make_api_call, [action]

    def interrupted(client: Any, name: str, arguments: Any) -> Any:
        if name == operation and left:
            left.pop()()
        return call(client, name, arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", interrupted)
        yield


def held(table: str, pk: str, sk: str) -> dict[str, Any] | None:
    """An item as it stands; None: there is none."""
    return items(table).get(pk, {}).get(sk)


# ── Alerts, the baton, bounces, denials ──────────────────────────────────────────────────────────


def test_an_alert_has_one_sender_and_is_not_silenced_by_its_death(clock: Clock) -> None:
    alert, hold = alerts.of_change("lead", 1), timedelta(seconds=20)

    def claim(who: str) -> Any:
        return came_of(lambda: alerts.claim(alert, who, clock(), hold))

    assert claim("one") == set()
    assert claim("other") is None
    assert claim("one") == set()  # the answer was lost, and it asks again
    alerts.release(alert, "other")  # who has no claim ends none
    assert claim("other") is None
    clock.turn(seconds=21)
    assert claim("other") == set()


def test_a_pool_has_one_router_and_waits_for_no_dead_one(clock: Clock) -> None:
    def take(who: str) -> Any:
        return came_of(lambda: baton.take("sales", who, clock()))

    assert take("one") is True
    assert take("other") is False
    assert take("one") is True
    clock.turn(seconds=2)
    assert take("other") is True
    baton.give_back("sales", "one")
    assert take("third") is False
    baton.give_back("sales", "other")
    assert take("third") is True


def test_nobody_overwrites_what_was_noted_of_mail_meanwhile() -> None:
    def slow(known: Any) -> Any:
        bounces.change(lambda now: {**now, "quick": REFUSAL})
        return {**known, "slow": REFUSAL}

    for _ in range(2):  # of an item that is not there yet, and of one that is
        assert came_of(lambda: bounces.change(slow)) == "ChangedError"
        assert set(bounces.refusals()) == {"quick"}


def test_a_denial_noted_twice_is_as_it_was(around: Surroundings, table: str) -> None:
    denials.note("1", "anna", "see_lead", "not_found", around.now(), lead_id=None)
    denials.note("1", "anna", "see_rep", "forbidden", around.now(), lead_id=None)
    assert (held(table, "denied#anna", "1") or {})["right"] == {"S": "see_lead"}


# ── Capturing ────────────────────────────────────────────────────────────────────────────────────


def guard(clock: Clock, key: str = "g", body: str = "x") -> Guard:
    return Guard(key, body, clock() + timedelta(minutes=10))


def captured(lead: Lead, clock: Clock, *guards: Guard, **more: Any) -> Any:
    wanted = Capture(lead, guards, **more)
    outcome = came_of(lambda: capturing.capture(wanted, clock()))
    return outcome if isinstance(outcome, str) else outcome.kind


def test_a_submission_is_one_lead_while_its_guard_counts(clock: Clock) -> None:
    one, other, third = (new_lead(name, clock()) for name in ("one", "other", "third"))
    assert captured(one, clock, guard(clock)) is Kind.STORED
    assert captured(other, clock, guard(clock)) is Kind.STANDING
    clock.turn(minutes=11)  # the guard may still be there: it is cleared away late
    assert captured(third, clock, guard(clock)) is Kind.STORED
    assert [lead.lead_id for lead in leads.get_many(["one", "other", "third"])] == ["one", "third"]


def test_a_lead_that_is_there_is_never_written_over(clock: Clock) -> None:
    assert captured(new_lead("one", clock()), clock, guard(clock)) is Kind.STORED
    captured(new_lead("one", clock(), name="Somebody else"), clock, guard(clock, "another"))
    assert leads.get("one").fields["name"] == "Ada Byron"


def test_a_part_is_taken_out_of_a_delivery_only_as_it_was(clock: Clock) -> None:
    whole = new_lead("whole", clock())
    captured(whole, clock, guard(clock))
    leads.change(whole, Change(Step.PARKED, clock(), reason="x"))
    part = new_lead("part", clock())
    assert captured(part, clock, guard(clock, "p"), part_of=("whole", 1)) == "ConflictError"
    assert captured(part, clock, guard(clock, "p"), part_of=("whole", 2)) is Kind.STORED


LIMITS = {"leads": (2, None), "money": (None, 250), "both, full of leads": (2, 999_999)}
LIMITS["both, full of money"] = (999, 250)


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_a_cap_is_filled_and_never_overfilled(clock: Clock, limits: Any) -> None:
    use = CapUse("partner#acme", "daily", "2026-03-02", 100, *limits)
    outcomes = [
        captured(new_lead(f"lead{n}", clock()), clock, guard(clock, str(n)), uses=(use,))
        for n in range(3)
    ]
    assert outcomes == [Kind.STORED, Kind.STORED, Kind.CAP_REACHED]
    assert caps.counts([(use.cap, use.period)]) == {
        (use.cap, use.period): caps.Count(leads=2, money=200)
    }


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_pings_hold_no_more_than_a_cap_has(clock: Clock, limits: Any) -> None:
    use = CapUse("partner#acme", "daily", "2026-03-02", 100, *limits)
    outcomes = [
        came_of(lambda n=n: pings.reserve(ping(clock, str(n)), (use,), clock())) for n in range(3)
    ]
    assert [isinstance(one, pings.Ping) for one in outcomes] == [True, True, False]
    assert outcomes[2] == use.cap


def ping(clock: Clock, name: str = "p", body: str = "x") -> pings.Ping:
    sale = Sale(100, "EUR", (("partner#acme#daily", "2026-03-02"),))
    return pings.Ping(name, "acme", {}, sale, clock() + timedelta(minutes=2), body)


USE = CapUse("partner#acme", "daily", "2026-03-02", 100, 9, None)


def test_a_ping_is_used_once_and_in_time(clock: Clock) -> None:
    for name in "ab":
        pings.reserve(ping(clock, name), (USE,), clock())
    one, other, late = (new_lead(name, clock()) for name in ("one", "other", "late"))
    assert captured(one, clock, guard(clock), ping="a") is Kind.STORED
    assert captured(other, clock, guard(clock, "o"), ping="a") is Kind.PING_GONE
    clock.turn(minutes=2)
    assert captured(late, clock, guard(clock, "l"), ping="b") is Kind.PING_GONE


def test_a_ping_asked_for_again_holds_its_room_once(clock: Clock) -> None:
    first = pings.reserve(ping(clock), (USE,), clock())
    clock.turn(seconds=30)
    again = came_of(lambda: pings.reserve(ping(clock), (USE,), clock()))
    assert again == first
    assert counted() == 1


def counted() -> int:
    return caps.counts([(USE.cap, USE.period)])[USE.cap, USE.period].leads


def test_a_ping_gives_back_its_room_once_when_it_is_over_and_unused(clock: Clock) -> None:
    for name in "abc":
        pings.reserve(ping(clock, name), (USE,), clock())
    captured(new_lead("one", clock()), clock, guard(clock), ping="a")
    pings._release("b", clock())  # the index may name what is not over yet
    assert counted() == 3
    clock.turn(minutes=2)
    for name in "abbc":
        pings._release(name, clock())
    assert counted() == 1  # the one that was used


def test_what_a_cap_counted_never_goes_below_nothing(clock: Clock) -> None:
    pings.reserve(ping(clock), (USE,), clock())
    CapItem(f"cap#{USE.cap}", USE.period).update([CapItem.leads.set(0)])
    clock.turn(minutes=2)
    pings._release("p", clock())
    assert counted() == 0


# ── Quarantine ───────────────────────────────────────────────────────────────────────────────────


def quarantined(clock: Clock) -> Lead:
    held_back = Change(Step.QUARANTINED, clock(), reason="x")
    lead = replay("held", "form#website", {}, [held_back])
    lead_to_item(lead).save()
    return lead


def settled(lead: Lead, clock: Clock, attempt: str) -> Any:
    change = Change(Step.RELEASED, clock())
    outcome = came_of(
        lambda: quarantine.settle(lead, change, {}, (), (), None, clock(), attempt=attempt)
    )
    return outcome if isinstance(outcome, str) else outcome.kind


def test_a_lead_is_released_once(clock: Clock) -> None:
    lead = quarantined(clock)
    assert settled(lead, clock, "one") is Kind.STORED
    assert settled(lead, clock, "other") == "ConflictError"


def test_a_release_whose_answer_was_lost_is_made_once_and_answered_the_same(clock: Clock) -> None:
    lead = quarantined(clock)
    assert settled(lead, clock, "one") is Kind.STORED
    assert settled(lead, clock, "one") is Kind.STORED
    assert leads.get("held").rev == lead.rev + 1


# ── The configuration ────────────────────────────────────────────────────────────────────────────

TEAM = config({"anna": 1, "bo": 1})


def entry(turn: int, clock: Clock, pool: str = "sales") -> Entry:
    return Entry(pool, Rotation(turn=turn), 1, clock())


def activated(before: Any, clock: Clock, *entries: Entry, what: Any = TEAM) -> Any:
    return came_of(
        lambda: config_store.activate(what, before, entries, "a", clock(), pepper=b"pepper")
    )


def test_two_who_apply_a_configuration_do_not_undo_each_other(clock: Clock) -> None:
    assert activated(None, clock) == (1, 0)
    assert activated(None, clock) == "CancelledError"
    first = config_store.active()
    assert activated(first, clock) == (2, 0)
    assert activated(first, clock) == "CancelledError"
    assert config_store.active().version == 2


def test_a_configuration_counts_only_with_the_turns_of_the_pools_it_changes(clock: Clock) -> None:
    assert activated(None, clock, entry(1, clock)) == (1, 1)
    assert activated(config_store.active(), clock, entry(1, clock)) == "CancelledError"
    assert config_store.active().version == 1
    assert came_of(lambda: config_store.fence(entry(1, clock), "other")) == "ChangedError"
    assert came_of(lambda: config_store.fence(entry(2, clock), "other")) is None


def test_a_version_that_waiting_leads_were_seen_with_never_goes_back() -> None:
    config_store.note_looked_at("sales", 1)
    assert config_store.looked_at(["sales"]) == {"sales": 1}
    config_store.note_looked_at("sales", 3)
    config_store.note_looked_at("sales", 2)
    assert config_store.looked_at(["sales"]) == {"sales": 3}


# ── Deliveries ───────────────────────────────────────────────────────────────────────────────────


def delivery(clock: Clock) -> Delivery:
    one = Delivery("lead", 1, "chat", due_at=clock())
    deliveries.announce(one)
    return one


def stands(one: Delivery) -> Delivery:
    found = deliveries.get(one.id)
    assert found
    return found


def test_a_delivery_announced_again_is_as_it_stands(clock: Clock) -> None:
    one = delivery(clock)
    deliveries.settle(deliveries.claim(one, clock() + DAY), State.SENT)
    deliveries.announce(one)
    assert stands(one).state is State.SENT


def test_an_attempt_has_one_who_makes_it(clock: Clock) -> None:
    one = delivery(clock)
    claimed = deliveries.claim(one, clock() + DAY)
    assert came_of(lambda: deliveries.claim(one, clock() + DAY)) == "ChangedError"
    deliveries.settle(claimed, State.SENT)
    assert came_of(lambda: deliveries.claim(claimed, clock() + DAY)) == "ChangedError"


LATE: dict[str, Callable[[Delivery, Clock], None]] = {
    "settles": lambda one, _: deliveries.settle(one, State.NEEDLESS),
    "gives up": lambda one, clock: deliveries.bury(one, "late", clock()),
    "puts off": lambda one, clock: deliveries.postpone(one, clock() + 2 * DAY),
    "fails": lambda one, _: deliveries.note_failure(one, "late"),
}


@pytest.mark.parametrize("late", LATE.values(), ids=LATE)
def test_who_took_longer_than_is_allowed_has_no_say(clock: Clock, late: Any) -> None:
    slow = deliveries.claim(delivery(clock), clock() + DAY)
    quick = deliveries.claim(slow, clock() + DAY)
    before = stands(slow)
    late(slow, clock)
    assert stands(slow) == before
    deliveries.settle(quick, State.SENT)
    settled_so = stands(slow)
    late(quick, clock)
    assert stands(slow) == settled_so


def test_only_what_is_dead_is_tried_anew(clock: Clock) -> None:
    claimed = deliveries.claim(delivery(clock), clock() + DAY)
    assert came_of(lambda: deliveries.redrive(claimed, clock())) == "ChangedError"
    deliveries.bury(claimed, "x", clock())
    deliveries.redrive(claimed, clock())
    assert came_of(lambda: deliveries.redrive(claimed, clock())) == "ChangedError"
    assert stands(claimed).attempts == 0


# ── Leads and what their owners carry ────────────────────────────────────────────────────────────


def rep(rep_id: str = "anna", **attributes: Any) -> None:
    """A rep's counters, as if they had one lead of the pool."""
    counters = {"seq": 1, "open": 1, "load": 1000, "value": 0, "held": {"sales": 1, "sales*": 1000}}
    RepItem(f"rep#{rep_id}", "rep", kind="rep", **{**counters, **attributes}).save()


def assigned(
    clock: Clock, lead_id: str = "lead", rep_id: str = "anna", pool: str = "sales"
) -> Lead:
    given = Change(Step.ASSIGNED, clock(), rep=rep_id, pool=pool, turn=1)
    lead = evolve(new_lead(lead_id, clock()), given)
    lead_to_item(lead).save()
    return lead


def test_only_its_rep_accepts_a_lead_unseen_and_only_as_it_was_given(clock: Clock) -> None:
    lead = assigned(clock)
    number = int(LeadItem.get(lead_key("lead"), "lead").acceptable)

    def accepted(rep_id: str, assignment: int | None) -> bool:
        change = Change(Step.ACCEPTED, clock.turn(seconds=1), rep=rep_id)
        return leads.accept("lead", assignment, change).log[-1] == change

    for assignment in (None, number):
        assert not accepted("bo", assignment)  # who is not its owner
    assert not accepted("anna", number + 1)  # by an assignment that is over
    assert accepted("anna", None)
    for assignment in (None, number):
        assert not accepted("anna", assignment)  # it has been
    for status, acceptable in (("assigned", None), ("accepted", number)):
        stored = lead_to_item(lead)
        stored.status, stored.acceptable = status, acceptable
        stored.save()
        for assignment in (None, number):
            assert not accepted("anna", assignment)  # it takes more than that, or was done


def test_an_acceptable_lead_takes_its_assignment_by_number_or_any(clock: Clock) -> None:
    assigned(clock)
    number = int(LeadItem.get(lead_key("lead"), "lead").acceptable)
    change = Change(Step.ACCEPTED, clock(), rep="anna")
    assert leads.accept("lead", number, change).log[-1] == change


def test_a_change_of_a_lead_that_somebody_else_has_changed_is_not_made(clock: Clock) -> None:
    rep()
    lead = assigned(clock)
    leads.change(lead, Change(Step.ACCEPTED, clock(), rep="anna"))
    for late in (Step.REMINDED, Step.DECLINED):  # a write of one item, and a transaction
        change = Change(late, clock(), rep="anna", reason="x")
        assert came_of(lambda change=change: leads.change(lead, change)) in CONFLICTS
    assert [one.step for one in leads.get("lead").log][2:] == [Step.ACCEPTED]


CONFLICTS = ("ChangedError", "CancelledError")


def test_a_rep_never_holds_less_than_nothing(clock: Clock) -> None:
    rep(open=0)
    lead = assigned(clock)
    change = Change(Step.DECLINED, clock(), rep="anna")
    assert came_of(lambda: leads.change(lead, change)) == "CancelledError"
    first = routing.Pause("anna", clock() + DAY, None)
    assert came_of(lambda: leads.change(lead, change, pause=first)) == "CancelledError"
    another = paused_before(clock)
    assert came_of(lambda: leads.change(lead, change, pause=another)) == "CancelledError"
    assert RepItem.get("rep#anna", "rep").open == 0


def paused_before(clock: Clock) -> routing.Pause:
    """A pause after one that has been read, and is over."""
    rep("anna", open=0, paused=True, paused_until=to_text(clock() - DAY))
    return routing.Pause("anna", clock() + DAY, to_text(clock() - DAY))


@pytest.mark.parametrize("step", [Step.LOST, Step.CONTACTED], ids=["relieved", "still theirs"])
def test_a_pause_that_a_rep_got_meanwhile_is_not_overwritten(clock: Clock, step: Step) -> None:
    lead = evolve(assigned(clock), Change(Step.ACCEPTED, clock(), rep="anna"))
    lead_to_item(lead).save()
    longer = to_text(clock() + 9 * DAY)
    for before in (None, to_text(clock() - DAY)):
        rep(paused=True, paused_until=longer)
        pause = routing.Pause("anna", clock() + DAY, before)
        change = Change(step, clock(), rep="anna", reason="x")
        assert came_of(lambda c=change, p=pause: leads.change(lead, c, pause=p)) == "CancelledError"
        assert RepItem.get("rep#anna", "rep").paused_until == longer


def test_a_refund_takes_a_turn_that_nobody_has_taken(clock: Clock) -> None:
    rep()
    lead = assigned(clock)
    config_store.fence(entry(1, clock), "other")
    change = Change(Step.DECLINED, clock(), rep="anna")
    outcome = came_of(lambda: leads.change(lead, change, refund=entry(1, clock)))
    assert outcome == "MeanwhileError"
    assert leads.get("lead") == lead


# ── Links and sessions ───────────────────────────────────────────────────────────────────────────


def session(clock: Clock, name: str = "s") -> Session:
    return Session("person", name, clock(), clock(), clock() + 30 * DAY)


def opened(clock: Clock, nonce: str = "n") -> Any:
    valid = timedelta(minutes=15)
    return came_of(
        lambda: people_store.open_link("person", nonce, clock(), valid, kind=people_store.OPEN)
    )


def test_as_many_links_are_open_as_may_be(clock: Clock) -> None:
    assert [opened(clock, str(n)) for n in range(4)] == [1, 2, 3, None]
    assert opened(clock, "1") == 2  # the answer was lost, and it asks again
    clock.turn(minutes=15)
    assert opened(clock) == 1


def test_a_link_signs_in_once_in_its_time_and_by_its_own_nonce(clock: Clock) -> None:
    for nonce in "ab":
        opened(clock, nonce)

    def begun(slot: int, nonce: str, name: str) -> Any:
        return came_of(lambda: people_store.begin_session(slot, nonce, session(clock, name)))

    assert begun(1, "b", "1") is False
    assert begun(1, "a", "2") is True
    assert begun(1, "a", "3") is False
    clock.turn(minutes=15)
    assert begun(2, "b", "4") is False


def test_a_session_begins_once_by_its_id(clock: Clock) -> None:
    for nonce in "ab":
        opened(clock, nonce)
    assert people_store.begin_session(1, "a", session(clock))
    assert people_store.begin_session(1, "a", session(clock))  # the answer was lost
    people_store.end("person", "s", clock())
    people_store.begin_session(2, "b", session(clock))
    assert people_store.session("person", "s", clock()) is None


def signed_in(clock: Clock, name: str = "s") -> Session:
    slot = opened(clock, name)
    one = session(clock, name)
    assert people_store.begin_session(slot, name, one)
    return one


def added(clock: Clock, beside: Session, name: str = "new") -> Any:
    return came_of(lambda: people_store.add_session(session(clock, name), beside))


def test_a_session_that_is_over_begins_no_other(clock: Clock) -> None:
    one, ended = signed_in(clock), signed_in(clock, "ended")
    people_store.end("person", "ended", clock())
    assert added(clock, one) is None
    assert added(clock, ended, "another") == "CancelledError"
    assert added(clock, one, "ended") == "CancelledError"  # an id that is taken
    clock.turn(days=30)
    assert added(clock, one, "late") == "CancelledError"


def test_links_that_are_closed_sign_nobody_in_and_none_appear(clock: Clock, table: str) -> None:
    opened(clock, "a")
    people_store.close_links("person", clock())
    first = (held(table, "person#person", "link#1") or {})["used_at"]
    clock.turn(seconds=5)
    people_store.close_links("person", clock())
    assert (held(table, "person#person", "link#1") or {})["used_at"] == first
    assert held(table, "person#person", "link#2") is None


def test_a_session_that_has_ended_or_never_was_is_not_prolonged(clock: Clock, table: str) -> None:
    one = signed_in(clock)
    people_store.end("person", "s", clock())
    for name in ("s", "never"):
        late = one._replace(session_id=name)
        kept = came_of(lambda late=late: people_store.keep(late, clock(), clock() + 60 * DAY))
        assert kept == "ChangedError"
    assert held(table, "person#person", "session#never") is None


def test_a_session_ends_once_and_none_begins_by_that(clock: Clock, table: str) -> None:
    signed_in(clock)
    people_store.end("person", "s", clock())
    first = held(table, "person#person", "session#s")
    clock.turn(seconds=5)
    people_store.end("person", "s", clock())
    people_store.end("person", "never", clock())
    assert held(table, "person#person", "session#s") == first
    assert held(table, "person#person", "session#never") is None


def test_a_token_of_one_kind_is_none_of_another() -> None:
    """What a page shows of anything must never be a session's signature of it."""
    payload, _, _ = sign_session(SessionName("p", "s"), ["key"])[4:].rpartition(".")
    forged = f"{SESSION_PREFIX}{payload}.{page_nonce(payload, ['key'])}"
    assert came_of(lambda: read_session(forged, ["key"])) == "NotFoundError"


# ── Devices ──────────────────────────────────────────────────────────────────────────────────────

DEVICE = Subscription(*(["https://push.example/1"] + ["x"] * (len(Subscription._fields) - 1)))


def rings(clock: Clock) -> int:
    return len(pushes.devices_of("person", clock()))


def test_a_device_rings_only_in_a_session_that_goes_on(clock: Clock) -> None:
    signed_in(clock)
    signed_in(clock, "ended")
    people_store.end("person", "ended", clock())
    assert came_of(lambda: pushes.set_up("person", "s", DEVICE, clock())) is None
    for name, later in (("ended", 0), ("s", 30)):
        clock.turn(days=later)
        outcome = came_of(lambda name=name: pushes.set_up("person", name, DEVICE, clock()))
        assert outcome == "ChangedError"


def test_dropping_a_device_makes_no_session(clock: Clock, table: str) -> None:
    pushes.drop("person", "never")
    assert held(table, "person#person", "session#never") is None


def test_what_a_device_has_handed_us_since_is_not_forgotten(clock: Clock) -> None:
    signed_in(clock)
    pushes.set_up("person", "s", DEVICE, clock())
    (old,) = pushes.devices_of("person", clock())
    clock.turn(seconds=5)
    pushes.set_up("person", "s", DEVICE, clock())
    pushes.forget(old)
    assert rings(clock) == 1


# ── Performance ──────────────────────────────────────────────────────────────────────────────────


def test_a_measurement_does_not_overwrite_a_later_one(clock: Clock) -> None:
    first = performance.Measured(clock(), 1)
    second = performance.Measured(clock.turn(hours=1), 1)
    third = performance.Measured(clock.turn(hours=1), 1)

    def stored(measured: Any, before: Any) -> Any:
        return came_of(lambda: performance.store("sales", {}, measured, before))

    assert stored(first, None) is True
    assert stored(second, None) is False
    assert stored(second, first) is True
    assert stored(third, first) is False


# ── Whom leads are about ─────────────────────────────────────────────────────────────────────────


def test_a_mark_that_was_taken_away_is_not_noted_again(clock: Clock) -> None:
    captured(new_lead("lead", clock()), clock)
    persons.note("lead", ["a"], clock())
    assert persons.marks_of("lead") == ["a"]
    assert persons.unnote("lead", "a", clock()) is True
    assert persons.unnote("lead", "b", clock()) is True  # before its news came
    assert persons.unnote("lead", "a", clock()) is False
    persons.note("lead", ["a", "b"], clock())
    assert persons.marks_of("lead") == []


def test_a_mark_noted_again_is_kept_as_long_as_was_said_last(clock: Clock, table: str) -> None:
    captured(new_lead("lead", clock()), clock)
    persons.note("lead", ["a"], clock())
    persons.note("lead", ["a"], clock(), clock() + DAY)
    assert "expires_at" in (held(table, "lead#lead", "about#a") or {})


def test_erasing_makes_nothing_appear(clock: Clock, table: str, monkeypatch: Any) -> None:
    """What expired between a look and the write stays away."""
    monkeypatch.setattr(persons, "consent_of", lambda _: {"given": "x"})
    assert persons.erase_consent("lead") is False
    assert persons.erase_raw("lead", clock()) is False
    assert persons.erase_return("lead", clock()) is False
    assert persons.erase_ping("ping") is False
    assert persons.end_guard("key", "lead", clock()) is False
    assert not [sks for sks in items(table).values() if sks]


def asked_back(clock: Clock, state: ReturnState = ReturnState.REQUESTED, **more: Any) -> Return:
    return Return("lead", "acme", state, "fraud", clock(), Sale(100, "EUR"), **more)


def test_of_a_return_that_was_decided_only_the_words_are_erased(clock: Clock) -> None:
    captured(new_lead("lead", clock()), clock)
    returns.request(asked_back(clock, note="words"))
    returns.refuse(asked_back(clock, ReturnState.REFUSED, by="lena", why="words"))
    decided = ReturnItem.get(lead_key("lead"), "return").decided_at
    clock.turn(hours=1)
    assert persons.erase_return("lead", clock()) is True
    item = ReturnItem.get(lead_key("lead"), "return")
    assert (item.note, item.why, item.decided_at) == (None, None, decided)
    assert persons.erase_return("lead", clock()) is False  # there is nothing left to erase


@pytest.mark.parametrize("said", ["note", "why"])
def test_words_of_a_return_are_erased_whoever_said_them(clock: Clock, said: str) -> None:
    captured(new_lead("lead", clock()), clock)
    returns.request(asked_back(clock, note="words" if said == "note" else None))
    why = "words" if said == "why" else None
    returns.refuse(asked_back(clock, ReturnState.REFUSED, by="lena", why=why))
    assert persons.erase_return("lead", clock()) is True
    item = ReturnItem.get(lead_key("lead"), "return")
    assert (item.note, item.why) == (None, None)


def test_a_guard_ends_once_and_only_by_the_lead_it_names(clock: Clock) -> None:
    captured(new_lead("lead", clock()), clock, guard(clock))
    assert persons.end_guard("g", "another", clock()) is False
    assert persons.end_guard("g", "lead", clock()) is True
    assert persons.end_guard("g", "lead", clock()) is False


def tie(**said: str | None) -> None:
    until = to_text(Clock().at + DAY)
    TieItem("tie#k", "tie", kind="tie", **{"rep": "anna", "until": until, **said}).save()


@pytest.mark.parametrize("further", [(None, None), ("last", None), ("last", "second")])
@pytest.mark.parametrize("changed", ["lead_id", "last", "earlier"])
def test_a_tie_that_was_changed_at_this_moment_does_not_end(
    clock: Clock, further: tuple[str | None, str | None], changed: str
) -> None:
    seen = dict(zip(("lead_id", "last", "earlier"), ("lead", *further), strict=True))
    now = {**seen, changed: "other"}
    tie(**seen)
    with meanwhile("UpdateItem", lambda: tie(**now)):
        outcome = came_of(lambda: persons.end_tie("k", "lead", clock()))
    item = TieItem.get("tie#k", "tie")
    assert outcome == "ChangedError"
    assert {name: getattr(item, name) for name in now} == now


# ── Returns ──────────────────────────────────────────────────────────────────────────────────────


def test_a_return_is_asked_for_once_and_of_a_lead_that_is_there(clock: Clock) -> None:
    assert came_of(lambda: returns.request(asked_back(clock))) == "CancelledError"  # it is gone
    captured(new_lead("lead", clock()), clock)
    assert came_of(lambda: returns.request(asked_back(clock))) is None
    returns.refuse(asked_back(clock, ReturnState.REFUSED, by="lena"))
    assert came_of(lambda: returns.request(asked_back(clock))) == "CancelledError"
    erased = asked_back(clock)
    erased = replace(erased, lead_id="erased")
    lead_to_item(new_lead("erased", clock())).save()
    LeadItem(lead_key("erased"), "lead").update([LeadItem.status.set("erased")])
    assert came_of(lambda: returns.request(erased)) == "CancelledError"


def test_a_return_is_decided_once(clock: Clock) -> None:
    captured(new_lead("lead", clock()), clock)
    returns.request(asked_back(clock))
    refused = asked_back(clock, ReturnState.REFUSED, by="lena")
    returns.refuse(refused)
    assert came_of(lambda: returns.refuse(replace(refused, by="other"))) == "ChangedError"


CAPPED = Sale(100, "EUR", ((USE.cap, USE.period),))


def approve(lead: Lead, clock: Clock, *, new: bool, turn: Entry | None = None) -> Any:
    approved = asked_back(clock, ReturnState.APPROVED, by="lena")
    approved = replace(approved, sale=CAPPED, lead_id=lead.lead_id)
    change = Change(Step.RETURNED, clock())
    return came_of(lambda: returns.approve(approved, lead, change, turn, "a", new=new))


def sold(clock: Clock, count: int = 2) -> Lead:
    """A lead that somebody has, and a cap that has counted so many."""
    CapItem(f"cap#{USE.cap}", USE.period, kind="cap", leads=count, money=count * 100).save()
    rep()
    return assigned(clock)


def test_a_lead_is_taken_back_once_and_its_money_moves_once(clock: Clock) -> None:
    lead = sold(clock)
    assert approve(lead, clock, new=True) is None
    lead_to_item(lead).save()  # as if nothing but the return itself told of it
    rep()
    assert approve(lead, clock, new=True) == "CancelledError"
    assert approve(lead, clock, new=False) == "CancelledError"  # it does not wait any more
    assert counted() == 1


def test_a_lead_that_has_moved_on_is_not_taken_back_as_it_was(clock: Clock) -> None:
    lead = sold(clock)
    leads.change(lead, Change(Step.ACCEPTED, clock(), rep="anna"))
    assert approve(lead, clock, new=True) == "CancelledError"
    assert returns.get("lead") is None


def test_a_return_takes_a_turn_that_nobody_has_taken(clock: Clock) -> None:
    lead = sold(clock)
    config_store.fence(entry(1, clock), "other")
    assert approve(lead, clock, new=True, turn=entry(1, clock)) == "CancelledError"
    assert leads.get("lead") == lead


def test_a_return_leaves_no_counter_below_nothing(clock: Clock) -> None:
    lead = sold(clock, count=0)
    rep(open=0)
    assert approve(lead, clock, new=True) == "CancelledError"
    rep()
    assert approve(lead, clock, new=True) is None  # the cap's count was deleted: that is no reason
    assert CapItem.get(f"cap#{USE.cap}", USE.period).leads == 0


# ── Routing ──────────────────────────────────────────────────────────────────────────────────────


def plan(clock: Clock, turn: int = 1, pool: str = "sales", **more: Any) -> Plan:
    parts: dict[str, Any] = {"uses": (), "moves": (), **more}
    return Plan(entry(turn, clock, pool), known=Known(), **parts)


def use(seq: int, pool: str = "sales") -> Use:
    return Use("anna", seq, Burden("anna", pool, 1, 1000, 0), {})


def committed(one: Plan, attempt: str = "a") -> Any:
    return came_of(lambda: routing.commit(one, attempt))


def test_a_turn_of_the_ledger_is_written_once(clock: Clock) -> None:
    assert committed(plan(clock)) is None
    assert committed(plan(clock), "other") == routing.Refused(frozenset())
    assert committed(plan(clock)) is None  # our own write, whose answer was lost


def test_a_lead_goes_to_whom_one_plan_says(clock: Clock) -> None:
    lead = new_lead("lead", clock())
    lead_to_item(lead).save()
    for pool, rep_id, outcome in (
        ("sales", "anna", None),
        ("other", "bo", routing.Refused(frozenset({"lead"}))),
    ):
        change = Change(Step.ASSIGNED, clock(), rep=rep_id, pool=pool, turn=1)
        assert committed(plan(clock, pool=pool, moves=(Move(lead, change),)), pool) == outcome
    assert leads.get("lead").owner == "anna"


def test_two_plans_do_not_both_count_on_the_same_room(clock: Clock) -> None:
    nobody = routing.Refused(frozenset())
    assert committed(plan(clock, uses=(use(0),))) is None
    assert committed(plan(clock, pool="other", uses=(use(0),)), "b") == nobody
    assert committed(plan(clock, 2, uses=(use(1),)), "c") is None
    assert committed(plan(clock, 3, uses=(use(1),)), "d") == nobody
    assert RepItem.get("rep#anna", "rep").open == 2


def test_who_gives_a_lead_up_never_holds_less_than_nothing(clock: Clock) -> None:
    rep(open=0)
    frees = (Burden("anna", "sales", 1, 1000, 0),)
    assert committed(plan(clock, frees=frees)) == routing.Refused(frozenset())


@pytest.mark.parametrize("further", [(), ("last",), ("second", "last")])
def test_a_person_is_tied_to_one_rep_by_one_plan(clock: Clock, further: tuple[str, ...]) -> None:
    def tied(turn: int, before: Tie | None, after: Tie) -> Any:
        return committed(plan(clock, turn, ties=(TieChange("k", before, after),)), str(turn))

    nobody, until = routing.Refused(frozenset()), clock() + DAY
    seen, after = Tie("anna", "one", until, further), Tie("bo", "two", until)
    assert tied(1, None, seen) is None
    assert tied(2, None, after) == nobody
    item = TieItem.get("tie#k", "tie")
    names = ("rep", "lead_id", "until", "last", "earlier")
    as_seen = {name: getattr(item, name) for name in names}
    for name in names:
        tie(**{**as_seen, name: "other"})
        assert tied(2, seen, after) == nobody
    tie(**as_seen)
    assert tied(2, seen, after) is None
