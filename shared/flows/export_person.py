"""All that is known of a person, for whoever asks to see it: their leads, and what lies beside."""

import base64
import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

from shared.domain.config import ActiveConfig
from shared.domain.leads import Lead
from shared.domain.moments import to_text
from shared.domain.returns import Return
from shared.errors import NotFoundError
from shared.flows.bodies import is_shared, names
from shared.flows.forget_person import Contact, leads_of
from shared.flows.show import lead_view
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import persons
from shared.store import quarantine as quarantine_store
from shared.store import returns as return_store
from shared.store.capturing import Raw

MOST = 50  # leads, or bodies looked into, for one answer
MOST_BYTES = 3_000_000  # Lambda answers with 6 MB at most, and the last lead comes on top


def export_person(contact: Contact, after: str | None = None) -> dict[str, Any]:
    """A person's leads, oldest first, as many as one answer holds; `next`: ask for more after this.

    Each with its history, the evidence of consent, its return, and the body as it came, if kept.
    `mentioned`: the leads of others whose kept bodies name the person.
    """
    active = config_store.active()
    page = _Page(active)
    found = iter(leads_of(active.pepper, contact, after))
    last = None
    for lead_id, own in islice(found, MOST):
        if own:
            page.show(lead_id)
        else:
            page.mention(lead_id, contact)
        last = lead_id
        if page.size > MOST_BYTES:
            break
    more = _has_more(found)
    return {
        "leads": page.leads,
        "mentioned": page.mentioned,
        "more": more,
        "next": last if more else None,
    }


def _has_more(found: Iterable[Any]) -> bool:
    return next(iter(found), None) is not None


class _Page:
    """What one answer says of a person."""

    def __init__(self, active: ActiveConfig) -> None:
        self.leads: list[dict[str, Any]] = []
        self.mentioned: list[dict[str, Any]] = []
        self.size = 0
        self._active = active
        self._bodies: dict[bytes, str] = {}  # the lead that shows it

    def show(self, lead_id: str) -> None:
        """A lead of theirs, unless the table has cleared it away."""
        try:
            lead = lead_store.get(lead_id)
        except NotFoundError:
            return
        raw = quarantine_store.raw_of(lead_id)
        standing = return_store.get(lead_id)
        known = {
            **lead_view(lead),
            "consent": persons.consent_of(lead_id),
            "return": _return(standing) if standing else None,
            "sent": self._sent(lead, raw) if raw and raw.body else None,
        }
        self.size += len(json.dumps(known))
        self.leads.append(known)

    def mention(self, lead_id: str, contact: Contact) -> None:
        """Somebody else's lead, if its body names them. What it says is not for them to see."""
        raw = quarantine_store.raw_of(lead_id)
        if raw and names(raw.body, contact, self._active.pepper):
            self.mentioned.append({"lead_id": lead_id, "expires_at": to_text(raw.expires_at)})

    def _sent(self, lead: Lead, raw: Raw) -> dict[str, Any]:
        same_as = self._bodies.setdefault(raw.body, lead.lead_id)
        is_new = same_as == lead.lead_id
        shown = is_new and not is_shared(lead, raw, self._active)
        return {
            "content_type": raw.content_type,
            "base64": base64.b64encode(raw.body).decode() if shown else None,
            "same_as": None if is_new else same_as,
            "expires_at": to_text(raw.expires_at),
        }


def _return(standing: Return) -> dict[str, Any]:
    return {
        "status": standing.state,
        "reason": standing.reason,
        "note": standing.note,
        "at": to_text(standing.at),
        "why": standing.why,
    }
