"""What a rep's own pages show: the leads in their order, and what can be done with each."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from shared.domain.access import is_open_to
from shared.domain.config import Config
from shared.domain.leads import GIVING, WORKED_ON, Lead, Status, Step, next_steps, replay

_NEVER = datetime.max.replace(tzinfo=UTC)

# What a rep does with a lead of theirs by a button, in the order in which they are shown.
BUTTONS = (
    Step.ACCEPTED,
    Step.CONTACTED,
    Step.ATTEMPTED,
    Step.SNOOZED,
    Step.NOTED,
    Step.CONVERTED,
    Step.LOST,
    Step.DECLINED,
    Step.UNASSIGNED,
)


_TRIED = frozenset({Step.ATTEMPTED, Step.CONTACTED})
_NOT_ACCEPTED = frozenset({Status.NEW, Status.PARKED, Status.ASSIGNED})


class OpenPool(NamedTuple):
    """What a pool has for a rep to claim: leads to choose from, or so many unseen ones."""

    pool_id: str
    leads: list[Lead]
    unseen: int


class Mine(NamedTuple):
    """A rep's open leads, by what they ask of the rep, and what else the rep may take."""

    waiting: list[Lead]  # to be accepted; whose time is up first, first
    working: list[Lead]  # accepted; whom nobody has reached first, the longest held first
    snoozed: list[Lead]  # whose time is up first, first
    pools: list[OpenPool]
    more: bool  # whether they have more than are listed


def in_order(
    leads: Sequence[Lead], pools: Sequence[OpenPool], now: datetime, *, more: bool
) -> Mine:
    """A rep's open leads as their list has them."""
    accepted = [lead for lead in leads if lead.status in WORKED_ON]
    return Mine(
        sorted(
            (lead for lead in leads if lead.status is Status.ASSIGNED),
            key=lambda lead: lead.yours_until or _NEVER,
        ),
        sorted(
            (lead for lead in accepted if not snoozed_until(lead, now)),
            key=lambda lead: (lead.status is Status.CONTACTED, lead.assigned_at or _NEVER),
        ),
        sorted(
            (lead for lead in accepted if snoozed_until(lead, now)),
            key=lambda lead: snoozed_until(lead, now) or _NEVER,
        ),
        [pool for pool in pools if pool.leads or pool.unseen],
        more,
    )


def snoozed_until(lead: Lead, now: datetime) -> datetime | None:
    """Until when its owner wants to hear no more of a lead; None: they do want to."""
    until = _put_off_until(lead)
    return until if until and until > now else None


def asks_again_since(lead: Lead, now: datetime) -> datetime | None:
    """When the time ended for which its owner put a lead off; None: they have tried since, or such.

    Notes do not count: who writes one has not spoken to anybody.
    """
    until = _put_off_until(lead)
    if until is None or until > now:
        return None
    tried = any(change.step in _TRIED and change.at >= until for change in lead.log)
    return None if tried else until


def _put_off_until(lead: Lead) -> datetime | None:
    """Until when its owner has put off a lead that they work on, be that over or not.

    What they put off before they lost it, and got it again, does not count.
    """
    if lead.status not in WORKED_ON:
        return None
    latest = lead.latest(Step.SNOOZED, *GIVING)
    return latest.until if latest.step is Step.SNOOZED and latest.rep == lead.owner else None


def possible(lead: Lead) -> list[Step]:
    """The buttons that would do something now, for the lead's owner."""
    steps = set(next_steps(lead.status))
    if lead.status is Status.ASSIGNED:
        steps.discard(Step.UNASSIGNED)  # it is declined
    return [step for step in BUTTONS if step in steps]


def may_claim(lead: Lead, rep_id: str, config: Config) -> bool:
    """Whether a lead is shown to a rep who might take it: offered, or the pool shows its leads."""
    if lead.status is not Status.OPEN:
        return False
    pool = config.pools.get(lead.pool or "")
    is_shown = bool(lead.offered) or (pool is not None and pool.claims.preview)
    return is_shown and is_open_to(rep_id, lead.latest(Step.OPENED), config)


def is_masked(lead: Lead, config: Config) -> bool:
    """Whether nobody is shown yet whom the lead is about."""
    pool = config.pools.get(lead.pool or "")
    if lead.status is Status.OPEN:
        return bool(lead.offered) or pool is None or pool.claims.masked
    if lead.status is Status.LOST and (before := _before_return(lead)):
        return is_masked(before, config)
    return lead.status in _NOT_ACCEPTED and pool is not None and pool.mask_until_accepted


def _before_return(lead: Lead) -> Lead | None:
    """The lead when its seller took it back: since then nobody learns more. None: no seller has."""
    steps = [change.step for change in lead.log]
    if Step.RETURNED not in steps:
        return None
    return replay(lead.lead_id, lead.source, lead.fields, lead.log[: steps.index(Step.RETURNED)])
