"""The mails that the emulated SES has taken, none of which ever leaves this machine."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from infra.web import fetch
from shared.domain.moments import to_text

AT_ONCE = 50  # leads named in one request


def mailbox_url(endpoint_url: str) -> str:
    """Where the emulator shows them."""
    return f"{endpoint_url}/_ministack/ses/messages"


def mails(endpoint_url: str) -> list[dict[str, str]]:
    """All mails, oldest first: `to`, `subject`, `time` (RFC 3339), `html`, `text`."""
    answer = fetch(mailbox_url(endpoint_url)).json() or {}
    return [
        _mail(message) for account in answer.get("messages", {}).values() for message in account
    ]


def empty_mails(endpoint_url: str, lead_ids: Sequence[str], until: datetime) -> int:
    """Empty the mails sent until then that name one of these leads; answers how many.

    For a local stack, where the mailbox is ours to clear; real mailboxes are their owners'.
    """
    emptied = 0
    for start in range(0, len(lead_ids), AT_ONCE):
        some = [("lead", lead_id) for lead_id in lead_ids[start : start + AT_ONCE]]
        query = urlencode([("until", str(until.timestamp())), *some])
        answer = fetch(f"{mailbox_url(endpoint_url)}?{query}", body=b"").json() or {}
        emptied += int(answer.get("emptied", 0))
    return emptied


def _mail(message: dict[str, Any]) -> dict[str, str]:
    return {
        "to": ", ".join(message["To"]),
        "subject": message["Subject"] or "",
        "time": to_text(datetime.fromtimestamp(message["Timestamp"], UTC)),
        "html": message["BodyHtml"] or "",
        "text": message["BodyText"] or "",
    }
