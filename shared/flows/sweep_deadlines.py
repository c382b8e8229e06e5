"""Once a minute: see to deadlines, and to whatever waits or was missed by the stream.

Safe to run twice at once and to die anywhere: each step is one conditional write, and what was not
done is still due at the next run.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from shared.domain.config import ActiveConfig
from shared.domain.leads import (
    AT_REST,
    MOST_FETCHES,
    OPEN_STATUSES,
    Change,
    Lead,
    Status,
    Step,
)
from shared.domain.overdue import Overdue, changes_of, overdue
from shared.domain.performance import follows_performance
from shared.domain.protection import paused_until
from shared.errors import (
    ConflictError,
    LeadwheelError,
    MeanwhileError,
    NotFoundError,
    StoreBusyError,
    UnstorableError,
)
from shared.flows.measure_performance import measure_performance
from shared.flows.persistently import persistently
from shared.flows.refunds import with_refund
from shared.flows.retry_waiting import look_again, retry_parked
from shared.flows.route_leads import route_leads
from shared.store import config as config_store
from shared.store import deliveries as delivery_store
from shared.store import leads as lead_store
from shared.store import pings
from shared.store import routing as routing_store
from shared.store.due import Due
from shared.surroundings import Surroundings
from shared.telemetry import logger

PAGE = 50
# Where a lead's credit is given back, routing may take the turn in its pool's ledger. Then it is
# tried again: so often for one lead, and for all of a page, which is to end in time.
TRIES_AGAIN = 8
TRIES_AGAIN_IN_A_PAGE = 40
LONGEST_WAIT = 0.05  # seconds before each
# Of one partner in one sweep; as the index lags, and the table may be busy, some come again.
PAGES_OF_PINGS = 60


@dataclass(slots=True)
class Swept:
    """What one sweep did."""

    reminded: int = 0
    escalated: int = 0  # managers were told
    paused: int = 0  # reps
    reclaimed: int = 0
    lapsed: int = 0  # accepted leads that were not worked on in time
    rescued: int = 0  # leads that routing had not seen within a minute, or nobody claimed in time
    unparked: int = 0
    fetch_again: int = 0  # announced, and not fetched yet: announced once more
    not_fetched: int = 0  # and at last left to a manager
    pings_over: int = 0  # unused when their time was up: what they held of caps is free again
    deliveries: int = 0  # that were due, and have been started
    digests: int = 0  # of what waits for a rep today, likewise
    erased: int = 0  # leads at rest whose source keeps nothing for longer
    oldest_new: int = 0  # seconds that the longest has been new, of those that should be routed
    oldest_due: int = 0  # seconds for which the longest has been due, when it was found
    parked: int = 0  # leads that wait for a rep, of the pools that were looked at
    counted: bool = False  # whether those are all pools
    measured: int = 0  # pools whose members' performance was looked at
    failed: int = 0  # pages, pools and partners that did not work out; still due at the next sweep
    finished: bool = True  # False: time ran out; what was done is not due any more next time


def sweep_deadlines(around: Surroundings, has_time: Callable[[], bool]) -> Swept:
    """Do what is due. Stops between pages when `has_time()` says no."""
    swept = Swept()
    now = around.now()
    for page in _pages(lead_store.due(now)):
        _note_oldest(page, now, swept)
        if not has_time():
            swept.finished = False
            return swept
        with _counting(swept):
            ids = [due.id for due in page]
            _sweep_page(lead_store.get_many(ids), now, around, swept)
    with _counting(swept):
        _start_deliveries(now, has_time, swept)
    active = _active()
    if active and any(rep.digest is not None for rep in active.config.reps.values()):
        _start_digests(active, around, has_time, swept)
    for pool_id in _from_anywhere(active.known_pools if active else (), around):
        if not has_time():
            swept.finished = False
            return swept
        with _counting(swept):
            moved, waiting = retry_parked(pool_id, around)
            swept.unparked += moved
            swept.parked += waiting
    swept.counted = True
    # Of every partner there ever was: what their open pings hold may be others' as well.
    for partner_id in active.known_partners if active else ():
        with _counting(swept):
            _release_pings(partner_id, now, has_time, swept)
        if not swept.finished:
            return swept
    if active:
        _measure_pools(active, around, has_time, swept)
        with _counting(swept):  # where `apply` died; last, as there may be more than there is time
            moved, finished = look_again(active, around, has_time)
            swept.unparked += moved
            swept.finished &= finished
    return swept


def _from_anywhere(pools: Sequence[str], around: Surroundings) -> list[str]:
    """The pools, beginning with another one each time: if time runs out, it is not for the same."""
    start = int(around.chance() * len(pools))
    return [*pools[start:], *pools[:start]]


@contextmanager
def _counting(swept: Swept) -> Iterator[None]:
    """One page, pool or partner that cannot be done must not keep the others from it."""
    try:
        yield
    except LeadwheelError as error:
        logger.warning("part of a sweep failed", error_type=type(error).__name__)
        swept.failed += 1


def _start_deliveries(now: datetime, has_time: Callable[[], bool], swept: Swept) -> None:
    """Start what is due to go out again; whatever does not start is due at the next sweep."""
    for page in _pages(delivery_store.due(now)):
        _note_oldest(page, now, swept)
        if not has_time():
            swept.finished = False
            return
        from shared.flows.notify import start_of  # with the senders, for which few sweeps have use
        from shared.messages import senders

        senders.put_events([start_of(delivery.id) for delivery in page])
        swept.deliveries += len(page)


def _start_digests(
    active: ActiveConfig, around: Surroundings, has_time: Callable[[], bool], swept: Swept
) -> None:
    from shared.flows.digest_due import start_digests  # of which few configurations have any

    with _counting(swept):
        swept.digests += start_digests(active.config, around, has_time)


def _active() -> ActiveConfig | None:
    """The configuration; None: deployed, and nothing applied yet."""
    try:
        return config_store.active()
    except NotFoundError:
        return None


def _release_pings(
    partner_id: str, now: datetime, has_time: Callable[[], bool], swept: Swept
) -> None:
    for _ in range(PAGES_OF_PINGS):
        if not has_time():
            swept.finished = False
            return
        found = pings.release_due(partner_id, now)
        swept.pings_over += found
        if found < pings.RELEASED_AT_ONCE:
            return


def _measure_pools(
    active: ActiveConfig, around: Surroundings, has_time: Callable[[], bool], swept: Swept
) -> None:
    """Nobody waits for this: it comes last."""
    for pool_id, pool in active.config.pools.items():
        if not follows_performance(pool):
            continue
        if not has_time():
            swept.finished = False
            return
        with _counting(swept):
            swept.measured += measure_performance(active, pool_id, around)


def _note_oldest(page: list[Due], now: datetime, swept: Swept) -> None:
    """Free, as the index that names what is due says since when."""
    since = min(due.at for due in page)
    swept.oldest_due = max(swept.oldest_due, int((now - since).total_seconds()))


def _pages(found: Iterator[Due]) -> Iterator[list[Due]]:
    page: list[Due] = []
    for due in found:
        page.append(due)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _sweep_page(leads: list[Lead], now: datetime, around: Surroundings, swept: Swept) -> None:
    # Open ones too: nobody claimed them in time.
    unowned = (Status.NEW, Status.OPEN)
    missed = [lead for lead in leads if lead.status in unowned and _is_due(lead, now)]
    if missed:
        _note_oldest_new(missed, now, swept)
        swept.rescued += route_leads(missed, around).assigned
    again = _Again(TRIES_AGAIN_IN_A_PAGE)
    for lead in leads:
        if lead.place == "announced" and _is_due(lead, now):
            _announce_again(lead, now, swept)
        elif lead.status in AT_REST and _is_due(lead, now):
            _erase(lead, around, swept)
        if lead.status not in OPEN_STATUSES or not _is_due(lead, now):
            continue  # the index lags: this one has moved on
        due = overdue(lead, now)
        if not due:
            continue
        try:
            _do_again(lead, due, now, around, swept, again)
        except (ConflictError, StoreBusyError):
            continue  # the rep was faster, or it is still due next time
        except UnstorableError:
            _log_unstorable(lead)


def _note_oldest_new(missed: list[Lead], now: datetime, swept: Swept) -> None:
    for lead in missed:
        if lead.status is Status.NEW and lead.since is not None:
            swept.oldest_new = max(swept.oldest_new, int((now - lead.since).total_seconds()))


@dataclass(slots=True)
class _Again:
    """How often something of a page may still be tried again."""

    left: int


def _do_again(
    lead: Lead, due: Overdue, now: datetime, around: Surroundings, swept: Swept, again: _Again
) -> None:
    """Do what is due for a lead; some times more, while the lead alone is as it was."""
    attempts = 1 + min(TRIES_AGAIN, again.left)

    def once() -> None:
        try:
            _do(lead, due, now, swept)
        except MeanwhileError:
            again.left = max(0, again.left - 1)
            raise

    persistently(once, around, (MeanwhileError,), attempts=attempts, longest_wait=LONGEST_WAIT)


def _do(lead: Lead, due: Overdue, now: datetime, swept: Swept) -> None:
    """Do all that is due for somebody's lead, in one write."""
    pause = _pause(lead.owner or "", due, now)
    *before, last = changes_of(lead, due, now, pause.until if pause else None)
    last, refund = with_refund(lead, last)
    changes = [*before, last]
    lead_store.change(lead, *changes, pause=pause, refund=refund)
    steps = {change.step for change in changes}
    swept.escalated += Step.ESCALATED in steps
    swept.paused += pause is not None
    swept.reclaimed += Step.RECLAIMED in steps
    swept.lapsed += Step.LAPSED in steps
    swept.reminded += Step.REMINDED in steps


