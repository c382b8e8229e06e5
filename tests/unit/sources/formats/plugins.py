"""What the tests of form plugins' formats share: deliveries of any label, and their leads."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from infra.samples import sample
from shared.sources.delivery import Delivery, Reported
from shared.sources.fields import normalise
from shared.sources.formats import format_of

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


def delivered(
    body: bytes | dict[str, Any] | list[Any], content_type: str | None = JSON
) -> Delivery:
    """A POST of these bytes, or of what JSON or a form makes of a value."""
    if content_type == FORM and isinstance(body, dict):
        body = urlencode(body).encode()
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Delivery(raw, AT, headers={"content-type": content_type} if content_type else {})


def read_all(name: str, body: Any, content_type: str | None = JSON) -> list[Reported]:
    return format_of(name).read(delivered(body, content_type), {})


def read_one(name: str, body: Any, content_type: str | None = JSON) -> Reported:
    [lead] = read_all(name, body, content_type)
    return lead


def read_sample(name: str) -> Reported:
    given = sample(name)
    return read_one(name, given.body, given.content_type)


def fields(name: str, lead: Reported) -> dict[str, Any]:
    """The lead's fields; every sample is a whole lead without a default country."""
    return normalise(lead.said, aliases=format_of(name).ALIASES)


def fields_without_extra(name: str, lead: Reported) -> dict[str, Any]:
    return {field: value for field, value in fields(name, lead).items() if field != "extra"}
