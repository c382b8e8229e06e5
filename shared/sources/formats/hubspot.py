"""HubSpot: a contact from a workflow's webhook, or a form submission in the shape of its API.

Workflow, "Include all contact properties": `{"vid": 101, "properties": {"email": {"value": …,
"versions": […]}, …}, "form-submissions": [{"conversion-id": …, "page-url": …, "timestamp": …}]}`.
With a body of the owner's choice, or from the CRM API, the properties' values are plain.

Form: `{"fields": [{"objectTypeId": "0-1", "name": "email", "value": …}], "context": {"pageUri": …},
"legalConsentOptions": {"consent": {"consentToProcess": true, "text": …, "communications": […]}}}`.

Sources: HubSpot Knowledge Base, "Use webhooks with HubSpot workflows" (it tries again for three
days, unless the answer is a 4xx other than 429); HubSpot API, "Submit data to a form" (v3) and
contacts (v1).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.errors import UnreadableBodyError
from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._flat import KEY_IN_HEADER, each_nested
from shared.sources.formats._tree import identifier, reported, say
from shared.sources.signatures import HUBSPOT, SHARED_KEY, either

TITLE = "HubSpot"
SECRET = (
    "The client secret of your HubSpot app, with the workflow's authentication set to request "
    "signature. Or: "
    + KEY_IN_HEADER.format(where="authentication set to API key, in the request header")
)
SCHEME = either(HUBSPOT, SHARED_KEY)
ALIASES = {"page_url": ("page-url", "pageUri", "hs_analytics_last_url")}

_COMPANY = "0-2"

# HubSpot's own properties are about a hundred; these say where the person came from.
_OWN, _KEPT = "hs_", ("hs_analytics_", "hs_latest_source", "hs_language")

# What is read on its own, what HubSpot adds about the contact, and a key to the contact's profile.
_STRUCTURE = frozenset(
    {
        "fields",
        "properties",
        "context",
        "legalConsentOptions",
        "skipValidation",
        "form-submissions",
        "identity-profiles",
        "list-memberships",
        "merge-audits",
        "merged-vids",
        "associated-company",
        "associated-owner",
        "is-contact",
        "profile-token",
    }
)


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """Read the leads; see `shared.sources.formats`."""
    return each_nested(delivery, _one)


def _one(sent: dict[str, Any]) -> Reported:
    if "subscriptionType" in sent:
        raise UnreadableBodyError("an event that names no person; send from a workflow instead")
    said: dict[str, str] = {}
    submission = _latest(sent.get("form-submissions"))
    for name, value in (*_answers(sent), *_consent(sent.get("legalConsentOptions"))):
        say(said, name, value)
    for name in ("page-url", "page-title", "title", "form-id", "conversion-id"):
        say(said, name, submission.get(name))
    for name, value in sent.items():
        if name not in _STRUCTURE and name not in said:
            say(said, name, value)
    ids = (submission.get("conversion-id"), sent.get("conversionId"))
    external_id = next(filter(None, map(identifier, ids)), None)
    return reported(said, external_id=external_id)


def _answers(sent: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    fields, properties, context = (sent.get(key) for key in ("fields", "properties", "context"))
    for field in fields if isinstance(fields, list) else ():
        if isinstance(field, dict) and isinstance(field.get("name"), str):
            yield _name(field), field.get("value")
    for name, value in properties.items() if isinstance(properties, dict) else ():
        if not name.startswith(_OWN) or name.startswith(_KEPT):
            yield name, value.get("value") if isinstance(value, dict) else value
    yield from context.items() if isinstance(context, dict) else ()


def _name(field: Mapping[str, Any]) -> str:
    """Return a field's name; those of a company (object type 0-2) are not the person's."""
    name: str = field["name"]
    if field.get("objectTypeId") != _COMPANY:
        return name
    return "company" if name == "name" else f"company {name}"


def _consent(options: Any) -> Iterator[tuple[str, Any]]:
    """Yield what the person agreed to, word for word.

    A legitimate interest needs no agreement, and so is none.
    """
    chosen = options if isinstance(options, dict) else {}
    consent, interest = chosen.get("consent"), chosen.get("legitimateInterest")
    if isinstance(consent, dict):
        yield "consent", consent.get("consentToProcess")
        yield "consent_text", consent.get("text")
        communications = consent.get("communications")
        for each in communications if isinstance(communications, list) else ():
            if isinstance(each, dict):
                answer = "yes" if each.get("value") is True else "no"
                name = f"communication {each.get('subscriptionTypeId', '')}"
                yield name, f"{answer}: {each.get('text') or ''}"
    if isinstance(interest, dict):
        yield "legal_basis", interest.get("legalBasis")
        yield "legal_basis_text", interest.get("text")


def _latest(submissions: Any) -> dict[str, Any]:
    """Return the newest submission: the one that the workflow is about."""
    listed = submissions if isinstance(submissions, list) else ()
    return max((each for each in listed if isinstance(each, dict)), key=_time, default={})


def _time(submission: Mapping[str, Any]) -> tuple[int, str]:
    time = submission.get("timestamp")
    # Equal in length before they are compared as texts: there are numbers too large for int().
    return (len(time), time) if isinstance(time, str) else (0, "")
