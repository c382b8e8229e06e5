"""What people and systems hear of leads that come again, are returned, or never come whole."""

import random
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest

from shared.domain.config import Config
from shared.domain.leads import Change, Lead, Sale, Step, replay
from shared.domain.returns import Return, State
from shared.errors import StoreBusyError
from shared.flows.alert_people import alert_people
from shared.flows.apply_config import apply_config
from shared.messages import senders
from shared.store import capturing
from shared.store import leads as lead_store
from shared.store import returns as return_store
from shared.store.capturing import Capture
from shared.store.table import AlertItem, LeadItem
from shared.surroundings import real
from tests.audit import Books
from tests.ears import Ears, records_for_people
from tests.team import config

ONCE_A_MONTH = {"duplicates": {"within": "30d", "keys": ["email"]}}
TEAM = config({"anna": 1}, more={"forms": {"website": ONCE_A_MONTH}})
FIRST = b'{"name": "Ada Byron", "email": "ada@example.com", "message": "A demo, please"}'
AGAIN = b'{"name": "A. Byron", "email": "ada@example.com", "message": "Or two"}'
SALE = Sale(250_000, "EUR")


def post_twice(world: Any, around: Any, team: Config = TEAM) -> None:
    """The same person twice; the first lead is anna's."""
    apply_config(team, around)
    assert world.post(FIRST, "1")["statusCode"] == 201
    world.route()
    assert world.post(AGAIN, "2")["statusCode"] == 201


def alert_all(world: Any) -> None:
    assert world.alert(records_for_people(world)) == {"batchItemFailures": []}


def told_again(world: Any) -> list[dict[str, Any]]:
    return [mail for mail in world.mails() if mail["Subject"].startswith("Came again")]


def both_leads(world: Any) -> tuple[Lead, Lead]:
    """The first lead, and the duplicate."""
    leads = Books(world.items()).leads
    (again,) = (lead for lead in leads if lead.log[-1].first)
    (first,) = (lead for lead in leads if lead.lead_id == again.log[-1].first)
    return first, again


def store(around: Any, *log: Change, source: str = "partner#acme", **fields: Any) -> Lead:
    """A lead that came to be in the first of these records, and went through the others."""
    fields = {"name": "Ada Byron", "email": "ada@example.com", **fields}
    lead = replay(around.new_id(), source, fields, log[:1])
    capturing.capture(Capture(lead, ()), around.now())
    for change in log[1:]:
        lead = lead_store.change(lead, change)
    return lead


# ── Who comes again ──────────────────────────────────────────────────────────────────────────────


def test_who_has_the_first_lead_hears_that_the_person_came_again(
    world: Any, around: Any, ears: Ears
) -> None:
    """With what they wrote this time, and the link that accepts the first lead."""
    post_twice(world, around)
    alert_all(world)
    first, again = both_leads(world)
    (mail,) = told_again(world)
    assert mail["To"] == ["anna@example.com"]
    for fact in ("Or two", "Ada Byron", first.lead_id, again.lead_id, "Accept it here"):
        assert fact in mail["BodyText"]
    assert ears.notices == []
    assert world.press_button(world.links("anna@example.com")[-1])["statusCode"] == 200
    assert lead_store.get(first.lead_id).status == "accepted"


def test_the_link_works_however_long_the_rep_has_had_the_lead(world: Any, around: Any) -> None:
    """The link of the first mail ended 14 days after the lead was to be accepted."""
    apply_config(TEAM, around)
    world.post(FIRST, "1")
    world.route()
    alert_all(world)
    (old_link,) = world.links("anna@example.com")
    world.press_button(old_link)
    world.clock.turn(days=29)
    world.post(AGAIN, "2")
    alert_all(world)
    assert world.press_button(old_link)["statusCode"] == 409
    answer = world.press_button(world.links("anna@example.com")[-1])
    assert answer["statusCode"] == 200
    assert "Ada Byron" in answer["body"]
    (mail,) = told_again(world)
    assert "Your lead is here" in mail["BodyText"]
    assert "until" not in mail["BodyText"]


CLOSED = [Step.ACCEPTED, Step.LOST]


