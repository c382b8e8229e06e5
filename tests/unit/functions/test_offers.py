"""Offers: several reps hear of a lead, the first to take it has it, and the others hear that."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

import functions.desk.handler as desk
import shared.flows.claim_lead as claiming
from shared.domain.leads import Lead
from shared.errors import ConflictError
from shared.flows.apply_config import apply_config
from shared.flows.unassign_lead import unassign_lead
from shared.links import AcceptLink, sign
from shared.messages import senders
from shared.store import alerts as alert_store
from shared.store.table import AlertItem
from tests.audit import Books, problems
from tests.aws_events import api_request, context
from tests.ears import Ears, records_for_people
from tests.pressing import button_behind
from tests.team import config

REPS = {"anna": 1, "bo": 1, "cy": 1}
SHOTGUN = config(REPS, strategy="shotgun", offer_for="30m")
ADA = {
    "name": "Ada Byron",
    "email": "ada@example.com",
    "phone": "+46701740605",
    "company": "Engines AB",
    "message": "Ada here, call +46 70 174 06 05",
}
PERSONAL = ("Ada", "Byron", "ada@", "1740605", "174 06 05")


@pytest.fixture
def offered(world: Any, around: Any) -> Any:
    """A world with one lead, offered to all three, who have been told."""
    apply_config(SHOTGUN, around)
    post(world)
    world.route()
    alert_all(world)
    return world


def post(world: Any, key: str = "1", **fields: str) -> None:
    answer = world.post(json.dumps({**ADA, **fields}).encode(), key)
    assert answer["statusCode"] == 201


def alert_all(world: Any) -> None:
    assert world.alert(records_for_people(world)) == {"batchItemFailures": []}


def mails_to(world: Any, rep: str) -> list[dict[str, Any]]:
    return [mail for mail in world.mails() if mail["To"] == [f"{rep}@example.com"]]


def subjects_of(world: Any, rep: str) -> list[str]:
    return [mail["Subject"].partition(":")[0] for mail in mails_to(world, rep)]


def path_of(world: Any, rep: str) -> str:
    """The way to the page of a rep's first mail."""
    found = re.search(r"https://leads\.example\.com(/a/\S+)", mails_to(world, rep)[0]["BodyText"])
    assert found
    return found[1]


def ask(method: str, path: str) -> tuple[int, str]:
    button = button_behind(path) if method == "POST" else None
    answer = desk.handler(api_request(method, path, body=button), context())
    return answer["statusCode"], " ".join(answer["body"].split())


