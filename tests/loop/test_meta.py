"""A lead of Meta's, on the whole stack: announced, fetched, and with a rep."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
import yaml

from tests.graph import Platform, serving, webhook
from tests.table import ROOT

pytestmark = pytest.mark.loop

SECRET, TOKEN = "the app's secret", "EAAB-the-page's-token"


@pytest.fixture
def platform(stack: Any, tmp_path: Any) -> Iterator[Platform]:
    """The demo's configuration, and a hook that asks a stand-in for what is announced."""
    with serving() as platform:
        configuration = yaml.safe_load((ROOT / "infra" / "demo.yaml").read_text())
        hook = {"format": "meta", "api_url": f"{platform.url}/v23.0"}
        configuration["hooks"] = {**configuration.get("hooks", {}), "leads": hook}
        file = tmp_path / "with-meta.yaml"
        file.write_text(yaml.safe_dump(configuration))
        stack.leadwheel("apply", str(file))
        _put_secrets(stack, {"secret": [SECRET], "access_token": [TOKEN]})
        yield platform


def _put_secrets(stack: Any, secrets: dict[str, list[str]]) -> None:
    client = boto3.client("secretsmanager", endpoint_url=stack.described["endpoint_url"])
    arn = stack.described["secrets_arn"]
    known = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    client.put_secret_value(SecretId=arn, SecretString=json.dumps({**known, "hook#leads": secrets}))


def test_what_meta_announces_has_a_rep_within_seconds(stack: Any, platform: Platform) -> None:
    body, headers = webhook("1184200917533046", "1184200917533047", secret=SECRET, at=_now())
    received = _delivered(stack, body, headers)
    for lead_id in received["lead_ids"]:
        lead = stack.lead_when(lead_id, lambda lead: lead["status"] == "assigned")
        steps = [record["step"] for record in lead["history"]]
        assert steps == ["announced", "released", "assigned"]
        assert lead["fields"]["name"] == "Liesbeth van der Meer"
    assert platform.tokens == [TOKEN, TOKEN]
    assert _delivered(stack, body, headers) == received


def _delivered(stack: Any, body: bytes, headers: dict[str, str]) -> Any:
    """What the hook answers as soon as whoever is asked knows of it, and of its secret.

    A new hook is known everywhere within five seconds, a new secret within ten.
    """
    until = time.monotonic() + 20
    while True:
        status, _, received = stack.request("POST", "/v1/hooks/leads", body, **headers)
        if status == 200:
            return received
        assert status in (401, 404), received
        assert time.monotonic() < until, received
        time.sleep(0.2)


def _now() -> datetime:
    return datetime.now(UTC)
