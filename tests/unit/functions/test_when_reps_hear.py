"""Reps hear of a lead later, in place of what fails, and not in their quiet time."""

from typing import Any

import pytest

import shared.flows.deliver as deliver_flow
from shared.domain.channels import MAIL
from shared.domain.deliveries import State
from shared.domain.leads import Change, Lead, Step, replay
from shared.flows.forget_person import erase_lead
from shared.flows.notify import fail_over
from shared.flows.pause_rep import pause_rep
from shared.store import capturing
from shared.store import deliveries as delivery_store
from shared.store import leads as lead_store
from shared.store.capturing import Capture
from tests.unit.functions.test_deliver import Office, ask, office, receiver, run
from tests.world import DiedError

__all__ = ["office", "receiver"]

PHONE = "+46 70 174 06 05"


def line(channel: str, *on: str, **more: Any) -> dict[str, Any]:
    return {"channel": channel, "on": on or ["assigned"], **more}


def open_with(office: Office, *alerts: dict[str, Any], **anna: Any) -> None:
    """anna gets all leads, and nobody takes them back."""
    slow = {"remind_after": [], "reclaim_after": "90d"}
    office.opens({}, anna={"phone": PHONE, "alerts": alerts, **anna}, deadlines=slow)
    pause_rep("bo", office.around, paused=True)


def paths(office: Office) -> list[str]:
    return [request.path for request in office.receiver.got]


def die(*_: Any) -> None:
    raise DiedError


# ── Some time after the change ───────────────────────────────────────────────────────────────────


def test_a_second_channel_comes_later_if_nobody_has_acted(office: Office) -> None:
    open_with(office, line("own"), line("teams", after="5m"))
    office.lead()
    assert office.deliver() == ["sent"]
    assert office.later(minutes=4, seconds=50) == []
    assert office.later(seconds=10) == ["sent"]
    assert paths(office) == ["/own", "/teams"]
    assert office.later(hours=1) == []


def test_who_has_acted_is_not_told_again(office: Office) -> None:
    open_with(office, line("teams", after="5m"))
    for step in ("accept", "decline"):
        lead_id = office.lead()
        assert ask("POST", f"/v1/leads/{lead_id}/{step}", {"rep_id": "anna"})[0] == 200
        assert office.later(minutes=5) == ["needless"]
    assert office.receiver.got == []


def test_an_event_that_comes_too_early_starts_nothing(office: Office) -> None:
    """The bus may bring anything twice, and an older line may have said otherwise."""
    open_with(office, line("teams", after="5m"))
    lead_id = office.lead()
    assert run({"id": f"{lead_id}:2:teams:anna"}) == "over"
    open_with(office, line("teams", after="20m"))
    assert office.later(minutes=5) == ["later"]
    (item,) = office.items()
    assert item["attempts"]["N"] == "0"
    assert office.later(minutes=14) == []
    assert office.later(minutes=1) == ["sent"]


# ── In place of what fails ───────────────────────────────────────────────────────────────────────


def test_where_one_channel_fails_another_tells(office: Office) -> None:
    """The managers hear once a day of it, and who has been told is not told again."""
    open_with(office, line("own"), line("teams", when_fails="own"))
    office.receiver.answers = [500, 204, 500, 204]
    for _ in range(2):
        office.lead()
        assert office.deliver() == ["later"]
        assert office.deliver() == ["sent"]
    assert paths(office) == ["/own", "/teams"] * 2
    assert office.later(minutes=1) == ["needless"] * 2
    (subject,) = [one for one in office.ears.subjects if "another is used" in one]
    assert "own" in subject
    (text,) = [text for one, text in office.ears.notices if one == subject]
    assert "http_500" in text
    assert "teams" in text


def test_who_hears_in_the_end_is_not_told_another_way(office: Office) -> None:
    """Here what stands in is late: it waits for the quiet to end."""
    open_with(office, line("crm"), line("own", when_fails="crm"), **NINE_TO_TEN)
    office.receiver.answers = [500]
    office.lead()
    assert office.deliver() == ["later"]
    assert office.later(minutes=1) == ["sent"]
    assert office.later(hours=1) == ["needless"]
    assert paths(office) == ["/crm", "/crm"]


