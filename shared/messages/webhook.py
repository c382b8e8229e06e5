"""Webhooks to other systems, as Standard Webhooks has them: body and signed headers."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.domain.leads import Lead
from shared.messages.senders import Event

# Of a lead's fields, those that say nothing of who the person is. What is not known is not sent:
# nobody knows what it holds.
IMPERSONAL = (
    "product",
    "country",
    "region",
    "utm_source",
    "utm_medium",
    "utm_campaign",
)


def body_of(event: Event, lead: Lead, *, contact: bool) -> bytes:
    """`{"type", "timestamp", "data"}`: the event, and in it the `lead` as it is now.

    `contact`: with all that is known of the person; otherwise with nothing personal.
    """
    fields = dict(lead.fields) if contact else _impersonal(lead.fields)
    shown = {
        "lead_id": lead.lead_id,
        "status": lead.status,
        "owner": lead.owner,
        "source": lead.source,
        "fields": fields,
    }
    data = {**event.detail, "lead": shown}
    return json.dumps({"type": event.kind, "timestamp": event.detail["at"], "data": data}).encode()


def _impersonal(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in IMPERSONAL if name in fields}


def signed_headers(id_: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers of a request made at `at`, signed with each of the secrets.

    ValueError: one of them is no secret of Standard Webhooks.
    """
    from standardwebhooks import Webhook

    text = body.decode()
    signatures = [Webhook(secret).sign(id_, at, text) for secret in secrets]
    return {
        "Content-Type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