@pytest.mark.parametrize("steps", [[], CLOSED, [Step.ACCEPTED, Step.CONVERTED]])
def test_managers_hear_of_it_when_nobody_has_the_first_lead(
    world: Any, around: Any, ears: Ears, steps: list[Step]
) -> None:
    """New, lost, won: once, and by ids only."""
    apply_config(TEAM, around)
    world.post(FIRST, "1")
    if steps:
        world.route()
    for step in steps:
        (lead,) = Books(world.items()).leads
        lead_store.change(lead, Change(step, around.now(), lead.owner))
    world.post(AGAIN, "2")
    alert_all(world)
    first, again = both_leads(world)
    assert told_again(world) == []
    ((subject, text),) = ears.notices
    assert "come again" in subject
    assert f"it is {first.status}" in text
    for lead in (first, again):
        assert f"/v1/leads/{lead.lead_id}" in text
    for personal in ("Ada", "Byron", "ada@", "demo", "Or two"):
        assert personal not in subject + text


def test_managers_hear_of_it_when_the_rep_has_left(world: Any, around: Any, ears: Ears) -> None:
    post_twice(world, around)
    apply_config(config({"bo": 1}, more={"forms": {"website": ONCE_A_MONTH}}), around)
    alert_all(world)
    assert told_again(world) == []
    ((_, text),) = ears.notices
    assert "anna, who has that lead, has left the configuration or is switched off" in text


def test_managers_hear_of_it_when_the_first_lead_is_deleted(
    world: Any, around: Any, ears: Ears
) -> None:
    post_twice(world, around)
    first, _ = both_leads(world)
    again = [r for r in records_for_people(world) if "Or two" in str(r)]
    LeadItem(f"lead#{first.lead_id}", "lead").delete()
    assert world.alert(again) == {"batchItemFailures": []}
    ((_, text),) = ears.notices
    assert "that lead has been deleted" in text


def test_a_partners_duplicate_is_nobodys_news(world: Any, around: Any, ears: Ears) -> None:
    """It is not bought: only systems hear of it."""
    apply_config(TEAM, around)
    world.post(FIRST, "1")
    world.route()
    alert_all(world)
    (first,) = Books(world.items()).leads
    store(around, Change(Step.DUPLICATED, around.now(), first=first.lead_id))
    alert_all(world)
    assert told_again(world) == []
    assert ears.notices == []
    (detail,) = ears.heard("LeadDuplicated")
    assert detail["first"] == first.lead_id
    assert detail["source"] == "partner#acme"


