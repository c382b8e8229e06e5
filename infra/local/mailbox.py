"""The mails that the emulated SES has taken, none of which ever leaves this machine."""

from datetime import UTC, datetime
from typing import Any

from infra.web import fetch
from shared.domain.moments import to_text


def mailbox_url(endpoint_url: str) -> str:
    """Where the emulator shows them."""
    return f"{endpoint_url}/_ministack/ses/messages"


def mails(endpoint_url: str) -> list[dict[str, str]]:
    """All mails, oldest first: `to`, `subject`, `time` (RFC 3339), `html`, `text`."""
    answer = fetch(mailbox_url(endpoint_url)).json() or {}
    return [
        _mail(message) for account in answer.get("messages", {}).values() for message in account
    ]


def _mail(message: dict[str, Any]) -> dict[str, str]:
    return {
        "to": ", ".join(message["To"]),
        "subject": message["Subject"] or "",
        "time": to_text(datetime.fromtimestamp(message["Timestamp"], UTC)),
        "html": message["BodyHtml"] or "",
        "text": message["BodyText"] or "",
    }
