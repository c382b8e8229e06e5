"""What came of a lead that was sent, told on the terminal."""

import time
from collections.abc import Mapping
from typing import Any

from infra.api import Api, ApiError, what_is_wrong
from infra.cli.moments import local
from infra.terminal import BOLD, DIM, say
from infra.web import Answer
from shared.errors import UnreadableBodyError
from shared.sources.xml_body import xml_pairs

FOLLOWED_FOR = 5.0  # seconds
SETTLED = {"assigned", "parked", "quarantined", "duplicate", "rejected"}


def report(answer: Answer, door: str, if_unknown: str = "") -> dict[str, Any]:
    """Say what came back from a door; its members. ApiError: it refused.

    `if_unknown` is what to do when it does not know who we are.
    """
    body = members(answer)
    if answer.status >= 300 or not body:
        problems = body.get("errors") or []
        told = "; ".join(f"{problem['field']}: {problem['message']}" for problem in problems)
        advice = f"; {if_unknown}" if if_unknown and answer.status == 401 else ""
        raise ApiError(f"{door} answered {answer.status}: {told or what_is_wrong(answer)}{advice}")
    say((f"{answer.status} ", BOLD), what_came(body))
    return body


def lead_ids(body: Mapping[str, Any]) -> list[str]:
    """The leads that an answer names: of a hook several, of others one, of a ping none."""
    named = body.get("lead_ids", [body["lead_id"]] if body.get("lead_id") else [])
    return [str(lead_id) for lead_id in named]


def what_came(body: dict[str, Any]) -> str:
    """An answer in one line: what a partner hears, and the leads."""
    return "; ".join([*_bought(body), *_leads(body)])


def members(answer: Answer) -> dict[str, Any]:
    """The members of an answer in JSON or XML; empty when it is neither."""
    if "xml" in answer.headers.get("content-type", ""):
        try:
            return dict(xml_pairs(answer.body))
        except UnreadableBodyError:
            return {}
    body = answer.json()
    return body if isinstance(body, dict) else {}


def _bought(body: dict[str, Any]) -> list[str]:
    """What a partner hears of a lead or ping: outcome and price."""
    if "outcome" not in body:
        return []
    said = [f"{body['outcome']}, {body['code']}: {body['reason']}"]
    if body["outcome"] == "success":
        said.append(f"price {body['price']} {body['currency']}")
    if body.get("expires_at"):
        said.append(f"until {local(body['expires_at'])}")
    return said


def _leads(body: dict[str, Any]) -> list[str]:
    ids = lead_ids(body)
    if not ids:
        return [] if "outcome" in body else ["no lead in it"]
    return [f"lead{'s' if len(ids) > 1 else ''} {', '.join(ids)}"]


def follow(api: Api, lead_id: str, ask_why: str) -> None:
    """Show the lead's history until somebody has it, or a few seconds are over."""
    told, until = 0, time.monotonic() + FOLLOWED_FOR
    while time.monotonic() < until:
        lead = api.lead(lead_id)
        for record in lead["history"][told:]:
            say((local(record["at"]), DIM), f"  {record['sentence']}")
        told = len(lead["history"])
        if lead["status"] in SETTLED:
            say((ask_why, DIM))
            return
        time.sleep(0.1)
    say((f"it has no owner yet; look again with: {ask_why}", DIM))
