"""What an owner is mailed: by the configuration of now, whatever was so when they got the lead."""

import time
from typing import Any

import pytest

import functions.desk.handler as desk
from shared.flows.apply_config import apply_config
from shared.store import config as config_store
from tests.aws_events import api_request, context
from tests.ears import records_for_people
from tests.team import config

ADA = b'{"name": "Ada Byron", "email": "ada@example.com", "message": "A demo, please"}'
STAGES = {"remind_after": ["5m"], "reclaim_after": "2d"}


class Now:
    """A pool of one rep, whose configuration changes between one mail and the next."""

    def __init__(self, world: Any, around: Any) -> None:
        self.world, self.around, self.told = world, around, 0

    def applies(self, rep: str = "anna", anna: dict[str, Any] | None = None, **pool: Any) -> None:
        limits = {rep: anna or {}}
        apply_config(config({rep: 1}, limits=limits, deadlines=STAGES, **pool), self.around)
        config_store._read.clear()

    def mails(self) -> list[dict[str, Any]]:
        """Those of what has happened since the last look."""
        before = len(self.world.mails())
        records = records_for_people(self.world)
        told, self.told = records[self.told :], len(records)
        assert self.world.alert(told) == {"batchItemFailures": []}
        found: list[dict[str, Any]] = self.world.mails()[before:]
        return found

    def comes(self) -> str:
        answer = self.world.post(ADA, "1")
        assert answer["statusCode"] == 201
        self.world.route()
        return str(answer["body"]).split('"lead_id": "')[1][:26]

    def later(self, **ahead: float) -> None:
        self.world.clock.turn(**ahead)
        self.world.sweep()

    def anna(self, lead_id: str, action: str, body: bytes = b"{}") -> None:
        headers = {"authorization": f"Bearer {'k' * 48}"}
        path = f"/v1/leads/{lead_id}/{action}"
        answer = desk.handler(api_request("POST", path, body=body, headers=headers), context())
        assert answer["statusCode"] == 200, answer["body"]


@pytest.fixture
def now(world: Any, around: Any) -> Now:
    return Now(world, around)


MOVED = {"email": "anna@new.example", "language": "sv"}


def test_a_mail_goes_to_the_address_of_now_in_the_language_of_now(now: Now) -> None:
    now.applies()
    lead_id = now.comes()
    now.applies(anna=MOVED, mask_until_accepted=True)
    (new,) = now.mails()
    assert new["To"] == ["anna@new.example"]
    assert new["Subject"] == "Nytt lead: A. B."
    assert "Byron" not in new["BodyText"] + new["BodyHtml"]

    now.applies(anna={"language": "zh"})
    now.later(minutes=5)
    (reminder,) = now.mails()
    assert reminder["To"] == ["anna@example.com"]
    assert "Ada Byron" in reminder["Subject"]
    assert "在此接受" in reminder["BodyText"]

    now.anna(lead_id, "accept")
    now.anna(lead_id, "snooze", b'{"until": "2026-03-02T12:00:00Z"}')
    now.applies(anna=MOVED)
    now.later(hours=4)
    (snoozed,) = now.mails()
    assert snoozed["To"] == ["anna@new.example"]


def test_who_has_left_gets_none(now: Now) -> None:
    now.applies()
    lead_id = now.comes()
    now.applies("bo")
    assert now.mails() == []
    now.later(minutes=5)
    assert now.mails() == []
    now.applies()
    now.anna(lead_id, "accept")
    now.anna(lead_id, "snooze", b'{"until": "2026-03-02T12:00:00Z"}')
    now.applies("bo")
    now.later(hours=4)
    assert now.mails() == []


def test_a_configuration_of_a_moment_ago_keeps_nobody_from_their_mail(now: Now) -> None:
    """The process that mails may not know yet of the version by which the lead was given."""
    now.applies()
    stale = config_store.active()
    now.applies("bo")
    now.comes()
    config_store._read[now.world.table] = (time.monotonic(), stale)
    (mail,) = now.mails()
    assert mail["To"] == ["bo@example.com"]


def test_who_is_switched_off_is_mailed_nothing_any_more(now: Now) -> None:
    now.applies()
    now.comes()
    assert len(now.mails()) == 1
    now.applies(anna={"active": False})
    now.later(minutes=5)
    assert now.mails() == []
