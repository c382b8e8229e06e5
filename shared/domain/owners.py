"""Who knows a lead's person or company already: ties between them and the reps.

A tie is kept under a hash, never under anything personal. Ties are read before a plan and written
with it: two leads of one company, routed at once, cannot come to two reps.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.domain.hashes import keyed_hash
from shared.domain.leads import Lead
from shared.domain.pools import ExistingOwner
from shared.domain.values import texts_of


@dataclass(frozen=True, slots=True)
class Tie:
    """Whose a person or company is, since which lead, and until when that counts.

    It rests on that lead and on the further ones: it ends when the last of them is erased.
    """

    rep: str
    lead_id: str
    until: datetime
    further: tuple[str, ...] = ()  # the leads that have prolonged it, the last one last

    def without(self, lead_id: str) -> tuple[str, ...]:
        """The leads that it rests on besides this one, the oldest first."""
        return tuple(one for one in (self.lead_id, *self.further) if one != lead_id)


@dataclass(frozen=True, slots=True)
class TieChange:
    """A tie to be written, if it still is as it was read."""

    key: str
    before: Tie | None
    after: Tie


def keys_of(
    policy: ExistingOwner,
    fields: Mapping[str, Any],
    pepper: bytes,
    is_free: Callable[[str], bool],
) -> tuple[str, ...]:
    """What a lead is known by, hashed, in the policy's order. `is_free`: of an e-mail's domain."""
    keys: list[str] = []
    for name in policy.by:
        values = _company(fields, is_free) if name == "company" else texts_of(name, fields)
        keys += [keyed_hash(pepper, f"{name}\n{value}") for value in values]
    return tuple(dict.fromkeys(keys))[:MOST_KEYS]


MOST_KEYS = 6  # each is an item of the transaction
MOST_FURTHER = 20  # so that an item stays under 1 KB, and costs what it did


def _company(fields: Mapping[str, Any], is_free: Callable[[str], bool]) -> list[str]:
    """The domain of the e-mail address, unless people have private addresses there."""
    domains = (email.rpartition("@")[2] for email in texts_of("email", fields))
    return [domain for domain in domains if domain and not is_free(domain)]


def tied(
    keys: Sequence[str],
    ties: Mapping[str, Tie],
    now: datetime,
    known_reps: Callable[[str], bool],
) -> Tie | None:
    """The first tie that still counts, in the order of the keys; who has left knows nobody."""
    found = (ties[key] for key in keys if key in ties)
    return next((tie for tie in found if tie.until > now and known_reps(tie.rep)), None)


def ties_after(
    keys: Sequence[str],
    ties: Mapping[str, Tie],
    lead: Lead,
    rep: str,
    within: int,
    now: datetime,
    known_reps: Callable[[str], bool],
) -> list[TieChange]:
    """What changes about a lead's ties when a rep gets it.

    Who is tied to it stays so when somebody else stands in; unless it is over, or it was this very
    lead that tied them, or they have left. A further lead prolongs a tie, and it stays the first's:
    losing the further one does not lose the person. Of very many, the newest are remembered.
    """
    until = now + timedelta(seconds=within)
    changes = []
    for key in keys:
        before = ties.get(key)
        stands = before is not None and before.until > now and known_reps(before.rep)
        if before and stands and before.rep != rep and before.lead_id != lead.lead_id:
            continue
        after = Tie(rep, lead.lead_id, until)
        if before and stands and before.rep == rep:
            after = Tie(rep, before.lead_id, until, _with(before, lead.lead_id))
        changes.append(TieChange(key, before, after))
    return changes


def _with(tie: Tie, lead_id: str) -> tuple[str, ...]:
    """A tie's further leads once this one has prolonged it."""
    if lead_id == tie.lead_id:
        return tie.further
    _, *others = tie.without(lead_id)
    return (*others, lead_id)[-MOST_FURTHER:]
