"""A webhook hears of a lead, on the whole stack: configured, given its secret, and sent to."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from standardwebhooks import Webhook

from tests.receiver import Receiver, receiving
from tests.table import ROOT

pytestmark = pytest.mark.loop


@pytest.fixture
def crm(stack: Any, tmp_path: Any) -> Iterator[tuple[Receiver, str]]:
    """A receiver that every pool of the demo tells, and what its requests are signed with."""
    with receiving() as receiver:
        configuration = yaml.safe_load((ROOT / "infra" / "demo.yaml").read_text())
        configuration["channels"] = {"crm": {"kind": "webhook", "url": f"{receiver.url}/crm"}}
        for pool in configuration["pools"].values():
            pool["notify"] = [{"channel": "crm", "on": ["assigned"]}]
        file = tmp_path / "with-crm.yaml"
        file.write_text(yaml.safe_dump(configuration))
        stack.leadwheel("apply", str(file))
        secret = stack.leadwheel("secret", "channel#crm", "--generate")
        yield receiver, secret.split()[0]
        stack.leadwheel("apply", str(ROOT / "infra" / "demo.yaml"))


def test_a_webhook_hears_of_an_assignment(stack: Any, crm: tuple[Receiver, str]) -> None:
    """Within seconds; where the new channel was not known at once, of the next lead."""
    receiver, secret = crm
    form = stack.described["demo"]["form_id"]
    until = time.monotonic() + 45
    number = 0
    while not receiver.got:
        assert time.monotonic() < until
        number += 1
        body = json.dumps({"name": "Ada", "email": f"crm{number}@example.com"}).encode()
        status, _, answer = stack.request(
            "POST", f"/v1/forms/{form}/leads", body, Content_Type="application/json"
        )
        assert status == 201, answer
        stack.lead_when(answer["lead_id"], lambda lead: lead["status"] == "assigned")
        time.sleep(2)
    request = receiver.got[0]
    said = Webhook(secret).verify(request.body, request.headers)
    assert said["type"] == "LeadAssigned"
    assert said["data"]["lead"]["status"] == "assigned"
    assert b"example.com" not in request.body