def _pause(rep_id: str, due: Overdue, now: datetime) -> routing_store.Pause | None:
    """The pause that a rep gets; None: none is due, they have one, or they have left."""
    if due.pause is None:
        return None
    config = config_store.active().config
    if rep_id not in config.reps:
        return None
    return routing_store.pause_until(rep_id, paused_until(config, rep_id, due.pause, now), now)


def _erase(lead: Lead, around: Surroundings, swept: Swept) -> None:
    from shared.flows.forget_person import erase_over  # for which few sweeps have use

    try:
        swept.erased += erase_over(lead.lead_id, around)
    except (ConflictError, StoreBusyError):
        return  # it is still due next time


def _announce_again(lead: Lead, now: datetime, swept: Swept) -> None:
    """Announce a lead once more: the record becomes an event, and that starts the next fetch."""
    if lead.fetches < MOST_FETCHES:
        change = Change(Step.ANNOUNCED, now, reason="again: its platform did not give it yet")
    else:
        why = f"its platform did not give it in {MOST_FETCHES} attempts; the log says why"
        change = Change(Step.QUARANTINED, now, reason=f"not_fetched: {why}")
    try:
        lead_store.change(lead, change)
    except (ConflictError, StoreBusyError):
        return  # it has just been fetched, or it is still due next time
    except UnstorableError:
        _log_unstorable(lead)
        return
    if change.step is Step.ANNOUNCED:
        swept.fetch_again += 1
    else:
        swept.not_fetched += 1


def _log_unstorable(lead: Lead) -> None:
    """It stays due, and is tried in vain each time: somebody is to look at it."""
    logger.error("a lead takes no further record", lead_id=lead.lead_id, rev=lead.rev)


def _is_due(lead: Lead, now: datetime) -> bool:
    return lead.due_at is not None and lead.due_at <= now
