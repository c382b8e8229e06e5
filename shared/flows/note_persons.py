"""Note whom a lead is about, so that its person is found who asks what is known of them.

Not while it is captured, where every write is waited for: the stream tells of it a moment later.
"""

from math import inf

from shared.domain.leads import Change, Lead, Step
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


def note_persons(lead: Lead, before: int) -> None:
    """Note whom a lead is about, if what followed its change number `before` may say so.

    Again changes nothing. StoreBusyError: deliver the record again.
    """
    if before and not any(map(_tells, lead.log[before:])):
        return
    contacts = contacts_of(lead)
    if contacts:
        pepper = config_store.active(max_age=inf).pepper  # it never changes
        marks = [persons.mark_of(pepper, field, text) for field, text in contacts]
        persons.note(lead.lead_id, marks, lead.created_at)


def _tells(change: Change) -> bool:
    return change.step in TELLING


def contacts_of(lead: Lead) -> list[tuple[str, str]]:
    """How a lead's person is reached, by its fields; of a body that nobody has read, by that."""
    known = [
        (field, str(lead.fields[field])) for field in persons.KNOWN_BY if lead.fields.get(field)
    ]
    is_unread = lead.log[-1].step is Step.QUARANTINED and not known
    return known or (_mentioned_in_body(lead.lead_id) if is_unread else [])


def _mentioned_in_body(lead_id: str) -> list[tuple[str, str]]:
    # With libraries that take their time, for few leads.
    from shared.sources.mentions import mentioned
    from shared.store import quarantine

    raw = quarantine.raw_of(lead_id)
    return list(mentioned(raw.body)) if raw else []
