"""Events as AWS sends them to the functions."""

import base64
from types import SimpleNamespace
from typing import Any


def api_request(
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """An HTTP API request, payload format 2.0."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {name.lower(): value for name, value in (headers or {}).items()},
        "requestContext": {
            "http": {"method": method, "path": path},
            "stage": "$default",
            "requestId": "r1",
        },
        "isBase64Encoded": False,
    }
    if body is not None:
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return event


def context(remaining_seconds: float = 60) -> Any:
    """What a function learns about its own invocation."""
    return SimpleNamespace(
        aws_request_id="r1",
        function_name="test",
        memory_limit_in_mb=256,
        invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:test",
        get_remaining_time_in_millis=lambda: int(remaining_seconds * 1000),
    )


def ses_bounce(
    *addresses: str,
    kind: Any = "Permanent",
    sent_at: str = "2026-03-02T09:00:00.000Z",
    tags: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """What SES tells by EventBridge of a mail that came back."""
    receivers = [
        {
            "emailAddress": address,
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 no such mailbox here",
        }
        for address in addresses
    ]
    bounce = {
        "feedbackId": "0100019c0a1b2c3d-11111111-2222-4333-8444-555555555555-000000",
        "bounceType": kind,
        "bounceSubType": "General",
        "bouncedRecipients": receivers,
        "timestamp": "2026-03-02T09:00:03.211Z",
        "reportingMTA": "dns; a1-2.smtp-out.amazonses.com",
    }
    event = _ses_event("Email Bounced", "Bounce", {"bounce": bounce}, addresses, sent_at)
    event["detail"]["mail"]["tags"] |= tags or {}
    return event


def ses_complaint(
    *addresses: str, feedback: str = "abuse", sent_at: str = "2026-03-02T09:00:00.000Z"
) -> dict[str, Any]:
    """What SES tells of a mail that its reader has called spam, or taken out of it."""
    complaint = {
        "complainedRecipients": [{"emailAddress": address} for address in addresses],
        "timestamp": "2026-03-02T10:12:44.000Z",
        "feedbackId": "0100019c0a1b2c3d-66666666-7777-4888-8999-000000000000-000000",
        "complaintSubType": None,
        "complaintFeedbackType": feedback,
        "userAgent": "Example Feedback Loop",
    }
    detail = {"complaint": complaint}
    return _ses_event("Email Complaint Received", "Complaint", detail, addresses, sent_at)


def _ses_event(
    kind: str, event_type: str, detail: dict[str, Any], addresses: tuple[str, ...], sent_at: str
) -> dict[str, Any]:
    configuration_set = "SentMails-Ab3dEf6hIj9l"
    arn = "arn:aws:ses:us-east-1:000000000000:configuration-set/" + configuration_set
    return {
        "version": "0",
        "id": "3b1f6a52-9d7e-4c58-a1d0-27f1c9e4b6aa",
        "detail-type": kind,
        "source": "aws.ses",
        "account": "000000000000",
        "time": "2026-03-02T09:00:04Z",
        "region": "us-east-1",
        "resources": [arn],
        "detail": {
            "eventType": event_type,
            **detail,
            "mail": {
                "timestamp": sent_at,
                "source": "leads@example.com",
                "sourceArn": "arn:aws:ses:us-east-1:000000000000:identity/leads@example.com",
                "sendingAccountId": "000000000000",
                "messageId": "0100019c0a1b2c3d-99999999-aaaa-4bbb-8ccc-dddddddddddd-000000",
                "destination": list(addresses),
                "headersTruncated": False,
                "tags": {"ses:configuration-set": [configuration_set]},
            },
        },
    }
