"""Forget a person: nothing that says who they are is left, and what has been counted stays right.

A lead's bare log stays, with its steps and times: it is what the counters and the ledger add up to.
So do the keys of requests, which are hashes: a sender that tries again hears what it heard before,
and does not bring the person back.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from shared.domain.leads import AT_REST, GIVING, OPEN_STATUSES, Change, Lead, Status, Step, evolve
from shared.errors import ConflictError, NotFoundError, StoreBusyError
from shared.flows.bodies import is_theirs, names
from shared.flows.persistently import persistently
from shared.messages.reasons import code_of
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import persons
from shared.store import quarantine as quarantine_store
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
    after: str | None = None  # then: after which lead


def forget_person(
    contact: Contact,
    around: Surroundings,
    has_time: Callable[[], bool],
    *,
    by: str,
    after: str | None = None,
) -> Forgotten:
    """Erase all that is known of a person. Safe to die anywhere: asked again, it is finished.

    `after`: where the call before ran out of time. NotFoundError: there is no lead with this id.
    ConflictError, StoreBusyError: try again.
    """
    pepper = config_store.active().pepper
    forgotten = Forgotten()
    for lead_id, own in leads_of(pepper, contact, after):
        if not has_time():
            forgotten.finished = False
            break
        one = _forget_lead if own else _forget_in_body
        forget = partial(one, pepper, lead_id, contact, around, by)
        forgotten.done += persistently(forget, around, (ConflictError, StoreBusyError))
        forgotten.after = lead_id
    return forgotten


def leads_of(pepper: bytes, contact: Contact, after: str | None) -> list[tuple[str, bool]]:
    """The ids of the leads that may know of a person, oldest first, and whether they are theirs.

    Of the others the body names several people, and is to be looked into. `after`: only those that
    follow this one.
    """
    if contact.field == "lead_id":
        return [(contact.text, True)]
    found = dict.fromkeys(persons.leads_about(persons.BODIES), False)
    found |= dict.fromkeys(persons.leads_about(persons.mark_of(pepper, *contact)), True)
    return sorted(one for one in found.items() if after is None or one[0] > after)


def _forget_lead(
    pepper: bytes, lead_id: str, contact: Contact, around: Surroundings, by: str
) -> Counter[str]:
    asked = persons.mark_of(pepper, *contact)
    try:
        lead = lead_store.get(lead_id)
    except NotFoundError:
        if contact.field == "lead_id":
            raise
        persons.unnote(lead_id, asked, around.now())  # the table has cleared the lead away
        return Counter()
    done = erase_lead(lead, around, by=by)
    _unnote(lead_id, around, last=asked)
    return done


def _forget_in_body(
    pepper: bytes, lead_id: str, contact: Contact, around: Surroundings, by: str
) -> Counter[str]:
    """Empty a body that names the person; what is known to be another's lead stays."""
    raw = quarantine_store.raw_of(lead_id)
    if raw is None or not raw.body:
        persons.unnote(lead_id, persons.BODIES, around.now())
        return Counter()
    if not names(raw.body, contact, pepper):
        return Counter()
    try:
        lead = lead_store.get(lead_id)
    except NotFoundError:
        lead = None  # the table has cleared it away, and not yet what lies beside it
    if lead and is_theirs(lead, contact, pepper):
        done = erase_lead(lead, around, by=by)
        _unnote(lead_id, around, last=persons.BODIES)
        return done
    done = Counter(bodies=int(persons.erase_raw(lead_id, around.now())))
    persons.unnote(lead_id, persons.BODIES, around.now())
    return done


def _unnote(lead_id: str, around: Surroundings, last: str = "") -> None:
    """Let an erased lead no longer be found; `last` of all by this.

    Until then, who asks again finds what is left. The marks are read when the lead is erased: who
    notes one after that looks at the lead, and takes it away again.
    """
    for mark in sorted(persons.marks_of(lead_id), key=lambda mark: mark == last):
        persons.unnote(lead_id, mark, around.now())


def erase_over(lead_id: str, around: Surroundings) -> bool:
    """Erase a lead whose time is over; whether it is this call that did.

    What is begun is finished, even if somebody looks after the lead in this very moment; unless
    that lets it out of quarantine. ConflictError, StoreBusyError: it is still due.
    """

    def once() -> bool:
        lead = lead_store.get(lead_id)
        if lead.status not in AT_REST | {Status.ERASED}:  # erased: our own answer was lost
            return False
        erase_lead(lead, around, by=None)
        _unnote(lead_id, around)
        return True

    return persistently(once, around, (ConflictError, StoreBusyError))


def erase_lead(lead: Lead, around: Surroundings, *, by: str | None) -> Counter[str]:
    """Erase what lies beside a lead, then what it says itself; what was done, by kind.

    In this order, as the lead knows where the rest lies. ConflictError: somebody has changed it
    meanwhile; begin again.
    """
    done = _erase_beside(lead, around)
    if lead.status is Status.ERASED:
        return done
    bare = replace(lead, fields={}, log=tuple(map(without_words, lead.log)))
    change = Change(Step.ERASED, around.now(), by=by)
    lead_store.erase(lead, evolve(bare, change))
    done["leads"] += 1
    done["taken_from_owners"] += lead.status in OPEN_STATUSES
    # Its seller may have asked to return it until now.
    done["returns"] += persons.erase_return(lead.lead_id, around.now())
    return done


def without_words(change: Change) -> Change:
    """A record without what people have said in it: steps, times, codes and ids are left."""
    code = code_of(change)
    ours = code is not None and change.by is None and code != _QUOTING
    return replace(change, reason=change.reason if ours else code, names=(), known_by=())


def _erase_beside(lead: Lead, around: Surroundings) -> Counter[str]:
    now, lead_id = around.now(), lead.lead_id
    erased: Counter[str] = Counter()
    erased["bodies"] = persons.erase_raw(lead_id, now)
    erased["consents"] = persons.erase_consent(lead_id)
    erased["returns"] = persons.erase_return(lead_id, now)
    if lead.sale and lead.sale.ping:
        erased["pings"] = persons.erase_ping(lead.sale.ping)
    for change in lead.log:
        if change.step in GIVING:
            ends = [persons.end_tie(key, lead_id, now) for key in change.known_by]
            erased["ties"] += sum(ends)
        else:
            ends = [persons.end_guard(key, lead_id, now) for key in change.known_by]
            erased["guards"] += sum(ends)
    return erased
