"""Unbounce's webhook: the answers as JSON inside a form field, every one of them a list.

`page_url=…&page_name=…&page_id=…&variant=a&data.json={"email":["ada@solar.example"],…}&data.xml=…`,
by default. With the content type set to JSON or XML, the answers are the body. A form's own fields
come under their ids, among them `ip_address`, `time_submitted` ("11:45 AM UTC") and
`date_submitted`.

Source: Unbounce, "Using a Webhook".
"""

from collections.abc import Mapping
from typing import Any

from shared.errors import UnreadableBodyError
from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._flat import KEY_IN_HEADER, lead, nested_object
from shared.sources.formats._tree import say
from shared.sources.json_object import json_value
from shared.sources.signatures import SHARED_KEY
from shared.sources.xml_body import xml_pairs

TITLE = "Unbounce"
SECRET = KEY_IN_HEADER.format(where="page → Integrations → Webhooks → custom headers")
SCHEME = SHARED_KEY
ALIASES: dict[str, tuple[str, ...]] = {}

_JSON, _XML = "data.json", "data.xml"


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """Read one lead; see `shared.sources.formats`."""
    around = nested_object(delivery)
    said: dict[str, str] = {}
    for name, value in _answers(around):
        say(said, name, value)
    for name, value in around.items():
        if name not in said and name not in (_JSON, _XML):
            say(said, name, value)
    return [lead(said, ALIASES)]


def _answers(around: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return what the person said: both texts hold the same, so the first that is there."""
    if around.get(_JSON):
        inner = around[_JSON]
        value = json_value(inner) if isinstance(inner, str) else inner
        if not isinstance(value, dict):
            raise UnreadableBodyError(f"{_JSON} holds no object")
        return list(value.items())
    text = around.get(_XML)
    if isinstance(text, str) and text:
        return list(xml_pairs(text.encode(errors="replace"), encoding="utf-8"))
    return []
