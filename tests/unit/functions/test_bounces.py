"""An address that takes no mail: its mail is paused, the managers hear of it, and it ends again."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import functions.bounces.handler as bounces
import functions.desk.handler as desk
from shared.domain.bounces import TOLD_FOR
from shared.errors import ConflictError, StoreBusyError
from shared.flows import note_bounce as flow
from shared.flows.apply_config import apply_config
from shared.messages import senders
from shared.store import bounces as bounce_store
from shared.store import config as config_store
from tests.audit import Books
from tests.aws_events import api_request, context, ses_bounce, ses_complaint
from tests.ears import Ears
from tests.table import client
from tests.team import config

ANNA = "anna@example.com"
LENA = {"lena": {"name": "Lena Holm", "email": "lena@example.com", "pools": ["sales"]}}
CHANNELS = {"own": {"kind": "slack"}, "chat": {"kind": "slack"}}
WHEN_MAIL_FAILS = {"alerts": [{"channel": "own", "on": ["assigned"], "when_fails": "mail"}]}
LEAD = b'{"name": "Ada Byron", "email": "ada@example.com"}'
ADMIN = {"authorization": f"Bearer {'k' * 48}"}


class Team:
    """anna and who manages her, and what SES tells of their mail."""

    def __init__(self, world: Any, around: Any, ears: Ears) -> None:
        self.world, self.around, self.ears = world, around, ears
        self.posted = self.seen = 0

    def opens(self, **anna: Any) -> None:
        whole = config(
            {"anna": 1},
            limits={"anna": anna},
            more={"channels": CHANNELS, "managers": LENA},
            deadlines={"remind_after": ["5m"], "reclaim_after": "1h"},
        )
        apply_config(whole, self.around)
        forget()

    def hears(self, event: dict[str, Any]) -> str:
        return str(bounces.handler(event, context())["outcome"])

    def lead(self) -> None:
        """A lead that anna gets, with all that she is told at once."""
        self.posted += 1
        assert self.world.post(LEAD, str(self.posted))["statusCode"] == 201
        self.world.route()
        self.tell()

    def tell(self) -> None:
        records = self.world.for_alerts()
        new, self.seen = records[self.seen :], len(records)
        assert self.world.alert(new) == {"batchItemFailures": []}

    def mailed(self) -> list[str]:
        """To whom mails have gone out."""
        return [address for mail in self.world.mails() for address in mail["To"]]

    def due(self) -> list[str]:
        """The channels and reps of what was started."""
        ids = [detail["id"] for detail in self.ears.heard("DeliveryDue")]
        return [":".join(one.split(":")[2:]) for one in ids]

    def kept(self) -> list[dict[str, Any]]:
        return [one for one in self.world.items() if one["kind"] == {"S": "mail"}]


def forget() -> None:
    """As after half a minute, or in another process."""
    bounce_store._read.clear()
    config_store._read.clear()


@pytest.fixture
def team(world: Any, around: Any, ears: Ears) -> Team:
    team = Team(world, around, ears)
    team.opens()
    return team


def ask(method: str, path: str) -> tuple[int, Any]:
    answer = desk.handler(api_request(method, path, headers=ADMIN), context())
    return answer["statusCode"], json.loads(answer["body"])


# ── What comes back ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("event", "code"),
    [(ses_bounce(ANNA), "bounced"), (ses_complaint("Anna@Example.com"), "complained")],
)
def test_mail_to_the_rep_is_paused_and_the_managers_hear_of_it_once(
    team: Team, event: dict[str, Any], code: str
) -> None:
    for _ in range(3):
        assert team.hears(event) == "paused"
        team.world.clock.turn(minutes=5)
    ((subject, text),) = team.ears.notices
    assert "anna" in subject
    assert "leadwheel mail anna --resume" in text
    assert "@" not in subject + text
    at = "2026-03-02T09:00:00.000Z"
    assert team.ears.heard("MailPaused") == [
        {"id": f"mail:anna:{at}", "rep": "anna", "code": code, "at": at}
    ]
    listed = {"who": "anna", "rep_id": "anna", "code": code, "since": at}
    assert ask("GET", "/v1/mail/paused") == (200, {"paused": [listed]})


def test_no_address_is_kept(team: Team, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither in the table nor in a log; the hash cannot be tested without the table's pepper."""
    for event in (
        ses_bounce(ANNA),
        ses_bounce(ANNA, kind="Transient"),
        ses_complaint("lena@example.com"),
        ses_bounce("stranger@example.org"),
    ):
        team.hears(event)
    (item,) = team.kept()
    out = capsys.readouterr()
    told = json.dumps(item) + out.out + out.err
    for personal in ("@", "example", "stranger"):
        assert personal not in told


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (ses_bounce(ANNA, kind="Transient"), "passing"),
        (ses_bounce(ANNA, kind="Undetermined"), "passing"),
        (ses_complaint(ANNA, feedback="not-spam"), "passing"),
        (ses_bounce("stranger@example.org"), "unknown"),
        (ses_bounce(), "unreadable"),
        ({}, "unreadable"),
        ({"detail": {"eventType": "Bounce", "bounce": [1]}}, "unreadable"),
        ({"detail": "Bounce" * 100_000}, "unreadable"),
    ],
)
def test_what_says_nothing_lasting_of_anybody_changes_nothing(
    team: Team, event: dict[str, Any], outcome: str
) -> None:
    assert team.hears(event) == outcome
    assert (team.kept(), team.ears.notices, team.ears.events) == ([], [], [])


