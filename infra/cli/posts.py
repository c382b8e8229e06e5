"""What comes to each kind of door, made and signed as its senders do."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from infra.api import JSON, Api, Encoding, encoded
from infra.cli.made_up import generic_sample
from infra.samples import Sample, fresh
from shared.domain.sources import Hook, Partner
from shared.sources.delivery import Delivery
from shared.sources.formats import format_of
from shared.sources.signatures import SHARED_KEY, STANDARD_WEBHOOKS, Scheme
from shared.surroundings import now

XML = "application/xml"

_TAG = re.compile(r"(?!xml)[A-Za-z_][A-Za-z0-9_.-]*", re.IGNORECASE)


class Post(NamedTuple):
    """A request to a door: its path below `/v1/`; without a body, it asks only."""

    path: str
    body: bytes | None
    headers: Mapping[str, str]


def form_post(form_id: str, fields: Mapping[str, str], encoding: Encoding) -> Post:
    """A website's form."""
    content_type, body = encoded(fields, encoding)
    return Post(f"forms/{form_id}/leads", body, {"Content-Type": content_type, "Accept": JSON})


# ── Partners ─────────────────────────────────────────────────────────────────────────────────────


def partner_post(
    api: Api, partner_id: str, partner: Partner, sample: Sample, proof: str, *, to: str = "leads"
) -> Post:
    """A partner's lead, or its ping (`to` pings); `proof` is its key, or the secret it signs with.

    The answer is asked for in the language of the question.
    """
    path = f"partners/{partner_id}/{to}"
    accept = XML if sample.content_type == XML else JSON
    headers = {"content-type": sample.content_type, "accept": accept}
    if partner.trust == "signature":
        signed = STANDARD_WEBHOOKS.signed(_delivery(api, path, sample.body, headers), proof)
        return Post(path, signed.body, signed.headers)
    return Post(path, sample.body, headers | {"authorization": f"Bearer {proof}"})


def as_json(fields: Mapping[str, str]) -> Sample:
    """Fields as most partners send them."""
    return Sample(*encoded(fields, Encoding.JSON))


def as_xml(fields: Mapping[str, str]) -> Sample:
    """Fields as elements of their names, or where no element can be called so, as `field`."""
    parts = [
        f"<{name}>{escape(text)}</{name}>"
        if _TAG.fullmatch(name)
        else f"<field name={quoteattr(name)} value={quoteattr(text)}/>"
        for name, text in fields.items()
    ]
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<lead>{"".join(parts)}</lead>'
    return Sample(XML, text.encode())


# ── Hooks ────────────────────────────────────────────────────────────────────────────────────────


def hook_post(api: Api, hook_id: str, hook: Hook, secret: str, number: int) -> Post:
    """What the hook's platform sends; another number is another lead."""
    path = f"hooks/{hook_id}"
    sample = (
        generic_sample(hook.mapping, number)
        if hook.format == "generic"
        else fresh(hook.format, number)
    )
    delivery = _delivery(api, path, sample.body, {"content-type": sample.content_type})
    scheme = scheme_of(hook)
    signed = scheme.signed(delivery, secret) if scheme else delivery
    return Post(path, signed.body, signed.headers)


def scheme_of(hook: Hook) -> Scheme | None:
    """How deliveries prove themselves; None: they need not."""
    if hook.trust == "public":
        return None
    return SHARED_KEY if hook.trust == "key" else format_of(hook.format).SCHEME


def challenge(hook_id: str, query: Mapping[str, str]) -> Post:
    """A platform's question whether the address is ours."""
    return Post(f"hooks/{hook_id}?{urlencode(query)}", None, {})


def _delivery(api: Api, path: str, body: bytes, headers: Mapping[str, str]) -> Delivery:
    return Delivery(body, now(), url=api.address_of(path), headers=headers)


def first_of(known: Mapping[str, Any], name: str) -> str:
    """The newest of a source's secrets of this name; empty when it has none."""
    values: Sequence[str] = known.get(name, ())
    return values[0] if values else ""