def test_who_has_acted_needs_nothing_in_its_place(office: Office) -> None:
    open_with(office, line("own"), line("teams", when_fails="own"))
    office.receiver.then = 500
    lead_id = office.lead()
    assert office.deliver() == ["later"]
    assert ask("POST", f"/v1/leads/{lead_id}/accept", {"rep_id": "anna"})[0] == 200
    assert office.deliver() == ["needless"]


def test_without_failure_nothing_stands_in(office: Office) -> None:
    open_with(office, line("own"), line("teams", when_fails="own"))
    office.lead()
    assert office.deliver() == ["sent"]
    assert office.later(days=1) == []
    assert len(office.items()) == 1


def test_what_is_given_up_at_once_is_told_another_way(office: Office) -> None:
    open_with(office, line("own"), line("teams", when_fails="own"))
    office.receiver.answers = [410]
    office.lead()
    assert office.deliver() == ["dead"]
    assert office.deliver() == ["sent"]


def test_who_was_told_another_way_is_not_told_again_when_it_is_tried_anew(office: Office) -> None:
    open_with(office, line("own"), line("teams", when_fails="own"))
    office.receiver.answers = [410]
    office.lead()
    assert (office.deliver(), office.deliver()) == (["dead"], ["sent"])
    assert ask("POST", "/v1/deliveries/redrive", {"all": True})[0] == 200
    assert office.later(minutes=1) == ["needless"]
    assert paths(office) == ["/own", "/teams"]


def test_what_stands_in_by_now_tells_it_when_what_is_tried_anew_fails(office: Office) -> None:
    open_with(office, line("own"))
    office.receiver.then = 410
    office.lead()
    assert office.deliver() == ["dead"]
    open_with(office, line("own"), line("teams", when_fails="own"))
    office.receiver.answers = [410, 200]
    assert ask("POST", "/v1/deliveries/redrive", {"all": True})[0] == 200
    assert office.later(minutes=1) == ["dead"]
    assert office.deliver() == ["sent"]
    assert paths(office) == ["/own", "/own", "/teams"]


def test_chains_and_circles_end(office: Office) -> None:
    """Each delivery has one id: who is asked for again is only waited for."""
    circle = (
        line("own"),
        line("teams", when_fails="own"),
        line("chat", when_fails="teams"),
        line("own", when_fails="chat"),
    )
    open_with(office, *circle)
    office.receiver.then = 500
    office.lead()
    assert office.deliver() == ["later"]  # own
    assert office.deliver() == ["later"]  # teams
    assert office.deliver() == ["later"]  # chat
    assert office.deliver() == ["over"]  # own, which waits for its next attempt
    assert office.deliver() == []
    assert paths(office) == ["/own", "/teams", "/chat"]
    assert len(office.items()) == 3
    office.receiver.then = 204
    assert sorted(office.later(minutes=1)) == ["needless", "needless", "sent"]


@pytest.mark.parametrize("first", ["own", "teams", "chat"])
def test_whoever_comes_first_of_a_chain_is_the_only_one(office: Office, first: str) -> None:
    chain = line("own"), line("teams", when_fails="own"), line("chat", when_fails="teams")
    open_with(office, *chain)
    office.receiver.then = 500
    lead_id = office.lead()
    assert [office.deliver() for _ in chain] == [["later"]] * 3
    office.receiver.then = 204
    office.world.clock.turn(minutes=1)
    order = [first, *({"own", "teams", "chat"} - {first})]
    outcomes = [run({"id": f"{lead_id}:2:{channel}:anna"}) for channel in order]
    assert outcomes == ["sent", "needless", "needless"]


