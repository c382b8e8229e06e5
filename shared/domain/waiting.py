"""What becomes of a lead that nobody is given: offered, passed on to the next pool, or parked."""

from collections.abc import Sequence
from datetime import timedelta

from shared.domain.books import Books
from shared.domain.leads import Lead, Status, Step
from shared.domain.ledger import Way
from shared.domain.plans import PARK_REASONS, Ruled, waited_in
from shared.domain.pools import Pool
from shared.domain.reps import Obstacle, off

OFFERED_FOR = 30 * 60  # seconds, where the pool does not say; whoever claims has all the time
SETTLED_IN = timedelta(hours=1)  # of a shift: by then, what came overnight has found its reps
NOT_COMPARED = ""  # the mask of a decision in which the members are not compared


def offer(books: Books, ruled: Ruled, offered: Sequence[str], mask: str) -> None:
    """Let the first of these accept the lead; of nobody: let anybody of the pool claim it."""
    seconds = books.pool.offer_for or (OFFERED_FOR if offered else None)
    until = books.now + timedelta(seconds=seconds) if seconds else None
    books.note(ruled, Step.OPENED, Way.OPEN, mask, offered=tuple(offered), until=until)


def go_on(books: Books, ruled: Ruled, reason: str, mask: str) -> None:
    """Pass the lead on to the next pool when there is one and it is time, or park it."""
    target = _next_pool(books, ruled.lead, reason)
    if target is None:
        park(books, ruled, reason, mask)
    else:
        books.note(ruled, Step.PASSED, Way.PASS, mask, reason=reason, to=target)


def _next_pool(books: Books, lead: Lead, reason: str) -> str | None:
    pool = books.pool
    if reason == "off_hours" and pool.duty_pool:
        return pool.duty_pool
    if pool.then is None:
        return None
    waited = waited_in(lead, books.pool_id, books.now)
    return pool.then.pool if waited >= (pool.then.after or 0) else None


def park(books: Books, ruled: Ruled, reason: str, mask: str) -> None:
    """Let the lead wait, and say why; nothing is written where it waits already.

    But when its night is over: managers are not told of what waits for a shift, and are to hear of
    what waits all the same when that shift has been at work for a while.
    """
    lead = ruled.lead
    retry = PARK_REASONS[reason][1] or _may_go_on_later(books.pool, reason)
    here = lead.status is Status.PARKED and lead.pool == books.pool_id
    if here:
        known = lead.latest(Step.PARKED)
        overslept = known.reason == "off_hours" != reason and _is_settled_in(books)
        if known.retry == retry and not overslept:
            return
    books.note(ruled, Step.PARKED, Way.SHARED, mask, reason=reason, retry=retry)


def _is_settled_in(books: Books) -> bool:
    """Whether somebody of those who are there now was on shift a while ago, too.

    Where all others have left or take a break, it is the shift of those on a break that counts;
    where all have left, none is waited for.
    """
    absences = {rep: books.team.seat(rep).absence for rep in books.members}
    active = [rep for rep, why in absences.items() if why is not Obstacle.INACTIVE]
    there = [rep for rep in active if absences[rep] is not Obstacle.PAUSED] or active
    before = books.now - SETTLED_IN
    return not there or any(off(books.config, books.pool_id, rep, before) is None for rep in there)


def _may_go_on_later(pool: Pool, reason: str) -> bool:
    """Whether it only waits to be passed on, or for a skill not to be asked for any more."""
    if reason in ("manual", "out_of_time"):
        return False
    relaxes = reason == "no_match" and any(match.relax_after for match in pool.match)
    return pool.then is not None or relaxes
