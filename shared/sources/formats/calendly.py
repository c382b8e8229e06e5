"""Calendly bookings. Shape as in "Webhook payload", signature as in "Webhook signatures".

    {"event": "invitee.created", "created_at": "…", "payload": {"uri": "https://api.calendly.com/
     scheduled_events/…/invitees/…", "name": "…", "email": "…", "text_reminder_number": "…",
     "questions_and_answers": [{"question": "…", "answer": "…", "position": 0}], "tracking":
     {"utm_source": "…", …}, "scheduled_event": {"name": "…", "start_time": "…", …}, …}}

Somebody who moves a booking is reported again, with another uri and the first one's as
`old_invitee`.
"""

from collections.abc import Mapping
from typing import Any

from shared.errors import UnreadableBodyError
from shared.sources import signatures
from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._tree import (
    as_object,
    identifier,
    objects,
    read_object,
    reported,
    say,
    say_rest,
)

TITLE = "Calendly"
SECRET = (
    "The signing key: choose any text, and give it as signing_key when you create the webhook "
    "subscription through Calendly's API, for the event invitee.created. An OAuth app has its own, "
    "which Calendly shows when the app is created."
)
SCHEME = signatures.timestamped_header("calendly-webhook-signature", "t", "v1")
ALIASES = {
    "name": ("name",),
    "first_name": ("first_name",),
    "last_name": ("last_name",),
    "email": ("email",),
    "phone": ("text_reminder_number", "outbound_call_number"),
    "utm_source": ("utm_source",),
    "utm_medium": ("utm_medium",),
    "utm_campaign": ("utm_campaign",),
    "utm_term": ("utm_term",),
    "utm_content": ("utm_content",),
}
_PERSON = ("name", "first_name", "last_name", "email", "text_reminder_number")
_READ = (*_PERSON, "questions_and_answers", "tracking")


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """The one lead in a delivery; none in any event but `invitee.created`."""
    body = read_object(delivery)
    if not isinstance(body.get("event"), str):
        raise UnreadableBodyError("there is no event")
    if body["event"] != "invitee.created":
        return []
    invitee = as_object(body.get("payload"), "payload")
    said: dict[str, str] = {}
    for member in _PERSON:
        say(said, member, invitee.get(member))
    say(said, "outbound_call_number", _called(invitee))
    for answer in objects(invitee.get("questions_and_answers") or [], "questions_and_answers"):
        say(said, answer.get("question"), answer.get("answer"))
    say_rest(said, as_object(invitee.get("tracking") or {}, "tracking"))
    say_rest(said, invitee, without=_READ)
    return [reported(said, external_id=identifier(invitee.get("uri")))]


def _called(invitee: Mapping[str, Any]) -> Any:
    """The number at which the host is to call, which stands where a meeting's place would."""
    event = as_object(invitee.get("scheduled_event") or {}, "scheduled_event")
    place = as_object(event.get("location") or {}, "location")
    return place.get("location") if place.get("type") == "outbound_call" else None
