"""Every kind of channel, against who receives: who fails, who hangs, who recovers and who never."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from typer.testing import CliRunner

from infra.api import Api
from infra.cli import redrive
from infra.cli.main import app
from shared.domain.deliveries import MOST_ATTEMPTS
from shared.messages import outbound, senders
from tests.unit.functions.test_deliver import Office, ask, office, receiver, run

__all__ = ["office", "receiver"]

PHONE = "+46701740605"
CHANNELS = ["chat", "teams", "crm", "phone", "feed"]  # slack, teams, webhook, sms, topic
BY_SNS = {"phone", "feed"}
SLOW = {"remind_after": [], "reclaim_after": "90d"}
SECONDS = 1.0  # so long somebody who hangs is waited for


def taken_by_sns(request: BaseHTTPRequestHandler) -> None:
    """What SNS answers to a message that it takes."""
    result = b"<PublishResult><MessageId>1</MessageId></PublishResult>"
    body = b"<PublishResponse>" + result + b"</PublishResponse>"
    request.send_response(200)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


@pytest.fixture
def told_by(office: Office, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Office]:
    """The office of a pool that one channel tells of new leads. The receiver is SNS, too.

    Managers are told by an SNS that works.
    """
    monkeypatch.setattr(outbound, "SECONDS", SECONDS)
    real = senders._client

    def be_sns() -> None:
        quick = Config(read_timeout=SECONDS, retries={"total_max_attempts": 1})
        sns = boto3.client("sns", endpoint_url=office.receiver.url, config=quick)

        def publish(**message: Any) -> Any:
            return (real("sns") if "Subject" in message else sns).publish(**message)

        def client(service: str) -> Any:
            return SimpleNamespace(publish=publish) if service == "sns" else real(service)

        monkeypatch.setattr(senders, "_client", client)
        office.receiver.then = taken_by_sns

    def opened(channel: str) -> Office:
        if channel in BY_SNS:
            be_sns()
        if channel == "phone":
            alerts = [{"channel": channel, "on": ["assigned"]}]
            office.opens({}, anna={"phone": PHONE, "alerts": alerts}, deadlines=SLOW)
        else:
            office.opens({channel: ["assigned"]}, deadlines=SLOW)
        return office

    return opened


@pytest.mark.parametrize("channel", CHANNELS)
def test_whoever_fails_and_hangs_and_recovers_hears_it_then(
    told_by: Callable[[str], Office], channel: str
) -> None:
    office = told_by(channel)
    office.receiver.answers = [500, office.receiver.hang]
    office.lead()
    codes = []
    assert office.deliver() == ["later"]
    codes += [item["code"]["S"] for item in office.items()]
    assert office.later(minutes=1) == ["later"]
    codes += [item["code"]["S"] for item in office.items()]
    by_sns = ["sns_500", "network_ReadTimeoutError"]
    assert codes == (by_sns if channel in BY_SNS else ["http_500", "timeout"])
    assert office.later(minutes=4) == ["sent"]
    assert office.later(days=1) == []
    assert len(office.receiver.got) == 3
    assert len({request.path for request in office.receiver.got}) == 1


@pytest.mark.parametrize("channel", CHANNELS)
def test_whoever_never_recovers_is_given_up_until_somebody_says_so(
    told_by: Callable[[str], Office], channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = told_by(channel)
    office.receiver.then, works = 503, office.receiver.then
    lead_id = office.lead()
    (event,), outcomes = office.due(), []
    while "dead" not in outcomes:
        outcomes.append(run(event))
        office.world.clock.turn(hours=7)
    assert outcomes == ["later"] * (MOST_ATTEMPTS - 1) + ["dead"]
    assert len(office.receiver.got) == MOST_ATTEMPTS
    assert office.later(days=3) == []

    (dead,) = office.ears.heard("DeliveryDead")
    assert (dead["lead_id"], dead["channel"], dead["attempts"]) == (lead_id, channel, MOST_ATTEMPTS)
    assert dead["code"].endswith("503")
    (subject,) = [one for one in office.ears.subjects if "cannot be reached" in one]
    assert channel in subject

    listed = leadwheel(monkeypatch, "redrive", "--channel", channel)
    assert event["id"] in listed
    assert dead["code"] in listed
    office.receiver.then = works
    assert "1 goes out again" in leadwheel(monkeypatch, "redrive", event["id"])
    assert office.later(minutes=1) == ["sent"]
    assert "Nothing has been given up" in leadwheel(monkeypatch, "redrive")


class Desk(Api):
    """The API, in this process."""

    def _get(self, path: str) -> Any:
        return ask("GET", f"/v1/{path.rstrip('?')}")[1]

    def _post(self, path: str, body: Any) -> Any:
        return ask("POST", f"/v1/{path}", body)[1]


def leadwheel(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    stack = SimpleNamespace(api=Desk("", str))
    monkeypatch.setattr(redrive, "find_stack", lambda _: stack)
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.output


def test_who_is_named_in_several_places_hears_once(office: Office) -> None:
    alerts = [{"channel": "crm", "on": ["assigned"]}, {"channel": "chat", "on": ["assigned"]}]
    office.opens({"crm": ["assigned"], "chat": ["assigned"]}, anna={"alerts": alerts})
    office.lead()
    assert office.deliver() == ["sent", "sent"]
    assert sorted(request.path for request in office.receiver.got) == ["/chat", "/crm"]
