"""Webflow forms. Shape and signature as in "Working with Webhooks", Data API 2.

    {"triggerType": "form_submission", "payload": {"id": "…", "name": "Contact", "formId": "…",
     "siteId": "…", "pageUrl": "…", "data": {"Name": "…", "Phone Number": 16505550123, …},
     "schema": […], "submittedAt": "…", …}}

The payload's own `name` is the form's. Webflow signs the deliveries of webhooks made through its
API; those made in a site's settings are not signed, and prove themselves with the shared key, as
`?key=…` in their address.
"""

from collections.abc import Mapping
from typing import Any

from shared.errors import UnreadableBodyError
from shared.sources import signatures
from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._tree import (
    as_object,
    identifier,
    read_object,
    reported,
    say,
    say_rest,
)

TITLE = "Webflow"
SECRET = (
    "The Client secret of the app that made the webhook through Webflow's API, or the secretKey in "
    "the API's answer when a site token made it. A webhook made in Site settings → Apps & "
    "integrations → Webhooks is not signed: choose any text and add it to the URL as ?key=…"
)
SCHEME = signatures.either(signatures.WEBFLOW, signatures.SHARED_KEY)
ALIASES: dict[str, tuple[str, ...]] = {"page_url": ("pageUrl",)}
_RENAMED = {"name": "form_name", "id": "submission_id"}
_READ = ("data", "schema", *_RENAMED)


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """The one lead in a delivery; none in any trigger but `form_submission`."""
    body = read_object(delivery)
    if not isinstance(body.get("triggerType"), str):
        raise UnreadableBodyError("there is no triggerType")
    if body["triggerType"] != "form_submission":
        return []
    form = as_object(body.get("payload"), "payload")
    said: dict[str, str] = {}
    for name, value in as_object(form.get("data"), "data").items():
        say(said, name, value)
    for member, name in _RENAMED.items():
        say(said, name, form.get(member))
    say_rest(said, form, without=_READ)
    return [reported(said, external_id=identifier(form.get("id")))]
