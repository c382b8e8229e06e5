"""Netlify Forms' outgoing notification: what was submitted, three times over.

`{"id": "65f…", "form_name": "contact", "created_at": …, "email": …, "data": {"name": …, "email": …,
"ip": …, "user_agent": …, "referrer": …}, "human_fields": {…}, "ordered_human_fields": [{"title": …,
"name": …, "value": …}]}`. `data` has everything under the form's own names; the same object comes
as `payload` where a function of the site passes the event on.

Source: Netlify Docs, "Form notifications" and "Trigger functions on events"; its API's `submission`
schema.
"""

from collections.abc import Mapping
from typing import Any

from shared.errors import UnreadableBodyError
from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._flat import lead, nested_object
from shared.sources.formats._tree import identifier, say
from shared.sources.names import match_fields
from shared.sources.signatures import NETLIFY

TITLE = "Netlify Forms"
SECRET = (
    "The JWS secret token of the notification: Project configuration → Notifications → Form "
    "submission notifications → HTTP POST request."
)
SCHEME = NETLIFY
ALIASES = {"page_url": ("referrer",)}

# What Netlify took for these in any form, whatever its names.
_RECOGNISED = ("email", "name", "first_name", "last_name", "company")
_ABOUT = ("form_name", "form_id", "site_url", "created_at")


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """Read one lead; see `shared.sources.formats`."""
    sent = nested_object(delivery)
    if "data" not in sent and isinstance(sent.get("payload"), dict):
        sent = sent["payload"]
    said: dict[str, str] = {}
    for name, value in _submitted(sent):
        say(said, name, value)
    found, _ = match_fields(said, ALIASES)
    for name in (*(field for field in _RECOGNISED if field not in found), *_ABOUT):
        say(said, name, sent.get(name))
    return [lead(said, ALIASES, external_id=identifier(sent.get("id")))]


def _submitted(sent: dict[str, Any]) -> list[tuple[str, Any]]:
    data, ordered = sent.get("data"), sent.get("ordered_human_fields")
    if isinstance(data, dict):
        return list(data.items())
    if not isinstance(ordered, list):
        raise UnreadableBodyError("there is no `data` with the submitted fields")
    return [
        (name, field.get("value"))
        for field in ordered
        if isinstance(field, dict) and isinstance(name := field.get("name"), str)
    ]