@pytest.mark.parametrize("at", ["put_events", "note_failure"])
def test_dying_between_loses_nothing(
    office: Office, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the events are out, and before the failure is noted."""
    open_with(office, line("own"), line("teams", when_fails="own"))
    office.receiver.answers = [500, 204]
    office.lead()
    (event,) = office.due()
    module = delivery_store if at == "note_failure" else deliver_flow.senders
    with monkeypatch.context() as patch:
        patch.setattr(module, at, die)
        with pytest.raises(DiedError):
            run(event)
    assert len(office.items()) == 2
    office.world.sweep()  # what was written is due
    assert "sent" in office.deliver()
    assert office.later(minutes=1) == ["needless"]
    assert paths(office) == ["/own", "/teams"]


def test_who_dies_at_the_first_attempt_is_made_good_by_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_with(office, line("own"), line("teams", when_fails="own"))
    office.lead()
    (event,) = office.due()
    monkeypatch.setattr(deliver_flow.outbound, "post", die)
    with pytest.raises(DiedError):
        run(event)
    assert len(office.items()) == 1
    with pytest.raises(DiedError):  # and so does the next, but not before it has said so
        office.later(minutes=1)
    assert len(office.items()) == 2


def test_what_mail_cannot_tell_goes_another_way_once(office: Office) -> None:
    open_with(office, line("own", when_fails=MAIL), line("teams", "reminded", when_fails=MAIL))
    lead = lead_of(office.lead())
    assert office.due() == []
    for _ in range(2):
        (event,) = fail_over(lead, MAIL, "anna", office.around)
        assert event.detail == {"id": f"{lead.lead_id}:2:own:anna"}
    assert fail_over(lead, MAIL, "bo", office.around) == []
    assert fail_over(lead, "own", "anna", office.around) == []
    assert [run(event.detail) for _ in range(2)] == ["sent", "over"]
    assert paths(office) == ["/own"]


def lead_of(lead_id: str) -> Lead:
    return lead_store.get(lead_id)


def tell(office: Office) -> None:
    """Everybody hears of what has happened since the last look."""
    records = office.world.for_alerts()
    new, office.told = records[office.told :], len(records)
    assert office.world.alert(new) == {"batchItemFailures": []}


def test_who_has_lost_it_hears_that_whatever_the_next_one_does(office: Office) -> None:
    alerts = [line("own"), line("teams", when_fails="own")]
    office.opens({}, anna={"alerts": alerts})
    lead_id = office.lead()
    assert office.deliver() == ["sent"]
    assert ask("POST", f"/v1/leads/{lead_id}/assign", {"rep_id": "bo"})[0] == 200
    tell(office)
    office.receiver.answers = [500]
    assert office.deliver() == ["later"]
    assert ask("POST", f"/v1/leads/{lead_id}/accept", {"rep_id": "bo"})[0] == 200
    assert office.deliver() == ["sent"]
    assert paths(office) == ["/own", "/own", "/teams"]


def test_that_a_colleague_was_faster_is_told_in_place_of_the_mail(office: Office) -> None:
    """And only so; as the mail does, it does not say who the person is."""
    alerts = [line("own", "claimed", when_fails=MAIL), line("teams", "claimed")]
    office.opens({}, anna={"alerts": alerts}, strategy="shotgun", offer_for="30m")
    lead = lead_of(office.lead())
    assert set(lead.offered) == {"anna", "bo"}
    claimed = Change(Step.CLAIMED, office.around.now(), rep="bo", pool="sales")
    lead = lead_store.change(lead, claimed)
    tell(office)
    assert office.due() == []
    (event,) = fail_over(lead, MAIL, "anna", office.around)
    assert run(event.detail) == "sent"
    (request,) = office.receiver.got
    assert request.json["text"] == "Bo has taken a lead: A. B., heat pump"


def test_that_a_person_came_again_is_told_in_place_of_the_mail(office: Office) -> None:
    open_with(office, line("own", "duplicated", when_fails=MAIL))
    now = office.around.now()
    again = Change(Step.DUPLICATED, now, first="0" * 26)
    lead = replay(office.around.new_id(), "form#website", {"name": "Ada Byron"}, [again])
    capturing.capture(Capture(lead, ()), now)
    (event,) = fail_over(lead, MAIL, "anna", office.around)
    assert run(event.detail) == "sent"
    (request,) = office.receiver.got
    assert request.json["text"] == "A lead has come in that was here before: A. B."


def test_that_a_lead_was_erased_is_told_without_a_word_of_it(office: Office) -> None:
    office.opens({"chat": ["erased"]}, anna={"alerts": [line("own", "erased")]})
    lead = lead_of(office.lead())
    erase_lead(lead, office.around, by=None)
    tell(office)
    assert office.deliver() == ["sent", "sent"]
    for request in office.receiver.got:
        assert "has been erased" in request.json["text"]
        for personal in (b"Ada", b"A. B.", b"Byron", b"heat pump"):
            assert personal not in request.body


# ── Quiet ────────────────────────────────────────────────────────────────────────────────────────

# The world begins at nine.
NINE_TO_TEN = {"quiet": [{"start": "08:00", "end": "10:00"}]}


def test_nothing_rings_in_quiet_time(office: Office) -> None:
    """Mails go out, and systems hear."""
    open_with(office, line("own"), line("crm"), **NINE_TO_TEN)
    lead_id = office.lead()
    assert office.deliver() == ["sent"]
    assert paths(office) == ["/crm"]
    assert [mail["To"] for mail in office.world.mails()] == [["anna@example.com"]]
    assert office.later(minutes=59) == []
    assert run({"id": f"{lead_id}:2:own:anna"}) == "later"  # an event that comes early
    assert office.later(minutes=1) == ["sent"]
    assert paths(office) == ["/crm", "/own"]


def test_what_is_over_by_then_is_not_told(office: Office) -> None:
    open_with(office, line("own"), **NINE_TO_TEN)
    lead_id = office.lead()
    assert ask("POST", f"/v1/leads/{lead_id}/decline", {"rep_id": "anna"})[0] == 200
    assert office.later(hours=1) == ["needless"]
    assert office.receiver.got == []


def test_a_lead_that_was_accepted_at_night_is_not_new_in_the_morning(office: Office) -> None:
    open_with(office, line("own"), **NINE_TO_TEN)
    lead_id = office.lead()
    assert ask("POST", f"/v1/leads/{lead_id}/accept", {"rep_id": "anna"})[0] == 200
    assert office.later(hours=1) == ["needless"]


def test_nor_when_it_could_not_be_told_before(office: Office) -> None:
    """What is told at once is told, however fast the rep was; so is what only the pool reads."""
    office.opens({"chat": ["assigned"]}, anna={"alerts": [line("own")]})
    lead_id = office.lead()
    assert ask("POST", f"/v1/leads/{lead_id}/accept", {"rep_id": "anna"})[0] == 200
    office.receiver.answers = [500, 500]
    assert office.deliver() == ["later", "later"]
    assert sorted(paths(office)) == ["/chat", "/own"]
    assert sorted(office.later(minutes=1)) == ["needless", "sent"]
    assert paths(office)[2:] == ["/chat"]


def test_an_attempt_that_comes_due_in_quiet_time_waits_and_does_not_count(office: Office) -> None:
    open_with(office, line("own"), quiet=[{"start": "09:00:20", "end": "10:00"}])
    office.receiver.answers = [500]
    office.lead()
    assert office.deliver() == ["later"]
    assert office.later(minutes=1) == ["later"]
    (item,) = office.items()
    assert item["attempts"]["N"] == "1"
    assert item["due_at"]["S"].startswith("2026-03-02T10:00:00")
    assert office.later(minutes=58) == []
    assert office.later(minutes=2) == ["sent"]
    assert len(office.receiver.got) == 2


def test_who_has_just_said_so_is_left_in_peace(office: Office) -> None:
    open_with(office, line("own"))
    office.lead()
    open_with(office, line("own"), **NINE_TO_TEN)
    assert office.deliver() == ["later"]
    assert office.later(hours=1) == ["sent"]


def test_a_pools_channel_knows_no_quiet(office: Office) -> None:
    office.opens({"chat": ["assigned"]}, anna=NINE_TO_TEN)
    office.lead()
    assert office.deliver() == ["sent"]


def test_quiet_and_later_add_up(office: Office) -> None:
    quiet = [{"start": "09:04", "end": "10:00"}]
    open_with(office, line("own", after="5m"), quiet=quiet)
    office.lead()
    assert office.later(minutes=5) == []
    assert office.later(minutes=55) == ["sent"]


def test_a_delivery_is_kept_until_it_is_long_over(office: Office) -> None:
    open_with(office, line("own", after="60d"))
    office.lead()
    (item,) = office.items()
    days = (int(item["expires_at"]["N"]) - office.world.clock().timestamp()) / 86400
    assert days == pytest.approx(90, abs=0.1)
    assert item["state"]["S"] == State.WAITING