def test_before_there_is_a_configuration_nobody_has_an_address(world: Any) -> None:
    assert bounces.handler(ses_bounce(ANNA), context()) == {"outcome": "unknown"}


def test_managers_hear_of_a_managers_mail_and_it_is_not_paused(team: Team) -> None:
    assert [team.hears(ses_bounce("lena@example.com")) for _ in "12"] == ["paused"] * 2
    ((subject, text),) = team.ears.notices
    assert "manager#lena" in subject
    assert "links to sign in" in text
    assert team.ears.heard("MailPaused") == []
    (listed,) = ask("GET", "/v1/mail/paused")[1]["paused"]
    assert (listed["who"], listed["rep_id"]) == ("manager#lena", None)


def test_several_reps_may_have_one_address(world: Any, around: Any, ears: Ears) -> None:
    shared = {"email": "sales@example.com"}
    apply_config(config({"anna": 1, "bo": 1}, limits={"anna": shared, "bo": shared}), around)
    assert bounces.handler(ses_bounce("sales@example.com"), context()) == {"outcome": "paused"}
    assert {one["rep"] for one in ears.heard("MailPaused")} == {"anna", "bo"}


# ── Twice, at once, and broken off ───────────────────────────────────────────────────────────────


def test_two_at_once_lose_nothing(world: Any, around: Any, ears: Ears) -> None:
    """Each writes what it has read and one more: only as nobody has written since."""
    people = [f"r{number}" for number in range(6)]
    apply_config(config(dict.fromkeys(people, 1)), around)
    events = [ses_bounce(f"{rep}@example.com") for rep in people]
    with ThreadPoolExecutor(len(people)) as pool:
        outcomes = list(pool.map(lambda event: outcome_of(event, around), events * 2))
    assert set(outcomes) <= {"paused", "again"}
    for event in events:
        assert flow.note_bounce(event, around) == "paused"
    assert bounce_store.refusals().keys() == set(people)
    assert len(ears.subjects) == len(people)


def outcome_of(event: dict[str, Any], around: Any) -> str:
    """`again`: Lambda brings the event again, after a minute."""
    try:
        return flow.note_bounce(event, around)
    except (ConflictError, StoreBusyError):
        return "again"


def test_what_has_changed_since_it_was_read_is_not_written_over(team: Team) -> None:
    def meanwhile(known: Any) -> Any:
        team.hears(ses_bounce("lena@example.com"))
        return {**known, "anna": next(iter(bounce_store.refusals().values()))}

    with pytest.raises(ConflictError):
        bounce_store.change(meanwhile)
    assert bounce_store.refusals().keys() == {"manager#lena"}


