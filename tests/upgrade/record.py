"""Records what a release leaves in its table: a day with everything in it, all names invented.

Run it with the release's own code, before the next one changes anything:

    RECORD_TO=tests/upgrade/items/<day>.json python -m pytest -n 0 tests/upgrade/record.py

Only handlers and a few flows are called, so that it works with the code of any release.
"""

import json
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import functions.bounces.handler as bounces
import functions.capture.handler as capture
import functions.deliver.handler as deliver
import functions.desk.handler as desk
from shared.domain.deliveries import Delivery
from shared.flows.apply_config import apply_config
from shared.flows.pause_rep import pause_rep
from shared.store import baton, denials
from shared.store import config as config_store
from shared.store import deliveries as delivery_store
from tests.aws_events import api_request, context, ses_bounce
from tests.pressing import filled_in
from tests.team import config
from tests.upgrade.snapshot import to_json

TO = os.environ.get("RECORD_TO")
ADMIN = {"authorization": f"Bearer {'k' * 48}", "content-type": "application/json"}
SELLER = {"x-api-key": "k", "content-type": "application/json"}
HAL = {"name": "Hal", "email": "hal@example.org"}
FORM = {"content-type": "application/x-www-form-urlencoded"}

TEAM = config(
    {"anna": 2, "bo": 1},
    more={
        "reps": {
            "anna": {
                "name": "Anna",
                "email": "anna@example.com",
                "digest": "12:00",
                "time_zone": "Europe/Oslo",
            },
            "bo": {"name": "Bo", "email": "bo@example.com", "daily_limit": 30},
            "cy": {"name": "Cy", "email": "cy@example.com"},
        },
        "pools": {
            "sales": {
                "members": {"anna": 2, "bo": 1},
                "deadlines": {"remind_after": ["10m"], "reclaim_after": "20m"},
                "existing_owner": {"by": ["email", "phone"], "within": "30d"},
                "refund": ["returned"],
                "performance": {"at_least": 1},
                "strategy": "performance",
            },
            "night": {"members": {"cy": 1}},
        },
        "rules": [
            {"name": "late ones", "when": {"product": ["lamp"]}, "pool": "night"},
            {"name": "everything else", "pool": "sales"},
        ],
        "forms": {
            "website": {
                "duplicates": {"within": "30d", "keys": ["email", "phone"]},
                "honeypot": "fax",
                "consent": {"text": "You may call me.", "version": "7"},
            }
        },
        "partners": {
            "acme": {
                "mode": "live",
                "currency": "EUR",
                "price": "12.50",
                "returns": {"policy": "approve"},
                "pings": True,
                "caps": [{"name": "daily", "per": "day", "leads": 3, "money": 90}],
            }
        },
        "hooks": {
            "crm": {
                "format": "generic",
                "trust": "public",
                "screening": [{"name": "odd", "when": {"name": ["Gus"]}, "then": "quarantine"}],
                "mapping": {
                    "leads": "/people",
                    "fields": {"name": "/name", "email": "/email"},
                },
            }
        },
    },
)


class Day:
    """One day at work."""

    def __init__(self, world: Any, around: Any) -> None:
        self.world, self.around = world, around

    def ask(self, method: str, path: str, body: Any = None, *, by: Any = None) -> Any:
        raw = json.dumps(body or {}).encode()
        headers = by or ADMIN
        answer = desk.handler(api_request(method, path, body=raw, headers=headers), context())
        assert answer["statusCode"] < 300, (path, answer["body"])
        return json.loads(answer["body"] or "null")

    def fills_in(self, name: str, **more: str) -> str:
        said = {"name": name.capitalize(), "email": f"{name}@example.org", **more}
        answer = self.world.post(json.dumps(said).encode(), "-".join(said.values()))
        return str(json.loads(answer["body"])["lead_id"])

    def sells(self, name: str) -> str:
        said = {"country": "SE", "product": "stove"}
        ping = self.knocks("/v1/partners/acme/pings", said)
        person = {"name": name.capitalize(), "email": f"{name}@example.net"}
        sold = self.knocks(
            "/v1/partners/acme/leads", {**said, **person, "ping_id": ping["ping_id"]}
        )
        return str(sold["lead_id"])

    def knocks(self, path: str, said: Any) -> Any:
        event = api_request("POST", path, body=json.dumps(said).encode(), headers=SELLER)
        return json.loads(capture.handler(event, context())["body"])

    def passes(self, **time: float) -> None:
        """Time passes; all functions do what there is to do."""
        self.world.clock.turn(**time)
        self.world.route()
        self.world.alert()
        self.world.sweep()
        self.world.route()
        self.world.alert()

    def asks_for_link(self, address: str) -> None:
        page = desk.handler(api_request("GET", "/sign-in", headers=FORM), context())
        body = filled_in(page["body"], email=address)
        desk.handler(api_request("POST", "/sign-in", body=body, headers=FORM), context())
        self.world.alert()

    def signs_in(self) -> None:
        """By the link that was mailed last."""
        texts = "".join(mail["BodyText"] for mail in self.world.mails())
        self.world.press_button(re.findall(r"https://leads\.example\.com/s/\S+", texts)[-1])


