"""Microsoft Teams: an Adaptive Card for the workflow behind an incoming webhook.

Texts are runs, in which Teams reads no Markdown, and a mention needs an entity of its own: so a
stranger's text is only text.
"""

import json
from typing import Any

from shared.messages.brief import Brief


def message(told: Brief) -> bytes:
    """The body of the request."""
    body = [
        _line(_run(told.headline, weight="Bolder", size="Medium")),
        *(_line(_run(f"{label} ", weight="Bolder"), _run(text)) for label, text in told.facts),
        _line(_run(told.foot, size="Small", isSubtle=True)),
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    if told.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": told.button, "url": told.link}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return json.dumps({"type": "message", "attachments": [attachment]}).encode()


def _line(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **style}