@pytest.mark.parametrize("sender", ["tell_managers", "put_events"])
def test_who_dies_before_it_is_told_is_followed_by_who_tells_it(
    team: Team, monkeypatch: pytest.MonkeyPatch, sender: str
) -> None:
    class DiedError(Exception):
        pass

    def die(*_: Any) -> None:
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(senders, sender, die)
        with pytest.raises(DiedError):
            team.hears(ses_bounce(ANNA))
    assert team.hears(ses_bounce(ANNA)) == "paused"
    assert (len(team.ears.notices), len(team.ears.heard("MailPaused"))) == (1, 1)


# ── While it is paused ───────────────────────────────────────────────────────────────────────────


def test_mail_goes_out_as_long_as_it_is_not_paused(team: Team) -> None:
    team.opens(**WHEN_MAIL_FAILS)
    team.lead()
    assert (team.mailed(), team.due()) == ([ANNA], [])


def test_while_it_is_paused_leads_are_told_as_the_rep_wants_when_mail_fails(team: Team) -> None:
    team.opens(**WHEN_MAIL_FAILS)
    team.hears(ses_bounce(ANNA))
    forget()
    team.lead()
    assert (team.mailed(), team.due()) == ([], ["own:anna"])


def test_what_the_mail_that_came_back_was_about_is_told_so_too(team: Team) -> None:
    """Once, and only if it is still so by then; of a lead that has been deleted nothing."""
    team.opens(**WHEN_MAIL_FAILS)
    team.lead()
    (lead,) = Books(team.world.items()).leads
    tags = {"lead": [lead.lead_id], "n": [str(lead.rev)]}
    for _ in "12":
        assert team.hears(ses_bounce(ANNA, tags=tags)) == "paused"
    assert set(team.due()) == {"own:anna"}
    (delivery,) = [one for one in team.world.items() if one["kind"]["S"] == "delivery"]
    assert delivery["lead_id"] == {"S": lead.lead_id}
    unknown = {"lead": ["0" * 26], "n": ["2"]}
    assert team.hears(ses_bounce(ANNA, tags=unknown)) == "paused"


def test_the_rep_does_not_wait_for_the_managers_topic(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any) -> None:
        raise ConnectionError

    team.opens(**WHEN_MAIL_FAILS)
    team.lead()
    (lead,) = Books(team.world.items()).leads
    monkeypatch.setattr(senders, "tell_managers", die)
    with pytest.raises(ConnectionError):
        team.hears(ses_bounce(ANNA, tags={"lead": [lead.lead_id], "n": [str(lead.rev)]}))
    assert team.due() == ["own:anna"]


def test_that_it_was_told_is_known_as_long_as_it_is_no_news(team: Team) -> None:
    team.hears(ses_bounce(ANNA))
    (told,) = [one for one in team.world.items() if one["pk"]["S"] == "mail#anna"]
    kept = int(told["expires_at"]["N"]) - team.world.clock().timestamp()
    assert kept > (TOLD_FOR + timedelta(days=15)).total_seconds()


