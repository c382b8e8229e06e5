"""The page for a manager who looks at what was held."""

from datetime import datetime

from shared.domain.leads import Lead, Status
from shared.messages.display import one_line
from shared.messages.rendering import render
from shared.messages.visible import shown


def quarantine_page(
    lead: Lead,
    *,
    why: str | None,
    body: bytes | None,
    content_type: str | None = None,
    part: int = 0,
    expires_at: datetime | None = None,
) -> str:
    """A lead that is or was in quarantine: why, and what was sent, as text that does nothing.

    `body` is what came, None once it is deleted; `part` is which of the leads in it this one is,
    counted from 0. The page changes nothing: it has no button, as a browser has no admin token.
    """
    sent = None if body is None else shown(body)
    return render(
        "quarantine_page.html",
        lead_id=lead.lead_id,
        is_held=lead.status is Status.QUARANTINED,
        status=lead.status,
        why=one_line(why or "", 500),
        source=one_line(lead.source, 80),
        came_at=_utc(lead.created_at),
        content_type=one_line(content_type or "", 100),
        part=part + 1,
        kept_until=_utc(expires_at) if expires_at else "",
        sent=sent,
    )


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
