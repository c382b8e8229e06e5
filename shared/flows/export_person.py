"""All that is known of a person, for whoever asks to see it: their leads, and what lies beside."""

import base64
from typing import Any

from shared.domain.leads import Lead
from shared.domain.moments import to_text
from shared.domain.returns import Return
from shared.flows.forget_person import Contact, leads_of
from shared.flows.show import lead_view
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import persons
from shared.store import quarantine as quarantine_store
from shared.store import returns as return_store
from shared.store.capturing import Raw

MOST = 50  # leads: their bodies as they came must fit one answer


def export_person(contact: Contact) -> dict[str, Any]:
    """A person's leads, oldest first, at most 50; `more` says whether there are more.

    Each with its history, the evidence of consent, its return, and the body as it came, if kept.
    """
    found = leads_of(config_store.active(), contact)
    leads = lead_store.get_many(found[:MOST])
    return {"leads": list(map(_known, leads)), "more": len(found) > MOST}


def _known(lead: Lead) -> dict[str, Any]:
    raw = quarantine_store.raw_of(lead.lead_id)
    standing = return_store.get(lead.lead_id)
    return {
        **lead_view(lead),
        "consent": persons.consent_of(lead.lead_id),
        "return": _return(standing) if standing else None,
        "sent": _sent(raw) if raw and raw.body else None,
    }


def _return(standing: Return) -> dict[str, Any]:
    return {
        "status": standing.state,
        "reason": standing.reason,
        "note": standing.note,
        "at": to_text(standing.at),
        "why": standing.why,
    }


def _sent(raw: Raw) -> dict[str, Any]:
    return {
        "content_type": raw.content_type,
        "base64": base64.b64encode(raw.body).decode(),
        "expires_at": to_text(raw.expires_at),
    }
