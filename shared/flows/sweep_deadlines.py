"""Once a minute: remind, take back, and look after whatever the stream may have missed.

Safe to run twice at once and to die anywhere: each step is one conditional write, and what was not
done is still due at the next run.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from shared.domain.deadlines import Action, passed
from shared.domain.leads import Change, Lead, Status, Step
from shared.errors import (
    ConflictError,
    LeadwheelError,
    NotFoundError,
    StoreBusyError,
    UnstorableError,
)
from shared.flows.route_leads import retry_parked, route_leads
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.surroundings import Surroundings
from shared.telemetry import logger

PAGE = 50


@dataclass(slots=True)
class Swept:
    """What one sweep did."""

    reminded: int = 0
    reclaimed: int = 0
    rescued: int = 0  # new leads that routing had not seen within a minute
    unparked: int = 0
    failed: int = 0  # pages and pools that did not work out; still due at the next sweep
    finished: bool = True  # False: time ran out; what was done is not due any more next time


def sweep_deadlines(around: Surroundings, has_time: Callable[[], bool]) -> Swept:
    """Do what is due. Stops between pages when `has_time()` says no."""
    swept = Swept()
    now = around.now()
    for page in _pages(lead_store.due(now)):
        if not has_time():
            swept.finished = False
            return swept
        with _counting(swept):
            _sweep_page(lead_store.get_many(page), now, around, swept)
    for pool_id in _pools():
        if not has_time():
            swept.finished = False
            return swept
        with _counting(swept):
            swept.unparked += retry_parked(pool_id, around).assigned
    return swept


@contextmanager
def _counting(swept: Swept) -> Iterator[None]:
    """One page, or one pool, that cannot be done must not keep the others from it."""
    try:
        yield
    except LeadwheelError as error:
        logger.warning("part of a sweep failed", error_type=type(error).__name__)
        swept.failed += 1


def _pools() -> Sequence[str]:
    """Every pool in which a lead may be parked, those that are gone among them."""
    try:
        return config_store.active().known_pools
    except NotFoundError:
        return ()  # deployed, and nothing applied yet


def _pages(ids: Iterator[str]) -> Iterator[list[str]]:
    page: list[str] = []
    for lead_id in ids:
        page.append(lead_id)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _sweep_page(leads: list[Lead], now: datetime, around: Surroundings, swept: Swept) -> None:
    missed = [lead for lead in leads if lead.status is Status.NEW and _is_due(lead, now)]
    if missed:
        swept.rescued += route_leads(missed, around).assigned
    for lead in leads:
        if lead.status is not Status.ASSIGNED or lead.assigned_at is None or not _is_due(lead, now):
            continue  # the index lags: this one has moved on
        action = passed(lead.deadlines, lead.stage, (now - lead.assigned_at).total_seconds())
        try:
            if action is Action.REMIND:
                lead_store.change(lead, Change(Step.REMINDED, now, rep=lead.owner))
                swept.reminded += 1
            elif action is Action.RECLAIM:
                lead_store.change(lead, Change(Step.RECLAIMED, now, rep=lead.owner))
                swept.reclaimed += 1
        except (ConflictError, StoreBusyError, UnstorableError):
            continue  # the rep was faster, or it is still due next time


def _is_due(lead: Lead, now: datetime) -> bool:
    return lead.due_at is not None and lead.due_at <= now
