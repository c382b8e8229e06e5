"""Meta lead ads (Facebook, Instagram). Shapes as in "Webhooks for Leads" and "Retrieving Leads".

    {"object": "page", "entry": [{"id": "…", "time": 1790000000, "changes": [
        {"field": "leadgen", "value": {"leadgen_id": "…", "form_id": "…", "page_id": "…", …}}]}]}

A delivery only has ids, as numbers or texts, and up to 1,000 leads: `fetch` is what to ask the
Graph API for, and `read_graph` reads its answer. Before the first delivery Meta asks whether the
address is ours, with a token that the hook knows as `verify_token`.

Meta marks test leads nowhere: the test button of the webhook panel sends ids made of fours, and
what the testing tool creates has answers such as `<test lead: dummy data for full_name>`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.errors import ForbiddenError, UnreadableBodyError
from shared.sources import signatures
from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._tree import (
    as_object,
    each,
    identifier,
    listed,
    objects,
    read_object,
    reported,
    say,
    say_rest,
)
from shared.sources.json_object import Number, json_value, plain_text
from shared.sources.text import decode

TITLE = "Meta lead ads"
SECRET = (
    "secret is the App secret, under App settings → Basic of the app at developers.facebook.com; "
    "verify_token is any text that you choose and enter again as Verify token when you subscribe "
    "the app's Page webhook to leadgen."
)
SCHEME = signatures.hmac_header("x-hub-signature-256", "sha256=")
ALIASES = {
    "name": ("full_name",),
    "first_name": ("first_name",),
    "last_name": ("last_name",),
    "email": ("email", "work_email"),
    "phone": ("phone_number", "work_phone_number"),
    "company": ("company_name",),
    "country": ("country",),
    "region": ("state", "province"),
    "postal_code": ("zip_code", "post_code", "zip", "postal_code"),
}

GRAPH_FIELDS = (
    "id",
    "created_time",
    "field_data",
    "custom_disclaimer_responses",
    "form_id",
    "ad_id",
    "ad_name",
    "adset_id",
    "adset_name",
    "campaign_id",
    "campaign_name",
    "is_organic",
    "platform",
    "partner_name",
)
"""What to ask the Graph API for; the names need the page's advertising permissions."""

_ID = re.compile(r"[0-9]{1,32}")  # it becomes part of an address
_TEST_ID = re.compile(r"4{6,}")
_CHALLENGE = re.compile(r"[\w.~-]{1,256}", re.ASCII)  # a number, says Meta
# Meta's exports to files and sheets, which some tools pass on, mark phones and postal codes so.
_EXPORT_MARK = re.compile(r"p:(?=[+(\d])|z:(?=[\w -]{2,12}\Z)", re.ASCII)
_DUMMY = re.compile(r"(?:[pz]:)?<test lead: dummy data for ", re.IGNORECASE)
_NAMES_OF_PEOPLE = ("full_name", "first_name", "last_name")


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """The leads that a delivery announces; changes of anything else are none."""
    entries = listed(read_object(delivery).get("entry"), "entry")
    return each((lead for entry in entries for lead in _leads(entry)), _announced)


def _leads(entry: Any) -> Iterator[Any]:
    """What an entry announces; whatever is of another shape may be a lead, and is one to read."""
    changes = (entry.get("changes") or []) if isinstance(entry, dict) else None
    if not isinstance(changes, list):
        yield entry
        return
    for change in changes:
        if not isinstance(change, dict):
            yield change
        elif change.get("field") == "leadgen":
            yield change.get("value")


def _announced(value: Any) -> Reported:
    lead = as_object(value, "what tells of a lead")
    id_ = identifier(lead.get("leadgen_id")) or ""
    if not _ID.fullmatch(id_):
        raise UnreadableBodyError("a lead has no leadgen_id of digits")
    said: dict[str, str] = {}
    say_rest(said, lead)
    return reported(said, external_id=id_, fetch=id_, test=bool(_TEST_ID.fullmatch(id_)))


def graph_path(lead_id: str) -> str:
    """Path and query, below the API's version, that ask for a lead; ValueError for no id."""
    if not _ID.fullmatch(lead_id):
        raise ValueError("a lead's id has digits only")
    return f"{lead_id}?fields={','.join(GRAPH_FIELDS)}"


def read_graph(answer: bytes) -> Reported:
    """The lead in the Graph API's answer, with its id as `leadgen_id`.

    `{"id": "…", "created_time": "2026-11-03T09:30:00+0000", "field_data": [{"name": "email",
    "values": ["…"]}], "platform": "fb", …}`; without `field_data` only the ids are said. Raises
    UnreadableBodyError, also for an error.
    """
    lead = as_object(json_value(decode(answer, "utf-8")), "the Graph API's answer")
    if "error" in lead:
        raise UnreadableBodyError("the Graph API answered with an error")
    said: dict[str, str] = {}
    answers = objects(lead.get("field_data") or [], "field_data")
    dummies = [_say_answer(said, answer) for answer in answers]
    for response in objects(lead.get("custom_disclaimer_responses") or [], "the disclaimers"):
        key = plain_text(response.get("checkbox_key"))
        say(said, f"disclaimer.{key}", response.get("is_checked"))
    id_ = identifier(lead.get("id"))
    say(said, "leadgen_id", lead.get("id"))
    say_rest(said, lead, without=("id", "field_data", "custom_disclaimer_responses"))
    return reported(said, external_id=id_, test=any(dummies))


def _say_answer(said: dict[str, str], answer: Mapping[str, Any]) -> bool:
    """Add one answer, and tell whether it is a dummy of the testing tool."""
    name, values = answer.get("name"), answer.get("values", answer.get("value"))
    if isinstance(values, Number) or not isinstance(values, str | list):
        say(said, name, values)
        return False
    texts = [plain_text(value) for value in (values if isinstance(values, list) else [values])]
    dummy = any(_DUMMY.match(text) for text in texts)
    if dummy and name not in _NAMES_OF_PEOPLE:
        name = f"{plain_text(name)} (test)"  # else the test would end at no phone number
    say(said, name, ", ".join(_EXPORT_MARK.sub("", text, count=1) for text in texts if text))
    return dummy


def challenge(delivery: Delivery, secrets: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    """The answer to "Verification Requests": GET with mode, token and what to send back.

    ForbiddenError: the token is not one of ours.
    """
    shown = delivery.query.get("hub.challenge", "")
    token = delivery.query.get("hub.verify_token")
    asks = delivery.method == "GET" and delivery.query.get("hub.mode") == "subscribe"
    if not asks or not token or not _CHALLENGE.fullmatch(shown):
        return None
    known = [signatures.same(token, valid) for valid in secrets.get("verify_token", ())]
    if not any(known):
        raise ForbiddenError("the verify token is not one that is stored here")
    return "text/plain", shown
