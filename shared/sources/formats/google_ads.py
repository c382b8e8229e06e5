"""Google Ads lead forms. Shape and key as in "Webhook for Google Ads: Implementation".

    {"lead_id": "…", "google_key": "…", "is_test": true, "form_id": 40000000001,
     "user_column_data": [{"column_id": "EMAIL", "column_name": "User Email",
                           "string_value": "…"}], …}

Standard questions are named by their id, which is the same in every language; all others by their
text, which Google does not always send, or else their id. The lead_id of the interface's test
leads is always the same one, so a repeat of a test is no repeat.
"""

from collections.abc import Mapping
from typing import Any

from shared.sources import signatures
from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._tree import (
    identifier,
    is_true,
    objects,
    read_object,
    reported,
    say,
    say_rest,
)

TITLE = "Google Ads"
SECRET = (
    "The key of the lead form: choose any text, and enter it as Key beside the Webhook URL under "
    "Export leads from Google Ads → Other data integration options."
)
SCHEME = signatures.body_member("google_key")
ALIASES = {
    "name": ("FULL_NAME",),
    "first_name": ("FIRST_NAME", "GIVEN_NAME"),
    "last_name": ("LAST_NAME", "FAMILY_NAME"),
    "email": ("EMAIL", "WORK_EMAIL"),
    "phone": ("PHONE_NUMBER", "WORK_PHONE"),
    "company": ("COMPANY_NAME",),
    "country": ("COUNTRY",),
    "region": ("REGION",),
    "postal_code": ("POSTAL_CODE",),
}
_STANDARD = frozenset(id_ for ids in ALIASES.values() for id_ in ids)
_NAMES = ("column_id", "column_name")


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """The one lead in a delivery."""
    body = read_object(delivery)
    said: dict[str, str] = {}
    for column in objects(body.get("user_column_data"), "user_column_data"):
        say(said, _name(column), _value(column))
    say_rest(said, body, without=("user_column_data", "google_key", "is_test"))
    id_ = identifier(body.get("lead_id"))
    return [reported(said, external_id=id_, test=is_true(body.get("is_test")))]


def _name(column: Mapping[str, Any]) -> Any:
    id_ = column.get("column_id")
    if isinstance(id_, str) and id_ in _STANDARD:
        return id_
    return column.get("column_name") or id_


def _value(column: Mapping[str, Any]) -> Any:
    # The schema has one kind of value, `string_value`, in a place where others may follow.
    values = [value for member, value in column.items() if member not in _NAMES]
    return values[0] if len(values) == 1 else values