def test_a_mail_that_ses_refuses_at_once_is_told_so_too(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise senders.RefusedError("MessageRejected")

    team.opens(**WHEN_MAIL_FAILS)
    monkeypatch.setattr(senders, "send_mail", refuse)
    team.lead()
    assert team.due() == ["own:anna"]
    assert team.ears.subjects == ["leadwheel: the mail to anna was refused"]


def test_it_is_noticed_within_half_a_minute_and_read_once_in_it(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each process reads one small item in half a minute, however many mails it sends."""
    seconds, reads = [0.0], []
    found = bounce_store._found
    monkeypatch.setattr(bounce_store, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
    monkeypatch.setattr(
        bounce_store, "_found", lambda **how: reads.append(how["consistent"]) or found(**how)
    )
    team.lead()
    team.lead()
    assert reads == [False]
    unknowing = dict(bounce_store._read)
    team.hears(ses_bounce(ANNA))
    bounce_store._read.update(unknowing)  # as in a process that has not heard of it
    team.lead()
    assert team.mailed() == [ANNA] * 3
    seconds[0] = 30.0
    team.lead()
    assert team.mailed() == [ANNA] * 3
    assert reads == [False, True, False]


def test_what_is_known_will_do_while_the_table_does_not_answer(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.hears(ses_bounce(ANNA))
    read_at, known = bounce_store._read[team.world.table]
    bounce_store._read[team.world.table] = (read_at - 31, known)

    def busy(**_: Any) -> None:
        raise StoreBusyError

    monkeypatch.setattr(bounce_store, "_found", busy)
    assert bounce_store.refusals(30) is known
    with pytest.raises(StoreBusyError):
        bounce_store.refusals()


def test_another_address_is_tried_by_itself(team: Team) -> None:
    """Also for a lead that was given before: mail goes where the rep is reached now."""
    team.hears(ses_bounce(ANNA))
    forget()
    team.lead()
    assert team.mailed() == []
    team.opens(email="anna@example.org")
    assert ask("GET", "/v1/mail/paused")[1] == {"paused": []}
    team.world.clock.turn(minutes=6)
    team.world.sweep()
    team.tell()
    assert team.mailed() == ["anna@example.org"]


def test_links_to_sign_in_are_mailed_all_the_same(team: Team) -> None:
    """Whoever asks for one sits there and waits for it."""
    team.hears(ses_bounce(ANNA))
    forget()
    form = {"content-type": "application/x-www-form-urlencoded"}
    body = b"email=anna%40example.com"
    desk.handler(api_request("POST", "/sign-in", body=body, headers=form), context())
    team.tell()
    assert team.mailed() == [ANNA]


def test_somebody_lets_it_be_tried_again(team: Team) -> None:
    team.hears(ses_bounce(ANNA))
    path = "/v1/reps/anna/mail/resume"
    team.world.clock.turn(hours=1)
    for _ in "12":
        assert ask("POST", path) == (200, {"rep_id": "anna", "paused": False})
    assert ask("GET", "/v1/mail/paused")[1] == {"paused": []}
    assert ask("POST", "/v1/reps/nobody/mail/resume")[0] == 404
    team.hears(ses_bounce(ANNA))  # late, of a mail from before
    forget()
    team.lead()
    assert team.mailed() == [ANNA]
    team.hears(ses_bounce(ANNA, sent_at="2026-03-02T10:00:01.000Z"))
    forget()
    team.lead()
    assert team.mailed() == [ANNA]
    assert len(team.ears.notices) == 2


# ── Which mails a rep wants ──────────────────────────────────────────────────────────────────────


def test_a_rep_is_mailed_of_what_they_want_to_be(team: Team) -> None:
    team.opens(
        mail_on=["reminded"],
        alerts=[{"channel": "own", "on": ["assigned"]}],
    )
    team.lead()
    assert (team.mailed(), team.due()) == ([], ["own:anna"])
    team.world.clock.turn(minutes=6)
    team.world.sweep()
    team.tell()
    assert team.mailed() == [ANNA]


# ── What SES is told ─────────────────────────────────────────────────────────────────────────────


def test_each_mail_is_sent_with_the_set_whose_events_come_here(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says which change it is about; a stack without a set sends as ever."""
    sent: list[dict[str, Any]] = []
    ses = client("sesv2", team.world.cloud)
    fake = SimpleNamespace(exceptions=ses.exceptions, send_email=lambda **said: sent.append(said))
    others = senders._client
    monkeypatch.setattr(senders, "_client", lambda name: fake if name == "sesv2" else others(name))
    monkeypatch.delenv("CONFIGURATION_SET")
    team.lead()
    monkeypatch.setenv("CONFIGURATION_SET", "SentMails")
    team.lead()
    without, with_it = sent
    assert not {"ConfigurationSetName", "EmailTags"} & without.keys()
    assert with_it["ConfigurationSetName"] == "SentMails"
    lead, number = with_it["EmailTags"]
    assert (lead["Name"], number) == ("lead", {"Name": "n", "Value": "2"})
    assert re.fullmatch("[0-9a-z]{26}", lead["Value"])
