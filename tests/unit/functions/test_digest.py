"""In the morning a rep is mailed what waits for them: once, and only if something does."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import functions.deliver.handler as deliver
import functions.desk.handler as desk
from shared.domain.leads import Step
from shared.domain.snoozing import Later, later
from shared.errors import StoreBusyError
from shared.flows import digest, digest_due
from shared.flows.apply_config import apply_config
from shared.flows.work_lead import work_lead
from shared.messages import senders
from shared.store import alerts as alert_store
from shared.store import config as config_store
from shared.surroundings import real
from tests.aws_events import context
from tests.ears import Ears
from tests.pressing import pressed
from tests.team import config
from tests.world import DiedError

HERE = ZoneInfo("Europe/Stockholm")
# The world begins on Monday, 2 March 2026, at 09:00 UTC, which is 10:00 there.
MORNING = {"digest": "11:30", "time_zone": HERE.key}
SLOW = {"remind_after": [], "reclaim_after": "90d"}
NOON = datetime(2026, 3, 2, 12, tzinfo=HERE)


class Morning:
    """A team, the leads it has, and the digests that have begun."""

    def __init__(self, world: Any, around: Any, ears: Ears) -> None:
        self.world, self.around, self.ears = world, around, ears
        self.begun = self.posted = 0
        digest_due._looked.clear()

    def opens(self, reps: dict[str, dict[str, Any]], **pool: Any) -> None:
        whole = config(dict.fromkeys(reps, 1), limits=reps, **{"deadlines": SLOW, **pool})
        apply_config(whole, self.around)
        config_store._read.clear()

    def lead(self, name: str = "Ada Byron", *steps: Step, **how: Any) -> str:
        """A lead with which its rep has done these steps."""
        self.posted += 1
        body = json.dumps({"name": name, "email": f"x{self.posted}@example.com"}).encode()
        lead_id = str(json.loads(self.world.post(body, str(self.posted))["body"])["lead_id"])
        self.world.route()
        for step in steps:
            until = how.get("until") if step is Step.SNOOZED else None
            work_lead(lead_id, step, self.around, until=until)
        return lead_id

    def at(self, clock: str, day: int = 2) -> list[dict[str, Any]]:
        """The digests that begin with a sweep at this time of a day in March."""
        hour, minute = map(int, clock.split(":"))
        there = datetime(2026, 3, day, hour, minute, tzinfo=HERE)
        self.world.clock.at = there.astimezone(self.world.clock.at.tzinfo)
        self.world.sweep()
        heard = self.ears.heard("DigestDue")
        new, self.begun = heard[self.begun :], len(heard)
        return new

    def mails(self) -> list[dict[str, Any]]:
        return self.world.mails()


def run(due: dict[str, Any]) -> str:
    event = {"detail-type": "DigestDue", "detail": due}
    return str(deliver.handler(event, context())["outcome"])


@pytest.fixture
def morning(world: Any, around: Any, ears: Ears) -> Iterator[Morning]:
    yield Morning(world, around, ears)
    digest_due._looked.clear()


def test_what_waits_is_mailed_once_a_day(morning: Morning) -> None:
    morning.opens({"anna": MORNING})
    morning.lead("Ada to accept")
    morning.lead("Bea to reach", Step.ACCEPTED)
    morning.lead("Cleo reached", Step.ACCEPTED, Step.CONTACTED)
    morning.lead("Dora today", Step.ACCEPTED, Step.SNOOZED, until=NOON.replace(hour=15))
    later = NOON + timedelta(days=1)
    morning.lead("Eva tomorrow", Step.ACCEPTED, Step.SNOOZED, until=later)
    assert morning.at("11:29") == []
    (due,) = morning.at("11:30")
    assert due == {"id": "anna:2026-03-02", "rep": "anna", "day": "2026-03-02"}
    assert [run(due), run(due)] == ["done", "done"]
    (mail,) = morning.mails()
    assert mail["To"] == ["anna@example.com"]
    assert mail["Subject"] == "3 leads wait for you"
    text = mail["BodyText"]
    assert [name in text for name in ("Ada to", "Bea to", "Cleo", "Dora", "Eva")] == [
        *(True, True, False, True, False)
    ]
    assert morning.at("11:45") == morning.at("13:00") == []
    (tomorrow,) = morning.at("11:30", day=3)
    assert tomorrow["day"] == "2026-03-03"
    assert run(tomorrow) == "done"
    assert "Eva tomorrow" in morning.mails()[-1]["BodyText"]


def test_what_is_put_off_until_today_is_mailed_also_when_that_hour_has_come(
    morning: Morning,
) -> None:
    """Whoever puts off until a date does so until midnight, long before the mail."""
    morning.opens({"anna": MORNING})
    midnight = datetime(2026, 3, 3, tzinfo=HERE)
    reached = (Step.ACCEPTED, Step.CONTACTED, Step.SNOOZED)
    morning.lead("Gus at ten", *reached, until=midnight.replace(hour=10))
    morning.lead("Ada at midnight", *reached, until=midnight)
    morning.lead("Bea not reached", Step.ACCEPTED, Step.SNOOZED, until=midnight)
    morning.lead("Cleo yesterday", *reached, until=midnight - timedelta(seconds=1))
    morning.lead("Dora tomorrow", *reached, until=midnight + timedelta(days=1))
    tried = [morning.lead(name, *reached, until=midnight) for name in ("Eva tried", "Fay reached")]
    noted = morning.lead("Hal noted", *reached, until=midnight)
    morning.at("08:00", day=3)
    for lead_id, step in zip(tried, (Step.ATTEMPTED, Step.CONTACTED), strict=True):
        work_lead(lead_id, step, real())
    work_lead(noted, Step.NOTED, real(), reason="their budget is due in May")
    (due,) = morning.at("11:30", day=3)
    assert run(due) == "done"
    mail = morning.mails()[-1]
    assert mail["Subject"] == "4 leads wait for you"
    _, again = mail["BodyText"].split("# Put off until today")
    names = re.findall("Ada|Bea|Cleo|Dora|Eva|Fay|Gus|Hal", again)
    assert (set(names[:2]), names[2:]) == ({"Ada", "Hal"}, ["Gus"])
    assert "Bea not reached" in mail["BodyText"]


def test_what_is_put_off_until_a_day_off_is_mailed_on_the_next_they_work(
    morning: Morning,
) -> None:
    """On Friday 'tomorrow' is Saturday; Monday's mail lists it, and no other."""
    week = [{"days": ["mon", "tue", "wed", "thu", "fri"]}]
    reps = {"anna": {**MORNING, "hours": "office"}}
    office = {"hours": {"office": {"week": week}}}
    team = config({"anna": 1}, limits=reps, deadlines=SLOW, more=office)
    apply_config(team, morning.around)
    config_store._read.clear()
    morning.at("10:00", day=6)
    reached = (Step.ACCEPTED, Step.CONTACTED, Step.SNOOZED)
    saturday = later(Later.TOMORROW, HERE.key, morning.world.clock.at)
    morning.lead("Ada on Saturday", *reached, until=saturday)
    morning.lead("Bea on Friday", *reached, until=saturday - timedelta(hours=12))
    morning.lead("Cleo", Step.ACCEPTED)  # so that there is a mail
    assert morning.at("11:30", day=7) == []
    for day, listed in ((9, [True, False]), (10, [False, False])):
        (due,) = morning.at("11:30", day=day)
        assert run(due) == "done"
        text = morning.mails()[-1]["BodyText"]
        assert [name in text for name in ("Ada", "Bea")] == listed


