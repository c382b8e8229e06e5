"""Forget a person: nothing that says who they are is left, and what has been counted stays right.

A lead's bare log stays, with its steps and times: it is what the counters and the ledger add up to.
So do the keys of requests, which are hashes: a sender that tries again hears what it heard before,
and does not bring the person back.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from shared.domain.config import ActiveConfig
from shared.domain.leads import AT_REST, OPEN_STATUSES, Change, Lead, Status, Step, evolve
from shared.domain.owners import keys_of
from shared.errors import ConflictError, StoreBusyError
from shared.flows.note_persons import contacts_of
from shared.flows.persistently import persistently
from shared.messages.reasons import code_of
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import persons
from shared.surroundings import Surroundings

# The one reason of ours that quotes names of fields, which its sender has chosen.
_QUOTING = "invalid_fields"


class Contact(NamedTuple):
    """What a person is known by: "email" or "phone", and the normal text; or a "lead_id"."""

    field: str
    text: str


@dataclass(slots=True)
class Forgotten:
    """What was erased, by kind; nothing in it says of whom."""

    done: Counter[str] = field(default_factory=Counter)
    finished: bool = True  # False: time ran out; ask again for the rest


def forget_person(
    contact: Contact, around: Surroundings, has_time: Callable[[], bool], *, by: str
) -> Forgotten:
    """Erase all that is known of a person. Safe to die anywhere: asked again, it is finished.

    NotFoundError: there is no lead with this id. ConflictError, StoreBusyError: try again.
    """
    active = config_store.active()
    forgotten = Forgotten()
    for lead_id in leads_of(active, contact):
        if not has_time():
            forgotten.finished = False
            break
        forget = partial(_forget_lead, active, lead_id, contact, around, by)
        forgotten.done += persistently(forget, around, (ConflictError, StoreBusyError))
    return forgotten


def leads_of(active: ActiveConfig, contact: Contact) -> list[str]:
    """The ids of the leads of a person, oldest first."""
    if contact.field == "lead_id":
        return [contact.text]
    return list(persons.leads_about(persons.mark_of(active.pepper, *contact)))


def _forget_lead(
    active: ActiveConfig, lead_id: str, contact: Contact, around: Surroundings, by: str
) -> Counter[str]:
    lead = lead_store.get(lead_id)
    marks = _marks(active, lead)
    done = erase_lead(active, lead, around, by=by)
    # Last of all that by which the lead is found: until then, who asks again finds what is left.
    asked = persons.mark_of(active.pepper, *contact)
    for mark in sorted(marks, key=lambda mark: mark == asked):
        persons.unnote(lead_id, mark, around.now())
    return done


def erase_over(active: ActiveConfig, lead_id: str, around: Surroundings) -> bool:
    """Erase a lead whose time is over; whether it is this call that did.

    What is begun is finished, even if somebody looks after the lead in this very moment; unless
    that lets it out of quarantine. ConflictError, StoreBusyError: it is still due.
    """

    def once() -> bool:
        lead = lead_store.get(lead_id)
        if lead.status not in AT_REST | {Status.ERASED}:  # erased: our own answer was lost
            return False
        marks = _marks(active, lead)
        erase_lead(active, lead, around, by=None)
        for mark in marks:
            persons.unnote(lead_id, mark, around.now())
        return True

    return persistently(once, around, (ConflictError, StoreBusyError))


def erase_lead(
    active: ActiveConfig, lead: Lead, around: Surroundings, *, by: str | None
) -> Counter[str]:
    """Erase what lies beside a lead, then what it says itself; what was done, by kind.

    In this order, as the lead knows where the rest lies. ConflictError: somebody has changed it
    meanwhile; begin again.
    """
    done = _erase_beside(active, lead, around)
    if lead.status is Status.ERASED:
        return done
    bare = replace(lead, fields={}, log=tuple(map(without_words, lead.log)))
    change = Change(Step.ERASED, around.now(), by=by)
    lead_store.erase(lead, evolve(bare, change))
    done["leads"] += 1
    done["taken_from_owners"] += lead.status in OPEN_STATUSES
    return done


def without_words(change: Change) -> Change:
    """A record without what people have said in it: steps, times, codes and ids are left."""
    code = code_of(change)
    ours = code is not None and change.by is None and code != _QUOTING
    return replace(change, reason=change.reason if ours else code, names=())


def _erase_beside(active: ActiveConfig, lead: Lead, around: Surroundings) -> Counter[str]:
    now, lead_id = around.now(), lead.lead_id
    erased: Counter[str] = Counter()
    erased["bodies"] = persons.erase_raw(lead_id, now)
    erased["consents"] = persons.erase_consent(lead_id)
    erased["returns"] = persons.erase_return(lead_id)
    if lead.sale and lead.sale.ping:
        erased["pings"] = persons.erase_ping(lead.sale.ping)
    erased["guards"] = sum(
        persons.end_guard(key, lead_id, now) for key in _guards(active, lead, around)
    )
    erased["ties"] = sum(persons.end_tie(key, lead_id, now) for key in _ties(active, lead))
    return erased


def _guards(active: ActiveConfig, lead: Lead, around: Surroundings) -> Iterable[str]:
    """The keys by which the person would be recognised when they come again."""
    from shared.flows.capture_lead import person_guards

    guards = person_guards(
        active,
        lead.source,
        lead.fields,
        None,
        body_hash="",
        repeats_within=timedelta(0),
        now=around.now(),
    )
    return [guard.key for guard in guards]


def _ties(active: ActiveConfig, lead: Lead) -> Iterable[str]:
    """The keys by which the person would come to the rep who knows them."""
    from shared.sources.email_domains import domain_is

    keys: dict[str, None] = {}
    for pool in active.config.pools.values():
        if policy := pool.existing_owner:
            found = keys_of(policy, lead.fields, active.pepper, lambda d: domain_is(d, "free"))
            keys |= dict.fromkeys(found)
    return keys


def _marks(active: ActiveConfig, lead: Lead) -> set[str]:
    """By what the lead is found, and by what it would be as soon as that is noted."""
    to_come = (persons.mark_of(active.pepper, *contact) for contact in contacts_of(lead))
    return {*persons.marks_of(lead.lead_id), *to_come}