def act(path: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {'k' * 48}"}
    answer = desk.handler(
        api_request("POST", path, body=json.dumps(body).encode(), headers=headers), context()
    )
    assert answer["statusCode"] == 200, answer["body"]
    return json.loads(answer["body"])


def hours(start: str, end: str) -> dict[str, Any]:
    """What a configuration calls `day`."""
    days = {"days": ["mon", "tue", "wed", "thu", "fri"], "start": start, "end": end}
    return {"hours": {"day": {"week": [days]}}}


def lead_of(world: Any) -> Lead:
    (lead,) = Books(world.items()).leads
    return lead


# ── The offer ────────────────────────────────────────────────────────────────────────────────────


def test_each_rep_gets_one_mail_that_reaches_nobody(offered: Any, ears: Ears) -> None:
    """Until when, to how many others; neither who they are, nor whom the lead is about."""
    alert_all(offered)
    for rep in REPS:
        (mail,) = mails_to(offered, rep)
        assert mail["Subject"] == "Offered to you until 09:30: A. B., Engines AB"
        for body in (mail["BodyText"], mail["BodyHtml"]):
            part = re.sub(r"/a/[\w.-]+", "/a/…", body)  # a link's token may spell anything
            for fact in ("A. B.", "a•••@e•••.com", "+46 ••• 05", "Engines AB", "2 colleagues"):
                assert fact in part
            assert "09:30 UTC" in part
            assert "in 30 minutes" in part
            others = {name.capitalize() for name in REPS if name != rep}
            for word in (*PERSONAL, *others):
                assert word not in part
    assert ears.notices == []


def test_an_event_says_to_whom_and_until_when(world: Any, around: Any, ears: Ears) -> None:
    apply_config(SHOTGUN, around)
    post(world)
    world.route()
    alert_all(world)
    (detail,) = ears.heard("LeadOpened")
    assert detail["offered"] == list(REPS)
    assert detail["until"] == "2026-03-02T09:30:00.000Z"
    assert not any(word in str(detail) for word in PERSONAL)


def test_an_open_pool_mails_nobody(world: Any, around: Any, ears: Ears) -> None:
    """Who claims looks at the list; a claim from it is an event."""
    apply_config(config(REPS, strategy="open"), around)
    post(world)
    world.route()
    act(f"/v1/leads/{lead_of(world).lead_id}/claim", {"rep_id": "bo"})
    alert_all(world)
    assert world.mails() == []
    assert ears.notices == []
    assert [kind for kind, _ in ears.events] == ["LeadCaptured", "LeadOpened", "LeadClaimed"]


def test_a_late_offer_of_a_lead_that_is_taken_is_not_sent(world: Any, around: Any) -> None:
    apply_config(SHOTGUN, around)
    post(world)
    world.route()
    act(f"/v1/leads/{lead_of(world).lead_id}/claim", {"rep_id": "bo"})
    alert_all(world)
    assert subjects_of(world, "bo") == ["It is yours"]
    assert subjects_of(world, "anna") == ["Taken by a colleague"]


def test_late_news_tells_nobody_what_is_no_longer_so(world: Any, around: Any) -> None:
    """Neither that who has it by now was late, nor that who was first was."""
    apply_config(SHOTGUN, around)
    post(world)
    world.route()
    lead_id = lead_of(world).lead_id
    act(f"/v1/leads/{lead_id}/claim", {"rep_id": "bo"})
    act(f"/v1/leads/{lead_id}/assign", {"rep_id": "anna"})
    alert_all(world)
    assert subjects_of(world, "anna") == ["New lead"]
    assert subjects_of(world, "bo") == ["Not yours any more"]
    assert subjects_of(world, "cy") == ["Taken by a colleague"]


def test_who_has_left_is_offered_nothing(world: Any, around: Any) -> None:
    apply_config(SHOTGUN, around)
    post(world)
    world.route()
    (opened,) = (record for record in records_for_people(world) if "opened" in str(record))
    apply_config(config({"anna": 1, "bo": 1}, strategy="shotgun"), around)
    assert world.alert([opened]) == {"batchItemFailures": []}
    assert mails_to(world, "cy") == []
    assert len(mails_to(world, "anna")) == 1


# ── The page ─────────────────────────────────────────────────────────────────────────────────────


def test_looking_changes_nothing_and_shows_what_may_be_seen(offered: Any) -> None:
    for method in ("GET", "GET", "HEAD"):
        status, page = ask(method, path_of(offered, "anna"))
        assert status == 200
    assert "Take this lead" in page
    assert "09:30 UTC" in page
    assert not any(word in page for word in PERSONAL)
    assert lead_of(offered).status == "open"


def test_the_first_to_press_has_it(offered: Any) -> None:
    """With all that is known of the person, on the page and in a mail."""
    status, page = ask("POST", path_of(offered, "bo"))
    assert status == 200
    assert "tel:+46701740605" in page
    lead = lead_of(offered)
    assert (lead.status, lead.owner, lead.log[-1].by) == ("accepted", "bo", "link")
    alert_all(offered)
    assert subjects_of(offered, "bo") == ["Offered to you until 09", "It is yours"]
    mine = mails_to(offered, "bo")[-1]["BodyText"]
    assert "+46701740605" in mine
    (link,) = re.findall(r"https://leads\.example\.com(/a/\S+)", mine)
    assert ask("GET", link) == (200, page)
    assert problems(Books(offered.items()), SHOTGUN) == []


def test_pressing_twice_is_pressing_once(offered: Any) -> None:
    pages = {ask("POST", path_of(offered, "bo")) for _ in range(3)}
    assert len(pages) == 1
    assert [change.step for change in lead_of(offered).log] == ["captured", "opened", "claimed"]


def test_whoever_is_late_reads_and_is_told_that_a_colleague_was_faster(
    offered: Any, ears: Ears
) -> None:
    """Each once, by mail and behind their link; nobody else, and nothing personal."""
    ask("POST", path_of(offered, "bo"))
    for method in ("POST", "GET"):
        status, page = ask(method, path_of(offered, "anna"))
        assert status == 409
        assert "A colleague was faster, and has it now." in page
        assert not any(word in page for word in PERSONAL)
    for _ in range(2):
        alert_all(offered)
    for rep in ("anna", "cy"):
        assert subjects_of(offered, rep)[1:] == ["Taken by a colleague"]
        text = mails_to(offered, rep)[1]["BodyText"]
        assert "A colleague was faster." in text
        assert not any(word in text for word in (*PERSONAL, "Bo"))
    assert lead_of(offered).owner == "bo"
    assert ears.notices == []


def test_a_press_that_loses_the_race_says_how_the_lead_stands(
    offered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our look and our claim, somebody else claims it."""
    claim = claiming.claim_lead

    def beaten(lead_id: str, rep_id: str, *_: Any, **__: Any) -> Lead:
        claim(lead_id, "cy", *_, **__)
        return claim(lead_id, rep_id, *_, **__)

    monkeypatch.setattr(claiming, "claim_lead", beaten)
    status, page = ask("POST", path_of(offered, "anna"))
    assert (status, "A colleague was faster" in page) == (409, True)


def test_a_press_in_the_rush_may_be_made_again(
    offered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:

        def busy(*_: Any, **__: Any) -> None:
            raise ConflictError("others keep changing it")

        patched.setattr(claiming, "claim_lead", busy)
        status, page = ask("POST", path_of(offered, "anna"))
        assert (status, "Take this lead" in page) == (200, True)
    assert ask("POST", path_of(offered, "anna"))[0] == 200
    assert lead_of(offered).owner == "anna"


def test_who_cannot_take_it_reads_why(world: Any, around: Any) -> None:
    """And the lead is still there for the others."""
    team = config(REPS, strategy="shotgun", limits={"anna": {"holding_limit": 1}})
    apply_config(team, around)
    post(world)
    world.route()
    post(world, "2", email="bo@other.example")
    world.route()
    alert_all(world)
    first, second = world.links("anna@example.com")
    assert world.press_button(first)["statusCode"] == 200
    answer = world.press_button(second)
    assert answer["statusCode"] == 409
    assert "You hold as many open leads as your limit allows" in answer["body"]
    assert sorted(lead.status for lead in Books(world.items()).leads) == ["accepted", "open"]
    assert world.press_button(world.links("bo@example.com")[1])["statusCode"] == 200


def test_an_offer_that_nobody_took_is_over_without_another_mail(offered: Any, ears: Ears) -> None:
    """The managers hear that it waits for them, and how to give it to somebody."""
    offered.clock.turn(minutes=31)
    offered.sweep()
    lead = lead_of(offered)
    assert lead.place == "stuck#sales"
    alert_all(offered)
    assert len(offered.mails()) == len(REPS)
    ((subject, text),) = ears.notices
    assert subject == "leadwheel: a lead needs your decision (pool sales)"
    assert f"leadwheel assign {lead.lead_id} REP" in text
    assert f"POST https://leads.example.com/v1/leads/{lead.lead_id}/assign" in text
    assert not any(word in subject + text for word in PERSONAL)
    for method in ("GET", "POST"):
        status, page = ask(method, path_of(offered, "anna"))
        assert (status, "It waits for a manager’s decision" in page) == (409, True)


def test_a_link_ends_like_every_other(offered: Any) -> None:
    offered.clock.turn(days=15)
    for method in ("GET", "POST"):
        status, page = ask(method, path_of(offered, "anna"))
        assert (status, "expired" in page) == (409, True)
    assert lead_of(offered).status == "open"


def test_a_link_for_who_was_not_offered_it_takes_nothing(world: Any, around: Any) -> None:
    """Rightly signed, but for a rep, or for an assignment, that is not the next one."""
    apply_config(config(REPS, strategy="shotgun", limits={"cy": {"active": False}}), around)
    post(world)
    world.route()
    lead = lead_of(world)
    assert lead.offered == ("anna", "bo")
    waits, has_left = "It waits to be claimed", "no longer in the team"
    for rep, number, told in (("cy", 1, has_left), ("anna", 0, waits), ("anna", 2, waits)):
        link = AcceptLink(lead.lead_id, rep, number, world.clock.at + timedelta(days=1))
        status, page = ask("POST", f"/a/{sign(link, ['k' * 48])}")
        assert (status, told in page) == (409, True)
    assert lead_of(world).status == "open"


def test_a_link_says_who_a_lead_was_given_to_by_hand(offered: Any) -> None:
    """Those whom it was offered hear that it is gone; the one who got it, that it is theirs."""
    lead_id = lead_of(offered).lead_id
    act(f"/v1/leads/{lead_id}/assign", {"rep_id": "cy", "reason": "cy knows them"})
    alert_all(offered)
    assert subjects_of(offered, "cy")[1:] == ["New lead"]
    assert "Given to you by a manager: cy knows them." in mails_to(offered, "cy")[1]["BodyText"]
    assert subjects_of(offered, "bo")[1:] == ["Taken by a colleague"]
    assert "was given to a colleague" in mails_to(offered, "bo")[1]["BodyText"]
    status, page = ask("POST", path_of(offered, "bo"))
    assert (status, "It has gone to a colleague." in page) == (409, True)
    status, page = ask("POST", path_of(offered, "cy"))
    assert (status, "tel:+46701740605" in page) == (200, True)


HOSTILE = [
    "Ada\r\nBcc: all@evil.example",
    "Ada\u2028Bcc: all@evil.example",
    "<script>alert(1)</script> Ada",
    "https://evil.example/accept",
    "{{7*7}}{% raw %}",
    "\u202egnp.exe",
    "x" * 190,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_text_in_every_mail_and_page(world: Any, around: Any, text: str) -> None:
    """Nothing that a stranger writes becomes a header, a tag or a link that opens."""
    apply_config(SHOTGUN, around)
    post(world, name=text, company=text, message=text)
    world.route()
    alert_all(world)
    _, page = ask("GET", path_of(world, "anna"))
    ask("POST", path_of(world, "bo"))
    lead_id = lead_of(world).lead_id
    alert_all(world)
    act(f"/v1/leads/{lead_id}/assign", {"rep_id": "anna", "reason": text})
    alert_all(world)
    heads = {mail["Subject"].partition(":")[0].partition(" until")[0] for mail in world.mails()}
    assert heads == {
        *("Offered to you", "It is yours", "Taken by a colleague", "New lead"),
        "Not yours any more",
    }
    for mail in world.mails():
        assert len(mail["To"]) == 1
        assert len(mail["Subject"]) <= 100
        assert mail["Subject"].isprintable()
        assert "://" not in mail["Subject"].replace(": //", "")
        assert "<script" not in mail["BodyHtml"]
    assert "<script" not in page


# ── Once ─────────────────────────────────────────────────────────────────────────────────────────


def test_who_was_told_is_not_told_again_when_the_next_could_not_be(
    world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply_config(SHOTGUN, around)
    post(world)
    world.route()
    send = senders.send_mail

    def not_to_bo(address: str, mail: Any, **tags: Any) -> None:
        if address == "bo@example.com":
            raise TimeoutError
        send(address, mail, **tags)

    with monkeypatch.context() as patched:
        patched.setattr(senders, "send_mail", not_to_bo)
        for _ in range(3):
            assert world.alert(records_for_people(world))["batchItemFailures"]
    assert [len(mails_to(world, rep)) for rep in REPS] == [1, 0, 0]
    alert_all(world)
    assert [len(mails_to(world, rep)) for rep in REPS] == [1, 1, 1]


def begin_with(world: Any, around: Any, stage: str) -> list[dict[str, Any]]:
    """What is to be told: that a lead is offered; or that one of three was the first to take it."""
    world.begin_again()
    apply_config(SHOTGUN, around)
    post(world)
    world.route()
    if stage == "claimed":
        alert_all(world)
        act(f"/v1/leads/{lead_of(world).lead_id}/claim", {"rep_id": "bo"})
    return records_for_people(world)[-1:]


@pytest.mark.parametrize("stage", ["opened", "claimed"])
def test_dying_anywhere_while_telling(
    world: Any, around: Any, death: Any, survive: Any, stage: str
) -> None:
    """Everybody is told in the end; twice only whom the death hid from us."""
    world.alert(begin_with(world, around, stage))  # what is read once per process is read now
    records = begin_with(world, around, stage)
    death.arm(None)
    world.alert(records)
    calls = len(death.calls)
    assert calls > 12
    for at in range(1, calls + 1):
        records = begin_with(world, around, stage)
        before = len(world.mails())
        death.arm(at, after=True)
        assert not survive(lambda records=records: world.alert(records))
        lost = death.done
        death.arm(None)
        world.clock.turn(seconds=21)  # the claim of who died has ended by then
        assert world.alert(records) == {"batchItemFailures": []}
        sent = len(world.mails()) - before
        assert sent == len(REPS) + (lost == "SendEmail"), (at, lost)


# ── Whose it was ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def assigned(world: Any, around: Any) -> Any:
    """A world in which anna has a lead, and knows."""
    apply_config(config({"anna": 1000, "bo": 1}), around)
    post(world)
    world.route()
    alert_all(world)
    assert lead_of(world).owner == "anna"
    return world


def test_whose_lead_goes_to_a_colleague_hears_it_with_the_reason(assigned: Any) -> None:
    lead_id = lead_of(assigned).lead_id
    act(f"/v1/leads/{lead_id}/assign", {"rep_id": "bo", "reason": "anna is ill"})
    for _ in range(2):
        alert_all(assigned)
    assert subjects_of(assigned, "anna") == ["New lead", "Not yours any more"]
    text = mails_to(assigned, "anna")[1]["BodyText"]
    assert "given to a colleague: anna is ill." in text
    assert not any(word in text for word in ("ada@", "1740605"))
    (mail,) = mails_to(assigned, "bo")
    assert "Why you: you were chosen by a manager." in mail["BodyText"]


def test_overridden_limits_are_no_business_of_the_rep(world: Any, around: Any) -> None:
    apply_config(config({"anna": 1000, "bo": 1}, limits={"bo": {"holding_limit": 0}}), around)
    post(world)
    world.route()
    lead_id = lead_of(world).lead_id
    act(f"/v1/leads/{lead_id}/assign", {"rep_id": "bo", "override": True})
    alert_all(world)
    (mail,) = mails_to(world, "bo")
    assert lead_of(world).log[-1].over == ("holding_limit",)
    assert "Why you: you were chosen by a manager." in mail["BodyText"]
    assert "limit" not in mail["BodyText"]


def test_whose_lead_is_given_out_anew_hears_it_unless_they_gave_it_up(
    assigned: Any, around: Any
) -> None:
    lead = lead_of(assigned)
    act(f"/v1/leads/{lead.lead_id}/release", {"reason": "wrong region"})
    assigned.route()
    alert_all(assigned)
    assert subjects_of(assigned, "anna") == ["New lead", "Not yours any more"]
    assert "given to somebody else: wrong region." in mails_to(assigned, "anna")[1]["BodyText"]
    unassign_lead(lead.lead_id, around, by="bo", rep="bo")
    alert_all(assigned)
    assert subjects_of(assigned, "bo") == ["New lead"]


def test_who_never_heard_of_a_lead_does_not_hear_that_it_is_gone(world: Any, around: Any) -> None:
    apply_config(config({"anna": 1000, "bo": 1}), around)
    post(world)
    world.route()
    act(f"/v1/leads/{lead_of(world).lead_id}/assign", {"rep_id": "bo"})
    for _ in range(2):
        alert_all(world)
    assert subjects_of(world, "anna") == []
    assert subjects_of(world, "bo") == ["New lead"]


def test_who_has_accepted_a_lead_knows_of_it_without_a_mail(world: Any, around: Any) -> None:
    apply_config(config({"anna": 1000, "bo": 1}), around)
    post(world)
    world.route()
    lead_id = lead_of(world).lead_id
    act(f"/v1/leads/{lead_id}/accept", {"rep_id": "anna"})
    act(f"/v1/leads/{lead_id}/assign", {"rep_id": "bo"})
    alert_all(world)
    assert subjects_of(world, "anna") == ["Not yours any more"]


def test_who_was_mailed_so_long_ago_that_nobody_knows_is_told(assigned: Any, around: Any) -> None:
    """What has gone out is forgotten in the end."""
    lead = lead_of(assigned)
    alert = alert_store.of_change(lead.lead_id, lead.rev)
    assert alert_store.went_out(alert, "mail")
    AlertItem(alert.pk, alert.sk).delete()
    assigned.clock.turn(days=17)
    act(f"/v1/leads/{lead.lead_id}/assign", {"rep_id": "bo"})
    alert_all(assigned)
    assert subjects_of(assigned, "anna") == ["New lead", "Not yours any more"]


def test_the_link_of_whose_lead_was_taken_off_them_says_so(assigned: Any) -> None:
    path, lead_id = path_of(assigned, "anna"), lead_of(assigned).lead_id
    act(f"/v1/leads/{lead_id}/release", {"reason": "wrong region"})
    for method in ("GET", "POST"):
        status, page = ask(method, path)
        assert status == 409
        assert "It was taken off your list and is being given to a colleague." in page
    assigned.route()
    assert "taken off your list and has gone to a colleague." in ask("GET", path)[1]


# ── Parked ───────────────────────────────────────────────────────────────────────────────────────


def test_managers_hear_of_what_only_they_give_out(world: Any, around: Any, ears: Ears) -> None:
    """With the command and the call that do it."""
    apply_config(config(REPS, strategy="manual"), around)
    post(world)
    world.route()
    alert_all(world)
    ((subject, text),) = ears.notices
    assert subject == "leadwheel: a lead needs your decision (pool sales)"
    assert "a manager gives this pool's leads to reps" in text
    assert f"leadwheel assign {lead_of(world).lead_id} REP" in text
    assert not any(word in subject + text for word in PERSONAL)


def test_what_waits_for_the_morning_wakes_nobody(world: Any, around: Any, ears: Ears) -> None:
    """It is an event, and stands among the parked leads."""
    day = hours("12:00", "17:00")
    apply_config(config({"anna": 1}, limits={"anna": {"hours": "day"}}, more=day), around)
    post(world)
    world.route()
    alert_all(world)
    (detail,) = ears.heard("LeadParked")
    assert detail["code"] == "off_hours"
    assert ears.notices == []


def test_a_lead_for_the_next_shift_says_when_that_is(world: Any, around: Any) -> None:
    """Its clocks start then; what is left is counted in real time."""
    day = hours("12:00", "17:00")
    deadlines = {"remind_after": ["5m"], "reclaim_after": "10m"}
    team = config(
        {"anna": 1},
        limits={"anna": {"hours": "day", "time_zone": "Europe/Stockholm"}},
        more=day,
        off_hours="assign",
        deadlines=deadlines,
    )
    apply_config(team, around)
    post(world)
    world.route()
    alert_all(world)
    (mail,) = mails_to(world, "anna")
    for part in (mail["BodyText"], " ".join(re.sub("<[^>]+>", "", mail["BodyHtml"]).split())):
        assert "for when your shift begins, 12:00 CET." in part
        assert "Please take it by 12:10" in part
    assert "at 12:10 it goes to the next rep" in mail["BodyText"]


def test_deadlines_on_the_reps_clock_are_told_as_real_moments(world: Any, around: Any) -> None:
    """Five minutes before the end of the day, ten minutes last until the next morning."""
    day = hours("08:00", "10:05")
    deadlines = {"remind_after": [], "reclaim_after": "10m", "clock": "rep"}
    team = config(
        {"anna": 1},
        limits={"anna": {"hours": "day", "time_zone": "Europe/Stockholm"}},
        more=day,
        deadlines=deadlines,
    )
    apply_config(team, around)
    post(world)
    world.route()
    alert_all(world)
    (mail,) = mails_to(world, "anna")
    assert "Yours until Tuesday 3 March, 08:05 CET" in mail["BodyText"]
    assert "within 22 hours 5 minutes" in mail["BodyText"]


def test_who_claimed_the_first_lead_hears_that_the_person_came_again(
    world: Any, around: Any
) -> None:
    """There is no deadline any more, and the link only shows the lead."""
    again = {"forms": {"website": {"duplicates": {"within": "30d", "keys": ["email"]}}}}
    apply_config(config(REPS, strategy="shotgun", more=again), around)
    post(world)
    world.route()
    act(f"/v1/leads/{lead_of(world).lead_id}/claim", {"rep_id": "bo"})
    post(world, "2", message="Or two")
    alert_all(world)
    (mail,) = (mail for mail in world.mails() if mail["Subject"].startswith("Came again"))
    assert mail["To"] == ["bo@example.com"]
    assert "until" not in mail["BodyText"]