def test_what_cannot_be_made_at_this_moment_is_no_digest_that_is_over(
    morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails, so that it is started again and an alarm rings."""
    morning.opens({"anna": MORNING})
    morning.lead()
    (due,) = morning.at("11:30")

    def busy(*_: Any, **__: Any) -> Any:
        raise StoreBusyError("the secrets could not be read")

    with monkeypatch.context() as patch:
        patch.setattr(digest, "late_link_of", busy)
        with pytest.raises(StoreBusyError):
            run(due)
    assert run(due) == "done"
    assert len(morning.mails()) == 1


def test_its_links_lead_there(morning: Morning) -> None:
    morning.opens({"anna": MORNING})
    lead_id = morning.lead()
    (due,) = morning.at("11:30")
    run(due)
    (link,) = morning.world.links("anna@example.com")
    (mail,) = morning.mails()
    assert f"https://leads.example.com/my/leads/{lead_id}" in mail["BodyHtml"]
    assert "https://leads.example.com/my/leads\n" in mail["BodyText"]
    page = pressed(desk.handler, link.removeprefix("https://leads.example.com"))
    assert page["statusCode"] == 200
    assert "Ada Byron" in page["body"]


def test_its_links_are_good_however_long_a_lead_has_waited(morning: Morning) -> None:
    """Where nothing takes a lead from who has it, it stays on the list for weeks."""
    morning.opens({"anna": MORNING}, deadlines={"stages": [{"after": "1h", "do": "remind"}]})
    morning.lead()
    morning.at("12:00")
    (due,) = morning.at("11:31", 20)
    run(due)
    link = re.findall(r"https://leads\.example\.com(/a/\S+)", morning.mails()[-1]["BodyText"])[-1]
    assert pressed(desk.handler, link)["statusCode"] == 200


def test_nobody_is_mailed_that_nothing_waits(morning: Morning) -> None:
    morning.opens({"anna": MORNING})
    (due,) = morning.at("11:30")
    assert run(due) == "done"
    assert morning.mails() == []
    morning.lead()
    assert morning.at("11:40") == []  # it has been looked at


def test_what_may_be_taken_is_counted(morning: Morning) -> None:
    morning.opens({"anna": MORNING, "bo": {}}, strategy="open")
    for _ in range(3):
        morning.lead()
    (due,) = morning.at("11:30")
    run(due)
    (mail,) = morning.mails()
    assert mail["Subject"] == "3 leads to be taken"
    assert "sales: 3" in mail["BodyText"]
    assert "Byron" not in mail["BodyText"]


def test_who_may_not_be_known_yet_is_not(morning: Morning) -> None:
    morning.opens({"anna": MORNING}, mask_until_accepted=True)
    morning.lead()
    (due,) = morning.at("11:30")
    run(due)
    (mail,) = morning.mails()
    assert "A. B." in mail["BodyText"]
    assert "Byron" not in mail["BodyText"] + mail["BodyHtml"]


def test_it_is_in_the_reps_language(morning: Morning) -> None:
    morning.opens({"anna": MORNING}, language="sv")
    morning.lead()
    (due,) = morning.at("11:30")
    run(due)
    assert morning.mails()[0]["Subject"] == "1 lead väntar på dig"


# ── What goes wrong ──────────────────────────────────────────────────────────────────────────────


def test_what_could_not_be_sent_is_begun_again_for_two_hours(
    morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning.opens({"anna": MORNING, "bo": {**MORNING, "email": "bo@example.com"}})
    morning.lead()
    morning.lead()
    first, second = morning.at("11:30")

    def fail(*_: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(senders, "send_mail", fail)
        with pytest.raises(ConnectionError):
            run(first)
    assert run(second) == "done"  # one of them keeps no other from it
    assert morning.at("11:31") == []
    (again,) = morning.at("11:36")
    assert again == first
    assert morning.at("13:30") == []
    assert run(again) == "over"  # not news any more
    assert len(morning.mails()) == 1


def test_who_dies_before_noting_it_mails_once_more(
    morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning.opens({"anna": MORNING})
    morning.lead()
    (due,) = morning.at("11:30")

    def die(*_: Any, **__: Any) -> None:
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(alert_store, "note", die)
        with pytest.raises(DiedError):
            run(due)
    assert run(due) == "over"  # it may be at it still
    (again,) = morning.at("11:36")
    assert run(again) == "done"
    assert len(morning.mails()) == 2
    assert morning.at("11:50") == []


def test_another_process_knows_by_what_is_noted(morning: Morning) -> None:
    morning.opens({"anna": MORNING})
    morning.lead()
    (due,) = morning.at("11:30")
    run(due)
    digest_due._looked.clear()
    assert morning.at("11:31") == []


def test_an_event_from_yesterday_tells_nothing(morning: Morning) -> None:
    morning.opens({"anna": MORNING})
    morning.lead()
    morning.at("11:30")
    for stale in ({"rep": "anna", "day": "2026-03-01"}, {"rep": "gone", "day": "2026-03-02"}):
        assert run({"id": "x", **stale}) == "over"
    assert morning.mails() == []


def test_an_address_that_is_refused_is_told_to_managers(
    morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning.opens({"anna": MORNING})
    morning.lead()
    (due,) = morning.at("11:30")

    def refuse(*_: Any) -> None:
        raise senders.RefusedError("MessageRejected")

    monkeypatch.setattr(senders, "send_mail", refuse)
    assert run(due) == "done"
    assert morning.at("11:40") == []
    (subject,) = morning.ears.subjects
    assert "anna" in subject


def test_a_busy_table_keeps_no_sweep_from_the_rest(
    morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning.opens({"anna": MORNING})

    def busy(*_: Any) -> None:
        raise StoreBusyError("slow down")

    monkeypatch.setattr(alert_store, "sent", busy)
    assert morning.at("11:30") == []
    assert morning.world.sweep()["failed"] == 1


def test_who_has_no_digest_costs_nothing(morning: Morning, monkeypatch: pytest.MonkeyPatch) -> None:
    morning.opens({"anna": {}})

    def look(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(digest_due, "digest_day", look)
    monkeypatch.setattr(alert_store, "sent", look)
    assert morning.at("11:30") == []


def test_a_sweep_knows_no_mails() -> None:
    """What it loads each minute stays small."""
    code = "import sys, shared.flows.sweep_deadlines, shared.flows.digest_due; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "shared.flows.digest_due" in loaded.stdout
    assert "shared.messages.mail" not in loaded.stdout
