"""Note whom a lead is about, so that its person is found who asks what is known of them.

Not while it is captured, where every write is waited for: the stream tells of it a moment later.
"""

from datetime import datetime
from math import inf

from shared.domain.config import ActiveConfig
from shared.domain.leads import Change, Lead, Status, Step
from shared.flows.bodies import contacts_of
from shared.store import config as config_store
from shared.store import persons

# Beside the first: more may be known of the person since. And when a lead is closed it is looked at
# once more, in case nobody was there to see it before.
TELLING = frozenset(
    {
        Step.QUARANTINED,
        Step.RELEASED,
        Step.DUPLICATED,
        Step.REJECTED,
        Step.ENRICHED,
        Step.CONVERTED,
        Step.LOST,
        Step.RETURNED,
    }
)


def note_persons(lead: Lead, before: int, until: datetime | None = None) -> None:
    """Note whom a lead is about, if what followed its change number `before` may say so.

    `until`: when the table clears the lead away, if it does. Again changes nothing. StoreBusyError:
    deliver the record again.
    """
    if before and not any(map(_tells, lead.log[before:])):
        return
    contacts = contacts_of(lead)
    active = config_store.active(max_age=inf)  # the secret never changes, countries hardly ever
    if lead.status is Status.QUARANTINED:
        contacts = _note_body(lead, contacts, active)
    if contacts:
        marks = [persons.mark_of(active.pepper, field, text) for field, text in contacts]
        persons.note(lead.lead_id, marks, lead.created_at, until)


def _tells(change: Change) -> bool:
    return change.step in TELLING


def _note_body(
    lead: Lead, known: list[tuple[str, str]], active: ActiveConfig
) -> list[tuple[str, str]]:
    """Note that a body names others too, if it does; answers whom the lead is about.

    Of a body that nobody has read that is who is named in it, if it is but one.
    """
    # With libraries that take their time, for few leads.
    from shared.flows.bodies import about_one, is_shared
    from shared.store import quarantine

    raw = quarantine.raw_of(lead.lead_id)
    if raw is None:
        return known
    if is_shared(lead, raw, active):
        persons.note(lead.lead_id, [persons.BODIES], lead.created_at, raw.expires_at)
        return known
    return known or about_one(lead, raw.body, active) or []
