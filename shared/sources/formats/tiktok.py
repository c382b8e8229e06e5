r"""TikTok instant forms. Shape and signature as in "Obtain leads as advertisers", Business API 1.3.

    {"object": 1, "time": 1790000000, "request_id": "…", "entry": [{"id": 7400000000000000001,
     "lead_source": "INSTANT_FORM", "page_id": 7400000000000000002, "advertiser_id": …,
     "changes": [{"field": "phone_number", "value": "…"}, …], …}]}

`id` is the lead's and `page_id` the form's. The same address gets news of other objects, which are
no leads. Nothing marks a test lead.

The signature, X-Open-Signature, is made over the body with every character beyond ASCII escaped as
in `\u00e4`, whichever way it was sent, and has no time. TikTok's accounts API signs in another way
("Webhooks: Check the signature"), with a time; it is taken too.
"""

import re
from collections.abc import Mapping
from typing import Any

from shared.errors import UnreadableBodyError
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

TITLE = "TikTok instant forms"
SECRET = (
    "The Secret of your app, under My Apps → App Detail → Basic Information at "
    "business-api.tiktok.com."
)
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")


def _escaped(delivery: Delivery) -> bytes:
    text = delivery.body.decode(errors="surrogateescape")
    return _BEYOND_ASCII.sub(_escape, text).encode(errors="surrogateescape")


def _escape(found: re.Match[str]) -> str:
    if "\udc80" <= found[0] <= "\udcff":
        return found[0]  # a byte that is no UTF-8 stays itself
    units = found[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


SCHEME = signatures.either(
    signatures.hmac_header("x-open-signature", message=_escaped),
    signatures.timestamped_header("tiktok-signature", "t", "s"),
)
ALIASES = {
    "name": ("name", "full_name"),
    "first_name": ("first_name",),
    "last_name": ("last_name",),
    "email": ("email",),
    "phone": ("phone_number",),
}
_LEADS = ("1", "LEAD")


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """The leads in a delivery."""
    body = read_object(delivery)
    if "event" in body or body.get("object", "1") not in _LEADS:
        return []
    return each(listed(body.get("entry"), "entry"), _reported)


def _reported(value: Any) -> Reported:
    entry = as_object(value, "an item of entry")
    id_ = identifier(entry.get("id"))
    if id_ is None:
        raise UnreadableBodyError("a lead has no id")
    said: dict[str, str] = {}
    for change in objects(entry.get("changes"), "changes"):
        say(said, change.get("field"), change.get("value"))
    say(said, "lead_id", entry["id"])
    say_rest(said, entry, without=("id", "changes"))
    return reported(said, external_id=id_)
