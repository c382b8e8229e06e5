"""Slack's incoming webhooks: a text for notifications, and blocks for the channel.

Slack reads `&`, `<` and `>` as its own: escaped, a stranger's `<!channel>` calls nobody. Texts are
`verbatim`, so that names, channels and addresses in them stay plain.
"""

import json
from typing import Any

from shared.messages.brief import Brief


def message(told: Brief) -> bytes:
    """The body of the request."""
    facts = "\n".join(f"*{label}* {escaped(text)}" for label, text in told.facts)
    blocks = [_section(f"*{escaped(told.headline)}*")]
    if facts:
        blocks.append(_section(facts))
    if told.link:
        blocks.append(_section(f"<{told.link}|{told.button}>"))
    blocks.append({"type": "context", "elements": [_text(escaped(told.foot))]})
    return json.dumps({"text": escaped(told.in_one_line), "blocks": blocks}).encode()


def escaped(text: str) -> str:
    """The text, with nothing in it that Slack acts on; `@here` with a gap that nobody sees."""
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(char, entity)
    for char in "*_~`":  # its marks of style
        text = text.replace(char, f"\u200b{char}")
    return text.replace("@", "@\u200b")


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _text(text)}


def _text(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