def test_a_mail_that_is_refused_for_ever_is_the_managers(
    world: Any, around: Any, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise senders.RefusedError("MessageRejected")

    post_twice(world, around)
    monkeypatch.setattr(senders, "send_mail", refuse)
    alert_all(world)
    first, again = both_leads(world)
    assert ears.subjects == ["leadwheel: the mail to anna was refused"] * 2
    assert all(first.lead_id in text for _, text in ears.notices)
    assert [detail["lead_id"] for detail in ears.heard("LeadDuplicated")] == [again.lead_id]


@pytest.mark.parametrize(
    "name",
    [
        "Ada\\r\\nBcc: all@evil.example",
        "Ada\\u2028Bcc: all@evil.example",
        "<script>alert(1)</script>",
        "https://evil.example/accept",
        "{{7*7}}{% raw %}",
        "x" * 190,
    ],
)
def test_a_hostile_name_is_text_in_every_mail(world: Any, around: Any, name: str) -> None:
    """Nothing that a stranger writes becomes a header, a tag or a link that opens."""
    apply_config(TEAM, around)
    named = b'{"name": "%s", "email": "ada@example.com", "message": "%d"}'
    world.post(named % (name.encode(), 1), "1")
    world.route()
    world.post(named % (name.encode(), 2), "2")
    alert_all(world)
    (lead,) = (lead for lead in Books(world.items()).leads if lead.owner)
    lead_store.change(lead, Change(Step.RETURNED, around.now(), "anna", reason="fraud"))
    alert_all(world)
    subjects = [mail["Subject"] for mail in world.mails()]
    assert [subject.partition(":")[0] for subject in subjects] == [
        "New lead",
        "Came again",
        "Taken back",
    ]
    for mail in world.mails():
        assert mail["To"] == ["anna@example.com"]
        assert len(mail["Subject"]) <= 100
        assert mail["Subject"].isprintable()
        assert "://" not in mail["Subject"].replace(": //", "")
        assert "<script" not in mail["BodyHtml"]


# ── Returns ──────────────────────────────────────────────────────────────────────────────────────


def bought(around: Any, *then: Change) -> Lead:
    """A partner's lead, and what happened to it since."""
    return store(around, Change(Step.CAPTURED, around.now(), sale=SALE), *then)


def taken_back(around: Any, rep: str | None = None) -> Change:
    return Change(Step.RETURNED, around.now(), rep, reason="wrong_number", by="partner#acme")


def test_the_rep_hears_that_a_lead_was_taken_back(world: Any, around: Any, ears: Ears) -> None:
    """Why, and that there is nothing to do; with no link."""
    apply_config(TEAM, around)
    lead = bought(around)
    world.route()
    alert_all(world)
    lead = lead_store.get(lead.lead_id)
    assert lead.owner == "anna"
    lead_store.change(lead, taken_back(around, "anna"))
    alert_all(world)
    alert_all(world)
    (mail,) = world.mails()[1:]
    assert mail["To"] == ["anna@example.com"]
    for fact in ("Ada Byron", "wrong number", "nothing for you to do"):
        assert fact in mail["BodyText"]
    assert "https://leads.example.com" not in mail["BodyText"]
    assert ears.notices == []
    detail, *again = ears.heard("LeadReturned")
    assert (detail["owner"], detail["code"]) == ("anna", "wrong_number")
    assert all(one == detail for one in again)


def test_a_return_of_what_nobody_was_at_work_on_is_no_reps_news(
    world: Any, around: Any, ears: Ears
) -> None:
    """Waiting for a rep, or closed by one."""
    apply_config(TEAM, around)
    bought(around, taken_back(around))
    lead = bought(around)
    world.route()
    for change in (
        Change(Step.ACCEPTED, around.now(), "anna"),
        Change(Step.LOST, around.now(), "anna", reason="wrong number"),
        taken_back(around, "anna"),
    ):
        lead = lead_store.change(lead_store.get(lead.lead_id), change)
    alert_all(world)
    assert world.mails() == []
    assert len(ears.heard("LeadReturned")) == 2


def test_a_late_mail_about_a_lead_that_was_taken_back_is_not_sent(world: Any, around: Any) -> None:
    """The lead is still the rep's by that assignment, but no longer theirs to work on."""
    apply_config(TEAM, around)
    lead = bought(around)
    world.route()
    lead_store.change(lead_store.get(lead.lead_id), taken_back(around, "anna"))
    alert_all(world)
    assert [mail["Subject"] for mail in world.mails()] == ["Taken back: Ada Byron"]


def ask_back(around: Any, lead: Lead) -> Return:
    asked = Return(
        lead.lead_id, "acme", State.REQUESTED, "fraud", around.now(), SALE, "Ada Byron was rude"
    )
    return_store.request(asked)
    return asked


def test_managers_hear_of_a_return_that_waits_for_them(world: Any, around: Any, ears: Ears) -> None:
    """Once, by the reason's code, without what the partner wrote about it."""
    apply_config(TEAM, around)
    lead = bought(around)
    asked = ask_back(around, lead)
    alert_all(world)
    return_store.refuse(replace(asked, state=State.REFUSED, decided_at=around.now(), by="api"))
    alert_all(world)
    ((subject, text),) = ears.notices
    assert subject == "leadwheel: partner acme asks to take a lead back"
    assert "Reason: fraud" in text
    assert f"/v1/leads/{lead.lead_id}/approve-return" in text
    for personal in ("Ada", "Byron", "rude"):
        assert personal not in text


def test_a_return_that_nobody_need_decide_is_no_managers_news(
    world: Any, around: Any, ears: Ears
) -> None:
    """Agreed with the partner: it is approved from the beginning."""
    apply_config(TEAM, around)
    ask_back(around, bought(around))
    records = records_for_people(world)
    records[-1]["dynamodb"]["NewImage"]["state"]["S"] = State.APPROVED
    assert world.alert(records) == {"batchItemFailures": []}
    assert ears.notices == []


# ── Quarantine ───────────────────────────────────────────────────────────────────────────────────


def test_managers_hear_of_what_a_platform_never_gave(world: Any, around: Any, ears: Ears) -> None:
    apply_config(TEAM, around)
    announced = Change(Step.ANNOUNCED, around.now(), reason="announced: it is asked for the rest")
    given_up = Change(Step.QUARANTINED, around.now(), reason="not_fetched: no answer")
    lead = store(around, announced, given_up, source="hook#meta")
    alert_all(world)
    ((subject, text),) = ears.notices
    assert subject == "leadwheel: hook#meta did not give a lead that it announced"
    assert "no answer" in text
    assert lead.lead_id in text
    assert [kind for kind, _ in ears.events] == ["LeadAnnounced", "LeadQuarantined"]


def test_what_is_screened_into_quarantine_is_nobodys_news(
    world: Any, around: Any, ears: Ears
) -> None:
    """Whether it came whole or was fetched: it may be a flood."""
    apply_config(TEAM, around)
    screened = Change(Step.QUARANTINED, around.now(), reason="screened: free mail")
    store(around, screened)
    store(around, Change(Step.ANNOUNCED, around.now()), screened, source="hook#meta")
    alert_all(world)
    assert ears.notices == []
    assert world.mails() == []
    assert [detail["code"] for detail in ears.heard("LeadQuarantined")] == ["screened"] * 2


# ── Events ───────────────────────────────────────────────────────────────────────────────────────


def test_events_say_what_was_paid_and_nothing_personal(world: Any, around: Any, ears: Ears) -> None:
    apply_config(TEAM, around)
    lead = bought(around)
    full = "cap_reached: the cap 'daily' is full"
    store(around, Change(Step.REJECTED, around.now(), reason=full), message="A demo, please")
    spam = Change(Step.DISCARDED, around.now(), reason="ada: Ada Byron again", by="api")
    store(around, Change(Step.QUARANTINED, around.now(), reason="unreadable: cut off"), spam)
    alert_all(world)
    assert ears.heard("LeadCaptured") == [
        {
            "id": f"{lead.lead_id}:1",
            "lead_id": lead.lead_id,
            "n": 1,
            "step": "captured",
            "at": "2026-03-02T09:00:00.000Z",
            "status": "new",
            "source": "partner#acme",
            "pool": None,
            "owner": None,
            "assignment": 0,
            "rep": None,
            "code": None,
            "first": None,
            "offered": [],
            "until": None,
            "price": "25.00",
            "currency": "EUR",
            "won": None,
        }
    ]
    (rejected,) = ears.heard("LeadRejected")
    assert (rejected["code"], rejected["price"]) == ("cap_reached", None)
    (discarded,) = ears.heard("LeadDiscarded")
    assert discarded["code"] is None
    for personal in ("Ada", "Byron", "ada@", "demo"):
        assert personal not in str(ears.events)


# ── Once ─────────────────────────────────────────────────────────────────────────────────────────


def everything_at_once(world: Any, around: Any) -> list[dict[str, Any]]:
    """A duplicate, a return that waits, one that is through, and a lead never given."""
    post_twice(world, around)
    announced = Change(Step.ANNOUNCED, around.now())
    given_up = Change(Step.QUARANTINED, around.now(), reason="not_fetched: no answer")
    store(around, announced, given_up, source="hook#meta")
    ask_back(around, bought(around))
    mine = store(
        around,
        Change(Step.CAPTURED, around.now(), sale=SALE),
        name="Bo Ek",
        email="bo@example.com",
    )
    fresh = [record for record in world.for_routing() if mine.lead_id in str(record)]
    world.route(fresh)
    lead_store.change(lead_store.get(mine.lead_id), taken_back(around, "anna"))
    return records_for_people(world)


def check_everything_was_told(world: Any, ears: Ears) -> None:
    heads = ("Came again", "New lead", "Taken back")
    assert sorted(mail["Subject"].partition(":")[0] for mail in world.mails()) == list(heads)
    assert sorted(ears.subjects) == [
        "leadwheel: hook#meta did not give a lead that it announced",
        "leadwheel: partner acme asks to take a lead back",
    ]
    # An event may come again; it says the same then, and is known by its id.
    events = {detail["id"]: (kind, detail) for kind, detail in ears.events}
    assert all(told == events[told[1]["id"]] for told in ears.events)
    starting = [detail["id"] for kind, detail in ears.events if kind in ONCE]
    assert len(starting) == len(set(starting))


# A fetch starts with it.
ONCE = {"LeadAnnounced"}

DELIVERIES = {
    "twice": lambda records: [records, records],
    "one by one, in reverse, twice": lambda records: [[r] for r in reversed(records)] * 2,
    "shuffled, some again": lambda records: [
        random.Random(2).sample(records, len(records)),
        records[::2],
    ],
}


@pytest.mark.parametrize("delivery", DELIVERIES)
def test_each_is_told_once_however_it_is_delivered(
    world: Any, around: Any, ears: Ears, delivery: str
) -> None:
    for batch in DELIVERIES[delivery](everything_at_once(world, around)):
        assert world.alert(batch) == {"batchItemFailures": []}
    check_everything_was_told(world, ears)


def test_another_process_in_the_middle_of_sending_sends_nothing(
    world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its record comes back; by then everything is out."""
    post_twice(world, around)
    _, again = both_leads(world)
    others: list[str] = []
    send = senders.send_mail

    def interrupted(*arguments: Any, **tags: Any) -> None:
        with pytest.raises(StoreBusyError):
            alert_people(again, 0, real())
        others.append("busy")
        send(*arguments, **tags)

    monkeypatch.setattr(senders, "send_mail", interrupted)
    alert_people(again, 0, real())
    alert_people(again, 0, real())
    assert others == ["busy"]
    assert len(told_again(world)) == 1


def test_what_could_not_be_sent_goes_out_at_the_next_delivery(
    world: Any, around: Any, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once: who failed has ended its claim."""
    post_twice(world, around)
    records = [record for record in records_for_people(world) if "duplicated" in str(record)]
    with monkeypatch.context() as patched:
        patched.setattr(senders, "send_mail", Mock(side_effect=TimeoutError))
        assert len(world.alert(records)["batchItemFailures"]) == 1
        assert ears.events == []
    assert world.alert(records) == {"batchItemFailures": []}
    assert len(told_again(world)) == 1
    assert len(ears.heard("LeadDuplicated")) == 1


def forget_what_was_told(world: Any) -> None:
    for item in world.items():
        if item["kind"]["S"] == "alert":
            AlertItem(item["pk"]["S"], item["sk"]["S"]).delete()


def test_dying_anywhere_while_telling(
    world: Any, around: Any, ears: Ears, death: Any, survive: Any
) -> None:
    """Told again from the beginning, everything is out; twice only what the death hid from us."""
    words = ("duplicated", "returned", "not_fetched", "requested")
    records = [
        r for r in everything_at_once(world, around) if any(word in str(r) for word in words)
    ]
    world.alert(records)  # what is read once per process is read now
    expected = (len(world.mails()), len(ears.notices))
    assert expected == (2, 2)
    forget_what_was_told(world)
    death.arm(None)
    world.alert(records)
    calls = len(death.calls)
    assert calls > 15
    for at in range(1, calls + 1):
        for after in (False, True):
            forget_what_was_told(world)
            told = (len(world.mails()), len(ears.notices))
            death.arm(at, after=after)
            assert not survive(lambda: world.alert(records))
            lost = death.done
            death.arm(None)
            world.clock.turn(seconds=21)  # the claim of who died has ended by then
            assert world.alert(records) == {"batchItemFailures": []}
            sent = (len(world.mails()) - told[0], len(ears.notices) - told[1])
            doubled = (int(lost == "SendEmail"), int(lost == "Publish"))
            assert sent == tuple(map(sum, zip(expected, doubled, strict=True))), (at, after, lost)