@pytest.mark.skipif(TO is None, reason="only when a release is recorded")
def test_record(world: Any, around: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _live(Day(world, around), monkeypatch)
    Path(str(TO)).write_text(to_json(world.clock(), world.items()), "utf-8")


def _live(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    world, around = day.world, day.around
    with monkeypatch.context() as small:
        small.setattr(config_store, "MAX_PART_BYTES", 400)
        apply_config(TEAM, around)
    world.give_secrets({"partner#acme": {"key": "k"}})

    accepted = day.fills_in("ada", phone="+46701740605", consent="yes")
    won, lost = day.fills_in("bea"), day.fills_in("cleo")
    day.fills_in("dora", fax="me")  # a robot, for all we know
    day.fills_in("lena", product="lamp")  # for the night
    refused, waiting = day.sells("eva"), day.sells("finn")
    day.knocks("/v1/partners/acme/pings", {"country": "SE", "product": "stove"})
    day.knocks("/v1/hooks/crm", {"people": [{"name": "Gus", "email": "gus@example.org"}, HAL]})
    pause_rep("cy", around, paused=True, until=around.now() + timedelta(days=2))
    day.passes(minutes=1)

    day.ask("POST", f"/v1/leads/{accepted}/accept")
    day.ask("POST", f"/v1/leads/{accepted}/note", {"reason": "called twice"})
    for lead_id, end in ((won, "convert"), (lost, "lose")):
        day.ask("POST", f"/v1/leads/{lead_id}/accept")
        day.ask("POST", f"/v1/leads/{lead_id}/{end}", {"reason": "as it was"})
    for lead_id in (refused, waiting):
        told = {"reason": "wrong_number", "note": "nobody there"}
        day.ask("POST", f"/v1/partners/acme/leads/{lead_id}/returns", told, by=SELLER)
    day.ask("POST", f"/v1/leads/{refused}/refuse-return", {"reason": "there was somebody"})
    day.fills_in("ada", phone="+46701740605", message="again")
    day.passes(minutes=1)

    again = day.fills_in("ines")
    day.passes(minutes=1)
    day.passes(minutes=11)  # reminded
    day.passes(minutes=11)  # reclaimed
    mona = TEAM.manager.model_copy(update={"name": "Mona Dahl"})
    apply_config(TEAM.model_copy(update={"manager": mona}), around)

    first = Delivery(again, 1, "chat", due_at=around.now())
    delivery_store.announce(first)
    delivery_store.announce(Delivery(again, 2, "chat", "anna", due_at=around.now()))
    claimed = delivery_store.claim(first, around.now() + timedelta(minutes=1))
    delivery_store.bury(claimed, "http_503", around.now())

    day.asks_for_link("anna@example.com")
    day.signs_in()
    day.asks_for_link("nobody@example.com")
    denials.note(around.new_id(), "rep#bo", "lead.read", "not_found", around.now(), lead_id=again)
    bounces.handler(ses_bounce("bo@example.com"), context())
    day.passes(hours=3)
    due = {"detail-type": "DigestDue", "detail": {"id": "x", "rep": "anna", "day": "2026-03-02"}}
    deliver.handler(due, context())
    baton.take("sales", around.new_id(), around.now())
    day.fills_in("kim")
    day.passes(minutes=1)
    day.fills_in("jon")  # nobody has routed this one
